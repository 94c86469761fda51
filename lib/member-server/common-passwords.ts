import { hangulToLatin } from "../protocol/hangul-layout.ts";

/**
 * The passwords that are guessed first: the 25,000 commonest ones of leaked lists (common-passwords.txt,
 * which says where it is from), and Korean words, which that list has few of. People type those with the Latin
 * layout on (사랑해 → tkfkdgo), so that both forms count.
 */

/** Words that Korean passwords are made of, and romanized ones. */
const KOREAN_WORDS =
  "안녕 안녕하세요 사랑 사랑해 사랑해요 사랑합니다 나는너를사랑해 우리사랑 첫사랑 영원히 행복 행복해 행복하자 " +
  "비밀 비밀번호 비번 암호 패스워드 아이디 관리자 운영자 회원 손님 로그인 열려라참깨 모름 몰라 몰라요 까먹음 " +
  "대한민국 한국 코리아 서울 부산 대구 인천 광주 대전 울산 세종 제주 제주도 경기도 강원도 강남 홍대 독도 한강 한라산 " +
  "엄마 아빠 엄마아빠 아버지 어머니 우리집 우리가족 가족 동생 누나 언니 오빠 형아 아들 딸 아기 애기 자기 자기야 여보 " +
  "천사 공주 왕자 하늘 바다 별 달 해 구름 나무 소나무 무지개 햇살 바람 여름 겨울 가을 봄 봄날 눈꽃 꽃 장미 해바라기 " +
  "강아지 고양이 멍멍이 야옹이 토끼 호랑이 사자 곰돌이 돼지 꿀꿀이 병아리 나비 거북이 다람쥐 여우 늑대 코끼리 " +
  "김치 떡볶이 라면 치킨 삼겹살 비빔밥 불고기 커피 녹차 보리차 사과 딸기 바나나 포도 수박 초코 초콜릿 우유 " +
  "축구 야구 농구 배구 게임 컴퓨터 인터넷 핸드폰 휴대폰 전화번호 주민번호 카카오 카카오톡 네이버 다음 삼성 현대 엘지 " +
  "학교 대학교 학생 선생님 회사 사장님 부장님 대박 부자 부자되자 로또 돈 만세 화이팅 파이팅 힘내자 최고 짱 바보 메롱 " +
  "친구 내친구 우정 인생 인생은한방 시간 추억 기억 소망 희망 믿음 은혜 예수님 하나님 주님 할렐루야 아멘 부처님 " +
  "가나다 가나다라 가나다라마 가나다라마바사 나랏말싸미 동해물과 동해물과백두산이 무궁화 태극기 아리랑 세종대왕 이순신 홍길동 " +
  "방탄소년단 소녀시대 빅뱅 트와이스 아이유 뽀로로 피카츄 포켓몬 스타크래프트 메이플 리니지 바람의나라 " +
  "일이삼사 일이삼사오 일이삼사오육칠팔 하나둘셋 테스트 소담 채팅 서버 메신저 ㅋㅋㅋㅋ ㅎㅎㅎㅎ ㅁㄴㅇㄹ ㅂㅈㄷㄱ ㅂㅈㄷㄱㅅ ㅁㄴㅇㄹㅎ ㅋㅌㅊㅍ " +
  "sarang saranghae saranghaeyo annyeong annyeonghaseyo daehanminguk bimilbeonho kimchi seoul busan " +
  "eomma appa oppa hangul korea coreano aegyo jjang fighting babo";
/** A name is a family name and one of these; the first hundred are most people under forty. */
const FAMILY_NAMES =
  "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권 황 안 송 류 전 홍 고 문 양 손 배 백 허 유 남";
const GIVEN_NAMES =
  "민수 지훈 현우 준호 동현 성민 민준 서준 도윤 예준 시우 하준 주원 지호 준서 준우 건우 우진 선우 현준 유준 정우 승우 " +
  "승현 지환 영호 영수 성호 상훈 정훈 진우 재현 재호 태현 민호 성진 종현 용준 철수 길동 광수 병철 상철 영철 " +
  "지영 지은 지혜 지현 수진 은정 미영 미경 현정 은주 혜진 유진 민정 수정 은영 영희 순희 미정 정은 소영 선영 은지 " +
  "서연 서윤 지우 서현 하은 하윤 민서 지유 윤서 채원 수아 지아 지민 은서 다은 예은 예린 소율 유나 혜원 보람 아름 슬기 민지 수빈 예진 유빈 나연";

let passwords: ReadonlySet<string> | null = null;

/** Loads the list with the first password that is checked, which takes 35 ms: many starts have none. */
function loadCommonPasswords(): ReadonlySet<string> {
  if (passwords !== null) return passwords;
  const text: string | { default: string } = require("./common-passwords.txt");
  const lines = (typeof text === "string" ? text : text.default).split("\n");
  const words = KOREAN_WORDS.split(" ");
  const given = GIVEN_NAMES.split(" ");
  const names = FAMILY_NAMES.split(" ").flatMap((family) => given.map((name) => family + name));
  const korean = [...words, ...given, ...names];
  // Passwords are compared in lower case, and two of the keys are capitals.
  const typed = korean.map((word) => hangulToLatin(word).toLowerCase());
  const isPassword = (line: string) => line !== "" && !line.startsWith("#");
  passwords = new Set([...lines.filter(isPassword), ...korean, ...typed]);
  return passwords;
}

/**
 * Returns whether a text is one of the commonest passwords, or the same one twice.
 *
 * @param text in lower case, as `fold` returns it
 */
export function isCommonPassword(text: string): boolean {
  const common = loadCommonPasswords();
  const half = text.slice(0, text.length / 2);
  return common.has(text) || (half + half === text && common.has(half));
}

/**
 * What Korean and Japanese join to a name or an address without a space: titles, particles, and forms of
 * "to be". They come in chains (민수팀장님께서는), so this is a table of words by class, and of the classes
 * that a class may follow.
 */

/** The start of a chain: what the first word follows. */
const NAME = 1;
/** 이 after a given name that ends in a consonant: 지은이가. */
const FAMILIAR = 2;
const TITLE = 4;
const PLURAL = 8;
/** Nouns that are written together with a name. */
const NOUN = 16;
const CASE = 32;
/** Particles that others may follow: 만, 까지, 부터. */
const LIMIT = 64;
/** Particles that only 요 may follow. */
const LAST = 128;
const COPULA = 256;
/** Forms of "to be" that end a sentence. */
const FINAL = 512;
const POLITE = 1024;
/** Particles of case that no form of "to be" follows. */
const JOINING = 2048;

const PERSON = NAME | FAMILIAR | TITLE;
const NOMINAL = PERSON | PLURAL | NOUN;
const MARKED = NOMINAL | CASE | LIMIT;

/** The words of each class, and what they may follow. */
const CLASSES: readonly (readonly [bit: number, after: number, words: string])[] = [
  [FAMILIAR, NAME, "이"],
  [
    TITLE,
    PERSON,
    "님 씨 군 양 옹 쌤 샘 형 형님 누나 누님 언니 오빠 동생 이모 삼촌 아저씨 아줌마 선배 " +
      "후배 친구 선생 교수 박사 작가 감독 기자 코치 의원 변호사 팀장 과장 대리 부장 차장 " +
      "사장 이사 상무 전무 부사장 대표 실장 원장 회장 부회장 의장 국장 소장 본부장 센터장 " +
      "파트장 조장 반장 주임 사원 인턴 책임 수석 선임 매니저 리더 총무 프로 조교 회원 학생 " +
      "팀원 점장 지점장 단장 총장 학장 교장 교감 강사 목사 신부 수녀 스님 여사 장관 차관 " +
      "시장 판사 검사 약사 간호사 기사 연구원 디자이너 개발자 할머니 할아버지 고모 동기 동창 의사 " +
      "계장 주무관 사무관 위원 위원장 부팀장 부대표 이장 통장 선수 배우 가수 주장 엔지니어 " +
      "기획자 마케터 셰프 피디 병장 상병 일병 이병 하사 중사 상사 소위 중위 대위 어르신",
  ],
  [PLURAL, PERSON, "들 네"],
  [NOUN, NOMINAL, "꺼 거 것 쪽 편 덕 덕분 때문 대신"],
  [
    CASE,
    NOMINAL | LIMIT,
    "에게 에게서 에게로 에게다가 한테 한테서 한테로 한테다가 께 께서 더러 보고 에서 로서 " +
      "으로서 로써 으로써 랑 이랑 하고 처럼 같이 같은 보다 만큼 만치 대로 답게",
  ],
  [JOINING, NOMINAL | LIMIT, "와 과 에 로 으로"],
  [
    LIMIT,
    NOMINAL | CASE | JOINING | LIMIT,
    "만 까지 부터 마저 조차 밖에 뿐 마다 말고 빼고 없이 끼리 치고 라고 이라고 라기 이라기 라는 " +
      "이라는 란 이란",
  ],
  [
    LAST,
    MARKED | JOINING | COPULA,
    "이 가 은 는 을 를 의 도 나 이나 나마 이나마 라도 이라도 이야 야 아 여 이여 야말로 " +
      "이야말로 커녕 은커녕 는커녕 든 이든 든지 이든지 든가 이든가 " +
      // Contractions with 는.
      "에겐 에게선 한텐 한테선 께선 껜 엔 에선 로선 으로선 론 으론 까진 부턴 보단 라곤 이라곤 " +
      "하곤 밖엔",
  ],
  [
    COPULA,
    MARKED,
    "인 인데 인지 인가 인걸 인줄 인듯 인양 인가봐 일 일까 일지 일걸 일텐데 일듯 일때 " +
      "였는데 이었는데 였던 이었던 였고 이었고 였지만 이었지만 였으면 이었으면 였으니 " +
      "이었으니 라서 이라서 라며 이라며 라면 이라면 라면서 이라면서 라니 이라니 라니까 " +
      "이라니까 라던데 이라던데 라는데 이라는데 지만 이지만 니까 이니까 면 이면 이면서 이고 " +
      "이며 이자 이기 이던 던데 이던데 신데 이신데 신가 이신가 신지 이신지 시면 이시면 거든 " +
      "이거든 네 이네 군 이군 죠 이죠 지 이지 였어 이었어 였지 이었지 였네 이었네 였나 " +
      "이었나 더라고 이더라고 래 이래 잖아 이잖아 겠지 이겠지 였구나 이었구나 였대 이었대 " +
      "였을까 이었을까 였다면 이었다면 였나봐 이었나봐 라더라 이라더라 라지만 이라지만 냐고 " +
      "이냐고 인거 인것 일수도 일거라 셔서 이셔서 셨어 이셨어 셨는데 이셨는데 같아 같은데 " +
      "아니고 아니야 아닌데 아니라 아니면 아닌 아닌가 아닌지 아니지 아니죠 아닐까 " +
      "이신 이시고 시고 이시며 시며 이시네 시네 이시군 시군 이셨네 셨네 이셨군 셨군 이셨나 " +
      "셨나 였군 이었군 였잖아 이었잖아 였거든 이었거든 였더라면 이었더라면 였더니 이었더니 " +
      "였을 이었을 였을때 이었을때 였을지 이었을지 겠네 이겠네 겠군 이겠군 로군 이로군 라기보단",
  ],
  [
    FINAL,
    MARKED,
    "다 이다 냐 이냐 니 이니 임 입니다 입니다만 입니까 임니다 예요 이예요 에요 이에요 " +
      "에여 이에여 여요 이여요 세요 이세요 셔요 이셔요 시죠 이시죠 십니다 이십니다 십니까 " +
      "이십니까 였다 이었다 였습니다 이었습니다 였음 이었음 더라 이더라 일거야 일거예요 " +
      "일겁니다 시다 이시다 셨습니다 이셨습니다 같다 같네 아님 아니에요 구나 이구나 랍니다 " +
      "이랍니다 라네 이라네 라지 이라지",
  ],
  [POLITE, NAME | MARKED | JOINING | LAST | COPULA, "요"],
];
/** After a name of one syllable these read as other words: Iran, "like this", "this side". */
const NOT_AFTER_ONE_SYLLABLE = new Set(
  "거 것 쪽 편 란 래 면 네 지 다 니 냐 론 시고 시며 시네 시군 의사 선수 이장 통장 위원 치고".split(
    " ",
  ),
);
/** Forms that follow a consonant only, or a vowel only. */
const AFTER_CONSONANT = new Set(
  "이 은 을 과 아 이나 이랑 이라도 이든 이든지 이야말로 으로 은커녕".split(" "),
);
const AFTER_VOWEL = new Set(
  "는 가 를 와 야 나 랑 라도 든 든지 야말로 는커녕 여 라고 라는 라서 라며 라면 지만 니까 예요".split(
    " ",
  ),
);

/** Word → the bits of its classes. */
const WORDS = new Map<string, number>();
for (const [bit, , words] of CLASSES) {
  for (const word of words.split(" ")) {
    if (word !== "") WORDS.set(word, (WORDS.get(word) ?? 0) | bit);
  }
}
const WORD_SYLLABLES_MAX = 5;
/** A longer run of Hangul isn't a name with particles. */
const CHAIN_SYLLABLES_MAX = 20;

/** Titles in Latin letters: 민수PD님. */
const LATIN_TITLE = /(?:p[dmo]|tl|c[efto]o|vp|md|mc|dj|ux|qa)(?![a-z0-9_-])/y;
const JAPANESE_TITLE = /(?:[様君氏殿]|先生|先輩|社長|部長|課長)(?!\p{sc=Han})/uy;
const HIRAGANA_CHAIN =
  /(?:さん|ちゃん|くん|さま|たち)*(?:から|まで|より|だけ|への|への|との|での|には|にも|では|でも|とは|とも|は|が|を|に|へ|と|も|の|で|や|か|って|です|ですか|だよ|だ|よ|ね)?(?![ぁ-ゖー])/uy;

/**
 * Returns the end of the run of Hangul or Hiragana that follows a name, if the run is nothing but titles,
 * particles and the like; null if it isn't, or if there is none. The name is [start, end) in UTF-16 units;
 * without a name, as after an address, `start` is `end`.
 *
 * @example
 * endOfParticles("민수팀장님께서는 왜", 0, 2) // 8
 * endOfParticles("민수기", 0, 2) // null
 */
export function endOfParticles(text: string, start: number, end: number): number | null {
  const titleEnd = isSyllable(text.charCodeAt(end - 1)) ? endOfMatch(LATIN_TITLE, text, end) : null;
  if (titleEnd !== null) {
    return isSyllable(text.charCodeAt(titleEnd)) ? endOfParticles(text, start, titleEnd) : titleEnd;
  }
  if (!isSyllable(text.charCodeAt(end))) return endOfJapaneseParticles(text, end);
  let runEnd = end;
  while (runEnd - end <= CHAIN_SYLLABLES_MAX && isSyllable(text.charCodeAt(runEnd))) runEnd += 1;
  const length = runEnd - end;
  if (length > CHAIN_SYLLABLES_MAX) return null;
  const name = text.charCodeAt(start);
  const isShort = end - start === 1 && isSyllable(name);
  // For each syllable, the classes of the words that may end before it.
  const reached = new Array<number>(length + 1).fill(0);
  // Behind an address there is no name, which a title could follow.
  reached[0] = start === end ? NOUN : NAME;
  for (let index = 0; index < length; index += 1) {
    const before = reached[index] ?? 0;
    if (before === 0) continue;
    const last = Math.min(length, index + WORD_SYLLABLES_MAX);
    for (let next = index + 1; next <= last; next += 1) {
      const word = text.slice(end + index, end + next);
      const bits = WORDS.get(word);
      if (bits === undefined) continue;
      if (index === 0 && isShort && !fitsAfterSyllable(word, name)) continue;
      for (const [bit, after] of CLASSES) {
        if ((bits & bit) !== 0 && (before & after) !== 0) {
          reached[next] = (reached[next] ?? 0) | bit;
        }
      }
    }
  }
  return reached[length] === 0 ? null : runEnd;
}

/** Returns whether a UTF-16 unit is a composed Hangul syllable. */
export function isSyllable(unit: number): boolean {
  return unit >= 0xac00 && unit <= 0xd7a3;
}

/** Returns whether a UTF-16 unit is a Hangul letter by itself, as in ㅋㅋ and ㅠㅠ. */
export function isLoneJamo(unit: number): boolean {
  return unit >= 0x3131 && unit <= 0x318e;
}

/** Returns whether a composed Hangul syllable, given as its UTF-16 unit, has a final consonant. */
export function endsInConsonant(syllable: number): boolean {
  return (syllable - 0xac00) % 28 !== 0;
}

/** Many words begin like a name of one syllable, so only the form that fits the name counts behind it. */
function fitsAfterSyllable(word: string, syllable: number): boolean {
  if (NOT_AFTER_ONE_SYLLABLE.has(word)) return false;
  return !(endsInConsonant(syllable) ? AFTER_VOWEL : AFTER_CONSONANT).has(word);
}

function endOfJapaneseParticles(text: string, end: number): number | null {
  const chainStart = endOfMatch(JAPANESE_TITLE, text, end) ?? end;
  const chainEnd = endOfMatch(HIRAGANA_CHAIN, text, chainStart);
  return chainEnd === end ? null : chainEnd;
}

/** Returns where the match of a sticky expression at an index ends; null for no match. */
function endOfMatch(expression: RegExp, text: string, index: number): number | null {
  expression.lastIndex = index;
  return expression.test(text) ? expression.lastIndex : null;
}

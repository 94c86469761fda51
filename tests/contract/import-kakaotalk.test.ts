import { describe, expect, test } from "bun:test";
import {
  looksLikeKakaoTalk,
  readKakaoTalk,
} from "../../lib/file-manager/import/kakaotalk/kakaotalk-text.ts";
import { formatNamed } from "../../lib/file-manager/import/log-formats.ts";
import type { LogItem } from "../../lib/file-manager/import/log-item.ts";

/**
 * Files as KakaoTalk's programs export them, written by hand; the people and their sentences are invented.
 */

const UTC = (
  ...[year, month, day, hour, minute, second]: [number, number, number, number, number, number]
) => Date.UTC(year, month - 1, day, hour, minute, second);

function itemsOf(...lines: readonly string[]): LogItem[] {
  const text = lines.join("\n");
  const file = { name: "chat.txt", bytes: new Uint8Array(), text: () => text };
  return [...readKakaoTalk(file, { localTime: UTC, room: "tea" })];
}

/** Messages as "time nick: text", and what can't be read as "line?: text". */
function read(...lines: readonly string[]): string[] {
  return itemsOf(...lines).flatMap((item) => {
    if (item.kind === "skipped") return [];
    if (item.kind === "unreadable") return [`${item.line}?: ${item.text}`];
    const { time, nick, text } = item.message;
    return [`${new Date(time).toISOString().slice(0, 19)} ${nick}: ${text}`];
  });
}

const MORNING = "2026-11-22T10:02:00 민수: 안녕\n\n둘째 줄";
const MIDNIGHT = "2026-11-23T00:05:00 지영: 아직 안 자?";
const NOON = "2026-11-23T12:30:00 민수: 점심 : 국밥";
const EVENING = "2026-11-23T22:00:00 지영: 사진";
/** What each of the exports below says. */
const CHAT = [MORNING, MIDNIGHT, NOON, EVENING];

const EXPORTS: Readonly<Record<string, readonly string[]>> = {
  "Windows, Korean": [
    "수다방 님과 카카오톡 대화",
    "저장한 날짜 : 2026-11-24 09:00:00",
    "",
    "--------------- 2026년 11월 22일 일요일 ---------------",
    "민수님이 지영님을 초대하였습니다.",
    "[민수] [오전 10:02] 안녕",
    "",
    "둘째 줄",
    "",
    "--------------- 2026년 11월 23일 월요일 ---------------",
    "[지영] [오전 12:05] 아직 안 자?",
    "[민수] [오후 12:30] 점심 : 국밥",
    "[지영] [오후 10:00] 사진",
    "[지영] [오후 10:01] 삭제된 메시지입니다.",
    "지영님이 나갔습니다.",
    "",
  ],
  "Windows, English": [
    "수다방 with KakaoTalk Chats",
    "Date Saved : 2026-11-24 09:00:00",
    "",
    "--------------- Sunday, November 22, 2026 ---------------",
    "민수 invited 지영.",
    "[민수] [10:02 AM] 안녕",
    "",
    "둘째 줄",
    "",
    "--------------- Monday, November 23, 2026 ---------------",
    "[지영] [12:05 AM] 아직 안 자?",
    "[민수] [12:30 PM] 점심 : 국밥",
    "[지영] [10:00 PM] 사진",
    "[지영] [10:01 PM] This message was deleted.",
    "지영 left.",
  ],
  "Windows, 24 hours": [
    "KakaoTalk Chats with 수다방",
    "Date Saved : 2026-11-24 09:00:00",
    "",
    "--------------- 2026년 11월 22일 일요일 ---------------",
    "지영 joined this chatroom.",
    "[민수] [10:02] 안녕",
    "",
    "둘째 줄",
    "",
    "--------------- 2026년 11월 23일 월요일 ---------------",
    "[지영] [0:05] 아직 안 자?",
    "[민수] [12:30] 점심 : 국밥",
    "[지영] [22:00] 사진",
    "[] [22:01] 운영정책을 위반한 메시지입니다.",
  ],
  "Android, Korean": [
    "민수, 지영 님과 카카오톡 대화",
    "저장한 날짜 : 2026년 11월 24일 오전 9:00",
    "",
    "",
    "2026년 11월 22일 오전 10:02",
    "2026년 11월 22일 오전 10:02, 민수님이 지영님을 초대했습니다.",
    "2026년 11월 22일 오전 10:02, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "2026년 11월 23일 오전 12:05",
    "2026년 11월 23일 오전 12:05, 지영 : 아직 안 자?",
    "2026년 11월 23일 오후 12:30, 민수 : 점심 : 국밥",
    "2026년 11월 23일 오후 10:00, 지영 : 사진",
    "2026년 11월 23일 오후 10:01, 지영님이 나갔습니다.",
  ],
  "Android, Korean, 24 hours": [
    "수다방 카카오톡 대화",
    "저장한 날짜 : 2026년 11월 24일 9:00",
    "",
    "2026년 11월 22일 10:02",
    "2026년 11월 22일 10:02, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "2026년 11월 23일 0:05",
    "2026년 11월 23일 0:05, 지영 : 아직 안 자?",
    "2026년 11월 23일 12:30, 민수 : 점심 : 국밥",
    "2026년 11월 23일 22:00, 지영 : 사진",
  ],
  "Android, English": [
    "KakaoTalk Chats with 수다방",
    "Date Saved : November 24, 2026 at 9:00 AM",
    "",
    "November 22, 2026 at 10:02 AM",
    "November 22, 2026 at 10:02 AM, 민수 invited 지영.",
    "November 22, 2026 at 10:02 AM, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "November 23, 2026 at 12:05 AM",
    "November 23, 2026 at 12:05\u202fAM, 지영 : 아직 안 자?",
    "November 23, 2026 at 12:30\u202fPM, 민수 : 점심 : 국밥",
    "November 23, 2026 at 10:00\u202fPM, 지영 : 사진",
    "November 23, 2026 at 10:01\u202fPM, 지영 left this chatroom.",
  ],
  "Android, English, before 2016": [
    "KakaoTalk Chats with 민수, 지영 (2)",
    "Date Saved : 9:00am, November 24, 2026",
    "",
    "10:02am, November 22, 2026",
    "10:02am, November 22, 2026, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "12:05am, November 23, 2026",
    "12:05am, November 23, 2026, 지영 : 아직 안 자?",
    "12:30pm, November 23, 2026, 민수 : 점심 : 국밥",
    "10:00pm, November 23, 2026, 지영 : 사진",
  ],
  "Android, English of other countries": [
    "KakaoTalk Chats with 수다방",
    "Date Saved : 24 November 2026 at 9:00 am",
    "",
    "22 November 2026 at 10:02 am, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "23 Nov 2026 at 12:05 a.m., 지영 : 아직 안 자?",
    "23 Nov. 2026, 12:30 p.m., 민수 : 점심 : 국밥",
    "Nov. 23, 2026, 22:00, 지영 : 사진",
  ],
  "iPhone, Korean": [
    "Talk_2026.11.24 09:00-1.txt",
    "저장한 날짜 : 2026. 11. 24. 오전 9:00",
    "",
    "",
    "2026년 11월 22일 일요일",
    "2026. 11. 22. 오전 10:02: 민수님이 지영님을 초대했습니다.",
    "2026. 11. 22. 오전 10:02, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "2026년 11월 23일 월요일",
    "2026. 11. 23. 오전 12:05, 지영 : 아직 안 자?",
    "2026. 11. 23. 오후 12:30, 민수 : 점심 : 국밥",
    "2026. 11. 23. 오후 10:00, 지영 : 사진",
    "2026. 11. 23. 오후 10:01: 지영님이 나갔습니다.",
  ],
  "iPhone, Korean, 24 hours": [
    "수다방 (2명)과 카카오톡 대화-1.txt",
    "저장한 날짜 : 2026. 11. 24. 9:00",
    "",
    "2026년 11월 22일 일요일",
    "2026. 11. 22. 10:02, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "2026년 11월 23일 월요일",
    "2026. 11. 23. 0:05, 지영 : 아직 안 자?",
    "2026. 11. 23. 12:30, 민수 : 점심 : 국밥",
    "2026. 11. 23. 22:00, 지영 : 사진",
  ],
  "iPhone, English": [
    "Talk_2026.11.24 09:00-1.txt",
    "Date Saved : Nov 24, 2026 at 09:00",
    "",
    "Sunday, November 22, 2026",
    "Nov 22, 2026 at 10:02: 민수 invited 지영.",
    "Nov 22, 2026 at 10:02, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "Monday, November 23, 2026",
    "Nov 23, 2026 at 0:05, 지영 : 아직 안 자?",
    "Nov 23, 2026 at 12:30, 민수 : 점심 : 국밥",
    "Nov 23, 2026 at 22:00, 지영 : 사진",
    "Nov 23, 2026 at 22:01: 지영 left this chatroom.",
  ],
  "iPhone, English, before 2016": [
    "KakaoTalk Chats with 수다방 (2 people)-1.txt",
    "Date Saved : Nov 24, 2026, 9:00 AM",
    "",
    "Sunday, November 22, 2026",
    "Nov 22, 2026, 10:02 AM: 민수 invited 지영.",
    "Nov 22, 2026, 10:02 AM, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "Monday, November 23, 2026",
    "Nov 23, 2026, 12:05 AM, 지영 : 아직 안 자?",
    "Nov 23, 2026, 12:30 PM, 민수 : 점심 : 국밥",
    "Nov 23, 2026, 10:00 PM, 지영 : 사진",
  ],
  "iPhone, with the time alone": [
    "수다방 님과 카카오톡 대화",
    "저장한 날짜 : 2026년 11월 24일 오전 9:00",
    "",
    "2026년 11월 22일 일요일",
    "오전 10:02, 민수님이 지영님을 초대했습니다.",
    "오전 10:02, 민수 : 안녕",
    "",
    "둘째 줄",
    "",
    "2026년 11월 23일 월요일",
    "오전 12:05, 지영 : 아직 안 자?",
    "오후 12:30, 민수 : 점심 : 국밥",
    "오후 10:00, 지영 : 사진",
    "오후 10:01,  : 알림",
  ],
  "table of the Mac": [
    "Date,User,Message",
    '2026-11-22 10:02:00,"민수","민수 invited 지영 and."',
    '2026-11-22 10:02:00,"민수","안녕',
    "",
    '둘째 줄"',
    '2026-11-23 00:05:00,"지영","아직 안 자?"',
    '2026-11-23 12:30:00,"민수","점심 : 국밥"',
    '2026-11-23 22:00:00,"지영","사진"',
    '2026-11-23 22:01:00,"지영","지영님이 나갔습니다."',
    '2026-11-23 22:01:00,"","알림"',
  ],
};

describe("a chat is read from the export of", () => {
  for (const [name, lines] of Object.entries(EXPORTS)) {
    test(name, () => {
      expect(read(...lines)).toEqual([...CHAT]);
      expect(read(...lines.map((line) => `${line}\r`))).toEqual([...CHAT]);
      expect(looksLikeKakaoTalk(lines.slice(0, 8).join("\r\n"))).toBe(true);
    });
  }
});

test("text and tables are KakaoTalk's files, and other logs aren't taken for them", () => {
  const accepts = formatNamed("KakaoTalk")?.accepts ?? (() => false);
  expect(["chat.txt", "Chat.TXT", "a/b.csv"].every(accepts)).toBe(true);
  expect(["photo.jpg", "chat.txt.zip", "chat"].some(accepts)).toBe(false);
  const others = [
    "2026-11-22 10:02:03\t@mina\thello",
    "--- Log opened Sun Nov 22 10:01:00 2026\n10:02 <@mina> hello",
    "**** BEGIN LOGGING AT Sun Nov 22 10:02:03 2026\nNov 22 10:02:03 <mina>\thello",
    "[10:02:03] <mina> hello, all : of you",
    '{"time":"2026-11-22T10:02:03.000Z","nick":"mina","text":"hi"}',
  ];
  for (const start of others) expect([start, looksLikeKakaoTalk(start)]).toEqual([start, false]);
});

test.each([
  "2026-11-22 오후 10:02, 민수 : 안녕",
  "2026.11.22 22:02, 민수 : 안녕",
  "2026/11/22 22:02:00, 민수 : 안녕",
  "2026년 11월 22일 일요일 오후 10:02, 민수 : 안녕",
  "2026년 11월 22일 (일) 오후 10:02, 민수 : 안녕",
  "Sunday, November 22, 2026 at 10:02\u202fPM, 민수 : 안녕",
  "Nov 22, 2026 10:02 p.m., 민수 : 안녕",
  "Sun, 22 Nov 2026 at 22:02, 민수 : 안녕",
  "10:02\u00a0pm, 22 November 2026, 민수 : 안녕",
])("a message may begin as %p", (line) => {
  expect(read(line)).toEqual(["2026-11-22T22:02:00 민수: 안녕"]);
});

test("September and May have short names of other lengths", () => {
  expect(read("Sept 9, 2026 at 9:00 AM, jun : 1", "9 May 2027 at 9:00, jun : 2")).toEqual([
    "2026-09-09T09:00:00 jun: 1",
    "2027-05-09T09:00:00 jun: 2",
  ]);
});

test("below a day that can't be read, messages have no date until the next that can", () => {
  expect(
    read(
      "수다방 님과 카카오톡 대화",
      "저장한 날짜 : 2026-11-24 09:00:00",
      "",
      "--------------- 2026년 11월 22일 일요일 ---------------",
      "[민수] [오전 10:02] 안녕",
      "--------------- Lundi 23 novembre 2026 ---------------",
      "[민수] [오전 10:03] 어느 날?",
      "둘째 줄",
      "--------------- 2026년 13월 24일 화요일 ---------------",
      "[민수] [오전 10:04] 어느 날?",
      "--------------- 2026년 11월 25일 수요일 ---------------",
      "[민수] [오전 10:05] 다시",
    ),
  ).toEqual([
    "2026-11-22T10:02:00 민수: 안녕",
    "6?: --------------- Lundi 23 novembre 2026 ---------------",
    "7?: [민수] [오전 10:03] 어느 날?",
    "8?: 둘째 줄",
    "9?: --------------- 2026년 13월 24일 화요일 ---------------",
    "10?: [민수] [오전 10:04] 어느 날?",
    "2026-11-25T10:05:00 민수: 다시",
  ]);
});

test("where lines have no date, a day that isn't understood or is missing leaves none", () => {
  expect(
    read(
      "2026년 11월 22일 일요일",
      "오후 8:36, 민수 : 안녕",
      "",
      "Montag, 23. November 2026",
      "오후 9:00, 지영 : 어느 날?",
      "",
      "2026년 11월 24일 화요일",
      "오후 8:36, 민수 : 안녕",
      "오전 9:00, 지영 : 다음 날?",
      "오전 9:01, 지영 : 다음 날!",
    ),
  ).toEqual([
    "2026-11-22T20:36:00 민수: 안녕",
    "4?: Montag, 23. November 2026",
    "5?: 오후 9:00, 지영 : 어느 날?",
    "2026-11-24T20:36:00 민수: 안녕",
    "9?: 오전 9:00, 지영 : 다음 날?",
    "10?: 오전 9:01, 지영 : 다음 날!",
  ]);
});

test("what stands before any day or message is not understood, and neither are impossible times", () => {
  expect(
    read(
      "[민수] [오전 10:00] 며칠?",
      "무슨 줄?",
      "--------------- 2026년 11월 22일 일요일 ---------------",
      "[민수] [오전 10:02] 안녕",
      "[지영] [오전 10:61] 육십일 분",
      "[지영] [오전 13:00] 십삼 시",
      "[지영] [25:00] 이십오 시",
    ),
  ).toEqual([
    "1?: [민수] [오전 10:00] 며칠?",
    "2?: 무슨 줄?",
    "2026-11-22T10:02:00 민수: 안녕",
    "5?: [지영] [오전 10:61] 육십일 분",
    "6?: [지영] [오전 13:00] 십삼 시",
    "7?: [지영] [25:00] 이십오 시",
  ]);
  expect(
    read("2026년 2월 30일 오전 10:02, 민수 : 안녕", "Feb 30, 2026 at 10:02, 민수 : 안녕"),
  ).toEqual([
    "1?: 2026년 2월 30일 오전 10:02, 민수 : 안녕",
    "2?: Feb 30, 2026 at 10:02, 민수 : 안녕",
  ]);
});

test("a text keeps lines that look like days, messages or notices of another kind", () => {
  const pasted = [
    "----- 공지 -----",
    "2026년 12월 1일 화요일",
    "2026. 12. 1. 오후 2:00, 장소 : 강남역",
    "오후 3:00, 발표 : 지영",
    "[오전 10:02] 메모",
    "he left.",
  ];
  expect(
    read(
      "--------------- 2026년 11월 22일 일요일 ---------------",
      "[민수] [오후 3:00] [지영] [오전 9:01] 어디야?",
      ...pasted.filter((line) => !/^2026년/.test(line)),
      "[민수] [오전 9:02] 집",
      "[민수] [오후 3:01] 위의 것은 붙여 넣었어",
    ),
  ).toEqual([
    `2026-11-22T15:00:00 민수: ${[
      "[지영] [오전 9:01] 어디야?",
      ...pasted.filter((line) => !/^2026년/.test(line)),
      "[민수] [오전 9:02] 집",
    ].join("\n")}`,
    "2026-11-22T15:01:00 민수: 위의 것은 붙여 넣었어",
  ]);
  expect(
    read(
      "2026년 11월 22일 오전 10:02, 민수 : 일정",
      "2026년 12월 1일 화요일",
      "오후 3:00, 발표 : 지영",
      "[지영] [오전 9:01] 어디야?",
      "--------------- 2026년 12월 1일 화요일 ---------------",
      "민수님이 나갔습니다.",
      "2026년 11월 22일 오전 10:03, 지영 : 응",
    ),
  ).toEqual([
    `2026-11-22T10:02:00 민수: ${[
      "일정",
      "2026년 12월 1일 화요일",
      "오후 3:00, 발표 : 지영",
      "[지영] [오전 9:01] 어디야?",
      "--------------- 2026년 12월 1일 화요일 ---------------",
      "민수님이 나갔습니다.",
    ].join("\n")}`,
    "2026-11-22T10:03:00 지영: 응",
  ]);
});

test("an earlier day within a message was pasted, and gives its date to nothing", () => {
  const said = read(
    "수다방 님과 카카오톡 대화",
    "",
    "--------------- 2026년 11월 22일 일요일 ---------------",
    "[민수] [오전 10:02] 저번에 한 말:",
    "--------------- 2026년 11월 20일 금요일 ---------------",
    "[지영] [오전 8:00] 금요일에 봐",
    "[민수] [오전 10:03] 기억나?",
    "--------------- 2026년 11월 23일 월요일 ---------------",
    "[지영] [오전 9:00] 응",
  );
  expect(said).toEqual([
    "2026-11-22T10:02:00 민수: 저번에 한 말:\n--------------- 2026년 11월 20일 금요일 ---------------\n[지영] [오전 8:00] 금요일에 봐",
    "2026-11-22T10:03:00 민수: 기억나?",
    "2026-11-23T09:00:00 지영: 응",
  ]);
});

test("a text may tell of somebody's leaving, and goes on below", () => {
  expect(
    read(
      "--------------- 2026년 11월 22일 일요일 ---------------",
      "[민수] [오전 10:02] 어제 일",
      "아까 지영님이 나갔습니다.",
      "왜?",
      "지영님이 들어왔습니다.",
      "운영정책을 위반한 메시지로 신고 접수 시 카카오톡 이용에 제한이 있을 수 있습니다.",
      "[지영] [오전 10:03] 나 왔어",
      "민수 left.",
      "He left.",
    ),
  ).toEqual([
    "2026-11-22T10:02:00 민수: 어제 일\n아까 지영님이 나갔습니다.\n왜?",
    "2026-11-22T10:03:00 지영: 나 왔어\n민수 left.\nHe left.",
  ]);
});

test("when the clock goes back by an hour, the messages after it are messages", () => {
  expect(
    read(
      "--------------- Sunday, November 1, 2026 ---------------",
      "[jun] [1:59 AM] before",
      "[mina] [1:00 AM] after",
    ),
  ).toEqual(["2026-11-01T01:59:00 jun: before", "2026-11-01T01:00:00 mina: after"]);
});

test("names may have brackets, commas and colons", () => {
  expect(
    read(
      "--------------- 2026년 11월 22일 일요일 ---------------",
      "[[개발] 민수] [오전 10:02] 안녕",
      "[민수] 팀장] [오전 10:03] [중요] 회의",
      "[민수, 지영] [오전 10:04] 우리",
    ),
  ).toEqual([
    "2026-11-22T10:02:00 [개발] 민수: 안녕",
    "2026-11-22T10:03:00 민수] 팀장: [중요] 회의",
    "2026-11-22T10:04:00 민수, 지영: 우리",
  ]);
  expect(
    read(
      "2026년 11월 22일 오전 10:02, 개발 : 민수 : 안녕",
      "2026년 11월 22일 오전 10:03, 개발, 지영 : 비율 1 : 2",
      "2026년 11월 22일 오전 10:04, 개발 : 민수 : 점심 : 국밥",
      "2026년 11월 22일 오전 10:05, 준 : 안녕 : 모두",
    ),
  ).toEqual([
    "2026-11-22T10:02:00 개발 : 민수: 안녕",
    "2026-11-22T10:03:00 개발, 지영: 비율 1 : 2",
    "2026-11-22T10:04:00 개발 : 민수: 점심 : 국밥",
    "2026-11-22T10:05:00 준: 안녕 : 모두",
  ]);
});

test("each line is told of once, the further lines of a message as well", () => {
  for (const lines of Object.values(EXPORTS)) {
    const numbers = itemsOf(...lines, "").map(({ line }) => line);
    expect(numbers.sort((a, b) => a - b)).toEqual(lines.map((_, index) => index + 1));
  }
});

test("messages of one minute keep their order, and know their lines", () => {
  const items = itemsOf(
    "--------------- 2026년 11월 22일 일요일 ---------------",
    "[민수] [오전 10:02] 하나",
    "[지영] [오전 10:02] 둘",
    "셋",
    "[민수] [오전 10:02] 넷",
  );
  expect(items.filter(({ kind }) => kind === "message").map(({ line }) => line)).toEqual([2, 3, 5]);
});

test("a notice that isn't known is not passed over in silence", () => {
  expect(
    read(
      "2026년 11월 22일 오전 10:02, 민수 : 안녕",
      "2026년 11월 22일 오전 10:03, 새로운 기능을 써 보세요!",
      "2026년 11월 22일 오전 10:04, 민수 : ",
    ),
  ).toEqual([
    "2026-11-22T10:02:00 민수: 안녕",
    "2?: 2026년 11월 22일 오전 10:03, 새로운 기능을 써 보세요!",
  ]);
});

test("files, pictures, calls and searches stay as what KakaoTalk calls them", () => {
  const texts = [
    "사진 3장",
    "동영상",
    "이모티콘",
    "파일: 계획.pdf",
    "샵검색: 날씨",
    "보이스톡 3:21",
  ];
  expect(
    read(
      "--------------- 2026년 11월 22일 일요일 ---------------",
      ...texts.map((text) => `[민수] [오전 10:02] ${text}`),
    ),
  ).toEqual(texts.map((text) => `2026-11-22T10:02:00 민수: ${text}`));
});

describe("in a table", () => {
  test("quotes, commas and line ends are part of a text, quotes that aren't doubled as well", () => {
    expect(
      read(
        "Date,User,Message",
        '2026-11-22 10:02:03,"민수","그가 ""안녕, 친구"" 했어,',
        '2026-11-22 10:02:04,""가짜"""',
        '2026-11-22 10:02:05,"지","그가 "안녕"이라고"',
        "2026-11-22 10:02:06,jun,plain",
      ),
    ).toEqual([
      '2026-11-22T10:02:03 민수: 그가 "안녕, 친구" 했어,\n2026-11-22 10:02:04,"가짜"',
      '2026-11-22T10:02:05 지: 그가 "안녕"이라고',
      "2026-11-22T10:02:06 jun: plain",
    ]);
  });

  test("the first line may be missing", () => {
    expect(read('2026-11-22 10:02:03,"민수","안녕"')).toEqual(["2026-11-22T10:02:03 민수: 안녕"]);
  });

  test("a record that can't be read costs itself alone", () => {
    expect(
      read(
        "Date,User,Message",
        '2026-11-22 10:02:03,"민수","안 닫힌 것',
        '2026-11-22 10:02:04,"지영","괜찮아"',
        '2026-11-22 10:61:05,"지영","언제?"',
        '2026-11-22 10:02:06,"지영","많은","칸"',
        "아무 줄",
        '2026-11-22 10:02:07,"지영","끝"',
        "",
      ),
    ).toEqual([
      '2?: 2026-11-22 10:02:03,"민수","안 닫힌 것',
      "2026-11-22T10:02:04 지영: 괜찮아",
      "4?: 2026-11-22 10:61:05,지영,언제?",
      '5?: 2026-11-22 10:02:06,"지영","많은","칸"',
      "6?: 아무 줄",
      "2026-11-22T10:02:07 지영: 끝",
    ]);
  });

  test("what somebody says about another's leaving is a message", () => {
    expect(read("Date,User,Message", '2026-11-22 10:02:03,"민수","지영님이 나갔습니다."')).toEqual([
      "2026-11-22T10:02:03 민수: 지영님이 나갔습니다.",
    ]);
  });
});

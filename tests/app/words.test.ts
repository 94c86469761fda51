import { describe, expect, test } from "bun:test";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import { type Particle, particle } from "../../lib/app/i18n/particles.ts";
import { failureSentence } from "../../lib/app/i18n/words.ts";
import { chooseLanguage } from "../../lib/protocol/language.ts";
import { cellsOf } from "../../lib/terminal/width.ts";

type Table = { readonly [key: string]: string | ((...args: never[]) => string) | Table };

/** Lists every sentence with its key path; functions are called with sample arguments. */
function sentencesOf(table: Table, path = ""): Map<string, string> {
  const sentences = new Map<string, string>();
  for (const [key, value] of Object.entries(table)) {
    const here = `${path}/${key}`;
    if (typeof value === "string") sentences.set(here, value);
    else if (typeof value === "function") {
      const call = value as (...args: unknown[]) => string;
      sentences.set(here, call("민수", "서연", "3", "4", "5"));
    } else for (const [inner, text] of sentencesOf(value, here)) sentences.set(inner, text);
  }
  return sentences;
}

describe("words", () => {
  test("English and Korean have the same keys", () => {
    expect([...sentencesOf(ko).keys()].sort()).toEqual([...sentencesOf(en).keys()].sort());
  });

  test("a server's code, subject and text can't steer the terminal in a sentence about its error", () => {
    const sequence = "\x1b]52;c;aGk=\x07";
    for (const words of [en, ko]) {
      for (const [code, about, text] of [
        [sequence, "", ""],
        ["X", "", sequence],
        ["404", sequence, ""],
      ] as const) {
        expect(failureSentence(words, code, about, text)).toContain("␛]52;c;aGk=␇");
      }
      expect(failureSentence(words, "", "", "")).not.toContain("(");
    }
  });

  test("no sentence is empty but the one of no arguments", () => {
    for (const table of [en, ko]) {
      const empty = [...sentencesOf(table)].filter(([, text]) => text.trim() === "");
      expect(empty.map(([key]) => key)).toEqual(["/slash/arguments/none"]);
    }
  });

  test("every Korean sentence of more than one word contains Hangul", () => {
    const foreign = [...sentencesOf(ko)].filter(
      ([key, text]) => / /.test(text) && !/\p{Script=Hangul}/u.test(text) && !/usage/.test(key),
    );
    expect(foreign).toEqual([]);
  });

  test("Korean statements end in one style, 합니다 and not 해요", () => {
    const casual = [...sentencesOf(ko)].filter(([, text]) =>
      /(?<!아니|세|까|나|가)요(?=[.!:]|$)/.test(text),
    );
    expect(casual).toEqual([]);
  });

  test("a Korean sentence names commands as the Korean help does", () => {
    const english = [...sentencesOf(ko)].filter(([, text]) => /\/(connect|join|msg)\b/.test(text));
    expect(english).toEqual([]);
  });

  test("the hints of the search fit into forty columns", () => {
    for (const { finder } of [en, ko]) {
      const hints = [finder.hint, finder.hintNone].flatMap((table) => Object.values(table));
      for (const hint of [...hints, finder.onServer(99), finder.nothing, finder.type]) {
        expect(cellsOf(` ${hint}`)).toBeLessThanOrEqual(40);
      }
    }
  });

  test("an unknown code falls back to the server's text", () => {
    expect(failureSentence(en, "ACCOUNT_EXISTS", "mina", "Taken")).toBe(
      "That name is taken. Choose another.",
    );
    expect(failureSentence(ko, "ACCOUNT_EXISTS", "mina", "Taken")).toBe(
      "이미 사용 중인 이름입니다. 다른 이름을 입력해 주세요.",
    );
    expect(failureSentence(en, "NEW_CODE", "", "Their words")).toBe("Their words");
    expect(failureSentence(ko, "NEW_CODE", "", "")).toBe("서버가 거절했습니다 (NEW_CODE).");
    expect(failureSentence(en, "toString", "", "Their words")).toBe("Their words");
  });
});

describe("particles", () => {
  const rows: readonly [string, Particle, string][] = [
    ["민수", "이/가", "민수가"],
    ["서연", "이/가", "서연이"],
    ["서연", "을/를", "서연을"],
    ["민수", "은/는", "민수는"],
    ["민수", "와/과", "민수와"],
    ["서연", "와/과", "서연과"],
    ["서울", "으로/로", "서울로"],
    ["부산", "으로/로", "부산으로"],
    ["제주", "으로/로", "제주로"],
    ["민수".normalize("NFD"), "이/가", `${"민수".normalize("NFD")}가`],
    ["7", "으로/로", "7로"],
    ["3", "으로/로", "3으로"],
    ["10", "이/가", "10이"],
    ["2", "이/가", "2가"],
    ["Tom", "이/가", "Tom이"],
    ["kate", "이/가", "kate가"],
    ["Paul", "으로/로", "Paul로"],
    ["Mac", "을/를", "Mac을"],
    ["irc", "은/는", "irc는"],
    ["URL", "으로/로", "URL로"],
    ["PM", "은/는", "PM은"],
    ["#개발팀", "을/를", "#개발팀을"],
    ["민수(손님)", "이/가", "민수(손님)이"],
    ["/ㅗ디ㅔ", "이라/라", "/ㅗ디ㅔ라"],
    ["ㅋㅋ", "이라/라", "ㅋㅋ이라"],
    ["\u1169\u1175", "이라/라", "\u1169\u1175라"],
    ["\u1100", "을/를", "\u1100을"],
    ["\u1105", "으로/로", "\u1105로"],
    ["😀", "이/가", "😀이(가)"],
    ["田中", "으로/로", "田中(으)로"],
  ];
  for (const [word, which, whole] of rows) {
    test(`${word} and ${which} make ${whole}`, () => expect(particle(word, which)).toBe(whole));
  }
});

describe("the language", () => {
  test("is the flag's, then the saved one, then LC_ALL, LC_MESSAGES, LANG", () => {
    expect(chooseLanguage("ko", "en", { LANG: "en_US.UTF-8" })).toBe("ko");
    expect(chooseLanguage(null, "ko", { LANG: "en_US.UTF-8" })).toBe("ko");
    expect(chooseLanguage(null, null, { LC_ALL: "en_US", LANG: "ko_KR.UTF-8" })).toBe("en");
    expect(chooseLanguage(null, null, { LC_ALL: "", LC_MESSAGES: "ko_KR", LANG: "C" })).toBe("ko");
    expect(chooseLanguage(null, null, { LANG: "ko_KR.eucKR" })).toBe("ko");
    expect(chooseLanguage(null, null, { LANG: "kok_IN" })).toBe("en");
    expect(chooseLanguage(null, null, {})).toBe("en");
  });
});

test("dates are written in the language and the time zone", () => {
  const time = Date.UTC(2026, 10, 21, 15, 30);
  const seoul = makeDateFormat("ko", "Asia/Seoul");
  expect([seoul.clock(time), seoul.day(time), seoul.dayKey(time)]).toEqual([
    "00:30",
    "11월 22일 일요일",
    "2026-11-22",
  ]);
  const utc = makeDateFormat("en", "UTC");
  expect([utc.clock(time), utc.day(time), utc.dayKey(time)]).toEqual([
    "15:30",
    "Saturday 21 November",
    "2026-11-21",
  ]);
});

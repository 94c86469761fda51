import { describe, expect, test } from "bun:test";
import {
  decodeText,
  encodingName,
  guessEncoding,
  parseEncoding,
  TextEncoderFor,
} from "../../lib/protocol/text-encoding.ts";

const korean = new TextEncoderFor("euc-kr");
const latin = new TextEncoderFor("windows-1252");

test.each([
  ["windows-949", "euc-kr"],
  ["CP949", "euc-kr"],
  ["uhc", "euc-kr"],
  ["EUC-KR", "euc-kr"],
  ["latin1", "windows-1252"],
  ["Latin-1", "windows-1252"],
  ["iso-8859-1", "windows-1252"],
  ["utf8", "utf-8"],
  [" shift_jis ", "shift_jis"],
  ["klingon", null],
  ["", null],
])("the encoding called %s is %s", (name, encoding) => {
  expect(parseEncoding(name)).toBe(encoding);
});

describe("text that isn't UTF-8", () => {
  test.each(["안녕하세요", "똠방각하 펲시콜라", "ㅋㅋㅋ", "ok 네!", "가", "2호선 강남역 3번 출구"])(
    "is taken for Windows-949: %s",
    (text) => {
      const bytes = korean.encode(`:a!b@c PRIVMSG #tea :${text}`);
      expect(guessEncoding(bytes)).toBe("euc-kr");
      expect(decodeText(bytes, "euc-kr")).toEndWith(text);
    },
  );

  test.each([
    ...["café", "é", "Ärger über Öl", "ça va très bien", "ñandú", "naïve façade", "Größe", "ÄÖÜ"],
    ...["señor", "übermäßig", "façons éàè", "25 °C", "«voilà»"],
  ])("is taken for Latin-1: %s", (text) => {
    const bytes = latin.encode(`:a!b@c PRIVMSG #tea :${text}`);
    expect(guessEncoding(bytes)).toBe("windows-1252");
    expect(decodeText(bytes, "windows-1252")).toEndWith(text);
  });

  test("is UTF-8 that a server cut in the middle of a letter, if it has others", () => {
    const bytes = Buffer.from("안녕하세요");
    expect(guessEncoding(bytes.subarray(0, bytes.length - 1))).toBe("utf-8");
    expect(guessEncoding(bytes.subarray(0, bytes.length - 2))).toBe("utf-8");
  });
});

test("what is encoded is decoded as it was, and what the encoding lacks is a question mark", () => {
  const text = "차 한 잔, 漢字, ㅎㅎ 100%";
  expect(decodeText(korean.encode(text), "euc-kr")).toBe(text);
  expect(decodeText(korean.encode("가🍵é"), "euc-kr")).toBe("가??");
});

test("encodings are called as people call them", () => {
  expect(["euc-kr", "windows-1252", "gbk"].map(encodingName)).toEqual([
    ...["Windows-949", "Latin-1", "gbk"],
  ]);
});

import { describe, expect, test } from "bun:test";
import { decodeLog, parseEncoding } from "../../lib/file-manager/import/input/decode-log.ts";
import { readAs } from "./import-reading.ts";

/** Logs that aren't UTF-8. */

/** "2026-11-22 10:02:03⇥민수⇥똠방각하 펲 쀍", the last three with syllables that KS X 1001 lacks. */
const KOREAN = Buffer.concat([
  Buffer.from("2026-11-22 10:02:03\t"),
  Buffer.from("b9cebcf6", "hex"),
  Buffer.from("\t"),
  Buffer.from("bec8b3e7c7cfbcbcbfe4208c63b9e6b0a2c7cf20bc842097cd", "hex"),
  Buffer.from("\n"),
]);
const KOREAN_MESSAGE = "2026-11-22T10:02:03.000Z PRIVMSG 민수: 안녕하세요 똠방각하 펲 쀍";

test("cp949, euc-kr and their other names mean Windows-949", () => {
  for (const name of ["cp949", "CP949", "euc-kr", "EUC-KR", "uhc", "ms949", "ks_c_5601-1987"]) {
    expect(parseEncoding(name)).toBe("euc-kr");
  }
  expect(decodeLog(KOREAN, "euc-kr").text).toContain("똠방각하 펲 쀍");
});

test("an unknown encoding is refused with a hint", () => {
  expect(parseEncoding("")).toBeNull();
  expect(parseEncoding("cp94")).toEqual({
    refused: 'There is no encoding "cp94". Did you mean cp949? Without --encoding it is guessed.',
  });
});

describe("without --encoding", () => {
  test.each([
    ["Windows-949 (CP949, EUC-KR)", KOREAN, KOREAN_MESSAGE],
    [
      "Shift_JIS",
      Buffer.from("323032362d31312d32322031303a30323a30330996be0982b182f182c982bf82cd0a", "hex"),
      "2026-11-22T10:02:03.000Z PRIVMSG 明: こんにちは",
    ],
    [
      "Windows-1252 (Latin-1)",
      Buffer.from("2026-11-22 10:02:03\tJürgen\tÄnderungen für Größe, schön\n", "latin1"),
      "2026-11-22T10:02:03.000Z PRIVMSG Jürgen: Änderungen für Größe, schön",
    ],
  ])("%s is guessed", (encoding, bytes, message) => {
    expect(decodeLog(bytes, null)).toMatchObject({ encoding, isDamaged: false });
    expect(readAs("weechat", bytes).messages).toEqual([message]);
  });

  test.each([
    ["koi8-u", "f0d2c9d7c5d42c20cbc1cb20c4c5ccc120d3c5c7cfc4ced1", "Привет, как дела сегодня"],
    [
      "windows-1251",
      "cff0e8e2e5f22c20eae0ea20e4e5ebe020f1e5e3eee4edff",
      "Привет, как дела сегодня",
    ],
    ["iso-8859-7", "cae1ebe7ecddf1e120f3e1f220f6dfebefe9", "Καλημέρα σας φίλοι"],
    [
      "gb18030",
      "c4e3bac3a3acbdf1ccecccecc6f8badcbac3a3acced2c3c7c8a5bac8b2e8b0c9",
      "你好，今天天气很好，我们去喝茶吧",
    ],
    [
      "big5",
      "a741a66ea141a4b5a4d1a4d1aef0abdca66ea141a7daadcca568b3dcaff9a761",
      "你好，今天天氣很好，我們去喝茶吧",
    ],
    [
      "windows-1250",
      "637a659ce62c2077737a7973746b6f207720706f727ab9646b752c20647a69ea6b692c2062ea64ea2070f39f6e69656a",
      "cześć, wszystko w porządku, dzięki, będę później",
    ],
    ["ISO-2022-JP", "1b244224332473244b2441244f1b2842", "こんにちは"],
    [
      "Windows-949 (CP949, EUC-KR)",
      "94ee208c63b9e6b0a2c7cf20bc84bdc3c4ddb6f320bec8b3e7",
      "뷁 똠방각하 펲시콜라 안녕",
    ],
    [
      "Windows-1252 (Latin-1)",
      "616ffb7420e7612076612c206cee206f6e2061206dea6d65",
      "août ça va, lî on a même",
    ],
  ])("the words of a log in %s tell it", (encoding, hex, text) => {
    const bytes = Buffer.concat([
      Buffer.from("2026-11-22 10:02:03\tmina\t"),
      Buffer.from(hex, "hex"),
      Buffer.from("\n2026-11-22 10:02:04\tmina\twe wrote this in the office chat\n"),
    ]);
    expect(decodeLog(bytes, null)).toMatchObject({ encoding, isDamaged: false });
    expect(decodeLog(bytes, null).text).toContain(`\tmina\t${text}\n`);
  });

  test("a byte order mark costs no line, in UTF-8 and in UTF-16 of both orders", () => {
    const log = "--- Log opened 일 11월 22 10:01:00 2026\n10:02 <민수> 안녕\n";
    const utf16 = Buffer.from(`\ufeff${log}`, "utf16le");
    const swapped = Buffer.from(utf16).swap16();
    for (const bytes of [Buffer.from(`\ufeff${log}`), utf16, swapped]) {
      expect(readAs("irssi", bytes)).toEqual({
        messages: ["2026-11-22T10:02:00.000Z PRIVMSG 민수: 안녕"],
        unreadable: [],
        skipped: 1,
      });
    }
  });

  test("UTF-16 without a mark is known by its zeros", () => {
    const log = "2026-11-22 10:02:03\tmina\thello\n2026-11-22 10:02:04\t민수\t안녕\n";
    const bytes = Buffer.from(log, "utf16le");
    expect(decodeLog(bytes, null).text).toBe(log);
    expect(decodeLog(Buffer.from(bytes).swap16(), null).text).toBe(log);
  });
});

test("a byte order mark counts for more than --encoding", () => {
  expect(decodeLog(Buffer.from("\ufeff안녕"), "euc-kr")).toMatchObject({ text: "안녕" });
});

test("a line with bytes that mean nothing is reported with its number, and is never imported", () => {
  const good = "2026-11-22 10:02:03\t민수\t안녕\n";
  const bad = Buffer.from("2026-11-22 10:02:04\tmina\tcaf\xe9\n", "latin1");
  const bytes = Buffer.concat([Buffer.from(good), bad, Buffer.from(good)]);
  expect(readAs("weechat", bytes)).toMatchObject({ unreadable: [2] });
  expect(readAs("weechat", bytes).messages).toHaveLength(2);
});

test("a file that is one word of a megabyte is no reason to fail", () => {
  const bytes = Buffer.alloc(1 << 20, 0xff);
  expect(decodeLog(bytes, null).text).toHaveLength(bytes.length);
});

test("a replacement character that the log itself has is imported", () => {
  const log = ["2026-11-22 10:02:03\tmina\tI saw \ufffd there"];
  expect(readAs("weechat", log).messages).toHaveLength(1);
});

test("lines in Windows-949 within a log in UTF-8 are read, and the other way round", () => {
  const utf8 = Buffer.from("2026-11-22 10:02:04\t준\t반가워요\n");
  for (const bytes of [
    Buffer.concat([utf8, utf8, KOREAN]),
    Buffer.concat([KOREAN, KOREAN, utf8]),
  ]) {
    const { messages, unreadable } = readAs("weechat", bytes);
    expect(unreadable).toEqual([]);
    expect(new Set(messages)).toEqual(
      new Set([KOREAN_MESSAGE, "2026-11-22T10:02:04.000Z PRIVMSG 준: 반가워요"]),
    );
    expect(decodeLog(bytes, null).encoding).toBe("UTF-8 and Windows-949 (CP949, EUC-KR)");
  }
});

test("with --encoding, bytes that mean nothing in it are reported and not read otherwise", () => {
  const utf8 = Buffer.from("2026-11-22 10:02:04\t준\t반가워요\n");
  const decoded = decodeLog(Buffer.concat([KOREAN, utf8]), "utf-8");
  expect(decoded).toMatchObject({ encoding: "UTF-8", isDamaged: true });
});

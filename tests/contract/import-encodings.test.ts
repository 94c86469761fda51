import { describe, expect, test } from "bun:test";
import { decodeLog, parseEncoding } from "../../lib/file-manager/import/decode-log.ts";
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

import { describe, expect, test } from "bun:test";
import { isFileName } from "../../lib/protocol/file-facts.ts";
import { safeFileName } from "../../lib/protocol/safe-file-name.ts";
import { Prng } from "../prng.ts";

describe("a file's name", () => {
  test.each([
    ["report.pdf", "report.pdf"],
    ["스크린샷 2026-11-22.png", "스크린샷 2026-11-22.png"],
    ["👩‍👩‍👧.jpg", "👩‍👩‍👧.jpg"],
    ["../../etc/passwd", "_.._etc_passwd"],
    ["..\\..\\boot.ini", "_.._boot.ini"],
    ["C:\\x?.txt", "C__x_.txt"],
    [".bashrc", "bashrc"],
    ["-rf", "rf"],
    ["a.txt. . .", "a.txt"],
    ["nul", "_nul"],
    ["Com1.txt", "_Com1.txt"],
    ["console.txt", "console.txt"],
    ["evil\u202etxt.exe", "eviltxt.exe"],
    ["a\r\nb\u001b[31m.txt", "ab[31m.txt"],
    ["a\u2028b", "ab"],
    ["\ud800x", "\ufffdx"],
    ["...", "file"],
    ["\u200b", "file"],
    ["", "file"],
  ])("%j is written as %j", (name, written) => {
    expect(safeFileName(name)).toBe(written);
  });

  test("that is too long is cut between letters, and keeps its extension", () => {
    const long = safeFileName(`${"가".repeat(100)}.png`);
    expect(long).toBe(`${"가".repeat(83)}.png`);
    const family = "👩‍👩‍👧";
    expect(safeFileName(`${family}${family}.png`, 30)).toBe(`${family}.png`);
    expect(safeFileName(`${"x".repeat(300)}`)).toBe("x".repeat(255));
  });

  test("is a name, whatever somebody sends", () => {
    const prng = new Prng(7);
    const letters = [
      "/",
      "\\",
      ".",
      " ",
      "-",
      "\0",
      "\n",
      "\u202e",
      "가",
      "😀",
      "\ud83d",
      "con",
      "x",
      ":",
    ];
    for (let n = 0; n < 2000; n += 1) {
      const name = Array.from({ length: prng.below(12) }, () => prng.pick(letters)).join("");
      const written = safeFileName(name, 20);
      expect(isFileName(written)).toBe(true);
      expect(Buffer.byteLength(written)).toBeLessThanOrEqual(20);
      expect(written).not.toMatch(/^[\s.-]|[\s.]$|[\p{Cc}\u202e]/u);
      expect(safeFileName(written, 20)).toBe(written);
    }
  });
});

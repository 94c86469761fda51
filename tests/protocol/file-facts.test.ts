import { expect, test } from "bun:test";
import {
  formatFileFacts,
  formatFileSize,
  isFileName,
  parseFileFacts,
  parseSharedFile,
  textOrFileName,
} from "../../lib/protocol/file-facts.ts";

const SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
const PICTURE = {
  ...{ id: "k3vq5m2xwz7ak3vq5m2xwz7a", name: "스크린샷, 1=2; 100%.png", size: 48211 },
  ...{ sha256: SHA256, type: "image/png", width: 1600, height: 1060, preview: 3121 },
};

test("what is known of a file comes back as it was", () => {
  const text = formatFileFacts(PICTURE);
  expect(text).not.toMatch(/[ ;\\]/);
  expect(parseSharedFile(text)).toEqual(PICTURE);
  const { id: _, ...facts } = PICTURE;
  expect(parseFileFacts(text)).toEqual(facts);
  expect(parseSharedFile(formatFileFacts(facts))).toBeNull();
});

test("what others send later is passed over, and what has no sense is left out", () => {
  const text = `size=5,sha256=${SHA256},type=text/plain,name=a.txt,colour=red,=3,width=0,seconds=-2`;
  expect(parseFileFacts(text)).toEqual({
    ...{ name: "a.txt", size: 5, sha256: SHA256, type: "text/plain" },
  });
});

test.each([
  "",
  `sha256=${SHA256},type=text/plain,name=a.txt`,
  `size=05,sha256=${SHA256},type=text/plain,name=a.txt`,
  `size=99999999999999999,sha256=${SHA256},type=text/plain,name=a.txt`,
  `size=5,sha256=${SHA256.toUpperCase()},type=text/plain,name=a.txt`,
  `size=5,sha256=${SHA256},type=text,name=a.txt`,
  `size=5,sha256=${SHA256},type=text/plain,name=%E3%28`,
  `size=5,sha256=${SHA256},type=text/plain,name=..%2Fa.txt`,
])("%p is no file", (text) => {
  expect(parseFileFacts(text)).toBeNull();
});

test("a file's name has no folder, and fits into a file system", () => {
  expect(isFileName("보고서.pdf")).toBe(true);
  for (const name of ["", ".", "..", "a/b", "a\\b", "a\0b", "\ud800", "가".repeat(86)]) {
    expect(isFileName(name)).toBe(false);
  }
});

test("a size is written in the unit that needs the fewest digits", () => {
  const sizes = [
    0, 1, 999, 1000, 1240, 9949, 9950, 48_211, 999_499, 999_500, 1_200_000, 3.4e9, 5e15,
  ];
  expect(sizes.map(formatFileSize)).toEqual([
    ...["0 B", "1 B", "999 B", "1.0 KB", "1.2 KB", "9.9 KB", "10 KB", "48 KB", "999 KB"],
    ...["1.0 MB", "1.2 MB", "3.4 GB", "5000 TB"],
  ]);
});

test("a message is told by its text, and one without text by its file's name", () => {
  expect(textOrFileName({ text: "look", file: PICTURE })).toBe("look");
  expect(textOrFileName({ text: "", file: PICTURE })).toBe(`📎 ${PICTURE.name}`);
  expect(textOrFileName({ text: "", file: null })).toBe("");
});

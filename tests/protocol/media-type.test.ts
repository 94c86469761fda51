import { expect, test } from "bun:test";
import {
  isPictureType,
  isTextType,
  mediaKindOf,
  mediaTypeOf,
} from "../../lib/protocol/media-type.ts";

const latin = (text: string): Uint8Array => Buffer.from(text, "latin1");

test.each([
  ["\x89PNG\r\n\x1a\n\0\0", "a.txt", "image/png"],
  ["\xff\xd8\xff\xe0", "photo", "image/jpeg"],
  ["RIFF\x10\0\0\0WEBPVP8 ", "a.png", "image/webp"],
  ["RIFF\x10\0\0\0WAVEfmt ", "a", "audio/wav"],
  ["\0\0\0\x18ftypheic", "IMG_1.HEIC", "image/heic"],
  ["\0\0\0\x18ftypisom", "film", "video/mp4"],
  ["\x1a\x45\xdf\xa3\x84\x42\x82webm", "film.mkv", "video/webm"],
  ["\x1a\x45\xdf\xa3\x84\x42\x82matroska", "film.webm", "video/x-matroska"],
  ["\xff\xfb\x90\0\0\0", "song.mp3", "audio/mpeg"],
  ["\xff\xfb\x90\0\0\0", "data.bin", "application/octet-stream"],
  [
    "PK\x03\x04\0\0",
    "report.docx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  ],
  ["PK\x03\x04\0\0", "report.zip", "application/zip"],
  ["%PDF-1.7", "report.txt", "application/pdf"],
  ["MZ\x90\0", "holiday.png", "application/x-msdownload"],
  ["\x7fELF\x02", "holiday.txt", "application/x-executable"],
  ["#!/bin/sh\n", "holiday.png", "text/x-shellscript"],
  ["<!DOCTYPE html><p>", "holiday.png", "text/html"],
  ["  <svg onload=alert(1)>", "holiday.txt", "image/svg+xml"],
  ["<?xml version='1.0'?><svg>", "a", "image/svg+xml"],
  ["hello\nworld\n", "notes", "text/plain"],
  ["BM is how this text begins", "notes.txt", "text/plain"],
  ["BM\x36\0\0\0\0\0", "a.bmp", "image/bmp"],
  ["\x1b[31mred\x1b[0m\n", "build.log", "text/plain"],
  ["done\x07\n", "build.log", "text/plain"],
  ["N\bNA\bAM\bME\bE\x0b\n\x0c", "manual", "text/plain"],
  ["a,b\n1,2\n", "table.CSV", "text/csv"],
  ["\xbe\xc8\xb3\xe7", "cp949.txt", "text/plain"],
  ["\xbe\xc8\xb3\xe7", "cp949", "application/octet-stream"],
  ["a\0b", "notes.txt", "application/octet-stream"],
  ["\xff\xfeh\0i\0\r\0\n\0", "notes", "text/plain"],
  ["\xfe\xff\0h\0i\xc5\x48", "notes.csv", "text/csv"],
  ["\xff\xfe<\0s\0v\0g\0>\0", "holiday.txt", "image/svg+xml"],
  ["\xff\xfe#\0!\0", "holiday.txt", "text/x-shellscript"],
  ["\xff\xfea\0\0\0", "notes.txt", "application/octet-stream"],
  ["\xff\xfe\0\xd8a\0", "notes", "application/octet-stream"],
  ["", "empty.md", "text/markdown"],
])("%j as %s is %s", (head, name, type) => {
  expect(mediaTypeOf(latin(head), name)).toBe(type);
});

test("a text whose head ends within a letter is a text", () => {
  const text = Buffer.from("가".repeat(3000));
  expect(mediaTypeOf(text.subarray(0, 4096), "notes")).toBe("text/plain");
  expect(mediaTypeOf(text, "notes")).toBe("text/plain");
});

test("neither HTML nor SVG is a picture or a text to show", () => {
  const shown = ["text/html", "image/svg+xml"].filter(
    (type) => isPictureType(type) || isTextType(type),
  );
  expect(shown).toEqual([]);
  expect([isPictureType("image/png"), isTextType("text/plain")]).toEqual([true, true]);
});

test.each([
  ["image/png", "picture"],
  ["image/svg+xml", "picture"],
  ["video/quicktime", "video"],
  ["audio/ogg", "audio"],
  ["text/x-shellscript", "text"],
  ["application/json", "text"],
  ["application/ld+json", "text"],
  ["application/json5", null],
  ["application/zip", null],
  ["toString/x", null],
] as const)("%p is %p to a person", (type, kind) => {
  expect(mediaKindOf(type)).toBe(kind);
});

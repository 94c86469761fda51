import { expect, test } from "bun:test";
import { openableAs, openableByName } from "../../lib/app/files/openable.ts";

const PNG = "\x89PNG\r\n\x1a\n";
const PICTURE = Uint8Array.from(PNG, (letter) => letter.charCodeAt(0));

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

test("pictures and plain texts are opened, told by their content", () => {
  expect(openableAs(PICTURE, "shot.PNG")).toBe("picture");
  expect(openableAs(bytes("10:41 ok\n"), "build.log")).toBe("text");
  expect(openableAs(bytes("# 회의록"), "회의록.md")).toBe("text");
  expect(openableAs(bytes('{"a":1}'), "a.json")).toBe("text");
});

test("what could run, or shows itself in a browser, is never opened, whatever it is called", () => {
  const rows: readonly [content: Uint8Array, name: string][] = [
    [bytes("<!doctype html><script>1</script>"), "notes.txt"],
    [bytes("<svg onload='x'/>"), "a.txt"],
    [bytes("<svg/>"), "a.svg"],
    [bytes("<?xml version='1.0'?><svg/>"), "a.png"],
    [bytes("#!/bin/sh\nrm -r ~\n"), "readme.txt"],
    [bytes("[Desktop Entry]\nExec=sh"), "photo.desktop"],
    [bytes("del /q *"), "photo.png.bat"],
    [bytes("@echo off"), "a.cmd"],
    [bytes("WScript.Echo(1)"), "a.js"],
    [bytes("\x7fELF\x02"), "a.png"],
    [bytes("MZ\x90"), "a.jpg"],
    [bytes("%PDF-1.7"), "a.pdf"],
    [bytes("hello"), "README"],
    [bytes("hello"), "a.html"],
    [bytes("hello"), "a.png"],
    [PICTURE, "a.exe"],
    [PICTURE, "a.jpg"],
    [PICTURE, "a"],
    [bytes("a\0b"), "a.txt"],
  ];
  expect(rows.filter(([content, name]) => openableAs(content, name) !== null)).toEqual([]);
});

test("by its name alone a file is offered to be opened, or not", () => {
  expect(["a.png", "b.LOG", "c.csv"].map(openableByName)).toEqual(["picture", "text", "text"]);
  expect(["a.svg", "b.html", "c.exe", "d", "e.desktop"].map(openableByName)).toEqual([
    ...[null, null, null, null, null],
  ]);
});

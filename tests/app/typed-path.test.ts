import { describe, expect, test } from "bun:test";
import { pathCandidates, splitPath } from "../../lib/app/files/typed-path.ts";

const FOLDERS: Readonly<Record<string, readonly string[]>> = {
  "": ["our plan.pdf", "ours/", "it's.png", "스크린샷 1.png", ".hidden", "bad\x1bname", "a.txt"],
  "~/": ["My Documents/", "notes.md"],
  "~/My Documents/": ["tax 2026.pdf", "letters/"],
  "C:\\Users\\": ["mina park/", "x.png"],
};

function list(folder: string) {
  const names = FOLDERS[folder] ?? [];
  return names.map((name) => ({ name: name.replace(/\/$/, ""), isFolder: name.endsWith("/") }));
}

function tab(typed: string, style: "posix" | "windows" = "posix"): readonly string[] | null {
  const word = typed.slice(typed.lastIndexOf(" ") + 1);
  const candidates = pathCandidates(typed.split(/\s+/), style, list);
  return candidates?.filter((each) => each.startsWith(word)) ?? null;
}

describe("completing a path", () => {
  test("files end with a space, folders with a slash, and spaces are escaped", () => {
    expect(tab("ou")).toEqual(["our\\ plan.pdf ", "ours/"]);
    expect(tab("~/")).toEqual(["~/My\\ Documents/", "~/notes.md "]);
    expect(tab("스")).toEqual(["스크린샷\\ 1.png "]);
    expect(tab("it")).toEqual(["it\\'s.png "]);
  });

  test("what is typed behind an escaped space goes on there", () => {
    expect(tab("our\\ p")).toEqual(["plan.pdf "]);
    expect(tab("~/My\\ Documents/t")).toEqual(["Documents/tax\\ 2026.pdf "]);
    expect(tab("~/My\\ Documents/tax\\ 2")).toEqual(["2026.pdf "]);
  });

  test("in quotes nothing is escaped, and the quote is closed behind a file", () => {
    expect(tab('"ou')).toEqual(['"our plan.pdf" ', '"ours/']);
    expect(tab("'~/My Documents/t")).toEqual(["Documents/tax 2026.pdf' "]);
  });

  test("hidden files are offered behind a dot alone, and names that steer a terminal never", () => {
    expect(tab("")).toEqual([
      ...["a.txt ", "it\\'s.png ", "our\\ plan.pdf ", "ours/", "스크린샷\\ 1.png "],
    ]);
    expect(tab(".")).toEqual([".hidden "]);
  });

  test("behind the path is the caption, where names are completed", () => {
    expect(tab("a.txt jun")).toBeNull();
    expect(tab('"our plan.pdf" ')).toBeNull();
  });

  test("Windows has backslashes between folders and quotes around spaces", () => {
    expect(tab("C:\\Users\\", "windows")).toEqual(["C:\\Users\\x.png "]);
    expect(tab('"C:\\Users\\m', "windows")).toEqual(['"C:\\Users\\mina park\\']);
  });
});

describe("a path and a caption", () => {
  const files = new Set(["a.txt", "our plan.pdf", "a.txt b", "it's.png"]);
  const split = (text: string) => {
    const { path, caption } = splitPath(text, "posix", (each) => files.has(each));
    return [path, caption];
  };

  test("the first word is the path, with quotes and backslashes as in a shell", () => {
    expect(split("a.txt")).toEqual(["a.txt", ""]);
    expect(split("a.txt b c")).toEqual(["a.txt", "b c"]);
    expect(split("'our plan.pdf'  read it")).toEqual(["our plan.pdf", "read it"]);
    expect(split("our\\ plan.pdf read it")).toEqual(["our plan.pdf", "read it"]);
    expect(split('"it\'s.png" look')).toEqual(["it's.png", "look"]);
  });

  test("a path with spaces needs no quotes where its first word is no file", () => {
    expect(split("our plan.pdf read it")).toEqual(["our plan.pdf", "read it"]);
    expect(split("our plan.pdf")).toEqual(["our plan.pdf", ""]);
    expect(split("no such file")).toEqual(["no", "such file"]);
  });
});

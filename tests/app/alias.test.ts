import { describe, expect, test } from "bun:test";
import { expandLine } from "../../lib/app/slash/alias.ts";

const commands = ["join", "away", "me", "quit"];
const expand = (aliases: Readonly<Record<string, string>>, line: string) =>
  expandLine(aliases, line, (name) => commands.includes(name));

describe("an alias", () => {
  test.each([
    ["/away gone: $*", "/bye for  lunch", ["/away gone: for  lunch"]],
    ["/away $2 $1", "/bye a b c", ["/away b a"]],
    ["/away $2-", "/bye a b c", ["/away b c"]],
    ["/away $1", "/bye", ["/away"]],
    ["/away gone", "/bye now", ["/away gone now"]],
    ["costs $$5 and $1", "/bye tax", ["costs $5 and tax"]],
    ["¯\\_(ツ)_/¯", "/bye", ["¯\\_(ツ)_/¯"]],
    ["/away $* ; /me waves", "/BYE now", ["/away now", "/me waves"]],
    ["/me says a;b", "/bye", ["/me says a;b"]],
  ])("that is %j makes %j to %j", (text, line, lines) => {
    expect(expand({ bye: text }, line)).toEqual(lines);
  });

  test("has a Korean name as well", () => {
    expect(expand({ 점심: "/away $1시까지 점심" }, "/점심 1")).toEqual(["/away 1시까지 점심"]);
  });

  test("of the name of a command stands for that command within itself", () => {
    expect(expand({ join: "/join #$1" }, "/join tea")).toEqual(["/join #tea"]);
    expect(expand({ j: "/join $1", join: "/join #$1" }, "/j tea")).toEqual(["/join #tea"]);
  });

  test("that leads to itself says so, and so do too many lines", () => {
    expect(expand({ a: "/a" }, "/a")).toEqual({ kind: "loop", name: "a" });
    expect(expand({ a: "/b", b: "/c", c: "/a" }, "/a")).toEqual({ kind: "loop", name: "a" });
    const doubling = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [`a${n}`, `/a${n + 1} ; /a${n + 1}`]),
    );
    expect(expand({ ...doubling, a20: "x" }, "/a0")).toEqual({ kind: "too-many" });
  });

  test("is nothing but a command line", () => {
    expect(expand({ bye: "/quit" }, "bye")).toEqual(["bye"]);
    expect(expand({ bye: "/quit" }, "//bye")).toEqual(["//bye"]);
    expect(expand({ bye: "/quit" }, "/other")).toEqual(["/other"]);
    expect(expand({}, "/constructor x")).toEqual(["/constructor x"]);
  });
});

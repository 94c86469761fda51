import { describe, expect, test } from "bun:test";
import {
  findMarkup,
  type Markup,
  plainRow,
  textBlocks,
  withoutSpoilers,
} from "../../lib/protocol/message-markup.ts";
import { countSteps } from "../step-counter.ts";

/** Writes what is marked as `<kind>text</kind>`, with the markers left out. */
function marked(row: string, markups: readonly Markup[] = findMarkup(row)): string {
  let shown = "";
  const write = (from: number, to: number, inner: readonly Markup[]): void => {
    let end = from;
    for (const { kind, start, end: after, marker, inner: deeper } of inner) {
      shown += `${row.slice(end, start)}<${kind}>`;
      write(start + marker, after - marker, deeper);
      shown += `</${kind}>`;
      end = after;
    }
    shown += row.slice(end, to);
  };
  write(0, row.length, markups);
  return shown;
}

describe("markup", () => {
  test.each([
    ["run `ls -l` now", "run <code>ls -l</code> now"],
    ["명령은`ls`입니다", "명령은<code>ls</code>입니다"],
    ["``a ` b``", "<code>a ` b</code>"],
    ["*bold* and **bold**", "<bold>bold</bold> and <bold>bold</bold>"],
    ["*중요*합니다", "<bold>중요</bold>합니다"],
    ["(*one* two)", "(<bold>one</bold> two)"],
    ["_italic_, *_both_*", "<italic>italic</italic>, <bold><italic>both</italic></bold>"],
    ["범인은 ||집사||입니다", "범인은 <spoiler>집사</spoiler>입니다"],
    ["||a *b* c||", "<spoiler>a <bold>b</bold> c</spoiler>"],
    ["`*not bold*`", "<code>*not bold*</code>"],
    ["👍*yes*", "👍<bold>yes</bold>"],
  ])("of %s is %s", (row, expected) => {
    expect(marked(row)).toBe(expected);
  });

  test.each([
    ...["*open", "`open", "_open", "||open", "a * b * c", "2*3*4", "5*6=30, 7*8=56"],
    ...["snake_case_name", "__init__", "_private_name", "/usr/_a_/b", "a||b||c", "a || b || c"],
    ...["(*^^*)", "^_^ 안녕 ^_^", "-_- 아 -_-", "ㅠ_ㅠ", "김*수 이*영", "*nix and *bsd", "*️⃣ *️⃣"],
    ...["it`s and don`t", "***", "``", "` `", "****", "* item", ">_<"],
  ])("isn't in %s", (row) => {
    expect(findMarkup(row)).toEqual([]);
  });

  test("isn't where the row is masked", () => {
    const row = "see https://a.example/_x_/ and _this_";
    const mask = () => row.replace(/https\S+/, (link) => " ".repeat(link.length));
    expect(marked(row, findMarkup(row, mask))).toBe(
      "see https://a.example/_x_/ and <italic>this</italic>",
    );
  });

  for (const piece of ["*a ", "_a ", "*.", "_.", "||a ", "`", "*a* _b_ ", "**a** "]) {
    test(`of ${piece} again and again costs as much as the text is long`, () => {
      const stepsOf = (count: number) => countSteps(() => findMarkup(piece.repeat(count)));
      expect(stepsOf(4000) / stepsOf(2000)).toBeLessThan(2.5);
    });
  }
});

describe("blocks", () => {
  test.each([
    ["plain", [["text", "plain"]]],
    [
      "> a\n> b\nc",
      [
        ["quote", "a\nb"],
        ["text", "c"],
      ],
    ],
    [">한글", [["quote", "한글"]]],
    [">_< no", [["text", ">_< no"]]],
    [">100 people", [["text", ">100 people"]]],
    [
      "see:\n```ts\nconst a = 1;\n  b();\n```\nok",
      [
        ["text", "see:"],
        ["code", "const a = 1;\n  b();"],
        ["text", "ok"],
      ],
    ],
    ["```one line```", [["code", "one line"]]],
    ["```\n> no quote\n*no bold*\n```", [["code", "> no quote\n*no bold*"]]],
    ["```\nopen", [["text", "```\nopen"]]],
    ["```\n\n```", [["text", "```\n\n```"]]],
    ["a\n\nb", [["text", "a\n\nb"]]],
    ["", [["text", ""]]],
  ])("of %j", (text, blocks) => {
    expect(textBlocks(text).map(({ kind, text: shown }) => [kind, shown])).toEqual(blocks);
  });
});

test("spoilers are hidden also within other markup, and nothing else is", () => {
  expect(plainRow("*a ||b|| c* and ||d||, e || f", "[x]")).toBe("*a [x] c* and [x], e || f");
  expect(plainRow("`||no||`", "[x]")).toBe("`||no||`");
});

test.each([
  ["> ||a||\n\nb ||c||", "> [x]\n\nb [x]"],
  ["```\n||a||\n```\n||b||", "```\n||a||\n```\n[x]"],
  [">a\n> b", ">a\n> b"],
])("as it was written, with its spoilers hidden, %j is %j", (text, shown) => {
  expect(withoutSpoilers(text, "[x]")).toBe(shown);
});

test.each([
  ["look:\n```js\nls -l\n  pwd\n```\nok?", "look: ls -l pwd ok?"],
  ["> no\nwhy not", "no why not"],
  ["``` not closed", "``` not closed"],
  ["```\na ||b||\n```", "a ||b||"],
])("as a plain row %j is %j", (text, row) => {
  expect(plainRow(text, "[x]")).toBe(row);
});

test("of a code block that was cut the fence isn't shown, either", () => {
  expect(plainRow("```\nls -l", "[x]", true)).toBe("ls -l");
});

import { describe, expect, test } from "bun:test";
import {
  clearSent,
  complete,
  type EditorState,
  EMPTY_EDITOR,
  edit,
  HISTORY_MAX,
  INPUT_UNITS_MAX,
  insert,
  replaceText,
  wordBefore,
} from "../../lib/terminal/editor.ts";
import { inputView } from "../../lib/terminal/input-view.ts";
import { KeyReader } from "../../lib/terminal/key-reader.ts";
import { cellsOf, graphemesOf } from "../../lib/terminal/width.ts";
import { seed } from "../prng.ts";
import { TextPrng } from "./random-text.ts";

/** A person at the keyboard: what they type arrives as bytes. */
function typing(bytes: string, from: EditorState = EMPTY_EDITOR): EditorState {
  const reader = new KeyReader();
  return [...reader.push(new TextEncoder().encode(bytes)), ...reader.timeout()].reduce(edit, from);
}

/** The text with a bar where the cursor stands. */
function seen({ text, cursor }: EditorState): string {
  return `${text.slice(0, cursor)}|${text.slice(cursor)}`;
}

const [UP, DOWN, LEFT, RIGHT] = ["\x1b[A", "\x1b[B", "\x1b[D", "\x1b[C"];
const [HOME, END, DELETE, BACK] = ["\x1b[H", "\x1b[F", "\x1b[3~", "\x7f"];
const [ALT_ENTER, UNDO] = ["\x1b\r", "\x1f"];

describe("a line", () => {
  test.each([
    ["typed", "안녕 hello", "안녕 hello|"],
    ["decomposed jamo are composed", "한글".normalize("NFD"), "한글|"],
    ["a late final consonant joins its syllable", "가\u11ab", "간|"],
    ["backspace takes a grapheme", `a👨‍👩‍👧‍👦❤️${BACK}${BACK}`, "a|"],
    ["delete takes the grapheme after", `👍🏽b${HOME}${DELETE}`, "|b"],
    ["arrows step over graphemes", `가👍🏽나${LEFT}${LEFT}x`, "가x|👍🏽나"],
    ["arrows stop at the ends", `a${LEFT}${LEFT}${LEFT}b${RIGHT}${RIGHT}${RIGHT}c`, "bac|"],
    ["Ctrl-A and Ctrl-E", "abc\x01x\x05y", "xabcy|"],
    ["Ctrl-B and Ctrl-F", "abc\x02\x02\x06x", "abx|c"],
    ["Ctrl-K and Ctrl-Y", `ab cd${LEFT}${LEFT}\x0b${HOME}\x19`, "cd|ab "],
    ["Ctrl-U takes what stands before", "ab cd\x02\x15", "|d"],
    ["Ctrl-W takes back to a space", "git push --force\x17", "git push |"],
    ["Ctrl-W in a row is one kill", "a b c\x17\x17\x19", "a b c|"],
    ["Alt-Backspace takes one word", "git push --force\x1b\x7f", "git push --|"],
    ["Alt-b, Alt-f, Alt-d", `one two three\x1bb\x1bb\x1bdX\x1bf!`, "one X three!|"],
    ["the same keys with the Hangul layout on", `one two\x1bㅠ!`, "one !|two"],
    ["Alt-y brings the kill before", `one\x15two\x15\x19\x1by`, "one|"],
    ["undo takes typing back as one", `one${UNDO}`, "|"],
    ["undo takes a kill back", `one two\x17${UNDO}${UNDO}${UNDO}`, "|"],
    ["undo brings back what was killed", `one two\x17${UNDO}`, "one two|"],
    ["Alt-Enter begins a line", `a${ALT_ENTER}b`, "a\nb|"],
    ["Home and End stay in their line", `ab${ALT_ENTER}cd${HOME}x${UP}${END}y`, "aby|\nxcd"],
    ["up and down keep the column", `가나다${ALT_ENTER}ab${UP}x${DOWN}y`, "가나x다\naby|"],
    [
      "a paste keeps its lines, and no controls",
      "\x1b[200~a\tb\r\n\x1b[31mc\x1b[201~",
      "a    b\n[31mc|",
    ],
    ["no override gets in", "a\u202eb", "ab|"],
    ["Ctrl-Alt means nothing here", "a\x1b\x01", "a|"],
  ])("%s", (_, bytes, expected) => {
    expect(seen(typing(bytes))).toBe(expected);
  });

  test("Enter and Tab are left to the caller, and change nothing", () => {
    const line = typing("abc");
    expect(typing("\r\t\x1b[Z", line)).toBe(line);
  });

  test("is bounded", () => {
    const full = insert(EMPTY_EDITOR, "가".repeat(INPUT_UNITS_MAX + 5));
    expect(full.text.length).toBe(INPUT_UNITS_MAX);
    expect(insert(full, "x")).toBe(full);
  });

  test("a draft is a value that can be restored", () => {
    const draft = typing(`half a thought${LEFT}`);
    typing("other words", draft);
    expect(seen(draft)).toBe("half a though|t");
    expect(seen(replaceText(draft, "new"))).toBe("new|");
    expect(seen(typing(UNDO, replaceText(draft, "new")))).toBe("half a though|t");
  });
});

describe("history", () => {
  const after = ["first", "second", "second"].reduce(
    (line, text) => clearSent(typing(text, line)),
    EMPTY_EDITOR,
  );

  test("Up and Down walk through it, and the draft is kept", () => {
    expect(after.history).toEqual(["first", "second"]);
    expect(seen(typing(`dra${UP}`, after))).toBe("second|");
    expect(seen(typing(`dra${UP}${UP}${UP}`, after))).toBe("first|");
    expect(seen(typing(`dra${UP}${UP}${DOWN}${DOWN}${DOWN}`, after))).toBe("dra|");
  });

  test("an old line that was changed is sent as a new one", () => {
    const again = clearSent(typing(`${UP}!`, after));
    expect(again.history).toEqual(["first", "second", "second!"]);
    expect(again.text).toBe("");
  });

  test("a secret leaves no trace, also where it was cut", () => {
    const sent = clearSent(typing("IDENTIFY hunter2", after), true);
    expect(sent).toEqual({ ...EMPTY_EDITOR, history: after.history });
  });

  test("blank lines aren't stored, and the oldest are dropped", () => {
    let line = clearSent(typing("  ", after));
    expect(line.history.length).toBe(2);
    for (let at = 0; at < HISTORY_MAX + 3; at++) line = clearSent(typing(`line ${at}`, line));
    expect(line.history.length).toBe(HISTORY_MAX);
  });
});

describe("completion", () => {
  const line = typing(`hi @mi${""}`);
  const names = ["@mina ", "@minsu "];

  test("Tab cycles through the candidates and back to the word", () => {
    expect(wordBefore(line)).toEqual({ start: 3, word: "@mi" });
    const once = complete(line, names);
    const twice = complete(once, []);
    const thrice = complete(twice, []);
    expect([once, twice, thrice].map(seen)).toEqual(["hi @mina |", "hi @minsu |", "hi @mi|"]);
    expect(seen(complete(line, names, -1))).toBe("hi @minsu |");
  });

  test("typing accepts the candidate, and undo removes it", () => {
    const taken = typing("x", complete(complete(line, names), []));
    expect(seen(taken)).toBe("hi @minsu x|");
    expect(taken.completion).toBeNull();
    expect(seen(typing(UNDO, complete(complete(line, names), [])))).toBe("hi @mi|");
  });

  test("without candidates nothing changes", () => {
    expect(complete(line, [])).toBe(line);
  });
});

describe("the cursor's cell", () => {
  test.each([
    ["after Hangul", "안녕", 20, 0, ["안녕"], 0, 4],
    ["after a prompt", "안녕", 20, 9, ["안녕"], 0, 13],
    ["in the middle", `안녕${LEFT}`, 20, 0, ["안녕"], 0, 2],
    ["in the next row when the first is full", "abcdefgh", 5, 0, ["abcd", "efgh"], 1, 4],
    ["a wide letter goes to the next row whole", "abc가", 5, 0, ["abc", "가"], 1, 2],
    ["in a new line", `a${ALT_ENTER}`, 5, 0, ["a", ""], 1, 0],
  ])("%s", (_, bytes, width, first, rows, row, column) => {
    const view = inputView(typing(bytes), width, 5, first);
    const expected = { rows, hasFirstRow: true, cursor: { row, column } };
    expect({ ...view, rows: [...view.rows] }).toEqual(expected);
  });

  test("only the rows around it are shown", () => {
    const view = inputView(typing(`a${ALT_ENTER}b${ALT_ENTER}c${ALT_ENTER}d${UP}`), 10, 2);
    expect([view.rows, view.hasFirstRow]).toEqual([["b", "c"], false]);
    expect(view.cursor).toEqual({ row: 1, column: 1 });
  });
});

test("after any input the line is in NFC, and the cursor is inside its view", () => {
  const prng = new TextPrng(seed());
  const keys = [UP, DOWN, LEFT, RIGHT, HOME, END, DELETE, BACK, ALT_ENTER, UNDO];
  const others = ["\x17", "\x15", "\x0b", "\x19", "\x1by", "\x1bb", "\x1bf", "\x1bd", "\x14"];
  for (let round = 0; round < 60; round++) {
    let line = EMPTY_EDITOR;
    for (let step = 0; step < 60; step++) {
      line = typing(prng.below(2) ? prng.pick([...keys, ...others]) : prng.text(6), line);
      if (prng.below(9) === 0) line = complete(line, ["가나 ", "👍🏽"]);
      if (prng.below(20) === 0) line = clearSent(line);
      expect(line.text).toBe(line.text.normalize("NFC"));
      expect(line.text).not.toMatch(/[^\P{Cc}\n]/u);
      const before = graphemesOf(line.text.slice(0, line.cursor));
      expect(graphemesOf(line.text).slice(0, before.length)).toEqual(before);
      const width = 2 + prng.below(40);
      const view = inputView(line, width, 4, prng.below(9));
      expect(view.rows.length).toBeLessThanOrEqual(4);
      for (const row of view.rows) expect(cellsOf(row)).toBeLessThanOrEqual(width);
      expect(view.rows[view.cursor.row]).toBeDefined();
      expect(view.cursor.column).toBeLessThan(width);
    }
  }
});

test("invisible characters of a pasted or completed text are drawn visibly", () => {
  const { rows } = inputView(
    { ...typing("ab"), text: "mi\u3164na\u{10eeee} 👨‍👩‍👧", cursor: 0 },
    40,
    2,
  );
  expect(rows).toEqual(["mi\ufffdna\ufffd 👨‍👩‍👧"]);
});

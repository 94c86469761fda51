import { describe, expect, test } from "bun:test";
import { openThreadPlace } from "../../lib/app/chat-screen/input-places.ts";
import { withView } from "../../lib/app/chat-screen/ui-state.ts";
import type { ChatLine } from "../../lib/chat-client/client-state.ts";
import { rowCells } from "../../lib/terminal/layout.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const UP = "\x1b[1;5A";
const ENTER = "\r";
const ESCAPE = "\x1b";
/** 45 rows. */
const LONG = Array.from({ length: 45 }, (_, at) => `row ${at + 1}`).join("\n");
const MINUTE = 60_000;

function room(text: string, more: Partial<ChatLine> = {}, options = {}): Typist {
  const lines = [line(SATURDAY, "jun", text, more), line(SATURDAY + MINUTE, "mina", "ok")];
  const tea = conversation("#tea", { lines, oldestReached: true });
  return new Typist({ ...stateOf(tea), caps: new Set(["message-tags"]) }, { rows: 24, ...options });
}

describe("a long message", () => {
  test("is folded to a dozen rows, the last of which says how many more there are", () => {
    const { rows, screen } = room(LONG);
    expect(screen).toContain("row 11");
    expect(screen).not.toContain("row 12");
    expect(rows.filter((row) => /row \d/.test(row))).toHaveLength(11);
    expect(screen).toContain("… 34 more rows · Enter opens");
    expect(room(LONG, {}, { language: "ko" }).screen).toContain("… 34줄 더 · Enter로 펼치기");
  });

  test("of a dozen rows is shown whole", () => {
    const twelve = LONG.split("\n").slice(0, 12).join("\n");
    expect(room(twelve).screen).toContain("row 12");
    expect(room(twelve).screen).not.toContain("Enter opens");
  });

  test("is opened by pointing at it and Enter, from its first row on, and folded again by f", () => {
    const typist = room(LONG).types(`${UP}k`);
    expect(typist.screen).toContain("Enter show all");
    typist.types(ENTER);
    expect(typist.rows.filter((row) => /row \d+$/.test(row)).length).toBeGreaterThan(15);
    expect(typist.screen).toContain("row 1\n");
    expect(typist.screen).toContain("f fold");
    typist.types("f");
    expect(typist.screen).toContain("34 more rows");
    expect(typist.view.opened.size).toBe(0);
  });

  test("stays open when it isn't pointed at any more", () => {
    const typist = room(LONG).types(`${UP}k${ENTER}`).types("\x1b");
    expect(typist.view.selection).toBeNull();
    expect(typist.screen).toContain("row 45");
  });

  test("is opened by a click on its last row", () => {
    expect(room(LONG).clicks("more rows").screen).toContain("row 14");
  });

  test("with a quote is opened first, and then Enter follows the quote", () => {
    const question = line(SATURDAY, "bo", "how?");
    const answer = line(SATURDAY + MINUTE, "jun", LONG, { replyTo: question.msgid });
    const tea = conversation("#tea", { lines: [question, answer], oldestReached: true });
    const typist = new Typist(stateOf(tea), { rows: 24 }).types(UP);
    expect(typist.screen).not.toContain("original");
    expect(typist.types(ENTER).screen).toContain("Enter original");
    expect(typist.types(ENTER).view.selection?.lineKey).toBe(question.key);
  });
});

describe("a spoiler", () => {
  const TEXT = "it was ||the *cat* https://cat.example||, _really_";

  test("is hidden until its message is pointed at and Enter is pressed", () => {
    const typist = room(TEXT);
    expect(typist.screen).toContain("it was [spoiler], really");
    typist.types(`${UP}k`);
    expect(typist.screen).toContain("[spoiler]");
    typist.types(ENTER);
    expect(typist.screen).toContain("it was the cat https://cat.example, really");
    expect(typist.types("f").screen).toContain("[spoiler]");
  });

  test("is hidden in quotes, in the name of a thread, in the prompt of a reply and in search", () => {
    const secret = line(SATURDAY, "jun", "it was ||the cat||");
    const answer = line(SATURDAY + MINUTE, "bo", "oh", { replyTo: secret.msgid });
    const second = line(SATURDAY + 2 * MINUTE, "mina", "no", { replyTo: secret.msgid });
    const tea = conversation("#tea", { lines: [secret, answer, second], oldestReached: true });
    const state = { ...stateOf(tea), caps: new Set(["message-tags"]) };
    expect(new Typist(state).screen).not.toContain("the cat");
    const threadPlace = new Typist(state).types(`${UP}kkt`);
    expect(threadPlace.screen).not.toContain("the cat");
    const found = new Typist(state).types("\x1bfwas");
    expect(found.screen).toContain("[spoiler]");
    expect(found.screen).not.toContain("the cat");
  });
});

describe("a spoiler beside the message", () => {
  const secret = line(SATURDAY, "jun", "it was\n> ||the cat||");
  const topic = line(SATURDAY + MINUTE, "bo", "||the cat||", { kind: "topic" });
  const tea = conversation("#tea", {
    ...{ lines: [secret, topic], oldestReached: true, topic: "||the cat||" },
  });

  test("is hidden in a topic, and where it was set", () => {
    const { screen } = new Typist(stateOf(tea));
    expect(screen).toContain("· [spoiler]");
    expect(screen).not.toContain("the cat");
  });

  test("is hidden in what `i` shows, unless the message is open", () => {
    const typist = new Typist(stateOf(tea)).types(`${UP}i`);
    expect(typist.screen).toContain("  > [spoiler]");
    typist.types(ESCAPE).types(`${ENTER}i`);
    expect(typist.screen).toContain("  > ||the cat||");
  });

  test("is a word of its own, which no row's end parts", () => {
    const korean = { language: "ko" as const, columns: 40 };
    for (let length = 1; length < 30; length += 1) {
      const typist = room(`${"가 ".repeat(length)}||고양이||`, {}, korean);
      expect(typist.screen.replaceAll("\u00a0", " ")).toContain("[가린 글]");
    }
  });
});

test("a thread under a message that is folded away isn't named by what it says", () => {
  const blocked = line(SATURDAY, "jun", "nonsense", { folded: "blocked" });
  const answer = line(SATURDAY + MINUTE, "bo", "oh", { replyTo: blocked.msgid });
  const tea = conversation("#tea", { lines: [blocked, answer], oldestReached: true });
  const state = { ...stateOf(tea), caps: new Set(["message-tags"]) };
  const typist = new Typist(state).types(UP);
  typist.ui = withView(typist.ui, tea.key, openThreadPlace(typist.view, blocked.msgid ?? ""));
  expect(typist.screen).toContain("tea ⤷ a message of somebody you blocked");
  expect(typist.screen).not.toMatch(/nonsense|jun:/);
});

describe("quotes and code", () => {
  const TEXT = "look:\n> *first*\n> second\n```ts\nif (a)  {\n\treturn;\n```\nok";

  test("stand behind a bar, without their signs", () => {
    const rows = room(TEXT, {}, { columns: 69 }).rows.map((row) => row.slice(18).trim());
    expect(rows).toContain("look:");
    expect(rows).toContain("▏ first");
    expect(rows).toContain("▏ if (a)  {");
    expect(rows).toContain("▏     return;");
    expect(rows).not.toContain("```ts");
  });

  test("and long rows of them are cut at the edge, with the bar before each", () => {
    const { rows } = room(`\`\`\`\n${"x".repeat(200)}\n\`\`\``, {}, { columns: 60 });
    expect(rows.filter((row) => /▏ x+$/.test(row)).length).toBeGreaterThan(3);
    expect(rows.every((row) => Bun.stringWidth(row) <= 60)).toBe(true);
  });

  test("that were edited say so in a row of their own", () => {
    expect(room("> quoted", { edited: true }, { columns: 69 }).screen).toMatch(
      /▏ quoted\n +\(edited\)/,
    );
  });
});

test("the column of names is as wide as the window allows, from 8 cells to 16", () => {
  const nameCells = (columns: number): number => {
    const { frame } = room("hello", {}, { columns });
    const row = frame.rows.find((spans) => spans.some(({ text }) => text.startsWith("jun")));
    const index = row?.findIndex(({ text }) => text.startsWith("jun")) ?? -1;
    return rowCells(row?.slice(index, index + 1) ?? []);
  };
  expect([60, 80, 100, 120, 200].map(nameCells)).toEqual([8, 8, 12, 16, 16]);
});

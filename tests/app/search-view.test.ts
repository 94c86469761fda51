import { expect, test } from "bun:test";
import { drawChat, ScreenCache } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { searchResultsOf } from "../../lib/app/chat-screen/draw/search-view.ts";
import type { Effect } from "../../lib/app/chat-screen/effect.ts";
import { handleKey } from "../../lib/app/chat-screen/keys/key-bindings.ts";
import { EMPTY_UI, type UiState, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { KeyReader } from "../../lib/terminal/keys.ts";
import { conversation, line, penFor, SATURDAY, stateOf } from "./team.ts";

const texts = ["배포는 금요일", "Deploy the API", "점심", "deploy again, API too", "끝"];
const lines = [
  ...texts.map((text, at) => line(SATURDAY + at * 60_000, "민수", text)),
  ...Array.from({ length: 40 }, (_, at) => line(SATURDAY + (at + 10) * 60_000, "jun", `${at}`)),
];
const tea = conversation("#tea", { lines });
const pen = penFor("en");

function types(...keys: string[]) {
  const state = stateOf(tea);
  const reader = new KeyReader();
  const effects: Effect[] = [];
  let ui: UiState = { ...EMPTY_UI, current: tea.key };
  const draw = () => drawChat(state, ui, { columns: 80, rows: 16 }, 0, new ScreenCache(pen), pen);
  for (const bytes of keys) {
    const read = reader.push(new TextEncoder().encode(bytes));
    if (reader.pending) read.push(...reader.timeout());
    for (const key of read) {
      const cache = new ScreenCache(pen);
      const step = handleKey(
        { state, ui, view: draw(), cache, commands: [], holdSubmit: true },
        key,
      );
      ui = step.ui;
      effects.push(...step.effects);
    }
  }
  const screen = draw().frame.rows.map((row) => row.map(({ text }) => text).join(""));
  return { ui, effects, screen };
}

test("every word must stand in a line, in whatever case and form", () => {
  expect(searchResultsOf(tea, "deploy api").map(({ text }) => text)).toEqual([
    texts[3],
    texts[1],
  ] as string[]);
  expect(searchResultsOf(tea, "금요일".normalize("NFD"))).toHaveLength(1);
  expect(searchResultsOf(tea, "  ")).toEqual([]);
});

test("Alt-f shows what is found while one types, and Enter goes there", () => {
  const open = types("\x1bf", "deploy");
  expect(open.screen.join("\n")).toMatch(/▸ 11-21 09:44 민수 deploy again, API too/);
  expect(open.screen.at(-1)?.trimEnd()).toBe("Find: deploy");
  const there = types("\x1bf", "deploy", "\x1b[A", "\r");
  expect(there.ui.search).toBeNull();
  expect(viewOf(there.ui, tea.key).anchor).not.toBeNull();
  // What one has gone to has a sign in front, until one is back at the newest.
  expect(there.screen.join("\n")).toMatch(/▸ Deploy the API/);
  const back = types("\x1bf", "deploy", "\x1b[A", "\r", "\x1b[F");
  expect(viewOf(back.ui, tea.key).highlighted).toBeNull();
  expect(back.screen.join("\n")).not.toContain("▸ Deploy");
  expect(there.effects).toEqual([{ kind: "hold-lines", key: tea.key, held: true }]);
});

test("Enter asks the server where nothing is found here, and goes to what it has found", () => {
  expect(types("\x1bf", "far away", "\r").effects).toEqual([{ kind: "search", text: "far away" }]);
  const old = line(SATURDAY - 3_600_000, "jun", "far away");
  const places = new Map([[old.key, "#tea"]]);
  const found = { kind: "here", lines: [old], places, incomplete: false } as const;
  const finder = { editor: replaceText(EMPTY_EDITOR, "far away"), index: 0, found };
  const state = stateOf(tea);
  const ui: UiState = { ...EMPTY_UI, current: tea.key, search: finder };
  const cache = new ScreenCache(pen);
  const view = drawChat(state, ui, { columns: 80, rows: 16 }, 0, cache, pen);
  const shown = view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
  expect(shown).toContain("1 on the server");
  expect(shown).toContain("jun far away");
  const [enter] = new KeyReader().push(new TextEncoder().encode("\r"));
  if (enter === undefined) throw new Error("no key");
  const step = handleKey({ state, ui, view, cache, commands: [], holdSubmit: true }, enter);
  expect(step.ui.search).toBeNull();
  expect(step.effects).toEqual([
    { kind: "visit", key: tea.key, msgid: old.msgid ?? "", time: old.time },
  ]);
});

test("what was said elsewhere is shown with its room, and Enter goes into that room", () => {
  const cake = conversation("#cake");
  const old = line(SATURDAY - 3_600_000, "jun", "far away");
  const places = new Map([[old.key, "#cake"]]);
  const found = { kind: "here", lines: [old], places, incomplete: false } as const;
  const finder = { editor: replaceText(EMPTY_EDITOR, "far --everywhere"), index: 0, found };
  const state = stateOf(tea, cake);
  const ui: UiState = { ...EMPTY_UI, current: tea.key, search: finder };
  const cache = new ScreenCache(pen);
  const view = drawChat(state, ui, { columns: 80, rows: 16 }, 0, cache, pen);
  const shown = view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
  expect(shown).toContain("#cake jun far away");
  const [enter] = new KeyReader().push(new TextEncoder().encode("\r"));
  if (enter === undefined) throw new Error("no key");
  const step = handleKey({ state, ui, view, cache, commands: [], holdSubmit: true }, enter);
  expect([step.ui.search, step.ui.current]).toEqual([null, cake.key]);
  expect(step.effects).toEqual([
    { kind: "visit", key: cake.key, msgid: old.msgid ?? "", time: old.time },
  ]);
});

test("what was said in a talk that is closed opens it", () => {
  const old = line(SATURDAY - 3_600_000, "jun", "far away");
  const found = {
    kind: "here",
    lines: [old],
    places: new Map([[old.key, "Jun"]]),
    incomplete: false,
  } as const;
  const finder = { editor: replaceText(EMPTY_EDITOR, "far --everywhere"), index: 0, found };
  const state = stateOf(tea);
  const ui: UiState = { ...EMPTY_UI, current: tea.key, search: finder };
  const cache = new ScreenCache(pen);
  const view = drawChat(state, ui, { columns: 80, rows: 16 }, 0, cache, pen);
  const [enter] = new KeyReader().push(new TextEncoder().encode("\r"));
  if (enter === undefined) throw new Error("no key");
  const step = handleKey({ state, ui, view, cache, commands: [], holdSubmit: true }, enter);
  expect(step.effects).toEqual([
    { kind: "slash", text: "/msg Jun" },
    { kind: "visit", key: fold("Jun"), msgid: old.msgid ?? "", time: old.time },
  ]);
});

test("in a part further up one sees that, scrolls to its ends, and comes back by End or Escape", () => {
  const part = Array.from({ length: 60 }, (_, at) =>
    line(SATURDAY - 9_000_000 + at * 60_000, "jun", `old ${at}`),
  );
  const detached = { lines: part, oldestReached: false, loadingOlder: false, loadingNewer: false };
  const visited = { ...tea, detached, unread: 3 };
  const last = part.at(-1);
  const anchor = { item: last?.key ?? "", rowsUnder: 0, time: last?.time ?? 0 };
  const state = stateOf(visited);
  const at = (bytes: string, from: UiState) => {
    const cache = new ScreenCache(pen);
    const view = drawChat(state, from, { columns: 80, rows: 16 }, 0, cache, pen);
    const reader = new KeyReader();
    const [key] = [...reader.push(new TextEncoder().encode(bytes)), ...reader.timeout()];
    if (key === undefined) throw new Error("no key");
    const step = handleKey({ state, ui: from, view, cache, commands: [], holdSubmit: true }, key);
    const shown = view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
    return { ...step, shown, anchor: viewOf(step.ui, tea.key).anchor, atBottom: view.atBottom };
  };
  const there = withView({ ...EMPTY_UI, current: tea.key }, tea.key, { anchor });
  const down = at("\x1b[6~", there);
  expect(down.shown).toContain("old 59");
  expect(down.shown).toContain("looking back · 3 new · End: newest");
  expect(down.atBottom).toBe(false);
  expect(down.effects).toEqual([{ kind: "load-newer", key: tea.key }]);
  expect(down.anchor).toEqual(anchor);
  const top = at("\x1b[1;5H", there);
  expect(top.effects).toEqual([{ kind: "load-older", key: tea.key }]);
  expect(at("\x1b[F", there).anchor).toBeNull();
  expect(at("\x1b", there).anchor).toBeNull();
});

test("Tab asks the server, Escape stops, and with text before it Alt-f goes over a word", () => {
  expect(types("\x1bf", "old", "\t").effects).toEqual([{ kind: "search", text: "old" }]);
  expect(types("\x1bf", "old", "\x1b").ui.search).toBeNull();
  const word = types("one two", "\x01", "\x1bf");
  expect(word.ui.search).toBeNull();
  expect(viewOf(word.ui, tea.key).editor.cursor).toBe(3);
});

import { expect, test } from "bun:test";
import { drawChat } from "../../lib/app/chat-screen/draw/chat-view.ts";
import { ScreenCache } from "../../lib/app/chat-screen/draw/screen-cache.ts";
import { searchResultsOf } from "../../lib/app/chat-screen/draw/search-view.ts";
import { handleKey } from "../../lib/app/chat-screen/keys/key-bindings.ts";
import type { Effect } from "../../lib/app/chat-screen/keys/key-context.ts";
import { EMPTY_UI, type UiState, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { KeyReader } from "../../lib/terminal/key-reader.ts";
import { elapsedMs } from "../elapsed.ts";
import { conversation, drawContextFor, line, SATURDAY, stateOf, usualInput } from "./team.ts";
import { Typist } from "./typist.ts";

const texts = ["배포는 금요일", "Deploy the API", "점심", "deploy again, API too", "끝"];
const lines = [
  ...texts.map((text, at) => line(SATURDAY + at * 60_000, "민수", text)),
  ...Array.from({ length: 40 }, (_, at) => line(SATURDAY + (at + 10) * 60_000, "jun", `${at}`)),
];
const tea = conversation("#tea", { lines });
const context = drawContextFor("en");

function types(...keys: string[]) {
  const state = stateOf(tea);
  const reader = new KeyReader();
  const effects: Effect[] = [];
  let ui: UiState = { ...EMPTY_UI, current: tea.key };
  const draw = () =>
    drawChat(state, ui, { columns: 80, rows: 16 }, elapsedMs(0), new ScreenCache(context), context);
  for (const bytes of keys) {
    const read = reader.push(new TextEncoder().encode(bytes));
    if (reader.pending) read.push(...reader.timeout());
    for (const key of read) {
      const cache = new ScreenCache(context);
      const result = handleKey(
        {
          state,
          ui,
          chatView: draw(),
          cache,
          ...{ holdSubmit: true, words: wordsFor("en"), input: usualInput() },
          argumentCandidates: () => null,
        },
        key,
      );
      ui = result.ui;
      effects.push(...result.effects);
    }
  }
  const screen = draw().frame.rows.map((row) => row.map(({ text }) => text).join(""));
  return { ui, effects, screen };
}

test("a line matches when it contains every word, in any case and normalization form", () => {
  expect(searchResultsOf(tea, "deploy api").map(({ text }) => text)).toEqual([
    texts[3],
    texts[1],
  ] as string[]);
  expect(searchResultsOf(tea, "금요일".normalize("NFD"))).toHaveLength(1);
  expect(searchResultsOf(tea, "  ")).toEqual([]);
});

test("Alt-f shows matches while typing, and Enter jumps to one", () => {
  const open = types("\x1bf", "deploy");
  expect(open.screen.join("\n")).toMatch(/▸ 11-21 09:44 민수 deploy again, API too/);
  expect(open.screen.at(-1)?.trimEnd()).toBe("Find: deploy");
  const there = types("\x1bf", "deploy", "\x1b[A", "\r");
  expect(there.ui.search).toBeNull();
  expect(viewOf(there.ui, tea.key).anchor).not.toBeNull();
  // The message that was jumped to is marked until the view is back at the bottom.
  expect(there.screen.join("\n")).toMatch(/▸ Deploy the API/);
  const back = types("\x1bf", "deploy", "\x1b[A", "\r", "\x1b[F");
  expect(viewOf(back.ui, tea.key).highlighted).toBeNull();
  expect(back.screen.join("\n")).not.toContain("▸ Deploy");
  expect(there.effects).toEqual([{ kind: "hold-lines", key: tea.key, held: true }]);
});

test("Enter searches on the server when nothing matches here, and jumps to the result", () => {
  expect(types("\x1bf", "far away", "\r").effects).toEqual([{ kind: "search", text: "far away" }]);
  const old = line(SATURDAY - 3_600_000, "jun", "far away");
  const places = new Map([[old.key, "#tea"]]);
  const results = { kind: "found", lines: [old], places, incomplete: false, problem: "" } as const;
  const search = { editor: replaceText(EMPTY_EDITOR, "far away"), index: 0, results };
  const state = stateOf(tea);
  const ui: UiState = { ...EMPTY_UI, current: tea.key, search: search };
  const cache = new ScreenCache(context);
  const view = drawChat(state, ui, { columns: 80, rows: 16 }, elapsedMs(0), cache, context);
  const shown = view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
  expect(shown).toContain("1 found · Enter opens");
  expect(shown).toContain("jun far away");
  const [enter] = new KeyReader().push(new TextEncoder().encode("\r"));
  if (enter === undefined) throw new Error("no key");
  const result = handleKey(
    {
      ...{ state, ui, chatView: view, cache, holdSubmit: true, words: wordsFor("en") },
      ...{ input: usualInput(), argumentCandidates: () => null },
    },
    enter,
  );
  expect(result.ui.search).toBeNull();
  expect(result.effects).toEqual([
    { kind: "jump-to-message", key: tea.key, msgid: old.msgid ?? "", time: old.time },
  ]);
});

test.each([
  ["found", false, "nothing found"],
  ["found", true, "not among the loaded messages"],
  ["failed", false, "not among the loaded messages"],
  ["not-offered", false, "not among the loaded messages"],
  ["invalid-query", false, "not among the loaded messages"],
] as const)(
  "a search that is %s (incomplete: %p) without a match says: %s",
  (kind, incomplete, said) => {
    const results = { kind, lines: [], places: new Map<string, string>(), incomplete, problem: "" };
    const search = { editor: replaceText(EMPTY_EDITOR, "zzz"), index: 0, results };
    const ui: UiState = { ...EMPTY_UI, current: tea.key, search };
    const cache = new ScreenCache(context);
    const view = drawChat(
      stateOf(tea),
      ui,
      { columns: 80, rows: 16 },
      elapsedMs(0),
      cache,
      context,
    );
    const rows = view.frame.rows.map((row) =>
      row
        .map(({ text }) => text)
        .join("")
        .trim(),
    );
    expect(rows.filter((row) => /nothing found|not among/.test(row))).toEqual([`│   ${said}`]);
  },
);

test.each([
  [["soju.im/search"], true, "Tab asks the server"],
  [[], true, "Tab searches all that is stored here"],
  [["draft/chathistory"], true, "not among the loaded messages"],
  [[], false, "not among the loaded messages"],
] as const)(
  "with %p (history is stored: %p) it says where Tab searches: %s",
  (caps, storesHistory, end) => {
    const search = { editor: replaceText(EMPTY_EDITOR, "zzz"), index: 0, results: null };
    const ui: UiState = { ...EMPTY_UI, current: tea.key, search };
    const stored = { ...context, storesHistory };
    const state = { ...stateOf(tea), caps: new Set<string>(caps) };
    const cache = new ScreenCache(stored);
    const view = drawChat(state, ui, { columns: 100, rows: 16 }, elapsedMs(0), cache, stored);
    const rows = view.frame.rows.map((row) =>
      row
        .map(({ text }) => text)
        .join("")
        .trim(),
    );
    expect(rows.find((row) => row.includes("not among"))).toEndWith(end);
    expect(rows.some((row) => row.includes("Tab: "))).toBe(end.startsWith("Tab"));
  },
);

test("a match in another room is shown with its room, and Enter goes there", () => {
  const cake = conversation("#cake");
  const old = line(SATURDAY - 3_600_000, "jun", "far away");
  const places = new Map([[old.key, "#cake"]]);
  const results = { kind: "found", lines: [old], places, incomplete: false, problem: "" } as const;
  const search = { editor: replaceText(EMPTY_EDITOR, "far --everywhere"), index: 0, results };
  const state = stateOf(tea, cake);
  const ui: UiState = { ...EMPTY_UI, current: tea.key, search: search };
  const cache = new ScreenCache(context);
  const view = drawChat(state, ui, { columns: 80, rows: 16 }, elapsedMs(0), cache, context);
  const shown = view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
  expect(shown).toContain("#cake jun far away");
  const [enter] = new KeyReader().push(new TextEncoder().encode("\r"));
  if (enter === undefined) throw new Error("no key");
  const result = handleKey(
    {
      ...{ state, ui, chatView: view, cache, holdSubmit: true, words: wordsFor("en") },
      ...{ input: usualInput(), argumentCandidates: () => null },
    },
    enter,
  );
  expect([result.ui.search, result.ui.current]).toEqual([null, cake.key]);
  expect(result.effects).toEqual([
    { kind: "jump-to-message", key: cake.key, msgid: old.msgid ?? "", time: old.time },
  ]);
});

test("a match in closed direct messages opens them", () => {
  const old = line(SATURDAY - 3_600_000, "jun", "far away");
  const results = {
    kind: "found",
    lines: [old],
    places: new Map([[old.key, "Jun"]]),
    incomplete: false,
    problem: "",
  } as const;
  const search = { editor: replaceText(EMPTY_EDITOR, "far --everywhere"), index: 0, results };
  const state = stateOf(tea);
  const ui: UiState = { ...EMPTY_UI, current: tea.key, search: search };
  const cache = new ScreenCache(context);
  const view = drawChat(state, ui, { columns: 80, rows: 16 }, elapsedMs(0), cache, context);
  const [enter] = new KeyReader().push(new TextEncoder().encode("\r"));
  if (enter === undefined) throw new Error("no key");
  const result = handleKey(
    {
      ...{ state, ui, chatView: view, cache, holdSubmit: true, words: wordsFor("en") },
      ...{ input: usualInput(), argumentCandidates: () => null },
    },
    enter,
  );
  expect(result.effects).toEqual([
    { kind: "slash", text: "/msg Jun" },
    { kind: "jump-to-message", key: fold("Jun"), msgid: old.msgid ?? "", time: old.time },
  ]);
});

test("a detached window has a notice, loads more at its ends, and End and Escape leave it", () => {
  const part = Array.from({ length: 60 }, (_, at) =>
    line(SATURDAY - 9_000_000 + at * 60_000, "jun", `old ${at}`),
  );
  const more = { historyGap: null, loadingOlder: false, loadingNewer: false };
  const detached = { lines: part, oldestReached: false, ...more };
  const visited = { ...tea, detached, unread: 3 };
  const last = part.at(-1);
  const anchor = { itemKey: last?.key ?? "", rowsBelow: 0, time: last?.time ?? 0 };
  const state = stateOf(visited);
  const at = (bytes: string, from: UiState) => {
    const cache = new ScreenCache(context);
    const view = drawChat(state, from, { columns: 80, rows: 16 }, elapsedMs(0), cache, context);
    const reader = new KeyReader();
    const [key] = [...reader.push(new TextEncoder().encode(bytes)), ...reader.timeout()];
    if (key === undefined) throw new Error("no key");
    const result = handleKey(
      {
        state,
        ui: from,
        chatView: view,
        cache,
        ...{ input: usualInput(), argumentCandidates: () => null },
        holdSubmit: true,
        words: wordsFor("en"),
      },
      key,
    );
    const shown = view.frame.rows.map((row) => row.map(({ text }) => text).join("")).join("\n");
    return { ...result, shown, anchor: viewOf(result.ui, tea.key).anchor, atBottom: view.atBottom };
  };
  const there = withView({ ...EMPTY_UI, current: tea.key }, tea.key, { anchor });
  const down = at("\x1b[6~", there);
  expect(down.shown).toContain("old 59");
  expect(down.shown).toContain("older messages · 3 new · End: newest");
  expect(down.atBottom).toBe(false);
  expect(down.effects).toEqual([{ kind: "load-newer", key: tea.key }]);
  expect(down.anchor).toEqual(anchor);
  const top = at("\x1b[1;5H", there);
  expect(top.effects).toEqual([{ kind: "load-older", key: tea.key }]);
  expect(at("\x1b[F", there).anchor).toBeNull();
  expect(at("\x1b", there).anchor).toBeNull();
});

test("Tab searches on the server, Escape closes, and in a non-empty input line Alt-f moves by a word", () => {
  expect(types("\x1bf", "old", "\t").effects).toEqual([{ kind: "search", text: "old" }]);
  expect(types("\x1bf", "old", "\x1b").ui.search).toBeNull();
  const word = types("one two", "\x01", "\x1bf");
  expect(word.ui.search).toBeNull();
  expect(viewOf(word.ui, tea.key).editor.cursor).toBe(3);
});

test("of a spoiler nothing is shown, wherever the row begins", () => {
  const text = `${"word ".repeat(800)}||${"murderer ".repeat(800)}!|| butler ${"more ".repeat(800)}`;
  const room = conversation("#tea", { lines: [line(SATURDAY, "jun", text)] });
  const typist = new Typist(stateOf(room), { columns: 100, rows: 20 })
    .types("\x1bf")
    .types("butler");
  expect(typist.screen).toContain("butler");
  expect(typist.screen).not.toContain("murderer");
});

test.each([
  ["", null, "type"],
  ["zzz", "found", "nothing"],
] as const)(
  "with nothing to open (%j, %p) it offers no Enter, and says what to do",
  (typed, kind, key) => {
    const results =
      kind === null ? null : { kind, lines: [], places: new Map(), incomplete: false, problem: "" };
    const search = { editor: replaceText(EMPTY_EDITOR, typed), index: 0, results };
    const ui: UiState = { ...EMPTY_UI, current: tea.key, search };
    const cache = new ScreenCache(context);
    const view = drawChat(
      stateOf(tea),
      ui,
      { columns: 40, rows: 12 },
      elapsedMs(0),
      cache,
      context,
    );
    const text = view.frame.rows.flatMap((row) => row.map((span) => span.text)).join("");
    expect(text).toContain(context.words.finder[key]);
    expect(text).not.toContain("Enter");
  },
);

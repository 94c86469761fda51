import { expect, test } from "bun:test";
import {
  EMPTY_UI,
  type ReplyTarget,
  type UiState,
  viewOf,
  withView,
} from "../../lib/app/chat-screen/ui-state.ts";
import {
  DRAFT_LENGTH_MAX,
  DRAFTS_MAX,
  DraftKeeper,
  draftPlace,
  draftsIn,
  draftsOf,
  fileWith,
  unsentCount,
  unsentIn,
  withDrafts,
} from "../../lib/app/saved/drafts.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";

const TEA = fold("#차");

function typed(
  text: string,
  replyTarget: ReplyTarget | null = null,
  ui: UiState = EMPTY_UI,
): UiState {
  return withView(ui, TEA, { editor: replaceText(EMPTY_EDITOR, text), replyTarget });
}

test.each([
  ["half a sent", { "#차": "half a sent" }],
  ["두 줄\n입니다", { "#차": "두 줄\n입니다" }],
  ["//not a command", { "#차": "//not a command" }],
  ["/key secret", {}],
  ["  ", {}],
])("of %j is kept %j", (text, drafts) => {
  expect(draftsOf(typed(text))).toEqual(drafts);
});

test("a reply is kept as a draft", () => {
  expect(draftsOf(typed("네", { msgid: "m", author: "a", text: "?" }))).toEqual({ "#차": "네" });
});

test("what couldn't be sent is kept above what is half typed, and what came through isn't", () => {
  const tea = conversation("#차", {
    lines: [
      line(SATURDAY, "mina", "arrived", { own: true }),
      line(SATURDAY, "mina", "no answer", { own: true, status: "unsure" }),
      line(SATURDAY, "mina", "typed\noffline", { own: true, status: "queued" }),
      line(SATURDAY, "mina", "refused", { own: true, status: "failed" }),
    ],
  });
  const cake = conversation("#cake", {
    lines: [line(SATURDAY, "mina", "/etc/motd", { own: true, status: "queued" })],
  });
  const unsent = unsentIn(stateOf(tea, cake));
  expect(unsentCount(unsent)).toBe(3);
  expect(draftsOf(typed("half"), unsent)).toEqual({
    "#차": "no answer\ntyped\noffline\nhalf",
    "#cake": "//etc/motd",
  });
  // A command is no draft, and an old message's new text is none either: what wasn't sent is.
  expect(draftsOf(typed("/key secret"), unsent)["#차"]).toBe("no answer\ntyped\noffline");
});

test("what wasn't sent is written down, and taken away once it has gone", () => {
  let file: unknown = null;
  let due: (() => void)[] = [];
  const ports = {
    readDrafts: () => file,
    writeDrafts: (content: object) => {
      file = structuredClone(content);
    },
    after: (_: number, action: () => void) => {
      due.push(action);
      return () => {};
    },
  };
  const passes = (): void => {
    const now = due;
    due = [];
    for (const action of now) action();
  };
  let unsent = new Map([[TEA, ["hello"]]]);
  const keeper = new DraftKeeper(ports, "mina@tea", () => unsent);
  keeper.changed(EMPTY_UI);
  passes();
  expect(new DraftKeeper(ports, "mina@tea").kept).toEqual({ "#차": "hello" });
  unsent = new Map();
  keeper.linesChanged();
  passes();
  expect(new DraftKeeper(ports, "mina@tea").kept).toEqual({});
});

test("there are so many at most, and so long", () => {
  let ui = EMPTY_UI;
  for (let at = 0; at < DRAFTS_MAX + 5; at++) {
    ui = withView(ui, fold(`#${at}`), { editor: replaceText(EMPTY_EDITOR, "x") });
  }
  expect(Object.keys(draftsOf(ui))).toHaveLength(DRAFTS_MAX);
  const long = draftsOf(typed("가".repeat(DRAFT_LENGTH_MAX + 5)));
  expect(long["#차"]?.length ?? 0).toBeLessThanOrEqual(DRAFT_LENGTH_MAX);
});

test.each([[null], ["text"], [[1]], [{ "mina@tea": 7 }], [{ "mina@tea": { "#차": 7 } }]])(
  "of %j nothing can be used",
  (value) => {
    expect(draftsIn(value, "mina@tea")).toEqual({});
  },
);

test("people and servers keep theirs beside one another", () => {
  const mina = fileWith(null, "mina@tea", { "#차": "반쯤" });
  const both = fileWith({ format: 1, ...mina }, "jun@tea", { "#a": "half" });
  expect(draftsIn(both, "mina@tea")).toEqual({ "#차": "반쯤" });
  expect(fileWith(both, "jun@tea", {})).toEqual(mina);
  expect(draftPlace("tea:6697", null)).not.toBe(draftPlace("tea:6697", "mina"));
});

test("what was typed is written a moment later, once, and is there in the next run", () => {
  let file: unknown = null;
  let writes = 0;
  const due: (() => void)[] = [];
  const ports = {
    readDrafts: () => file,
    writeDrafts: (content: object) => {
      file = structuredClone(content);
      writes += 1;
    },
    after: (_: number, action: () => void) => {
      due.push(action);
      return () => {};
    },
  };
  const keeper = new DraftKeeper(ports, "mina@tea");
  keeper.changed(typed("반"));
  keeper.changed(typed("반쯤"));
  expect([due.length, writes]).toEqual([1, 0]);
  due[0]?.();
  expect(writes).toBe(1);
  keeper.keep(typed("반쯤"));
  expect(writes).toBe(1);
  const next = new DraftKeeper(ports, "mina@tea");
  expect(viewOf(withDrafts(EMPTY_UI, next.kept), TEA).editor).toMatchObject({
    text: "반쯤",
    cursor: 2,
  });
  next.keep(EMPTY_UI);
  expect(new DraftKeeper(ports, "mina@tea").kept).toEqual({});
});

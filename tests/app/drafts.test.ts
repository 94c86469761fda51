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
  DraftAutosave,
  type Drafts,
  draftOwner,
  type Unsent,
  unsentCount,
  unsentIn,
  withDrafts,
} from "../../lib/app/saved/drafts.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";

const TEA = fold("#차");
const OWNER = "mina@tea";

/** Ports with a drafts file in memory; `timers` holds what was scheduled. */
function draftPorts(file: unknown = null) {
  const ports = {
    file,
    writes: 0,
    timers: [] as (() => void)[],
    readDrafts: () => ports.file,
    writeDrafts(content: object) {
      ports.file = structuredClone(content);
      ports.writes += 1;
    },
    after(_: number, action: () => void) {
      ports.timers.push(action);
      return () => {};
    },
    runTimers() {
      for (const action of ports.timers.splice(0)) action();
    },
  };
  return ports;
}

/** The drafts that are saved for this state of the screen. */
function draftsOf(ui: UiState, unsent: Unsent = new Map()): Drafts {
  const ports = draftPorts();
  new DraftAutosave(ports, OWNER, () => unsent).write(ui);
  return new DraftAutosave(ports, OWNER).saved;
}

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
  [" /key secret", {}],
  ["  ", {}],
])("of %j the draft is %j", (text, drafts) => {
  expect(draftsOf(typed(text))).toEqual(drafts);
});

test("a reply is saved as a draft", () => {
  expect(draftsOf(typed("네", { msgid: "m", author: "a", text: "?" }))).toEqual({ "#차": "네" });
});

test("unsent messages are saved above the editor's text, and sent ones aren't", () => {
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
  // A command in the editor is no draft; the unsent messages above it are.
  expect(draftsOf(typed("/key secret"), unsent)["#차"]).toBe("no answer\ntyped\noffline");
});

test("an unsent message is written to the file, and removed once it was sent", () => {
  const ports = draftPorts();
  let unsent = new Map([[TEA, ["hello"]]]);
  const autosave = new DraftAutosave(ports, OWNER, () => unsent);
  autosave.changed(EMPTY_UI);
  ports.runTimers();
  expect(new DraftAutosave(ports, OWNER).saved).toEqual({ "#차": "hello" });
  unsent = new Map();
  autosave.linesChanged();
  ports.runTimers();
  expect(new DraftAutosave(ports, OWNER).saved).toEqual({});
});

test("the number of drafts and their length are limited", () => {
  let ui = EMPTY_UI;
  for (let room = 0; room < DRAFTS_MAX + 5; room++) {
    ui = withView(ui, fold(`#${room}`), { editor: replaceText(EMPTY_EDITOR, "x") });
  }
  expect(Object.keys(draftsOf(ui))).toHaveLength(DRAFTS_MAX);
  const long = draftsOf(typed("가".repeat(DRAFT_LENGTH_MAX + 5)));
  expect(long["#차"]?.length ?? 0).toBeLessThanOrEqual(DRAFT_LENGTH_MAX);
});

test.each([[null], ["text"], [[1]], [{ "mina@tea": 7 }], [{ "mina@tea": { "#차": 7 } }]])(
  "%j holds no draft",
  (file) => {
    expect(new DraftAutosave(draftPorts(file), OWNER).saved).toEqual({});
  },
);

test("drafts of several accounts and servers are stored side by side", () => {
  const ports = draftPorts({ format: 1 });
  new DraftAutosave(ports, OWNER).write(typed("반쯤"));
  const onlyMina = ports.file;
  const jun = new DraftAutosave(ports, "jun@tea");
  jun.write(typed("half"));
  expect(new DraftAutosave(ports, OWNER).saved).toEqual({ "#차": "반쯤" });
  expect(new DraftAutosave(ports, "jun@tea").saved).toEqual({ "#차": "half" });
  jun.write(EMPTY_UI);
  expect(ports.file).toEqual(onlyMina);
  expect(draftOwner("tea:6697", null)).not.toBe(draftOwner("tea:6697", "mina"));
});

test("typed text is written in a pause of typing, once, and restored in the next run", () => {
  const ports = draftPorts();
  const autosave = new DraftAutosave(ports, OWNER);
  autosave.changed(typed("반"));
  autosave.changed(typed("반쯤"));
  expect([ports.timers.length, ports.writes]).toEqual([1, 0]);
  ports.runTimers();
  expect([ports.timers.length, ports.writes]).toEqual([1, 0]);
  ports.runTimers();
  expect([ports.timers.length, ports.writes]).toEqual([0, 1]);
  autosave.write(typed("반쯤"));
  expect(ports.writes).toBe(1);
  const next = new DraftAutosave(ports, OWNER);
  expect(viewOf(withDrafts(EMPTY_UI, next.saved), TEA).editor).toMatchObject({
    text: "반쯤",
    cursor: 2,
  });
  next.write(EMPTY_UI);
  expect(new DraftAutosave(ports, OWNER).saved).toEqual({});
});

test("who types without a pause has their text written at every seventh time", () => {
  const ports = draftPorts();
  const autosave = new DraftAutosave(ports, OWNER);
  const writes = Array.from({ length: 21 }, (_, count) => {
    autosave.changed(typed(`${count}`));
    autosave.changed(typed(`${count} and more`));
    ports.runTimers();
    return ports.writes;
  });
  expect(writes).toEqual([...Array(6).fill(0), ...Array(7).fill(1), ...Array(7).fill(2), 3]);
});

test("what was typed or not yet sent to a service is no draft", () => {
  const service = fold("NickServ");
  const editor = replaceText(EMPTY_EDITOR, "IDENTIFY hunter2");
  const ui = withView(EMPTY_UI, service, { editor });
  expect(draftsOf(ui, new Map([[service, ["IDENTIFY hunter3"]]]))).toEqual({});
});

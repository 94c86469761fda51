import { describe, expect, test } from "bun:test";
import { conversation, line, SATURDAY, stateOf, team } from "./team.ts";
import { Typist } from "./typist.ts";

/** Keys of the user's own, of a style, and several in a row, as somebody types them. */

const ENTER = "\r";
const UP = "\x1b[A";
const CTRL_K = "\x0b";
const CTRL_X = "\x18";
const CTRL_E = "\x05";
const CAPS = new Set(["message-tags", "sodam.chat/edit"]);

function withOwnMessages(options = {}): Typist {
  const tea = conversation("#tea", {
    lines: [
      line(SATURDAY, "하나", "first", { own: true, msgid: "m1" }),
      line(SATURDAY + 1, "하나", "second", { own: true, msgid: "m2" }),
      line(SATURDAY + 2, "jun", "theirs", { msgid: "m3" }),
      line(SATURDAY + 3, "하나", "gone", { own: true, msgid: "m4", redacted: true }),
    ],
  });
  return new Typist({ ...stateOf(tea), caps: CAPS }, options);
}

describe("where habits collide", () => {
  test("Ctrl-K cuts when there is text behind the cursor, and is the switcher otherwise", () => {
    const typist = new Typist(team().state).types("hello").types("\x01").types(CTRL_K);
    expect([typist.text, typist.ui.switcher]).toEqual(["", null]);
    expect(typist.types(CTRL_K).ui.switcher).not.toBeNull();
    expect(typist.types(CTRL_K).ui.switcher).toBeNull();
  });

  test("Up in an empty field is history, and Alt-e edits one's last message", () => {
    const typist = withOwnMessages().types("sent before").types(ENTER).types(UP);
    expect([typist.text, typist.view.editTarget]).toEqual(["sent before", null]);
    typist.types("\x03").types("\x1be");
    expect([typist.text, typist.view.editTarget?.msgid]).toEqual(["second", "m2"]);
    // Escape gives it up, and leads nowhere else.
    typist.types("\x1b");
    expect([typist.text, typist.view.editTarget]).toEqual(["", null]);
    expect(typist.done.some(({ kind }) => kind === "menu")).toBe(false);
  });

  test('keys = "slack" turns these round', () => {
    const typist = withOwnMessages({ keys: "slack" }).types(UP);
    expect([typist.text, typist.view.editTarget?.msgid]).toEqual(["second", "m2"]);
    typist.types("\x1b").types("hello").types("\x01").types(CTRL_K);
    expect(typist.ui.switcher).not.toBeNull();
    expect(typist.types(CTRL_K).text).toBe("hello");
    // With something typed, Up is the history as ever.
    const writing = withOwnMessages({ keys: "slack" })
      .types("one")
      .types(ENTER)
      .types("x")
      .types(UP);
    expect([writing.text, writing.view.editTarget]).toEqual(["one", null]);
  });

  test('keys = "weechat" cuts by Ctrl-K everywhere, and goes through the rooms by F5 and F6', () => {
    const typist = new Typist(team().state, { keys: "weechat" }).types(CTRL_K);
    expect(typist.ui.switcher).toBeNull();
    expect(typist.types("\x1b[17~").room).toBe("#개발팀");
    expect(typist.types("\x1b[15~").room).toBe("#lobby");
    expect(typist.types("abc").types("\x1br").text).toBe("");
  });

  test("without a message that can be edited, Alt-e says so", () => {
    const typist = new Typist(team().state).types("\x1be");
    expect(typist.done).toEqual([
      { kind: "note", text: "There is no message of yours here that can be edited." },
    ]);
  });
});

describe("keys of the user's own", () => {
  const bind = {
    "ctrl-g": "switcher",
    "alt-x": "/away lunch",
    "ctrl-x g": "search",
    "ctrl-x ctrl-g ctrl-g": "help",
    "alt-n": "none",
    f2: "unix-line-discard",
    "alt-a": "previous-room",
  };
  const typing = () => new Typist(team().state, { bind });

  test("do what they are bound to, and close what they have opened", () => {
    const typist = typing().types("\x07");
    expect(typist.ui.switcher).not.toBeNull();
    expect(typist.types("\x07").ui.switcher).toBeNull();
    expect(typing().types("abc").types("\x1bOQ").text).toBe("");
    expect(typing().types("\x1ba").room).not.toBe("#lobby");
  });

  test("run a slash command, and leave what is typed", () => {
    const typist = typing().types("half a sent").types("\x1bx");
    expect(typist.done).toEqual([{ kind: "slash", text: "/away lunch" }]);
    expect(typist.text).toBe("half a sent");
  });

  test("hold with the Hangul layout, also behind another key", () => {
    expect(typing().types("\x1bㅌ").done).toEqual([{ kind: "slash", text: "/away lunch" }]);
    expect(typing().types(CTRL_X).types("ㅎ").ui.search).not.toBeNull();
  });

  test("in a row: the last one acts, and one that doesn't belong there does what it does alone", () => {
    expect(typing().types(CTRL_X).types("g").ui.search).not.toBeNull();
    expect(typing().types(`${CTRL_X}\x07`).types("\x07").ui.page).not.toBeNull();
    const typist = typing().types(CTRL_X).types("hello");
    expect([typist.text, typist.ui.keyPrefix]).toEqual(["hello", null]);
    expect(typing().types(CTRL_X).types("gone").ui.search?.editor.text).toBe("one");
    expect(typing().types("ab").types(CTRL_X).types("\x7f").text).toBe("a");
  });

  test("a selected message takes its letters before a key in a row does", () => {
    const tea = conversation("#tea", { lines: [line(SATURDAY, "jun", "hi", { msgid: "m1" })] });
    const typist = new Typist(stateOf(tea), { bind }).types("\x1b[1;5A").types(CTRL_X);
    typist.types("g").types("\x1b").types("good");
    expect([typist.ui.search, typist.text]).toEqual([null, "good"]);
  });

  test("that do nothing do nothing", () => {
    const before = typing();
    const typist = typing().types("\x1bn");
    expect([typist.done, typist.text, typist.room]).toEqual([[], "", before.room]);
  });

  test("Ctrl-X Ctrl-E opens the message in the editor program", () => {
    expect(typing().types("long").types(`${CTRL_X}${CTRL_E}`).done).toEqual([
      { kind: "open-editor" },
    ]);
  });

  test("who sends by Alt-Enter writes lines by Enter, and a late syllable still comes along", () => {
    const typist = new Typist(team().state, { bind: { enter: "newline", "alt-enter": "send" } });
    typist.types("안녕").types(ENTER).types("하세").types("\x1b\r").types("요");
    expect(typist.done).toEqual([
      { kind: "hold-submit", ms: 40 },
      { kind: "say", key: typist.ui.current, text: "안녕\n하세요", replyTo: null },
    ]);
  });

  test("the last room is one key away", () => {
    const typist = new Typist(team().state).types("\x1b3").types("\x1b/");
    expect(typist.room).toBe("#lobby");
    expect(typist.types("\x1b/").room).toBe("#random");
  });
});

describe("aliases in the input line", () => {
  const alias = { ident: "/msg NickServ identify $*", hi: "hello" };

  test("one that tells a service a password leaves no trace in the history", () => {
    const typist = new Typist(team().state, { alias }).types("/ident hunter2").types(ENTER);
    expect(typist.done).toEqual([{ kind: "slash", text: "/ident hunter2" }]);
    expect(typist.types(UP).text).toBe("");
    expect(typist.types("/hi").types(ENTER).types(UP).text).toBe("/hi");
  });

  test("Tab completes them, and what a command takes", () => {
    const candidates = (typed: string) => (typed.startsWith("/set ") ? ["mouse ", "log "] : null);
    const typist = new Typist(team().state, { alias, candidates });
    expect(typist.types("/ide").types("\t").text).toBe("/ident ");
    expect(typist.types("\x03").types("/set ").types("\t").text).toBe("/set mouse ");
    expect(typist.types("\x03").types("/set l").types("\t").text).toBe("/set log ");
  });
});

import { describe, expect, test } from "bun:test";
import type { ClientConversation, ClientState } from "../../lib/chat-client/client-state.ts";
import { pinnedTextOf } from "../../lib/protocol/pinned-text.ts";
import { Isupport } from "../../lib/protocol/wire/isupport.ts";
import { conversation, line, member, membersOf, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const MINUTE = 60_000;
const UP = "\x1b[1;5A";
const SHIFT_UP = "\x1b[1;2A";
const ESCAPE = "\x1b";
const ENTER = "\r";
const CAPS = ["message-tags", "sodam.chat/edit", "draft/message-redaction", "draft/metadata-2"];

const question = line(SATURDAY, "jun", "Shall we ship on friday?");
const other = line(SATURDAY + MINUTE, "bo", "see https://one.example/a and https://two.example/b");
const answer = line(SATURDAY + 2 * MINUTE, "bo", "yes", { replyTo: question.msgid });
const joined = line(SATURDAY + 3 * MINUTE, "eve", "", { kind: "joined" });
const second = line(SATURDAY + 4 * MINUTE, "하나", "me too", {
  own: true,
  replyTo: question.msgid,
});
const LINES = [question, other, answer, joined, second];

function room(more: Partial<ClientConversation> = {}): ClientConversation {
  const members = membersOf(member("하나"), member("jun"), member("bo"));
  return conversation("#tea", { lines: LINES, members, oldestReached: true, ...more });
}

function at(tea: ClientConversation, caps: readonly string[] = CAPS): ClientState {
  return { ...stateOf(tea), caps: new Set(caps) };
}

function inTea(more: Partial<ClientConversation> = {}, options = {}): Typist {
  return new Typist(at(room(more)), options);
}

describe("selecting a message", () => {
  test("Ctrl-Up and Shift-Up begin at the newest, and Alt-Up stays the room's", () => {
    // The last two are urxvt's.
    for (const key of [UP, SHIFT_UP, "\x1bOa", "\x1b[a"]) {
      expect(inTea().types(key).view.selection?.lineKey).toBe(second.key);
    }
    expect(inTea().types("\x1b[1;3A").view.selection).toBeNull();
    expect(inTea().types("\x1b[A").view.selection).toBeNull();
  });

  test("a selected message stays in view in a smaller window", () => {
    const typist = inTea().types(`${UP}g`);
    const isShown = () => typist.rows.some((row) => /[▸>].*ship on friday/.test(row));
    expect(isShown()).toBe(true);
    expect(typist.resizes(40, 8) && isShown()).toBe(true);
    expect(typist.view.selection?.lineKey).toBe(question.key);
    expect(typist.resizes(100, 14) && isShown()).toBe(true);
  });

  test("arrows and j k move over messages only, and below the newest is the input line", () => {
    const typist = inTea().types(`${UP}k`);
    expect(typist.view.selection?.lineKey).toBe(answer.key);
    expect(typist.types("\x1b[A").view.selection?.lineKey).toBe(other.key);
    expect(typist.types("k").types("k").view.selection?.lineKey).toBe(question.key);
    expect(typist.types("\x1b[1;5Bjj").view.selection?.lineKey).toBe(second.key);
    expect(typist.types("jj").view.selection?.lineKey).toBe(second.key);
    expect(typist.text).toBe("");
    expect(typist.types("\x1b[B").view.selection).toBeNull();
    expect(typist.types(`${UP}g`).view.selection?.lineKey).toBe(question.key);
    expect(typist.types("G").view.selection?.lineKey).toBe(second.key);
  });

  test("with the Hangul layout on, the same keys move and act", () => {
    const typist = inTea().types(`${UP}ㅏ`);
    expect(typist.view.selection?.lineKey).toBe(answer.key);
    expect(typist.types("ㅓ").view.selection?.lineKey).toBe(second.key);
    typist.types("ㅏㄱ");
    expect(typist.acts).toEqual([{ kind: "reply", key: typist.ui.current, lineKey: answer.key }]);
  });

  test("the marked message and its choices are on screen, and nothing else changes its rows", () => {
    const typist = inTea();
    const before = typist.rows;
    typist.types(UP);
    const after = typist.rows;
    expect(after.filter((row) => row.includes("▸ ")).length).toBe(2);
    const page = (rows: string[]) => rows.slice(0, 11).map((row) => row.replace("▸ ", "  "));
    expect(page(after).slice(2)).toEqual(page(before).slice(2));
    expect(typist.screen).toContain("r reply  e edit  d delete  + react  t thread  c copy  i info");
  });

  test("letters that come together act one after the other, and the rest is typed", () => {
    const typist = inTea().types(`${UP}rhello`);
    expect(typist.acts[0]?.kind).toBe("reply");
    expect(typist.text).toBe("hello");
  });

  test("a scrolled view moves no further than it has to, and Escape leads back", () => {
    const lines = Array.from({ length: 60 }, (_, n) =>
      line(SATURDAY + n * 10 * MINUTE, n % 2 ? "jun" : "bo", `line ${n}.`),
    );
    const typist = new Typist(at(conversation("#tea", { lines })));
    typist.types(UP).types("kkkk");
    expect(typist.screen).toContain("line 59.");
    typist.types("k".repeat(20));
    expect(typist.rows.some((row) => /▸ line 35\./.test(row))).toBe(true);
    expect(typist.rows[1]).toContain("▸ line 35.");
    expect(typist.screen).not.toContain("line 59.");
    typist.types("j");
    expect(typist.rows[1]).toContain("line 35.");
    expect(typist.types(ESCAPE).view.anchor).toBeNull();
    expect(typist.screen).toContain("line 59.");
  });

  test("lines that arrive don't move the view while a message is selected", () => {
    const many = Array.from({ length: 30 }, (_, n) =>
      line(SATURDAY + n * MINUTE, "jun", `line ${n}.`),
    );
    const typist = new Typist(at(conversation("#tea", { lines: many })));
    typist.types(UP);
    const before = typist.rows.slice(2, 11);
    const more = line(SATURDAY + 40 * MINUTE, "bo", "news");
    const later = new Typist(at(conversation("#tea", { lines: [...many, more] })));
    later.ui = typist.ui;
    expect(later.rows.slice(2, 11)).toEqual(before);
    expect(later.types(ESCAPE).screen).toContain("news");
    expect(later.screen).toContain("read up to here · 1 new");
    // When nothing came, what comes later isn't marked as new.
    expect(typist.types(ESCAPE).view.readAt).toBeNull();
  });

  test("at the top older messages are asked for", () => {
    const typist = inTea({ oldestReached: false }).types(`${UP}gk`);
    expect(typist.acts).toEqual([{ kind: "load-older", key: typist.ui.current }]);
  });

  test("a message that is dropped meanwhile is let go by the next key", () => {
    const typist = inTea().types(UP);
    const later = new Typist(at(room({ lines: LINES.slice(0, 2) })));
    later.ui = typist.ui;
    expect(later.types("d").view.selection).toBeNull();
    expect(later.acts).toEqual([]);
    expect(later.text).toBe("");
  });

  test("a joined line and the server's own words can't be selected", () => {
    const typist = new Typist(at(conversation("#tea", { lines: [joined] })));
    expect(typist.types(UP).view.selection).toBeNull();
  });
});

describe("one key on the selected message", () => {
  test.each([
    ["r", { kind: "reply", lineKey: answer.key }],
    ["R", { kind: "reply", lineKey: answer.key }],
    ["t", { kind: "open-thread", lineKey: answer.key }],
    ["👍", { kind: "react", msgid: answer.msgid, reaction: "👍", isOn: true }],
    ["+1", { kind: "react", msgid: answer.msgid, reaction: "👍", isOn: true }],
    ["+tad\r", { kind: "react", msgid: answer.msgid, reaction: "🎉", isOn: true }],
    ["+ㅋㅋ\r", { kind: "react", msgid: answer.msgid, reaction: "ㅋㅋ", isOn: true }],
    ["c", { kind: "copy", text: "yes" }],
  ])("%j acts on another's message", (keys, effect) => {
    const typist = inTea();
    typist.ui = { ...typist.ui, keyboard: "latin" };
    typist.types(`${UP}k`).types(keys).presses("timeout");
    const { current } = typist.ui;
    const acts: unknown[] = typist.acts.filter(({ kind }) => kind !== "hold-submit");
    expect(acts).toEqual([effect.kind === "copy" ? effect : { key: current, ...effect }]);
  });

  test("the same reaction again takes it back", () => {
    const liked = { ...answer, reactions: new Map([["👍", ["jun", "하나"]]]) };
    const typist = inTea({ lines: [question, liked] }).types(`${UP}👍`);
    expect(typist.acts[0]).toMatchObject({ kind: "react", isOn: false });
  });

  test("d asks first: Enter deletes, and any letter but d or y lets it be", () => {
    const typist = inTea().types(`${UP}d`);
    expect(typist.screen).toContain("Delete this message for everybody?  Enter Yes  Esc No");
    expect(typist.types("n").acts).toEqual([]);
    expect(typist.view.selection?.question).toBeNull();
    typist.types(`d${ENTER}`);
    expect(typist.acts).toEqual([
      { kind: "redact", key: typist.ui.current, msgid: second.msgid ?? "" },
    ]);
  });

  test("another's message is deleted by helpers and those above them only", () => {
    const rows = (ranks: string) => {
      const members = membersOf(member("하나", { ranks }), member("bo"));
      return inTea({ members }).types(`${UP}k`).screen;
    };
    expect(rows("")).not.toContain("d delete");
    expect(rows("+")).not.toContain("d delete");
    expect(rows("%")).toContain("d delete");
    expect(rows("%")).not.toContain("p pin");
    expect(rows("@")).toContain("p pin");
    const above = membersOf(member("하나", { ranks: "%" }), member("bo", { ranks: "@" }));
    expect(inTea({ members: above }).types(`${UP}k`).screen).not.toContain("d delete");
  });

  test("e changes an own message in the input line, and what was typed there comes back", () => {
    const typist = inTea().types("half a ").types(`${UP}e`);
    expect([typist.text, typist.view.editTarget?.msgid]).toEqual(["me too", second.msgid ?? ""]);
    expect(typist.screen).toContain("Changing a sent message · Esc leaves it as it is");
    typist.ui = { ...typist.ui, keyboard: "latin" };
    typist.types("!").types(ENTER).presses("timeout");
    expect(typist.acts.filter(({ kind }) => kind === "edit")).toEqual([
      { kind: "edit", key: typist.ui.current, msgid: second.msgid ?? "", text: "me too!" },
    ]);
    expect([typist.text, typist.view.editTarget]).toEqual(["half a ", null]);
    typist.types(`${UP}e`).types("xyz").types(ESCAPE);
    expect([typist.text, typist.acts.at(-1)?.kind]).toEqual(["half a ", "edit"]);
    expect(inTea().types(`${UP}ke`).view.editTarget).toBeNull();
  });

  test("a command that is typed while a message is changed runs, and is never what the message says", () => {
    const typist = inTea().types("half a ").types(`${UP}e`);
    typist.ui = { ...typist.ui, keyboard: "latin" };
    typist.types("\x15/msg NickServ IDENTIFY secret").types(ENTER).presses("timeout");
    const { acts } = typist;
    expect(acts.at(-1)).toEqual({ kind: "slash", text: "/msg NickServ IDENTIFY secret" });
    expect(acts.some(({ kind }) => kind === "edit")).toBe(false);
    expect([typist.text, typist.view.editTarget]).toEqual(["half a ", null]);
    expect(typist.types("\x15\x1b[A").text).not.toContain("secret");
  });

  test("a message that begins with a slash is changed as it was typed", () => {
    const own = line(SATURDAY, "하나", "/etc/hosts", { own: true });
    const typist = inTea({ lines: [own] }).types(`${UP}e`);
    typist.ui = { ...typist.ui, keyboard: "latin" };
    expect(typist.text).toBe("//etc/hosts");
    typist.types("!").types(ENTER).presses("timeout");
    expect(typist.acts.at(-1)).toMatchObject({ kind: "edit", text: "/etc/hosts!" });
  });

  test("p pins the message for all, and unpins it when it is pinned", () => {
    const members = membersOf(member("하나", { ranks: "@" }), member("jun"));
    const pin = inTea({ members }).types(`${UP}gp`);
    const text = "jun: Shall we ship on friday?";
    expect(pin.acts).toEqual([{ kind: "pin", key: pin.ui.current, text }]);
    const unpin = inTea({ members, pinned: text }).types(`${UP}g`);
    expect(unpin.screen).toContain("p unpin");
    expect(unpin.types("p").acts).toEqual([{ kind: "pin", key: unpin.ui.current, text: "" }]);
  });

  test("a pinned text is on one row and fits what the server takes", () => {
    const long = line(SATURDAY, "jun", `first\nsecond ${"가".repeat(200)}`);
    const text = pinnedTextOf(long);
    expect(text).toStartWith("jun: first second 가");
    expect(text).toEndWith("가…");
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(280);
  });

  test("o opens the only link at once, and asks which of several", () => {
    const typist = inTea().types(`${UP}kko`);
    expect(typist.screen).toContain("1 https://one.example/a  2 https://two.example/b");
    typist.types("2");
    expect(typist.acts).toEqual([{ kind: "open-link", link: "https://two.example/b" }]);
    const single = inTea({ lines: [line(SATURDAY, "jun", "see https://x.example")] });
    expect(single.types(`${UP}o`).acts[0]).toMatchObject({ kind: "open-link" });
    expect(inTea().types(`${UP}o`).acts).toEqual([]);
  });

  test("i shows who said it when, and who did what with it", () => {
    const told = {
      ...question,
      edited: true,
      editedAt: SATURDAY + MINUTE,
      reactions: new Map([["👍", ["bo", "하나"]]]),
    };
    const readers = new Map([[conversation("bo").key, SATURDAY + MINUTE]]);
    const typist = inTea({ lines: [told, ...LINES.slice(1)], readers }).types(`${UP}gi`);
    expect(typist.screen).toContain("jun · account jun, 21 November 2026 at 09:41");
    expect(typist.screen).toContain("Edited by the author, 21 November 2026 at 09:42");
    expect(typist.screen).toContain("👍  bo, 하나");
    expect(typist.screen).toContain("⤷ 2 replies");
    expect(typist.screen).toContain("Read by bo");
    typist.types(ESCAPE);
    expect([typist.ui.page, typist.view.selection?.lineKey]).toEqual([null, question.key]);
  });

  test("what is copied holds nothing that a terminal obeys, and keeps its rows", () => {
    const hostile = line(SATURDAY, "jun", "ls\n\x1b[201~rm -rf ~\u202e");
    const typist = inTea({ lines: [hostile] }).types(`${UP}c`);
    expect(typist.acts).toEqual([{ kind: "copy", text: "ls\n␛[201~rm -rf ~\ufffd" }]);
  });

  test("a deleted message says by whom, and allows nothing else", () => {
    const gone = { ...answer, text: "", redacted: true, redactedBy: "mina" };
    const typist = inTea({ lines: [question, gone] }).types(UP);
    expect(typist.screen).toContain(" Enter original  u bo  i info  Esc leave");
    expect(typist.types("i").screen).toContain("mina deleted this message");
  });

  test("r sends a failed message again", () => {
    const failed = line(SATURDAY + 9 * MINUTE, "하나", "lost", {
      ...{ own: true, msgid: null, status: "failed" as const },
    });
    const typist = inTea({ lines: [...LINES, failed] }).types(`${UP}r`);
    expect(typist.acts).toEqual([
      { kind: "retry-line", key: typist.ui.current, lineKey: failed.key },
    ]);
  });

  test("what a server doesn't offer isn't offered here", () => {
    const typist = new Typist(at(room(), [])).types(UP);
    expect(typist.screen).not.toMatch(/e edit|d delete|\+ react|p pin/);
    expect(typist.types("ed+").acts).toEqual([]);
  });

  test("where messages have no ids they are answered all the same, by a quote", () => {
    const theirs = line(SATURDAY, "jun", "green tea?", { msgid: null });
    const typist = new Typist(at(room({ lines: [theirs] }), []), {}).types(UP);
    expect(typist.screen).toContain("r reply");
    typist.types("r");
    expect(typist.acts).toEqual([{ kind: "reply", key: typist.ui.current, lineKey: theirs.key }]);
  });

  test("where the server relays no reactions, none is offered", () => {
    const isupport = new Isupport();
    isupport.apply(["mina", "CLIENTTAGDENY=*,-draft/reply", "are supported"]);
    const typist = new Typist({ ...at(room({ lines: [question] })), isupport }, {}).types(UP);
    expect(typist.screen).toContain("r reply");
    expect(typist.screen).not.toContain("+ react");
    expect(typist.types("+").view.selection?.question ?? null).toBeNull();
  });

  test("other keys change nothing, and those of the screen work as ever", () => {
    const typist = inTea().types(UP).types("xyz\t\x1b[200~paste\x1b[201~");
    expect([typist.text, typist.acts]).toEqual(["", []]);
    expect(typist.view.selection?.lineKey).toBe(second.key);
    expect(typist.types("\x1bk").ui.switcher).not.toBeNull();
  });
});

describe("Enter", () => {
  test("on a message with replies opens its thread, and on a quote goes to the original", () => {
    const typist = inTea().types(`${UP}g`);
    expect(typist.screen).toContain("Enter replies");
    typist.types(ENTER);
    const thread = { kind: "open-thread", key: typist.ui.current, lineKey: question.key } as const;
    expect(typist.acts).toEqual([thread]);
    const quote = inTea().types(UP).types(ENTER);
    expect(quote.view.selection?.lineKey).toBe(question.key);
    expect(quote.acts).toEqual([]);
  });

  test("asks the server for an original that isn't loaded", () => {
    const reply = line(SATURDAY + MINUTE, "bo", "yes", { replyTo: "far" });
    const typist = inTea({ lines: [reply] })
      .types(UP)
      .types(ENTER);
    const { time } = reply;
    expect(typist.acts).toEqual([
      { kind: "jump-to-message", key: typist.ui.current, msgid: "far", time },
    ]);
    expect(typist.view.selection).toBeNull();
  });
});

describe("the mouse", () => {
  test("a click selects a message, and a second one lets it go", () => {
    const typist = inTea().clicks("yes");
    expect(typist.view.selection?.lineKey).toBe(answer.key);
    expect(typist.clicks("yes").view.selection).toBeNull();
  });

  test("a click on a choice is its key", () => {
    const typist = inTea().clicks("yes").clicks("c copy");
    expect(typist.acts).toEqual([{ kind: "copy", text: "yes" }]);
    expect(inTea().clicks("yes").clicks("Esc leave").view.selection).toBeNull();
  });

  test("a click on the number of replies opens the thread, and on a quote goes there", () => {
    const typist = inTea().clicks("⤷ 2 replies");
    expect(typist.acts[0]).toMatchObject({ kind: "open-thread", lineKey: question.key });
    expect(inTea().clicks("↳ jun").view.selection?.lineKey).toBe(question.key);
  });

  test("a click on a name opens the person's menu, in the room and beside it", () => {
    expect(inTea().clicks("bo  ").ui.page).toMatchObject({ kind: "person", nick: "bo" });
    const beside = inTea({}, { rows: 24 }).clicks("● jun");
    expect(beside.ui.page).toMatchObject({ kind: "person", nick: "jun" });
    const narrow = inTea({}, { columns: 40, rows: 20 }).clicks("bo ");
    expect(narrow.ui.page).toMatchObject({ kind: "person", nick: "bo" });
  });
});

describe("the choices", () => {
  const members = membersOf(member("하나", { ranks: "@" }), member("jun"), member("bo"));
  for (const language of ["en", "ko"] as const) {
    test.each([
      [120, 30],
      [100, 30],
      [80, 24],
      [60, 20],
      [40, 12],
    ])(
      `stand in the free row at %i×%i, and Escape is among them (${language})`,
      (columns, rows) => {
        const typist = inTea({ members }, { columns, rows, language }).types(UP);
        const bottom = typist.rows.slice(-3).join("\n");
        expect(bottom).toContain("r ");
        expect(bottom).toContain("Esc");
        expect(typist.rows.length).toBe(rows);
        for (const row of typist.rows) expect(Bun.stringWidth(row)).toBeLessThanOrEqual(columns);
      },
    );
  }

  test("take the row of the status bar only where they need it", () => {
    expect(inTea({ members }, { columns: 120, rows: 30 }).types(UP).screen).toContain("connected");
    const narrow = inTea({ members }, { columns: 80, rows: 24 }).types(UP);
    expect(narrow.screen).not.toContain("connected");
    expect(narrow.screen).not.toContain("…");
  });

  test("in a low window don't move the conversation from message to message", () => {
    const typist = inTea({ members }, { columns: 40, rows: 12 }).types(UP);
    const own = typist.rows.findIndex((row) => row.includes("me too"));
    typist.types("k");
    expect(typist.rows.findIndex((row) => row.includes("me too"))).toBe(own);
  });
});

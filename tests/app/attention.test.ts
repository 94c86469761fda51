import { describe, expect, test } from "bun:test";
import type { SavedState } from "../../lib/app/app-ports.ts";
import { listedConversations, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { savePreferences } from "../../lib/app/saved/saved-preferences.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openChat } from "./open-chat.ts";
import { conversation, line, member, membersOf, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

/** Blocked people, words, levels and the order of the list, as the user handles them on the screen. */

const TEA = fold("#tea");
const OURS =
  "labeled-response batch message-tags sodam.chat/unread sodam.chat/preferences account-tag";

describe("/block on a server of ours", () => {
  test("puts somebody on the account's list, by the nick: the server finds the account", async () => {
    const chat = await openChat(OURS);
    chat.hears(":s 900 mina mina!m@h mina :logged in", ":mina!m@h JOIN #tea");
    chat.types("/차단 @jun");
    expect(chat.sent.at(-1)).toMatch(/^@label=\S+ SILENCE \+jun$/);
    chat.hears(":mina!m@h SILENCE +~a:jun");
    chat.hears("@account=jun :june!j@h PRIVMSG #tea :hello");
    const { lines } = chat.connection.session.state.conversations.get(TEA) ?? { lines: [] };
    expect(lines.at(-1)?.folded).toBe("blocked");
    chat.types("/block");
    expect(chat.notes().at(-1)).toBe("Blocked: jun · to undo: /unblock NAME");
    chat.types("/차단해제 jun");
    expect(chat.sent.at(-1)).toMatch(/SILENCE -~a:jun$/);
  });

  test("says so where it changes nothing", async () => {
    const chat = await openChat(OURS);
    for (const command of ["/block", "/block mina", "/unblock jun", "/block a b"])
      chat.types(command);
    expect(chat.notes().slice(-4)).toEqual([
      "You have blocked nobody. /block NAME blocks somebody.",
      "You can't block yourself.",
      "You haven't blocked jun. /block lists whom you have.",
      "Usage: /block [NAME]",
    ]);
  });
});

test("what is set of somebody without a message yet is stored here, and sent once there is one", async () => {
  const chat = await openChat(OURS);
  const { session } = chat.connection;
  const memory = { saved: {} as SavedState };
  savePreferences(chat.connection, {
    get saved() {
      return memory.saved;
    },
    save: (more) => {
      memory.saved = { ...memory.saved, ...more };
    },
  });
  const sent = () => chat.sent.filter((line) => line.includes(" PREFERENCE "));
  const refuse = () => {
    const label = /label=([^; ]+)/.exec(sent().at(-1) ?? "")?.[1];
    chat.hears(
      `@label=${label} :s FAIL PREFERENCE INVALID_TARGET bo :There is no such conversation`,
    );
  };
  const stored = () => Object.values(memory.saved.preferences ?? {});
  chat.hears(":s 900 mina mina!m@h mina :logged in");
  session.commands.openDirect("bo");
  session.preferences.set(fold("bo"), "level", "nothing");
  refuse();
  expect(stored()).toEqual([{ "bo level": "nothing" }]);
  chat.hears("@account=jun :jun!j@h PRIVMSG mina :hi");
  expect(sent()).toHaveLength(1);
  chat.hears("@account=bo;msgid=b1 :bo!b@h PRIVMSG mina :hi");
  expect(sent().at(-1)).toMatch(/ PREFERENCE bo level nothing$/);
  // A guest has no place there. Nothing is sent with each of their messages.
  refuse();
  chat.hears("@account=bo;msgid=b2 :bo!b@h PRIVMSG mina :again");
  expect(sent()).toHaveLength(2);
  chat.hears(":s PREFERENCE bo level nothing");
  expect(stored()).toEqual([{}]);
});

test("elsewhere /block goes by the account where the server tells it, and else by the nick", async () => {
  const chat = await openChat("account-tag");
  chat.hears("@account=junior :jun!j@h PRIVMSG #tea :hello", ":bo!b@h PRIVMSG #tea :hello");
  for (const nick of ["jun", "bo"]) chat.types(`/block ${nick}`);
  const { preferences } = chat.connection.session.state;
  expect([...preferences.blocked]).toEqual(["~a:junior", "bo!*@*"]);
  expect(chat.notes().at(-1)).toBe(
    "bo is blocked: their messages are folded away. To undo: /unblock bo",
  );
  expect(chat.sent.filter((text) => text.includes("SILENCE"))).toEqual([]);
  chat.hears(
    "@account=junior :other!j@h PRIVMSG #tea :again",
    "@account=x :bo!b@h PRIVMSG #tea :again",
  );
  const { lines } = chat.connection.session.state.conversations.get(TEA) ?? { lines: [] };
  expect(lines.map(({ folded }) => folded)).toEqual(["blocked", "blocked", "blocked", "blocked"]);
  chat.types("/unblock jun");
  expect([...preferences.blocked]).toEqual(["bo!*@*"]);
});

test("words are added, listed and removed, and a list that is too long is refused", async () => {
  const chat = await openChat();
  for (const typed of [
    "",
    " 배포, green tea",
    " Deploy",
    " -배포",
    " -milk",
    ` ${"a".repeat(300)}`,
  ]) {
    chat.types(`/highlight${typed}`);
  }
  expect(chat.notes().slice(-6)).toEqual([
    "There are no words to tell you about. /highlight WORD adds one.",
    "You are told about: 배포, green tea",
    "You are told about: 배포, green tea, Deploy",
    "You are told about: green tea, Deploy",
    "That isn't on the list: milk",
    "These are too many words. Remove some first: /highlight -WORD",
  ]);
  chat.types("/가리기 결말");
  expect(chat.connection.session.state.preferences.spared).toEqual(["결말"]);
});

test("/notify shows and sets what a room notifies of", async () => {
  const chat = await openChat("", { language: "ko" });
  for (const typed of ["", " 모두", " #tea nothing", " 기본", " #nowhere all", " often"]) {
    chat.types(`/알림${typed}`);
  }
  expect(chat.notes().slice(-6)).toEqual([
    "#tea 알림: 나를 부를 때만. 바꾸려면: /알림 모두, /알림 멘션, /알림 끔",
    "#tea 알림: 모든 메시지.",
    "#tea 알림: 알리지 않음.",
    "#tea 알림: 나를 부를 때만.",
    expect.stringContaining("#nowhere"),
    "사용법: /알림 [#방] 모두|멘션|끔|기본",
  ]);
});

test("rooms are moved by /move and by Alt-Shift with an arrow, and rooms that come later keep out of the way", async () => {
  const chat = await openChat();
  chat.hears(":mina!m@h JOIN #b", ":mina!m@h JOIN #c", ":jun!j@h PRIVMSG mina :psst");
  const { state } = chat.connection.session;
  const listed = () => listedConversations(state).map(({ name }) => name);
  expect(listed()).toEqual(["#tea", "#b", "#c", "jun"]);
  chat.controller.goTo(fold("#c"));
  chat.types("/move up");
  expect(listed()).toEqual(["#tea", "#c", "#b", "jun"]);
  chat.controller.perform({ kind: "move", key: fold("#tea"), step: 1 });
  expect(listed()).toEqual(["#c", "#tea", "#b", "jun"]);
  chat.types("/이동 맨아래");
  expect(listed()).toEqual(["#tea", "#b", "#c", "jun"]);
  chat.hears(":mina!m@h JOIN #d");
  chat.controller.goTo(fold("#d"));
  chat.types("/move top");
  expect(listed()[0]).toBe("#d");
  chat.types("/move up");
  expect(chat.notes().at(-1)).toBe("It can't be moved any further.");
});

test("Alt-Shift with an arrow moves, and Alt with an arrow goes", () => {
  const typist = new Typist(stateOf(conversation("#a"), conversation("#b")));
  typist.types("\x1b[1;4B");
  expect(typist.effects).toContainEqual({ kind: "move", key: fold("#a"), step: 1 });
  expect(typist.ui.current).toBe(fold("#a"));
  expect(typist.types("\x1b[1;3B").ui.current).toBe(fold("#b"));
});

describe("messages that are folded away", () => {
  const script = line(SATURDAY, "민수", "secret one");
  const lines = [
    { ...script, folded: "blocked" as const, mention: true },
    { ...line(SATURDAY + 1, "민수", "secret two"), folded: "blocked" as const },
    line(SATURDAY + 2, "jane", "an answer", { replyTo: script.msgid }),
  ];
  const room = conversation("#tea", { lines, members: membersOf(member("민수"), member("jane")) });
  const shown = () => new Typist(stateOf(room), { rows: 16 });

  test("stand in one quiet row, and no key, quote or search shows them", () => {
    const typist = shown();
    expect(typist.screen).toContain("2 messages of blocked people");
    expect(typist.screen).not.toContain("┃");
    expect(typist.screen).toContain("↳ a message of somebody you blocked");
    typist.types("\x1b[1;5A").types("k");
    expect(typist.screen).toMatch(/▸.*2 messages of blocked people/);
    for (const key of ["c", "i", "r", "t"]) typist.types(key);
    expect(typist.screen).not.toContain("secret");
    expect(typist.effects.filter(({ kind }) => kind === "copy")).toEqual([]);
    typist.types("\x1b");
    typist.types("\x1bf").types("secret");
    expect(typist.screen).not.toContain("secret one");
  });

  test("keep the notes below them, and those that follow a note stand in a row of their own", () => {
    const typist = shown();
    const note = {
      key: "n",
      afterLine: lines[1]?.key ?? "",
      time: SATURDAY,
      tone: "info" as const,
    };
    typist.ui = withView(typist.ui, TEA, { notes: [{ ...note, text: "an answer of the client" }] });
    expect(typist.screen).toMatch(/2 messages of blocked people[\s\S]*an answer of the client/);
    typist.ui = withView(typist.ui, TEA, {
      notes: [{ ...note, afterLine: script.key, text: "between" }],
    });
    expect(typist.screen).toMatch(
      /1 message of a blocked[\s\S]*between[\s\S]*1 message of a blocked/,
    );
  });

  test("are opened by Enter, and closed again by f", () => {
    const typist = shown();
    typist.types("\x1b[1;5A").types("k").types("\r");
    expect(typist.screen).toContain("secret one");
    expect(typist.screen).toContain("secret two");
    typist.types("f");
    expect(typist.screen).not.toContain("secret");
    expect(viewOf(typist.ui, TEA).opened.size).toBe(0);
  });
});

describe("a person's page", () => {
  test("shows what the server says: real name, local time and role, and it is opened by F2", async () => {
    const chat = await openChat("labeled-response batch draft/metadata-2");
    chat.hears(":jun!j@h PRIVMSG #tea :hello");
    chat.types("/person jun");
    const label = /label=(\S+) WHOIS jun/.exec(chat.sent.at(-1) ?? "")?.[1];
    chat.hears(
      `@label=${label} :s BATCH +w labeled-response`,
      "@batch=w :s 311 mina jun j h * :Jun Park",
      "@batch=w :s 313 mina jun :is an operator",
      "@batch=w :s 760 mina jun sodam.chat/timezone * :Asia/Seoul",
      "@batch=w :s 760 mina jun mood * :fine",
      "@batch=w :s 317 mina jun 125 0 :seconds idle",
      "@batch=w :s 318 mina jun :End",
      ":s BATCH -w",
    );
    const { page } = chat.controller.ui;
    expect(page).toMatchObject({
      profile: { realName: "Jun Park", localTime: "09:41", idleSeconds: 125, isOperator: true },
    });
  });

  test("ignores a time zone that nobody knows", async () => {
    const chat = await openChat("labeled-response batch draft/metadata-2");
    chat.types("/person jun");
    const label = /label=(\S+) WHOIS jun/.exec(chat.sent.at(-1) ?? "")?.[1];
    chat.hears(
      `@label=${label} :s BATCH +w labeled-response`,
      "@batch=w :s 311 mina jun j h * :jun",
      "@batch=w :s 760 mina jun sodam.chat/timezone * :Atlantis/\x1b[2J",
      "@batch=w :s 318 mina jun :End",
      ":s BATCH -w",
    );
    expect(chat.controller.ui.page).toMatchObject({ profile: { realName: "", localTime: null } });
  });

  test("is the other person's in a direct conversation, and else of who wrote last or is selected", () => {
    const said = [line(SATURDAY, "민수", "one"), line(SATURDAY + 1, "jane", "two")];
    const room = new Typist(stateOf(conversation("#tea", { lines: said })));
    expect(room.types("\x1bOQ").ui.page).toMatchObject({ kind: "person", nick: "jane" });
    const selected = new Typist(stateOf(conversation("#tea", { lines: said })));
    selected.types("\x1b[1;5A").types("k").types("\x1bOQ");
    expect(selected.ui.page).toMatchObject({ kind: "person", nick: "민수" });
    const direct = new Typist(stateOf(conversation("서연")));
    expect(direct.types("\x1bOQ").ui.page).toMatchObject({ kind: "person", nick: "서연" });
  });

  test("/timezone shares the zone, and refuses what is none", async () => {
    const chat = await openChat("labeled-response draft/metadata-2");
    for (const typed of ["Asia/Seoul", "off", "Atlantis"]) chat.types(`/timezone ${typed}`);
    const sent = chat.sent.map((text) => text.replace(/^@\S+ /, ""));
    expect(sent.filter((text) => text.startsWith("METADATA * SET"))).toEqual([
      "METADATA * SET sodam.chat/timezone Asia/Seoul",
      "METADATA * SET sodam.chat/timezone",
    ]);
    expect(chat.notes().at(-1)).toBe("Usage: /timezone on|off|Asia/Seoul");
  });
});

describe("the person's key of a selected message", () => {
  for (const language of ["en", "ko"] as const) {
    test.each([
      [100, 30],
      [60, 20],
      [40, 12],
    ])(`stands among the choices at %i×%i, and opens their page (${language})`, (columns, rows) => {
      const members = membersOf(member("하나", { ranks: "@" }), member("bo"));
      const text = `see https://tea.example/1 ${"and more ".repeat(400)}`;
      const said = { ...line(SATURDAY, "bo", text), replyTo: "m0" };
      const tea = conversation("#tea", { members, lines: [said] });
      const caps = "message-tags sodam.chat/edit draft/message-redaction draft/metadata-2";
      const state = { ...stateOf(tea), caps: new Set(caps.split(" ")) };
      const typist = new Typist(state, { columns, rows, language });
      expect(typist.types("\x1b[1;5A").screen).toMatch(/u bo( |$)/m);
      expect(typist.types("u").screen).toContain(" bo · ");
    });
  }
});

test("nothing stands for the joins and leaves of people who are blocked, also between folded messages", () => {
  const said = (index: number) => ({
    ...line(SATURDAY + index, "bo", `m${index}`),
    folded: "blocked" as const,
  });
  const came = {
    ...line(SATURDAY + 1, "bo", ""),
    kind: "joined" as const,
    folded: "blocked" as const,
  };
  const jane = { ...line(SATURDAY + 4, "jane", ""), kind: "joined" as const };
  const lines = [said(0), came, said(2), { ...came, key: "c2", time: SATURDAY + 3 }, jane];
  const typist = new Typist(stateOf(conversation("#tea", { lines })));
  expect(typist.screen).toContain("2 messages");
  expect(typist.screen).toContain("jane joined");
  expect(typist.screen).not.toContain("bo ");
});

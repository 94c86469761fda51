import { describe, expect, test } from "bun:test";
import { type ChatLine, SERVER_KEY } from "../../lib/chat-client/client-state.ts";
import { WordList } from "../../lib/chat-client/preferences/word-list.ts";
import { runSteps } from "../../lib/chat-server/command.ts";
import { renameAccount } from "../../lib/chat-server/users/account-changes.ts";
import { fold } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import type { Scene } from "../scene.ts";
import { Stage } from "./stage.ts";
import { type Device, Wires } from "./wires.ts";

/** What the user has set of a server: whom to fold away, what to be told about, and when. */

const TEA = fold("#tea");

function renameNow(scene: Scene, name: string, to: string): void {
  const { state } = scene.server;
  const steps = function* () {
    expect(yield* renameAccount(state, accountId(name), to)).toBe(null);
  };
  state.runInBackground(runSteps(steps()));
  scene.settle();
}

test.each([
  ["deploy", "we DEPLOY at five", true],
  ["deploy", "redeploy", false],
  ["deploy", "deployed", false],
  ["배포", "재배포했어요", true],
  ["green tea,milk", "a Green  tea", false],
  ["green tea,milk", "a Green tea, please", true],
  [" milk ,, MILK", "oat-milk", true],
  ["c++", "I write C++.", true],
  ["", "anything", false],
])("the list %p finds its words in %p: %p", (list, text, occurs) => {
  expect(new WordList(list).occursIn(text)).toBe(occurs);
});

test.each([
  ["deploy", "redeploy, Deploy", [[10, 16]]],
  ["배포,재배포", "재배포했어요", [[0, 3]]],
  ["배포", "재배포했어요", [[1, 3]]],
  ["i̇x", "a İx", [[2, 4]]],
  ["milk", "tea", []],
  ["", "tea", []],
])("the list %p is at %p: %j", (list, text, ranges) => {
  expect(new WordList(list).rangesIn(text)).toEqual(ranges as never);
});

test("a list has each word once, without spaces around it", () => {
  expect(new WordList(" Tea, tea ,, green  tea").words).toEqual(["Tea", "green tea"]);
});

describe("on a server of ours", () => {
  test("what one device sets holds on the other at once, and on one that connects later", () => {
    const wires = new Wires();
    const phone = wires.person("mina").does((session) => session.commands.join("#tea"));
    const laptop = wires.person("mina");
    phone.does((session) => session.preferences.set(TEA, "level", "all"));
    phone.does((session) => session.preferences.set("*", "highlight", "tea,배포"));
    phone.does((session) => session.preferences.set(TEA, "order", "1.5"));
    for (const device of [phone, laptop, wires.person("mina")]) {
      expect(device.at("#tea")).toMatchObject({ level: "all", order: 1.5, muted: false });
      expect(device.session.state.preferences.highlights).toEqual(["tea", "배포"]);
    }
    laptop.does((session) => session.preferences.set(TEA, "level", ""));
    expect(phone.at("#tea").level).toBe(null);
  });

  test("what was taken back while a device was away is gone when it comes back", () => {
    const wires = new Wires();
    const phone = wires.person("mina").does((session) => session.commands.join("#tea"));
    const laptop = wires.person("mina");
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    jun.does((session) => session.commands.say("#tea", "one"));
    phone.does((session) => session.preferences.set(TEA, "level", "nothing"));
    phone.does((session) => session.preferences.setBlocked("jun", true));
    expect(laptop.at("#tea").lines.at(-1)?.folded).toBe("blocked");
    laptop.breaks();
    phone.does((session) => session.preferences.set(TEA, "level", ""));
    phone.does((session) => session.preferences.setBlocked("jun", false));
    laptop.connect();
    expect(laptop.at("#tea").level).toBe(null);
    expect([...laptop.session.state.preferences.blocked]).toEqual([]);
    expect(laptop.at("#tea").lines.at(-1)?.folded).toBe(null);
  });

  test("what was set holds all through a reconnection, until the server has told it anew", () => {
    const wires = new Wires();
    const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    jun.does((session) => session.commands.say("#tea", "one"));
    mina.does((session) => session.preferences.setBlocked("jun", true));
    mina.does((session) => session.preferences.set(TEA, "level", "nothing"));
    mina.does((session) => session.preferences.set("*", "spare", "spoiler"));
    const seen = new Set<string>();
    mina.onEvent = () => {
      const { level, lines, unread } = mina.at("#tea");
      const folds = lines.filter(({ kind }) => kind === "said").map(({ folded }) => folded);
      seen.add(`${level} ${folds} ${unread}`);
    };
    mina.breaks();
    mina.connect();
    expect([...seen]).toEqual(["nothing blocked 0"]);
    expect(mina.session.state.preferences.spared).toEqual(["spoiler"]);
  });

  test("what a blocked person has said and deleted is folded away as well", () => {
    const wires = new Wires();
    const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    jun.does((session) => session.commands.say("#tea", "one"));
    const msgid = jun.at("#tea").lines.at(-1)?.msgid ?? "";
    jun.does((session) => session.commands.redact(TEA, msgid));
    mina.does((session) => session.preferences.setBlocked("jun", true));
    expect(mina.at("#tea").lines.at(-1)).toMatchObject({ redacted: true, folded: "blocked" });
    mina.does((session) => session.preferences.setBlocked("~a:jun", false));
    expect(mina.at("#tea").lines.at(-1)?.folded).toBe(null);
  });

  test("a blocked person's messages are folded away on every device, under any nick, live and in history", () => {
    const wires = new Wires();
    const phone = wires.person("mina").does((session) => session.commands.join("#tea"));
    const laptop = wires.person("mina");
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    jun.does((session) => session.commands.say("#tea", "mina, before"));
    expect([laptop.at("#tea").unread, laptop.at("#tea").mentions]).toEqual([1, 1]);
    phone.does((session) => session.preferences.setBlocked("jun", true));
    expect([laptop.at("#tea").unread, laptop.at("#tea").mentions]).toEqual([0, 0]);
    jun.does((session) => session.commands.setNick("june"));
    jun.does((session) => session.commands.say("#tea", "mina, after"));
    jun.does((session) => session.commands.sendTyping(TEA, "active"));
    for (const device of [phone, laptop, wires.person("mina")]) {
      const said = device.at("#tea").lines.filter(({ kind }) => kind === "said");
      expect(said.map(({ folded, text }) => [text, folded])).toEqual([
        ["mina, before", "blocked"],
        ["mina, after", "blocked"],
      ]);
      expect([device.at("#tea").unread, device.at("#tea").mentions]).toEqual([0, 0]);
      expect(device.events.filter(({ kind }) => kind === "notify").length).toBeLessThan(2);
      expect([...device.at("#tea").typing.keys()]).toEqual([]);
    }
    laptop.does((session) => session.preferences.setBlocked("~a:jun", false));
    expect(phone.at("#tea").lines.map(({ folded }) => folded)).not.toContain("blocked");
    expect(phone.at("#tea").unread).toBe(2);
  });

  test("who is blocked stays so for old lines when the account is renamed, and its next owner isn't", () => {
    const wires = new Wires();
    const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    jun.does((session) => session.commands.say("#tea", "before"));
    mina.does((session) => session.preferences.setBlocked("jun", true));
    renameNow(wires.scene, "jun", "june");
    jun.does((session) => session.commands.say("#tea", "after"));
    const later = wires.person("mina");
    const next = wires.person("jun").does((session) => session.commands.join("#tea"));
    next.does((session) => session.commands.say("#tea", "somebody else"));
    for (const device of [mina, later]) {
      const said = device.at("#tea").lines.filter(({ kind }) => kind === "said");
      expect(said.map(({ folded, text }) => [text, folded])).toEqual([
        ["before", "blocked"],
        ["after", "blocked"],
        ["somebody else", null],
      ]);
    }
  });

  test("a blocked person's reactions aren't shown or counted, until the block is lifted", () => {
    const wires = new Wires();
    const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
    const [jun, bo] = [wires.person("jun"), wires.person("bo")];
    for (const device of [jun, bo]) device.does((session) => session.commands.join("#tea"));
    mina.does((session) => session.commands.say("#tea", "cake"));
    const cake = (): ChatLine => mina.at("#tea").lines.find(({ kind }) => kind === "said") as never;
    const reacts = (device: Device, reaction: string) =>
      device.does((session) => session.commands.react(TEA, cake().msgid ?? "", reaction));
    reacts(jun, "👍");
    reacts(bo, "👍");
    jun.does((session) => session.commands.leave(TEA));
    mina.does((session) => session.preferences.setBlocked("jun", true));
    expect([...cake().reactions]).toEqual([["👍", ["bo"]]]);
    jun.does((session) => session.commands.join("#tea"));
    reacts(jun, "🎉");
    expect([...cake().reactions]).toEqual([["👍", ["bo"]]]);
    const later = wires
      .person("mina")
      .at("#tea")
      .lines.find(({ kind }) => kind === "said");
    expect([...(later?.reactions ?? [])]).toEqual([["👍", ["bo"]]]);
    mina.does((session) => session.preferences.setBlocked("~a:jun", false));
    expect([...cake().reactions]).toEqual([
      ["👍", ["bo", "jun"]],
      ["🎉", ["jun"]],
    ]);
  });

  test("messages that the user is spared are taken off the server's count when they are loaded", () => {
    const wires = new Wires();
    const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
    mina.does((session) => session.preferences.set("*", "spare", "spoiler"));
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    mina.breaks();
    for (const text of ["mina, a spoiler", "spoiler again", "tea?"])
      jun.does((session) => session.commands.say("#tea", text));
    mina.connect();
    for (const device of [mina, wires.person("mina")]) {
      expect([device.at("#tea").unread, device.at("#tea").mentions]).toEqual([1, 0]);
    }
    mina.does((session) => session.preferences.set("*", "spare", ""));
    expect([mina.at("#tea").unread, mina.at("#tea").mentions]).toEqual([3, 1]);
  });

  test("unread messages further back are loaded for the sake of the words that the user is spared", () => {
    const wires = new Wires();
    const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
    mina.does((session) => session.preferences.set("*", "spare", "spoiler"));
    const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
    mina.breaks();
    for (let count = 1; count <= 180; count += 1) {
      const text = count % 3 === 0 ? "mina, a spoiler" : `${count}`;
      jun.does((session) => session.commands.say("#tea", text));
    }
    const other = wires.person("mina");
    expect([other.at("#tea").unread, other.at("#tea").mentions]).toEqual([120, 0]);
    expect(other.at("#tea").lines.length).toBeGreaterThanOrEqual(180);
    const without = wires.person("jun");
    expect(without.at("#tea").lines.length).toBeLessThan(130);
  });

  test("what the server has no place for holds on this device", () => {
    const wires = new Wires();
    wires.scene.signUp("jun");
    const mina = wires.person("mina");
    mina.does((session) => session.commands.openDirect("jun"));
    mina.does((session) => session.preferences.set(fold("jun"), "level", "nothing"));
    expect(mina.at("jun").muted).toBe(true);
    const last = mina.events.findLast(({ kind }) => kind === "preference");
    expect(last).toMatchObject({ place: "jun", name: "level", isStored: false });
  });
});

describe("a conversation's level", () => {
  const JOIN = ":민수!u@h JOIN #tea";
  const told = (level: string): unknown[] => {
    const stage = new Stage().ready("").server(JOIN);
    stage.session.preferences.set(TEA, "level", level);
    stage.session.preferences.set(fold("jun"), "level", level);
    stage.server(":jun!u@h PRIVMSG #tea :hello", ":jun!u@h PRIVMSG #tea :민수, hello");
    stage.server(":jun!u@h PRIVMSG 민수 :psst", ":jun!u@h PRIVMSG 민수 :민수!");
    const notices = stage.events.filter((event) => event.kind === "notify");
    return notices.map(({ why, line }) => `${why}: ${line.text}`);
  };

  test("decides what notifies", () => {
    expect(told("")).toEqual(["mention: 민수, hello", "direct: psst", "direct: 민수!"]);
    expect(told("all")).toEqual([
      "message: hello",
      "mention: 민수, hello",
      "direct: psst",
      "direct: 민수!",
    ]);
    expect(told("mentions")).toEqual(["mention: 민수, hello", "direct: 민수!"]);
    expect(told("nothing")).toEqual([]);
  });
});

describe("a server that isn't ours", () => {
  test("can't change what the user has set of it", () => {
    const it = new Stage().ready("", "NETWORK=x").server(":민수!u@h JOIN #tea");
    it.session.preferences.set(TEA, "level", "nothing");
    it.session.preferences.setBlocked("jun!*@*", true);
    const before = it.events.length;
    it.server(
      ":s PREFERENCE #tea level :all",
      ":s PREFERENCE * receipts :on",
      ":s SILENCE -jun!*@*",
    );
    expect(it.at("#tea").level).toBe("nothing");
    expect(it.session.state.preferences.get("*", "receipts")).toBe(null);
    expect([...it.session.state.preferences.blocked]).toEqual(["jun!*@*"]);
    expect(it.events.slice(before).filter(({ kind }) => kind === "preference")).toEqual([]);
  });
});

test("nobody else's SILENCE changes the block list", () => {
  const it = new Stage().ready("sodam.chat/unread sodam.chat/preferences", "NETWORK=x");
  it.server(":s 900 민수 민수!u@h mina :in", ":민수!u@h SILENCE +jun!*@*");
  it.server(":jun!u@h SILENCE -jun!*@*", ":other.example SILENCE +sora!*@*");
  expect([...it.session.state.preferences.blocked]).toEqual(["jun!*@*"]);
});

test("what the server told one account doesn't hold for the next one on the same connection's session", () => {
  const it = new Stage();
  const connects = (account: string): string[] => {
    it.session.opened();
    it.server(":s CAP * LS :sodam.chat/unread sodam.chat/preferences");
    it.server(":s CAP * ACK :sodam.chat/unread sodam.chat/preferences");
    it.server(`:s 900 민수 민수!u@h ${account} :in`, ":s 001 민수 :hi");
    const held = [...it.session.state.preferences.blocked];
    it.server(":s 422 민수 :no MOTD");
    return held;
  };
  expect(connects("mina")).toEqual([]);
  it.server(":민수!u@h SILENCE +jun!*@*");
  it.session.closed("reset");
  expect(connects("mina")).toEqual(["jun!*@*"]);
  it.server("PONG s preferences");
  expect([...it.session.state.preferences.blocked]).toEqual([]);
  it.server(":민수!u@h SILENCE +jun!*@*");
  it.session.closed("reset");
  expect(connects("bo")).toEqual([]);
});

test("a long block list is applied to many messages without comparing each with each", () => {
  const it = new Stage().ready("sodam.chat/unread sodam.chat/preferences", "NETWORK=x");
  it.server(":s 900 민수 민수!u@h mina :in", ":민수!u@h JOIN #tea");
  for (let count = 0; count < 500; count += 1) it.server(`:jun${count}!u@h PRIVMSG #tea :hi`);
  let folds = 0;
  const { fold: foldName } = it.session.state;
  const counting = ((name: string) => {
    folds += 1;
    return foldName(name);
  }) as typeof foldName;
  for (let count = 0; count < 90; count += 1) it.server(`:민수!u@h SILENCE +jun${count}!*@*`);
  const { preferences } = it.session.state;
  const isBlocked = (nick: string): boolean =>
    preferences.isBlocked({ nick, account: null, accountId: null }, counting);
  expect(it.at("#tea").lines.filter(({ nick }) => isBlocked(nick)).length).toBe(90);
  expect(folds).toBeLessThan(500 + 90 + 1);
});

describe("a mention", () => {
  const stage = (): Stage => {
    const ready = new Stage().ready("", "PREFIX=(qaohv)~&@%+ NETWORK=x");
    return ready.server(
      ":민수!u@h JOIN #tea",
      ":s 353 민수 = #tea :민수 @op %half jun",
      ":s 366 민수 #tea",
    );
  };
  const mentionsOf = (it: Stage): string[] =>
    it.at("#tea").lines.flatMap(({ mention, nick }) => (mention ? nick : []));

  test("is one of the user's words", () => {
    const it = stage();
    it.session.preferences.set("*", "highlight", "배포");
    it.server(":jun!u@h PRIVMSG #tea :재배포합니다", ":op!u@h PRIVMSG #tea :tea");
    expect(mentionsOf(it)).toEqual(["jun"]);
  });

  test("is a call of an op, and of nobody below", () => {
    const it = stage();
    for (const nick of ["op", "half", "jun"]) {
      it.server(`:${nick}!u@h PRIVMSG #tea :@everyone hello`, `:${nick}!u@h PRIVMSG #tea :@여기`);
    }
    expect(mentionsOf(it)).toEqual(["op", "op"]);
  });

  test("is no call to those who are here for one who is away", () => {
    const it = stage().server(":s 306 민수 :away", ":op!u@h PRIVMSG #tea :@here hello");
    expect(mentionsOf(it)).toEqual([]);
  });

  test("is found in earlier lines, and goes, when a word is added or removed", () => {
    const it = stage();
    it.server(":jun!u@h PRIVMSG #tea :배포 언제?", ":op!u@h PRIVMSG #tea :@here 배포");
    expect([it.at("#tea").unread, it.at("#tea").mentions]).toEqual([2, 1]);
    it.session.preferences.set("*", "highlight", "배포");
    expect(mentionsOf(it)).toEqual(["jun", "op"]);
    expect([it.at("#tea").unread, it.at("#tea").mentions]).toEqual([2, 2]);
    it.session.preferences.set("*", "highlight", "tea");
    expect(mentionsOf(it)).not.toContain("jun");
    it.server(":jun!u@h PRIVMSG #tea :민수, 배포");
    it.session.preferences.set("*", "highlight", "tea,배포");
    it.session.preferences.set("*", "highlight", "");
    expect(mentionsOf(it)).toEqual(["jun"]);
  });

  test("is nothing in a message that is folded away", () => {
    const it = stage();
    it.session.preferences.set("*", "spare", "spoiler");
    it.server(":op!u@h PRIVMSG #tea :@everyone a spoiler, 민수");
    expect(mentionsOf(it)).toEqual([]);
    expect(it.at("#tea").unread).toBe(0);
    it.session.preferences.set("*", "spare", "");
    expect(it.last("#tea").folded).toBe(null);
  });
});

describe("of a blocked person, on any server,", () => {
  const stage = (): Stage => {
    const it = new Stage().ready("message-tags account-tag", "NETWORK=x");
    it.session.preferences.setBlocked("jun!*@*", true);
    return it.server(":민수!u@h JOIN #tea");
  };

  test("joins and leaves aren't told, also those from before", () => {
    const it = stage().server(":jun!u@h JOIN #tea", ":bo!u@h JOIN #tea", ":jun!u@h PART #tea");
    const folded = () => it.at("#tea").lines.map((line) => line.folded);
    expect(folded()).toEqual(["blocked", null, "blocked"]);
    it.session.preferences.setBlocked("jun!*@*", false);
    expect(folded()).toEqual([null, null, null]);
    it.session.preferences.setBlocked("bo!*@*", true);
    expect(folded()).toEqual([null, "blocked", null]);
  });

  test("invitations are dropped, and messages open no conversation and reach no notice", () => {
    const it = stage();
    it.server(
      ":jun!u@h INVITE 민수 #party",
      ":jun!u@h PRIVMSG 민수 :psst",
      ":jun!u@h NOTICE 민수 :!",
    );
    expect(it.told("invited")).toEqual([]);
    expect(it.told("notify")).toEqual([]);
    expect([...it.session.state.conversations.keys()]).toEqual([SERVER_KEY, TEA]);
    expect(it.at("*").lines).toEqual([]);
    it.server(":bo!u@h INVITE 민수 #party");
    expect(it.told("invited")).toHaveLength(1);
  });

  test("typing isn't shown, also by the account alone", () => {
    const it = stage();
    it.session.preferences.setBlocked("~a:junior", true);
    it.server("@+typing=active :jun!u@h TAGMSG #tea");
    it.server("@account=junior;+typing=active :other!u@h TAGMSG #tea");
    expect([...it.at("#tea").typing.keys()]).toEqual([]);
  });
});

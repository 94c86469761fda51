import { expect, test } from "bun:test";
import { formatNotification } from "../../lib/app/chat-screen/notify.ts";
import { viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openServers } from "./open-servers.ts";

const HOME = "home.example";
const WORK = "work.example";
const OLD = "old.example";
const ENTER = "\r";
const ALT_A = "\x1ba";
const ALT_K = "\x1bk";
const ALT_DOWN = "\x1b[1;3B";
const TEA = fold("#tea");

function told(nick: string, text: string, target = "#tea"): string {
  return `@msgid=${Bun.hash(nick + text)} :${nick}!u@h PRIVMSG ${target} :${text}`;
}

test("each server's rooms stand under its name, and their numbers go on", async () => {
  const { hears, welcomes, sidebar, types, place } = await openServers([HOME, WORK, OLD]);
  hears(WORK, ":mina!m@h JOIN #dev");
  welcomes(OLD, "OldNet");
  expect(sidebar()).toEqual([
    " home.example",
    "▸1 tea",
    " work.example",
    " 2 tea",
    " 3 dev",
    " OldNet",
    " 4 tea",
  ]);
  types("\x1b3");
  expect(place()).toBe(`${WORK} #dev`);
  types(ALT_DOWN);
  expect(place()).toBe(`${OLD} #tea`);
  types(ALT_DOWN);
  expect(place()).toBe(`${HOME} #tea`);
});

test("two servers of one name are told apart by their addresses", async () => {
  const { welcomes, sidebar } = await openServers([HOME, WORK]);
  welcomes(HOME, "Sodam");
  expect(sidebar()[0]).toBe(" Sodam");
  welcomes(WORK, "Sodam");
  expect(sidebar()).toContain(" home.example");
  expect(sidebar()).toContain(" work.example");
});

test("in a narrow window a server without rooms is told by its address from one of its name", async () => {
  const chat = await openServers([HOME, WORK], { columns: 60 });
  for (const address of [HOME, WORK]) {
    chat.hears(address, ":s 005 mina NETWORK=Sodam :are supported");
  }
  chat.hears(WORK, ":mina!m@h PART #tea");
  await chat.settle();
  chat.types("\x1b2");
  expect(chat.screen()[0]).toBe("Sodam · work.example");
  expect(chat.screen().join("\n")).toContain("2/2 Sodam · work.example");
  chat.hears(HOME, ":s 005 mina NETWORK=HomeNet :are supported");
  expect(chat.screen()[0]).toBe("Sodam");
});

test("a server without rooms is on the list, and says how it is", async () => {
  const { hears, loses, sidebar, types, place, screen } = await openServers([HOME, WORK]);
  hears(WORK, ":mina!m@h PART #tea");
  loses(WORK);
  expect(sidebar().slice(2)).toEqual([" work.example     ○", " 2 s"]);
  types("\x1b2");
  expect(place()).toBe(`${WORK} *`);
  expect(screen().at(-2)).toContain("reconnecting in");
});

test("the same room and the same nick at two servers share no text, history, draft, log, mute, search or note", async () => {
  const chat = await openServers([HOME, WORK]);
  const { hears, types, screen, text, logged, server, sent, shown, place } = chat;
  hears(HOME, told("jun", "at home"), told("jun", "hello from home", "mina"));
  hears(WORK, told("jun", "at work"));
  expect(screen().join("\n")).toContain("at home");
  expect(screen().join("\n")).not.toContain("at work");
  // What is typed, and what was sent before.
  types(`said at home${ENTER}`);
  types("a draft at home");
  types(`${ALT_A}`);
  expect(place()).toBe(`${HOME} jun`);
  types(ALT_A);
  expect(place()).toBe(`${WORK} #tea`);
  expect(text()).toBe("");
  expect(screen().join("\n")).toContain("at work");
  expect(screen().join("\n")).not.toContain("at home");
  types("\x1b[A");
  expect(text()).toBe("");
  expect(sent.get(WORK)?.join("\n")).not.toContain("said at home");
  // A reply and a note belong to the message's server.
  types(`/reply 1 yes${ENTER}`);
  expect(sent.get(WORK)?.at(-1)).toEndWith(" PRIVMSG #tea yes");
  expect(sent.get(HOME)?.join("\n")).not.toContain("yes");
  types(`/mute${ENTER}`);
  const mutedAt = (address: string) =>
    server(address).connection.session.state.conversations.get(TEA)?.muted;
  expect([mutedAt(HOME), mutedAt(WORK)]).toEqual([false, true]);
  expect(chat.ports.saved.preferences).toEqual({
    "work.example:6697": { "#tea level": "nothing" },
  });
  shown().controller.note("only here");
  types("\x1b1");
  expect(text()).toBe("a draft at home");
  expect(screen().join("\n")).not.toContain("only here");
  // The search in a room, and the log.
  types(`${"\x7f".repeat(20)}\x1bfwork`);
  expect(screen().join("\n")).not.toContain("at work");
  types("\x1b");
  expect(logged).toEqual([
    [HOME, "#tea", "at home"],
    [HOME, "jun", "hello from home"],
    [WORK, "#tea", "at work"],
  ]);
  // jun is another person there.
  expect(server(WORK).connection.session.state.conversations.has(fold("jun"))).toBe(false);
});

test("drafts are saved for each server, and come back there", async () => {
  const chat = await openServers([HOME, WORK]);
  chat.types("for home");
  chat.types("\x1b2");
  chat.types("for work");
  chat.chats.close();
  expect(chat.drafts()).toEqual({
    "@home.example:6697": { "#tea": "for home" },
    "@work.example:6697": { "#tea": "for work" },
  });
  const { ui } = chat.server(WORK).memory;
  expect(viewOf(ui, TEA).editor.text).toBe("for work");
});

test("Alt-a and the unread count go over all servers, and a mention comes first", async () => {
  const { hears, types, place, screen, server } = await openServers([HOME, WORK, OLD]);
  hears(HOME, ":mina!m@h JOIN #dev", told("jun", "new", "#dev"));
  hears(WORK, told("jun", "one"), told("jun", "two"));
  hears(OLD, told("jun", "mina: look"));
  expect(screen().at(-2)).toContain("@1 4");
  types(ALT_A);
  expect(place()).toBe(`${OLD} #tea`);
  server(OLD).connection.session.commands.markRead(TEA);
  types(ALT_A);
  expect(place()).toBe(`${HOME} #dev`);
  server(HOME).connection.session.commands.markRead(fold("#dev"));
  types(ALT_A);
  expect(place()).toBe(`${WORK} #tea`);
  server(WORK).connection.session.commands.markRead(TEA);
  types(ALT_A);
  expect(place()).toBe(`${WORK} #tea`);
});

test("the switcher has the rooms of all servers, and finds them by the server's name as well", async () => {
  const { hears, types, place, screen } = await openServers([HOME, WORK]);
  hears(WORK, ":mina!m@h JOIN #standup");
  types(`${ALT_K}stand`);
  expect(screen().join("\n")).toMatch(/▸ +standup +work\.example/);
  types(ENTER);
  expect(place()).toBe(`${WORK} #standup`);
  types(`${ALT_K}home${ENTER}`);
  expect(place()).toBe(`${HOME} #tea`);
});

test("a click on a server's name shows its first room, and one on a room that room", async () => {
  const { hears, draw, servers, chats, place, sidebar } = await openServers([HOME, WORK]);
  hears(WORK, ":mina!m@h JOIN #dev");
  const click = (row: string): void => {
    const target = draw().clickTarget(sidebar().indexOf(row), 3);
    if (target?.kind !== "conversation") throw new Error(`${row} is no target`);
    chats.show(target.place.server.id, target.place.conversation.key);
  };
  click(" work.example");
  expect(place()).toBe(`${WORK} #tea`);
  click(" 3 dev");
  expect(place()).toBe(`${WORK} #dev`);
  expect(servers.shown?.listed.host).toBe(WORK);
});

test("in a narrow window the top row names the server", async () => {
  for (const [columns, rows] of [
    [60, 20],
    [40, 12],
  ] as const) {
    const { hears, types, screen } = await openServers([HOME, WORK], { columns, rows });
    hears(WORK, told("jun", "new"));
    expect(screen()[0]).toMatch(/^#tea · home\.example .*\[1\]/);
    types("\x1b2");
    expect(screen()[0]).toStartWith("#tea · work.example");
  }
});

test("a notification names the server where there are several", async () => {
  const { hears, notified, server } = await openServers([HOME, WORK]);
  hears(WORK, told("jun", "mina: look"));
  expect(notified).toEqual([[WORK, "mina: look"]]);
  const { state } = server(WORK).connection.session;
  const line = state.conversations.get(TEA)?.lines.at(-1);
  if (line === undefined) throw new Error("no line");
  const event = { kind: "notify", key: TEA, line, why: "mention" } as const;
  const bytes = formatNotification(event, state, wordsFor("en"), { TERM: "foot" }, false, WORK);
  expect(bytes).toContain("jun in #tea · work.example;mina: look");
});

test("a note about one server doesn't cover what is said at another", async () => {
  const { hears, screen, types } = await openServers([HOME, WORK]);
  hears(WORK, ":jun!u@h INVITE mina :#vault");
  expect(screen().join("\n")).not.toContain("#vault");
  types("\x1b2");
  expect(screen().join("\n")).toContain("jun invites you to #vault");
});

test("a server that doesn't let the user in any more ends nothing, and is named", async () => {
  const chat = await openServers([HOME, WORK]);
  const { hears, loses, fires, negotiates, ends, screen, server, settle, sent } = chat;
  const { session } = server(WORK).connection;
  session.logIn({ kind: "password", account: "mina", password: "changed meanwhile" });
  loses(WORK);
  await settle();
  fires(250);
  await settle();
  hears(WORK, ":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  expect(sent.get(WORK)?.some((line) => line.startsWith("AUTHENTICATE"))).toBe(true);
  hears(WORK, ":s 904 mina :SASL authentication failed");
  await settle();
  expect(ends).toEqual([]);
  expect(server(WORK).isLockedOut).toBe(true);
  expect(screen().join(" ").replace(/\s+/g, " ")).toContain("work.example doesn't let you in any");
  negotiates(HOME);
  // To log in again takes questions.
  chat.types(`/connect work.example${ENTER}`);
  expect(ends.map(({ kind }) => kind)).toEqual(["connect"]);
});

test("with a single server a refused log-in still leads to its menu", async () => {
  const chat = await openServers([HOME]);
  chat.server(HOME).connection.session.logIn({ kind: "password", account: "mina", password: "x" });
  chat.loses(HOME);
  await chat.settle();
  chat.fires(250);
  await chat.settle();
  chat.hears(HOME, ":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  chat.hears(HOME, ":s 904 mina :SASL authentication failed");
  expect(chat.ends).toEqual([{ kind: "locked-out" }]);
});

test("servers share the memory for lines", async () => {
  const { servers, server } = await openServers([HOME, WORK]);
  expect(server(HOME).connection.memoryShare).toBe(1 / 2);
  servers.close(server(WORK));
  expect(server(HOME).connection.memoryShare).toBe(1);
});

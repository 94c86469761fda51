/** What the app says and stores on servers that aren't ours. */
import { describe, expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, LocalHistoryPort, SavedState } from "../../lib/app/app-ports.ts";
import { drawWideHeader } from "../../lib/app/chat-screen/draw/header.ts";
import { membershipSentence } from "../../lib/app/chat-screen/draw/item-sentences.ts";
import { refusal, systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import {
  askServerPassword,
  attemptLogIn,
  offerServerPassword,
} from "../../lib/app/connection/connect-to-server.ts";
import { askPlainText, isPlainPort, mayBePlain } from "../../lib/app/connection/plain-text.ts";
import type { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { closingSentence } from "../../lib/app/i18n/closing-reasons.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { forgetServer } from "../../lib/app/menu/forget-server.ts";
import { saveRooms } from "../../lib/app/saved/joined-rooms.ts";
import { recordHistory, searchHistory } from "../../lib/app/saved/recorded-history.ts";
import { parseSavedState } from "../../lib/app/saved/saved-state.ts";
import { storedPasswords, storePasswords } from "../../lib/app/saved/stored-passwords.ts";
import type { ClientEvent } from "../../lib/chat-client/client-event.ts";
import type { RecordedLine } from "../../lib/chat-client/history/local-pages.ts";
import { parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";
import { openChat } from "./open-chat.ts";
import { CALENDAR, conversation, drawContextFor, line, SATURDAY, stateOf } from "./team.ts";

const link = parseLink("irc.example:6667") as ServerLink;
const KEY = "irc.example:6667";

/** An app whose questions are answered in order, and the files that it writes. */
function open(answers: readonly (boolean | null)[], saved: SavedState = {}) {
  const told: string[] = [];
  const left = [...answers];
  const saves = { count: 0 };
  const files = { saved, passwords: {} as object, drafts: {} as object, forgotten: [] as string[] };
  const ports = {
    get saved() {
      return files.saved;
    },
    save: (more: SavedState) => {
      files.saved = { ...files.saved, ...more };
      saves.count += 1;
    },
    after: () => () => {},
    readPasswords: () => files.passwords,
    writePasswords: (content: object) => {
      files.passwords = content;
    },
    readDrafts: () => files.drafts,
    writeDrafts: (content: object) => {
      files.drafts = content;
    },
    forgetServer: ({ host }: ServerLink) => files.forgotten.push(host),
  } as unknown as AppPorts;
  const prompts = {
    note: (_: string, text: string) => told.push(text),
    success: (text: string) => told.push(text),
    confirm: (_ask: string, _yes: string, _no: string, initial?: boolean) => {
      told.push(`initial ${initial}`);
      return Promise.resolve(left.shift() ?? null);
    },
  };
  const app = { ports, prompts, words: wordsFor("en") } as unknown as App;
  return { app, files, told, saves };
}

describe("without TLS", () => {
  test("a connection needs a yes, which isn't preselected, and is remembered for the server", async () => {
    const { app, files, told } = open([false, true]);
    expect(await askPlainText(app, link)).toBe(false);
    expect(files.saved.plain).toBeUndefined();
    expect(await askPlainText(app, link)).toBe(true);
    expect(files.saved.plain).toEqual([KEY]);
    expect(told[0]).toContain("Everybody between you and irc.example:6667 could read");
    expect(told[1]).toBe("initial false");
  });

  test("this machine's own servers need no question", async () => {
    const { app, told } = open([]);
    expect(await askPlainText(app, parseLink("127.0.0.1:6667") as ServerLink)).toBe(true);
    expect(told).toEqual([]);
  });

  test("it is offered where plain text is likely, and never where TLS works", () => {
    expect(isPlainPort(link)).toBe(true);
    expect(isPlainPort({ ...link, port: 6697 })).toBe(false);
    expect(mayBePlain("not-tls")).toBe(true);
    expect(mayBePlain("no-such-host")).toBe(false);
    expect(mayBePlain(null)).toBe(false);
  });

  test.each([
    ["en", "#tea · not encrypted"],
    ["ko", "#tea · 암호화 안 됨"],
  ] as const)("the header says so as long as it lasts, at any width (%s)", (language, start) => {
    const tea = conversation("#tea", { topic: "green tea" });
    const context = drawContextFor(language);
    for (const width of [24, 40, 60, 100]) {
      const state = { ...stateOf(tea), isReadable: true };
      const row = drawWideHeader(state, tea, width, context);
      expect(row.map(({ text }) => text).join("")).toStartWith(start);
      const safe = drawWideHeader(stateOf(tea), tea, width, context);
      expect(safe.map(({ text }) => text).join("")).not.toContain(start);
    }
  });
});

test.each([
  ["Closing Link: 127.0.0.1 (Throttled: Reconnecting too fast)", "You connected too often."],
  ["Closing Link: mina[1.2.3.4] (K-Lined)", "You are banned from this server."],
  ["Closing link: (mina@h) [G-lined: spam]", "You are banned from this server."],
  ["Closing Link: h (Too many connections from your IP)", "There are too many connections"],
  ["Closing Link: h (No more connections allowed in your connection class)", "The server is full."],
  ["Connection limit reached", "The server is full."],
  ["Closing Link: h (SASL access only)", "The server takes only people with an account"],
  ["Closing Link: h (Bad Password)", "The server's password is missing or wrong."],
  ["Closing Link: h (Ping timeout: 240 seconds)", "The server heard nothing for too long."],
  ["Closing link: [Registration timeout]", "The server heard nothing for too long."],
  ["Closing Link: h (Excess Flood)", "That was too much at once"],
  ["Closing Link: h (Killed (oper (bad password guessing)))", "An operator of the server"],
  ["Server going down", "The server is stopping"],
  ["Use of SSL/TLS is required on this server", "The server takes only encrypted connections."],
  ["Closing Link: h (You are not authorized to use this server)", "The server doesn't take you."],
  ["Nickname regained by services", "Another connection has taken your name."],
])("ERROR :%s is told in plain words, with the server's own", (text, start) => {
  const sentence = closingSentence(wordsFor("en"), text);
  expect(sentence).toStartWith(start);
  expect(sentence).toEndWith(`(${text})`);
});

test.each([
  ["en", "a0 and 49 more joined and left"],
  ["ko", "a0 님 외 49명이 들어왔다가 나갔습니다"],
] as const)("who came and is gone after a netsplit is counted (%s)", (language, sentence) => {
  const passers = Array.from({ length: 50 }, (_, index) => `a${index}`);
  const lines = (["joined", "quit"] as const).flatMap((kind) =>
    passers.map((nick, index) => line(SATURDAY + index, nick, "", { kind })),
  );
  expect(membershipSentence(lines, drawContextFor(language))).toBe(sentence);
});

test.each([
  ["en", "+open", "+open has no settings."],
  ["ko", "+open", "+open 방에는 설정이 없습니다."],
  ["en", "#tea", "Only people with an account may do that."],
] as const)(
  "477 is a refusal of modes where a room has none (%s, %s)",
  (language, room, sentence) => {
    expect(refusal(wordsFor(language), "477", [room, ""], "")).toBe(sentence);
  },
);

test("an ERROR of our own server is told once", () => {
  const sentence = "서버가 가득 찼습니다. 나중에 다시 시도해 주세요.";
  expect(closingSentence(wordsFor("ko"), "The server is full: try again later")).toBe(sentence);
});

test("an ERROR that nobody knows stays in the server's words, and steers no terminal", () => {
  expect(closingSentence(wordsFor("ko"), "lp0 on fire\x1b[2J")).toBe("lp0 on fire␛[2J");
});

test.each([
  ["en", "it is read as Windows-949"],
  ["ko", "Windows-949"],
] as const)("a guessed encoding is said in the user's language (%s)", async (language, part) => {
  const { connection } = await openChat();
  const server = connection.session.state.conversations.values().next().value;
  const blank = { ...server?.lines[0], kind: "info", code: "ENCODING", params: ["Windows-949"] };
  const line = { nick: "", text: "", ...blank } as Parameters<typeof systemSentence>[0];
  expect(systemSentence(line, wordsFor(language), CALENDAR)?.text).toContain(part);
});

describe("what is stored", () => {
  function memory() {
    const lines: [string, RecordedLine][] = [];
    const history: LocalHistoryPort = {
      append: (_, key, line) => lines.push([key, line]),
      page: () => [],
      *search(_, key, fits) {
        for (const [place, line] of lines.toReversed()) {
          if (key === null || key === place) {
            yield { lines: [line].filter(fits), isIn: (other: string) => other === place };
          }
        }
      },
    };
    return { lines, history };
  }

  test("is each message once, where the server has no history, and nothing of services", async () => {
    const { lines, history } = memory();
    const { connection, hears } = await openChat();
    recordHistory(connection, history);
    hears(":jun!j@h PRIVMSG #tea :hello", ":NickServ!s@h PRIVMSG mina :your password is x");
    connection.session.commands.say("#tea", "hi jun");
    connection.session.commands.say("NickServ", "IDENTIFY secret");
    // The first answers the PING after the welcome, the next one that after the two messages.
    hears(":jun!j@h JOIN #tea", ":s PONG s :0", ":s PONG s :0");
    expect(lines.map(([key, { nick, text, own }]) => [key, nick, text, own])).toEqual([
      ["#tea", "jun", "hello", false],
      ["#tea", "mina", "hi jun", true],
    ]);
  });

  test("is nothing, where the server has a history", async () => {
    const { lines, history } = memory();
    const { connection, hears } = await openChat("batch draft/chathistory");
    recordHistory(connection, history);
    hears(":jun!j@h PRIVMSG #tea :hello");
    expect(lines).toEqual([]);
  });

  test("an own message is stored when the server has echoed it, and not before", async () => {
    const { lines, history } = memory();
    const { connection, hears } = await openChat("echo-message");
    recordHistory(connection, history);
    connection.session.commands.say("#tea", "hi");
    expect(lines).toEqual([]);
    hears(":mina!m@h PRIVMSG #tea :hi");
    expect(lines).toHaveLength(1);
  });

  test("is searched by words, author, place and time", async () => {
    const { history } = memory();
    const { connection, hears, ports } = await openChat();
    recordHistory(connection, history);
    hears(":jun!j@h PRIVMSG #tea :Green tea", ":zoe!z@h PRIVMSG #tea :green cake");
    hears(":jun!j@h PRIVMSG mina :green, privately");
    const search = async (words: string, more = {}) => {
      const terms = { words, place: null, by: null, since: null, until: null, ...more };
      const matches = await searchHistory(connection, history, ports, terms);
      return matches.map(({ line, place }) => `${place} ${line.text}`);
    };
    const all = ["#tea Green tea", "#tea green cake", "jun green, privately"];
    expect(await search("green")).toEqual(all);
    expect(await search('"green tea"')).toEqual(["#tea Green tea"]);
    expect(await search("green", { by: "ZOE" })).toEqual(["#tea green cake"]);
    expect(await search("green", { place: "#TEA" })).toHaveLength(2);
    expect(await search("green", { since: SATURDAY + 1 })).toEqual([]);
  });

  test("shows up in the search of the screen", async () => {
    const { history } = memory();
    const { connection, controller, hears, ports } = await openChat();
    Object.assign(ports, { history });
    recordHistory(connection, history);
    hears(":jun!j@h PRIVMSG #tea :green tea");
    controller.perform({ kind: "slash", text: "/search green" });
    await Promise.resolve();
    expect(controller.ui.search?.results).toMatchObject({ kind: "found" });
    expect(controller.ui.search?.results?.lines.map(({ text }) => text)).toEqual(["green tea"]);
  });
});

test("the rooms of a guest are saved, and left ones are not", async () => {
  const { connection, hears } = await openChat();
  const { app, files, saves } = open([]);
  const stop = saveRooms(connection, app.ports);
  hears(
    ":mina!m@h JOIN #cake",
    ":s 366 mina #cake :End",
    ":mina!m@h JOIN #ice",
    ":mina!m@h PART #ice",
  );
  stop();
  expect(Object.values(files.saved.rooms ?? {})).toEqual([["#cake"]]);
  expect(saves.count).toBe(1);
});

test("a server that puts somebody into hundreds of rooms has few of them saved, at once", async () => {
  const { connection, hears } = await openChat();
  const { app, files, saves } = open([]);
  const stop = saveRooms(connection, app.ports);
  for (let number = 0; number < 500; number += 1) hears(`:mina!m@h JOIN #room${number}`);
  stop();
  expect(saves.count).toBe(1);
  expect(Object.values(files.saved.rooms ?? {})[0]).toHaveLength(200);
});

test("a server that remembers rooms itself has none saved", async () => {
  const { connection, hears } = await openChat("sodam.chat/unread");
  const { app, files } = open([]);
  saveRooms(connection, app.ports);
  hears(":mina!m@h JOIN #cake", ":s 366 mina #cake :End");
  expect(files.saved.rooms).toBeUndefined();
});

test("passwords are stored by server, and one is forgotten without the others", () => {
  const { app, files } = open([]);
  storePasswords(app.ports, KEY, { account: "mina", password: "secret" });
  storePasswords(app.ports, "other:1", { serverPassword: "bouncer" });
  expect(storedPasswords(app.ports, KEY)).toEqual({ account: "mina", password: "secret" });
  storePasswords(app.ports, KEY, null);
  expect(files.passwords).toEqual({ "other:1": { serverPassword: "bouncer" } });
  files.passwords = { [KEY]: { account: 7, password: "x" } };
  expect(storedPasswords(app.ports, KEY)).toEqual({ password: "x" });
});

test("a typed password of a server is stored after a yes, and forgotten when the server refuses it", async () => {
  const { app, files, told } = open([true]);
  Object.assign(app.ports, {
    serverPassword: () => "of a file",
    unsaved: null,
    passwordsPath: "p",
  });
  Object.assign(app.prompts, { password: () => Promise.resolve(null), warn: () => {} });
  const connection = {
    ...{ link, serverPassword: "of a file", session: { state: { caps: new Set() } } },
  } as unknown as ServerConnection;
  await offerServerPassword(app, connection);
  expect(told).toEqual([]);
  connection.serverPassword = "mina/example:bouncer";
  await offerServerPassword(app, connection);
  expect(told[0]).toBe("initial false");
  const stored = { [KEY]: { serverPassword: "mina/example:bouncer" } };
  expect(files.passwords).toEqual(stored);
  await offerServerPassword(app, connection);
  expect(told).toHaveLength(2);
  expect(await askServerPassword(app, connection)).toBe(false);
  expect(files.passwords).toEqual({ [KEY]: {} });
});

test("a forgotten server leaves nothing of its own, and everything of others", async () => {
  const other = "other:1";
  const both = <Value>(value: Value) => ({ [KEY]: value, [other]: value });
  const { app, files } = open([false, true], {
    ...{ server: "sodam://irc.example:6667", plain: [KEY, other], accounts: both("mina") },
    ...{ muted: both(["#tea"]), nicks: both("mina"), rooms: both(["#tea"]) },
    ...{ encodings: both("euc-kr"), networks: both("1"), bell: false },
  });
  files.passwords = both({ password: "x" });
  files.drafts = { [`mina@${KEY}`]: { "#tea": "draft" }, [`mina@${other}`]: {} };
  expect(await forgetServer(app, link)).toBe(false);
  expect(files.forgotten).toEqual([]);
  expect(await forgetServer(app, link)).toBe(true);
  expect(JSON.stringify([files.saved, files.passwords, files.drafts])).not.toContain("irc.example");
  expect(files.forgotten).toEqual(["irc.example"]);
  expect(files.saved.bell).toBe(false);
  expect(Object.keys(files.saved.nicks ?? {})).toEqual([other]);
});

test("what is saved for a server is read as it was written, and nothing else", () => {
  const saved = {
    ...{ plain: [KEY], nicks: { [KEY]: "mina" }, rooms: { [KEY]: ["#tea"] } },
    ...{ encodings: { [KEY]: "euc-kr" }, networks: { [KEY]: "42" } },
  };
  expect(parseSavedState(saved)).toMatchObject(saved);
  expect(parseSavedState({ plain: "x", nicks: 7, rooms: { a: "b" } })).not.toHaveProperty("plain");
});

test("a log-in that services have answered before it was asked for is not waited for", async () => {
  const listeners = new Set<(event: ClientEvent) => void>();
  const connection = {
    listen: (listener: (event: ClientEvent) => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    session: {
      logIn: () => {
        for (const listener of listeners)
          listener({ kind: "ready", nick: "mina", account: "mina" });
      },
    },
  } as unknown as ServerConnection;
  const outcome = await attemptLogIn(connection, { kind: "certificate", account: "mina" });
  expect(outcome).toEqual({ kind: "ok", account: "mina", nick: "mina" });
  expect(listeners.size).toBe(0);
});

describe("a connection that the server ends", () => {
  test.each([
    ["Closing Link: h (Killed (jun (spamming)))", /^An operator of the server .*spamming/],
    ["Closing Link: h (Excess Flood)", /Excess Flood/],
    ["Closing Link: h (Ping timeout: 240 seconds)", null],
    ["Server going down", null],
  ])("for a reason of the user's is told though it comes back at once: %s", async (text, note) => {
    const { hears, loses, notes } = await openChat();
    hears(`ERROR :${text}`);
    loses();
    const last = notes().at(-1);
    if (note === null) expect(last).toBeUndefined();
    else expect(last).toMatch(note);
  });

  test("by a ban is told once, with the reason that the server gives", async () => {
    const { hears, loses, notes } = await openChat();
    hears(":s 465 mina :You are banned from this server- go away", "ERROR :Closing Link: h");
    loses();
    expect(notes()).toEqual([
      "You are banned from this server. (You are banned from this server- go away)",
    ]);
  });
});

import { describe, expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type { ConnectOutcome } from "../../lib/app/app-ports.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { chooseRoom } from "../../lib/app/menu/rooms-menu.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openChat } from "./open-chat.ts";

/** Chooses "Direct message", types a text, and returns what the prompt says to it and where the menu leads. */
async function writesTo(typed: string) {
  const { connection } = await openChat();
  let problem = null as string | null;
  const choices = ["direct", "quit"];
  const prompts = {
    info: () => {},
    confirm: () => Promise.resolve(true),
    select: () => Promise.resolve(choices.shift()),
    text: (_: string, options: { problem: (text: string) => string | null }) => {
      problem = options.problem(typed);
      return Promise.resolve(problem === null ? typed : null);
    },
  };
  const app = { prompts, words: wordsFor("en") } as unknown as App;
  const account = { isOwner: false, invitedRooms: [] };
  return { choice: await chooseRoom(app, connection, fold("#tea"), account), problem };
}

test("a direct message goes to a nick, also to a service and with an @", async () => {
  for (const typed of ["jun", "@jun", " 민수 ", "NickServ"]) {
    const { choice, problem } = await writesTo(typed);
    expect(problem).toBeNull();
    expect(choice).toEqual({ kind: "chat", to: fold(typed.trim().replace(/^@/, "")) });
  }
});

test("a direct message to what is no nick is refused where it is typed", async () => {
  for (const typed of ["/join #vault", "#vault", "jun, mina", "jun!j@h"]) {
    expect(await writesTo(typed)).toEqual({
      choice: { kind: "quit" },
      problem: wordsFor("en").nameProblem.letters,
    });
  }
  expect((await writesTo(" @ ")).problem).toBe(wordsFor("en").nameProblem.empty);
});

test("no room is said to be missing when the list of rooms was refused or lost", async () => {
  const { rooms, slash, menu } = wordsFor("en");
  for (const [ends, sentence] of [
    [
      (chat: Awaited<ReturnType<typeof openChat>>) => chat.hears(":s 263 mina LIST :Wait"),
      "That was too fast. Wait a moment.",
    ],
    [(chat: Awaited<ReturnType<typeof openChat>>) => chat.loses(), slash.notConnected],
    [
      (chat: Awaited<ReturnType<typeof openChat>>) => chat.hears(":s 323 mina :End"),
      rooms.noneFound,
    ],
  ] as const) {
    const chat = await openChat();
    const told: string[] = [];
    const say = (text: string): void => void told.push(text);
    const choices = ["find", "quit"];
    const prompts = { info: say, warn: say, select: () => Promise.resolve(choices.shift()) };
    const app = { prompts, words: wordsFor("en") } as unknown as App;
    const account = { isOwner: false, invitedRooms: [] };
    const choice = chooseRoom(app, chat.connection, fold("#tea"), account);
    while (!chat.sent.includes("LIST")) await Promise.resolve();
    ends(chat);
    await choice;
    expect(told.at(-1)).toBe(sentence);
    expect(told.filter((text) => text === menu.lost)).toEqual([]);
  }
});

test("a room that was there already is joined, and neither its topic nor its modes are changed", async () => {
  const { rooms } = wordsFor("en");
  for (const [names, commands, sentence] of [
    ["@mina", ["NAMES #cake", "MODE #cake +is", "TOPIC #cake :good cake"], null],
    ["mina @jun", ["NAMES #cake"], rooms.existed("#cake")],
    // Somebody who is known there.
    ["@mina @jun", ["NAMES #cake"], rooms.existed("#cake")],
  ] as const) {
    const chat = await openChat();
    let told = null as string | null;
    const texts = ["cake", "good cake"];
    const prompts = {
      info: (text: string): void => {
        told = text;
      },
      select: () => Promise.resolve("create"),
      text: () => Promise.resolve(texts.shift() ?? null),
      confirm: () => Promise.resolve(false),
    };
    const app = { prompts, ports: chat.ports, words: wordsFor("en") } as unknown as App;
    const account = { isOwner: false, invitedRooms: [] };
    const choice = chooseRoom(app, chat.connection, fold("#tea"), account);
    while (!chat.sent.includes("JOIN #cake")) await Promise.resolve();
    chat.hears(":mina!m@h JOIN #cake");
    while (!chat.sent.includes("NAMES #cake")) await Promise.resolve();
    chat.hears(`:s 353 mina = #cake :${names}`, ":s 366 mina #cake :End");
    expect(await choice).toEqual({ kind: "chat", to: fold("#cake") });
    expect(chat.sent.slice(chat.sent.indexOf("NAMES #cake"))).toEqual([...commands]);
    expect(told).toBe(sentence);
  }
});

test("a guest leaves, and only somebody with an account logs out", async () => {
  for (const [account, label] of [
    [null, "Leave this server"],
    ["mina", "Log out"],
  ]) {
    const { connection, hears } = await openChat();
    if (account !== null) hears(`:s 900 mina mina!m@h ${account} :You are now logged in`);
    let labels: string[] = [];
    const prompts = {
      info: () => {},
      select: (_: string, choices: { value: unknown; label: string }[]) => {
        labels = choices.map((choice) => choice.label);
        return Promise.resolve("log-out");
      },
    };
    const app = { prompts, words: wordsFor("en") } as unknown as App;
    const info = { isOwner: false, invitedRooms: [] };
    expect(await chooseRoom(app, connection, fold("#tea"), info)).toEqual({ kind: "log-out" });
    expect(labels.filter((each) => each.startsWith("Lo") || each.startsWith("Le"))).toEqual([
      label ?? "",
    ]);
  }
});

describe("a server that came back with another certificate", () => {
  const fingerprint = `${"0".repeat(48)}1a2b3c4d5e6f7081`;
  const known = "1".repeat(64);
  const CHANGED: ConnectOutcome = { kind: "changed", known, fingerprint, source: "memory" };

  /** Opens the menu after the loss, types a text when it asks to confirm, and tells what was asked. */
  async function opensMenu(outcome: ConnectOutcome, typed: string) {
    const chat = await openChat();
    const { connection, outcomes } = chat;
    connection.autoReconnect = true;
    outcomes.push(outcome);
    chat.loses();
    chat.hears();
    connection.retryNow();
    await Promise.resolve();
    chat.hears();
    const asked: string[] = [];
    const prompts = {
      ...{
        info: () => {},
        note: () => {},
        success: () => {},
        warn: (text: string) => asked.push(text),
      },
      text: (question: string) => {
        asked.push(question);
        return Promise.resolve(typed);
      },
      confirm: (question: string) => {
        asked.push(question);
        return Promise.resolve(typed !== "");
      },
      select: () => Promise.resolve("quit"),
    };
    const { ports } = chat;
    const app = { ports, prompts, words: wordsFor("en") } as unknown as App;
    const account = { isOwner: false, invitedRooms: [] };
    const menu = chooseRoom(app, connection, fold("#tea"), account);
    // The session negotiates anew on the connection that the confirmation made.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    if (connection.connected) {
      chat.hears(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
      connection.session.endNegotiation();
      chat.hears(":s 001 mina :Welcome", ":s 376 mina :End");
    }
    expect(await menu).toEqual({ kind: "quit" });
    return { asked, connection };
  }

  test("is gone on with in the menu, once the end of its fingerprint is typed", async () => {
    const { asked, connection } = await opensMenu(CHANGED, "1a2b 3c4d 5e6f 7081");
    expect(asked[0]).toContain("chat.example has another certificate than before.");
    expect(asked[0]).toContain("1a2b 3c4d 5e6f 7081");
    expect(asked[1]).toBe(wordsFor("en").confirm.ask);
    expect([connection.connected, connection.trouble]).toEqual([true, null]);
  });

  test("is not connected to when nothing is typed, and the menu opens", async () => {
    const { asked, connection } = await opensMenu(CHANGED, "");
    expect(asked).toHaveLength(2);
    expect([connection.connected, connection.trouble?.kind]).toEqual([false, "changed"]);
  });

  test("is asked about as on first contact when its certificate isn't known any more", async () => {
    const { asked, connection } = await opensMenu({ kind: "unknown", fingerprint }, "yes");
    expect(asked).toEqual([wordsFor("en").firstContact.ask]);
    expect(connection.connected).toBe(true);
  });
});

test("who was asked whether to quit, and stays, is in the menu again", async () => {
  const { connection } = await openChat();
  const choices = [null, "profile"];
  const prompts = {
    ...{ info: () => {}, askLeave: () => Promise.resolve(false) },
    select: () => Promise.resolve(choices.shift()),
  };
  const app = { prompts, words: wordsFor("en") } as unknown as App;
  const account = { isOwner: false, invitedRooms: [] };
  expect(await chooseRoom(app, connection, fold("#tea"), account)).toEqual({ kind: "profile" });
});

/** Servers that connect while another one is on screen: what is told of them, and the way on. */
import { expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, ConnectOutcome, SavedState } from "../../lib/app/app-ports.ts";
import { viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import { connectToServer } from "../../lib/app/connection/connect-to-server.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { continueAsGuest } from "../../lib/app/menu/guest-menu.ts";
import type { Choice } from "../../lib/app/menu/prompts.ts";
import { showServers } from "../../lib/app/menu/servers-menu.ts";
import { openQuietly } from "../../lib/app/servers/connect-server.ts";
import { linkOf, openServers } from "./open-servers.ts";

const HOME = "home.example";
const WORK = "work.example";
const ENTER = "\r";
const KNOWN: SavedState = { server: HOME, accounts: { "work.example:6697": "mina" } };
const OTHER_CERTIFICATE: ConnectOutcome = {
  ...{ kind: "changed", source: "memory" },
  ...{ known: "1".repeat(64), fingerprint: "2".repeat(64) },
};

/** Opens another server in the background, which can't be reached for this reason, or says these lines. */
async function openInBackground(outcome: ConnectOutcome | null, ...lines: string[]) {
  const chat = await openServers([HOME], { saved: KNOWN });
  if (outcome !== null) chat.outcomes.set(WORK, outcome);
  expect(openQuietly(chat.app, chat.servers, linkOf(WORK))).toBe(true);
  await chat.settle();
  if (outcome === null) chat.hears(WORK, ...lines);
  await chat.settle();
  const controller = chat.chats.byId("work.example:6697")?.controller;
  if (controller === undefined) throw new Error("no chat");
  const notes = () => viewOf(controller.ui, controller.ui.current).notes.map(({ text }) => text);
  return { ...chat, notes };
}

test.each([
  [
    { kind: "failed", problem: "refused" },
    /^work.example refuses the connection.*It is tried again/,
  ],
  [{ kind: "failed", problem: "no-such-host" }, /^There is no host called work.example.*again/],
  [{ kind: "failed", problem: "not-tls" }, /To go on: \/connect work.example$/],
  [OTHER_CERTIFICATE, /another certificate/],
] as [ConnectOutcome, RegExp][])(
  "a background connection that fails says why, and the way on: %j",
  async (outcome, sentence) => {
    const { notes, servers, fires } = await openInBackground(outcome);
    expect(notes()).toHaveLength(1);
    expect(notes()[0]).toMatch(sentence);
    // Once, however often it is tried.
    servers.all[1]?.connection.reconnect();
    fires(0);
    expect(notes()).toHaveLength(1);
  },
);

test.each([
  [":s 464 mina :Password incorrect", /password.*To go on: \/connect work.example$/],
  ["ERROR :Closing Link: h (No more connections allowed)", /full.*tried again/],
])("a background connection that the server refuses says why: %s", async (line, sentence) => {
  const chat = await openInBackground(null, line);
  chat.loses(WORK);
  await chat.settle();
  expect(chat.notes().join(" ")).toMatch(sentence);
  if (!line.includes("464")) return;
  // The menu asks for the password: trying again alone can't help.
  chat.types(`/connect ${WORK}${ENTER}`);
  expect(chat.ends).toEqual([{ kind: "connect", link: linkOf(WORK) }]);
});

test("a server that was there and comes back says nothing of the attempts between", async () => {
  const chat = await openServers([HOME, WORK], { saved: KNOWN });
  await chat.server(WORK).becomeReady();
  chat.outcomes.set(WORK, { kind: "failed", problem: "refused" });
  chat.loses(WORK);
  await chat.settle();
  const controller = chat.chats.byId("work.example:6697")?.controller;
  expect(controller && viewOf(controller.ui, controller.ui.current).notes).toEqual([]);
});

test("a server that doesn't answer has a sign in the sidebar while another one is on screen", async () => {
  const caps = "message-tags server-time batch labeled-response echo-message";
  const chat = await openServers([HOME, WORK], { caps });
  chat.types(`\x1b2hello${ENTER}\x1b1`);
  expect(chat.place()).toBe(`${HOME} #tea`);
  expect(chat.sidebar()[2]).toBe(" work.example");
  chat.time.ms = 9000;
  chat.fires(1000);
  expect(chat.sidebar()[2]).toMatch(/^ work.example +◐/);
});

test("a port that swallows TLS is waited for once, and the menu tells what came of it", async () => {
  const chat = await openServers([HOME]);
  const link = linkOf(WORK);
  chat.outcomes.set(WORK, { kind: "failed", problem: "no-handshake" });
  chat.types(`/connect ${WORK}${ENTER}`);
  await chat.settle();
  expect(chat.ends).toEqual([{ kind: "connect", link, problem: "no-handshake" }]);
  let attempts = 0;
  const said: string[] = [];
  const ports = Object.create(chat.ports, {
    connect: {
      value: () => {
        attempts += 1;
        return Promise.resolve({ kind: "failed", problem: "refused" });
      },
    },
  }) as AppPorts;
  const choices = ["again", "other-server"];
  const prompts = {
    select: () => Promise.resolve(choices.shift()),
    ...{ info: () => {}, warn: (text: string) => said.push(text) },
  };
  const app = Object.create(chat.app, {
    prompts: { value: prompts },
    ports: { value: ports },
  }) as App;
  expect(await connectToServer(app, link, "back", "no-handshake")).toBe("other-server");
  const { connection } = wordsFor("en");
  expect(said).toEqual([connection["no-handshake"](WORK), connection.refused(WORK)]);
  expect(attempts).toBe(1);
});

test("a guest at a server of ours is let in again by /connect, without a question", async () => {
  const chat = await openServers([HOME]);
  const prompts = { text: () => Promise.resolve("mina"), warn: () => {} };
  const app = Object.create(chat.app, { prompts: { value: prompts } }) as App;
  const connection = new ServerConnection(chat.ports, linkOf(HOME));
  await connection.open();
  chat.negotiates(HOME);
  const entering = continueAsGuest(app, {
    connection,
    offer: { accountCheck: true } as Parameters<typeof continueAsGuest>[1]["offer"],
  });
  await chat.settle();
  chat.welcomes(HOME);
  expect(await entering).toBe(true);
  expect(chat.ports.saved.nicks).toEqual({ "home.example:6697": "mina" });
  connection.end();
  chat.servers.close(chat.server(HOME));
  expect(openQuietly(chat.app, chat.servers, linkOf(HOME))).toBe(true);
});

test("a guest is told once how to register a name, where there are services for it", async () => {
  type Offer = Parameters<typeof continueAsGuest>[1]["offer"];
  const cases: [Partial<Offer>, Record<string, string>, number][] = [
    [{ nickServ: true }, {}, 1],
    [{ password: true }, {}, 1],
    [{ nickServ: false }, {}, 0],
    [{ nickServ: true }, { "home.example:6697": "mina" }, 0],
    [{ password: true, accountCheck: true }, {}, 0],
  ];
  for (const [offer, nicks, told] of cases) {
    const chat = await openServers([HOME], { saved: { nicks } });
    const said: string[] = [];
    const prompts = {
      text: () => Promise.resolve("mina"),
      ...{ warn: () => {}, info: (text: string) => said.push(text) },
    };
    const app = Object.create(chat.app, { prompts: { value: prompts } }) as App;
    const connection = new ServerConnection(chat.ports, linkOf(HOME));
    await connection.open();
    chat.negotiates(HOME);
    const entering = continueAsGuest(app, {
      connection,
      offer: offer as Offer,
    });
    await chat.settle();
    chat.welcomes(HOME);
    expect(await entering).toBe(true);
    expect(said).toEqual(Array(told).fill(wordsFor("en").elsewhere.howToRegister));
  }
});

test("a server that was closed is listed by its name", async () => {
  const chat = await openServers([HOME, WORK], { saved: { servers: [HOME, WORK] } });
  chat.welcomes(WORK, "WorkNet");
  await chat.server(WORK).becomeReady();
  chat.types(`/disconnect worknet${ENTER}`);
  const offered: string[] = [];
  const prompts = {
    select: (_: string, choices: readonly Choice<unknown>[]) => {
      offered.push(...choices.map(({ label }) => label));
      return Promise.resolve(null);
    },
  };
  const app = Object.create(chat.app, { prompts: { value: prompts } }) as App;
  await showServers(app, chat.servers);
  expect(offered).toContain("WorkNet (work.example) · not connected");
});

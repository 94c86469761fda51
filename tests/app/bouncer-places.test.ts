/** Each network of a bouncer is a server of its own. */
import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, logInKey, serverKey } from "../../lib/app/app-context.ts";
import type { SavedState } from "../../lib/app/app-ports.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { askOtherNetwork, chooseNetwork, openBouncers } from "../../lib/app/menu/bouncer-menu.ts";
import { forgetServer } from "../../lib/app/menu/forget-server.ts";
import type { Choice } from "../../lib/app/menu/prompts.ts";
import { parseSavedState } from "../../lib/app/saved/saved-state.ts";
import { lastPlace, visitedServers } from "../../lib/app/saved/server-list.ts";
import { openQuietly } from "../../lib/app/servers/connect-server.ts";
import { openChatLog } from "../../lib/file-manager/client/chat-log.ts";
import { LocalHistoryFiles } from "../../lib/file-manager/client/local-history.ts";
import { formatAddress } from "../../lib/protocol/server-link.ts";
import { linkOf, openServers } from "./open-servers.ts";

const HOME = "home.example";
const BOUNCER = "bnc.example";
const LIBERA = "bnc.example/libera";
const OFTC = "bnc.example/oftc";
const MACHINE = "bnc.example:6697";
const ENTER = "\r";
const CAPS = "batch labeled-response message-tags server-time sasl soju.im/bouncer-networks";
const BOTH = {
  networks: { [`${MACHINE}/libera`]: "42", [`${MACHINE}/oftc`]: "43" },
  accounts: { [MACHINE]: "mina" },
};

type Chat = Awaited<ReturnType<typeof openServers>>;

/** Answers questions by the label of a choice, or a text, and collects what was offered and said. */
function answering({ app }: Chat, ...answers: (string | boolean)[]) {
  const offered: string[][] = [];
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const prompts = {
    select: (_: string, choices: readonly Choice<unknown>[]) => {
      offered.push(choices.map(({ label }) => label));
      const answer = answers.shift();
      return Promise.resolve(choices.find(({ label }) => label === answer)?.value ?? null);
    },
    text: () => Promise.resolve(answers.shift() ?? null),
    confirm: () => Promise.resolve(answers.shift() ?? null),
    ...{ info: say, warn: say, note: say, success: say },
  };
  return { app: Object.create(app, { prompts: { value: prompts } }) as App, offered, said };
}

/** Answers BOUNCER LISTNETWORKS on a connection. */
async function listsNetworks(
  { hears, sent, settle }: Chat,
  address: string,
  rows = ["42 name=Libera;state=connected", "43 name=OFTC;state=disconnected"],
): Promise<void> {
  await settle();
  const request = sent.get(address)?.findLast((line) => line.endsWith("BOUNCER LISTNETWORKS"));
  const label = /label=([^; ]+)/.exec(request ?? "")?.[1];
  hears(
    address,
    `@label=${label} :s BATCH +1 soju.im/bouncer-networks`,
    ...rows.map((row) => `@batch=1 :s BOUNCER NETWORK ${row}`),
    ":s BATCH -1",
  );
  await settle();
}

/** Lets the bouncer take the log-in by this device, and lead to a network. */
function welcomesAt({ hears, welcomes }: Chat, address: string, id: string, network: string): void {
  hears(address, `:s CAP * LS :${CAPS}=EXTERNAL`.replace("sasl soju", "sasl=EXTERNAL soju"));
  hears(address, `:s CAP * ACK :${CAPS}`, "AUTHENTICATE +");
  hears(address, ":s 900 mina mina!m@h mina :Logged in", ":s 903 mina :Success");
  hears(address, `:s 005 mina BOUNCER_NETID=${id} :are supported`);
  welcomes(address, network);
}

test("two networks of one bouncer are open at once, and share no room, draft, log or mute", async () => {
  const chat = await openServers([LIBERA, OFTC], { saved: BOTH, caps: CAPS });
  const { sent, types, place, text, hears, logged, sidebar, server, drafts } = chat;
  expect(sent.get(LIBERA)).toContain("BOUNCER BIND 42");
  expect(sent.get(OFTC)).toContain("BOUNCER BIND 43");
  expect(sidebar()).toEqual([" bnc.example/libera", "▸1 tea", " bnc.example/oftc", " 2 tea"]);
  types("to libera");
  types("\x1b2");
  expect([place(), text()]).toEqual([`${OFTC} #tea`, ""]);
  types(`/mute${ENTER}`);
  hears(LIBERA, ":jun!u@h PRIVMSG #tea :on libera");
  hears(OFTC, ":jun!u@h PRIVMSG #tea :on oftc");
  expect(logged).toEqual([
    [LIBERA, "#tea", "on libera"],
    [OFTC, "#tea", "on oftc"],
  ]);
  const unread = (address: string) =>
    server(address).connection.session.state.conversations.get("#tea" as never)?.muted;
  expect([unread(LIBERA), unread(OFTC)]).toEqual([false, true]);
  for (const each of chat.servers.all) each.memory.drafts.write(each.memory.ui);
  types("\x1b1");
  server(LIBERA).memory.drafts.write(chat.shown().controller.ui);
  expect(drafts()).toEqual({ [`@${MACHINE}/libera`]: { "#tea": "to libera" } });
  types(`\x15/disconnect ${OFTC}${ENTER}`);
  expect(sidebar()[1]).toBe("▸1 tea");
  expect(chat.screen().join("\n")).toContain(`Disconnected from ${OFTC}.`);
});

test("what an earlier version saved of a bouncer goes on working, and a second network opens beside it", async () => {
  const saved: SavedState = parseSavedState({
    ...{ server: `sodam://${MACHINE}/`, servers: [`sodam://${MACHINE}/`] },
    ...{ networks: { [MACHINE]: "42" }, accounts: { [MACHINE]: "mina" } },
    rooms: { [MACHINE]: ["#tea"] },
  });
  const chat = await openServers([HOME], { saved });
  expect(openQuietly(chat.app, chat.servers, linkOf(BOUNCER))).toBe(true);
  await chat.settle();
  welcomesAt(chat, BOUNCER, "42", "Libera.Chat");
  expect(chat.sent.get(BOUNCER)).toContain("BOUNCER BIND 42");
  const asking = answering(chat, "OFTC");
  const [connection] = openBouncers(chat.servers);
  if (connection === undefined) throw new Error("no bouncer");
  const choice = askOtherNetwork(asking.app, chat.servers, connection);
  await listsNetworks(chat, BOUNCER);
  const link = await choice;
  expect(asking.offered).toEqual([["OFTC", "Back"]]);
  if (link === null) throw new Error("no network");
  expect(formatAddress(link)).toBe(OFTC);
  // The log-in is the bouncer's: nothing is asked.
  expect(openQuietly(chat.app, chat.servers, link)).toBe(true);
  await chat.settle();
  welcomesAt(chat, OFTC, "43", "OFTC");
  expect(chat.sent.get(OFTC)).toContain("BOUNCER BIND 43");
  expect(chat.servers.listed.map(({ id }) => id).slice(1)).toEqual([MACHINE, `${MACHINE}/oftc`]);
  const { saved: now } = chat.ports;
  expect(now.networks).toEqual({ [MACHINE]: "42", [`${MACHINE}/oftc`]: "43" });
  expect(now.rooms?.[MACHINE]).toEqual(["#tea"]);
  expect(visitedServers(chat.ports).map(formatAddress)).toEqual([OFTC, BOUNCER]);
  expect(parseSavedState(JSON.parse(JSON.stringify(now)))).toMatchObject({ ...now });
  // The earlier choice by its name is the same place.
  const again = new ServerConnection(chat.ports, linkOf(LIBERA));
  expect(logInKey(now, again.link)).toBe(MACHINE);
  again.end();
});

test("networks whose names are the same in an address never share one, and each keeps its own", async () => {
  const saved = { networks: { [MACHINE]: "0" }, accounts: { [MACHINE]: "mina" } };
  const chat = await openServers([HOME], { saved });
  expect(openQuietly(chat.app, chat.servers, linkOf(BOUNCER))).toBe(true);
  await chat.settle();
  welcomesAt(chat, BOUNCER, "0", "Home");
  const long = "x".repeat(80);
  const names = ["Tea House", "tea-house", "tea-house-2", "!!!", `${long}1`, `${long}2`, "../tea"];
  const rows = names.map((name, index) => `${index + 1} name=${name.replaceAll(" ", "\\s")}`);
  const [connection] = openBouncers(chat.servers);
  if (connection === undefined) throw new Error("no bouncer");
  const choose = async (name: string, listed: readonly string[]) => {
    const choice = askOtherNetwork(answering(chat, name).app, chat.servers, connection);
    await listsNetworks(chat, BOUNCER, [...listed]);
    return (await choice)?.network ?? null;
  };
  const given: (string | null)[] = [];
  for (const name of names.toReversed()) given.unshift(await choose(name, rows));
  expect(new Set(given).size).toBe(names.length);
  expect(given.slice(0, 2)).toEqual(["tea-house", "tea-house-2"]);
  expect(given[3]).toBe("network");
  for (const name of given) expect(linkOf(`${BOUNCER}/${name}`).network).toBe(name);
  // In another order, and without the one that had the name first.
  const later = rows.slice(1).toReversed();
  expect(await choose("tea-house", later)).toBe(given[1] ?? "");
  expect(await choose(`${long}2`, later)).toBe(given[5] ?? "");
});

test("a network that the address names is entered without a question, and one that isn't there is asked for", async () => {
  for (const [address, answers] of [
    [OFTC, []],
    ["bnc.example/efnet", ["OFTC"]],
  ] as const) {
    const chat = await openServers([HOME], { caps: CAPS });
    const connection = new ServerConnection(chat.ports, linkOf(address));
    await connection.open();
    chat.negotiates(address);
    connection.session.continueAsGuest("mina");
    chat.welcomes(address);
    const asking = answering(chat, ...answers);
    const choosing = chooseNetwork(asking.app, connection);
    await listsNetworks(chat, address);
    chat.negotiates(OFTC);
    chat.welcomes(OFTC, "OFTC");
    await choosing;
    expect(serverKey(connection.link)).toBe(`${MACHINE}/oftc`);
    expect(chat.sent.get(OFTC)).toContain("BOUNCER BIND 43");
    expect(chat.ports.saved.networks).toEqual({ [`${MACHINE}/oftc`]: "43" });
    expect(asking.offered).toHaveLength(answers.length);
    expect(asking.said).toEqual(
      answers.length === 0 ? [] : ["The bouncer has no network called efnet."],
    );
    connection.end();
  }
});

test("a bouncer that is named without a network leads to the last one", () => {
  const place = (saved: SavedState, address: string) =>
    formatAddress(lastPlace({ saved }, linkOf(address)));
  const saved = { servers: [LIBERA, "irc.example", OFTC] };
  expect(place(saved, BOUNCER)).toBe(OFTC);
  expect(place(saved, LIBERA)).toBe(LIBERA);
  expect(place(saved, "irc.example")).toBe("irc.example");
  expect(place({ servers: [BOUNCER] }, BOUNCER)).toBe(BOUNCER);
});

test("ZNC gets the network of the address with its one password", async () => {
  const chat = await openServers([HOME]);
  Object.assign(chat.ports, {
    readPasswords: () => ({ [MACHINE]: { serverPassword: "mina/libera:secret" } }),
  });
  const link = linkOf(OFTC);
  chat.ports.save({ nicks: { [serverKey(link)]: "mina" } });
  expect(openQuietly(chat.app, chat.servers, link)).toBe(true);
  await chat.settle();
  expect(chat.sent.get(OFTC)).toContain("PASS mina/oftc:secret");
  chat.negotiates(OFTC);
  chat.welcomes(OFTC);
  const [connection] = openBouncers(chat.servers);
  if (connection === undefined) throw new Error("no bouncer");
  const { app } = answering(chat, "EFnet");
  const other = await askOtherNetwork(app, chat.servers, connection);
  expect(other === null ? null : formatAddress(other)).toBe("bnc.example/efnet");
});

test("a password that names no user goes to a server as it is", async () => {
  const chat = await openServers([HOME]);
  Object.assign(chat.ports, {
    readPasswords: () => ({ [MACHINE]: { serverPassword: "no user" } }),
  });
  const link = linkOf(OFTC);
  chat.ports.save({ nicks: { [serverKey(link)]: "mina" } });
  openQuietly(chat.app, chat.servers, link);
  await chat.settle();
  expect(chat.sent.get(OFTC)).toContain("PASS :no user");
  expect(openBouncers(chat.servers)).toEqual([]);
});

test("NickServ behind ZNC gets the password of its own network, and of no other", () => {
  const saved: SavedState = { accounts: { [`${MACHINE}/libera`]: "mina" } };
  expect(saved.accounts?.[logInKey(saved, linkOf(LIBERA))]).toBe("mina");
  expect(saved.accounts?.[logInKey(saved, linkOf(OFTC))]).toBeUndefined();
});

test("a forgotten network leaves the bouncer's log-in and certificate to the others, and the last takes them along", async () => {
  const chat = await openServers([HOME], { saved: { ...BOTH, servers: [LIBERA, OFTC] } });
  const gone: string[] = [];
  Object.assign(chat.ports, {
    writePasswords: () => {},
    forgetHistory: (link: never) => gone.push(`history ${formatAddress(link)}`),
    forgetServer: (link: never) => gone.push(`all ${formatAddress(link)}`),
  });
  const { app } = answering(chat, true, true);
  expect(await forgetServer(app, linkOf(LIBERA))).toBe(true);
  expect(chat.ports.saved.accounts).toEqual(BOTH.accounts);
  expect(chat.ports.saved.networks).toEqual({ [`${MACHINE}/oftc`]: "43" });
  expect(await forgetServer(app, linkOf(OFTC))).toBe(true);
  expect(JSON.stringify(chat.ports.saved)).not.toContain(BOUNCER);
  expect(gone).toEqual([`history ${LIBERA}`, `all ${OFTC}`]);
});

test("logs and stored messages of two networks are in folders of their own", () => {
  const folder = mkdtempSync(join(tmpdir(), "sodam-networks-"));
  try {
    const opened = openChatLog(join(folder, "log"), () => 0);
    const history = new LocalHistoryFiles(join(folder, "history"), {
      ...{ days: 90, minutesEast: () => 0, now: () => 0 },
      onFailure: (path) => {
        throw new Error(path);
      },
    });
    if ("refused" in opened) throw new Error(opened.refused);
    for (const address of [BOUNCER, LIBERA, OFTC, "bnc.example/6697", "bnc.example_6697"]) {
      const message = { ...{ nick: "jun", kind: "said" as const, text: address }, time: 0 };
      opened.log(linkOf(address), "#tea", { ...message, account: null });
      history.append(linkOf(address), "#tea", {
        ...message,
        ...{ id: "1", own: false, account: null, msgid: null },
      });
    }
    const lookalikes = ["bnc.example_6697+6697", "bnc.example_6697_6697"];
    const names = ["bnc.example_6697", "bnc.example_6697+libera", "bnc.example_6697+oftc"];
    for (const kind of ["log", "history"]) {
      expect(readdirSync(join(folder, kind)).sort()).toEqual([...names, ...lookalikes].sort());
    }
    history.forget(linkOf(OFTC));
    expect(history.page(linkOf(LIBERA), "#tea", null, 5).map(({ text }) => text)).toEqual([LIBERA]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

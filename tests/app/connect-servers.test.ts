import { expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, SavedState } from "../../lib/app/app-ports.ts";
import { askServer } from "../../lib/app/menu/ask-server.ts";
import { askReceipts } from "../../lib/app/menu/profile-menu.ts";
import type { Choice } from "../../lib/app/menu/prompts.ts";
import { showServers } from "../../lib/app/menu/servers-menu.ts";
import { parseSavedState, sharesReceipts } from "../../lib/app/saved/saved-state.ts";
import {
  forgetVisit,
  isStartServer,
  otherStartServers,
  saveVisit,
  setFirstServer,
  setStartServer,
  visitedServers,
} from "../../lib/app/saved/server-list.ts";
import { openAnother, openAtStart } from "../../lib/app/servers/connect-server.ts";
import { formatAddress } from "../../lib/protocol/server-link.ts";
import { linkOf, openServers } from "./open-servers.ts";

const HOME = "home.example";
const WORK = "work.example";
const OLD = "old.example";
const ENTER = "\r";
const KNOWN: SavedState = { server: HOME, accounts: { "work.example:6697": "mina" } };

test("/connect logs in to a server that remembers this device, without leaving the chat", async () => {
  const chat = await openServers([HOME], { saved: KNOWN });
  chat.types(`/connect ${WORK}${ENTER}`);
  expect(chat.sidebar()).toEqual([" home.example", " 1 tea", " work.example     ◐", "▸2 server"]);
  expect(chat.screen().join("\n")).toContain("Connecting to work.example …");
  await chat.settle();
  chat.hears(WORK, ":s CAP * LS :sasl=EXTERNAL", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  chat.hears(WORK, ":s 900 mina mina!m@h mina :Logged in", ":s 903 mina :Success");
  chat.welcomes(WORK, "WorkNet");
  expect(chat.sidebar()).toEqual([" home.example", " 1 tea", " WorkNet", "▸2 tea"]);
  expect(chat.ends).toEqual([]);
  expect(otherStartServers(chat.ports, linkOf(HOME)).map(formatAddress)).toEqual([WORK]);
  // Once it is open, the command shows it.
  chat.types(`\x1b1/connect worknet${ENTER}`);
  expect(chat.place()).toBe(`${WORK} #tea`);
});

test("/connect with a link into a room shows that room, whether its server is open or not", async () => {
  const chat = await openServers([HOME], { saved: KNOWN });
  chat.types(`/connect sodam://${WORK}/room-cake${ENTER}`);
  await chat.settle();
  chat.hears(WORK, ":s CAP * LS :sasl=EXTERNAL", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  chat.hears(WORK, ":s 900 mina mina!m@h mina :Logged in", ":s 903 mina :Success");
  chat.welcomes(WORK);
  expect(chat.sent.get(WORK)).toContain("JOIN #cake");
  chat.hears(WORK, ":mina!m@h JOIN #cake");
  expect(chat.place()).toBe(`${WORK} #cake`);
  chat.types(`/connect sodam://${HOME}/room-cake${ENTER}`);
  expect(chat.sent.get(HOME)?.at(-1)).toContain("JOIN #cake");
  chat.hears(HOME, ":mina!m@h JOIN #cake");
  expect(chat.place()).toBe(`${HOME} #cake`);
});

test("a server that asks something first shows the room of its link as well", async () => {
  const chat = await openServers([HOME], { saved: KNOWN });
  const link = linkOf(`sodam://${WORK}/room-cake`);
  const opening = openAnother(answering(chat.app, []).app, chat.servers, link);
  await chat.settle();
  for (const line of [
    ":s CAP * LS :sasl=EXTERNAL",
    ":s CAP * ACK :sasl",
    "AUTHENTICATE +",
    ":s 900 mina mina!m@h mina :Logged in",
    ":s 903 mina :Success",
    ":s 001 mina :Welcome",
    ":s 376 mina :End",
  ]) {
    chat.hears(WORK, line);
    await chat.settle();
  }
  expect(chat.sent.get(WORK)).toContain("JOIN #cake");
  chat.hears(WORK, ":mina!m@h JOIN #cake");
  await opening;
  expect(chat.servers.shown?.listed.host).toBe(WORK);
  expect(String(chat.servers.shown?.memory.ui.current)).toBe("#cake");
});

test("/connect to a new server ends the chat for its questions", async () => {
  const chat = await openServers([HOME]);
  const link = linkOf(WORK);
  chat.outcomes.set(WORK, { kind: "unknown", fingerprint: "0".repeat(64) });
  chat.types(`/connect ${WORK}${ENTER}`);
  expect(chat.ends).toEqual([]);
  await chat.settle();
  expect(chat.ends).toEqual([{ kind: "connect", link }]);
});

test("what a user has begun to type isn't taken by the questions of another server", async () => {
  const chat = await openServers([HOME]);
  chat.outcomes.set(WORK, { kind: "unknown", fingerprint: "0".repeat(64) });
  chat.types(`/connect ${WORK}${ENTER}`);
  chat.types("yes, I");
  await chat.settle();
  expect(chat.ends).toEqual([]);
  expect(chat.text()).toBe("yes, I");
  expect(chat.screen().join("\n")).toContain("work.example asks you to log in: /connect work.exam");
});

test("/connect to a server that isn't there says why, and the chat goes on", async () => {
  const chat = await openServers([HOME]);
  chat.outcomes.set(WORK, { kind: "failed", problem: "no-such-host" });
  chat.types(`/connect ${WORK}${ENTER}`);
  await chat.settle();
  expect(chat.screen().join("\n")).toContain("There is no host called work.example.");
  expect(chat.servers.all.length).toBe(1);
  chat.types(`/connect not/a server${ENTER}`);
  expect(chat.servers.all.length).toBe(1);
  expect(chat.ends).toEqual([]);
});

test("/connect alone opens the list of servers", async () => {
  const chat = await openServers([HOME]);
  chat.types(`/connect${ENTER}`);
  expect(chat.ends).toEqual([{ kind: "menu", page: "servers" }]);
});

test("/disconnect closes this server or a named one, and the next start leaves it out", async () => {
  const chat = await openServers([HOME, WORK, OLD]);
  for (const address of [HOME, WORK, OLD]) setStartServer(chat.ports, linkOf(address), true);
  chat.types(`/disconnect old.example${ENTER}`);
  expect(chat.sidebar()).toEqual([" home.example", "▸1 tea", " work.example", " 2 tea"]);
  expect(chat.screen().join("\n")).toContain("Disconnected from old.example.");
  expect(chat.sent.get(OLD)?.at(-1)).toBe("QUIT");
  chat.types(`/disconnect nowhere${ENTER}`);
  expect(chat.screen().join("\n")).toContain("You are not connected to nowhere.");
  chat.types(`/disconnect${ENTER}`);
  expect(chat.place()).toBe(`${WORK} #tea`);
  expect(chat.sidebar()[0]).toContain("Rooms");
  expect(otherStartServers(chat.ports, linkOf(WORK))).toEqual([]);
  expect(chat.ports.saved.server).toBe("sodam://work.example:6697/");
  // Without any, there is nothing to show but the menu.
  chat.types(`/disconnect${ENTER}`);
  expect(chat.ends).toEqual([{ kind: "menu", page: "rooms" }]);
  expect(chat.servers.shown).toBeNull();
});

test("a start connects to the servers of the last run, and one that is down keeps nobody from the others", async () => {
  const accounts = { "home.example:6697": "mina", "work.example:6697": "mina" };
  const chat = await openServers([HOME], { saved: { accounts } });
  for (const server of chat.servers.all) chat.servers.close(server);
  chat.outcomes.set(HOME, { kind: "failed", problem: "refused" });
  const infos: string[] = [];
  const app = Object.create(chat.app, {
    prompts: { value: { info: (text: string) => infos.push(text) } },
  }) as App;
  const opening = openAtStart(app, chat.servers, [HOME, WORK, OLD].map(linkOf), linkOf(HOME));
  await chat.settle();
  chat.hears(WORK, ":s CAP * LS :sasl=EXTERNAL", ":s CAP * ACK :sasl", "AUTHENTICATE +");
  chat.hears(WORK, ":s 900 mina mina!m@h mina :Logged in", ":s 903 mina :Success");
  chat.welcomes(WORK);
  await opening;
  const phases = chat.servers.listed.map(({ host, state }) => `${host} ${state.phase.kind}`);
  expect(phases).toEqual([`${HOME} waiting`, `${WORK} ready`]);
  expect(infos).toEqual(["old.example asks you to log in: choose it under Servers."]);
});

test("a start at several servers knows whose they are before the menu opens", async () => {
  const accounts = { "home.example:6697": "mina", "work.example:6697": "mina" };
  const chat = await openServers([HOME], { saved: { accounts } });
  for (const server of chat.servers.all) chat.servers.close(server);
  let isOpen = false;
  const app = answering(chat.app, []).app;
  const links = [HOME, WORK].map(linkOf);
  const opening = openAtStart(app, chat.servers, links, linkOf(HOME)).then(() => {
    isOpen = true;
  });
  await chat.settle();
  const caps = "sasl labeled-response batch sodam.chat/unread";
  chat.hears(HOME, `:s CAP * LS :${caps}=EXTERNAL`, `:s CAP * ACK :${caps}`, "AUTHENTICATE +");
  chat.hears(HOME, ":s 900 mina mina!m@h mina :Logged in", ":s 903 mina :Success");
  chat.welcomes(HOME);
  await chat.settle();
  expect(isOpen).toBe(false);
  const answer = (command: string, reply: string): void => {
    const line = chat.sent.get(HOME)?.find((text) => text.includes(command)) ?? "";
    chat.hears(HOME, `${line.split(" ")[0]} :s ${reply}`);
  };
  answer("INVITATION LIST", "INVITATION END");
  await chat.settle();
  answer(" INVITE", "337 mina :End");
  await opening;
  expect(chat.servers.shown?.account.isOwner).toBe(true);
});

/** Answers the questions of the servers menu one after the other, by label, and returns what was offered. */
function answering(app: App, answers: readonly string[]) {
  const offered: string[][] = [];
  const rest = [...answers];
  const prompts = {
    select: (_: string, choices: readonly Choice<unknown>[]) => {
      offered.push(choices.map(({ label }) => label));
      const answer = rest.shift();
      return Promise.resolve(choices.find(({ label }) => label === answer)?.value ?? null);
    },
    text: () => Promise.resolve(rest.shift() ?? null),
    info: () => {},
  };
  return { app: Object.create(app, { prompts: { value: prompts } }) as App, offered };
}

test("the menu lists open and visited servers with how they are, and switches the start's", async () => {
  const saved = { servers: ["old.example"], startServers: ["work.example"] };
  const chat = await openServers([HOME, WORK], { saved });
  chat.loses(WORK);
  const { app, offered } = answering(chat.app, [
    "work.example · offline · at each start",
    "Don't connect at the start",
    "old.example · not connected",
    "Connect at each start",
  ]);
  await showServers(app, chat.servers);
  expect(offered[0]).toEqual([
    "home.example · connected",
    "work.example · offline · at each start",
    "old.example · not connected",
    "Another server …",
    "Back",
  ]);
  const language = "Language of services: left alone";
  expect(offered[1]).toEqual([
    ...["Show it", "Disconnect", language, "Don't connect at the start", "Back"],
  ]);
  expect(offered[3]).toEqual([
    ...["Connect", language, "Connect at each start", "Forget this server", "Back"],
  ]);
  expect(isStartServer(chat.ports, linkOf(WORK))).toBe(false);
  expect(isStartServer(chat.ports, linkOf(OLD))).toBe(true);
});

test("the menu shows, closes and opens servers", async () => {
  const chat = await openServers([HOME, WORK], {
    saved: { nicks: { "old.example:6697": "mina" } },
  });
  await showServers(answering(chat.app, ["work.example · connected", "Show it"]).app, chat.servers);
  expect(chat.servers.shown?.listed.host).toBe(WORK);
  await showServers(
    answering(chat.app, ["work.example · connected", "Disconnect"]).app,
    chat.servers,
  );
  expect(chat.servers.listed.map(({ host }) => host)).toEqual([HOME]);
  await showServers(answering(chat.app, ["Another server …", OLD]).app, chat.servers);
  expect(chat.servers.shown?.listed.host).toBe(OLD);
  expect(visitedServers(chat.ports).map(formatAddress)).toEqual([OLD]);
});

test("a start without a server offers those that the user has been at", async () => {
  const chat = await openServers([HOME], { saved: { servers: [HOME, "irc.work.example:7000"] } });
  const { app, offered } = answering(chat.app, ["irc.work.example:7000"]);
  expect(await askServer(app)).toEqual(linkOf("irc.work.example:7000"));
  expect(offered).toEqual([["irc.work.example:7000", HOME, "Another server …"]]);
  const other = answering(chat.app, ["Another server …", OLD]);
  expect(await askServer(other.app)).toEqual(linkOf(OLD));
});

function memory(first: SavedState = {}): Pick<AppPorts, "saved" | "save"> {
  let saved = first;
  return {
    get saved() {
      return saved;
    },
    save: (fields) => {
      saved = parseSavedState(JSON.parse(JSON.stringify({ ...saved, ...fields })));
    },
  };
}

test("visited servers are listed once, the last first, and at most fifty", () => {
  const ports = memory({ server: HOME });
  for (let count = 0; count < 60; count++) saveVisit(ports, linkOf(`s${count}.example`));
  saveVisit(ports, { ...linkOf("S3.example"), invitation: "secret" });
  saveVisit(ports, linkOf("s59.example"));
  const hosts = visitedServers(ports).map(({ host }) => host);
  expect(hosts.slice(0, 3)).toEqual(["s59.example", "s3.example", "s58.example"]);
  expect(ports.saved.servers?.length).toBe(50);
  expect(JSON.stringify(ports.saved)).not.toContain("secret");
  expect(hosts.at(-1)).toBe(HOME);
  forgetVisit(ports, linkOf("s59.example"));
  expect(visitedServers(ports)[0]?.host).toBe("s3.example");
});

test("the start begins with one server, and goes on with the next when that is left out", () => {
  const ports = memory();
  for (const address of [HOME, WORK, OLD, WORK]) setStartServer(ports, linkOf(address), true);
  const start = () => [ports.saved.server, ...(ports.saved.startServers ?? [])];
  const links = (...addresses: string[]) => addresses.map((address) => `sodam://${address}:6697/`);
  expect(start()).toEqual(links(HOME, OLD, WORK));
  // One that is named at the start goes first, and the others stay.
  expect(otherStartServers(ports, linkOf(WORK)).map(({ host }) => host)).toEqual([HOME, OLD]);
  setFirstServer(ports, linkOf(WORK));
  expect(start()).toEqual(links(WORK, HOME, OLD));
  setStartServer(ports, linkOf(WORK), false);
  setStartServer(ports, linkOf(HOME), false);
  expect(start()).toEqual(links(OLD));
  // With a single one there is nothing beside what is named.
  setFirstServer(ports, linkOf(HOME));
  expect(start()).toEqual(links(HOME));
  setStartServer(ports, linkOf(HOME), false);
  expect(start()).toEqual([""]);
});

test("receipts are answered once for all servers, and may be otherwise at one", async () => {
  const saved = parseSavedState({
    receipts: true,
    receiptsAt: { "work.example:6697": false, x: 1 },
  });
  expect(sharesReceipts(saved, "home.example:6697")).toBe(true);
  expect(sharesReceipts(saved, "work.example:6697")).toBe(false);
  expect(sharesReceipts({}, "home.example:6697")).toBe(false);
});

test("an answer about receipts on one device is the answer on the others, and at other servers", async () => {
  const caps = "sodam.chat/read-receipts sodam.chat/preferences message-tags";
  const chat = await openServers([HOME, WORK], { caps });
  const asked: string[] = [];
  const prompts = {
    confirm: (question: string) => {
      asked.push(question);
      return Promise.resolve(true);
    },
  };
  const app = Object.create(chat.app, { prompts: { value: prompts } }) as App;
  for (const address of [HOME, WORK]) chat.hears(address, ":s 900 mina mina!m@h mina :Logged in");
  await askReceipts(app, chat.server(HOME).connection);
  expect(asked.length).toBe(1);
  expect(chat.sent.get(HOME)?.at(-1)).toBe("PREFERENCE * receipts on");
  await askReceipts(app, chat.server(WORK).connection);
  expect(asked.length).toBe(1);
  expect(chat.sent.get(WORK)?.at(-1)).toBe("PREFERENCE * receipts on");
  // A new device, on which the server tells what was answered on the first one.
  const other = await openServers([HOME], { caps });
  other.hears(HOME, ":s 900 mina mina!m@h mina :Logged in", ":s PREFERENCE * receipts :off");
  const otherApp = Object.create(other.app, { prompts: { value: prompts } }) as App;
  await askReceipts(otherApp, other.server(HOME).connection);
  expect(asked.length).toBe(1);
  expect(other.ports.saved.receipts).toBe(false);
});

test("a yes about receipts that a server claims to have heard holds at no other server", async () => {
  const caps = "sodam.chat/read-receipts sodam.chat/preferences message-tags";
  const chat = await openServers([HOME, WORK], { caps });
  const asked: string[] = [];
  const confirm = (question: string) => Promise.resolve(asked.push(question) === 0);
  const app = Object.create(chat.app, { prompts: { value: { confirm } } }) as App;
  for (const address of [HOME, WORK]) chat.hears(address, ":s 900 mina mina!m@h mina :Logged in");
  chat.hears(HOME, ":s PREFERENCE * receipts :on");
  await askReceipts(app, chat.server(HOME).connection);
  expect(asked).toEqual([]);
  await askReceipts(app, chat.server(WORK).connection);
  expect(asked.length).toBe(1);
  expect(chat.ports.saved.receipts).toBe(false);
});

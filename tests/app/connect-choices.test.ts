import { describe, expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type {
  AppPorts,
  ConnectOutcome,
  ConnectProblem,
  OpenConnectionHandlers,
  SavedState,
} from "../../lib/app/app-ports.ts";
import { PLAIN_PORT, TLS_PORT, waysOn } from "../../lib/app/connection/connect-choices.ts";
import {
  type ConnectedServer,
  connectToServer,
} from "../../lib/app/connection/connect-to-server.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { continueAsGuest } from "../../lib/app/menu/guest-menu.ts";
import { logIn } from "../../lib/app/menu/log-in-menu.ts";
import type { Choice } from "../../lib/app/menu/prompts.ts";
import { parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";
import { elapsedMs } from "../elapsed.ts";

const { closing, connection: words, failures, menu, plainText, settings } = wordsFor("en");
const HOST = "chat.example";

/** How the next attempt to connect ends: it fails, or these lines come and then perhaps the end. */
type Attempt =
  | ConnectProblem
  | "interrupted"
  | { readonly says: readonly string[]; readonly closes?: boolean; readonly interrupts?: boolean };

/** Connects to an address; each menu is answered by the choice with the next label, and at the end left by quitting. */
async function connects(address: string, attempts: Attempt[], answers: string[] = []) {
  const dialled: string[] = [];
  const sent: string[] = [];
  const told: string[] = [];
  const menus: { labels: string[]; initial: unknown }[] = [];
  const late = Promise.withResolvers<ConnectOutcome>();
  let saved: SavedState = {};
  const ports = {
    ...{ history: null, encoding: null, unsaved: null, device: () => "shown" },
    get saved() {
      return saved;
    },
    save(fields: SavedState) {
      saved = { ...saved, ...fields };
    },
    now: () => 0,
    elapsed: () => elapsedMs(0),
    random: () => 0,
    id: () => "id",
    after: (ms: number, action: () => void) => {
      if (ms === 0) queueMicrotask(action);
      return () => {};
    },
    serverPassword: () => null,
    readPasswords: () => null,
    connect(link: ServerLink, handlers: OpenConnectionHandlers, plain: boolean) {
      dialled.push(`${link.port}${plain ? " plain" : ""}`);
      const attempt = attempts.shift() ?? "refused";
      if (attempt === "interrupted") {
        queueMicrotask(() => process.emit("SIGINT"));
        // It comes to an end later, when nobody waits for it any more.
        return late.promise;
      }
      if (typeof attempt === "string") {
        return Promise.resolve({ kind: "failed", problem: attempt } satisfies ConnectOutcome);
      }
      const connection = {
        ...{ fingerprint: null, isAuthorised: true, hold() {}, close() {} },
        send: (line: string) => void sent.push(line),
      };
      queueMicrotask(() => {
        for (const text of attempt.says) handlers.line({ kind: "text", text });
        if (attempt.interrupts === true) setTimeout(() => process.emit("SIGINT"), 0);
        else if (attempt.closes !== false) handlers.closed("");
      });
      return Promise.resolve({ kind: "connected", connection } satisfies ConnectOutcome);
    },
  } as unknown as AppPorts;
  const say = (text: string): void => void told.push(text);
  const prompts = {
    ...{ info: say, success: say, warn: say, note: say },
    confirm: () => Promise.resolve(true),
    text: () => Promise.resolve(answers.shift() ?? null),
    password: (question: string) => {
      say(question);
      return Promise.resolve(answers.shift() ?? null);
    },
    select: (_: string, choices: Choice<unknown>[], initial: unknown) => {
      menus.push({ labels: choices.map(({ label }) => label), initial });
      const label = answers.shift() ?? menu.quit;
      return Promise.resolve(choices.find((choice) => choice.label === label)?.value);
    },
  };
  const link = parseLink(address);
  if (link === null) throw new Error(address);
  const settings = { account: null };
  const app = { ports, prompts, settings, words: wordsFor("en") } as unknown as App;
  const end = await connectToServer(app, link, "quit");
  late.resolve({ kind: "failed", problem: "timeout" });
  await late.promise;
  await Promise.resolve();
  return { app, end, dialled, told, menus, sent, saved: () => saved };
}

describe("a server that doesn't take the connection", () => {
  test.each<[string, string[], string]>([
    ["is full", ["ERROR :The server is full: try again later"], closing.full],
    [
      "is full, on InspIRCd",
      ["ERROR :Closing link: (u@h) [No more connections allowed]"],
      closing.full,
    ],
    ["has too many from here", ["ERROR :Too many connections from your address"], closing.tooMany],
    [
      "has too many from here, on hybrid",
      ["ERROR :Closing Link: h (Too many host connections (local))"],
      closing.tooMany,
    ],
    [
      "was asked too often",
      ["ERROR :Too many new connections: try again in a minute"],
      closing.throttled,
    ],
    ["has banned us", ["ERROR :Closing Link: h (K-Lined: spam)"], closing.banned],
    ["has banned us by the numeric", [":s 465 * :You are banned"], failures["465"]("")],
    ["hangs up", [], words.ended(HOST)],
    ["is a web server", ["HTTP/1.1 400 Bad Request"], words["not-irc"](HOST)],
    ["is an SSH server", ["SSH-2.0-OpenSSH_9.2p1"], words["not-irc"](HOST)],
  ])("and %s: says so, and offers a way on", async (_, says, sentence) => {
    const { end, told, menus } = await connects(HOST, [{ says }]);
    expect(told.at(-1)).toStartWith(sentence);
    expect(menus).toHaveLength(1);
    expect(menus[0]?.labels).toContain(menu.tryAgain);
    expect(menus[0]?.labels).toContain(settings.server);
    expect(end).toBe("quit");
  });

  test("that doesn't say that a password is missing takes one all the same", async () => {
    const says = ["ERROR :Closing link: (u@h) [Access denied by configuration]"];
    const answers = [words.givePassword, "sesame"];
    const { menus, sent } = await connects(HOST, [{ says }, { says }], answers);
    expect(menus[0]?.labels).toContain(words.givePassword);
    expect(sent.filter((line) => line.startsWith("PASS"))).toEqual(["PASS sesame"]);
  });

  test("at another port than the typed one: that one can be tried again", async () => {
    const answers = [words.tryPort(6697), words.backToPort(7000)];
    const attempts: Attempt[] = ["no-handshake", "refused", "no-handshake"];
    const { menus, dialled } = await connects("chat.example:7000", attempts, answers);
    expect(dialled).toEqual(["7000", "6697", "7000"]);
    expect(menus[0]?.labels).not.toContain(words.backToPort(7000));
    expect(menus[1]?.labels).toContain(words.backToPort(7000));
  });

  test.each<ConnectProblem>([
    "no-handshake",
    "refused",
    "unreachable",
    "timeout",
    "no-such-host",
    "not-tls",
    "closed",
  ])("because of %s: says so, and offers a way on", async (problem) => {
    const { told, menus } = await connects("chat.example:7000", [problem]);
    expect(told.at(-1)).toBe(words[problem]("chat.example:7000"));
    expect(menus[0]?.labels).toContain(menu.tryAgain);
  });

  test.each([":s 464 * :Password incorrect", "ERROR :Closing link: (u@h) [Invalid password]"])(
    "and has a password of its own is asked again with it: %s",
    async (line) => {
      const { told, dialled, sent } = await connects(
        HOST,
        [{ says: [line] }, "refused"],
        ["sesame"],
      );
      expect(told).toContain(words.serverPassword(HOST, false));
      expect(dialled).toHaveLength(2);
      expect(sent.join("\n")).not.toContain("PASS");
      const again = await connects(HOST, [{ says: [line] }, { says: [line] }], ["sesame"]);
      expect(again.sent).toContain("PASS sesame");
      expect(again.told).toContain(words.passwordRefused(HOST));
    },
  );
});

describe("Ctrl-C while the client connects", () => {
  test.each<[string, Attempt]>([
    ["nobody answers", "interrupted"],
    ["the server says nothing", { says: [], interrupts: true }],
    ["the server negotiates", { says: [":s CAP * LS * :sasl"], interrupts: true }],
  ])("and %s leads to the menu, and no further", async (_, attempt) => {
    const listeners = process.listeners("SIGINT");
    const { told, menus, end, dialled } = await connects(
      HOST,
      [attempt, "refused"],
      [menu.tryAgain],
    );
    const again = menu.connecting(HOST);
    expect(told.slice(1)).toEqual([words.stopped(HOST), again, words.refused(HOST)]);
    expect(menus[0]?.labels).toEqual([menu.tryAgain, settings.server, menu.quit]);
    expect(dialled).toHaveLength(2);
    expect(end).toBe("quit");
    expect(process.listeners("SIGINT")).toEqual(listeners);
  });

  test.each<[string, (app: App, server: ConnectedServer) => Promise<boolean>, string[]]>([
    ["a guest's entry", continueAsGuest, ["손님", "손님"]],
    ["a log-in", logIn, ["mina", "sesame", "mina", "sesame"]],
  ])("and during %s leads to the menu, where it can be tried again", async (_, enter, answers) => {
    const offers: Attempt = {
      says: [":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl"],
      closes: false,
    };
    const { app, end, told } = await connects(HOST, [offers, offers], answers);
    if (typeof end === "string") throw new Error(end);
    for (let tries = 0; tries < 2; tries++) {
      const entry = enter(app, end);
      setTimeout(() => process.emit("SIGINT"), 0);
      expect(await entry).toBe(false);
      expect(told.at(-1)).toBe(words.stopped(HOST));
    }
    end.connection.end();
  });
});

describe("the menu after a failed connection", () => {
  const ways = (problem: ConnectProblem, port: number, isPlain = false) => {
    const link = parseLink(`${HOST}:${port}`);
    if (link === null) throw new Error("no link");
    return waysOn({ link, isPlain, problem }).slice(1, -2);
  };

  test("offers another port where one is likely", () => {
    expect(ways("refused", 7000)).toEqual(["tls-port"]);
    expect(ways("refused", TLS_PORT)).toEqual(["plain-port"]);
    expect(ways("not-irc", 443)).toEqual(["tls-port"]);
    expect(ways("not-irc", TLS_PORT)).toEqual([]);
    expect(ways("silent", 25)).toEqual(["tls-port"]);
    expect(ways("no-such-host", 7000)).toEqual([]);
    expect(ways("unreachable", 7000)).toEqual([]);
  });

  test("offers to go without TLS where the port has none, and with it where it may have some", () => {
    expect(ways("not-tls", 7000)).toEqual(["tls-port", "without-tls"]);
    expect(ways("not-tls", PLAIN_PORT, true)).toEqual(["tls-port"]);
    expect(ways("closed", TLS_PORT, true)).toEqual(["with-tls"]);
    expect(ways("silent", TLS_PORT, true)).toEqual(["with-tls"]);
  });

  test("goes to the other port, and stays there", async () => {
    const { dialled, menus } = await connects(
      "chat.example:443",
      [{ says: ["HTTP/1.1 400 Bad Request"] }, "timeout"],
      [words.tryPort(TLS_PORT), menu.tryAgain],
    );
    expect(menus[0]?.initial).toBe("tls-port");
    expect(dialled).toEqual(["443", "6697", "6697"]);
  });

  test("goes to the port without TLS after the question about it, and back", async () => {
    const { dialled, saved } = await connects(
      "chat.example:6697",
      ["refused", "closed", "refused"],
      [words.tryPlainPort(PLAIN_PORT), plainText.withTls],
    );
    expect(dialled).toEqual(["6697", "6667 plain", "6667"]);
    expect(saved().plain).toEqual([]);
  });

  test("selects another server where the name can't be found", async () => {
    const { menus } = await connects("chat.exmaple", ["no-such-host"]);
    expect(menus[0]?.initial).toBe("other-server");
  });
});

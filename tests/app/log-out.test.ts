import { describe, expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, SavedState } from "../../lib/app/app-ports.ts";
import { EMPTY_UI } from "../../lib/app/chat-screen/ui-state.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { askLogOut, logOut } from "../../lib/app/menu/log-out.ts";
import type { OpenServer } from "../../lib/app/servers/open-server.ts";
import { openChat } from "./open-chat.ts";

const KEY = "chat.example:6697";
const OTHER = "other.example:6697";
const FINGERPRINT = "ab".repeat(32);
const OURS = "sodam.chat/account labeled-response batch draft/chathistory";
const { logOut: words, back, menu } = wordsFor("en");
const { whenRead } = menu;

interface Files {
  readonly saved: SavedState;
  readonly passwords: object;
  readonly drafts: object;
}

const NOTHING: Files = { saved: {}, passwords: {}, drafts: {} };
const EVERYTHING: Files = {
  saved: {
    accounts: { [KEY]: "mina", [OTHER]: "zoe" },
    rooms: { [KEY]: ["#tea"], [OTHER]: ["#cake"] },
    encodings: { [KEY]: "latin1" },
  },
  passwords: { [KEY]: { account: "mina", password: "secret" }, [OTHER]: { password: "x" } },
  drafts: { [`mina@${KEY}`]: { "#tea": "unsent" }, [`zoe@${OTHER}`]: { "#cake": "later" } },
};

/** Logs out of a server; the user answers the question by the choice with this label, or leaves it. */
async function logsOut(
  caps: string,
  given: Files,
  answer: string | null,
  account = "mina",
  rows = 24,
) {
  const chat = await openChat(caps);
  if (account !== "") chat.hears(`:s 900 mina mina!m@h ${account} :You are now logged in`);
  const files = structuredClone(given) as { saved: SavedState; passwords: object; drafts: object };
  const heard: string[] = [];
  const erased: string[] = [];
  const ports = Object.assign(chat.ports, {
    saved: files.saved,
    history: {},
    deviceName: "laptop",
    stdout: { columns: 40, rows },
    save(fields: SavedState) {
      files.saved = { ...files.saved, ...fields };
      Object.assign(ports, { saved: files.saved });
    },
    readPasswords: () => files.passwords,
    writePasswords(content: object) {
      files.passwords = content;
    },
    readDrafts: () => files.drafts,
    writeDrafts(content: object) {
      files.drafts = content;
    },
    deviceFingerprint: () => FINGERPRINT,
    forgetHistory: ({ host }: { host: string }) => erased.push(host),
  } as unknown as Partial<AppPorts>);
  let choices: string[] = [];
  const reads: string[] = [];
  const say = (text: string) => heard.push(text);
  const prompts = {
    ...{ info: say, success: say, warn: say, note: (_: string, text: string) => say(text) },
    select: (question: string, offered: { value: unknown; label: string }[]) => {
      if (question === whenRead) {
        reads.push(heard.at(-1) ?? "");
        return Promise.resolve(true);
      }
      choices = offered.map(({ label }) => label);
      return Promise.resolve(offered.find(({ label }) => label === answer)?.value ?? null);
    },
  };
  const { settings } = chat.app;
  const app = { ports, prompts, settings, words: wordsFor("en") } as unknown as App;
  const memory = { ui: EMPTY_UI, drafts: { write() {} } };
  const server = { connection: chat.connection, memory } as unknown as OpenServer;
  const how = await askLogOut(app, server);
  let isClosed = false;
  if (how !== null) {
    const done = logOut(app, server, how, () => {
      isClosed = true;
    });
    const removal = chat.sent.find((line) => line.includes("ACCOUNT CERT DEL"));
    const label = /label=([^; ]+)/.exec(removal ?? "")?.[1];
    if (label !== undefined) {
      expect(removal).toEndWith(`ACCOUNT CERT DEL ${FINGERPRINT}`);
      expect(isClosed).toBe(false);
      chat.hears(`@label=${label} :s NOTE ACCOUNT CERT_REMOVED ${FINGERPRINT} :Gone`);
    }
    await done;
  }
  return { how, heard, reads, files, erased, choices, isClosed, sent: chat.sent };
}

describe("logging out", () => {
  test("asks nothing where this device has nothing, and says that the password is needed", async () => {
    const { how, choices, heard, isClosed } = await logsOut(OURS, NOTHING, null);
    expect([how, choices, isClosed]).toEqual(["remember", [], true]);
    expect(heard).toEqual([words.nextAsks]);
  });

  test("names what this device has, and goes back by Escape", async () => {
    const { how, heard, files, isClosed, choices } = await logsOut(OURS, EVERYTHING, null);
    expect(how).toBeNull();
    expect(isClosed).toBe(false);
    const { device, password, drafts } = words.has;
    expect(heard).toEqual([words.explain(`${device}, ${password}, ${drafts}`)]);
    expect(choices).toEqual([words.remember, words.forget, back]);
    expect(files).toEqual(EVERYTHING as never);
  });

  test("a guest leaves, since nobody is logged in, and isn't told before that it is done", async () => {
    const { choices, heard } = await logsOut(OURS, EVERYTHING, null, "");
    expect(choices).toEqual([words.leaving.remember, words.leaving.forget, back]);
    expect(heard.at(-1)).toStartWith("This device has: ");
  });

  test("keeps everything on request, and says that the next start logs in by itself", async () => {
    const { heard, files, erased, isClosed } = await logsOut(OURS, EVERYTHING, words.remember);
    expect(isClosed).toBe(true);
    expect(heard.at(-1)).toBe(words.nextByItself("mina"));
    expect(files).toEqual(EVERYTHING as never);
    expect(erased).toEqual([]);
  });

  test("forgets the device, the password, drafts and messages of this server alone", async () => {
    const { heard, files, erased } = await logsOut(OURS, EVERYTHING, words.forget);
    expect(heard.slice(-2)).toEqual([words.forgotten("chat.example"), words.nextAsks]);
    expect(files.saved).toMatchObject({
      accounts: { [OTHER]: "zoe" },
      rooms: { [OTHER]: ["#cake"] },
      encodings: { [KEY]: "latin1" },
    });
    expect(files.saved.accounts).not.toHaveProperty([KEY]);
    expect(files.passwords).toEqual({ [OTHER]: { password: "x" } });
    expect(files.drafts).toEqual({ [`zoe@${OTHER}`]: { "#cake": "later" } });
    expect(erased).toEqual(["chat.example"]);
  });

  test("on another server stored messages are named and forgotten too", async () => {
    const { heard, erased, sent } = await logsOut("", NOTHING, words.forget);
    expect(heard[0]).toBe(words.explain(words.has.history));
    expect(erased).toEqual(["chat.example"]);
    expect(sent.join("\n")).not.toContain("CERT DEL");
  });

  test("waits in a low window until its last sentence was read", async () => {
    const { reads } = await logsOut(OURS, EVERYTHING, words.forget, "mina", 12);
    expect(reads).toEqual([words.nextAsks]);
    expect((await logsOut(OURS, EVERYTHING, words.forget)).reads).toEqual([]);
  });

  test("a guest hears that the name is free again", async () => {
    const { heard } = await logsOut(OURS, NOTHING, null, "");
    expect(heard).toEqual([words.nextAsGuest]);
  });
});

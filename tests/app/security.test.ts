import { expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { viewOf } from "../../lib/app/chat-screen/ui-state.ts";
import { type Words, wordsFor } from "../../lib/app/i18n/words.ts";
import { chooseRoom } from "../../lib/app/menu/rooms-menu.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openChat } from "./open-chat.ts";
import { openServers } from "./open-servers.ts";

/** What the client says of the safety of its own account. */

const CAPS = "batch labeled-response sodam.chat/account";
const KINDS = Object.keys(wordsFor("en").security) as (keyof Words["security"])[];

function serverLines({ connection }: Awaited<ReturnType<typeof openChat>>) {
  const conversations = [...connection.session.state.conversations.values()];
  return conversations.find(({ kind }) => kind === "server")?.lines ?? [];
}

test.each(["en", "ko"] as const)(
  "%s: each kind of notice has words, and is shown at once",
  async (language) => {
    const chat = await openChat(CAPS, { language });
    for (const kind of KINDS) {
      chat.hears(`:s NOTE ACCOUNT SECURITY ${kind} 2026-11-22T00:30:00.000Z :In English`);
    }
    const words = wordsFor(language);
    const { calendar } = chat.app;
    const sentences = serverLines(chat).map(
      (line) => systemSentence(line, words, calendar)?.text ?? "",
    );
    expect(
      sentences.map((text) =>
        text.replace(`${calendar.moment(Date.UTC(2026, 10, 22, 0, 30))}: `, ""),
      ),
    ).toEqual(KINDS.map((kind) => words.security[kind]));
    expect(chat.notes()).toEqual(sentences);
  },
);

test("a kind that a newer server has is shown in its words", async () => {
  const chat = await openChat(CAPS);
  chat.hears(":s NOTE ACCOUNT SECURITY teleported 2026-11-22T00:30:00.000Z :You were teleported");
  chat.hears(":s NOTE ACCOUNT SECURITY constructor 2026-11-22T00:30:00.000Z :Something else");
  expect(chat.notes()).toEqual(["You were teleported", "Something else"]);
});

test("a session that was ended from another device doesn't come back by itself", async () => {
  const chat = await openChat(CAPS);
  chat.connection.autoReconnect = true;
  chat.hears(":s NOTE ACCOUNT SESSION_ENDED :Ended from another of your devices", "ERROR :Ended");
  chat.loses();
  expect(chat.ends).toEqual([{ kind: "locked-out" }]);
  expect(chat.connection.session.state.phase).toMatchObject({ kind: "offline", why: "refused" });
  // Nor by a command of whoever sits at it: it has forgotten how to log in.
  chat.sent.length = 0;
  chat.types("/reconnect");
  await Promise.resolve();
  chat.hears(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
  expect(chat.ends).toEqual(Array(2).fill({ kind: "locked-out" }) as never);
  expect(chat.sent.filter((line) => line.startsWith("AUTHENTICATE"))).toEqual([]);
});

test("/sessions and /로그인목록 open their page", async () => {
  const chat = await openChat(CAPS);
  chat.types("/sessions");
  chat.types("/로그인목록");
  expect(chat.ends).toEqual(Array(2).fill({ kind: "menu", page: "sessions" }) as never);
});

const HOME = "home.example";
const WORK = "work.example";

function notice(kind: string): string {
  return `:s NOTE ACCOUNT SECURITY ${kind} 2026-11-22T00:30:00.000Z :In English`;
}

/** The client in its rooms menu, which is asked until `answers` are used up. Returns what it warned of. */
async function atMenu(
  { app, servers }: Awaited<ReturnType<typeof openServers>>,
  whileAsked: readonly (() => void)[],
): Promise<string[]> {
  const warnings: string[] = [];
  const steps = [...whileAsked];
  const prompts = {
    ...{ info() {}, warn: (text: string) => void warnings.push(text) },
    select: () => {
      steps.shift()?.();
      return Promise.resolve(steps.length === 0 ? "quit" : null);
    },
    askLeave: () => Promise.resolve(false),
  };
  const { shown } = servers;
  if (shown === null) throw new Error("no server");
  const menu: App = Object.assign(Object.create(app) as App, { prompts });
  await chooseRoom(menu, shown.connection, fold("#tea"), shown.account, servers);
  return warnings;
}

test("what happens to the account during the menu is told there once, with the server's name", async () => {
  const chat = await openServers([HOME, WORK], { caps: CAPS });
  const { security } = wordsFor("en");
  chat.server(HOME).takeNotices();
  chat.hears(HOME, notice("password"));
  const warnings = await atMenu(chat, [() => chat.hears(WORK, notice("device")), () => {}]);
  expect(warnings).toEqual([
    expect.stringMatching(RegExp(`^home.example › .*${RegExp.escape(security.password)}`)),
    expect.stringMatching(RegExp(`^work.example › .*${RegExp.escape(security.device)}`)),
  ]);
  expect(await atMenu(chat, [])).toEqual([]);
});

test("a chat that opens tells once what happened to the account before it", async () => {
  const chat = await openServers([HOME], { caps: CAPS });
  const { controller, server } = chat.shown();
  const notes = () => viewOf(controller.ui, fold("#tea")).notes.map(({ text }) => text);
  chat.hears(HOME, notice("password"));
  expect(notes().length).toBe(1);
  server.takeNotices();
  chat.chats.noteNotices();
  expect(notes().length).toBe(1);
  // One that comes while no controller listens.
  chat.shown().stopListening();
  chat.hears(HOME, notice("device"));
  expect(notes().length).toBe(1);
  for (let time = 0; time < 2; time++) {
    chat.chats.noteNotices();
    expect(notes()).toEqual([
      expect.anything(),
      expect.stringContaining(wordsFor("en").security.device),
    ]);
  }
});

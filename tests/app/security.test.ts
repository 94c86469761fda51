import { expect, test } from "bun:test";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { openChat } from "./open-chat.ts";

/** What the client says of the safety of its own account. */

const CAPS = "batch labeled-response sodam.chat/account";
const KINDS = ["password", "device", "email", "address", "reset-link", "reset"] as const;

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
    const sentences = serverLines(chat).map((line) => systemSentence(line, words)?.text ?? "");
    expect(sentences.map((text) => text.replace(/^2026-11-2\d \d\d:\d\d /, ""))).toEqual(
      KINDS.map((kind) => words.security[kind]),
    );
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
});

test("/sessions and /로그인목록 open their page", async () => {
  const chat = await openChat(CAPS);
  chat.types("/sessions");
  chat.types("/로그인목록");
  expect(chat.ends).toEqual(Array(2).fill({ kind: "menu", page: "sessions" }) as never);
});

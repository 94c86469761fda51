import { expect, test } from "bun:test";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { type Words, wordsFor } from "../../lib/app/i18n/words.ts";
import { openChat } from "./open-chat.ts";

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

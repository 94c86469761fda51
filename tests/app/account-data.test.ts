import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import type { ChatSession } from "../../lib/chat-client/session.ts";
import { type AccountDatum, fetchAccountData } from "../../lib/member-client/account-data.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";

/** What /my-data makes of ACCOUNT DATA. */

const COMMANDS = join(import.meta.dir, "../../lib/chat-server/commands/account");

/** Returns the items that the client reads from the answer's lines. */
function read(...lines: string[]): readonly AccountDatum[] {
  let data: readonly AccountDatum[] | null = null;
  const messages = lines.map((line) => parseMessage(`:tea.test NOTE ACCOUNT DATA ${line}`));
  const session = {
    ask: (_verb: string, _params: unknown, done: (answer: unknown) => void) =>
      done({ kind: "answered", messages }),
  } as unknown as ChatSession;
  fetchAccountData(session, (items) => {
    data = items;
  });
  if (data === null) throw new Error("no data");
  return data;
}

/** Every kind that the server sends, by its own source: `send("KIND", …)`. */
const SENT_KINDS = readdirSync(COMMANDS)
  .flatMap((name) => [
    ...readFileSync(join(COMMANDS, name), "utf8").matchAll(/\bsend\(\s*"([A-Z_]+)"/g),
  ])
  .map(([, kind = ""]) => kind);

test("every kind of item that the server sends has words in both languages", () => {
  expect(SENT_KINDS.length).toBeGreaterThan(15);
  for (const kind of SENT_KINDS) {
    const [item] = read(`${kind} a b c d :text`);
    const name = String(item?.kind);
    expect(item, `${kind} is an item of its own`).not.toHaveProperty("values");
    for (const words of [en, ko]) expect(Object.keys(words.accountData)).toContain(name);
  }
});

test("an item of a kind that the client doesn't know is there with all that the server said", () => {
  expect(read("SHOE_SIZE 43 eu :left and right")).toEqual([
    { kind: "shoe-size", values: "43 eu left and right" },
  ]);
});

import { expect, test } from "bun:test";
import { fetchPendingInvites, pendingInvites } from "../../lib/app/menu/pending-invites.ts";
import { SERVER_KEY } from "../../lib/chat-client/client-state.ts";
import type { Answer, ChatSession } from "../../lib/chat-client/session.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { conversation, line, SATURDAY, stateOf } from "./team.ts";

const invitation = (by: string, room: string) =>
  line(SATURDAY, "", "", { kind: "info", code: "INVITED", params: [by, room] });

function after(...invitations: (readonly [by: string, room: string])[]) {
  const lines = invitations.map(([by, room]) => invitation(by, room));
  const server = { ...conversation("server"), key: SERVER_KEY, kind: "server" as const, lines };
  return stateOf(server, conversation("#lobby"), conversation("#left", { joined: false }));
}

test("lists each room once, the newest invitation first, and no joined room", () => {
  const state = after(["mina", "#Tea"], ["jun", "#cake"], ["bo", "#tea"], ["bo", "#lobby"]);
  expect(pendingInvites(state, ["#CAKE", "#old"])).toEqual([
    { room: "#tea", by: "bo" },
    { room: "#cake", by: "jun" },
    { room: "#old", by: null },
  ]);
});

test("a room that was joined and left needs a newer invitation", () => {
  expect(pendingInvites(after(), ["#left"])).toEqual([]);
  expect(pendingInvites(after(["mina", "#left"]), ["#left"])).toEqual([
    { room: "#left", by: "mina" },
  ]);
});

test("asks the server for earlier invitations; a server need not answer", async () => {
  const answered = (answer: Answer) => {
    const ask = (_verb: string, _params: readonly string[], done: (answer: Answer) => void) =>
      done(answer);
    return fetchPendingInvites({ ask } as unknown as ChatSession);
  };
  const messages = [":s 336 me #tea", ":s 336 me #cake", ":s 337 me :End"].flatMap(
    (text) => parseMessage(text) ?? [],
  );
  expect(await answered({ kind: "answered", messages })).toEqual(["#tea", "#cake"]);
  expect(await answered({ kind: "lost" })).toEqual([]);
});

test("knows the answer of a server without labels, also if there is no invitation", () => {
  const knows: boolean[] = [];
  const ask: ChatSession["ask"] = (_verb, _params, _done, options) => {
    for (const text of [":s 336 me #tea", ":s 337 me :End", ":s 376 me :End of MOTD"]) {
      const message = parseMessage(text);
      knows.push(message !== null && options?.isAnswer?.(message) === true);
    }
  };
  void fetchPendingInvites({ ask } as unknown as ChatSession);
  expect(knows).toEqual([true, true, false]);
});

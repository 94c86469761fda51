/** Local history in place of the server's. */
import { expect, test } from "bun:test";
import type { ReadStored, RecordedLine } from "../../lib/chat-client/history/local-pages.ts";
import { ClientSession } from "../../lib/chat-client/session.ts";
import { fold } from "../../lib/protocol/names.ts";
import { elapsedMs } from "../elapsed.ts";
import { START } from "./stage.ts";

function line(number: number): RecordedLine {
  return {
    ...({
      id: `s${number}`,
      time: START - (1000 - number) * 1000,
      kind: "said",
      nick: "jun",
    } as const),
    ...{ own: false, text: `stored ${number}`, account: null, msgid: null },
  };
}

/** A session on a server with these capabilities, with a hundred and twenty stored messages in #tea. */
function open(caps = "") {
  const stored = Array.from({ length: 120 }, (_, number) => line(number));
  const read: ReadStored = (conversation, before, count) => {
    if (conversation !== "#tea") return [];
    const end = before === null ? stored.length : stored.findIndex(({ id }) => id === before.id);
    const index = end === -1 ? stored.filter(({ time }) => time < (before?.time ?? 0)).length : end;
    return stored.slice(Math.max(0, index - count), index);
  };
  let ids = 0;
  const session = new ClientSession(
    { nick: "mina", logIn: null },
    {
      ...{ send: () => {}, now: () => START, elapsed: () => elapsedMs(0), emit: () => {} },
      ...{ id: () => `id${++ids}`, readStored: read },
    },
  );
  const hears = (...lines: string[]): void => {
    for (const text of lines) session.receive({ kind: "text", text });
  };
  session.opened();
  hears(`:s CAP * LS :${caps}`);
  if (caps !== "") hears(`:s CAP * ACK :${caps}`);
  hears(":s 001 mina :hi", ":s 422 mina :none", ":mina!m@h JOIN #tea");
  const tea = () => {
    const conversation = session.state.conversations.get(fold("#tea"));
    if (conversation === undefined) throw new Error("no #tea");
    return conversation;
  };
  return { session, hears, tea };
}

test("a room begins with its last stored page, which isn't unread", () => {
  const { tea } = open();
  expect(tea().lines).toHaveLength(50);
  expect(tea().lines.at(-1)?.text).toBe("stored 119");
  expect(tea().unread).toBe(0);
});

test("older pages follow when they are wanted, down to the first message", () => {
  const { session, tea } = open();
  session.history.loadOlder(tea().key);
  expect(tea().lines[0]?.text).toBe("stored 20");
  expect(tea().oldestReached).toBe(false);
  session.history.loadOlder(tea().key);
  expect(tea().lines[0]?.text).toBe("stored 0");
  expect(tea().oldestReached).toBe(true);
});

test("a stored message is jumped to", () => {
  const { session, tea } = open();
  const answers: boolean[] = [];
  session.history.jumpTo(tea().key, { msgid: "s5", time: 0 }, (isFound) => answers.push(isFound));
  session.history.jumpTo(tea().key, { msgid: "none", time: 0 }, (isFound) => answers.push(isFound));
  expect(answers).toEqual([true, false]);
  expect(tea().lines.some(({ key }) => key === "s5")).toBe(true);
});

test("live messages come behind the stored ones", () => {
  const { hears, tea } = open();
  hears(":jun!j@h PRIVMSG #tea :live");
  expect(tea().lines.at(-1)?.text).toBe("live");
  expect(tea().unread).toBe(1);
});

test("a server that has a history of its own shows that, and nothing that is stored here", () => {
  const { tea } = open("batch draft/chathistory");
  expect(tea().lines).toEqual([]);
});

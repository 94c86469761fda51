import { describe, expect, test } from "bun:test";
import { makeCalendar } from "../../lib/app/calendar.ts";
import { type ChatEnd, Desk } from "../../lib/app/chat-screen/desk.ts";
import { systemSentence } from "../../lib/app/chat-screen/system-line.ts";
import { EMPTY_UI, lookAt } from "../../lib/app/chat-screen/ui-state.ts";
import { Connection } from "../../lib/app/connection.ts";
import type { App } from "../../lib/app/context.ts";
import type { ConnectOutcome, Ports, WireHandlers } from "../../lib/app/ports.ts";
import { wordsFor } from "../../lib/app/words.ts";
import { parseLink } from "../../lib/protocol/link.ts";
import { SATURDAY } from "./team.ts";

/** Mina at her desk, on a server that says what the test says. */
async function atTheDesk() {
  const sent: string[] = [];
  const ends: ChatEnd[] = [];
  const soon: (() => void)[] = [];
  let handlers: WireHandlers | null = null;
  let ids = 0;
  const ports = {
    kept: {},
    now: () => SATURDAY,
    random: () => 0,
    id: () => `id${++ids}`,
    after: (ms: number, action: () => void) => {
      if (ms === 0) soon.push(action);
      return () => {};
    },
    connect: (_: unknown, given: WireHandlers): Promise<ConnectOutcome> => {
      handlers = given;
      const wire = { fingerprint: null, send: (line: string) => void sent.push(line), close() {} };
      return Promise.resolve({ kind: "connected", wire });
    },
    // The desk needs nothing else of the world.
  } as unknown as Ports;
  const link = parseLink("chat.example");
  if (link === null) throw new Error("no link");
  const connection = new Connection(ports, link);
  const app = { ports, words: wordsFor("en"), calendar: makeCalendar("en", "UTC") } as App;
  const desk = new Desk(
    app,
    connection,
    EMPTY_UI,
    () => {},
    (end) => ends.push(end),
  );
  connection.listen((event) => desk.hear(event));
  await connection.open();
  const hears = (...lines: string[]): void => {
    for (const text of lines) handlers?.line({ kind: "text", text });
    for (const action of soon.splice(0)) action();
  };
  hears(":s CAP * LS :sasl=PLAIN");
  connection.session.enter();
  hears(":s 001 mina :Welcome", ":s 376 mina :End", ":mina!m@h JOIN #tea");
  const notes = (): string[] => lookAt(desk.ui, desk.ui.current).notes.map((note) => note.text);
  return { desk, connection, sent, ends, hears, notes };
}

describe("the desk", () => {
  test("goes to the first room that there is", async () => {
    const { desk } = await atTheDesk();
    expect(desk.ui.current as string).toBe("#tea");
  });

  test("goes to a room that was asked for when the server lets one in, and not before", async () => {
    const { desk, sent, hears } = await atTheDesk();
    desk.carryOut({ kind: "slash", text: "/join #cake" });
    expect(sent.at(-1)).toContain("JOIN #cake");
    expect(desk.ui.current as string).toBe("#tea");
    hears(":jun!j@h JOIN #tea");
    expect(desk.ui.current as string).toBe("#tea");
    hears(":mina!m@h JOIN #cake");
    expect(desk.ui.current as string).toBe("#cake");
  });

  test("says why one wasn't let in, where one is", async () => {
    const { desk, hears, notes } = await atTheDesk();
    desk.carryOut({ kind: "slash", text: "/join #vault" });
    hears(":s 473 mina #vault :Cannot join channel (+i)");
    expect(notes()).toEqual(["#vault is by invitation only."]);
    expect(desk.ui.current as string).toBe("#tea");
  });

  test("says who isn't there, in the room where one asked", async () => {
    const { connection, hears } = await atTheDesk();
    hears(":s 441 mina jun #tea :They aren't on that channel", ":s 401 mina bo :No such nick");
    const lines = [...connection.session.state.conversations.values()].flatMap((one) => one.lines);
    const sentences = lines.map((line) => systemSentence(line, wordsFor("en"))?.text);
    expect(sentences).toContain("There is nobody called bo.");
    expect(sentences).toContain("jun isn't in this room.");
  });

  test("takes a room off the list when one has left it", async () => {
    const { connection, hears } = await atTheDesk();
    hears(":mina!m@h JOIN #cake", ":mina!m@h PART #cake");
    const rooms = [...connection.session.state.conversations.values()];
    expect(rooms.filter((one) => one.kind === "room").map((one) => one.name)).toEqual(["#tea"]);
  });

  test("keeps what one looks at when a room is renamed", async () => {
    const { desk, hears } = await atTheDesk();
    desk.note("hello");
    hears(":s RENAME #tea #coffee :better");
    expect(desk.ui.current as string).toBe("#coffee");
    expect(lookAt(desk.ui, desk.ui.current).notes.length).toBe(1);
  });

  test("leads out when the account doesn't let one in any more", async () => {
    const { desk, ends } = await atTheDesk();
    desk.hear({ kind: "log-in-failed", problem: { kind: "wrong" } });
    expect(ends).toEqual([{ kind: "locked-out" }]);
  });

  test("nothing is said into the server's own conversation", async () => {
    const { desk, connection, sent, notes } = await atTheDesk();
    const server = [...connection.session.state.conversations.keys()][0];
    if (server === undefined) throw new Error("no conversation");
    const before = sent.length;
    desk.carryOut({ kind: "say", key: server, text: "hello?", replyTo: null });
    expect(sent.length).toBe(before);
    expect(notes()).toEqual(["That works in a room. Go into one first."]);
  });
});

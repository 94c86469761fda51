import { describe, expect, test } from "bun:test";
import type { App } from "../../lib/app/app-context.ts";
import type { AppPorts, ConnectOutcome, OpenConnectionHandlers } from "../../lib/app/app-ports.ts";
import { ChatController, type ChatEnd } from "../../lib/app/chat-screen/chat-controller.ts";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { EMPTY_UI, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { fold } from "../../lib/protocol/names.ts";
import { parseLink } from "../../lib/protocol/server-link.ts";
import { SATURDAY } from "./team.ts";

/** Mina at her desk, on a server that says what the test says. */
async function atTheDesk(caps = "") {
  const sent: string[] = [];
  const ends: ChatEnd[] = [];
  const soon: (() => void)[] = [];
  const outcomes: ConnectOutcome[] = [];
  let handlers: OpenConnectionHandlers | null = null;
  let ids = 0;
  const ports = {
    saved: {},
    stdout: { columns: 80, rows: 24 },
    now: () => SATURDAY,
    random: () => 0,
    id: () => `id${++ids}`,
    after: (ms: number, action: () => void) => {
      if (ms === 0) soon.push(action);
      return () => {};
    },
    connect: (_: unknown, given: OpenConnectionHandlers): Promise<ConnectOutcome> => {
      handlers = given;
      const next = outcomes.shift();
      if (next !== undefined) return Promise.resolve(next);
      const connection = {
        fingerprint: null,
        send: (line: string) => void sent.push(line),
        close() {},
      };
      return Promise.resolve({ kind: "connected", connection });
    },
    saveExport: async (...[, , , lines]: Parameters<AppPorts["saveExport"]>) => {
      let count = 0;
      for await (const _ of lines) count += 1;
      return { kind: "saved", path: "tea.txt", count };
    },
    // The desk needs nothing else of the world.
    serverPassword: () => null,
  } as unknown as AppPorts;
  const link = parseLink("chat.example");
  if (link === null) throw new Error("no link");
  const connection = new ServerConnection(ports, link);
  const calendar = makeDateFormat("en", "UTC");
  const app = { ports, words: wordsFor("en"), calendar, settings: { append: false } } as App;
  const desk = new ChatController(
    app,
    connection,
    EMPTY_UI,
    () => {},
    (end) => ends.push(end),
  );
  connection.listen((event) => desk.onSessionEvent(event));
  await connection.open();
  const hears = (...lines: string[]): void => {
    for (const text of lines) handlers?.line({ kind: "text", text });
    for (const action of soon.splice(0)) action();
  };
  const loses = (): void => handlers?.closed("gone");
  hears(`:s CAP * LS :sasl=PLAIN ${caps}`);
  hears(`:s CAP * ACK :sasl ${caps}`);
  connection.session.enter();
  hears(":s 001 mina :Welcome", ":s 376 mina :End", ":mina!m@h JOIN #tea");
  const notes = (): string[] => viewOf(desk.ui, desk.ui.current).notes.map((note) => note.text);
  return { desk, connection, sent, ends, hears, notes, outcomes, loses };
}

describe("the desk", () => {
  test("goes to the first room that there is", async () => {
    const { desk } = await atTheDesk();
    expect(desk.ui.current as string).toBe("#tea");
  });

  test("goes to a room that was asked for when the server lets one in, and not before", async () => {
    const { desk, sent, hears } = await atTheDesk();
    desk.perform({ kind: "slash", text: "/join #cake" });
    expect(sent.at(-1)).toContain("JOIN #cake");
    expect(desk.ui.current as string).toBe("#tea");
    hears(":jun!j@h JOIN #tea");
    expect(desk.ui.current as string).toBe("#tea");
    hears(":mina!m@h JOIN #cake");
    expect(desk.ui.current as string).toBe("#cake");
  });

  test("says why one wasn't let in, where one is", async () => {
    const { desk, hears, notes } = await atTheDesk();
    desk.perform({ kind: "slash", text: "/join #vault" });
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

  test("says in one line how far a long export is, and in the end what came of it", async () => {
    const { desk, sent, hears, notes } = await atTheDesk(
      "batch message-tags server-time soju.im/search",
    );
    desk.perform({ kind: "slash", text: "/export search tea" });
    const seen: string[] = [];
    for (let page = 0; page < 7; page += 1) {
      expect(sent.at(-1)).toContain("SEARCH");
      const found = Array.from({ length: page === 6 ? 0 : 200 }, (_, at) => {
        const time = new Date(SATURDAY + (page * 200 + at) * 1000).toISOString();
        return `@batch=b;time=${time};msgid=m${page}-${at} :jun!j@h PRIVMSG #tea :tea`;
      });
      hears(":s BATCH +b soju.im/search", ...found, ":s BATCH -b");
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(notes().join("|"));
    }
    expect(seen[3]).toBe("");
    expect(seen[4]).toStartWith("1000 lines so far, up to ");
    expect(seen.at(-1)).toBe("1200 lines written to tea.txt.");
  });

  test("says that one is offline where an export couldn't be had for that", async () => {
    const { desk, loses, notes } = await atTheDesk("batch message-tags soju.im/search");
    desk.perform({ kind: "slash", text: "/export search tea" });
    loses();
    await new Promise((resolve) => setImmediate(resolve));
    expect(notes().at(-1)).toStartWith("You are offline, so nothing was written to #tea tea.");
  });

  test("of a message to nobody tells where one was, and leaves no conversation", async () => {
    const { desk, hears, notes, connection } = await atTheDesk();
    hears(":mina!m@h JOIN #cake");
    desk.go(fold("#cake"));
    desk.perform({ kind: "slash", text: "/msg bo hi there" });
    expect(desk.ui.current as string).toBe("bo");
    hears(":s 401 mina bo :No such nick");
    expect(connection.session.state.conversations.has(fold("bo"))).toBe(false);
    expect(desk.ui.current as string).toBe("#cake");
    expect(notes()).toEqual(["There is nobody called bo.\nNot sent yet: hi there"]);
  });

  test("keeps a conversation in which something was said, though its other one is gone", async () => {
    const { desk, hears, connection } = await atTheDesk();
    hears(":jun!j@h PRIVMSG mina :hello");
    desk.perform({ kind: "slash", text: "/msg jun hi" });
    hears(":s 401 mina jun :No such nick");
    const jun = connection.session.state.conversations.get(fold("jun"));
    expect(jun?.lines.map((line) => line.status)).toEqual(["sent", "failed"]);
    expect(desk.ui.current as string).toBe("jun");
  });

  test("takes a room off the list when one has left it", async () => {
    const { connection, hears } = await atTheDesk();
    hears(":mina!m@h JOIN #cake", ":mina!m@h PART #cake");
    const rooms = [...connection.session.state.conversations.values()];
    expect(rooms.filter((one) => one.kind === "room").map((one) => one.name)).toEqual(["#tea"]);
  });

  test("shows what is longer than the window from its beginning, and the rest at the end", async () => {
    const { desk } = await atTheDesk();
    desk.note("1\n2\n3");
    expect(viewOf(desk.ui, desk.ui.current).anchor).toBeNull();
    desk.note(Array.from({ length: 40 }, (_, at) => `${at}`).join("\n"));
    const { anchor, notes } = viewOf(desk.ui, desk.ui.current);
    expect(anchor).toEqual({ item: notes[1]?.key ?? "", rowsUnder: null, time: SATURDAY });
  });

  test("keeps what one looks at when a room is renamed", async () => {
    const { desk, hears } = await atTheDesk();
    desk.note("hello");
    hears(":s RENAME #tea #coffee :better");
    expect(desk.ui.current as string).toBe("#coffee");
    expect(viewOf(desk.ui, desk.ui.current).notes.length).toBe(1);
  });

  test("leads out when the account doesn't let one in any more", async () => {
    const { desk, ends } = await atTheDesk();
    desk.onSessionEvent({ kind: "log-in-failed", problem: { kind: "wrong" } });
    expect(ends).toEqual([{ kind: "locked-out" }]);
  });

  test("nothing is said into the server's own conversation", async () => {
    const { desk, connection, sent, notes } = await atTheDesk();
    const server = [...connection.session.state.conversations.keys()][0];
    if (server === undefined) throw new Error("no conversation");
    const before = sent.length;
    desk.perform({ kind: "say", key: server, text: "hello?", replyTo: null });
    expect(sent.length).toBe(before);
    expect(notes()).toEqual(["That works in a room. Go into one first."]);
  });
});

const HISTORY = "batch labeled-response message-tags server-time draft/chathistory soju.im/search";
const TEA = fold("#tea");

/** Answers the last question of this verb by a batch. */
function answer(desk: Awaited<ReturnType<typeof atTheDesk>>, verb: string, ...lines: string[]) {
  const question = desk.sent.findLast((line) => line.includes(` ${verb} `)) ?? "";
  const label = /label=([^; ]+)/.exec(question)?.[1] ?? "";
  const type = verb === "SEARCH" ? "soju.im/search" : "chathistory #tea";
  const inside = lines.map((line) => `@batch=b;${line}`);
  desk.hears(`@label=${label} :s BATCH +b ${type}`, ...inside, ":s BATCH -b");
  return question.replace(/^@\S+ /, "");
}

function message(at: number, text = `${at}`, tags = ""): string {
  const time = new Date(SATURDAY + at * 60_000).toISOString();
  return `time=${time};msgid=m${at}${tags} :jun!j@h PRIVMSG #tea :${text}`;
}

describe("what the server finds", () => {
  test("stands in the finder, and is gone to with what was said around it", async () => {
    const mina = await atTheDesk(HISTORY);
    const { desk, connection } = mina;
    answer(mina, "CHATHISTORY", message(90), message(91));
    desk.perform({ kind: "slash", text: "/search tea" });
    expect(desk.ui.search?.found?.kind).toBe("asking");
    answer(mina, "SEARCH", message(10, "tea"), message(20, "more tea"));
    const found = desk.ui.search?.found;
    expect(found?.kind).toBe("here");
    expect(found?.lines.map((line) => line.text)).toEqual(["more tea", "tea"]);
    desk.ui = { ...desk.ui, search: null };
    desk.perform({ kind: "visit", key: TEA, msgid: "m10", time: SATURDAY });
    const page = Array.from({ length: 10 }, (_, at) => message(at + 8));
    expect(answer(mina, "CHATHISTORY", ...page)).toBe("CHATHISTORY AROUND #tea msgid=m10 50");
    expect(viewOf(desk.ui, TEA).anchor?.item).toBe("m14");
    expect(desk.here?.detached?.lines).toHaveLength(10);
    // Back at the newest lines nothing of it is left.
    desk.ui = withView(desk.ui, TEA, { anchor: null });
    expect(connection.session.state.conversations.get(TEA)?.detached).toBeNull();
  });

  test("that can't be shown is told of, and one who has gone elsewhere isn't taken there", async () => {
    const mina = await atTheDesk(HISTORY);
    answer(mina, "CHATHISTORY", message(90));
    mina.desk.perform({ kind: "visit", key: TEA, msgid: "m10", time: SATURDAY });
    answer(mina, "CHATHISTORY");
    expect(mina.notes()).toEqual([wordsFor("en").finder.gone]);
    mina.desk.perform({ kind: "visit", key: TEA, msgid: "m10", time: SATURDAY });
    mina.hears(":mina!m@h JOIN #cake");
    mina.desk.go(fold("#cake"));
    mina.sent.splice(
      mina.sent.findLastIndex((line) => line.includes("#cake")),
      1,
    );
    answer(mina, "CHATHISTORY", message(10));
    expect(mina.connection.session.state.conversations.get(TEA)?.detached).toBeNull();
    expect(mina.desk.ui.current as string).toBe("#cake");
  });

  test("may be looked for by whom, where, and since and until when", async () => {
    const mina = await atTheDesk(HISTORY);
    mina.desk.perform({ kind: "slash", text: "/search green tea --by jun --everywhere" });
    const elsewhere = message(10, "green tea").replace("#tea", "#cake");
    expect(answer(mina, "SEARCH", elsewhere)).toBe("SEARCH from=jun;text=green\\stea");
    expect([...(mina.desk.ui.search?.found?.places.values() ?? [])]).toEqual(["#cake"]);
    mina.desk.perform({ kind: "slash", text: "/search tea --to never" });
    expect(mina.desk.ui.search?.found?.kind).toBe("wrong");
  });

  test("is nothing where the server has no search", async () => {
    const { desk } = await atTheDesk();
    desk.perform({ kind: "slash", text: "/search tea" });
    expect(desk.ui.search?.found?.kind).toBe("not-offered");
  });
});

describe("another certificate on coming back", () => {
  const changed = { kind: "changed", known: "aa", fingerprint: "bb", file: null } as const;

  async function lostToAnother() {
    const mina = await atTheDesk();
    mina.connection.autoReconnect = true;
    mina.outcomes.push(changed, { ...changed }, { ...changed });
    mina.loses();
    const tries = async (how: () => void): Promise<void> => {
      how();
      await Promise.resolve();
      mina.hears();
    };
    mina.hears();
    await tries(() => mina.connection.retryNow());
    return { ...mina, tries };
  }

  test("is told once, and says whom to ask, however often it is tried again", async () => {
    const { notes, connection, tries, desk } = await lostToAnother();
    expect(notes()).toHaveLength(1);
    expect(notes()[0]).toStartWith("chat.example shows another certificate than before.");
    expect(notes()[0]).toContain("Ask whoever runs the server");
    await tries(() => connection.retryNow());
    expect(notes()).toHaveLength(1);
    await tries(() => desk.perform({ kind: "slash", text: "/reconnect" }));
    expect(notes()).toHaveLength(2);
  });

  test("is over when the right server is back", async () => {
    const { desk, tries, connection, outcomes } = await lostToAnother();
    outcomes.length = 0;
    await tries(() => desk.perform({ kind: "slash", text: "/다시연결" }));
    expect([connection.connected, connection.trouble]).toEqual([true, null]);
  });
});

test("a chain of answers is loaded up to where it began, however far up that is", async () => {
  const mina = await atTheDesk(HISTORY);
  answer(mina, "CHATHISTORY", message(90), message(91, "yes", ";+reply=m50"));
  mina.desk.perform({ kind: "slash", text: "/thread 1" });
  const thread = () => viewOf(mina.desk.ui, TEA).thread;
  expect(thread()).toBe("m50");
  answer(mina, "CHATHISTORY", message(50, "and?", ";+reply=m20"));
  expect(thread()).toBe("m20");
  answer(mina, "CHATHISTORY", message(20, "tea?"));
  expect(thread()).toBe("m20");
  expect(mina.desk.here?.lines.map((line) => line.msgid)).toEqual(["m20", "m50", "m90", "m91"]);
  expect(mina.notes()).toEqual([]);
  mina.desk.ui = withView(mina.desk.ui, TEA, { thread: null });
});

test("a chain whose beginning is gone says so", async () => {
  const mina = await atTheDesk(HISTORY);
  answer(mina, "CHATHISTORY", message(91, "yes", ";+reply=m50"));
  mina.desk.perform({ kind: "slash", text: "/thread 1" });
  answer(mina, "CHATHISTORY");
  expect(mina.notes()).toEqual([wordsFor("en").screen.threadCut]);
});

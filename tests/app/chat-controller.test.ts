import { describe, expect, test } from "bun:test";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { listedConversations, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { ROOMS_MAX } from "../../lib/chat-client/memory-limits.ts";
import { fold } from "../../lib/protocol/names.ts";
import { openChat } from "./open-chat.ts";
import { CALENDAR, SATURDAY } from "./team.ts";

describe("the chat controller", () => {
  test("shows the first room", async () => {
    const { controller } = await openChat();
    expect(controller.ui.current as string).toBe("#tea");
  });

  test("goes to a room once the server lets the user in, and not before", async () => {
    const { controller, sent, hears } = await openChat();
    controller.perform({ kind: "slash", text: "/join #cake" });
    expect(sent.at(-1)).toContain("JOIN #cake");
    expect(controller.ui.current as string).toBe("#tea");
    hears(":jun!j@h JOIN #tea");
    expect(controller.ui.current as string).toBe("#tea");
    hears(":mina!m@h JOIN #cake");
    expect(controller.ui.current as string).toBe("#cake");
  });

  test("says once in a room that an @everyone of somebody who is no moderator reaches nobody", async () => {
    const { controller, hears, notes, sent } = await openChat("sodam.chat/unread");
    hears(":s 353 mina = #tea :mina @jun", ":s 366 mina #tea");
    const says = (text: string) =>
      controller.perform({ kind: "say", key: fold("#tea"), text, replyTo: null });
    says("everyone here?");
    expect(notes()).toEqual([]);
    says("@Everyone lunch?");
    says("＠여기 점심?");
    expect(sent.at(-1)).toContain("PRIVMSG #tea");
    const sentence =
      "Only a moderator's @everyone notifies the whole room. Yours is an ordinary message.";
    expect(notes()).toEqual([sentence]);
    hears(":mina!m@h JOIN #cake", ":s 353 mina = #cake :@mina jun", ":s 366 mina #cake");
    controller.perform({ kind: "say", key: fold("#cake"), text: "@here", replyTo: null });
    expect(notes()).toEqual([sentence]);
    expect(wordsFor("ko").screen.unheardCall.rank("@모두")).toStartWith("@모두로 방 전체에");
    expect(wordsFor("ko").screen.unheardCall.size("@everyone")).toContain("@everyone");
  });

  test("says so of an @everyone that an edit adds, by a key or by /edit", async () => {
    for (const way of ["key", "slash"]) {
      const { controller, hears, notes, sent } = await openChat(
        "sodam.chat/edit sodam.chat/unread message-tags",
      );
      hears(":s 353 mina = #tea :mina @jun", ":s 366 mina #tea");
      hears("@msgid=m1 :mina!m@h PRIVMSG #tea :lunch?");
      const text = "@everyone lunch?";
      if (way === "slash") controller.perform({ kind: "slash", text: `/edit ${text}` });
      else controller.perform({ kind: "edit", key: fold("#tea"), msgid: "m1", text });
      expect(sent.at(-1)).toContain("EDIT #tea m1");
      expect(notes()).toEqual([expect.stringContaining("Only a moderator's @everyone")]);
    }
  });

  test("shows why a room couldn't be joined, in the conversation on screen", async () => {
    const { controller, hears, notes } = await openChat();
    controller.perform({ kind: "slash", text: "/join #vault" });
    hears(":s 473 mina #vault :Cannot join channel (+i)");
    expect(notes()).toEqual(["#vault is by invitation only."]);
    expect(controller.ui.current as string).toBe("#tea");
  });

  test("a refused command opens no conversation with the server", async () => {
    const { controller, connection, hears, notes, sent } = await openChat("labeled-response batch");
    const listed = () => listedConversations(connection.session.state).map(({ name }) => name);
    expect(listed()).toEqual(["#tea"]);
    for (const [command, code] of [
      ["/join #vault", "473 mina #vault"],
      ["/create vault", "479 mina #vault"],
      ["/whois bo", "401 mina bo"],
    ]) {
      controller.perform({ kind: "slash", text: command ?? "" });
      const label = /^@label=(\S+)/.exec(sent.at(-1) ?? "")?.[1];
      hears(`@label=${label} :s ${code} :No`);
    }
    expect(notes().length).toBe(3);
    expect(listed()).toEqual(["#tea"]);
  });

  test.each([false, true])(
    "a server's error can't steer the terminal (append mode: %p)",
    async (append) => {
      const { controller, hears, notes } = await openChat("", { append });
      hears(":s FAIL JOIN \x1b]52;c;aGk=\x07 #cake :");
      controller.note("a\x1b[2J\nb");
      expect(notes().slice(-2)).toEqual(["The server refused (␛]52;c;aGk=␇).", "a␛[2J\nb"]);
    },
  );

  test("shows which nick doesn't exist, in a sentence", async () => {
    const { connection, hears } = await openChat();
    hears(":s 441 mina jun #tea :They aren't on that channel", ":s 401 mina bo :No such nick");
    const lines = [...connection.session.state.conversations.values()].flatMap(
      ({ lines }) => lines,
    );
    const sentences = lines.map((line) => systemSentence(line, wordsFor("en"), CALENDAR)?.text);
    expect(sentences).toContain("There is nobody called bo.");
    expect(sentences).toContain("jun isn't in this room.");
  });

  test("shows a long export's progress in one note, and then its result", async () => {
    const { controller, sent, hears, notes } = await openChat(
      "batch message-tags server-time soju.im/search",
    );
    controller.perform({ kind: "slash", text: "/export search tea" });
    const seen: string[] = [];
    for (let page = 0; page < 7; page += 1) {
      expect(sent.at(-1)).toContain("SEARCH");
      const matches = Array.from({ length: page === 6 ? 0 : 200 }, (_, at) => {
        const time = new Date(SATURDAY + (page * 200 + at) * 1000).toISOString();
        return `@batch=b;time=${time};msgid=m${page}-${at} :jun!j@h PRIVMSG #tea :tea`;
      });
      hears(":s BATCH +b soju.im/search", ...matches, ":s BATCH -b");
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(notes().join("|"));
    }
    expect(seen[3]).toBe("");
    expect(seen[4]).toStartWith("1000 lines so far, up to ");
    expect(seen.at(-1)).toBe("1200 lines written to tea.txt.");
  });

  test("says that the user is offline when an export fails for that reason", async () => {
    const { controller, loses, notes } = await openChat("batch message-tags soju.im/search");
    controller.perform({ kind: "slash", text: "/export search tea" });
    loses();
    await new Promise((resolve) => setImmediate(resolve));
    expect(notes().at(-1)).toStartWith("You are offline, so nothing was written to #tea tea.");
  });

  test("closes direct messages to an unknown nick, goes back, and shows the unsent text", async () => {
    const { controller, hears, notes, connection } = await openChat();
    hears(":mina!m@h JOIN #cake");
    controller.goTo(fold("#cake"));
    controller.perform({ kind: "slash", text: "/msg bo hi there" });
    expect(controller.ui.current as string).toBe("bo");
    hears(":s 401 mina bo :No such nick");
    expect(connection.session.state.conversations.has(fold("bo"))).toBe(false);
    expect(controller.ui.current as string).toBe("#cake");
    expect(notes()).toEqual(["There is nobody called bo.\nNot sent: hi there"]);
  });

  test("keeps direct messages with messages in them, though the peer is gone", async () => {
    const { controller, hears, connection } = await openChat();
    hears(":jun!j@h PRIVMSG mina :hello");
    controller.perform({ kind: "slash", text: "/msg jun hi" });
    hears(":s 401 mina jun :No such nick");
    const jun = connection.session.state.conversations.get(fold("jun"));
    expect(jun?.lines.map((line) => line.status)).toEqual(["sent", "failed"]);
    expect(controller.ui.current as string).toBe("jun");
  });

  test("removes a room from the list when the user leaves it", async () => {
    const { connection, hears } = await openChat();
    hears(":mina!m@h JOIN #cake", ":mina!m@h PART #cake");
    const rooms = [...connection.session.state.conversations.values()];
    expect(rooms.filter((room) => room.kind === "room").map((room) => room.name)).toEqual(["#tea"]);
  });

  test("shows a note longer than the window from its beginning, and the rest in append mode", async () => {
    const { controller } = await openChat();
    controller.note("1\n2\n3");
    expect(viewOf(controller.ui, controller.ui.current).anchor).toBeNull();
    controller.note(Array.from({ length: 40 }, (_, at) => `${at}`).join("\n"));
    const { anchor, notes } = viewOf(controller.ui, controller.ui.current);
    expect(anchor).toEqual({ itemKey: notes[1]?.key ?? "", rowsBelow: null, time: SATURDAY });
  });

  test("cuts a note where nobody reads on, however much a server answers", async () => {
    const { hears, notes, sent, types } = await openChat("labeled-response batch");
    types("/whois jun");
    const label = /label=(\S+)/.exec(sent.at(-1) ?? "")?.[1];
    hears(`@label=${label} :s BATCH +w labeled-response`);
    const rooms = `#${"r".repeat(390)}`;
    for (let line = 0; line < 1000; line += 1) hears(`@batch=w :s 319 mina jun :${rooms}`);
    hears("@batch=w :s 318 mina jun :End", ":s BATCH -w");
    expect(notes().at(-1)?.length).toBe(65_537);
  });

  test("shows the same room while the server opens more rooms than fit in memory", async () => {
    const { controller, hears } = await openChat();
    for (let i = 0; i <= ROOMS_MAX; i += 1) hears(`:mina!m@h JOIN #r${i}`);
    expect(controller.ui.current as string).toBe("#tea");
    controller.goTo(fold(`#r${ROOMS_MAX}`));
    for (let i = 0; i <= ROOMS_MAX; i += 1) hears(`:mina!m@h JOIN #s${i}`);
    expect(controller.ui.current as string).toBe(`#r${ROOMS_MAX}`);
  });

  test("keeps the view of a room that is renamed", async () => {
    const { controller, hears } = await openChat();
    controller.note("hello");
    hears(":s RENAME #tea #coffee :better");
    expect(controller.ui.current as string).toBe("#coffee");
    expect(viewOf(controller.ui, controller.ui.current).notes.length).toBe(1);
  });

  test("ends when a new log-in is refused", async () => {
    const { controller, ends } = await openChat();
    controller.onSessionEvent({ kind: "log-in-failed", problem: { kind: "wrong" } });
    expect(ends).toEqual([{ kind: "locked-out" }]);
  });

  test("ends with the reason when the account was suspended", async () => {
    const { controller, ends } = await openChat();
    const text = "Your account is suspended until 2026-11-22T02:30:00.000Z: too loud";
    const problem = { kind: "other", code: "ACCOUNT_SUSPENDED", text } as const;
    controller.onSessionEvent({ kind: "log-in-failed", problem });
    const why = "Your account is suspended until 2026-11-22 02:30 UTC: too loud.";
    expect(ends).toEqual([{ kind: "locked-out", why }]);
  });

  test("sends nothing to the server's own conversation", async () => {
    const { controller, connection, sent, notes } = await openChat();
    const server = [...connection.session.state.conversations.keys()][0];
    if (server === undefined) throw new Error("no conversation");
    const before = sent.length;
    controller.perform({ kind: "say", key: server, text: "hello?", replyTo: null });
    expect(sent.length).toBe(before);
    expect(notes()).toEqual(["That works in a room only. Go to a room, or join one first."]);
  });
});

const HISTORY = "batch labeled-response message-tags server-time draft/chathistory soju.im/search";
const TEA = fold("#tea");

/** Answers the last question of this verb by a batch. */
function answer(
  controller: Awaited<ReturnType<typeof openChat>>,
  verb: string,
  ...lines: string[]
) {
  const question = controller.sent.findLast((line) => line.includes(` ${verb} `)) ?? "";
  const label = /label=([^; ]+)/.exec(question)?.[1] ?? "";
  const type = verb === "SEARCH" ? "soju.im/search" : "chathistory #tea";
  const inside = lines.map((line) => `@batch=b;${line}`);
  controller.hears(`@label=${label} :s BATCH +b ${type}`, ...inside, ":s BATCH -b");
  return question.replace(/^@\S+ /, "");
}

function message(at: number, text = `${at}`, tags = ""): string {
  const time = new Date(SATURDAY + at * 60_000).toISOString();
  return `time=${time};msgid=m${at}${tags} :jun!j@h PRIVMSG #tea :${text}`;
}

describe("a search on the server", () => {
  test("shows its results in the search view, and jumps to one with the lines around it", async () => {
    const mina = await openChat(HISTORY);
    const { controller, connection } = mina;
    answer(mina, "CHATHISTORY", message(90), message(91));
    controller.perform({ kind: "slash", text: "/search tea" });
    expect(controller.ui.search?.results?.kind).toBe("searching");
    answer(mina, "SEARCH", message(10, "tea"), message(20, "more tea"));
    const results = controller.ui.search?.results;
    expect(results?.kind).toBe("found");
    expect(results?.lines.map((line) => line.text)).toEqual(["more tea", "tea"]);
    controller.ui = { ...controller.ui, search: null };
    controller.perform({ kind: "jump-to-message", key: TEA, msgid: "m10", time: SATURDAY });
    const page = Array.from({ length: 10 }, (_, at) => message(at + 8));
    expect(answer(mina, "CHATHISTORY", ...page)).toBe("CHATHISTORY AROUND #tea msgid=m10 50");
    expect(viewOf(controller.ui, TEA).anchor?.itemKey).toBe("m14");
    expect(controller.conversation?.detached?.lines).toHaveLength(10);
    // Back at the newest lines nothing of it is left.
    controller.ui = withView(controller.ui, TEA, { anchor: null });
    expect(connection.session.state.conversations.get(TEA)?.detached).toBeNull();
  });

  test("shows a note when a result can't be loaded, and doesn't move a user who switched rooms", async () => {
    const mina = await openChat(HISTORY);
    answer(mina, "CHATHISTORY", message(90));
    mina.controller.perform({ kind: "jump-to-message", key: TEA, msgid: "m10", time: SATURDAY });
    answer(mina, "CHATHISTORY");
    expect(mina.notes()).toEqual([wordsFor("en").finder.gone]);
    mina.controller.perform({ kind: "jump-to-message", key: TEA, msgid: "m10", time: SATURDAY });
    mina.hears(":mina!m@h JOIN #cake");
    mina.controller.goTo(fold("#cake"));
    mina.sent.splice(
      mina.sent.findLastIndex((line) => line.includes("#cake")),
      1,
    );
    answer(mina, "CHATHISTORY", message(10));
    expect(mina.connection.session.state.conversations.get(TEA)?.detached).toBeNull();
    expect(mina.controller.ui.current as string).toBe("#cake");
  });

  test("can be limited to an author, a place and a time", async () => {
    const mina = await openChat(HISTORY);
    mina.controller.perform({ kind: "slash", text: "/search green tea --by jun --everywhere" });
    const elsewhere = message(10, "green tea").replace("#tea", "#cake");
    expect(answer(mina, "SEARCH", elsewhere)).toBe("SEARCH from=jun;text=green\\stea");
    expect([...(mina.controller.ui.search?.results?.places.values() ?? [])]).toEqual(["#cake"]);
    mina.controller.perform({ kind: "slash", text: "/search tea --to never" });
    expect(mina.controller.ui.search?.results?.kind).toBe("invalid-query");
  });

  test("isn't sent where the server has no search", async () => {
    const { controller } = await openChat();
    controller.perform({ kind: "slash", text: "/search tea" });
    expect(controller.ui.search?.results?.kind).toBe("not-offered");
  });
});

describe("a changed certificate on reconnecting", () => {
  const changed = { kind: "changed", known: "aa", fingerprint: "bb", source: "link" } as const;

  async function lostToAnother() {
    const mina = await openChat();
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

  test("shows one note with the operator to ask, however often the client retries", async () => {
    const { notes, connection, tries, controller } = await lostToAnother();
    expect(notes()).toHaveLength(1);
    expect(notes()[0]).toStartWith("chat.example has another certificate than before.");
    expect(notes()[0]).toContain("Ask whoever runs the server");
    await tries(() => connection.retryNow());
    expect(notes()).toHaveLength(1);
    await tries(() => controller.perform({ kind: "slash", text: "/reconnect" }));
    expect(notes()).toHaveLength(2);
  });

  test("has no effect once the right server is back", async () => {
    const { controller, tries, connection, outcomes } = await lostToAnother();
    outcomes.length = 0;
    await tries(() => controller.perform({ kind: "slash", text: "/다시연결" }));
    expect([connection.connected, connection.trouble]).toEqual([true, null]);
  });
});

test("a chain of replies is loaded up to its first message, however far up that is", async () => {
  const mina = await openChat(HISTORY);
  answer(mina, "CHATHISTORY", message(90), message(91, "yes", ";+reply=m50"));
  mina.controller.perform({ kind: "slash", text: "/thread 1" });
  const thread = () => viewOf(mina.controller.ui, TEA).thread;
  expect(thread()).toBe("m50");
  answer(mina, "CHATHISTORY", message(50, "and?", ";+reply=m20"));
  expect(thread()).toBe("m20");
  answer(mina, "CHATHISTORY", message(20, "tea?"));
  expect(thread()).toBe("m20");
  expect(mina.controller.conversation?.lines.map((line) => line.msgid)).toEqual([
    "m20",
    "m50",
    "m90",
    "m91",
  ]);
  expect(mina.notes()).toEqual([]);
  mina.controller.ui = withView(mina.controller.ui, TEA, { thread: null });
});

test("what was said of an end of the connection goes when the user is in again", async () => {
  const chat = await openChat();
  chat.controller.note("something else");
  chat.hears("ERROR :Closing Link: mina (Killed (boss (enough)))");
  chat.loses();
  expect(chat.notes()).toHaveLength(2);
  chat.connection.reconnect();
  await Promise.resolve();
  chat.hears(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
  chat.connection.session.endNegotiation();
  expect(chat.notes()).toHaveLength(2);
  chat.hears(":s 001 mina :Welcome", ":s 376 mina :End");
  expect(chat.notes()).toEqual(["something else"]);
});

test("a chain whose first message is gone shows a note", async () => {
  const mina = await openChat(HISTORY);
  answer(mina, "CHATHISTORY", message(91, "yes", ";+reply=m50"));
  mina.controller.perform({ kind: "slash", text: "/thread 1" });
  answer(mina, "CHATHISTORY");
  expect(mina.notes()).toEqual([wordsFor("en").screen.threadCut]);
});

test.each([
  ["en" as const, "logs couldn't be written: the disk is full."],
  ["ko" as const, "logs에 저장하지 못했습니다. 디스크가 가득 찼습니다."],
])(
  "a log of the client that can't be written any more is a note in the chat (%s)",
  async (language, sentence) => {
    const { failsToWrite, notes } = await openChat("", { language });
    failsToWrite({ path: "logs", why: "full" });
    expect(notes()).toEqual([sentence]);
  },
);

import { expect, test } from "bun:test";
import { EMPTY_PAGES_MAX } from "../../lib/chat-client/history/history.ts";
import { LINES_MAX } from "../../lib/chat-client/memory-limits.ts";
import { fold } from "../../lib/protocol/names.ts";
import { ALL_CAPS, labelOf, Stage } from "./stage.ts";

const JOIN = ":민수!u@h JOIN #tea";
const TEA = fold("#tea");

interface Sent {
  readonly id: string;
  readonly line: string;
}

/** A message at minute `minute`. */
function message(minute: number, text: string, nick = "mina"): Sent {
  const id = `m${minute}`;
  const time = `2026-11-22T00:${String(minute).padStart(2, "0")}:00.000Z`;
  return { id, line: `time=${time};msgid=${id} :${nick}!u@h PRIVMSG #tea :${text}` };
}

/** Answers a CHATHISTORY line that the client sent. */
function page(stage: Stage, question: string | undefined, ...lines: Sent[]): void {
  const target = question?.split(" ")[3] ?? "";
  const label = labelOf(question);
  stage.server(`@label=${label} :s BATCH +p chathistory ${target}`);
  for (const { line } of lines) stage.server(`@batch=p;${line}`);
  stage.server(":s BATCH -p");
}

function requests(stage: Stage): (string | undefined)[] {
  return stage.sent().filter((line) => / CHATHISTORY (?!TARGETS)/.test(line));
}

function bare(line: string | undefined): string {
  return line?.replace(/^@\S+ /, "") ?? "";
}

function reconnect(stage: Stage): void {
  stage.session.closed("reset");
  stage.session.opened();
  stage.server(`:s CAP * LS :${ALL_CAPS}`, `:s CAP * ACK :${ALL_CAPS.replace(/=\S*/g, "")}`);
  stage.server(":s 001 민수 :hi", ":s 005 민수 CHATHISTORY=50 :are", ":s 422 민수 :none");
}

function targetsQuestion(stage: Stage): string | undefined {
  return stage.sent().find((line) => line.includes("TARGETS"));
}

function answerTargets(stage: Stage): void {
  const label = labelOf(targetsQuestion(stage));
  stage.server(`@label=${label} :s BATCH +t draft/chathistory-targets`, ":s BATCH -t");
}

test("on joining, the latest page is placed before messages that arrive meanwhile", () => {
  const stage = new Stage().ready().server(JOIN);
  const [question] = requests(stage);
  expect(bare(question)).toBe("CHATHISTORY LATEST #tea * 50");
  expect(stage.at("#tea").catchingUp).toBe(true);
  const live = message(9, "live");
  stage.server(`@${live.line}`);
  page(stage, question, message(1, "one"), message(2, "two"), live);
  expect(stage.texts("#tea")).toEqual(["one", "two", "live"]);
  expect(stage.at("#tea").catchingUp).toBe(false);
});

test("older pages are inserted in front, until there are none left", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(5, "five"));
  stage.session.history.loadOlder(TEA);
  stage.session.history.loadOlder(TEA);
  const [question, ...more] = requests(stage);
  expect(bare(question)).toBe("CHATHISTORY BEFORE #tea msgid=m5 50");
  expect(more).toEqual([]);
  page(stage, question, message(1, "one"), message(2, "two"));
  expect(stage.texts("#tea")).toEqual(["one", "two", "five"]);
  stage.session.history.loadOlder(TEA);
  const [last] = requests(stage);
  expect(bare(last)).toBe("CHATHISTORY BEFORE #tea msgid=m1 50");
  page(stage, last);
  expect(stage.at("#tea").oldestReached).toBe(true);
  stage.session.history.loadOlder(TEA);
  expect(requests(stage)).toEqual([]);
});

test("a page of only reactions is skipped, and each is applied to its line", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(5, "five"));
  stage.session.history.loadOlder(TEA);
  const reaction = {
    id: "r",
    line: "time=2026-11-22T00:04:00.000Z;msgid=m4;+reply=m5;+draft/react=👍 :jun!u@h TAGMSG #tea",
  };
  page(stage, requests(stage)[0], reaction);
  expect([...stage.last("#tea").reactions]).toEqual([["👍", ["jun"]]]);
  const [next] = requests(stage);
  expect(bare(next)).toBe("CHATHISTORY BEFORE #tea msgid=m4 50");
  page(stage, next, message(3, "three"));
  expect(stage.texts("#tea")).toEqual(["three", "five"]);
  expect(stage.at("#tea").loadingOlder).toBe(false);
});

test("after a reconnect, missed lines are fetched page by page, without loss or repeats", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(1, "one"));
  reconnect(stage);
  stage.sent();
  stage.server(JOIN);
  const live = message(9, "live");
  stage.server(`@${live.line}`);
  const [first] = requests(stage);
  expect(bare(first)).toBe("CHATHISTORY AFTER #tea msgid=m1 50");
  page(stage, first, message(2, "two"), message(3, "three"));
  const [second] = requests(stage);
  expect(bare(second)).toBe("CHATHISTORY AFTER #tea msgid=m3 50");
  page(stage, second, message(4, "four"), live);
  page(stage, requests(stage)[0]);
  expect(requests(stage)).toEqual([]);
  expect(stage.texts("#tea")).toEqual(["one", "two", "three", "four", "live"]);
  expect(stage.at("#tea").catchingUp).toBe(false);
});

test("after a lost connection, catching up continues where it stopped", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(1, "one"));
  reconnect(stage);
  stage.server(JOIN);
  stage.server(`@${message(9, "live").line}`);
  page(stage, requests(stage)[0], message(2, "two"));
  reconnect(stage);
  stage.server(JOIN);
  expect(bare(requests(stage).at(-1))).toBe("CHATHISTORY AFTER #tea msgid=m2 50");
});

test("when too much was missed, only the latest page is loaded, and older ones by paging", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(0, "zero"));
  reconnect(stage);
  stage.server(JOIN);
  for (let minute = 1; minute <= 20; minute += 1) {
    page(stage, requests(stage).at(-1), message(minute, `line ${minute}`));
  }
  const [latest] = requests(stage);
  expect(bare(latest)).toBe("CHATHISTORY LATEST #tea * 50");
  page(stage, latest, message(50, "fifty"));
  expect(stage.texts("#tea")).toEqual(["fifty"]);
  expect(stage.at("#tea").oldestReached).toBe(false);
});

test("an unconfirmed line that is in the history isn't duplicated", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(1, "one"));
  const [key] = stage.session.commands.say("#tea", "did it arrive?");
  stage.session.closed("reset");
  expect(stage.last("#tea").status).toBe("unsure");
  stage.sent();
  reconnect(stage);
  stage.server(JOIN);
  const arrived = {
    id: "m70",
    line: "time=2026-11-22T01:00:01.000Z;msgid=m70 :민수!u@h PRIVMSG #tea :did it arrive?",
  };
  page(stage, requests(stage)[0], arrived);
  page(stage, requests(stage)[0]);
  expect(stage.texts("#tea")).toEqual(["one", "did it arrive?"]);
  expect(stage.last("#tea")).toMatchObject({ key, status: "sent", msgid: "m70" });
  expect(stage.sent().filter((line) => line.includes("PRIVMSG"))).toEqual([]);
});

test("an unconfirmed line that isn't in the history is sent again, once", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(1, "one"));
  stage.session.commands.say("#tea", "lost?");
  reconnect(stage);
  stage.server(JOIN);
  page(stage, requests(stage)[0]);
  const again = stage.sent().filter((line) => line.includes("PRIVMSG"));
  expect(again.map(bare)).toEqual(["PRIVMSG #tea lost?"]);
  expect(stage.last("#tea").status).toBe("sending");
});

test("messages typed offline are queued, in order, until the room is joined again", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(1, "one"));
  stage.session.closed("reset");
  stage.session.commands.say("#tea", "first");
  stage.session.commands.say("#tea", "second");
  expect(stage.at("#tea").lines.map((line) => line.status)).toEqual(["sent", "queued", "queued"]);
  expect(stage.session.state.queued).toBe(2);
  reconnect(stage);
  stage.server(JOIN);
  page(stage, requests(stage)[0]);
  const sent = stage.sent().filter((line) => line.includes("PRIVMSG"));
  expect(sent.map(bare)).toEqual(["PRIVMSG #tea first", "PRIVMSG #tea second"]);
  expect(stage.session.state.queued).toBe(0);
});

test("the queue is bounded: messages over the limit are marked as failed", () => {
  const stage = new Stage();
  for (let i = 0; i < 101; i += 1) stage.session.commands.say("#tea", `${i}`);
  expect(stage.session.state.queued).toBe(100);
  const over = stage.at("#tea").lines.find((line) => line.text === "100");
  expect(over?.status).toBe("failed");
});

test("direct conversations are found by TARGETS and filled", () => {
  const stage = new Stage().ready("");
  stage.session.closed("reset");
  stage.session.opened();
  stage.server(`:s CAP * LS :${ALL_CAPS}`, `:s CAP * ACK :${ALL_CAPS.replace(/=\S*/g, "")}`);
  stage.server(":s 001 민수 :hi", ":s 422 민수 :none");
  const question = stage.sent().find((line) => line.includes("TARGETS"));
  expect(bare(question)).toStartWith("CHATHISTORY TARGETS timestamp=9999-12-31T23:59:59.999Z");
  stage.server(
    `@label=${labelOf(question)} :s BATCH +t draft/chathistory-targets`,
    "@batch=t :s CHATHISTORY TARGETS #tea 2026-11-22T00:00:00.000Z",
    "@batch=t :s CHATHISTORY TARGETS jun 2026-11-22T00:00:00.000Z",
    ":s BATCH -t",
  );
  expect(requests(stage).map(bare)).toEqual(["CHATHISTORY LATEST jun * 50"]);
  expect(stage.session.state.conversations.has(fold("#tea"))).toBe(false);
});

test.each([
  ["behind the server's", -3_600_000, "21T23:59:50"],
  ["ahead of the server's", 3_600_000, "22T00:58:50"],
])("with a clock that is %s, TARGETS asks for all that may be missing", (_, aheadMs, since) => {
  const stage = new Stage().ready("");
  reconnect(stage);
  stage.server(JOIN, `@${message(59, "one").line}`);
  answerTargets(stage);
  stage.setAheadMs = aheadMs;
  reconnect(stage);
  expect(bare(targetsQuestion(stage))).toBe(
    `CHATHISTORY TARGETS timestamp=9999-12-31T23:59:59.999Z timestamp=2026-11-${since}.000Z 50`,
  );
});

test("a connection that ended before the answer to TARGETS leaves nothing out of the next question", () => {
  const stage = new Stage().ready("");
  reconnect(stage);
  // A room's lines are newer than direct messages that nobody has asked for yet.
  stage.server(JOIN, `@${message(59, "one").line}`);
  for (let times = 0; times < 2; times += 1) {
    expect(bare(targetsQuestion(stage))).toContain(" timestamp=1970-01-01T00:00:00.000Z ");
    reconnect(stage);
  }
});

test("at most four pages are requested at once", () => {
  const stage = new Stage().ready();
  for (let i = 0; i < 6; i += 1) stage.server(`:민수!u@h JOIN #r${i}`);
  const first = requests(stage);
  expect(first).toHaveLength(4);
  page(stage, first[0]);
  expect(requests(stage).map(bare)).toEqual(["CHATHISTORY LATEST #r4 * 50"]);
});

test("lines in memory are bounded unless the user reads there", () => {
  const stage = new Stage().ready("message-tags").server(JOIN);
  stage.session.commands.hold(TEA, true);
  for (let i = 0; i < 2100; i += 1) stage.server(`@msgid=x${i} :mina!u@h PRIVMSG #tea :${i}`);
  expect(stage.at("#tea").lines).toHaveLength(2100);
  stage.session.commands.hold(TEA, false);
  expect(stage.at("#tea").lines).toHaveLength(2000);
  expect(stage.at("#tea").lines[0]?.text).toBe("100");
});

test("after the oldest lines were dropped, older pages continue from the oldest one left", () => {
  const stage = new Stage().ready().server(JOIN);
  page(stage, requests(stage)[0], message(50, "fifty"));
  stage.session.history.loadOlder(TEA);
  for (let minute = 49; minute > 49 - EMPTY_PAGES_MAX; minute -= 1) {
    const time = `2026-11-22T00:${minute}:00.000Z`;
    const tags = `time=${time};msgid=r${minute};+reply=m50;+draft/react=👍`;
    page(stage, requests(stage)[0], { id: `r${minute}`, line: `${tags} :jun!u@h TAGMSG #tea` });
  }
  for (let count = 0; count < LINES_MAX; count += 1) {
    stage.server(`@msgid=x${count} :mina!u@h PRIVMSG #tea :${count}`);
  }
  expect(stage.at("#tea").lines[0]?.text).toBe("0");
  stage.session.history.loadOlder(TEA);
  expect(bare(requests(stage)[0])).toBe("CHATHISTORY BEFORE #tea msgid=x0 50");
});

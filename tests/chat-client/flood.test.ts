import { expect, test } from "bun:test";
import {
  ANSWER_MESSAGES_MAX,
  HELD_LINES_MAX,
  LINES_UNITS_MAX,
  MEMBERS_IN_ALL_MAX,
  MEMBERS_MAX,
  MESSAGE_UNITS_MAX,
  MODE_LETTERS_MAX,
  MULTILINE_ITEMS_MAX,
  REACTING_MAX,
  REQUESTS_MAX,
} from "../../lib/chat-client/memory-limits.ts";
import type { Answer } from "../../lib/chat-client/session.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Stage } from "./stage.ts";

/*
 * A server that sends without end, to fill the client's memory: each kind of thing has a limit, and so have all
 * conversations together.
 */

const LONG = "x".repeat(400);
/** Longer than a line of a server, so that few make much. */
const HUGE = "y".repeat(8000);

/** Text of all lines in memory, and the members of all rooms. */
function held({ session }: Stage): { units: number; members: number } {
  let [units, members] = [0, 0];
  for (const { lines, members: own } of session.state.conversations.values()) {
    for (const { text } of lines) units += text.length;
    members += own.size;
  }
  return { units, members };
}

function sendMultiline(stage: Stage, room: string, lines: number): void {
  stage.server(`:mina!u@h BATCH +m draft/multiline ${room}`);
  for (let count = 0; count < lines; count += 1) {
    stage.server(`@batch=m :mina!u@h PRIVMSG ${room} :${HUGE}`);
  }
  stage.server(":s BATCH -m");
}

test("a multiline message without end is cut, and other messages go on", () => {
  const stage = new Stage().ready();
  stage.server(":민수!u@h JOIN #tea", ":mina!u@h BATCH +m draft/multiline #tea");
  for (let count = 0; count < 3 * MULTILINE_ITEMS_MAX; count += 1) {
    stage.server(`@batch=m :mina!u@h PRIVMSG #tea :${LONG}`);
  }
  stage.server(":mina!u@h PRIVMSG #tea :still here");
  expect(stage.last("#tea").text).toBe("still here");
  expect(stage.at("#tea").lines).toHaveLength(1);
  stage.server(":s BATCH -m");
  expect(stage.at("#tea").lines).toHaveLength(2);
  expect(stage.last("#tea").text.length).toBe(MESSAGE_UNITS_MAX + 1);
});

test("long messages in many rooms drop the older half of the largest conversation", () => {
  const stage = new Stage().ready();
  const messages = Math.ceil((LINES_UNITS_MAX / MESSAGE_UNITS_MAX) * 1.4);
  for (let count = 0; count < messages; count += 1) {
    sendMultiline(stage, `#room${count % 7}`, 9);
    // What is counted anew now and then.
    if (count % 16 === 0)
      for (let short = 0; short < 256; short += 1) stage.server(`:s NOTE X Y :${short}`);
  }
  expect(held(stage).units).toBeLessThan(LINES_UNITS_MAX * 1.3);
  expect(stage.at("#room3").lines.length).toBeGreaterThan(2);
});

test("the lines of a conversation in whose past the user reads are limited too", () => {
  const stage = new Stage().ready();
  stage.server(":민수!u@h JOIN #tea");
  stage.session.commands.hold(fold("#tea"), true);
  for (let count = 0; count < HELD_LINES_MAX + 100; count += 1) {
    stage.server(`@msgid=m${count} :mina!u@h PRIVMSG #tea :${count}`);
  }
  expect(stage.at("#tea").lines).toHaveLength(HELD_LINES_MAX);
});

test("members of many rooms are limited together", () => {
  const stage = new Stage().ready();
  for (let room = 0; room < 12; room += 1) {
    stage.server(`:민수!u@h JOIN #room${room}`);
    for (let from = 0; from < MEMBERS_MAX; from += 500) {
      const nicks = Array.from({ length: 500 }, (_, index) => `n${from + index}`);
      stage.server(`:s 353 민수 = #room${room} :${nicks.join(" ")}`);
    }
    stage.server(`:s 366 민수 #room${room} :End`);
  }
  for (let count = 0; count < 2000; count += 1) stage.server(`:late${count}!u@h JOIN #room11`);
  expect(held(stage).members).toBeLessThan(MEMBERS_IN_ALL_MAX + 1000);
});

test("no member has an account that is longer than a name", () => {
  const stage = new Stage().ready("account-tag extended-join");
  stage.server(":민수!u@h JOIN #tea", `@account=${HUGE} :jun!u@h JOIN #tea`);
  stage.server(":mina!u@h JOIN #tea mina :x", `:bo!u@h JOIN #tea ${"b".repeat(500)} :x`);
  stage.server(`:mina!u@h ACCOUNT ${HUGE}`);
  const accounts = [...stage.at("#tea").members.values()].map(({ account }) => account?.length);
  expect(accounts).toEqual([undefined, undefined, undefined, 500]);
});

test("reactions and modes of one kind are limited", () => {
  const stage = new Stage().ready();
  stage.server(":민수!u@h JOIN #tea", "@msgid=m1 :mina!u@h PRIVMSG #tea :x");
  for (let count = 0; count < REACTING_MAX + 10; count += 1) {
    stage.server(`@+reply=m1;+draft/react=y :n${count}!u@h TAGMSG #tea`);
  }
  expect(stage.last("#tea").reactions.get("y")).toHaveLength(REACTING_MAX);
  const letters = Array.from({ length: 300 }, (_, index) => String.fromCharCode(0xac00 + index));
  for (const letter of letters) stage.server(`:mina!u@h MODE #tea +${letter}`);
  expect(stage.at("#tea").modes.length).toBe(MODE_LETTERS_MAX);
});

test("rooms that are closed leave no lines behind, and ask for none", () => {
  const stage = new Stage().ready();
  stage.sent();
  const rooms = Array.from({ length: 50 }, (_, index) => `#room${index}`);
  for (const room of rooms) {
    stage.server(`:민수!u@h JOIN ${room}`, `@msgid=${room} :mina!u@h PRIVMSG ${room} :x`);
  }
  const opened = rooms.map((room) => stage.at(room));
  const asked = stage.sent();
  for (const room of rooms) {
    stage.server(`:민수!u@h PART ${room}`);
    stage.session.commands.closeConversation(fold(room));
  }
  expect(opened.flatMap(({ lines, members }) => [...lines, ...members])).toEqual([]);
  // The pages that were asked for already come, and the others aren't asked for.
  for (const line of asked) {
    const [, label, room] = /label=(\S+) CHATHISTORY LATEST (\S+)/.exec(line) ?? [];
    if (label === undefined) continue;
    stage.server(`@label=${label} :s BATCH +h chathistory ${room}`);
    stage.server(
      `@batch=h;msgid=old${room};time=2026-11-22T00:00:00.000Z :mina!u@h PRIVMSG ${room} :x`,
    );
    stage.server(":s BATCH -h");
  }
  expect(opened.flatMap(({ lines }) => lines)).toEqual([]);
  expect(stage.sent().filter((line) => line.includes("CHATHISTORY"))).toEqual([]);
});

test("what a server makes the client ask is limited", () => {
  const stage = new Stage().ready("draft/metadata-2 message-tags batch labeled-response");
  stage.sent();
  for (let count = 0; count < 2 * REQUESTS_MAX; count += 1) {
    stage.server(
      `:s 774 민수 #tea${count} 5`,
      `:s FAIL JOIN CHANNEL_RENAMED #a${count} #b${count} :moved`,
    );
  }
  expect(stage.sent().length).toBeLessThanOrEqual(REQUESTS_MAX);
  const paging = new Stage().ready();
  for (let count = 0; count < 200; count += 1) {
    paging.server(`:민수!u@h JOIN #room${count}`);
  }
  // The client still answers, and asks for what the user wants.
  paging.server("PING :x");
  expect(paging.sent().at(-1)).toBe("PONG x");
});

test("an answer without end is given up", () => {
  const stage = new Stage().ready("message-tags");
  let answer: Answer["kind"] | null = null;
  stage.session.commands.list("", (rooms, failure) => {
    answer = rooms === null ? (failure?.kind ?? "lost") : "answered";
  });
  for (let count = 0; count <= ANSWER_MESSAGES_MAX + 1; count += 1) {
    stage.server(`:s 322 민수 #room${count} 5 :${LONG}`);
  }
  expect(answer as string | null).toBe("lost");
});

/** Whatever a server says: no exception, and the books stay in order. */
import { expect, test } from "bun:test";
import { SERVER_KEY } from "../../lib/chat-client/client-state.ts";
import {
  DIRECTS_MAX,
  LINES_MAX,
  MEMBERS_MAX,
  REACTIONS_MAX,
  ROOMS_MAX,
} from "../../lib/chat-client/memory-limits.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Prng, seed } from "../prng.ts";
import { Stage } from "./stage.ts";

const SEED = seed();
const VERBS =
  "PRIVMSG NOTICE TAGMSG JOIN PART QUIT NICK KICK MODE TOPIC BATCH CAP AUTHENTICATE FAIL NOTE EDIT " +
  "REDACT MARKREAD UNREAD CHATHISTORY AWAY ACCOUNT INVITE RENAME ERROR PONG ACK REGISTER METADATA " +
  "001 005 305 306 321 322 323 324 331 332 333 352 353 354 366 376 396 401 404 422 433 473 730 731 " +
  "900 903 904 907 908";
const WORDS =
  "#tea #cake 민수 mina jun * :hello LS END ACK +b -b +r chathistory draft/multiline #TEA m1 m2 " +
  "+o +v-k timestamp=2026-11-22T01:00:00.000Z * 7 @mina +jun G H : SUCCESS TARGETS labeled-response";
const TAGS =
  "msgid=m1 msgid=m2 msgid=m3 batch=b batch=r label=id1 label=id2 label=id3 time=2026-11-22T00:59:00.000Z " +
  "time=2027-01-01T00:00:00.000Z time=never +typing=active +reply=m1 +draft/react=👍 account=민수";

function junkLine(prng: Prng): string {
  const pick = (words: string) => {
    const all = words.split(" ");
    return prng.pick(all);
  };
  const tags = prng.unit() < 0.6 ? `@${pick(TAGS)};${pick(TAGS)} ` : "";
  const source = prng.unit() < 0.8 ? `:${pick("mina!u@h jun!u@h 민수!u@h s irc.test mina")} ` : "";
  const params = Array.from({ length: prng.below(6) }, () => pick(WORDS));
  return `${tags}${source}${pick(VERBS)} ${params.join(" ")}`;
}

function checkBooks(stage: Stage): void {
  for (const [key, conversation] of stage.session.state.conversations) {
    expect(conversation.key).toBe(key);
    if (conversation.kind !== "server") expect(fold(conversation.name)).toBe(key);
    const settled = conversation.lines.filter(
      ({ status }) => status !== "sending" && status !== "queued",
    );
    const times = settled.map((line) => line.time);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const msgids = conversation.lines.flatMap(({ msgid }) => (msgid === null ? [] : [msgid]));
    expect(new Set(msgids).size).toBe(msgids.length);
    for (const [nick, member] of conversation.members) expect(fold(member.nick)).toBe(nick);
    expect(conversation.unread).toBeGreaterThanOrEqual(0);
  }
}

test(`junk from a server breaks nothing (SEED=${SEED})`, () => {
  const prng = new Prng(SEED);
  for (let round = 0; round < 20; round += 1) {
    const stage = new Stage({ pageSize: 10 });
    if (prng.unit() < 0.8) stage.ready();
    else stage.session.opened();
    for (let i = 0; i < 200; i += 1) {
      stage.server(junkLine(prng));
      const act = prng.unit();
      if (act < 0.05) stage.session.commands.say("#tea", "hello\nthere");
      else if (act < 0.08) stage.session.commands.markRead(fold("#tea"));
      else if (act < 0.1) stage.session.history.loadOlder(fold("#tea"));
      else if (act < 0.11) {
        stage.session.closed("reset");
        stage.session.opened();
      } else if (act < 0.14) {
        stage.now += 20_000;
        stage.session.tick();
      }
    }
    checkBooks(stage);
  }
});

test("a message without a recipient or a text opens no conversation and isn't counted", () => {
  const stage = new Stage().ready("");
  stage.server(":jun!j@h PRIVMSG", ":jun!j@h PRIVMSG 민수", ":jun!j@h NOTICE 민수");
  expect([...stage.session.state.conversations.values()].map(({ kind }) => kind)).toEqual([
    "server",
  ]);
  stage.server(":jun!j@h PRIVMSG 민수 :");
  expect(stage.at("jun").lines).toHaveLength(1);
});

test("a server that leaves out a name changes nobody's", () => {
  const stage = new Stage().ready("message-tags");
  stage.server(":민수!u@h JOIN #tea", ":jun!u@h JOIN #tea");
  const lines = stage.at("#tea").lines.length;
  stage.server(":민수!u@h NICK :", ":민수!u@h NICK", ":jun!u@h NICK :", "NICK mina", ":s 001");
  stage.server(":jun!u@h KICK #tea", ":jun!u@h KICK #tea :");
  expect(stage.session.state.me.nick).toBe("민수");
  expect([...stage.at("#tea").members.keys()].map(String)).toEqual(["민수", "jun"]);
  expect(stage.at("#tea").lines).toHaveLength(lines);
});

test("strangers can't fill the memory", () => {
  const stage = new Stage().ready("message-tags");
  for (let i = 0; i < DIRECTS_MAX + 50; i += 1) {
    stage.now += 1;
    stage.server(`:nick${i}!u@h PRIVMSG 민수 :hi`);
  }
  const keys = [...stage.session.state.conversations.keys()].map(String);
  expect(keys).toHaveLength(DIRECTS_MAX + 1);
  expect(keys).not.toContain("nick0");
  expect(keys).toContain(`nick${DIRECTS_MAX + 49}`);
  stage.server(":mina!u@h PRIVMSG #tea :not joined", "@msgid=m1 :mina!u@h PRIVMSG #tea :x");
  for (let i = 0; i < REACTIONS_MAX + 10; i += 1) {
    stage.server(`@+reply=m1;+draft/react=r${i} :mina!u@h TAGMSG #tea`);
  }
  expect(stage.last("#tea").reactions.size).toBe(REACTIONS_MAX);
  for (let i = 0; i < LINES_MAX + 10; i += 1) stage.server(`:s NOTE X Y :${i}`);
  expect(stage.at("*").lines).toHaveLength(LINES_MAX);
  for (let i = 0; i < 200; i += 1) stage.server(`:s BATCH +x${i} netjoin`);
  stage.server(":mina!u@h PRIVMSG #tea :still here");
  expect(stage.last("#tea").text).toBe("still here");
});

test("the conversation on screen stays, however many others a server or a stranger opens", () => {
  for (const [name, opens] of [
    ["#tea", (i: number) => `:민수!u@h JOIN #room${i}`],
    ["mina", (i: number) => `:nick${i}!u@h PRIVMSG 민수 :hi`],
  ] as const) {
    const stage = new Stage().ready("message-tags");
    stage.server(":민수!u@h JOIN #tea", ":mina!u@h PRIVMSG 민수 :hello");
    stage.session.commands.show(fold(name));
    for (let i = 0; i < ROOMS_MAX + 50; i += 1) {
      stage.now += 1;
      stage.server(opens(i));
    }
    expect(stage.at(name).name).toBe(name);
    stage.session.commands.show(SERVER_KEY);
    stage.server(opens(ROOMS_MAX + 50));
    expect(stage.session.state.conversations.has(fold(name))).toBe(false);
  }
});

test("a malicious server can't fill the memory either", () => {
  const stage = new Stage().ready("message-tags");
  const { state } = stage.session;
  stage.server(":s JOIN #first");
  for (let i = 0; i < ROOMS_MAX + 50; i += 1) {
    stage.now += 1;
    stage.server(`:mina!u@h PRIVMSG #room${i} :hi`);
  }
  expect(state.conversations.size).toBe(ROOMS_MAX + 1);
  expect(stage.last(`#room${ROOMS_MAX + 49}`).text).toBe("hi");
  stage.server(":민수!u@h JOIN #tea");
  const names = (from: number) => Array.from({ length: 1000 }, (_, i) => `n${from + i}`).join(" ");
  for (let i = 0; i <= MEMBERS_MAX; i += 1000) stage.server(`:s 353 민수 = #tea :${names(i)}`);
  stage.server(":s 366 민수 #tea :End");
  expect(stage.at("#tea").members.size).toBe(MEMBERS_MAX);
  stage.server(":late!u@h JOIN #tea", ":n7!u@h AWAY :tea", ":mina!u@h PRIVMSG #tea :still here");
  expect(stage.at("#tea").members.size).toBe(MEMBERS_MAX);
  expect(stage.at("#tea").members.get(fold("n7"))?.away).toBe(true);
  expect(stage.last("#tea").text).toBe("still here");
  for (let i = 0; i < 1000; i += 1) {
    stage.server(`:s CAP * ACK :cap${i}`, ":s CAP * NEW :echo-message");
  }
  expect(state.caps.size).toBe(500);
  // Offered a thousand times, it is asked for once.
  expect(stage.sent().filter((line) => line.includes("echo-message"))).toEqual([
    "CAP REQ echo-message",
  ]);
});

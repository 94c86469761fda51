import { afterEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { recordLogPath } from "../../lib/file-manager/record-log/record-file.ts";
import { Prng } from "../prng.ts";
import { stateAfterKill } from "../sim/compared-state.ts";
import { KilledPeer, KillStage, type KillStageOptions } from "./kill-stage.ts";
import type { KilledLeader } from "./killed-leader.ts";

/** Plays of what once went wrong when leaders were killed. Mina and Jun are at different gateways. */

const PLAIN = Buffer.from("\0mina\0open sesame street").toString("base64");

let stage: KillStage;
afterEach(() => stage.end());

test("what a gateway hasn't heard of isn't cut off the log, and is told again", async () => {
  const [mina, jun] = await begin();
  says(mina, "PRIVMSG #tea :hello");
  await stage.leads();
  stage.leader?.save();
  await stage.leads();
  stage.kill(0);
  await stage.start();
  await stage.settle();
  expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG #tea :hello"]);
});

test("a gateway that was sent nothing for long hears what it missed after the log was cut", async () => {
  const [mina, jun] = await begin();
  for (const text of ["one", "two"]) {
    says(mina, `TOPIC #den :${text}`);
    await stage.settle();
    stage.leader?.save();
    await stage.settle();
  }
  says(mina, "PRIVMSG #tea :hello");
  await stage.leads();
  stage.kill(0);
  await stage.start();
  await stage.settle();
  expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG #tea :hello"]);
});

test("a leader that takes over tells of no record before it has told what was missed", async () => {
  const [mina, jun] = await begin();
  says(mina, "PRIVMSG #tea :hello");
  await stage.leads();
  stage.kill(0);
  await stage.start();
  stage.leader?.save();
  await stage.leads();
  stage.kill(1000);
  await stage.start();
  await stage.settle();
  expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG #tea :hello"]);
});

test("a message that is written nowhere is told again with its text", async () => {
  const [mina, jun] = await begin({ hasHistory: false });
  says(mina, "PRIVMSG #tea :hello");
  await stage.leads();
  stage.kill(0);
  await stage.start();
  await stage.settle();
  expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG #tea :hello"]);
});

test("what is written nowhere is in no file, and is there after a kill", async () => {
  const [mina, jun] = await begin({ hasHistory: false });
  says(mina, "PRIVMSG #tea :a public secret", "PRIVMSG jun :a private secret");
  await stage.leads();
  const log = readFileSync(recordLogPath(stage.folder), "utf8");
  expect(["public", "private"].filter((text) => log.includes(text))).toEqual([]);
  stage.kill(0);
  await stage.start();
  await stage.settle();
  expect(jun.hears()).toEqual([
    ":mina!~mina@guest.test PRIVMSG #tea :a public secret",
    ":mina!~mina@guest.test PRIVMSG jun :a private secret",
  ]);
  const guests = [...(stage.leader as KilledLeader).server.state.users.guests()];
  expect(guests.flatMap((guest) => guest.guestMessages.map(({ event }) => event.text))).toEqual([
    ...["a private secret", "a private secret"],
  ]);
});

test("a direct message from a guest is told again, once", async () => {
  const [mina, jun] = await begin();
  says(mina, "PRIVMSG jun :psst");
  await stage.leads();
  stage.kill(0);
  for (const arriving of [1000, 1000]) {
    await stage.start();
    await stage.settle();
    stage.kill(arriving);
  }
  expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG jun :psst"]);
});

test("a session's note says no more which notice it caused when that was stored", async () => {
  const [mina, jun] = await begin();
  says(mina, "REGISTER * * :open sesame street");
  await stage.settle();
  says(jun, "CAP REQ :sasl", "AUTHENTICATE PLAIN", `AUTHENTICATE ${PLAIN}`);
  await stage.settle();
  const before = stateAfterKill((stage.leader as KilledLeader).server.state, true);
  stage.kill(1000);
  await stage.start();
  await stage.settle();
  expect(stateAfterKill((stage.leader as KilledLeader).server.state, true)).toEqual(before);
});

test("how many new connections an address has left is known to each next leader, also when the log was cut", async () => {
  await begin();
  for (let n = 0; n < 512; n += 1) {
    const peer = new KilledPeer("198.51.100.1");
    stage.open(peer);
    stage.arrives();
    stage.break(peer);
  }
  await stage.settle();
  const TOO_FAST = ["ERROR :Too many new connections: try again in a minute"];
  expect(await greeting("198.51.100.1")).toEqual(TOO_FAST);
  for (let n = 0; n < 3; n += 1) {
    // What has changed is written once a second, in which four more may come.
    stage.passes(1000);
    await stage.settle();
    stage.leader?.save();
    await stage.settle();
    stage.kill(1000);
    await stage.start();
    await stage.settle();
    const heard: string[] = [];
    for (let each = 0; each < 5; each += 1) heard.push(...(await greeting("198.51.100.1")));
    expect(heard).toEqual(TOO_FAST);
    expect(await greeting("203.0.113.1")).toEqual([]);
  }
});

/** Returns what an address hears that connects. */
async function greeting(address: string): Promise<string[]> {
  const peer = new KilledPeer(address);
  stage.open(peer);
  await stage.settle();
  return peer.hears();
}

test("a line that ends its leaders is dropped by the third, and its sender alone is told", async () => {
  const [mina, jun] = await begin();
  endsAt("deadly");
  says(mina, "PRIVMSG #tea :deadly");
  says(jun, "PRIVMSG #tea :hello");
  await stage.settle();
  const leaders = [];
  for (; stage.leader === null && leaders.length < 5; leaders.push(stage.kills)) {
    await stage.start();
    endsAt("deadly");
    await stage.settle();
  }
  expect(leaders).toHaveLength(2);
  expect(mina.hears()).toEqual(["ERROR :What you sent last made the server fail, and was dropped"]);
  expect(texts()).toEqual(["hello"]);
  expect(jun.hears()).toEqual([
    expect.stringMatching(/^:mina!~mina@guest.test QUIT :What you sent last made/),
  ]);
  expect([mina.isOpen, jun.isOpen]).toEqual([false, true]);
  says(jun, "PRIVMSG #tea :go on", "PING 1");
  await stage.settle();
  expect(jun.hears()).toEqual([expect.stringContaining("PONG")]);
});

test("a new connection's first lines that end leaders are dropped, too", async () => {
  const [, jun] = await begin();
  const tom = new KilledPeer("192.0.2.9");
  stage.open(tom);
  endsAt("deadly");
  says(tom, "NICK deadly", "USER tom 0 * :tom");
  await stage.settle();
  for (let leaders = 0; stage.leader === null && leaders < 2; leaders += 1) {
    await stage.start();
    endsAt("deadly");
    await stage.settle();
  }
  expect(tom.hears().at(-1)).toMatch(/^ERROR :What you sent last/);
  expect([tom.isOpen, jun.isOpen]).toEqual([false, true]);
});

test("what waits beside a deadly line is run, however often leaders end", async () => {
  const [mina, jun] = await begin();
  endsAt("deadly");
  stage.send(jun, "PRIVMSG #tea :half a li");
  says(mina, "PRIVMSG #tea :deadly");
  await stage.settle();
  for (let leaders = 0; stage.leader === null && leaders < 5; leaders += 1) {
    await stage.start();
    endsAt("deadly");
    await stage.settle();
  }
  expect(mina.hears().at(-1)).toMatch(/^ERROR :What you sent last/);
  says(jun, "ne", "PING 1");
  await stage.settle();
  expect(jun.hears().at(-1)).toContain("PONG");
  expect(texts()).toEqual(["half a line"]);
});

test("who is on trial when a leader is killed by others is not disconnected", async () => {
  const [mina, jun] = await begin();
  endsAt("harmless");
  says(mina, "PRIVMSG #tea :harmless");
  await stage.settle();
  stage.isAfterFault = false;
  for (let kills = 0; kills < 3; kills += 1) {
    await stage.start();
    while ((stage.leader as KilledLeader).soft.tried === null) await stage.step();
    stage.kill(1000);
  }
  await stage.start();
  await stage.settle();
  expect(texts()).toEqual(["harmless"]);
  expect([mina.isOpen, jun.isOpen]).toEqual([true, true]);
});

test("who is on trial when a machine is lost isn't blamed by one whose process has failed before", async () => {
  const [mina, jun] = await begin();
  endsAt("harmless");
  says(mina, "PRIVMSG #tea :harmless");
  await stage.settle();
  await stage.start();
  while ((stage.leader as KilledLeader).soft.tried === null) await stage.step();
  stage.kill(1000);
  stage.node = "tea2";
  stage.isAfterFault = true;
  await stage.start();
  await stage.settle();
  expect(texts()).toEqual(["harmless"]);
  expect([mina.isOpen, jun.isOpen]).toEqual([true, true]);
});

test("a line that ends its leaders is dropped also when each is on another machine than the one before", async () => {
  const [mina, jun] = await begin();
  endsAt("deadly");
  says(mina, "PRIVMSG #tea :deadly");
  await stage.settle();
  let leaders = 0;
  for (; stage.leader === null && leaders < 6; leaders += 1) {
    stage.node = leaders % 2 === 0 ? "tea2" : "tea1";
    await stage.start();
    endsAt("deadly");
    await stage.settle();
  }
  expect(leaders).toBe(3);
  expect(mina.hears()).toEqual(["ERROR :What you sent last made the server fail, and was dropped"]);
  expect([mina.isOpen, jun.isOpen]).toEqual([false, true]);
});

test("a note that can't be read costs its session, with a sentence", async () => {
  const [mina, jun] = await begin();
  const { soft } = stage.leader as KilledLeader;
  for (const { gateway, link } of soft.noted.slice(0, 1)) {
    soft.follow({ consumed: [], upMs: 0, parts: [damaged(soft, `link:${gateway}:${link}`)] });
  }
  stage.leader?.save();
  await stage.settle();
  stage.kill(1000);
  await stage.start();
  const { failures } = stage.leader as KilledLeader;
  await stage.settle();
  expect(failures.splice(0)).toHaveLength(1);
  expect(mina.hears().at(-1)).toMatch(/^ERROR :The server was replaced, and has lost this/);
  expect([mina.isOpen, jun.isOpen]).toEqual([false, true]);
});

/** Makes a part of a link that has a note in another form. */
function damaged(soft: KilledLeader["soft"], key: string) {
  const { part } = soft.again(key) ?? { part: { key, value: {} } };
  return { key, value: { ...(part.value as object), note: { caps: 7 } } };
}

/** The messages of #tea that the leader has in memory. */
function texts(): string[] {
  const { rooms } = (stage.leader as KilledLeader).server.state;
  return [...rooms.all()].flatMap(({ recentEvents }) =>
    recentEvents.flatMap((event) => (event.kind === "said" ? event.text : [])),
  );
}

/** From now on, the leader's process ends when it begins to run a line with this word. */
function endsAt(word: string): void {
  const { leader } = stage;
  if (leader === null) return;
  const { server } = leader;
  const receive = server.receive.bind(server);
  server.receive = (session, line) => {
    if (line.kind === "text" && line.text.includes(word)) {
      stage.isAfterFault = true;
      leader.die();
    } else receive(session, line);
  };
}

async function begin(
  options: Partial<KillStageOptions> = {},
): Promise<readonly [KilledPeer, KilledPeer]> {
  stage = new KillStage({ prng: new Prng(1), ...options });
  await stage.start();
  const people = ["mina", "jun"].map((nick, index) => {
    const peer = new KilledPeer(`192.0.2.${index + 1}`);
    stage.open(peer);
    says(peer, `NICK ${nick}`, `USER ${nick} 0 * :${nick}`, "JOIN #tea");
    return peer;
  });
  const [mina, jun] = people as [KilledPeer, KilledPeer];
  says(mina, "JOIN #den");
  await stage.settle();
  for (const peer of people) peer.hears();
  return [mina, jun];
}

function says(peer: KilledPeer, ...lines: string[]): void {
  stage.send(peer, lines.map((line) => `${line}\r\n`).join(""));
  stage.arrives();
}

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

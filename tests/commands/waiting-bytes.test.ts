import { expect, test } from "bun:test";
import { WAITING_BYTES_MAX } from "../../lib/chat-server/limits.ts";
import { closeLargestSessions } from "../../lib/chat-server/sessions/waiting-bytes.ts";
import { Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** The bound on what waits for all sessions together. */

const MIB = 1 << 20;

test("above the bound those with the most are closed, and strangers before members", () => {
  const scene = new Scene();
  const member = scene.person("member");
  const [small, large, larger] = ["small", "large", "larger"].map((nick) => scene.guest(nick));
  for (const actor of [member, larger]) actor?.says("JOIN #tea");
  member.hears();
  member.backlog = 60 * MIB;
  Object.assign(small ?? {}, { backlog: MIB });
  Object.assign(large ?? {}, { backlog: 30 * MIB });
  Object.assign(larger ?? {}, { backlog: 40 * MIB });
  scene.passes(500);
  expect([member, small, large, larger].map((actor) => actor?.closed)).toEqual([
    ...[false, false, false, true],
  ]);
  expect(member.hears()).toEqual([
    ":larger!~larger@guest.test QUIT :Too much is waiting for you: the server needs the memory",
  ]);
  expect(scene.notes.at(-1)).toStartWith("too much was waiting");
});

test("at the bound nobody is closed", () => {
  const scene = new Scene();
  const guest = scene.guest("guest");
  const member = scene.person("member");
  guest.backlog = WAITING_BYTES_MAX / 2;
  member.backlog = WAITING_BYTES_MAX / 2;
  scene.passes(500);
  expect([guest.closed, member.closed]).toEqual([false, false]);
});

test("guests and strangers have half of it", () => {
  const scene = new Scene();
  const guests = Array.from({ length: 9 }, (_, n) => scene.guest(`guest${n}`));
  const member = scene.person("member");
  member.backlog = 1 << 20;
  for (const guest of guests) guest.backlog = WAITING_BYTES_MAX / 16;
  scene.passes(500);
  expect(guests.filter(({ closed }) => closed)).toHaveLength(3);
  expect(member.closed).toBe(false);
});

test("a member is closed when no stranger has anything", () => {
  const scene = new Scene();
  const member = scene.person("member");
  const guest = scene.guest("guest");
  member.backlog = WAITING_BYTES_MAX + 1;
  scene.passes(500);
  expect([member.closed, guest.closed]).toEqual([true, false]);
});

test("the links may ask at any time", () => {
  const scene = new Scene();
  const guest = scene.guest("guest");
  guest.backlog = WAITING_BYTES_MAX + 1;
  scene.arrives();
  scene.server.relieve();
  expect(guest.closed).toBe(true);
});

/** Of everything that a stranger can make grow: how to do it. */
const GROWING: Readonly<Record<string, (scene: Scene) => void>> = {
  "unfinished lines": (scene) => {
    scene.connect().session.link.inputBytes = 16_000;
  },
  "held lines": (scene) => {
    scene.holding = true;
    const stranger = scene.connect();
    stranger.introduces("stranger").says("MOTD");
    stranger.session.isWaiting = true;
    for (let i = 0; i < 100; i += 1) stranger.says(`PRIVMSG nobody :${"x".repeat(400)}`);
  },
  "held lines that aren't UTF-8": (scene) => {
    const stranger = scene.connect();
    stranger.session.isWaiting = true;
    const line = Buffer.concat([Buffer.alloc(500, 0xff), Buffer.from("\r\n")]);
    for (let i = 0; i < 30; i += 1) stranger.sends(line);
  },
  "open batches": (scene) => {
    const guest = scene.guest("guest", "batch", "draft/multiline", "message-tags");
    guest.says("BATCH +b draft/multiline #tea");
    for (let i = 0; i < 20; i += 1) guest.says(`@batch=b PRIVMSG #tea :${"x".repeat(400)}`);
    guest.says(`@batch=b PRIVMSG #tea :${"x".repeat(150)}`);
  },
  "messages of guests": (scene) => {
    scene.guest("jun");
    const guest = scene.guest("guest");
    for (let i = 0; i < 50; i += 1) guest.says(`PRIVMSG jun :${"x".repeat(400)}`);
  },
  "collected answers": (scene) => {
    for (let i = 0; i < 900; i += 1) scene.guest(`g${i}`);
    const member = scene.person("member", "batch", "labeled-response");
    scene.holding = true;
    member.says("@label=1 WHO *");
  },
};

for (const [name, grow] of Object.entries(GROWING)) {
  testWithOneServer(`${name} count`, () => {
    const scene = new Scene();
    grow(scene);
    const before = scene.server.state.sessions.size;
    closeLargestSessions(scene.server.state, 8000);
    expect(scene.server.state.sessions.size).toBeLessThan(before);
  });
}

testWithOneServer("invalid lines that are held are bounded as others are", () => {
  const scene = new Scene();
  const stranger = scene.connect();
  stranger.session.isWaiting = true;
  const line = Buffer.concat([Buffer.alloc(500, 0xff), Buffer.from("\r\n")]);
  for (let i = 0; i < 40; i += 1) stranger.sends(line);
  expect(stranger.hears().at(-1)).toContain("Excess Flood");
});

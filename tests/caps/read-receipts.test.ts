import { expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** sodam.chat/read-receipts: docs/protocol.md */

const RECEIPTS = "sodam.chat/read-receipts";

function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina", RECEIPTS).says("JOIN #tea");
  const jun = scene.person("jun", RECEIPTS).says("JOIN #tea");
  const sora = scene.person("sora").says("JOIN #tea");
  scene.passes(60_000);
  scene.passes(1000);
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

function reads(actor: Actor, minute: number): void {
  actor.says(`MARKREAD #tea timestamp=2026-11-22T00:${minute}:00.000Z`);
}

/** READ lines alone. */
function receipts(actor: Actor): string[] {
  return actor.hears().filter((line) => / READ /.test(line));
}

test("READ is sent to the other users who share receipts", () => {
  const { scene, mina, jun, sora } = teahouse();
  reads(jun, 31);
  scene.passes(500);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun timestamp=2026-11-22T00:31:00.000Z"]);
  for (const one of [jun, sora]) expect(receipts(one)).toEqual([]);
});

test("no READ is sent for a user who doesn't share receipts", () => {
  const { scene, mina, jun, sora } = teahouse();
  reads(sora, 31);
  scene.passes(500);
  for (const one of [mina, jun]) expect(receipts(one)).toEqual([]);
});

test("sending a message counts as reading", () => {
  const { scene, mina, jun } = teahouse();
  jun.says("PRIVMSG #tea :hi");
  scene.passes(500);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun timestamp=2026-11-22T00:31:01.000Z"]);
});

test("a room gets receipts at most once a second, the newest of each user", () => {
  const { scene, mina, jun } = teahouse();
  const bora = scene.person("bora", RECEIPTS).says("JOIN #tea");
  scene.passes(120_000);
  scene.passes(1000);
  for (const one of [mina, jun, bora]) one.hears();
  reads(jun, 31);
  scene.passes(0);
  expect(receipts(mina)).toHaveLength(1);
  reads(jun, 32);
  reads(bora, 32);
  reads(jun, 33);
  scene.passes(999);
  expect(receipts(mina)).toEqual([]);
  scene.passes(1);
  expect(receipts(mina)).toEqual([
    ":tea.test READ #tea jun timestamp=2026-11-22T00:33:00.000Z",
    ":tea.test READ #tea bora timestamp=2026-11-22T00:32:00.000Z",
  ]);
});

test("JOIN is followed by the others' receipts, and the others get the new member's", () => {
  const { scene, mina, jun } = teahouse();
  reads(jun, 31);
  scene.passes(1000);
  mina.hears();
  const bora = scene.person("bora", RECEIPTS).says("JOIN #tea");
  // Mina has read nothing yet: everything since she came.
  expect(receipts(bora)).toEqual([
    ":tea.test READ #tea mina timestamp=2026-11-22T00:30:00.001Z",
    ":tea.test READ #tea jun timestamp=2026-11-22T00:31:00.000Z",
  ]);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ #tea bora timestamp=2026-11-22T00:31:02.000Z"]);
  const phone = scene.connect().logsIn("mina", [RECEIPTS]);
  expect(receipts(phone)).toHaveLength(2);
});

test("an offline user's receipt stays; one who reconnects without sharing is removed", () => {
  const { scene, mina, jun } = teahouse();
  jun.vanishes();
  scene.passes(1000);
  expect(receipts(mina)).toEqual([]);
  const phone = scene.person("mina", RECEIPTS);
  phone.says("PART #tea", "JOIN #tea");
  expect(receipts(phone)).toHaveLength(1);
  scene.passes(1000);
  for (const one of [mina, phone]) one.hears();
  scene.person("jun");
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun *"]);
});

test("the capability can be disabled by CAP REQ, and enabled again", () => {
  const { scene, mina, jun } = teahouse();
  jun.says(`CAP REQ :-${RECEIPTS}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun *"]);
  jun.says(`CAP REQ :${RECEIPTS}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun timestamp=2026-11-22T00:30:00.002Z"]);
});

test("a room of more than a hundred members gets no receipts", () => {
  const { scene, mina, jun } = teahouse();
  for (let i = 0; i < 97; i += 1) scene.guest(`g${i}`).says("JOIN #tea");
  reads(jun, 31);
  scene.passes(1000);
  expect(receipts(mina)).toHaveLength(1);
  scene.guest("one-more").says("JOIN #tea");
  jun.says("PRIVMSG #tea :hi");
  scene.passes(1000);
  expect(receipts(mina)).toEqual([]);
  const bora = scene.person("bora", RECEIPTS).says("JOIN #tea");
  expect(receipts(bora)).toEqual([]);
});

test("in an auditorium receipts don't reveal members to members without rank", () => {
  const { scene, mina, jun } = teahouse();
  const bora = scene.person("bora", RECEIPTS).says("JOIN #tea");
  mina.says("MODE #tea +u");
  scene.passes(1000);
  for (const one of [mina, jun, bora]) one.hears();
  reads(jun, 31);
  scene.passes(1000);
  expect(receipts(bora)).toEqual([]);
  expect(receipts(mina)).toHaveLength(1);
});

test("no receipt is sent for a user who has left before it is due", () => {
  const { scene, mina, jun } = teahouse();
  reads(jun, 31);
  jun.says("PART #tea");
  scene.passes(1000);
  expect(receipts(mina)).toEqual([]);
});

test("a clock that is set back delays no receipt", () => {
  const { scene, mina, jun } = teahouse();
  scene.passes(1000);
  reads(jun, 31);
  scene.setsClock(-60_000);
  scene.passes(1000);
  expect(receipts(mina)).toHaveLength(1);
});

/** Mina and jun, who both have the capability, with a first message between them. */
function writing(...caps: string[]) {
  const scene = new Scene();
  const mina = scene.person("mina", RECEIPTS, ...caps);
  const jun = scene.person("jun", RECEIPTS, ...caps);
  mina.says("PRIVMSG jun :hi");
  const said = scene.now;
  scene.passes(1000);
  return { scene, mina, jun, said };
}

function at(ms: number): string {
  return `timestamp=${new Date(ms).toISOString()}`;
}

test("in direct messages each user gets the other's receipts, from the first message on", () => {
  const { scene, mina, jun, said } = writing();
  // Jun has read nothing yet, and mina her own message.
  const [first, ...more] = receipts(mina);
  expect(first).toStartWith(":tea.test READ jun jun timestamp=");
  expect(Date.parse(first?.split("timestamp=")[1] ?? "")).toBeLessThanOrEqual(said);
  expect(more).toEqual([]);
  expect(receipts(jun)).toHaveLength(1);
  scene.passes(1000);
  jun.says(`MARKREAD mina ${at(scene.now)}`);
  const read = scene.now;
  scene.passes(1000);
  expect(receipts(mina)).toEqual([`:tea.test READ jun jun ${at(read)}`]);
});

test("MARKREAD of direct messages also sends the peer's receipt", () => {
  const { mina, jun, said } = writing();
  for (const one of [mina, jun]) one.hears();
  jun.says("MARKREAD mina");
  expect(receipts(jun)).toEqual([`:tea.test READ mina mina ${at(said + 1)}`]);
});

test("in direct messages both users must share receipts, and a blocked one gets them for what was delivered", () => {
  const { scene, mina, jun, said } = writing();
  const sora = scene.person("sora");
  sora.says("PRIVMSG jun :hi");
  sora.says("MARKREAD jun");
  scene.passes(1000);
  expect(receipts(sora)).toEqual([]);
  jun.says("SILENCE +mina!*@*");
  mina.hears();
  jun.says(`MARKREAD mina ${at(said + 1)}`);
  mina.says("MARKREAD jun", "PRIVMSG jun :nobody reads this");
  scene.passes(1000);
  const delivered = `:tea.test READ jun jun ${at(said + 1)}`;
  expect(new Set(receipts(mina))).toEqual(new Set([delivered]));
  jun.says(`MARKREAD mina ${at(scene.now)}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([]);
  mina.says("MARKREAD jun");
  expect(receipts(mina)).toEqual([delivered]);
  jun.says("SILENCE -mina!*@*", `CAP REQ -${RECEIPTS}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ jun jun *"]);
});

test("a user who enables the capability while connected gets the others' receipts at once", () => {
  const { scene, mina, jun } = teahouse();
  const bora = scene.person("bora").says("JOIN #tea");
  for (const one of [mina, jun, bora]) one.hears();
  bora.says(`CAP REQ ${RECEIPTS}`);
  expect(receipts(bora)).toHaveLength(2);
  bora.says(`CAP REQ ${RECEIPTS}`);
  expect(receipts(bora)).toEqual([]);
});

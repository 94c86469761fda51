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

test("who has read further is told to those who have it told of themselves, and not to them", () => {
  const { scene, mina, jun, sora } = teahouse();
  reads(jun, 31);
  scene.passes(500);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun timestamp=2026-11-22T00:31:00.000Z"]);
  for (const one of [jun, sora]) expect(receipts(one)).toEqual([]);
});

test("of who doesn't have it told nobody hears", () => {
  const { scene, mina, jun, sora } = teahouse();
  reads(sora, 31);
  scene.passes(500);
  for (const one of [mina, jun]) expect(receipts(one)).toEqual([]);
});

test("speaking is reading", () => {
  const { scene, mina, jun } = teahouse();
  jun.says("PRIVMSG #tea :hi");
  scene.passes(500);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun timestamp=2026-11-22T00:31:01.000Z"]);
});

test("a room hears at most once a second, and then of each the newest", () => {
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

test("a JOIN is followed by how far the others are, and the others hear of the newcomer", () => {
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

test("somebody who goes offline is as they were; who comes back without it is shown no longer", () => {
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

test("it is given back by CAP REQ, and asked for again", () => {
  const { scene, mina, jun } = teahouse();
  jun.says(`CAP REQ :-${RECEIPTS}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun *"]);
  jun.says(`CAP REQ :${RECEIPTS}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ #tea jun timestamp=2026-11-22T00:30:00.002Z"]);
});

test("in a room of more than a hundred nothing is told", () => {
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

test("in an auditorium the listeners don't learn who is there", () => {
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

test("whoever has left meanwhile is not told of", () => {
  const { scene, mina, jun } = teahouse();
  reads(jun, 31);
  jun.says("PART #tea");
  scene.passes(1000);
  expect(receipts(mina)).toEqual([]);
});

test("a clock that is set back holds nothing up", () => {
  const { scene, mina, jun } = teahouse();
  scene.passes(1000);
  reads(jun, 31);
  scene.passes(-60_000);
  expect(receipts(mina)).toHaveLength(1);
});

/** Mina and jun, who have both said yes, with the first message between them. */
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

test("in direct messages each hears how far the other is, from the first message on", () => {
  const { scene, mina, jun, said } = writing();
  // Jun has read nothing yet, and mina what she has said.
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

test("who asks for the marker of direct messages is told of the other one's", () => {
  const { mina, jun, said } = writing();
  for (const one of [mina, jun]) one.hears();
  jun.says("MARKREAD mina");
  expect(receipts(jun)).toEqual([`:tea.test READ mina mina ${at(said + 1)}`]);
});

test("in direct messages, too, it is for both or neither, and not for whom one has blocked", () => {
  const { scene, mina, jun } = writing();
  const sora = scene.person("sora");
  sora.says("PRIVMSG jun :hi");
  sora.says("MARKREAD jun");
  scene.passes(1000);
  expect(receipts(sora)).toEqual([]);
  jun.says("SILENCE +mina!*@*");
  mina.hears();
  jun.says(`MARKREAD mina ${at(scene.now)}`);
  mina.says("MARKREAD jun");
  scene.passes(1000);
  expect(receipts(mina)).toEqual([]);
  jun.says("SILENCE -mina!*@*", `CAP REQ -${RECEIPTS}`);
  scene.passes(1000);
  expect(receipts(mina)).toEqual([":tea.test READ jun jun *"]);
});

test("who says yes while they are there is told at once how far the others are", () => {
  const { scene, mina, jun } = teahouse();
  const bora = scene.person("bora").says("JOIN #tea");
  for (const one of [mina, jun, bora]) one.hears();
  bora.says(`CAP REQ ${RECEIPTS}`);
  expect(receipts(bora)).toHaveLength(2);
  bora.says(`CAP REQ ${RECEIPTS}`);
  expect(receipts(bora)).toEqual([]);
});

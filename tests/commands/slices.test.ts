import { expect, test } from "bun:test";
import { SLICE_UNITS_MAX } from "../../lib/chat-server/slices.ts";
import { type Actor, Scene } from "../scene.ts";

/** Long answers in slices: what others hear meanwhile, and what an answer may still show afterwards. */

/** A line is at least this much work, so that a slice has at most a third of its units as lines. */
const LINES_PER_SLICE_MAX = SLICE_UNITS_MAX / 3 + 1;

/** Says a line, and returns what the actor heard in each slice of the answer. */
function slicesOf(scene: Scene, actor: Actor, line: string): string[][] {
  scene.holding = true;
  actor.hears();
  actor.says(line);
  const slices = [actor.hears()];
  while (scene.settleOne()) slices.push(actor.hears());
  scene.holding = false;
  return slices.filter((lines) => lines.length > 0);
}

function manyRooms(scene: Scene, count: number): void {
  for (let made = 0; made < count; made += 200) {
    const guest = scene.guest(`maker${made}`);
    for (let i = made; i < Math.min(count, made + 200); i += 1) guest.says(`JOIN #room${i}`);
    guest.says("TOPIC #room0 :tea");
  }
}

function manyGuests(scene: Scene, count: number, ...lines: string[]): Actor[] {
  return Array.from({ length: count }, (_, i) =>
    scene.guest(`guest${i}`, "no-implicit-names").says(...lines),
  );
}

test("LIST of many rooms lets others in between its rows, and is complete", () => {
  const scene = new Scene();
  manyRooms(scene, 2000);
  const slices = slicesOf(scene, scene.guest("mina"), "LIST");
  expect(slices.length).toBeGreaterThan(2);
  expect(Math.max(...slices.map((lines) => lines.length))).toBeLessThan(LINES_PER_SLICE_MAX);
  expect(slices.flat().filter((line) => line.includes(" 322 "))).toHaveLength(2000);
});

test("WHO, NAMES of all rooms and STATS l let others in between their rows", () => {
  const scene = new Scene();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  manyGuests(scene, 1000, "JOIN #tea");
  owner.says("JOIN #tea");
  for (const [line, numeric] of [
    ["WHO #tea", " 352 "],
    ["WHO *", " 352 "],
    ["STATS l", " 211 "],
  ] as const) {
    const slices = slicesOf(scene, owner, line);
    expect([line, slices.length > 1]).toEqual([line, true]);
    expect(slices.flat().filter((text) => text.includes(numeric))).toHaveLength(1001);
  }
});

test("read receipts of many rooms come in slices, to who asks for them and to the others", () => {
  const scene = new Scene();
  const rooms = Array.from({ length: 60 }, (_, i) => `#room${i}`);
  const [jun] = Array.from({ length: 30 }, (_, i) =>
    scene
      .person(`reader${i}`, "sodam.chat/read-receipts")
      .says(...rooms.map((room) => `JOIN ${room}`)),
  );
  const mina = scene.person("mina").says(...rooms.map((room) => `JOIN ${room}`));
  for (let i = 0; i < 3; i += 1) scene.passes(1000);
  const receipts = (lines: readonly string[]) => lines.filter((line) => line.includes(" READ #"));
  const slices = slicesOf(scene, mina, "CAP REQ :sodam.chat/read-receipts");
  expect(receipts(slices.flat())).toHaveLength(60 * 30);
  expect(Math.max(...slices.map((lines) => lines.length))).toBeLessThan(LINES_PER_SLICE_MAX + 31);
  jun?.hears();
  scene.holding = true;
  scene.passes(1000);
  const first = receipts(jun?.hears() ?? []);
  scene.settle();
  const rest = receipts(jun?.hears() ?? []);
  expect(first.length).toBeLessThan(50);
  expect(first.length + rest.length).toBe(60);
});

test("messages go on between the slices of somebody else's answer", () => {
  const scene = new Scene();
  manyRooms(scene, 2000);
  const [mina, jun, hana] = ["mina", "jun", "hana"].map((nick) => scene.guest(nick));
  for (const actor of [jun, hana]) actor?.says("JOIN #tea").hears();
  scene.holding = true;
  mina?.hears();
  mina?.says("LIST");
  jun?.says("PRIVMSG #tea :hello");
  expect(hana?.hears().at(-1)).toContain("hello");
  expect(mina?.hears().some((line) => line.includes(" 323 "))).toBe(false);
  scene.settle();
  expect(mina?.hears().at(-1)).toContain(" 323 ");
});

test("the lines of the session itself wait until its answer is complete", () => {
  const scene = new Scene();
  manyRooms(scene, 2000);
  const mina = scene.guest("mina");
  scene.holding = true;
  mina.says("LIST", "PING after");
  expect(mina.hearsVerbs()).not.toContain("PONG");
  scene.settle();
  expect(mina.hearsVerbs().slice(-2)).toEqual(["323", "PONG"]);
});

test("an answer in slices is whole inside of its label's batch", () => {
  const scene = new Scene();
  manyRooms(scene, 2000);
  const mina = scene.guest("mina", "labeled-response", "batch");
  const lines = slicesOf(scene, mina, "@label=7 LIST").flat();
  expect(lines[0]).toStartWith("@label=7 :tea.test BATCH +");
  expect(lines.at(-1)).toStartWith(":tea.test BATCH -");
  expect(lines.slice(1, -1).every((line) => line.startsWith("@batch="))).toBe(true);
  expect(lines).toHaveLength(2000 + 4);
});

test("whoever is kicked during WHO of a secret room hears no more of its members", () => {
  const scene = new Scene();
  const op = scene.guest("op").says("JOIN #tea", "MODE #tea +s");
  const mina = scene.guest("mina").says("JOIN #tea");
  manyGuests(scene, 1000, "JOIN #tea");
  mina.hears();
  scene.holding = true;
  mina.says("WHO #tea");
  op.says("KICK #tea mina");
  const before = mina.hears().filter((line) => line.includes(" 352 ")).length;
  scene.settle();
  const after = mina.hears();
  expect(before).toBeGreaterThan(0);
  expect(after.filter((line) => line.includes(" 352 "))).toEqual([]);
  expect(after.at(-1)).toContain(" 315 ");
});

test("an operator who steps down during STATS l sees no more addresses", () => {
  const scene = new Scene();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const device = scene.person("owner");
  manyGuests(scene, 1000);
  owner.hears();
  scene.holding = true;
  owner.says("STATS l");
  owner.hears();
  device.says("DEOPER");
  scene.settle();
  expect(owner.hears().filter((line) => line.includes(" 211 "))).toEqual([]);
});

test("an answer is dropped when its session closes between two slices", () => {
  const scene = new Scene();
  manyRooms(scene, 2000);
  const mina = scene.guest("mina");
  scene.holding = true;
  mina.says("LIST");
  mina.vanishes();
  mina.hears();
  scene.settle();
  expect(mina.hears()).toEqual([]);
  expect(scene.notes).toEqual([]);
});

test("a page of long messages is encoded in slices, and stops when it is full", () => {
  const scene = new Scene();
  const caps = ["draft/multiline", "batch", "draft/chathistory", "message-tags"];
  const mina = scene.person("mina", ...caps).says("JOIN #tea");
  const lines = Array.from({ length: 20 }, () => `@batch=b PRIVMSG #tea :${"x".repeat(400)}`);
  for (let i = 0; i < 150; i += 1) {
    mina.says("BATCH +b draft/multiline #tea", ...lines, "BATCH -b");
  }
  mina.hears();
  scene.holding = true;
  mina.says("CHATHISTORY LATEST #tea * 200");
  let pauses = 0;
  while (scene.settleOne()) pauses += 1;
  const page = mina.hears();
  expect(pauses).toBeGreaterThan(1);
  const bytes = page.join("\r\n").length;
  expect(bytes).toBeGreaterThan(300_000);
  expect(bytes).toBeLessThan(700_000);
  expect(page[0]).toContain("BATCH +");
  expect(page.at(-1)).toContain("BATCH -");
});

test("a log-in to many rooms is sent in slices, and a room's events begin with its JOIN", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  for (let i = 0; i < 200; i += 1) mina.says(`JOIN #room${i}`);
  const jun = scene.person("jun");
  for (let i = 0; i < 200; i += 1) jun.says(`JOIN #room${i}`);
  scene.holding = true;
  const phone = scene.connect();
  phone.says("CAP LS 302", "CAP REQ :sasl", "AUTHENTICATE PLAIN");
  phone.says(`AUTHENTICATE ${Buffer.from("mina\0mina\0mina-password").toString("base64")}`);
  scene.settle();
  phone.says("NICK mina", "USER mina 0 * :mina", "CAP END");
  const joined = (lines: string[]) => lines.filter((line) => line.includes(" JOIN ")).length;
  const before = phone.hears();
  expect(joined(before)).toBeGreaterThan(0);
  expect(joined(before)).toBeLessThan(200);
  jun.says("PRIVMSG #room0 :in the first", "PRIVMSG #room199 :in the last");
  jun.says("PART #room198");
  mina.says("TOPIC #room197 :new", "PART #room196");
  const live = phone.hears();
  expect(live.filter((line) => line.includes("PRIVMSG"))).toHaveLength(1);
  expect(live[0]).toContain("in the first");
  scene.settle();
  const after = phone.hears();
  expect(joined(before) + joined(after)).toBe(199);
  expect(after.some((line) => line.includes("#room196"))).toBe(false);
  const replayed = after.filter((line) => line.includes("in the last"));
  expect(replayed).toHaveLength(1);
  expect(after.some((line) => / 332 mina #room197 :?new$/.test(line))).toBe(true);
  const names = after.find((line) => line.includes(" 353 ") && line.includes("#room198 "));
  expect(names).not.toContain("jun");
  jun.says("PRIVMSG #room199 :later");
  expect(phone.hears().at(-1)).toContain("later");
});

test("RENAME sends PART and JOIN in its turn, and the names of a large room in slices", () => {
  const scene = new Scene();
  const op = scene.guest("op", "draft/channel-rename").says("JOIN #tea");
  const guests = Array.from({ length: 450 }, (_, i) => scene.guest(`g${i}`).says("JOIN #tea"));
  for (const guest of guests) guest.hears();
  scene.holding = true;
  op.says("RENAME #tea #coffee");
  const first = guests.map((guest) => guest.hearsVerbs());
  expect(first.every((verbs) => verbs[0] === "PART" && verbs[1] === "JOIN")).toBe(true);
  const served = () => guests.filter((guest) => guest.hearsVerbs().includes("366")).length;
  expect(first.filter((verbs) => verbs.includes("366")).length).toBeLessThan(450);
  const rest = first.filter((verbs) => !verbs.includes("366")).length;
  let later = 0;
  while (scene.settleOne()) later += served();
  expect(later).toBe(rest);
});

test("hundreds of connections that time out together close in slices", () => {
  const scene = new Scene();
  const guests = manyGuests(scene, 300, "JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  scene.passes(120_001);
  mina.says("PONG 1");
  scene.holding = true;
  scene.passes(60_001);
  const closed = () => guests.filter((guest) => guest.closed).length;
  expect(closed()).toBeGreaterThan(0);
  expect(closed()).toBeLessThan(300);
  scene.settle();
  expect(closed()).toBe(300);
  expect(mina.closed).toBe(false);
});

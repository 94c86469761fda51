import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync, readdirSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { snapshotSource } from "../../lib/chat-server/snapshot/snapshot-source.ts";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { newFolder } from "../e2e/served.ts";
import { Prng, seeds } from "../prng.ts";
import { FailingDisk, Life, openData, SeededWorld, signUp } from "./stage.ts";
import { faultsOf, type Kept, pageOf, ROOMS, TALKER_CAPS, Talker } from "./talker.ts";

/**
 * A server on a real folder, in this process: its disk fails now and then, or its files are cut at random
 * after a crash. Two of three seeds; the third is killed.test.ts.
 */

const NAMES = ["mina", "jun", "yuna"];
/** Behind any seed of the runs, so that a world draws other numbers than its run. */
const WORLD_SEEDS_FROM = 1_000_000;

let template = newFolder();
afterAll(() => template.remove());
beforeAll(async () => {
  template.remove();
  template = newFolder();
  const data = await openData(template.path);
  for (const name of NAMES) await signUp(data, name);
  await data.close();
  const life = await Life.begin(template.path, new SeededWorld(0));
  for (const name of NAMES) {
    const voice = await life.enter(name, "", () => {});
    voice.says(...ROOMS.map((room) => `JOIN ${room}`));
  }
  await life.settled();
  await life.data.save(() => snapshotSource(life.server.state));
  await life.data.close();
}, 60_000);

async function historyOf(life: Life, room: string): Promise<Kept[]> {
  const lines: string[] = [];
  const voice = await life.enter("mina", TALKER_CAPS, (line) => lines.push(line));
  const all: Kept[] = [];
  for (let from = "timestamp=1970-01-01T00:00:00.000Z"; ; from = `msgid=${all.at(-1)?.msgid}`) {
    lines.length = 0;
    voice.says(`CHATHISTORY AFTER ${room} ${from} 200`);
    await life.settled();
    expect(lines.at(-1)).toContain("BATCH -");
    const page = pageOf(lines);
    all.push(...page);
    if (page.length === 0) return all;
  }
}

function findings(folder: string): string[] {
  return examine(join(folder, "data"), AccountStore.of, Number.POSITIVE_INFINITY).map(
    ({ path, problem }) => `${path}: ${problem}`,
  );
}

/** Talks at random, with slow work going on at times, and saves now and then. */
async function talk(life: Life, talkers: readonly Talker[], prng: Prng, n: number): Promise<void> {
  for (let step = 0; step < 150; step += 1) {
    prng.pick(talkers).act(prng, n);
    if (prng.chance(20)) await life.settled();
    if (prng.chance(5)) await life.data.sync();
    if (prng.chance(3))
      await life.data.save(() => snapshotSource(life.server.state)).catch(() => {});
  }
}

async function gather(life: Life, prng: Prng, n: number, talkers: Talker[]): Promise<void> {
  for (const talker of talkers) {
    const voice = await life.enter(talker.name, TALKER_CAPS, (line) => talker.take(line));
    talker.speak = (line) => voice.says(line);
  }
  await talk(life, talkers, prng, n);
}

for (const seed of seeds(18).filter((seed) => seed % 3 === 1)) {
  test(`on a disk that sometimes fails, the server keeps all acknowledged messages (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const world = new SeededWorld(seed + WORLD_SEEDS_FROM);
    let home = newFolder();
    cpSync(template.path, home.path, {
      recursive: true,
      filter: (path) => !path.endsWith("/lock"),
    });
    const talkers = NAMES.map((name) => new Talker(name, world.now));
    for (let n = 1; n <= 3; n += 1) {
      const disk = new FailingDisk(prng);
      const life = await Life.begin(home.path, world, disk);
      disk.percent = 1 + prng.below(15);
      await gather(life, prng, n, talkers);
      // Later failures come after this life's crash.
      const next = newFolder();
      life.crash(home.path, next.path);
      disk.percent = 0;
      await life.settled();
      await life.data.close();
      home.remove();
      home = next;
      const again = await Life.begin(home.path, world);
      for (const room of ROOMS) {
        expect(faultsOf(room, await historyOf(again, room), talkers)).toEqual([]);
      }
      await again.data.close();
      expect(findings(home.path)).toEqual([]);
    }
    home.remove();
  }, 60_000);
}

for (const seed of seeds(18).filter((seed) => seed % 3 === 2)) {
  test(`with its newest files cut at random, the server keeps everything before the cut (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const world = new SeededWorld(seed + WORLD_SEEDS_FROM);
    const home = newFolder();
    cpSync(template.path, home.path, {
      recursive: true,
      filter: (path) => !path.endsWith("/lock"),
    });
    const talkers = NAMES.map((name) => new Talker(name, world.now));
    const life = await Life.begin(home.path, world);
    await gather(life, prng, 1, talkers);
    const cut = newFolder();
    life.crash(home.path, cut.path);
    await life.settled();
    await life.data.close();
    home.remove();
    const root = join(cut.path, "data", "history");
    for (const id of readdirSync(root)) {
      const path = join(root, id, readdirSync(join(root, id)).sort().at(-1) ?? "");
      const { size } = statSync(path);
      // Never the room's founding: a torn tail is never that long.
      truncateSync(path, size - prng.below(Math.floor(size * 0.8)));
    }
    const journal = join(cut.path, "data", "people.journal");
    truncateSync(journal, prng.below(statSync(journal).size + 1));
    const again = await Life.begin(cut.path, world);
    for (const room of ROOMS) {
      const kept = await historyOf(again, room);
      expect(faultsOf(room, kept, talkers, true)).toEqual([]);
      const voice = await again.enter("jun", TALKER_CAPS, () => {});
      voice.says(`PRIVMSG ${room} :it goes on`);
      expect((await historyOf(again, room)).at(-1)?.text).toBe("it goes on");
    }
    await again.data.save(() => snapshotSource(again.server.state));
    await again.data.close();
    cut.remove();
  }, 60_000);
}

test("the check detects missing, repeated, reordered, changed and unredacted messages", () => {
  const talker = new Talker("mina");
  for (const n of [1, 2, 3]) {
    talker.take(`@msgid=m${n} :mina!u@h PRIVMSG #tea :text ${n}`);
  }
  const kept = [1, 2, 3].map((n) => ({ msgid: `m${n}`, text: `text ${n}` }));
  const [one, two, three] = kept as [Kept, Kept, Kept];
  const check = (those: Kept[], lost = false) => faultsOf("#tea", those, [talker], lost).length;
  expect(check(kept)).toBe(0);
  expect(check([one, three])).toBe(1);
  expect(check([one, two, two, three])).toBe(1);
  expect(check([two, one, three])).toBe(1);
  expect(check([one, two, { ...three, text: "else" }])).toBe(1);
  expect(check([one, two], true)).toBe(0);
  expect(check([one, three], true)).toBe(1);
  talker.take(":mina!u@h REDACT #tea m2");
  expect(check(kept)).toBe(1);
  expect(check([one, three])).toBe(0);
});

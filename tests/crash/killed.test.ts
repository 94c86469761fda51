import { afterAll, beforeAll, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { examine } from "../../lib/file-manager/maintenance/doctor.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { Guest, newFolder, Served } from "../e2e/served.ts";
import { Prng, seeds } from "../prng.ts";
import { faultsOf, type Kept, pageOf, ROOMS, TALKER_CAPS, Talker } from "./talker.ts";

/** A real server under load is killed with SIGKILL at any moment, and restarted: every third seed. */

const NAMES = ["mina", "jun", "yuna"];
const LIVES = 2;

let template = newFolder();
afterAll(() => template.remove());

/** The data with which every run begins: three accounts in two rooms, and a certificate. */
beforeAll(async () => {
  template.remove();
  template = newFolder();
  const served = await Served.start(template.path);
  for (const name of NAMES) {
    const guest = await (await Guest.connect(served.port)).enters(name, true);
    guest.says(...ROOMS.map((room) => `JOIN ${room}`));
    await guest.hears((line) => line.includes(` 366 ${name} ${ROOMS.at(-1)} `));
    guest.close();
  }
  await served.end("SIGTERM");
}, 60_000);

async function enter(served: Served, talker: Talker): Promise<Guest> {
  const guest = await (await Guest.connect(served.port)).enters(talker.name, false, TALKER_CAPS);
  return guest;
}

async function historyOf(guest: Guest, room: string): Promise<Kept[]> {
  const all: Kept[] = [];
  for (let from = "timestamp=1970-01-01T00:00:00.000Z"; ; from = `msgid=${all.at(-1)?.msgid}`) {
    guest.says(`CHATHISTORY AFTER ${room} ${from} 200`);
    const lines = await guest.hears((line) => / BATCH -|FAIL CHATHISTORY/.test(line));
    expect(lines.at(-1)).toContain("BATCH -");
    const page = pageOf(lines);
    all.push(...page);
    if (page.length === 0) return all;
  }
}

for (const seed of seeds(18).filter((seed) => seed % 3 === 0)) {
  test(`killed under load, the server keeps all acknowledged messages (SEED=${seed})`, async () => {
    const prng = new Prng(seed);
    const home = newFolder();
    cpSync(template.path, home.path, {
      recursive: true,
      filter: (path) => !path.endsWith("/lock"),
    });
    const guests = new Map<Talker, Guest>();
    const talkers = NAMES.map((name) => new Talker(name));
    let served = await Served.start(home.path);
    try {
      for (let life = 1; life <= LIVES; life += 1) {
        for (const talker of talkers) {
          const guest = await enter(served, talker);
          talker.speak = (line) => guest.says(line);
          guests.set(talker, guest);
        }
        const until = 20 + prng.below(150);
        let lineCount = 0;
        const reading = talkers.map(async (talker) => {
          const guest = guests.get(talker) as Guest;
          talker.act(prng, life);
          for (;;) {
            const lines = await guest.hears(() => true);
            if (lines.length === 0) return;
            for (const line of lines) talker.take(line);
            lineCount += lines.length;
            for (let n = prng.below(4); n > 0; n -= 1) talker.act(prng, life);
            if (lineCount > until) {
              guest.says("PING more");
              // While the others are sending.
              void served.end("SIGKILL");
            }
          }
        });
        await Promise.all(reading);
        await served.end("SIGKILL");
        served = await Served.start(home.path);
        const guest = await (await Guest.connect(served.port)).enters("mina", false, TALKER_CAPS);
        for (const room of ROOMS) {
          expect(faultsOf(room, await historyOf(guest, room), talkers)).toEqual([]);
        }
        guest.close();
      }
      await served.end("SIGKILL");
      const findings = examine(join(home.path, "data"), AccountStore.of, Date.now());
      expect(findings.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([]);
    } finally {
      await served.end("SIGKILL");
      home.remove();
    }
  }, 60_000);
}

import { expect, test } from "bun:test";
import type { RemoteListeners } from "../../../lib/cluster/leader/remote-listeners.ts";
import { LogTrim } from "../../../lib/cluster/nodes/log-trim.ts";
import { NodeReports } from "../../../lib/cluster/nodes/node-reports.ts";
import { Seal } from "../../../lib/cluster/seal.ts";
import type { ElapsedMs } from "../../../lib/protocol/time.ts";
import { ClusterSettings } from "../../../lib/server-process/node/cluster-settings.ts";
import { Membership } from "../../../lib/server-process/node/membership.ts";
import { SettingsInForce } from "../../../lib/server-process/settings-in-force.ts";
import { parseServerArguments } from "../../../lib/settings/server-settings.ts";
import { MemoryEngine, World } from "../../memory-engine.ts";

/** What a node answers that is asked how its cluster is. */

const SEAL = new Seal(new Uint8Array(32).fill(7));
const PORTS: Pick<RemoteListeners, "gateways" | "heardRecord" | "tellRecord"> = {
  ...{ gateways: [], heardRecord: 0 },
  tellRecord() {},
};

/** A node's membership, which has begun, in a world whose time goes on by hand. */
class Member {
  isLeading = false;
  readonly membership: Membership;

  constructor(engine: MemoryEngine, node: string) {
    const { world } = engine;
    const connection = engine.connect();
    const elapsed = (): ElapsedMs => world.nowMs as ElapsedMs;
    const parsed = parseServerArguments([], () => null);
    if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
    const settings = new ClusterSettings({
      ...{ settings: new SettingsInForce(parsed.settings, []), node, digest: (text) => text },
      note() {},
    });
    this.membership = new Membership({
      ...{ cluster: "tea", engine: connection, seal: SEAL, settings, node, name: `${node}-1` },
      trim: new LogTrim(connection, 0, elapsed),
      clock: {
        ...{ now: () => world.nowMs, elapsed },
        startTicks(ms, tick) {
          let isStopped = false;
          const again = (): void => {
            if (isStopped) return;
            tick();
            world.after(ms, again);
          };
          world.after(ms, again);
          return {
            stop() {
              isStopped = true;
            },
          };
        },
      },
      files: { missing: 2, begin: async () => {}, lead() {}, recorded() {}, close() {} },
      ...{ position: () => 0, saved: () => 0, led: () => (this.isLeading ? PORTS : null) },
      saveSoon() {},
      applySettings() {},
    });
    this.membership.begin();
  }

  lead(): void {
    this.isLeading = true;
    this.membership.lead();
  }

  /** Asks how the cluster is. Returns the first sentence of the answer, once there is one. */
  ask(): { readonly answer: readonly unknown[] | null } {
    const asked: { answer: readonly unknown[] | null } = { answer: null };
    void this.membership.service().then(({ sentences: [first = []] }) => {
      asked.answer = first;
    });
    return asked;
  }
}

/** Lets time pass, and what is answered then. */
async function pass(world: World, ms: number): Promise<void> {
  world.run(ms);
  await Bun.sleep(0);
  world.run(100);
  await Bun.sleep(0);
}

test("a node that has only just started answers how its cluster is when it has heard who leads", async () => {
  const world = new World();
  const engine = new MemoryEngine(world);
  new Member(engine, "a").lead();
  await pass(world, 500);
  const asked = new Member(engine, "b").ask();
  await pass(world, 100);
  expect(asked.answer).toBeNull();
  await pass(world, 1000);
  expect(asked.answer?.slice(0, 3)).toEqual(["nodeLeads", "a", "tea"]);
});

test("a node says that nobody leads when nobody has for three seconds, and not while another one begins to", async () => {
  const world = new World();
  const engine = new MemoryEngine(world);
  const [a, b] = [new Member(engine, "a"), new Member(engine, "b")];
  a.lead();
  await pass(world, 2000);
  a.membership.close();
  const asked = b.ask();
  await pass(world, 1000);
  expect(asked.answer).toBeNull();
  b.lead();
  await pass(world, 1000);
  expect(asked.answer?.slice(0, 2)).toEqual(["nodeLeads", "b"]);
  b.membership.close();
  const last = new Member(engine, "c").ask();
  await pass(world, 2500);
  expect(last.answer).toBeNull();
  await pass(world, 1000);
  expect(last.answer).toEqual(["nobodyLeads", "tea"]);
});

test("a node says how many files it lacks, to the whole cluster and in its metrics", async () => {
  const world = new World();
  const engine = new MemoryEngine(world);
  new Member(engine, "a").lead();
  const { membership } = new Member(engine, "b");
  await pass(world, 2000);
  const { sentences } = await membership.service();
  expect(sentences.slice(1)).toEqual([
    ["nodeLacksFiles", "a", 2],
    ["nodeLacksFiles", "b", 2],
  ]);
  expect(await membership.metrics()).toContain('sodam_cluster_node_missing_files{node="a"} 2');
});

test("a standby of a version without files isn't waited for by who sends one", async () => {
  const world = new World();
  const engine = new MemoryEngine(world);
  const leader = new Member(engine, "a");
  leader.lead();
  const older = new NodeReports({
    ...{ bus: engine.connect(), cluster: "tea", seal: SEAL, heard() {} },
    elapsed: () => world.nowMs as ElapsedMs,
    report: () => ({
      ...{ process: "b-1", node: "b", version: "0.9.0", role: "standby", leadsSince: 0 },
      ...{ position: 0, saved: 0, takenBack: 0, differing: [], gateways: [], isLeaving: false },
    }),
  });
  older.tick();
  await pass(world, 1000);
  const { sentences } = await leader.membership.service();
  expect(sentences.at(-1)?.slice(0, 2)).toEqual(["nodeFollows", "b"]);
  expect(leader.membership.fileTakers).toBe(0);
  new Member(engine, "c");
  await pass(world, 2000);
  expect(leader.membership.fileTakers).toBe(1);
});

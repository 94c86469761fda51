import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isGone } from "../e2e/gateway-server.ts";
import { ROOT, run, SERVER } from "../e2e/program.ts";
import { type ClusterServer, ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Nodes and gateways of two versions in one cluster, as e2e/programs/other-version.ts makes them. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

const LIMIT_MS = 90_000;
const PRELOAD = join(ROOT, "tests/e2e/programs/other-version.ts");

/** A cluster whose nodes are of the versions that they have become. */
function mixedStage(): ClusterStage {
  const stage = new ClusterStage([nats.url]);
  stage.programOf = (node) => {
    const [bun, script] = SERVER;
    return ["env", `OTHER_VERSIONS=${versionsOf(stage, node)}`, bun, "--preload", PRELOAD, script];
  };
  return stage;
}

function versionsOf(stage: ClusterStage, node: string): string {
  return stage.folder.at(`${node}.versions`);
}

/** What is started of a node from now on is of these versions. */
function become(stage: ClusterStage, node: string, versions: Record<string, string>): void {
  writeFileSync(versionsOf(stage, node), JSON.stringify(versions));
}

async function killNode(node: ClusterServer): Promise<void> {
  const pid = node.process;
  process.kill(pid, "SIGKILL");
  await isGone(pid);
}

test(
  "nodes and gateways of two versions follow and lead each other, and nobody notices",
  async () => {
    await using stage = mixedStage();
    become(stage, "a", { leader: "newer", gateway: "newer" });
    become(stage, "b", { gateway: "older" });
    const [a, b] = await stage.startTwo();
    await b.program.sees("this node follows a");
    const talk = await Conversation.between(a, b);
    await talk.say("a newer one leads");
    await killNode(a);
    await talk.say("this version leads");
    await b.leads();
    await a.program.sees("this node follows b");
    await killNode(b);
    await talk.say("the newer one leads again");
    await a.leads(2);
    become(stage, "a", { leader: "older" });
    await killNode(a);
    await talk.say("and it has become an older one");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
    for (const name of ["a", "b"]) {
      await stage.until(() => talk.said.every((text) => stage.historyOf(name).includes(text)));
    }
    for (const { program } of [a, b]) {
      expect(program.stderr).not.toMatch(/can't|other-version/);
    }
    expect(a.program.stderr).toContain("this leader is newer");
    expect(b.program.stderr).toContain("this gateway is older");
  },
  LIMIT_MS,
);

test(
  "a gateway and a leader that can't work together say so, and each works with those of its own version",
  async () => {
    await using stage = mixedStage();
    become(stage, "a", {});
    become(stage, "b", {});
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, a);
    await talk.say("all of one version");
    become(stage, "b", { leader: "apart", gateway: "apart" });
    process.kill(b.gateway, "SIGKILL");
    const isTooNew = /gateway 1 of b is too new for the leader.* Upgrade the node that leads/;
    for (const { program } of [a, b]) await program.sees(isTooNew);
    await killNode(b);
    await b.program.sees(/this node follows a[\s\S]*this node follows a/);
    await talk.say("the other one follows");
    expect(talk.told).toEqual([]);
    talk.leaves();
    await killNode(a);
    await b.leads();
    const isTooOld =
      /gateway 1 of a is too old for the leader.* Upgrade the gateways of that machine/;
    for (const { program } of [a, b]) await program.sees(isTooOld);
    await a.program.sees("this node follows b");
    const there = await Conversation.between(b, b);
    await there.say("all of the other version");
    expect([talk.heard, there.heard]).toEqual([talk.said, there.said]);
    const said = [...talk.said, ...there.said];
    for (const name of ["a", "b"]) {
      await stage.until(() => said.every((text) => stage.historyOf(name).includes(text)));
    }
    // The machine that was too old becomes of that version as well.
    become(stage, "a", { leader: "apart", gateway: "apart" });
    process.kill(a.gateway, "SIGKILL");
    const again = await joined(a.port, "late");
    again.says("PRIVMSG #tea :here as well");
    await there.hears("here as well");
  },
  LIMIT_MS,
);

test(
  "an upgrade to gateways that can't work with the leader leaves the old ones",
  async () => {
    await using stage = mixedStage();
    become(stage, "a", {});
    const a = await stage.start("a");
    await a.leads();
    const talk = await Conversation.between(a, a);
    await talk.say("before");
    become(stage, "a", { gateway: "apart" });
    const words = ["upgrade", "--gateways", "--data", stage.folder.at("a")];
    const upgraded = await run([...SERVER, ...words], {
      cwd: stage.folder.path,
      env: { LANG: "C" },
    });
    expect(upgraded).toMatchObject({
      code: 1,
      stderr:
        "A new gateway was not ready in time, and the old ones go on: the server's log says why.\n",
    });
    expect(a.program.stderr).toContain("a gateway is refused: gateway 2 of a is too new");
    await talk.say("after");
    await joined(a.port, "late");
    expect([talk.heard, talk.told]).toEqual([talk.said, []]);
  },
  LIMIT_MS,
);

test(
  "a node that is too old for the log says so and doesn't lead, and follows when it is upgraded",
  async () => {
    await using stage = mixedStage();
    become(stage, "a", { leader: "too new" });
    become(stage, "b", {});
    const [a, b] = await stage.startTwo();
    await b.program.sees(
      /can't follow the log: A newer version wrote the log .* Upgrade this node/,
    );
    // Its gateway serves all the same.
    const talk = await Conversation.between(a, b);
    await talk.say("one node is too old");
    await killNode(a);
    await talk.say("and leaves the lead to the one that isn't");
    expect(b.program.stderr).not.toContain("this node leads");
    become(stage, "b", { leader: "too new" });
    await b.program.sees("this node follows a");
    await killNode(a);
    await talk.say("it leads when it can read everything");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
    await stage.until(() => talk.said.every((text) => stage.historyOf("b").includes(text)));
  },
  LIMIT_MS,
);

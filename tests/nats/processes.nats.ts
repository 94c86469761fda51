import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { copyFileSync, mkdirSync } from "node:fs";
import { isGone } from "../e2e/gateway-server.ts";
import { SmallDisk } from "../e2e/small-disk.ts";
import { ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** What happens to the processes of one machine, while people of another one talk. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

/** People of other machines notice no more than a second of it. */
const NOTHING_MS = 1000;

describe("on one machine of a cluster", () => {
  test("a supervisor that is killed takes its processes with it, and the machine comes back", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(b, b);
    const { process: leader, gateway } = a;
    a.program.kill("SIGKILL");
    await Promise.all([leader, gateway].map(isGone));
    expect(await talk.sayUntil(b.leads())).toBeLessThan(9000);
    const again = await stage.start("a");
    await again.program.sees(/this node follows b/);
    b.signal("SIGKILL");
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
    await stage.until(() => stage.historyOf("a").includes("last"));
  });

  test("a gateway that stands still for a while keeps its people, who miss nothing", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const talk = await Conversation.between(a, a);
    const ara = await joined(b.port, "ara");
    await talk.say("first");
    const { gateway } = b;
    process.kill(gateway, "SIGSTOP");
    ara.says("PRIVMSG #other :while it stands still");
    expect(await talk.sayUntil(Bun.sleep(5000))).toBeLessThan(NOTHING_MS);
    process.kill(gateway, "SIGCONT");
    await talk.say("last");
    await ara.hears(/ :last$/);
    const heard = ara.lines.flatMap((line) => / PRIVMSG #tea :(.*)/.exec(line)?.[1] ?? []);
    expect(heard).toEqual(talk.said);
    await ara.hears(/ 40[34] ara #other /);
    expect(talk.told).toEqual([]);
  });

  test("a standby that stands still for a while is not waited for, and takes its turn after it", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    await b.program.sees(/this node follows a/);
    const talk = await Conversation.between(a, b);
    b.signal("SIGSTOP");
    expect(await talk.sayUntil(Bun.sleep(2000))).toBeLessThan(NOTHING_MS);
    b.signal("SIGCONT");
    a.signal("SIGKILL");
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
  });

  test("a standby whose disk is full holds nobody up, and catches up when it has room", async () => {
    await using stage = new ClusterStage([nats.url]);
    const a = await stage.start("a");
    await a.leads();
    mkdirSync(stage.folder.at("b"));
    // A node joins where 64 MB are free.
    using disk = new SmallDisk(stage.folder.at("b"), 80 << 20);
    copyFileSync(stage.folder.at("a/cluster.key"), stage.folder.at("b/cluster.key"));
    const b = await stage.start("b");
    await b.program.sees(/this node follows a/);
    const talk = await Conversation.between(a, b);
    disk.fill();
    const isFull = b.program.sees(/cannot be written: the disk is full/);
    expect(await talk.sayUntil(isFull)).toBeLessThan(NOTHING_MS);
    disk.empty();
    await talk.say("last");
    await stage.until(() => talk.said.every((text) => stage.historyOf("b").includes(`"${text}"`)));
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
  });
});

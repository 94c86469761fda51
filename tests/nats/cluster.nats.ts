import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ClusterStage, Conversation } from "./cluster-nodes.ts";
import { NatsServer } from "./nats-server.ts";

/** Nodes of one cluster, each with a gateway, and people who talk through two of them. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

describe("people of two gateways", () => {
  test("talk on while leader, standby, NATS and other gateways are killed, and hear each line once", async () => {
    await using stage = new ClusterStage([nats.url]);
    const [a, b] = await stage.startTwo();
    const c = await stage.start("c");
    const talk = await Conversation.between(b, c);
    await talk.say("first");
    a.signal("SIGKILL");
    await talk.say("after the leader");
    process.kill(a.gateway, "SIGKILL");
    await talk.say("after a gateway");
    const leader = b.program.stderr.includes("this node leads") ? b : c;
    const standby = leader === b ? c : b;
    standby.signal("SIGKILL");
    await talk.say("after the standby");
    leader.signal("SIGKILL");
    await talk.say("after the second leader");
    await nats.kill();
    const waiting = talk.say("without NATS");
    await Bun.sleep(300);
    await nats.start();
    await waiting;
    await talk.say("last");
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told).toEqual([]);
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ClusterStage, Conversation, joined } from "./cluster-nodes.ts";
import { CuttableWay, NatsServer } from "./nats-server.ts";

/** Machines whose way to NATS is cut. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

describe("a machine that is cut off", () => {
  test("leads no more, and stands by when it is back", async () => {
    const way = new CuttableWay(() => nats.port);
    await using stage = new ClusterStage([nats.url]);
    const a = await stage.start("a", ["--nats", way.url]);
    await a.leads();
    const b = await stage.start("b");
    const talk = await Conversation.between(b, b);
    const ara = await joined(a.port, "ara");
    await talk.say("first");
    await ara.hears(/ :first$/);
    const cutting = Bun.sleep(100).then(async () => {
      // The log may have got what the leader doesn't know that it has.
      way.losesAnswer = true;
      await Bun.sleep(50);
      way.setCut(true);
      ara.says("PRIVMSG #tea :while it is cut off");
      await b.leads();
    });
    expect(await talk.sayUntil(cutting)).toBeLessThan(9000);
    expect(a.program.stderr).not.toContain("this node follows");
    way.setCut(false);
    await a.program.sees(/leads no more: /);
    await a.program.sees(/this node follows b/);
    // The next leader waits four seconds for the people of its gateway.
    await ara.closed;
    const again = await joined(a.port, "ara2");
    await talk.say("when it is back");
    await again.hears(/ :when it is back$/);
    b.signal("SIGKILL");
    await talk.say("when the other one is killed");
    await again.hears(/ :when the other one is killed$/);
    expect(talk.heard).toEqual(talk.said);
    expect(talk.told.filter((line) => !line.includes("ara"))).toEqual([]);
    way.close();
  });
});

import { afterAll, describe, expect, test } from "bun:test";
import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeNodes, fileOf, Stage } from "./copying-nodes.ts";

afterAll(closeNodes);

describe("a file that somebody sends", () => {
  test("is on another node before its message is sent, and goes to its place there with the message", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    const { upload, key } = await leader.receive(sent);
    await stage.settled(leader.copies.spread(upload, key));
    expect(standby.unfinished.sort()).toEqual(leader.unfinished.sort());
    expect(standby.has(sent)).toBe(false);
    standby.hear(sent);
    await stage.until(() => standby.has(sent));
    expect(standby.unfinished).toEqual([]);
    expect([leader.notes, standby.notes]).toEqual([[], []]);
  });

  test("whose leader dies before its message is in the log is whole for who sends it again", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    const { upload, key } = await leader.receive(sent);
    await stage.settled(leader.copies.spread(upload, key));
    leader.connection.kill();
    standby.lead(stage);
    const { account, sha256, size } = upload;
    const question = { kind: "unfinished-file", account, sha256, size } as const;
    expect(await standby.store.ask(question)).toEqual({
      bytes: size,
      key: `${account}-${sha256}-${size}`,
    });
  });

  test("whose message doesn't come within an hour is deleted on the other node, and not before", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const { upload, key } = await leader.receive(fileOf("a"));
    await stage.settled(leader.copies.spread(upload, key));
    // Its bytes are as old as those of a beginning that nobody goes on with.
    for (const name of standby.unfinished) utimesSync(join(standby.root, "unfinished", name), 0, 0);
    stage.world.run(3_500_000);
    await standby.store.ask({ kind: "file-space" });
    expect(standby.unfinished).toHaveLength(2);
    stage.world.run(800_000);
    await stage.until(() => standby.unfinished.length === 0);
    // The leader's own is in use, however long that takes.
    expect(leader.unfinished).toHaveLength(2);
  });

  test("waits for nobody where there is no other node", async () => {
    const stage = new Stage();
    stage.others = 0;
    const leader = stage.node("leader");
    leader.lead(stage);
    const { upload, key } = await leader.receive(fileOf("a"));
    await leader.copies.spread(upload, key);
    expect(leader.notes).toEqual([]);
  });

  test("is sent all the same when the others say nothing, and the owner hears of it once", async () => {
    const stage = new Stage();
    const leader = stage.node("leader");
    leader.lead(stage);
    for (const letter of ["a", "b"]) {
      const { upload, key } = await leader.receive(fileOf(letter));
      await stage.settled(leader.copies.spread(upload, key));
    }
    expect(leader.notes).toEqual([
      "no other node takes the files that are sent: until one does, they are on this one alone",
    ]);
  });

  test("is sent when every other node's disk refuses it", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    // A file where its folder should be.
    writeFileSync(standby.root, "");
    const { upload, key } = await leader.receive(fileOf("a"));
    // It says that it is there until it is refused: so nobody's silence ends this.
    await stage.settled(leader.copies.spread(upload, key));
    expect(standby.notes.join()).toContain("a file of the cluster can't be stored");
  });

  test("that another node has already isn't fetched again", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const first = fileOf("a");
    for (const node of [leader, standby]) {
      node.put(first);
      node.hear(first);
    }
    const { upload, key } = await leader.receive(first);
    await stage.settled(leader.copies.spread(upload, key));
    expect(standby.unfinished).toEqual([]);
  });
});

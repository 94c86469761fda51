import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { sentFileOf } from "../../lib/chat-server/files/file-index.ts";
import { ACCOUNT, closeNodes, fileOf, Stage } from "./copying-nodes.ts";

afterAll(closeNodes);

describe("a node that lacks files", () => {
  test("fetches those that were sent while it was down, each with its preview", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const files = [fileOf("a"), fileOf("b", 1, 0), fileOf("c", 0, 0), fileOf("d", 150_000, 0)];
    for (const sent of files) {
      leader.put(sent);
      leader.hear(sent);
      standby.index.add(sentFileOf(sent.event) as NonNullable<ReturnType<typeof sentFileOf>>);
    }
    expect(standby.copies.missing).toBe(0);
    await standby.copies.begin();
    expect(standby.copies.missing).toBe(4);
    await stage.until(() => standby.copies.missing === 0);
    expect(files.map((sent) => standby.has(sent))).toEqual([true, true, true, true]);
    expect(standby.unfinished).toEqual([]);
  });

  test("goes on where it was when it begins again", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    leader.put(sent);
    leader.hear(sent);
    const upload = {
      account: ACCOUNT,
      sha256: sent.file.sha256,
      size: 300_000,
      preview: 0,
      offset: 0,
    };
    const begun = standby.store.receive(upload);
    await begun.opened;
    begun.write(sent.bytes.subarray(0, 250_000));
    begun.close();
    const reads: number[] = [];
    const read = leader.copies.read.bind(leader.copies);
    leader.copies.read = (name, offset, length) => {
      reads.push(offset);
      return read(name, offset, length);
    };
    standby.hear(sent);
    await stage.until(() => standby.has(sent));
    expect(Math.min(...reads)).toBe(250_000);
  });

  test("gets a preview alone where the same file was sent before", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const first = fileOf("a");
    const again = { ...first, file: { ...first.file, id: "z".repeat(26) } };
    const event = { ...first.event, msgid: "mz", position: 200, file: again.file } as RoomEvent;
    for (const sent of [first, { ...again, event }]) {
      leader.put(sent);
      leader.hear(sent);
    }
    standby.put(first);
    standby.hear(first);
    standby.hear({ ...again, event });
    await stage.until(() => standby.has({ ...again, event }));
    expect(standby.unfinished).toEqual([]);
  });

  test("that leads gets them from the others", async () => {
    const stage = new Stage();
    const [old, standby, next] = [stage.node("old"), stage.node("standby"), stage.node("next")];
    const sent = fileOf("a");
    for (const node of [old, standby]) {
      node.put(sent);
      node.hear(sent);
    }
    old.connection.kill();
    next.lead(stage);
    next.hear(sent);
    await stage.until(() => next.copies.missing === 0);
    expect(next.has(sent)).toBe(true);
  });

  test("says nothing of what it lacks to a leader, which tries again", async () => {
    const stage = new Stage();
    const [standby, leader] = [stage.node("standby"), stage.node("leader")];
    leader.lead(stage);
    const sent = fileOf("a");
    leader.hear(sent);
    standby.hear(sent);
    await stage.run(40_000);
    expect([leader.has(sent), leader.copies.missing]).toEqual([false, 1]);
    standby.put(sent);
    await stage.until(() => leader.has(sent));
  });

  test("keeps nothing of a file whose message was taken back meanwhile", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    leader.put(sent);
    leader.hear(sent);
    standby.hear(sent);
    await stage.until(() => standby.unfinished.length > 0);
    standby.index.remove("room1" as ConversationId, "ma");
    await stage.until(() => standby.copies.missing === 0);
    expect(standby.unfinished).toEqual([]);
    expect(existsSync(join(standby.root, sent.file.path))).toBe(false);
  });

  test("gets back what was deleted by hand while it runs, also the whole folder", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const files = [fileOf("a"), fileOf("b", 150_000, 0)];
    for (const node of [leader, standby]) {
      for (const sent of files) {
        node.put(sent);
        node.hear(sent);
      }
    }
    for (const node of [standby, leader]) {
      await stage.until(() => node.copies.missing === 0);
      rmSync(node.root, { recursive: true });
      stage.world.run(600_000);
      await stage.until(() => files.every((sent) => node.has(sent)));
    }
    await stage.until(() => leader.copies.missing === 0);
    expect([leader.unfinished, standby.unfinished]).toEqual([[], []]);
  });

  test("looks for them when it takes over", async () => {
    const stage = new Stage();
    const [next, standby] = [stage.node("next"), stage.node("standby")];
    const sent = fileOf("a");
    for (const node of [next, standby]) {
      node.put(sent);
      node.hear(sent);
    }
    await stage.settled(next.copies.begin());
    rmSync(next.root, { recursive: true });
    next.lead(stage);
    await stage.until(() => next.has(sent));
  });

  test("puts into its place, when it takes over, what it had fetched for a message of the log", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    const { upload, key } = await leader.receive(sent);
    await stage.settled(leader.copies.spread(upload, key));
    leader.kill();
    standby.hear(sent);
    standby.lead(stage);
    await stage.until(() => standby.has(sent), 20_000);
    expect(standby.unfinished).toEqual([]);
  });

  test("fetches one at once that somebody wants", async () => {
    const stage = new Stage();
    const [leader, standby] = [stage.node("leader"), stage.node("standby")];
    leader.lead(stage);
    const sent = fileOf("a");
    for (const node of [leader, standby]) {
      node.put(sent);
      node.hear(sent);
    }
    await stage.settled(leader.copies.begin());
    rmSync(join(leader.root, sent.file.path));
    leader.copies.fetchMissing("nothing");
    expect(leader.copies.missing).toBe(0);
    leader.copies.fetchMissing(sent.file.id);
    expect(leader.copies.missing).toBe(1);
    await stage.until(() => leader.has(sent), 20_000);
  });
});

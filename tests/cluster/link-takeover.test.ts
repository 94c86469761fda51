import { describe, expect, test } from "bun:test";
import { Prng, seeds } from "../prng.ts";
import { LeaderStage, Peer } from "./leader-stage.ts";
import { playTakeovers } from "./takeover-play.ts";

/** A stage with a leader and a connection for each name, in turn at one of two gateways. */
function stageWith(...names: readonly string[]) {
  const stage = new LeaderStage();
  stage.start();
  const peers = names.map((name, index) => {
    const peer = new Peer(name);
    stage.open(peer, index % 2);
    return peer;
  });
  stage.settle();
  /** The leader dies, and another one takes its place. */
  const replace = () => {
    stage.kill();
    stage.start();
    stage.settle();
  };
  return { stage, peers: peers as [Peer, ...Peer[]], replace };
}

describe("when a leader is replaced", () => {
  test("its links go on, and nobody hears of it", () => {
    const { stage, peers, replace } = stageWith("mina", "joon");
    const [mina, joon] = peers as [Peer, Peer];
    stage.send(mina, "one\r\n");
    stage.settle();
    replace();
    stage.send(mina, "two\r\n");
    stage.send(joon, "three\r\n");
    stage.settle();
    expect([mina.lines, joon.lines]).toEqual([["one", "two"], ["three"]]);
    expect([mina.isOpen, joon.isOpen]).toEqual([true, true]);
    expect(stage.leader?.server.sessions.size).toBe(2);
  });

  test("half a line, and lines that wait, are given to the next one", () => {
    const { stage, peers, replace } = stageWith("mina");
    const [mina] = peers;
    stage.send(mina, "wait\r\nnext\r\nha");
    stage.settle();
    replace();
    stage.send(mina, "lf\r\n");
    stage.settle();
    expect(mina.lines).toEqual([]);
    for (const session of stage.leader?.server.sessions ?? [])
      stage.leader?.server.release(session);
    stage.settle();
    expect(mina.lines).toEqual(["wait", "next", "half"]);
  });

  test("the rest of a line that was too long is passed over, however long it is", () => {
    const { stage, peers, replace } = stageWith("mina");
    const [mina] = peers;
    stage.send(mina, "x".repeat(600));
    stage.settle();
    replace();
    stage.send(mina, "x".repeat(600));
    stage.settle();
    replace();
    stage.send(mina, "x\r\nnext\r\n");
    stage.settle();
    expect(mina.lines).toEqual(["<too-long>", "next"]);
  });

  test("connections that come and go meanwhile are told to the next one", () => {
    const { stage, peers } = stageWith("mina");
    const [mina] = peers;
    stage.kill();
    const joon = new Peer("joon");
    const sora = new Peer("sora");
    stage.open(joon, 1);
    stage.open(sora, 0);
    stage.send(joon, "hello\r\n");
    stage.send(mina, "bye\r\n");
    stage.close(mina);
    stage.close(sora);
    stage.start();
    stage.settle();
    expect(joon.lines).toEqual(["hello"]);
    expect(stage.storedOf(mina)).toEqual(["bye", "closed: Left"]);
    expect(stage.storedOf(sora)).toEqual([]);
  });

  test("what it stored and didn't send is sent by the next one, and nothing twice", () => {
    const { stage, peers } = stageWith("mina");
    const [mina] = peers;
    stage.send(mina, "one\r\n");
    stage.settle();
    stage.send(mina, "two\r\n");
    if (stage.leader !== null) stage.leader.writesLeft = 1;
    stage.settle();
    expect([stage.leader, mina.lines]).toEqual([null, ["one"]]);
    stage.start();
    stage.settle();
    expect(mina.lines).toEqual(["one", "two"]);
    expect(stage.storedOf(mina)).toEqual(["one", "two"]);
  });

  test("whose session had ended is not begun again", () => {
    const { stage, peers } = stageWith("mina");
    const [mina] = peers;
    stage.send(mina, "one\r\nquit\r\n");
    stage.settle();
    stage.kill(() => 0);
    stage.start();
    stage.settle();
    expect(mina.isOpen).toBe(false);
    expect(stage.storedOf(mina)).toEqual(["one", "closed: quit"]);
  });

  test("people whose gateway doesn't come have lost their connection", () => {
    const { stage, peers } = stageWith("mina", "joon");
    const [mina, joon] = peers as [Peer, Peer];
    stage.kill();
    const [, lost] = stage.gateways;
    stage.start();
    if (lost !== undefined) lost.up = [];
    stage.settle();
    expect(stage.leader?.takeover.isOver).toBe(false);
    stage.leader?.takeover.begin();
    stage.send(mina, "hi\r\n");
    stage.settle();
    expect(stage.storedOf(joon)).toEqual(["closed: Connection lost"]);
    expect(mina.lines).toEqual(["hi"]);
  });

  test("a gateway that comes too late is told to close who had logged in", () => {
    const { stage, peers } = stageWith("mina", "joon");
    const [mina, joon] = peers as [Peer, Peer];
    stage.send(joon, "one\r\n");
    stage.settle();
    stage.kill();
    stage.start();
    const late = stage.gateways[1]?.up.splice(0) ?? [];
    stage.leader?.takeover.begin();
    stage.settle();
    stage.gateways[1]?.up.push(...late);
    stage.send(mina, "hi\r\n");
    stage.settle();
    expect(stage.storedOf(joon)).toEqual(["one", "closed: Connection lost"]);
    expect([joon.isOpen, joon.lines.at(-1)]).toEqual([
      false,
      "ERROR :The server starts again: connect again",
    ]);
    expect([mina.isOpen, mina.lines]).toEqual([true, ["hi"]]);
  });

  test("a note that can't be read costs its own link, and no other", () => {
    const { stage, peers, replace } = stageWith("unreadable", "joon");
    const [unreadable, joon] = peers as [Peer, Peer];
    stage.send(unreadable, "one\r\n");
    stage.settle();
    replace();
    stage.send(joon, "hi\r\n");
    stage.settle();
    expect([unreadable.isOpen, joon.isOpen, joon.lines]).toEqual([false, true, ["hi"]]);
    expect(stage.leader?.failures).toHaveLength(1);
  });

  test("nobody is read from without bound until the next one has taken over", () => {
    const { stage, peers } = stageWith("mina");
    const [mina] = peers;
    stage.kill();
    stage.send(mina, `${"x".repeat(400)}\r\n`.repeat(20));
    expect(mina.isReading).toBe(false);
    stage.start();
    stage.settle();
    expect(mina.isReading).toBe(true);
    expect(mina.lines).toHaveLength(20);
  });

  test.each(seeds(60))(
    "everybody's lines are stored and answered once, in order (seed %d)",
    (seed) => playTakeovers(new LeaderStage(), new Prng(seed)),
  );
});

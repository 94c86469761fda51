import { expect, test } from "bun:test";
import { Prng, seeds } from "../../prng.ts";
import { Peer } from "../leader-stage.ts";
import { playTakeovers } from "../takeover-play.ts";
import { BusLeaderStage } from "./bus-leader-stage.ts";

test("links over the bus go on when their leader is replaced, with half a line and what waits", () => {
  const stage = new BusLeaderStage();
  stage.start();
  const [mina, joon] = [new Peer("mina"), new Peer("joon")];
  stage.open(mina, 0);
  stage.open(joon, 1);
  stage.send(mina, "one\r\nwait\r\nha");
  stage.send(joon, "hi\r\n");
  stage.settle();
  stage.kill();
  stage.start();
  stage.send(mina, "lf\r\n");
  stage.settle();
  for (const session of stage.leader?.server.sessions ?? []) stage.leader?.server.release(session);
  stage.settle();
  expect([mina.lines, joon.lines]).toEqual([["one", "wait", "half"], ["hi"]]);
  expect([mina.isOpen, joon.isOpen]).toEqual([true, true]);
});

test("nobody notices that the bus was gone for a minute", () => {
  const stage = new BusLeaderStage();
  stage.start();
  const mina = new Peer("mina");
  stage.open(mina, 0);
  stage.send(mina, "one\r\n");
  stage.settle();
  const { connections } = stage.bus.engine;
  for (const connection of connections) connection.setConnected(false);
  stage.send(mina, "two\r\n");
  for (let n = 0; n < 60; n += 1) {
    stage.step(n);
    stage.bus.world.run(1000);
  }
  for (const connection of connections) connection.setConnected(true);
  stage.settle();
  expect([mina.lines, mina.isOpen]).toEqual([["one", "two"], true]);
});

test.each(seeds(60))(
  "everybody's lines are stored and answered once, in order, over a bus that loses some (seed %d)",
  (seed) => {
    const stage = new BusLeaderStage(seed);
    stage.bus.engine.faults.lost = [0, 3, 15][seed % 3] ?? 0;
    stage.bus.engine.faults.bytesMax = [1 << 20, 400][seed % 2] ?? 0;
    playTakeovers(stage, new Prng(seed));
  },
);

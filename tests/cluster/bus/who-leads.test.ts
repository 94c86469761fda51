import { describe, expect, test } from "bun:test";
import { FrameSecret } from "../../../lib/cluster/bus/frame-secret.ts";
import {
  beatSubject,
  isLeaders,
  LeaderWatch,
  readBeat,
  writeBeat,
} from "../../../lib/cluster/bus/leader-beat.ts";
import { BusStage } from "./bus-stage.ts";
import { certificate, KEY_ALONE } from "./certificates.ts";

const SECRET = new FrameSecret(KEY_ALONE.key, "team");
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a gateway", () => {
  test("connects to the leader that it hears of, whichever comes first", () => {
    const stage = new BusStage();
    const early = stage.addGateway(1);
    const leader = stage.lead(7);
    const late = stage.addGateway(2);
    stage.world.run(1100);
    expect([early.open, late.open].every((end) => end !== null)).toBe(true);
    expect(leader.open.map(({ connection }) => connection.opening?.number)).toEqual([1, 2]);
  });

  test("leaves its leader for a newer one within a moment", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    const old = stage.lead(7);
    stage.world.run(1100);
    const leader = stage.lead(9);
    stage.world.run(50);
    expect([gateway.ends.map(({ isClosed }) => isClosed), leader.open.length]).toEqual([
      [true, false],
      1,
    ]);
    expect(old.open).toEqual([]);
  });

  test("hears nothing more of a leader that was replaced and doesn't know it", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    const old = stage.lead(7);
    stage.world.run(1100);
    const [stale] = old.open;
    old.timing.isPaused = true;
    old.bus.isCutOff = true;
    const leader = stage.lead(9);
    stage.world.run(1100);
    old.timing.isPaused = false;
    old.bus.isCutOff = false;
    stale?.write("from the old one");
    leader.open[0]?.write("from the new one");
    stage.world.run(20_000);
    expect(gateway.ends.map(({ heard }) => heard)).toEqual(["", "from the new one"]);
    expect(gateway.connector.term).toBe(9);
    expect([old.open.length, leader.open.length]).toEqual([0, 1]);
  });

  test("doesn't speak to an older leader while the newer one is silent", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    const leader = stage.lead(9);
    const old = stage.lead(7);
    stage.world.run(1100);
    leader.kill();
    stage.world.run(300_000);
    expect([gateway.ends.length, old.ends]).toEqual([1, []]);
    expect(gateway.ends[0]?.silences).toEqual([true]);
  });

  test("that is refused is told why once, and comes in when the reason is gone", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    const leader = stage.lead(7);
    leader.admit = ({ certificate }) => (certificate === "" ? "Another certificate" : null);
    stage.world.run(60_000);
    expect([gateway.refusals, gateway.open]).toEqual([["Another certificate"], null]);
    gateway.certificate = { ...certificate("hana"), key: KEY_ALONE.key };
    stage.world.run(6000);
    expect([gateway.open !== null, leader.open.length]).toEqual([true, 1]);
  });

  test("that a leader refused asks its successor at once", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    stage.lead(7).admit = () => "Another certificate";
    stage.world.run(1100);
    stage.lead(9);
    stage.world.run(50);
    expect(gateway.open).not.toBeNull();
  });

  test("that comes again takes the place of its own earlier connection", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    const leader = stage.lead(7);
    stage.world.run(1100);
    // What it says at the end gets lost.
    gateway.bus.isCutOff = true;
    gateway.open?.connection.close();
    stage.world.run(10);
    gateway.bus.isCutOff = false;
    stage.world.run(1000);
    expect([gateway.ends.length, leader.ends.map(({ isClosed }) => isClosed)]).toEqual([
      2,
      [true, false],
    ]);
  });

  test("passes over beats that can't be read", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway();
    const other = stage.engine.connect();
    for (const text of ["", "{}", '{"node":"x","term":1.5,"sequence":1}', '{"term":4}', "\xff"]) {
      other.publish(beatSubject("team"), bytesOf(text));
    }
    stage.world.run(100);
    expect(gateway.connector.term).toBeNull();
  });
});

test("a beat is read as it was written, with fields of later versions too", () => {
  const beat = { node: "hana", term: 7, sequence: 12, certificate: "AB:CD" };
  const bytes = writeBeat(beat, SECRET);
  const heard = readBeat(bytes);
  expect(heard?.beat).toEqual(beat);
  const later = { ...JSON.parse(new TextDecoder().decode(bytes)), later: true };
  expect(readBeat(bytesOf(JSON.stringify(later)))).toEqual(heard);
});

test("a beat is a leader's only as it was said, and of this cluster", () => {
  const beat = { node: "hana", term: 7, sequence: 12, certificate: "AB:CD" };
  const heard = readBeat(writeBeat(beat, SECRET));
  if (heard === null) throw new Error("it isn't read");
  expect(isLeaders(heard, SECRET)).toBe(true);
  expect(isLeaders(heard, new FrameSecret(KEY_ALONE.key, "other"))).toBe(false);
  expect(isLeaders(heard, new FrameSecret(certificate("other").key, "team"))).toBe(false);
  for (const changed of [{ node: "duri" }, { term: 8 }, { sequence: 13 }, { certificate: "EF" }]) {
    expect(isLeaders({ ...heard, beat: { ...beat, ...changed } }, SECRET)).toBe(false);
  }
  expect(isLeaders({ ...heard, proof: "" }, SECRET)).toBe(false);
});

test("the newest term is obeyed, whatever is heard after it", () => {
  const watch = new LeaderWatch();
  expect([3, 3, 2, 8].map((term) => watch.heard(term))).toEqual([true, false, false, true]);
  expect(watch.term).toBe(8);
});

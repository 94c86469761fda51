import { describe, expect, test } from "bun:test";
import { leaderSubject } from "../../../lib/cluster/bus/bus-message.ts";
import { Prng, seeds } from "../../prng.ts";
import { BusStage, type StageEnd, type StageGateway, type StageLeader } from "./bus-stage.ts";

/** A leader and a gateway that are connected. */
function connected(seed = 1) {
  const stage = new BusStage(seed);
  const gateway = stage.addGateway();
  const leader = stage.lead(7);
  stage.world.run(1000);
  const [up, down] = [gateway.open, leader.open[0]];
  if (up === null || down === undefined) throw new Error("no connection");
  return { stage, gateway, leader, up, down };
}

describe("over the bus", () => {
  test("bytes arrive once and in order, in both directions", () => {
    const { stage, up, down } = connected();
    up.write("one ");
    up.write("two");
    down.write("three");
    stage.world.run(100);
    expect([down.heard, up.heard]).toEqual(["one two", "three"]);
  });

  test("what is too long for a message arrives in pieces", () => {
    const { stage, up, down } = connected();
    stage.engine.faults.bytesMax = 100;
    const text = "x".repeat(1000) + "y".repeat(77);
    up.write(text);
    stage.world.run(100);
    expect(down.heard).toBe(text);
  });

  test("what was written for longer messages than the bus takes now arrives", () => {
    const { stage, gateway, up, down } = connected();
    gateway.bus.setConnected(false);
    const text = Array.from({ length: 300 }, (_, n) => String(n)).join(" ");
    up.write(text);
    stage.engine.faults.bytesMax = 64;
    gateway.bus.setConnected(true);
    stage.world.run(2000);
    expect(down.heard).toBe(text);
  });

  test("what was said while the bus was gone arrives when it is back", () => {
    const { stage, gateway, leader, up, down } = connected();
    for (const { bus } of [gateway, leader]) bus.setConnected(false);
    up.write("up");
    down.write("down");
    stage.world.run(60_000);
    leader.bus.setConnected(true);
    stage.world.run(3000);
    gateway.bus.setConnected(true);
    stage.world.run(2000);
    expect([down.heard, up.heard]).toEqual(["up", "down"]);
    expect([up.isClosed, down.isClosed]).toEqual([false, false]);
  });

  test("a lost message is sent again, though nothing follows it", () => {
    const { stage, up, down } = connected();
    stage.engine.faults.lost = 100;
    up.write("hello");
    stage.world.run(10);
    stage.engine.faults.lost = 0;
    stage.world.run(500);
    expect(down.heard).toBe("hello");
  });

  test("a loss is noticed by what is said next, whatever it is", () => {
    const { stage, up, down } = connected();
    stage.engine.faults.lost = 100;
    up.write("hello");
    stage.world.run(10);
    stage.engine.faults.lost = 0;
    // It is acknowledged within a tenth of a second.
    down.write("answer");
    stage.world.run(150);
    expect(down.heard).toBe("hello");
  });

  test("acknowledgements travel with what is said, and else twenty times a second", () => {
    const { stage, gateway, leader, up, down } = connected();
    let count = 0;
    for (const { bus } of [gateway, leader]) {
      const publish = bus.publish.bind(bus);
      bus.publish = (subject, bytes) => {
        if (!subject.endsWith("leader")) count += 1;
        return publish(subject, bytes);
      };
    }
    for (let n = 0; n < 1000; n += 1) {
      up.write("line");
      down.write("answer");
      stage.world.run(1);
    }
    expect(count).toBe(2000);
    count = 0;
    for (let n = 0; n < 1000; n += 1) {
      up.write("line");
      stage.world.run(1);
    }
    expect(count).toBeLessThan(1025);
  });

  test("a sender is told to wait, and to go on", () => {
    const { stage, gateway, up, down } = connected();
    gateway.bus.setConnected(false);
    const megabyte = "x".repeat(1 << 20);
    for (let n = 0; n < 5; n += 1) up.write(megabyte);
    expect([up.connection.isBusy, up.drainedCount]).toEqual([true, 0]);
    gateway.bus.setConnected(true);
    stage.world.run(2000);
    expect([up.connection.isBusy, up.drainedCount]).toEqual([false, 1]);
    expect(down.heard.length).toBe(5 << 20);
  });

  test("no more than two megabytes are under way to an end that says nothing", () => {
    const { stage, gateway, leader, up } = connected();
    leader.timing.isPaused = true;
    leader.bus.isCutOff = true;
    let bytes = 0;
    const publish = gateway.bus.publish.bind(gateway.bus);
    gateway.bus.publish = (subject, message) => {
      bytes += message.length;
      return publish(subject, message);
    };
    for (let n = 0; n < 400; n += 1) up.write("x".repeat(100_000));
    expect(bytes).toBeLessThan(2.1 * 2 ** 20);
    // One of them is sent again about once a second.
    stage.world.run(10_000);
    expect(bytes).toBeLessThan(4 * 2 ** 20);
  });

  test("an end that takes nothing is cut off, and both ends are closed", () => {
    const { stage, gateway, up, down } = connected();
    gateway.bus.setConnected(false);
    for (let n = 0; n < 65; n += 1) up.write("x".repeat(1 << 20));
    stage.world.run(0);
    expect([up.isClosed, up.connection.isOverLimit]).toEqual([true, true]);
    gateway.bus.setConnected(true);
    stage.world.run(20_000);
    expect([down.isClosed, down.connection.isOverLimit]).toEqual([true, false]);
  });

  test("a gateway that is silent for fifteen seconds is given up, and learns it when it is back", () => {
    const { stage, gateway, leader, up, down } = connected();
    gateway.bus.isCutOff = true;
    stage.world.run(13_000);
    expect(down.isClosed).toBe(false);
    stage.world.run(3000);
    expect([up.isClosed, down.isClosed]).toEqual([false, true]);
    gateway.bus.isCutOff = false;
    stage.world.run(3000);
    expect([up.isClosed, gateway.ends.length, leader.open.length]).toEqual([true, 2, 1]);
  });

  test("a killed gateway is given up at once when another process has its place", () => {
    const { stage, gateway, leader, down } = connected();
    gateway.kill();
    stage.world.run(2000);
    const again = stage.addGateway();
    stage.world.run(2500);
    expect([down.isClosed, again.open !== null, leader.open.length]).toEqual([true, true, 1]);
  });

  test("two living gateways may have one number", () => {
    const { stage, leader } = connected();
    stage.addGateway();
    stage.world.run(30_000);
    expect(leader.open.length).toBe(2);
  });

  test("a leader that slept gives no gateway up before it has heard what was said meanwhile", () => {
    const { stage, leader, up, down } = connected();
    leader.timing.isPaused = true;
    leader.bus.isCutOff = true;
    stage.world.run(30_000);
    expect(up.silences).toEqual([true]);
    leader.timing.isPaused = false;
    stage.world.run(900);
    expect(down.isClosed).toBe(false);
    leader.bus.isCutOff = false;
    up.write("still here");
    stage.world.run(3000);
    expect([up.isClosed, down.isClosed, down.heard]).toEqual([false, false, "still here"]);
    expect(up.silences).toEqual([true, false]);
  });

  test("bytes of a connection that was given up don't get into the next one of the same gateway", () => {
    const stage = new BusStage();
    const said: Uint8Array[] = [];
    const subject = leaderSubject("team", 7);
    stage.engine.connect().subscribe(subject, (bytes) => void said.push(bytes));
    const gateway = stage.addGateway();
    const leader = stage.lead(7);
    stage.world.run(1000);
    const [up, down] = [gateway.open, leader.open[0]];
    gateway.bus.isCutOff = true;
    stage.world.run(16_000);
    expect(down?.isClosed).toBe(true);
    // What the gateway asked for at first was under way for long.
    stage.engine.connect().publish(subject, said[0] as Uint8Array);
    stage.world.run(10);
    expect(leader.open).toEqual([]);
    gateway.bus.isCutOff = false;
    up?.write("of the first");
    stage.world.run(100);
    expect([up?.isClosed, leader.open.length]).toEqual([true, 1]);
    gateway.open?.write("of the second");
    stage.world.run(1000);
    expect(leader.ends.map(({ heard }) => heard)).toEqual(["", "of the second"]);
  });

  test("a leader that ends closes its connections", () => {
    const { stage, leader, up, down } = connected();
    leader.acceptor.stop();
    stage.world.run(100);
    expect([up.isClosed, down.isClosed]).toEqual([true, true]);
  });

  test("what isn't a message of the bus is passed over", () => {
    const { stage, leader, up, down } = connected();
    const other = stage.engine.connect();
    const heard: Uint8Array[] = [];
    const subjects: Parameters<typeof other.publish>[0][] = [];
    const publish = leader.bus.publish.bind(leader.bus);
    leader.bus.publish = (subject, bytes) => {
      subjects.push(subject);
      heard.push(bytes.slice());
      return publish(subject, bytes);
    };
    down.write("hello");
    const [subject] = subjects;
    const [message] = heard;
    if (subject === undefined || message === undefined) throw new Error("nothing was said");
    for (const wrong of [[], [2], [3, ...message.slice(1)], [2, 99, ...message.slice(2)]]) {
      other.publish(subject, Uint8Array.from(wrong));
    }
    stage.world.run(100);
    expect([up.heard, up.isClosed]).toEqual(["hello", false]);
  });
});

/** Compares what both ends of each connection have sent and heard. */
function compare(gateways: readonly StageGateway[], leaders: readonly StageLeader[]): void {
  const downs = new Map<string, { readonly end: StageEnd; readonly isDead: boolean }>();
  for (const { ends, timing } of leaders) {
    for (const end of ends) downs.set(end.name, { end, isDead: timing.isDead });
  }
  for (const { ends, timing } of gateways) {
    for (const up of ends) {
      const { end: down, isDead } = downs.get(up.name) ?? {};
      if (down === undefined) {
        // The leader was not told that its offer is taken.
        expect([up.isClosed || timing.isDead, up.heard]).toEqual([true, ""]);
        continue;
      }
      expect(up.sent.slice(0, down.heard.length)).toBe(down.heard);
      expect(down.sent.slice(0, up.heard.length)).toBe(up.heard);
      if (isDead === true || timing.isDead) continue;
      expect(up.isClosed).toBe(down.isClosed);
      if (up.isClosed) continue;
      expect([down.heard, up.heard]).toEqual([up.sent, down.sent]);
    }
  }
}

test.each(seeds(150))(
  "whatever gets lost, bytes arrive once and in order, or both ends are closed (seed %d)",
  (seed) => {
    const stage = new BusStage(seed);
    const { world, engine } = stage;
    const prng = new Prng(seed + 10_000);
    const gateways = [stage.addGateway(1), stage.addGateway(2)];
    const leaders = [stage.lead(1)];
    const all = (): (StageGateway | StageLeader)[] => [...gateways, ...leaders];
    let count = 0;
    const say = (end: StageEnd | undefined | null): void => {
      if (end === undefined || end === null) return;
      count += 1;
      end.write(`${count} ${"x".repeat(prng.below(900))}`);
    };
    for (let n = 0; n < 300; n += 1) {
      const leader = leaders.at(-1) as StageLeader;
      switch (prng.below(30)) {
        case 0:
          engine.faults.lost = prng.pick([0, 0, 5, 30]);
          engine.faults.delayMs = prng.pick([0, 5, 300]);
          break;
        case 1: {
          const { bus } = prng.pick(all());
          bus.isCutOff = !bus.isCutOff;
          break;
        }
        case 2: {
          const { bus } = prng.pick(all());
          bus.setConnected(!bus.isConnected);
          break;
        }
        case 3: {
          const { timing } = prng.pick(all());
          timing.isPaused = !timing.isPaused;
          break;
        }
        case 4:
          if (!prng.chance(20)) break;
          // A replaced leader may live on, and not know it.
          if (prng.chance(50)) leader.kill();
          leaders.push(stage.lead(leaders.length + 1));
          break;
        case 5: {
          if (!prng.chance(20)) break;
          const number = prng.below(2);
          gateways
            .filter((_, index) => index % 2 === number)
            .at(-1)
            ?.kill();
          if (gateways.length % 2 === number) gateways.push(stage.addGateway(number + 1));
          break;
        }
        case 6:
          engine.faults.bytesMax = prng.pick([200, 300, 1 << 20]);
          break;
        case 7:
          world.run(prng.below(20_000));
          break;
        default:
          say(prng.pick(gateways).open);
          say(prng.pick([...prng.pick(leaders).open, null]));
          world.run(prng.below(100));
      }
    }
    for (const { bus, timing } of all()) {
      if (timing.isDead) continue;
      timing.isPaused = false;
      bus.setConnected(true);
    }
    engine.faults.lost = 0;
    engine.faults.delayMs = 0;
    world.run(60_000);
    compare(gateways, leaders);
    const leader = leaders.at(-1) as StageLeader;
    const living = gateways.filter(({ timing }) => !timing.isDead);
    expect(leader.open.length).toBe(living.length);
    for (const gateway of living) {
      expect(gateway.open).not.toBeNull();
      expect(gateway.connector.term).toBe(leaders.length);
    }
    // Those that were replaced have no gateway.
    for (const replaced of leaders.slice(0, -1)) {
      if (!replaced.timing.isDead) expect(replaced.open).toEqual([]);
    }
  },
);

import { describe, expect, test } from "bun:test";
import {
  certificatesDiffer,
  fingerprintOf,
  GatewayAdmission,
} from "../../../lib/cluster/leader/gateway-admission.ts";
import type { ElapsedMs } from "../../../lib/protocol/time.ts";
import { BusStage, type StageGateway, type StageLeader } from "./bus-stage.ts";
import { certificate } from "./certificates.ts";

/** Gateways and leaders whose certificates aren't renewed at the same moment, or are different ones. */

const [OLD, NEW] = [certificate("old"), certificate("new")] as const;
const DIFFERENCE = certificatesDiffer("gateway 1 of hana", fingerprintOf(OLD), fingerprintOf(NEW));

/** Both ends hear each other. */
function talk(stage: BusStage, gateway: StageGateway, leader: StageLeader): void {
  const [up, down] = [gateway.open, leader.open.at(-1)];
  const before = [down?.heard, up?.heard];
  up?.write("up");
  down?.write("down");
  stage.world.run(500);
  expect([down?.heard, up?.heard]).toEqual([`${before[0]}up`, `${before[1]}down`]);
}

test("a connection keeps the keys with which it began, and the next one has those of the new certificate", () => {
  const stage = new BusStage();
  const gateway = stage.addGateway(1, OLD);
  const leader = stage.lead(7, OLD);
  stage.world.run(1100);
  gateway.certificate = NEW;
  talk(stage, gateway, leader);
  leader.certificate = NEW;
  stage.world.run(60_000);
  talk(stage, gateway, leader);
  expect([gateway.ends.length, leader.ends.length]).toEqual([1, 1]);
  gateway.open?.connection.close();
  stage.world.run(2000);
  talk(stage, gateway, leader);
  expect([...gateway.refusals, ...gateway.notes, ...leader.notes, ...leader.unproven]).toEqual([]);
});

test("a gateway that has the new certificate comes in while the leader uses the old one", () => {
  const stage = new BusStage();
  const leader = stage.lead(7, OLD);
  leader.renewed = NEW;
  const gateway = stage.addGateway(1, NEW);
  stage.world.run(2000);
  talk(stage, gateway, leader);
  stage.world.run(120_000);
  expect([gateway.ends.length, gateway.refusals, gateway.notes, leader.notes]).toEqual([
    1,
    [],
    [],
    [],
  ]);
});

test("a gateway that has the old certificate yet comes in until the leader uses the new one", () => {
  const stage = new BusStage();
  const leader = stage.lead(7, OLD);
  leader.renewed = NEW;
  const gateway = stage.addGateway(1, OLD);
  stage.world.run(2000);
  talk(stage, gateway, leader);
});

test("a leader with the renewed certificate is followed at once by gateways that have it in their folders", () => {
  const stage = new BusStage();
  const gateway = stage.addGateway(1, OLD);
  stage.lead(7, OLD);
  stage.world.run(1100);
  gateway.certificate = NEW;
  const leader = stage.lead(9, NEW);
  stage.world.run(50);
  talk(stage, gateway, leader);
});

describe("a gateway that was given up", () => {
  /** It was cut off for so long that the leader has given it up, and has had time to hear of that. */
  function giveUp(stage: BusStage, gateway: StageGateway, leader: StageLeader): void {
    gateway.bus.isCutOff = true;
    stage.world.run(20_000);
    expect(leader.open).toEqual([]);
    gateway.bus.isCutOff = false;
    stage.world.run(3000);
    expect(gateway.ends[0]?.isClosed).toBe(true);
  }

  function connected() {
    const stage = new BusStage();
    const gateway = stage.addGateway(1, OLD);
    const leader = stage.lead(7, OLD);
    stage.world.run(1100);
    return { stage, gateway, leader };
  }

  test("comes back after a renewal that both know", () => {
    const { stage, gateway, leader } = connected();
    leader.certificate = NEW;
    gateway.certificate = NEW;
    stage.world.run(5000);
    giveUp(stage, gateway, leader);
    talk(stage, gateway, leader);
    expect([...gateway.refusals, ...gateway.notes, ...leader.notes]).toEqual([]);
  });

  test("comes back when it knows of the renewal as well as the leader, which tells both owners", () => {
    const { stage, gateway, leader } = connected();
    leader.certificate = NEW;
    giveUp(stage, gateway, leader);
    stage.world.run(60_000);
    expect([gateway.open, gateway.refusals]).toEqual([null, [DIFFERENCE]]);
    expect(leader.unproven[0]).toMatchObject({ node: "hana", certificate: fingerprintOf(OLD) });
    gateway.certificate = NEW;
    stage.world.run(3000);
    talk(stage, gateway, leader);
    expect([...gateway.notes, ...leader.notes]).toEqual([]);
  });

  test("passes over nothing of its leader's when the renewed certificate comes at any moment", () => {
    for (let ms = 17_000; ms < 23_000; ms += 250) {
      const { stage, gateway, leader } = connected();
      leader.certificate = NEW;
      stage.world.after(ms, () => {
        gateway.certificate = NEW;
      });
      gateway.bus.isCutOff = true;
      stage.world.run(16_900);
      gateway.bus.isCutOff = false;
      stage.world.run(10_000);
      talk(stage, gateway, leader);
      expect([...gateway.notes, ...leader.notes]).toEqual([]);
    }
  });

  test("comes back by a renewed certificate that the leader has in its folder", () => {
    const { stage, gateway, leader } = connected();
    gateway.certificate = NEW;
    leader.renewed = NEW;
    giveUp(stage, gateway, leader);
    talk(stage, gateway, leader);
    expect([...gateway.refusals, ...gateway.notes, ...leader.notes]).toEqual([]);
  });

  test("comes back when the leader knows of the renewal as well as the gateway", () => {
    const { stage, gateway, leader } = connected();
    gateway.certificate = NEW;
    giveUp(stage, gateway, leader);
    leader.renewed = NEW;
    stage.world.run(3000);
    talk(stage, gateway, leader);
  });

  test("comes back when it has never known the certificate that the leader uses yet", () => {
    const stage = new BusStage();
    const leader = stage.lead(7, OLD);
    leader.renewed = NEW;
    const gateway = stage.addGateway(1, NEW);
    stage.world.run(2000);
    giveUp(stage, gateway, leader);
    talk(stage, gateway, leader);
    expect([...gateway.refusals, ...gateway.notes, ...leader.notes]).toEqual([]);
  });

  test("comes back when the leader has forgotten its certificate over two renewals", () => {
    const { stage, gateway, leader } = connected();
    for (const renewed of [certificate("between"), NEW]) {
      leader.certificate = renewed;
      stage.world.run(2000);
    }
    gateway.bus.isCutOff = true;
    stage.world.run(20_000);
    gateway.bus.isCutOff = false;
    gateway.certificate = NEW;
    stage.world.run(5000);
    talk(stage, gateway, leader);
  });
});

describe("different certificates", () => {
  test("are told to both owners, once, and no people's words pass until they are the same", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway(1, OLD);
    const leader = stage.lead(7, NEW);
    stage.world.run(200_000);
    expect([gateway.refusals, gateway.open, leader.ends]).toEqual([[DIFFERENCE], null, []]);
    expect(leader.unproven[0]).toMatchObject({ node: "hana", certificate: fingerprintOf(OLD) });
    gateway.certificate = NEW;
    stage.world.run(3000);
    talk(stage, gateway, leader);
  });

  test("are told as well when the leader before had the gateway's", () => {
    const stage = new BusStage();
    const gateway = stage.addGateway(1, OLD);
    const old = stage.lead(7, OLD);
    stage.world.run(1100);
    old.kill();
    const leader = stage.lead(9, NEW);
    stage.world.run(200_000);
    expect([gateway.refusals, leader.ends]).toEqual([[DIFFERENCE], []]);
    gateway.certificate = NEW;
    stage.world.run(6000);
    talk(stage, gateway, leader);
  });
});

describe("of gateways without the certificate's key, the log", () => {
  function admission() {
    const notes: string[] = [];
    const clock = { nowMs: 0 };
    const made = new GatewayAdmission(
      (level, text) => void notes.push(`${level} ${text}`),
      () => clock.nowMs as ElapsedMs,
    );
    const hear = (number: number, shown: string, misfit: string | null = null): void =>
      made.unproven({ process: "p", node: "hana", number, certificate: shown }, NEW, misfit);
    return { made, notes, clock, hear };
  }

  test("has each once, and one a minute", () => {
    const { notes, clock, hear } = admission();
    for (let second = 0; second < 600; second += 1) {
      clock.nowMs = second * 1000;
      for (const number of [1, 2]) hear(number, fingerprintOf(OLD));
    }
    expect(notes).toEqual([
      `error a gateway is refused: ${DIFFERENCE}`,
      `error a gateway is refused: ${DIFFERENCE.replace("gateway 1", "gateway 2")}`,
    ]);
  });

  test("says of one that shows the right certificate that it has not its key", () => {
    const { notes, hear } = admission();
    hear(1, fingerprintOf(NEW));
    expect(notes).toEqual([
      "error a gateway is refused: gateway 1 of hana doesn't have the key of the certificate that it shows",
    ]);
  });

  test("says what else keeps them from proving it", () => {
    const { notes, hear } = admission();
    hear(1, fingerprintOf(NEW), "is too old");
    expect(notes).toEqual(["error a gateway is refused: gateway 1 of hana is too old"]);
  });

  test("has few, however many somebody makes up", () => {
    const { notes, clock, hear } = admission();
    for (let n = 0; n < 10_000; n += 1) {
      clock.nowMs = n * 10;
      hear(n, fingerprintOf(OLD));
    }
    expect(notes.length).toBe(2);
  });
});

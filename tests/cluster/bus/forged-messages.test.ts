import { describe, expect, test } from "bun:test";
import type { BusConnection } from "../../../lib/cluster/bus/bus-connection.ts";
import {
  BUS_HEAD_BYTES,
  BUS_VERSION,
  type BusMessageKind,
  gatewaySubject,
  leaderSubject,
  newBusMessage,
  readBusMessage,
  writeHead,
} from "../../../lib/cluster/bus/bus-message.ts";
import { writeOpening, writeRefusal, writeUnknown } from "../../../lib/cluster/bus/bus-opening.ts";
import { FrameCipher, SEALED_HEAD_BYTES } from "../../../lib/cluster/bus/frame-cipher.ts";
import { drawShare, FrameSecret } from "../../../lib/cluster/bus/frame-secret.ts";
import { beatSubject, writeBeat } from "../../../lib/cluster/bus/leader-beat.ts";
import type { Subject } from "../../../lib/cluster/engine.ts";
import type { MemoryConnection } from "../../memory-engine.ts";
import { BusStage, type StageEnd } from "./bus-stage.ts";
import { certificate, KEY_ALONE } from "./certificates.ts";

/** Somebody who can use NATS, and has no certificate's key, listens to everything and says what they like. */

const KINDS: readonly BusMessageKind[] = [
  ...(["open", "opened", "refused", "data", "acknowledge", "again", "closed"] as const),
  "unknown",
];
const UP = leaderSubject("team", 7);
const OTHER_SECRET = new FrameSecret(certificate("stranger's").key, "team");

interface Said {
  readonly subject: Subject;
  readonly bytes: Uint8Array;
}

/** A leader and a gateway that are connected, and a stranger who has heard all that was said. */
function overheard() {
  const stage = new BusStage();
  const said: Said[] = [];
  const listenTo = (bus: MemoryConnection): void => {
    const publish = bus.publish.bind(bus);
    bus.publish = (subject, bytes) => {
      said.push({ subject, bytes: new Uint8Array(bytes) });
      return publish(subject, bytes);
    };
  };
  const gateway = stage.addGateway();
  listenTo(gateway.bus);
  const leader = stage.lead(7);
  listenTo(leader.bus);
  stage.world.run(1100);
  const [up, down] = [gateway.open, leader.open[0]];
  if (up === null || down === undefined) throw new Error("no connection");
  const stranger = stage.engine.connect();
  /** Both ends go on as if nothing had happened. */
  const goesOn = (): void => {
    const heard = [down.heard, up.heard];
    up.write("up");
    down.write("down");
    stage.world.run(1000);
    expect([down.heard, up.heard]).toEqual([`${heard[0]}up`, `${heard[1]}down`]);
    expect([up.isClosed, down.isClosed]).toEqual([false, false]);
    expect([gateway.ends.length, leader.ends.length]).toEqual([1, 1]);
    expect([gateway.connector.term, gateway.refusals]).toEqual([7, []]);
  };
  return { stage, gateway, leader, up, down, said, stranger, goesOn };
}

function numbersOf(end: StageEnd) {
  // The cast: there are no others on this stage.
  return (end.connection as BusConnection).numbers;
}

/** A message with numbers of a connection, as somebody makes it who has not its keys. */
function forged(
  kind: BusMessageKind,
  numbers: { readonly opener: number; readonly acceptor: number },
  more: { readonly acknowledged?: number; readonly offset?: number } = {},
): Uint8Array {
  const message = new Uint8Array(SEALED_HEAD_BYTES + 40).fill(7);
  const { acknowledged = 0, offset = 0 } = more;
  writeHead(message, { kind, ...numbers, number: 1e6, acknowledged, offset });
  return message;
}

test("nothing that is said over a connection can be read on the bus", () => {
  const { stage, up, down, said } = overheard();
  up.write("PASS :correct horse battery staple");
  down.write(":joon PRIVMSG #tea :lunch at noon");
  stage.world.run(1000);
  expect(down.heard + up.heard).toContain("horse");
  const all = Buffer.concat(said.map(({ bytes }) => bytes)).toString("latin1");
  expect(all).toContain("hana");
  for (const text of ["horse", "PASS", "PRIVMSG", "noon"]) expect(all).not.toContain(text);
});

test("what is said twice is never sealed alike", () => {
  const { stage, up, leader, said } = overheard();
  leader.bus.isCutOff = true;
  up.write("the same");
  stage.world.run(3000);
  const bodies = said
    .filter(({ bytes }) => bytes.length === SEALED_HEAD_BYTES + "the same".length)
    .map(({ bytes }) => Buffer.from(bytes.subarray(BUS_HEAD_BYTES)).toString("hex"));
  expect(bodies.length).toBeGreaterThan(2);
  expect(new Set(bodies).size).toBe(bodies.length);
});

describe("a stranger changes nothing", () => {
  test("by saying again what others have said, to anybody", () => {
    const { stage, said, stranger, up, down, goesOn } = overheard();
    up.write("one");
    down.write("two");
    stage.world.run(1000);
    const subjects = [UP, gatewaySubject("team", numbersOf(up).opener), beatSubject("team")];
    for (let times = 0; times < 2; times += 1) {
      for (const { bytes } of [...said]) {
        for (const subject of subjects) stranger.publish(subject, bytes);
      }
      stage.world.run(2000);
    }
    goesOn();
  });

  test.each(KINDS)("by a made-up %s", (kind) => {
    const { stage, stranger, up, leader, gateway, goesOn } = overheard();
    const numbers = numbersOf(up);
    const down = gatewaySubject("team", numbers.opener);
    for (const subject of [UP, down]) {
      for (const far of [0, 1, 2 ** 40]) {
        const message = forged(kind, numbers, { acknowledged: far, offset: far });
        stranger.publish(subject, message);
        for (const acceptor of [0, numbers.acceptor + 1]) {
          stranger.publish(subject, forged(kind, { ...numbers, acceptor }));
        }
        stranger.publish(subject, message.subarray(0, BUS_HEAD_BYTES));
        stranger.publish(subject, message.subarray(0, BUS_HEAD_BYTES - 1));
      }
    }
    stage.world.run(2000);
    goesOn();
    // A line a minute, however many there are.
    expect([...leader.notes, ...gateway.notes].length).toBeLessThan(3);
  });

  test("by what is sealed with another certificate's key", () => {
    const { stage, stranger, up, leader, gateway, goesOn } = overheard();
    const numbers = numbersOf(up);
    const down = gatewaySubject("team", numbers.opener);
    const opening = { process: "p", node: "hana", number: 1, certificate: "" };
    const share = drawShare();
    const open = writeOpening(opening, { opener: 99, term: 7, share }, OTHER_SECRET);
    const again = writeOpening(opening, { opener: numbers.opener, term: 7, share }, OTHER_SECRET);
    for (const message of [open, again]) stranger.publish(UP, message);
    stranger.publish(down, writeRefusal("Go away", numbers.opener, 7, OTHER_SECRET));
    stranger.publish(down, writeUnknown(numbers, 7, [OTHER_SECRET]));
    const beat = { node: "evil", term: 2 ** 50, sequence: 2 ** 50, certificate: "" };
    stranger.publish(beatSubject("team"), writeBeat(beat, OTHER_SECRET));
    stage.world.run(1000);
    goesOn();
    expect(leader.unproven).toEqual([{ ...opening, misfit: null }]);
    expect(gateway.notes.length).toBe(1);
  });

  test("by what the leader says of connections that it doesn't know", () => {
    const { stage, stranger, up, said, goesOn } = overheard();
    const { opener, acceptor } = numbersOf(up);
    const before = said.length;
    for (const [a, b] of [
      [opener, acceptor + 1],
      [opener, 0],
      [opener + 1, acceptor],
    ] as const) {
      stranger.publish(UP, forged("data", { opener: a, acceptor: b }));
    }
    stage.world.run(10);
    const unknown = said
      .slice(before)
      .filter(({ bytes }) => readBusMessage(bytes)?.kind === "unknown");
    expect(unknown.map(({ bytes }) => readBusMessage(bytes)?.acceptor)).toEqual([0, acceptor]);
    for (const { bytes } of unknown) {
      stranger.publish(gatewaySubject("team", opener), bytes);
      const moved = new Uint8Array(bytes);
      writeHead(moved, {
        ...{ kind: "unknown", opener, acceptor, number: 0, acknowledged: 0, offset: 0 },
      });
      stranger.publish(gatewaySubject("team", opener), moved);
    }
    goesOn();
  });

  test("by moving a connection's messages to another one, or to its other direction", () => {
    const { stage, stranger, said, up, leader } = overheard();
    const second = stage.addGateway(2);
    stage.world.run(1000);
    const other = second.open;
    if (other === null) throw new Error("no connection");
    up.write("of the first");
    stage.world.run(500);
    const ends = [up, other].map(numbersOf);
    for (const { bytes } of [...said]) {
      const message = readBusMessage(bytes);
      if (message === null) continue;
      for (const numbers of ends) {
        const moved = new Uint8Array(bytes);
        writeHead(moved, { ...message, ...numbers, number: 1e6 });
        stranger.publish(UP, moved);
        stranger.publish(gatewaySubject("team", numbers.opener), moved);
      }
    }
    stage.world.run(1000);
    up.write(", and more");
    other.write("of the second");
    stage.world.run(500);
    expect(leader.ends.map(({ heard }) => heard)).toEqual([
      ...["of the first, and more", "of the second"],
    ]);
    expect([up.heard, other.heard, up.isClosed, other.isClosed]).toEqual(["", "", false, false]);
  });

  test("by an old opening of a gateway that has come again since", () => {
    const { stage, stranger, gateway, leader, said } = overheard();
    const old = said.filter(({ bytes }) => readBusMessage(bytes)?.kind === "open");
    gateway.open?.connection.close();
    stage.world.run(1000);
    expect(leader.ends.map(({ isClosed }) => isClosed)).toEqual([true, false]);
    const before = said.length;
    for (const { subject, bytes } of old) stranger.publish(subject, bytes);
    stage.world.run(100);
    // The leader offers a connection, which nobody can take.
    const offers = said
      .slice(before)
      .filter(({ bytes }) => readBusMessage(bytes)?.kind === "opened");
    expect(offers.length).toBeGreaterThan(0);
    for (const { bytes } of offers) {
      const numbers = readBusMessage(bytes);
      if (numbers !== null) stranger.publish(UP, forged("data", numbers));
    }
    stage.world.run(20_000);
    expect(leader.ends.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  test("by saying for a dead gateway that it lives", () => {
    const { stage, stranger, gateway, said, down } = overheard();
    gateway.kill();
    for (let second = 0; second < 16; second += 1) {
      for (const { subject, bytes } of [...said]) stranger.publish(subject, bytes);
      stage.world.run(1000);
    }
    expect(down.isClosed).toBe(true);
  });

  test("by changing any byte of a message on its way: it is sent again", () => {
    const { stage, gateway, up, down, goesOn } = overheard();
    const publish = gateway.bus.publish.bind(gateway.bus);
    let index = 0;
    gateway.bus.publish = (subject, bytes) => {
      // All of the first message of each, and no more.
      if (readBusMessage(bytes)?.kind !== "data" || index < 0) return publish(subject, bytes);
      const changed = new Uint8Array(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      index = -1;
      return publish(subject, changed);
    };
    const length = SEALED_HEAD_BYTES + "text".length;
    for (let position = 0; position < length; position += 1) {
      index = position;
      up.write("text");
      stage.world.run(1000);
    }
    expect(down.heard).toBe("text".repeat(length));
    goesOn();
  });
});

test("a leader remembers a thousand offers that nobody takes, and forgets the first", () => {
  const { stage, stranger, said, goesOn } = overheard();
  const secret = new FrameSecret(KEY_ALONE.key, "team");
  const opening = { process: "p", node: "hana", number: 1, certificate: "" };
  const openings = Array.from({ length: 1001 }, (_, n) =>
    writeOpening(opening, { opener: n + 1, term: 7, share: drawShare() }, secret),
  );
  const offersOf = (opener: number) =>
    said.flatMap(({ bytes }) => {
      const message = readBusMessage(bytes);
      return message?.kind === "opened" && message.opener === opener ? [message.acceptor] : [];
    });
  for (const bytes of [...openings, ...openings.slice(0, 1), ...openings.slice(-1)]) {
    stranger.publish(UP, bytes);
  }
  stage.world.run(100);
  expect([new Set(offersOf(1)).size, new Set(offersOf(1001)).size]).toEqual([2, 1]);
  goesOn();
});

describe("a gateway that begins", () => {
  test("tells somebody who says that they lead who it is, and nothing else, and finds its leader", () => {
    const stage = new BusStage();
    const stranger = stage.engine.connect();
    const heard: Uint8Array[] = [];
    stranger.subscribe(leaderSubject("team", 99), (bytes) => void heard.push(bytes));
    const beat = { node: "evil", term: 99, sequence: 99, certificate: "" };
    const sayLeader = (): void => {
      stranger.publish(beatSubject("team"), writeBeat(beat, OTHER_SECRET));
      stage.world.after(500, sayLeader);
    };
    sayLeader();
    const gateway = stage.addGateway();
    stage.world.run(5000);
    expect(new Set(heard.map((bytes) => readBusMessage(bytes)?.kind))).toEqual(new Set(["open"]));
    expect(gateway.open).toBeNull();
    const leader = stage.lead(7);
    stage.world.run(500);
    expect([gateway.open !== null, leader.open.length, gateway.connector.term]).toEqual([
      true,
      1,
      7,
    ]);
    stage.world.run(300_000);
    expect([gateway.ends.length, leader.ends.length]).toEqual([1, 1]);
    expect(gateway.notes.length).toBeLessThan(10);
  });

  test("takes no answer that wasn't made for it", () => {
    const { stage, stranger, said } = overheard();
    const answers = said.filter(({ bytes }) => readBusMessage(bytes)?.kind === "opened");
    expect(answers.length).toBeGreaterThan(0);
    const second = stage.addGateway(2);
    second.bus.isCutOff = true;
    stage.world.run(10);
    second.bus.isCutOff = false;
    let opener = 0;
    const publish = second.bus.publish.bind(second.bus);
    second.bus.publish = (subject, bytes) => {
      opener = readBusMessage(bytes)?.opener ?? 0;
      // The leader doesn't hear it.
      return subject === UP || publish(subject, bytes);
    };
    stage.world.run(1500);
    for (const { bytes } of answers) {
      const message = readBusMessage(bytes);
      if (message === null) continue;
      const moved = new Uint8Array(bytes);
      writeHead(moved, { ...message, opener });
      stranger.publish(gatewaySubject("team", opener), moved);
    }
    stage.world.run(100);
    expect([opener > 0, second.ends]).toEqual([true, []]);
    expect(second.notes.length).toBe(1);
  });
});

test("what is no message of any version is passed over, and the log has it", () => {
  const { stage, stranger, leader, goesOn } = overheard();
  const open = newBusMessage("open", { opener: 4711, acceptor: 0 }, Buffer.from("{}"));
  open[0] = BUS_VERSION + 2;
  stranger.publish(UP, open);
  stage.world.run(10);
  expect(leader.notes).toEqual([expect.stringContaining("or of another version of Sodam")]);
  goesOn();
});

describe("a connection's keys", () => {
  const numbers = { opener: 5, acceptor: 3 };
  const secret = new FrameSecret(certificate("hana").key, "team");
  const [gateway, leader] = [drawShare(), drawShare()];
  const name = { ...numbers, term: 7, gatewayShare: gateway.bytes, leaderShare: leader.bytes };

  test("are the same at both ends, and others for each direction, connection, term, cluster and share", () => {
    const keys = secret.connectionKeys(name, gateway, leader.bytes);
    expect(keys).toEqual(secret.connectionKeys(name, leader, gateway.bytes));
    const all = [
      keys,
      secret.connectionKeys({ ...name, acceptor: 4 }, gateway, leader.bytes),
      secret.connectionKeys({ ...name, opener: 6 }, gateway, leader.bytes),
      secret.connectionKeys({ ...name, term: 8 }, gateway, leader.bytes),
      secret.connectionKeys(name, drawShare(), leader.bytes),
      new FrameSecret(certificate("other").key, "team").connectionKeys(name, gateway, leader.bytes),
    ];
    const hexes = all.flatMap((pair) =>
      pair === null
        ? []
        : [pair.toLeader, pair.toGateway].map((key) => Buffer.from(key).toString("hex")),
    );
    expect(new Set(hexes).size).toBe(12);
  });

  test("don't come of a share that is none", () => {
    for (const share of [new Uint8Array(32), new Uint8Array(0), new Uint8Array(31).fill(9)]) {
      expect(secret.connectionKeys(name, leader, share)).toBeNull();
    }
  });

  test("open a message once, and none that comes after a later one", () => {
    const keys = secret.connectionKeys(name, gateway, leader.bytes);
    if (keys === null) throw new Error("no keys");
    const [near, far] = [FrameCipher.ofGateway(numbers, keys), FrameCipher.ofLeader(numbers, keys)];
    const [first, second, third] = ["one", "two", "three"].map((text) =>
      readBusMessage(near.seal("data", { acknowledged: 0, offset: 0 }, Buffer.from(text))),
    );
    if (!first || !second || !third) throw new Error("they aren't read");
    const open = (message: typeof first) => {
      const body = far.open(message);
      return body === null ? null : Buffer.from(body).toString();
    };
    expect([open(first), open(first), open(third), open(second)]).toEqual([
      ...["one", null, "three", null],
    ]);
    expect(near.open(first)).toBeNull();
  });
});

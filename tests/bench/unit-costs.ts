import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { toStored } from "../../lib/chat-server/history/stored-tags.ts";
import { encodeEvent, toBytes } from "../../lib/chat-server/relay/encode-event.ts";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import type { AccountId } from "../../lib/protocol/account-id.ts";
import { SCENE_OPTIONS } from "../scene.ts";

/*
 * What one thing costs, as it was measured: the input of the model in scale-model.ts. When a benchmark gives another
 * figure, it is changed here, and docs/scale.md takes the tables that `bun tests/bench/scale.ts` prints.
 */

/** One figure, and where it comes from. */
export interface UnitCost {
  readonly value: number;
  readonly unit: "µs" | "bytes" | "a second" | "links" | "s";
  readonly what: string;
  /** The command that measures it, or the page that has it. */
  readonly source: string;
}

const BENCH = "`bench.ts --server sodam";
const LEADER = "`bench.ts --server sodam-nats --scenario";
const GATEWAYS = "`bench.ts --server sodam-gateways";
const PAGE = "docs/benchmarks.md";

/** The costs by name. Each core is one of those that docs/benchmarks.md describes. */
export const UNIT_COSTS = {
  leaderMessage: {
    value: 62,
    unit: "µs",
    what: "leader: a message, without its readers",
    source: `${LEADER} leader-20\`: 66 µs in rooms of 20`,
  },
  leaderDelivery: {
    value: 0.2,
    unit: "µs",
    what: "leader: each reader of a line that it names to a gateway",
    source: `${LEADER} leader-100\`: 15 to 20 µs more than leader-20`,
  },
  leaderLine: {
    value: 20,
    unit: "µs",
    what: "leader: a line that is relayed and not stored (typing, away)",
    source: "`charges.ts`: a command, three encodings",
  },
  leaderMarker: {
    value: 30,
    unit: "µs",
    what: "leader: a read marker, stored and told to the account's sessions",
    source: "`charges.ts`: a command, a store, lines",
  },
  leaderPing: {
    value: 5,
    unit: "µs",
    what: "leader: PING and PONG",
    source: "`charges.ts`: a command, a line",
  },
  leaderFrame: {
    value: 5.3,
    unit: "µs",
    what: "leader: a frame to one gateway",
    source:
      "`bench.ts --server bare --plain --scenario single-teams`: a write; `sealed-frames.ts`: 4.3 sealed, 20 at once",
  },
  leaderLogIn: {
    value: 720,
    unit: "µs",
    what: "leader: a log-in, without its rooms and its password",
    source: `${LEADER} log-in\`, with the end of the connection`,
  },
  leaderName: {
    value: 0.12,
    unit: "µs",
    what: "leader: a name in a list of a room's members",
    source: `${PAGE}: 122 µs for a room of 1000`,
  },
  leaderPage: {
    value: 1500,
    unit: "µs",
    what: "a page of a room's history for somebody who comes back",
    source: "ARCHITECTURE.md, budgets: 100 rooms take 100 to 200 ms",
  },
  leaderTakeUp: {
    value: 56,
    unit: "µs",
    what: "leader: taking up a link after a takeover",
    source: "`bench.ts --gateways 1 --links 10000 --scenario takeover-planned`: 0.56 s",
  },
  followerEvent: {
    value: 10,
    unit: "µs",
    what: "standby: storing and applying an event of the log",
    source: "`files.ts`",
  },
  directoryLogIn: {
    value: 200,
    unit: "µs",
    what: "directory: looking an account up and saying so",
    source: "ARCHITECTURE.md, budgets",
  },
  accountChange: {
    value: 580,
    unit: "µs",
    what: "directory: an account change, synced to disk",
    source: `${BENCH} --scenario sign-up\`: 1,724 a second`,
  },
  gatewaySend: {
    value: 11,
    unit: "µs",
    what: "gateway: a write to one reader, with a line in it",
    source: "`bench.ts --gateways 1 --nats 1 --scenario single-teams`: 0.82 of 13.6 µs",
  },
  gatewayLine: {
    value: 0.32,
    unit: "µs",
    what: "gateway: each further line in the same write",
    source: "prototype, 2026-11; `bench.ts --gateways 1 --scenario burst-1000`",
  },
  gatewayHandshake: {
    value: 220,
    unit: "µs",
    what: "gateway: a TLS handshake (P-256)",
    source: `${BENCH} --scenario connect\``,
  },
  password: {
    value: 37_000,
    unit: "µs",
    what: "leader: verifying a password (argon2id, 19 MiB), in a thread of its own",
    source: "`bench.ts --gateways 1 --nats 1 --scenario log-in-hashing`: 36 and 38 ms",
  },
  natsDelivery: {
    value: 5,
    unit: "µs",
    what: "NATS: carrying a message's frame to a gateway",
    source: `${LEADER} leader-20\`: with its record and the frame that brought it`,
  },
  logRecords: {
    value: 13_600,
    unit: "a second",
    what: "NATS: records that three servers take",
    source: "prototype, 2026-11, the lower of two runs",
  },
  handshakes: {
    value: 600,
    unit: "a second",
    what: "gateway: handshakes that a process begins",
    source: "lib/transport/handshake-queue.ts: three in 5 ms",
  },
  linksOfGateway: {
    value: 40_000,
    unit: "links",
    what: "gateway: links of a process, at most",
    source: "an aim: 10,000 in each of four were measured",
  },
  gatewayLink: {
    value: 6_700,
    unit: "bytes",
    what: "gateway: memory of a link",
    source: `${GATEWAYS} --gateways 4 --links 40000 --scenario idle-links\``,
  },
  leaderLink: {
    value: 19_800,
    unit: "bytes",
    what: "leader: memory of a link and its person in ten rooms",
    source: `${BENCH} --scenario members-10000\` (24.8 kB) less a gateway's part, with 1.7 kB of the log's`,
  },
  recentEvent: {
    value: 760,
    unit: "bytes",
    what: "leader: memory of one of a room's newest events",
    source: "300,000 of them, parsed: 762 each",
  },
  workspace: {
    value: 15_500,
    unit: "bytes",
    what: "leader: memory of one more `Server` in a process, empty",
    source: "2,000 of them on tests/scene.ts: 15,497 each",
  },
  process: {
    value: 60_000_000,
    unit: "bytes",
    what: "memory of an empty process",
    source: `${BENCH} --scenario idle-1000\``,
  },
  account: {
    value: 1_600,
    unit: "bytes",
    what: "directory: memory of an account with a device and three addresses",
    source: "200,000 of them in an `AccountStore`: 1,573 each",
  },
  otherLine: {
    value: 130,
    unit: "bytes",
    what: "network: a line that is no message (typing, away)",
    source: "a line with `time` and `account`",
  },
  packet: {
    value: 74,
    unit: "bytes",
    what: "network: what a write adds to its lines",
    source: "TLS record 22, TCP and IP 52",
  },
  recordHead: {
    value: 160,
    unit: "bytes",
    what: "log: a record around its event",
    source: "term, number, and how far each link was read",
  },
  leaderLost: {
    value: 4,
    unit: "s",
    what: "until standbys take a silent leader for dead",
    source: "four of its beats",
  },
} as const satisfies Readonly<Record<string, UnitCost>>;

export type UnitCostName = keyof typeof UNIT_COSTS;

/** Bytes of what today's code writes. */
export interface EncodedSizes {
  /** A message in the history file. */
  readonly storedMessage: number;
  /** A read marker in the journal. */
  readonly storedMarker: number;
  /** A message's line for a client with every capability. */
  readonly sentMessage: number;
}

/** The figure of each cost. */
export type Costs = Readonly<Record<UnitCostName | keyof EncodedSizes, number>>;

const TEXT_BYTES = 120;

/** Returns all costs, with the sizes of a message as today's code encodes it. */
export function readCosts(): Costs {
  const names = Object.keys(UNIT_COSTS) as UnitCostName[];
  const values = Object.fromEntries(names.map((name) => [name, UNIT_COSTS[name].value]));
  return { ...(values as Record<UnitCostName, number>), ...encodedSizes() };
}

/** Returns the sizes of a message of 120 letters, and of a marker. */
export function encodedSizes(): EncodedSizes {
  const event = {
    conversation: `room.tea.${"k".repeat(26)}`,
    position: 123_456,
    time: Date.UTC(2026, 10, 30),
    msgid: "k".repeat(26),
    by: {
      nick: "mina",
      user: "mina",
      host: "k3x9a2b7c4d5.account",
      account: "mina",
      accountId: "k3x9a2b7c4d5",
      realname: "Mina",
      bot: false,
    },
    kind: "said",
    verb: "PRIVMSG",
    text: "x".repeat(TEXT_BYTES),
    tags: {},
  } as unknown as RoomEvent;
  const marked: PersonChange = {
    kind: "marked",
    account: "k3x9a2b7c4d5" as AccountId,
    conversation: event.conversation,
    time: event.time,
    at: event.position,
    read: 100,
    named: 1,
  };
  const everyCapability = -1;
  return {
    storedMessage: JSON.stringify(toStored(event)).length + 1,
    storedMarker: JSON.stringify(marked).length + 1,
    sentMessage: toBytes(encodeEvent(event, "#tea", everyCapability, SCENE_OPTIONS)).length,
  };
}

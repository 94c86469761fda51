import { fileTalk, oneFile } from "./file-bytes.ts";
import { idleLinks } from "./idle-links.ts";
import { leaderAlone } from "./leader.ts";
import type { Figures } from "./meter.ts";
import type { Subject } from "./subject.ts";
import { takeover } from "./takeover.ts";
import { bursts, paced, stoppedReaders } from "./traffic.ts";
import {
  connects,
  crowdJoins,
  idle,
  joinsAndParts,
  logIns,
  members,
  signUps,
  starts,
} from "./visits.ts";

/** One thing that is measured. It gets a freshly started server, and answers nothing it can't measure. */
export interface Scenario {
  readonly what: string;
  /** Whether it tells the server to collect its garbage. */
  readonly collects?: boolean;
  /** Whether Sodam hashes passwords at its normal cost, and not at that of tests. */
  readonly hashes?: boolean;
  run(name: string, subject: Subject): Promise<Figures[]>;
}

/** A room in which all members read, and twenty of them send in turn. */
const ONE_ROOM = { rooms: 1, speakers: 20 };
/** A hundred rooms of twenty, with one sender each. */
const TEAMS = { rooms: 100, size: 20, speakers: 1 };

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "talk-100": {
    what: "1 room of 100, 200 messages/s one by one",
    run: (name, subject) =>
      paced(name, subject, { ...ONE_ROOM, size: 100, perSecond: 200, count: 800 }),
  },
  "talk-1000": {
    what: "1 room of 1000, 20 messages/s one by one",
    run: (name, subject) =>
      paced(name, subject, { ...ONE_ROOM, size: 1000, perSecond: 20, count: 80 }),
  },
  "flood-1000": {
    what: "1 room of 1000, 200 messages/s one by one",
    run: (name, subject) =>
      paced(name, subject, { ...ONE_ROOM, size: 1000, perSecond: 200, count: 600 }),
  },
  "talk-teams": {
    what: "100 rooms of 20, 200 messages/s in all, one by one",
    run: (name, subject) => paced(name, subject, { ...TEAMS, perSecond: 200, count: 1000 }),
  },
  "burst-100": {
    what: "1 room of 100, bursts of 50, each when the last is everywhere",
    run: (name, subject) =>
      bursts(name, subject, { ...ONE_ROOM, size: 100, burst: 50, count: 200 }),
  },
  "burst-1000": {
    what: "1 room of 1000, bursts of 50, each when the last is everywhere",
    run: (name, subject) =>
      bursts(name, subject, { ...ONE_ROOM, size: 1000, burst: 50, count: 40 }),
  },
  "burst-teams": {
    what: "100 rooms of 20, bursts of 5, each when the room's last is everywhere",
    run: (name, subject) => bursts(name, subject, { ...TEAMS, burst: 5, count: 100 }),
  },
  "single-teams": {
    what: "100 rooms of 20, single messages, each when the room's last is everywhere",
    run: (name, subject) => bursts(name, subject, { ...TEAMS, burst: 1, count: 150 }),
  },
  "leader-20": {
    what: "a leader alone, without gateways: 100 rooms of 20, three messages of each under way",
    run: (name, subject) => leaderAlone(name, subject, { rooms: 100, size: 20, messages: 100_000 }),
  },
  "leader-100": {
    what: "a leader alone, without gateways: 20 rooms of 100, three messages of each under way",
    run: (name, subject) => leaderAlone(name, subject, { rooms: 20, size: 100, messages: 60_000 }),
  },
  connect: {
    what: "1000 people connect, register and quit, 200 at a time",
    run: (name, subject) => connects(name, subject, 1000, 200),
  },
  "join-part-1000": {
    what: "JOIN and PART in a room of 1000, one at a time, all members told",
    run: (_name, subject) => joinsAndParts(subject, 1000),
  },
  "crowd-1000": {
    what: "200 people JOIN a room of 1000 at once, then PART at once, all members told",
    run: (_name, subject) => crowdJoins(subject, 1000, 200),
  },
  "idle-1000": {
    what: "memory of 1000 connections that do nothing",
    run: (name, subject) => idle(name, subject, 1000),
  },
  "idle-5000": {
    what: "memory of 5000 connections that do nothing",
    run: (name, subject) => idle(name, subject, 5000),
  },
  "idle-links": {
    what: "memory of a registered TLS link in a room of twenty, process by process (--links N, 2000)",
    collects: true,
    run: (name, subject) => idleLinks(name, subject),
  },
  "takeover-kill": {
    what: "how long people wait when the leader is killed, with all links asking in turn (--links N, 2000)",
    run: (name, subject) => takeover(name, subject, "kill"),
  },
  "takeover-planned": {
    what: "the same when another leader is started and takes over, or another node does",
    run: (name, subject) => takeover(name, subject, "planned"),
  },
  "members-10000": {
    what: "memory of 10,000 connections with accounts, each in ten rooms of twenty",
    run: (name, subject) => members(name, subject, 10_000),
  },
  "file-put": {
    what: "one file of 2 GB is sent to the server, beside a bare pair that does the same work",
    run: (name, subject) => oneFile(name, subject, "PUT", 2048),
  },
  "file-get": {
    what: "one file of 2 GB is fetched, beside a bare pair",
    run: (name, subject) => oneFile(name, subject, "GET", 2048),
  },
  "file-talk": {
    what: "talk-100 while four files are sent and fetched as fast as the server lets them",
    run: (name, subject) => fileTalk(name, subject, 256),
  },
  "stopped-readers": {
    what: "10 of 30 members stop reading while 15,000 messages of 400 B pass, after as many with all reading",
    run: (name, subject) => stoppedReaders(name, subject),
  },
  start: {
    what: "from the start of the process to the first finished handshake",
    run: (name, subject) => starts(name, subject),
  },
  "sign-up": {
    what: "200 accounts made, 20 at a time (password hashing at its test cost)",
    run: (name, subject) => signUps(name, subject, 200),
  },
  "log-in": {
    what: "2000 log-ins by password, 20 at a time, each on a new connection (hashing at its test cost)",
    run: (name, subject) => logIns(name, subject, 2000),
  },
  "log-in-hashing": {
    what: "200 of them with hashing at its normal cost",
    hashes: true,
    run: (name, subject) => logIns(name, subject, 200),
  },
};

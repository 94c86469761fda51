import { ROOMS_MAX } from "../../lib/chat-server/limits.ts";
import { Prng } from "../prng.ts";
import { Fleet } from "./scale-fleet.ts";
import { FullestLeader } from "./scale-leader.ts";
import { type Design, gatewayMachines, MACHINE, type Plan, passwordCores } from "./scale-plans.ts";
import { Queue, Storm } from "./scale-queue.ts";
import { drawCount, HERE_BY_HOUR, morningLogIns, returning, TRAFFIC } from "./scale-traffic.ts";
import { roomsOf, type World } from "./scale-world.ts";
import { type Costs, UNIT_COSTS } from "./unit-costs.ts";

/*
 * Plays the traffic of a service against the unit costs, on a plan's processes. The fullest leader is played second by
 * second with drawn messages and a queue of work; fleets (gateways, directories, log) share their work evenly.
 */

/** Above these a service is broken: people wait, or one more fault would be too much. */
export const BOUNDS = {
  "leader's core": 0.6,
  "log-in's wait at the leader, s": 30,
  "page's wait at a standby, s": 30,
  "leader's memory, GB": 4,
  "rooms of a workspace": ROOMS_MAX,
  "takeover, s": 6,
  "quiet after a takeover, s": 30,
  "gateway's core": 0.7,
  "line's wait at a gateway, s": 1,
  "gateway's links": UNIT_COSTS.linksOfGateway.value,
  "handshake's wait, s": 30,
  "password's wait, s": 30,
  "log-in's wait at the directory, s": 30,
  "directory's memory, GB": 4,
  "log's records": 0.6,
  "log of a day, GiB": 8,
  "NATS server's cores": 0.6,
  "network of a gateways' machine": 0.6,
} as const;

export type Limit = keyof typeof BOUNDS;
/** What is played. */
export const SCENES = [
  "a day",
  "Monday 9:00",
  "a gateway dies",
  "a machine dies",
  "a site dies",
  "a leader dies",
  "a crowd answers",
] as const;
export type Scene = (typeof SCENES)[number];

/** The highest value that a scene reached. */
export interface Reading {
  readonly scene: Scene;
  readonly limit: Limit;
  readonly value: number;
  /** The value as a share of its bound: above 1 it breaks. */
  readonly share: number;
}

const US = 1e-6;
const GB = 1e9;
const HOUR = 3600;
/** Of the links of a leader that died, those that have something to say in its first second. */
const ACTIVE_SHARE = 0.1;
const MINUTE = 60;

/** Plays all scenes of a plan, and returns what each came to. */
export function play(plan: Plan, world: World, costs: Costs, seed: number): Reading[] {
  return new Play(plan, world, costs, seed).all();
}

class Play {
  readonly #plan: Plan;
  readonly #world: World;
  readonly #costs: Costs;
  readonly #prng: Prng;
  readonly #highest = new Map<string, Reading>();
  readonly #leader: FullestLeader;
  readonly #fleet: Fleet;

  constructor(plan: Plan, world: World, costs: Costs, seed: number) {
    this.#plan = plan;
    this.#world = world;
    this.#costs = costs;
    this.#prng = new Prng(seed);
    this.#leader = new FullestLeader(plan, world, costs, this.#prng);
    this.#fleet = new Fleet(plan, world, costs);
  }

  all(): Reading[] {
    this.#day();
    this.#morning();
    const { gateways, sites } = this.#plan;
    this.#gatewaysDie("a gateway dies", 1);
    if (sites > 1) this.#gatewaysDie("a site dies", Math.ceil(gateways / sites));
    this.#gatewaysDie("a machine dies", Math.ceil(gateways / gatewayMachines(gateways)));
    this.#leaderDies();
    this.#crowdAnswers();
    return [...this.#highest.values()];
  }

  #note(scene: Scene, limit: Limit, value: number): void {
    const bound = this.#boundOf(limit);
    const reading = { scene, limit, value, share: value / bound };
    const key = `${scene}: ${limit}`;
    if ((this.#highest.get(key)?.value ?? -1) < value) this.#highest.set(key, reading);
  }

  get #design(): Design {
    return this.#plan.design;
  }

  #boundOf(limit: Limit): number {
    if (limit === "rooms of a workspace") return this.#design.roomsMax ?? BOUNDS[limit];
    return limit === "log of a day, GiB" ? this.#plan.logGiB : BOUNDS[limit];
  }

  /** A day of talk, minute by minute; and what is in memory in its busiest hour. */
  #day(): void {
    let logBytes = 0;
    for (let minute = 0; minute < 24 * 60; minute += 1) {
      const here = HERE_BY_HOUR[Math.floor(minute / 60)] ?? 0;
      // The draws of one second stand for the minute.
      this.#note("a day", "leader's core", this.#leader.talk(here));
      this.#note("a day", "gateway's core", this.#fleet.gatewayCore(here));
      this.#note("a day", "log's records", this.#fleet.recordShare(here));
      this.#note("a day", "NATS server's cores", this.#fleet.natsShare(here));
      logBytes += this.#leader.logBytes(here) * MINUTE;
    }
    this.#note("a day", "log of a day, GiB", logBytes / 2 ** 30);
    this.#note("a day", "leader's memory, GB", this.#leader.memory() / GB);
    this.#note("a day", "rooms of a workspace", roomsOf(this.#world.largest));
    this.#note("a day", "gateway's links", this.#fleet.links / this.#plan.gateways);
    this.#note("a day", "directory's memory, GB", this.#fleet.directoryMemory() / GB);
    this.#noteGateways("a day", { here: 1, gateways: this.#plan.gateways });
  }

  /** Many people log in within half an hour, with passwords, pages of history and lists of names. */
  #morning(): void {
    const { morningShare, gateways } = this.#plan;
    const { morningSeconds, newRoomsInTheMorning, passwordShare } = TRAFFIC;
    // Half of them are here when the most come.
    const here = 1 - morningShare / 2;
    const storm = new Storm();
    for (let second = 0; second < morningSeconds + MINUTE; second += 1) {
      const logIns = morningLogIns(this.#fleet.links * morningShare, second);
      this.#logIns("Monday 9:00", storm, {
        logIns,
        here,
        gateways,
        newRooms: newRoomsInTheMorning,
        passwordShare,
      });
    }
    this.#note("Monday 9:00", "leader's core", storm.leader.busiestMinute);
    this.#noteStorm("Monday 9:00", storm);
  }

  /** The people of gateways that died come back to the others. */
  #gatewaysDie(scene: Scene, died: number): void {
    const gateways = this.#plan.gateways - died;
    // Nobody comes back.
    if (gateways < 1) return this.#note(scene, "handshake's wait, s", HOUR);
    const lost = died / this.#plan.gateways;
    const storm = new Storm();
    const atLeader = this.#leader.links * lost;
    storm.leader.take(this.#leader.presence(atLeader), 0);
    for (let second = 0; second < 5 * MINUTE; second += 1) {
      const logIns = returning(this.#fleet.links * lost, second);
      const newRooms = TRAFFIC.newRoomsAfterLoss;
      const passwordShare = this.#design.passwordsAfterLoss;
      this.#logIns(scene, storm, { logIns, here: 1, gateways, newRooms, passwordShare });
    }
    this.#note(scene, "gateway's links", this.#fleet.links / gateways);
    this.#noteStorm(scene, storm);
  }

  /** Takes a second's log-ins, beside the talk of those who are here. */
  #logIns(
    scene: Scene,
    storm: Storm,
    { logIns, here, gateways, newRooms, passwordShare }: LogIns,
  ): void {
    const { leader, standbys, passwords, handshakes, directory } = storm;
    const { password } = this.#costs;
    const talk = this.#leader.talk(here);
    const atLeader = (logIns * this.#leader.people) / this.#world.people;
    // The leader runs lines of talk first: whoever logs in gets what is left.
    leader.take(this.#leader.logIns(atLeader, newRooms), Math.max(0.02, 1 - talk), talk);
    standbys.take(this.#leader.standbyWork(atLeader, newRooms), this.#plan.copies - 1);
    passwords.take(logIns * passwordShare * password * US, passwordCores(this.#plan, gateways));
    handshakes.take(logIns / gateways, this.#costs.handshakes);
    directory.take(logIns * this.#fleet.directoryWork, Math.max(1, this.#plan.directories));
    const begun = Math.min(logIns / gateways, this.#costs.handshakes);
    const told = storm.serve(logIns) * this.#fleet.presence;
    this.#noteGateways(scene, { here, gateways, handshakes: begun, told });
  }

  /** The fullest leader is killed: a standby notices, takes the links up, and works off what came meanwhile. */
  #leaderDies(): void {
    const { leaderLost, leaderTakeUp } = this.#costs;
    const share = this.#design.takeUp === "all" ? 1 : ACTIVE_SHARE;
    const takeUp = this.#leader.links * leaderTakeUp * US;
    const pause = leaderLost + takeUp * share;
    this.#note("a leader dies", "takeover, s", pause);
    const queue = new Queue();
    queue.take(this.#leader.talk(1) * pause + takeUp * (1 - share), 0);
    let seconds = pause;
    for (; queue.owed > 0 && seconds < HOUR; seconds += 1) queue.take(this.#leader.talk(1), 1);
    this.#note("a leader dies", "quiet after a takeover, s", seconds);
  }

  /** Somebody says something in a room that has all people of the largest workspace, and many answer. */
  #crowdAnswers(): void {
    const readers = this.#world.largest * TRAFFIC.linksPerPerson;
    const { answerShare, answerSeconds } = TRAFFIC;
    const { leaderMessage } = this.#costs;
    const { gateways } = this.#plan;
    const leader = new Queue();
    for (let second = 0; second < answerSeconds; second += 1) {
      const mean = (this.#world.largest * answerShare) / answerSeconds;
      const answers = drawCount(this.#prng, mean) + (second === 0 ? 1 : 0);
      const work = answers * (leaderMessage + this.#leader.sendWork(this.#world.largest)) * US;
      leader.take(work + this.#leader.talk(1), 1);
      this.#noteGateways("a crowd answers", { here: 1, gateways, messages: readers * answers });
    }
    this.#note("a crowd answers", "leader's core", leader.busiestMinute);
  }

  #noteStorm(scene: Scene, storm: Storm): void {
    const { leader, standbys, passwords, handshakes, directory } = storm;
    this.#note(scene, "log-in's wait at the leader, s", leader.worst);
    this.#note(scene, "password's wait, s", passwords.worst);
    this.#note(scene, "handshake's wait, s", handshakes.worst);
    this.#note(scene, "log-in's wait at the directory, s", directory.worst);
    this.#note(scene, "page's wait at a standby, s", standbys.worst);
  }

  /**
   * Takes a second of all gateways. While a gateway has time each line is a write of its own. When it has none, the
   * lines that wait for a link leave in one write, and they wait for as long as a round of all links takes.
   */
  #noteGateways(scene: Scene, second: GatewaySecond): void {
    const { here, gateways, handshakes = 0, told = 0, messages = 0 } = second;
    const { gatewayHandshake, gatewaySend, gatewayLine, packet, otherLine } = this.#costs;
    const { typingPerMessage } = TRAFFIC;
    const talk = this.#fleet.writes(here);
    const lines = (talk + told + messages) / gateways;
    const free = BOUNDS["gateway's core"] - handshakes * gatewayHandshake * US;
    const links = (this.#fleet.links * here) / gateways;
    const isEnough = lines * gatewaySend * US <= free;
    const forWrites = free - lines * gatewayLine * US;
    const round = forWrites > 0 ? (links * gatewaySend * US) / forWrites : HOUR;
    this.#note(scene, "line's wait at a gateway, s", isEnough ? 0 : round);
    const writes = isEnough ? lines : Math.min(lines, links / round);
    const said = talk / (1 + typingPerMessage) + messages;
    const others = lines * gateways - said;
    const bytes = writes * gateways * packet + said * this.#costs.sentMessage + others * otherLine;
    const share = bytes / gatewayMachines(gateways) / MACHINE.networkBytes;
    this.#note(scene, "network of a gateways' machine", share);
  }
}

/** A second's log-ins: how many, beside which share of the people, at how many gateways, with what work each. */
interface LogIns {
  readonly logIns: number;
  readonly here: number;
  readonly gateways: number;
  readonly newRooms: number;
  readonly passwordShare: number;
}

/** A second of all gateways. */
interface GatewaySecond {
  readonly here: number;
  readonly gateways: number;
  /** Handshakes that each gateway begins. */
  readonly handshakes?: number;
  /** Lines about people who came, and of messages besides those of ordinary talk. */
  readonly told?: number;
  readonly messages?: number;
}

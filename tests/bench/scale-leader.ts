import { RECENT_EVENTS_MAX } from "../../lib/chat-server/limits.ts";
import type { Prng } from "../prng.ts";
import type { Plan } from "./scale-plans.ts";
import {
  drawCount,
  type HeavyTail,
  roomsOfMessages,
  storedMessages,
  TRAFFIC,
} from "./scale-traffic.ts";
import { meanPeers, roomsOf, sum, type World } from "./scale-world.ts";
import type { Costs } from "./unit-costs.ts";

const US = 1e-6;
const HOUR = 3600;
/** Draws for a second's messages: of more, each stands for several. */
const DRAWS_MAX = 40;
const LOG_IN_DRAWS_MAX = 10;
/** The newest 100 to 199 events of a room are in memory. */
const EVENTS_OF_ROOM = 1.5 * RECENT_EVENTS_MAX;

/** The work of the leader that has the most people, in seconds of its core. */
export class FullestLeader {
  readonly people: number;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #costs: Costs;
  readonly #prng: Prng;
  /** The rooms in which its workspaces talk, and the number of the last person of each workspace. */
  readonly #rooms: readonly HeavyTail[];
  readonly #ends: readonly number[];
  /** Whom somebody of a workspace who comes or goes is told to. */
  readonly #peers: readonly number[];

  constructor(plan: Plan, world: World, costs: Costs, prng: Prng) {
    this.#plan = plan;
    this.#world = world;
    this.#costs = costs;
    this.#prng = prng;
    this.#rooms = world.fullest.map(roomsOfMessages);
    let end = 0;
    this.#ends = world.fullest.map((people) => (end += people));
    this.people = end;
    this.#peers = world.fullest.map((people) => meanPeers(people, plan.design.quietAbove));
  }

  /** How many links it has. */
  get links(): number {
    return this.people * TRAFFIC.linksPerPerson;
  }

  /** The work of the leader in a second of talk, in seconds. */
  talk(here: number): number {
    const { leaderMessage, leaderLine, leaderMarker, leaderPing } = this.#costs;
    const { typingPerMessage, markersPerHour } = TRAFFIC;
    const people = this.people * here;
    const messages = drawCount(this.#prng, storedMessages(this.#plan, people) / HOUR);
    const drawn = Math.min(messages, DRAWS_MAX);
    let work = 0;
    for (let n = 0; n < drawn; n += 1) {
      const sends = this.sendWork(
        (this.#rooms[this.#drawWorkspace()]?.draw(this.#prng) ?? 0) * here - 1,
      );
      work += leaderMessage + sends + typingPerMessage * (leaderLine + sends);
    }
    if (drawn > 0) work *= messages / drawn;
    work += (people * markersPerHour * leaderMarker) / HOUR;
    work += (people * TRAFFIC.linksPerPerson * leaderPing) / TRAFFIC.pingSeconds;
    return work * US;
  }

  /** Draws a workspace of the leader, by its people. Returns its index. */
  #drawWorkspace(): number {
    const person = this.#prng.unit() * this.people;
    let low = 0;
    let high = this.#ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#ends[middle] ?? 0) > person) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** What a line costs a leader for its readers, in µs: a part for each, and one for each gateway that has some. */
  sendWork(people: number): number {
    const readers = Math.max(0, people) * TRAFFIC.linksPerPerson;
    const gateways = Math.min(this.#plan.design.receiversMax, this.#plan.gateways);
    const reached = gateways * (1 - (1 - 1 / gateways) ** readers);
    const named = this.#plan.design.sends === "links" ? readers : 0;
    // The first frame is in the cost of a message.
    return named * this.#costs.leaderDelivery + Math.max(0, reached - 1) * this.#costs.leaderFrame;
  }

  /** The work of the leader for those who log in within a second, in seconds. */
  logIns(mean: number, newRooms: number): number {
    const { leaderLogIn, leaderPage, leaderName } = this.#costs;
    const logIns = drawCount(this.#prng, mean);
    const pages = this.#plan.design.pages === "leader" ? newRooms * leaderPage : 0;
    const drawn = Math.min(logIns, LOG_IN_DRAWS_MAX);
    let work = 0;
    for (let n = 0; n < drawn; n += 1) {
      const names = (this.#peers[this.#drawWorkspace()] ?? 0) * TRAFFIC.membersPerPersonHere;
      work += leaderLogIn + pages + names * leaderName;
    }
    return (drawn === 0 ? 0 : (work * logIns * US) / drawn) + this.presence(logIns);
  }

  /** The work of telling others that the people of so many links have come or gone, in seconds. */
  presence(links: number): number {
    const peers = this.#peers[this.#drawWorkspace()] ?? 0;
    // The second link of a person tells nobody anything.
    const people = links / TRAFFIC.linksPerPerson;
    return people * (this.#costs.leaderLine + this.sendWork(peers)) * US;
  }

  /** The work of its standbys for pages of history, beside what they follow, in seconds. */
  standbyWork(logIns: number, newRooms: number): number {
    const { copies } = this.#plan;
    const { messagesPerHour, markersPerHour } = TRAFFIC;
    const events = (this.people * (messagesPerHour + markersPerHour)) / HOUR;
    const followed = events * this.#costs.followerEvent * (copies - 1);
    const isRead = this.#plan.design.pages === "standbys";
    return (followed + (isRead ? logIns * newRooms * this.#costs.leaderPage : 0)) * US;
  }

  /** The memory of its process, in bytes. */
  memory(): number {
    const rooms = sum(this.#world.fullest, roomsOf);
    const inMemory = rooms * this.#plan.design.roomsInMemory;
    const { process, workspace } = this.#costs;
    const empty = process + this.#world.fullest.length * workspace;
    return empty + leaderBytes(this.people, inMemory, this.#costs);
  }

  /** What its log grows by in a second. */
  logBytes(here: number): number {
    const { storedMessage, recordHead, storedMarker } = this.#costs;
    const { markersPerHour } = TRAFFIC;
    const people = this.people * here;
    const messages = storedMessages(this.#plan, people) / HOUR;
    return (
      messages * (storedMessage + recordHead) +
      ((people * markersPerHour) / HOUR) * (storedMarker + recordHead)
    );
  }
}

/** Returns the memory that people and rooms take at a leader or a standby. */
export function leaderBytes(people: number, rooms: number, costs: Costs): number {
  const { leaderLink, recentEvent, account } = costs;
  const { linksPerPerson, accountsPerPersonHere } = TRAFFIC;
  const perPerson = linksPerPerson * leaderLink + accountsPerPersonHere * account;
  return people * perPerson + rooms * EVENTS_OF_ROOM * recentEvent;
}

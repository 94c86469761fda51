import { NATS, type Plan } from "./scale-plans.ts";
import { storedMessages, TRAFFIC } from "./scale-traffic.ts";
import { meanPeers, meanReaders, type World } from "./scale-world.ts";
import type { Costs } from "./unit-costs.ts";

const US = 1e-6;
const HOUR = 3600;

/** What a whole service has to do: its gateways, directories and NATS servers share it evenly. */
export class Fleet {
  readonly links: number;
  /** Lines about a log-in, on average. */
  readonly presence: number;
  readonly #plan: Plan;
  readonly #world: World;
  readonly #costs: Costs;
  /** Readers of a message, on average. */
  readonly #readers: number;

  constructor(plan: Plan, world: World, costs: Costs) {
    this.#plan = plan;
    this.#world = world;
    this.#costs = costs;
    const { linksPerPerson } = TRAFFIC;
    this.links = world.people * linksPerPerson;
    this.#readers = world.perPerson(meanReaders);
    // The second link of a person tells nobody anything.
    const { quietAbove } = plan.design;
    this.presence = world.perPerson((people) => meanPeers(people, quietAbove)) / linksPerPerson;
  }

  /** Lines that gateways deliver in a second of talk, in the whole service. */
  #deliveries(here: number): number {
    const { typingPerMessage, linksPerPerson } = TRAFFIC;
    const messages = (storedMessages(this.#plan, this.#world.people) * here) / HOUR;
    return messages * (1 + typingPerMessage) * this.#readers * here * linksPerPerson;
  }

  /** Writes of all gateways in a second of talk. */
  writes(here: number): number {
    const { markersPerHour, pingSeconds } = TRAFFIC;
    const markers = (this.#world.people * here * markersPerHour) / HOUR;
    const pings = (this.links * here) / pingSeconds;
    return this.#deliveries(here) + markers + pings;
  }

  /** The share of its core that each gateway needs in a second of talk. */
  gatewayCore(here: number): number {
    return (this.writes(here) * this.#costs.gatewaySend * US) / this.#plan.gateways;
  }

  /** The work of a directory for a log-in, in seconds. */
  get directoryWork(): number {
    if (this.#plan.directories === 0) return 0;
    const { directoryLogIn, accountChange } = this.#costs;
    return (directoryLogIn + TRAFFIC.newAddressShare * accountChange) * US;
  }

  /** The memory of a directory's process, in bytes. */
  directoryMemory(): number {
    const { directories } = this.#plan;
    if (directories === 0) return 0;
    const accounts = this.#world.people * TRAFFIC.accountsPerPersonHere;
    return this.#costs.process + (accounts * this.#costs.account) / directories;
  }

  /** The share of its cores that a NATS server needs for frames, if each reader is at another gateway. */
  natsShare(here: number): number {
    const { messagesPerHour, typingPerMessage } = TRAFFIC;
    const { logGroups, gateways } = this.#plan;
    const receivers = Math.min(this.#plan.design.receiversMax, gateways);
    const messages = (this.#world.people * here * messagesPerHour) / HOUR;
    const lines = messages * (1 + typingPerMessage);
    const frames = lines * Math.min(receivers, this.#readers * TRAFFIC.linksPerPerson);
    const servers = logGroups * NATS.servers;
    return (frames * this.#costs.natsDelivery * US) / servers / NATS.cores;
  }

  /** The share of what the log's servers can take, if each message and marker is a record. */
  recordShare(here: number): number {
    const { markersPerHour } = TRAFFIC;
    const { people } = this.#world;
    const records = ((storedMessages(this.#plan, people) + people * markersPerHour) * here) / HOUR;
    return records / (this.#costs.logRecords * this.#plan.logGroups);
  }
}

import { Prng } from "../prng.ts";
import type { Plan } from "./scale-plans.ts";
import { HeavyTail, roomsOfMessages, roomsOfPeople, TRAFFIC } from "./scale-traffic.ts";

/** Sizes that differ by less than a twentieth are one. */
const STEPS_PER_E = 20;

/** So many workspaces of one size. */
interface Workspaces {
  readonly people: number;
  readonly count: number;
}

/** The workspaces of a service, by their sizes. */
export class World {
  readonly people: number;
  readonly workspaces: number;
  /** The sizes of those that the fullest leader has: the largest ones. */
  readonly fullest: readonly number[];
  readonly #all: readonly Workspaces[];

  private constructor(all: readonly Workspaces[], leaders: number) {
    this.#all = all;
    this.people = sum(all, ({ people, count }) => people * count);
    this.workspaces = sum(all, ({ count }) => count);
    this.fullest = largestOf(all, this.people / leaders);
  }

  /** Draws the workspaces of a plan. */
  static draw({ people, largest, leaders }: Plan, seed: number): World {
    const prng = new Prng(seed);
    const { workspaceExponent, workspaceSizeMin } = TRAFFIC;
    const sizes = new HeavyTail(workspaceExponent, workspaceSizeMin, largest);
    const counts = new Map<number, number>();
    for (let placed = largest; placed < people; ) {
      const step = Math.round(Math.log(sizes.draw(prng)) * STEPS_PER_E);
      counts.set(step, (counts.get(step) ?? 0) + 1);
      placed += Math.exp(step / STEPS_PER_E);
    }
    const all = [...counts].map(([step, count]) => ({
      people: Math.min(largest, Math.exp(step / STEPS_PER_E)),
      count,
    }));
    all.push({ people: largest, count: 1 });
    return new World(
      all.sort((a, b) => b.people - a.people),
      leaders,
    );
  }

  /** Returns the same workspaces with `factor` times as many people in each, on as many leaders. */
  grown(factor: number, leaders: number): World {
    const all = this.#all.map(({ people, count }) => ({ people: people * factor, count }));
    return new World(all, leaders);
  }

  /** How many people are here in the largest workspace. */
  get largest(): number {
    return this.#all[0]?.people ?? 0;
  }

  /** Returns the mean of a figure of workspaces over all people. */
  perPerson(figure: (people: number) => number): number {
    return sum(this.#all, ({ people, count }) => figure(people) * people * count) / this.people;
  }
}

/** Returns the readers of a message in a workspace: its sender isn't one. */
export function meanReaders(people: number): number {
  return roomsOfMessages(people).mean() - 1;
}

/** Returns how many rooms a workspace has. */
export function roomsOf(people: number): number {
  const { roomExponent, roomSizeMin, roomsPerPerson } = TRAFFIC;
  return (people * roomsPerPerson) / new HeavyTail(roomExponent, roomSizeMin, people).mean();
}

/** Returns the mean number of people here in the rooms of one of them, with rooms up to `max` alone. */
export function meanPeers(people: number, max: number): number {
  const { roomExponent, roomSizeMin, roomsPerPerson } = TRAFFIC;
  const all = roomsOfPeople(people);
  if (people <= max) return Math.min(people, all.mean() * roomsPerPerson);
  const below = roomsOfPeople(max);
  const share = (1 - (roomSizeMin / max) ** (roomExponent - 1)) / all.within;
  return Math.min(people, below.mean() * share * roomsPerPerson);
}

function largestOf(all: readonly Workspaces[], enough: number): number[] {
  const sizes: number[] = [];
  let people = 0;
  for (const workspaces of all) {
    for (let n = 0; n < workspaces.count; n += 1) {
      if (people > 0 && people + workspaces.people > enough * 1.05) return sizes;
      sizes.push(workspaces.people);
      people += workspaces.people;
    }
  }
  return sizes;
}

/** Returns the sum of a figure of all items. */
export function sum<Item>(items: readonly Item[], figure: (item: Item) => number): number {
  return items.reduce((total, item) => total + figure(item), 0);
}

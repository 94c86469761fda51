import type { Prng } from "../prng.ts";

/*
 * What people do: the assumptions of the model in scale-model.ts, and the draws that make them play.
 */

/** What the traffic is like. Nobody measured it: change a line, run `bun tests/bench/scale.ts` again. */
export const TRAFFIC = {
  /** Links of a person who is here: laptop and phone. */
  linksPerPerson: 1.3,
  /** Messages of a person in the busiest hour. */
  messagesPerHour: 10,
  /** Typing notices with each message: begun, and done. */
  typingPerMessage: 2,
  /** Read markers that a person moves in the busiest hour. */
  markersPerHour: 30,
  /** Silence after which a link is sent a PING: the default of `ping-seconds`. */
  pingSeconds: 120,
  roomsPerPerson: 10,
  /** Members for each one who is here in the busiest hour: the lists of names have all of them. */
  membersPerPersonHere: 3,
  /** Accounts for each person who is here at the busiest hour. */
  accountsPerPersonHere: 3,
  /** Rooms of a person who comes back in the morning in which there is something new. */
  newRoomsInTheMorning: 10,
  /** The same after a connection that was lost for seconds. */
  newRoomsAfterLoss: 1,
  /** Log-ins that bring a password, and no device's certificate. */
  passwordShare: 0.3,
  /** Log-ins from an address that the account hasn't had: an account change. */
  newAddressShare: 0.2,
  /** Messages between people of different workspaces. */
  crossingShare: 0.05,
  /** In how many seconds half of the people try again who lost their connection. */
  halfBackSeconds: 7,
  /** Rooms: the share of those with more than n people falls as n^-1.3; the smallest have two. */
  roomExponent: 1.3,
  roomSizeMin: 2,
  /** A room with four times the people says twice as much. */
  roomTalkExponent: 0.5,
  /** Workspaces: the same, with n^-1.1; the smallest have five people here. */
  workspaceExponent: 1.1,
  workspaceSizeMin: 5,
  /** In what time the log-ins of a morning come. */
  morningSeconds: 1800,
  /** The largest room answers a message: how many of its people do, and in how many seconds. */
  answerShare: 0.001,
  answerSeconds: 60,
} as const;

/** People who are here, as a share of the busiest hour's, by the hour of the day. */
export const HERE_BY_HOUR = [
  0.25, 0.2, 0.15, 0.12, 0.12, 0.15, 0.25, 0.4, 0.65, 0.9, 1, 1, 0.9, 0.92, 1, 1, 0.98, 0.92, 0.8,
  0.7, 0.65, 0.6, 0.5, 0.35,
] as const;

/** A truncated Pareto distribution: sizes from `min` to `max`, whose tail falls as n^-exponent. */
export class HeavyTail {
  readonly #exponent: number;
  readonly #min: number;
  readonly #max: number;
  /** The share of the distribution without a bound that lies within this one's. */
  readonly within: number;

  constructor(exponent: number, min: number, max: number) {
    this.#exponent = exponent;
    this.#min = min;
    this.#max = Math.max(min, max);
    this.within = this.#max === min ? 1 : 1 - (min / this.#max) ** exponent;
  }

  /** Draws a size. */
  draw(prng: Prng): number {
    const rank = 1 - prng.unit() * this.within;
    return Math.min(this.#max, this.#min * rank ** (-1 / this.#exponent));
  }

  /** The mean size. */
  mean(): number {
    if (this.#max === this.#min) return this.#min;
    const exponent = this.#exponent;
    const rest = 1 - exponent;
    const scale = (exponent * this.#min ** exponent) / this.within;
    if (Math.abs(rest) < 1e-9) return scale * Math.log(this.#max / this.#min);
    return (scale * (this.#max ** rest - this.#min ** rest)) / rest;
  }
}

/** Sizes of the rooms in which messages are said, in a workspace with so many people here. */
export function roomsOfMessages(people: number): HeavyTail {
  const { roomExponent, roomTalkExponent, roomSizeMin } = TRAFFIC;
  return new HeavyTail(roomExponent - roomTalkExponent, roomSizeMin, people);
}

/** Sizes of the rooms that a person is in: a larger room has more people, who each are in it. */
export function roomsOfPeople(people: number): HeavyTail {
  const { roomExponent, roomSizeMin } = TRAFFIC;
  return new HeavyTail(roomExponent - 1, roomSizeMin, people);
}

/** Draws how often something happened that happens `mean` times on average. */
export function drawCount(prng: Prng, mean: number): number {
  if (mean > 50) {
    const spread = Math.sqrt(-2 * Math.log(1 - prng.unit())) * Math.cos(2 * Math.PI * prng.unit());
    return Math.max(0, Math.round(mean + Math.sqrt(mean) * spread));
  }
  const end = Math.exp(-mean);
  let count = 0;
  for (let chance = prng.unit(); chance > end; chance *= prng.unit()) count += 1;
  return count;
}

/** The log-ins in a second of the morning: they rise and fall as half a sine, from none to none. */
export function morningLogIns(people: number, second: number): number {
  const { morningSeconds } = TRAFFIC;
  if (second < 0 || second >= morningSeconds) return 0;
  const mean = people / morningSeconds;
  return mean * (Math.PI / 2) * Math.sin((Math.PI * (second + 0.5)) / morningSeconds);
}

/** Those of `people` who lost their connection that try again in a second after it. */
export function returning(people: number, second: number): number {
  const still = (seconds: number) => 0.5 ** (seconds / TRAFFIC.halfBackSeconds);
  return people * (still(second) - still(second + 1));
}

/** Messages that so many people store in the busiest hour: those that cross workspaces are stored at two leaders. */
export function storedMessages({ leaders }: { readonly leaders: number }, people: number): number {
  const { messagesPerHour, crossingShare } = TRAFFIC;
  return people * messagesPerHour * (leaders > 1 ? 1 + crossingShare : 1);
}

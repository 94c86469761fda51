import type { Target } from "../bench/load.ts";
import {
  type AttackCounts,
  type Behaviour,
  HostileConnection,
  openHostile,
} from "./hostile-connection.ts";

const TICK_MS = 100;
/** So many connections are opened in each tick until all are there. */
const OPENED_PER_TICK = 200;
/** Whoever was closed comes back after so many ticks. */
const TICKS_UNTIL_BACK = 10;

/** One place in a crowd: where it connects, and what it does there. */
export interface Attacker {
  readonly target: Target;
  readonly behaviour: Behaviour;
}

/** Lets all attackers attack until the time is over: those who are closed come back. */
export async function attackFor(
  seconds: number,
  attackers: readonly Attacker[],
): Promise<AttackCounts> {
  const counts: AttackCounts = { opened: 0, closed: 0, refused: 0, bytesSent: 0 };
  const connections = new Map<number, HostileConnection>();
  /** Who is to be opened, and in which tick. */
  let waiting = attackers.map((_, index) => ({ index, dueTick: 0 }));
  const ticks = (seconds * 1000) / TICK_MS;
  for (let tick = 0; tick < ticks; tick += 1) {
    const due = waiting.filter(({ dueTick }) => dueTick <= tick).slice(0, OPENED_PER_TICK);
    const opening = new Set(due);
    waiting = waiting.filter((place) => !opening.has(place));
    for (const { index } of due) {
      const attacker = attackers[index];
      if (attacker === undefined) continue;
      const back = tick + TICKS_UNTIL_BACK;
      const connection = new HostileConnection(attacker.behaviour, counts, () => {
        connections.delete(index);
        waiting.push({ index, dueTick: back });
      });
      connections.set(index, connection);
      openHostile(attacker.target, connection);
    }
    for (const connection of connections.values()) {
      if (connection.isOpen) connection.behaviour.tick?.(connection, tick);
    }
    await Bun.sleep(TICK_MS);
  }
  const open = connections.size;
  process.stderr.write(`${open} connections at the end\n`);
  for (const connection of connections.values()) connection.close();
  return counts;
}

import { type Figures, Meter } from "./meter.ts";
import { peakBytes } from "./procfs.ts";
import { burst, disperse, gather, pace, type Room, reset } from "./room.ts";
import type { Subject } from "./subject.ts";

/** The message measured: 120 bytes are a line or two on a screen, in Hangul forty letters. */
const TEXT_BYTES = 120;

/**
 * Warms every server up before it is measured: cold caches and, in one with a compiler inside, code that
 * is compiled after some ten thousand calls are the cost of its first minute, and not of the weeks that it runs.
 */
const WARM_UP_MESSAGES = 20_000;
const FLOOD = { perSecond: 3000, count: 15_000 };
/** At once: ngIRCd reads at most this many lines of a client in a turn. */
const WARM_UP_BURST = 3;

/** Rooms in which people speak singly at a steady rate. */
export async function paced(
  name: string,
  subject: Subject,
  shape: { rooms: number; size: number; speakers: number; perSecond: number; count: number },
): Promise<Figures[]> {
  const rooms = await gather(subject.target, { ...shape, textBytes: TEXT_BYTES });
  await warmUp(rooms);
  reset(rooms);
  const meter = new Meter(subject.pid);
  await pace(rooms, shape.perSecond, shape.count);
  const figures = read(name, meter, rooms);
  disperse(rooms);
  return [figures];
}

/** Rooms in which the next `size` messages come in one write as soon as the last ones are everywhere. */
export async function bursts(
  name: string,
  subject: Subject,
  shape: { rooms: number; size: number; speakers: number; burst: number; count: number },
): Promise<Figures[]> {
  if (shape.burst > subject.burstMax) return [];
  const rooms = await gather(subject.target, { ...shape, textBytes: TEXT_BYTES });
  await warmUp(rooms);
  await burst(rooms, shape.burst, Math.ceil(shape.count / 5));
  reset(rooms);
  const meter = new Meter(subject.pid);
  await burst(rooms, shape.burst, shape.count);
  const figures = read(name, meter, rooms);
  disperse(rooms);
  return [figures];
}

/**
 * Ten of thirty members stop taking bytes while the others flood the room with 6 MB: more than the
 * kernel holds for a reader, so the server has to hold the rest or give the reader up. The same flood
 * runs first, with all clients reading: the growth of memory is then the cost of the stopped readers.
 */
export async function stoppedReaders(name: string, subject: Subject): Promise<Figures[]> {
  const rooms = await gather(subject.target, { rooms: 1, size: 30, speakers: 5, textBytes: 400 });
  const room = rooms[0] as Room;
  await warmUp(rooms);
  await pace(rooms, FLOOD.perSecond, FLOOD.count);
  let quits = 0;
  const [observer] = room.members;
  if (observer !== undefined) {
    observer.watch = (line) => {
      if (/^:\S+ QUIT/.test(line)) quits++;
    };
  }
  const stopped = room.members.slice(20);
  for (const one of stopped) {
    room.excuse(one);
    one.stopReading();
  }
  reset(rooms);
  // The lines that a stopped reader gets when it is closed say nothing about the others.
  for (const one of stopped) one.onStamp = null;
  const before = subject.pid === null ? 0 : peakBytes(subject.pid);
  const meter = new Meter(subject.pid);
  await pace(rooms, FLOOD.perSecond, FLOOD.count);
  meter.pause();
  await observer?.settle();
  const peak = subject.pid === null ? 0 : peakBytes(subject.pid);
  const figures = read(name, meter, rooms, {
    readersGivenUp: quits,
    peakGrowthBytes: Math.max(0, peak - before),
  });
  disperse(rooms);
  return [figures];
}

function warmUp(rooms: readonly Room[]): Promise<void> {
  return burst(rooms, WARM_UP_BURST, Math.ceil(WARM_UP_MESSAGES / WARM_UP_BURST / rooms.length));
}

function read(name: string, meter: Meter, rooms: readonly Room[], more = {}): Figures {
  meter.pause();
  const sum = (of: (room: Room) => number) => rooms.reduce((all, room) => all + of(room), 0);
  return meter.read({
    name,
    unit: "delivery",
    units: sum((room) => room.got),
    latency: rooms.flatMap((room) => room.latency),
    lost: sum((room) => room.lost + room.due - room.got),
    dropped: sum((room) => room.dropped),
    more: { ...more, membersMiscounted: sum((room) => room.miscounted().length) },
  });
}

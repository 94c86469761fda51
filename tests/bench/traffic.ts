import { type Figures, Meter } from "./meter.ts";
import { peakBytes, residentBytes } from "./procfs.ts";
import { burst, disperse, gather, pace, type Room, reset } from "./room.ts";
import type { Subject } from "./subject.ts";

/** The message measured: 120 bytes are a line or two on a screen, in Hangul forty letters. */
const TEXT_BYTES = 120;

/** Rooms in which people speak singly at a steady rate. */
export async function paced(
  name: string,
  subject: Subject,
  shape: { rooms: number; size: number; speakers: number; perSecond: number; count: number },
): Promise<Figures[]> {
  const rooms = await gather(subject.target, { ...shape, textBytes: TEXT_BYTES });
  // The first messages meet cold caches and, in a server with a compiler inside, uncompiled code.
  await burst(rooms, 1, Math.ceil(100 / shape.rooms));
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
 * kernel holds for a reader, so the server has to hold the rest or give the reader up.
 */
export async function stoppedReaders(name: string, subject: Subject): Promise<Figures[]> {
  const rooms = await gather(subject.target, { rooms: 1, size: 30, speakers: 5, textBytes: 400 });
  const room = rooms[0] as Room;
  await burst(rooms, 2, 50);
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
  // What a stopped reader is handed when it is closed says nothing of how the others fare.
  for (const one of stopped) one.onStamp = null;
  const before = subject.pid === null ? 0 : residentBytes(subject.pid);
  const meter = new Meter(subject.pid);
  await pace(rooms, 3000, 15_000);
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

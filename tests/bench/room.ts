import { nowUs, stampedText } from "./delivery-counter.ts";
import { type Audience, arriveAtLast, each, join, type Peer, type Target } from "./load.ts";

/** Settling and arriving in larger crowds only lengthens queues. */
const AT_ONCE = 500;
/** Time stamps are read at about this many peers, spread evenly: the last recipient counts as well. */
const SAMPLED_PEERS = 100;
/** A server that delivers nothing for so long is taken to have lost the rest. */
const STALLED_AFTER_MS = 15_000;

/** A server that is slow at bursts is measured by fewer of them: the machine is others' too. */
const BURSTING_MS_MAX = 10_000;

/** One room and its members on the server measured; keeps the books of what is due to whom. */
export class Room implements Audience {
  readonly name: string;
  readonly members: readonly Peer[];
  readonly textBytes: number;
  readonly latency: number[] = [];
  due = 0;
  got = 0;
  /** Deliveries due to members whose connection ended. */
  lost = 0;
  dropped = 0;
  /** Called whenever all that was due has come. */
  onQuiet: () => void = () => {};

  #speakers: readonly Peer[];
  #listening: Set<Peer>;
  #sent = 0;
  #turn = 0;

  constructor(name: string, members: readonly Peer[], speakers: number, textBytes: number) {
    this.name = name;
    this.members = members;
    this.textBytes = textBytes;
    this.#speakers = members.slice(0, speakers);
    this.#listening = new Set(members);
    for (const member of members) {
      member.audience = this;
      void member.closed.then(() => this.#missing(member));
    }
  }

  /** The next speaker says `count` messages in one write. */
  say(count: number): void {
    const speaker = this.#speakers[this.#turn++ % this.#speakers.length];
    if (speaker === undefined || speaker.ended !== null) return;
    const line = `PRIVMSG ${this.name} :${stampedText(nowUs(), this.textBytes)}\r\n`;
    this.#sent += count;
    speaker.sent += count;
    this.due += count * (this.#listening.size - 1);
    speaker.send(count === 1 ? line : line.repeat(count));
  }

  delivered(peer: Peer, count: number): void {
    if (!this.#listening.has(peer)) return;
    this.got += count;
    if (this.got >= this.due) this.onQuiet();
  }

  /** Nothing more is expected of this member, which stays in the room. */
  excuse(peer: Peer): void {
    this.#listening.delete(peer);
  }

  /** Begins to count from nothing, and to take time stamps at the members whom `isSampled` names. */
  reset(isSampled: (index: number) => boolean): void {
    this.due = 0;
    this.got = 0;
    this.#sent = 0;
    this.latency.length = 0;
    for (const [index, member] of this.members.entries()) {
      member.counter.delivered = 0;
      member.sent = 0;
      member.onStamp = isSampled(index) ? (us) => this.latency.push(nowUs() - us) : null;
    }
  }

  /** Members who got more or fewer deliveries than the others' messages. */
  miscounted(): Peer[] {
    return [...this.#listening].filter((one) => one.counter.delivered !== this.#sent - one.sent);
  }

  #missing(member: Peer): void {
    if (!this.#listening.delete(member)) return;
    this.dropped++;
    const missed = this.#sent - member.sent - member.counter.delivered;
    this.lost += missed;
    this.due -= missed;
    if (this.got >= this.due) this.onQuiet();
  }
}

/** Fills `rooms` rooms with `size` members each; resolves when nothing of it is still under way. */
export async function gather(
  target: Target,
  shape: { rooms: number; size: number; speakers: number; textBytes: number },
): Promise<Room[]> {
  const peers = await each(shape.rooms * shape.size, AT_ONCE, (n) => arriveAtLast(target, `m${n}`));
  const rooms = Array.from({ length: shape.rooms }, (_, n) => {
    const members = peers.slice(n * shape.size, (n + 1) * shape.size);
    return new Room(`#room${n}`, members, shape.speakers, shape.textBytes);
  });
  for (const room of rooms) {
    await each(room.members.length, 50, (n) => join(room.members[n] as Peer, room.name));
  }
  await each(peers.length, AT_ONCE, (n) => (peers[n] as Peer).settle());
  return rooms;
}

/** Resets the books of all rooms. */
export function reset(rooms: readonly Room[]): void {
  const members = rooms.reduce((sum, room) => sum + room.members.length, 0);
  // An odd step: an even one would only select the senders in rooms of twenty.
  const every = Math.floor(members / SAMPLED_PEERS) | 1;
  let first = 0;
  for (const room of rooms) {
    const offset = first;
    room.reset((index) => (offset + index) % every === 0);
    first += room.members.length;
  }
}

/** Says `count` messages, one at a time, `perSecond` in all, the rooms taking turns. */
export async function pace(rooms: readonly Room[], perSecond: number, count: number) {
  const from = performance.now();
  for (let said = 0; said < count; said++) {
    const wait = from + (said * 1000) / perSecond - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    rooms[said % rooms.length]?.say(1);
  }
  await Promise.all(rooms.map(quiet));
}

/**
 * In every room at the same time: up to `bursts` times `size` messages, each when the last one is
 * everywhere. After `BURSTING_MS_MAX` no further one begins.
 */
export async function burst(rooms: readonly Room[], size: number, bursts: number) {
  const from = performance.now();
  const one = async (room: Room) => {
    for (let n = 0; n < bursts && performance.now() - from < BURSTING_MS_MAX; n++) {
      room.say(size);
      await quiet(room);
    }
  };
  await Promise.all(rooms.map(one));
}

/** Resolves when all that is due in the room has come, or when the server has long stopped delivering. */
export async function quiet(room: Room): Promise<void> {
  if (room.got >= room.due) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  room.onQuiet = resolve;
  let before = room.got;
  const watchdog = setInterval(() => {
    if (room.got === before) resolve();
    before = room.got;
  }, STALLED_AFTER_MS);
  await promise;
  clearInterval(watchdog);
  room.onQuiet = () => {};
}

/** Ends every connection without a word. */
export function disperse(rooms: readonly Room[]): void {
  for (const room of rooms) {
    for (const member of room.members) {
      room.excuse(member);
      member.terminate();
    }
  }
}

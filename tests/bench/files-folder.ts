import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent, UserIdentity } from "../../lib/chat-server/event.ts";
import type {
  ConversationSnapshot,
  PersonSnapshot,
} from "../../lib/chat-server/snapshot/snapshot.ts";
import { openUserFile } from "../../lib/file-manager/accounts/user-file.ts";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { writeSnapshot } from "../../lib/file-manager/snapshot/snapshot-file.ts";
import type { Account } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { AccountName, Nick, RoomName } from "../../lib/protocol/names.ts";
import { formatTime } from "../../lib/protocol/time.ts";
import { makeIds } from "../../lib/transport/ids.ts";
import { accountId } from "../account-ids.ts";
import { Prng } from "../prng.ts";

/** How large the data folder is that is made. */
export interface Size {
  /** Messages in the one large room. */
  readonly messages: number;
  readonly accounts: number;
  readonly rooms: number;
}

/** Facts about the large room: where a reader may begin. */
export interface LargeRoom {
  readonly id: ConversationId;
  /** Time and msgid of every 200th message, and whether its msgid tells the time. */
  readonly places: readonly { time: number; msgid: string; isDated: boolean }[];
  /** The newest day has a tenth of all messages: those of its msgids that were noted. */
  readonly inLargeDay: readonly string[];
  readonly last: number;
  readonly time: number;
}

export const LARGE = "room.large.1" as ConversationId;
const DAY_MS = 86_400_000;
const DAYS = 300;
const WORDS =
  "tea coffee milk 안녕 점심 먹을까 회의 deploy server build 오늘 the is of and to".split(" ");
/** Members of each of the smaller rooms; the second room has all users. */
const FEW = 90;

/** Makes a data folder that a server takes for its own; `now` is in its largest and newest day. */
export async function makeFolder(path: string, size: Size, now: number): Promise<LargeRoom> {
  mkdirSync(join(path, "history"), { recursive: true, mode: 0o700 });
  const accounts = accountsOf(size.accounts);
  const opened = openUserFile(path, () => new AccountStore(accounts));
  if ("refused" in opened) throw new Error(opened.refused);
  await opened.file.close();
  const large = writeLarge(path, size, now);
  const conversations = [
    snapshotOf(LARGE, "large", large.last, large.time, membersOf(0, 1000, size)),
  ];
  for (let n = 2; n <= size.rooms; n += 1) {
    const id = `room.r${n}.${n}` as ConversationId;
    const small = writeSmall(path, id, n);
    const members = n === 2 ? membersOf(0, size.accounts, size) : membersOf(n * FEW, FEW, size);
    conversations.push(snapshotOf(id, `r${n}`, small.at, small.time, members));
  }
  const people = accounts.map(({ name }) => personOf(name, conversations));
  await writeSnapshot(join(path, "rooms.json"), { conversations, people, bans: [] }, 0);
  return large;
}

export function whoIs(name: string): UserIdentity {
  const nick = name as Nick;
  const account = name as AccountName;
  return {
    nick,
    account,
    accountId: accountId(name),
    user: "u",
    host: "k3x9.account",
    realname: "",
    bot: false,
  };
}

/** Eight to seventeen words in two languages. */
export function textOf(prng: Prng): string {
  return Array.from({ length: 8 + prng.below(10) }, () => prng.pick(WORDS)).join(" ");
}

function accountsOf(count: number): Account[] {
  const hash = `$argon2id$v=19$m=19456,t=2,p=1$${"c2FsdHNhbHRzYWx0".padEnd(43, "x")}$${"h".repeat(43)}`;
  const rest = { hash, createdAt: Date.UTC(2026, 0, 1), email: null, certificates: [] };
  return Array.from({ length: count }, (_, n) => ({
    id: accountId(`user${n}`),
    name: `user${n}` as AccountName,
    owner: n === 0,
    ...rest,
  }));
}

function writeLarge(path: string, size: Size, now: number): LargeRoom {
  const prng = new Prng(48);
  const random = makeIds();
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const begin = today - (DAYS - 1) * DAY_MS;
  const places: { time: number; msgid: string; isDated: boolean }[] = [];
  const inLargeDay: string[] = [];
  const inNewest = Math.floor(size.messages / 10);
  const perDay = Math.ceil((size.messages - inNewest) / (DAYS - 1));
  const writer = new DayWriter(join(path, "history", LARGE));
  let time = 0;
  for (let at = 1; at <= size.messages; at += 1) {
    const isNewest = at > size.messages - inNewest;
    const day = isNewest ? DAYS - 1 : Math.floor((at - 1) / perDay);
    const within = isNewest ? at - (size.messages - inNewest) : (at - 1) % perDay;
    const each = isNewest ? (now - today) / (inNewest + 1) : DAY_MS / perDay;
    time = Math.max(time + 1, begin + day * DAY_MS + Math.floor(within * each));
    // One of ten as earlier versions made them, with msgids without a time.
    const isDated = at % 10 > 0;
    const msgid = isDated ? random.id(time) : random.id();
    const place = {
      conversation: LARGE,
      position: at,
      time,
      msgid,
      by: whoIs(`user${prng.below(50)}`),
    };
    const event: RoomEvent =
      at === 1
        ? { ...place, kind: "created", room: "#large" as RoomName, pair: null }
        : { ...place, kind: "said", verb: "PRIVMSG", text: textOf(prng), tags: {} };
    writer.add(event);
    if (at % 199 === 0) {
      places.push({ time, msgid, isDated });
      if (isNewest) inLargeDay.push(msgid);
    }
  }
  writer.close();
  return { id: LARGE, places, inLargeDay, last: size.messages, time };
}

function writeSmall(path: string, id: ConversationId, n: number): { at: number; time: number } {
  const writer = new DayWriter(join(path, "history", id));
  const begin = Date.UTC(2026, 0, 1 + (n % DAYS));
  const random = makeIds();
  const prng = new Prng(n);
  for (let at = 1; at <= 20; at += 1) {
    const time = begin + at * 1000;
    const place = {
      conversation: id,
      position: at,
      time,
      msgid: random.id(time),
      by: whoIs(`user${n * FEW}`),
    };
    writer.add(
      at === 1
        ? { ...place, kind: "created", room: `#r${n}` as RoomName, pair: null }
        : { ...place, kind: "said", verb: "PRIVMSG", text: textOf(prng), tags: {} },
    );
  }
  writer.close();
  return { at: 20, time: begin + 20_000 };
}

function membersOf(from: number, count: number, size: Size): AccountName[] {
  const length = Math.min(count, size.accounts);
  return Array.from({ length }, (_, n) => `user${(from + n) % size.accounts}` as AccountName);
}

function snapshotOf(
  id: ConversationId,
  name: string,
  at: number,
  time: number,
  accounts: readonly AccountName[],
): ConversationSnapshot {
  const members = accounts.map((name) => ({
    account: accountId(name),
    ranks: "",
    joinedAt: 2,
    joinedTime: 2,
  }));
  const own = { modes: { n: "", t: "" }, lists: {}, metadata: {}, ranks: {} };
  const room = { name: `#${name}` as RoomName, topic: null, members, ...own };
  const begun = { createdAt: 1, said: at - 1, takenBack: [], pair: null };
  return { id, at, time, saidAt: time, ...begun, room };
}

function personOf(
  name: AccountName,
  conversations: readonly ConversationSnapshot[],
): PersonSnapshot {
  const number = Number(name.slice("user".length));
  const own = conversations[Math.floor(number / FEW) % conversations.length];
  const { id, time } = own ?? { id: LARGE, time: 0 };
  const nick = name as string as Nick;
  const tallies = { [id]: { time, read: 10, mentions: 3, mentionsRead: 1 } };
  return {
    account: accountId(name),
    nick,
    realname: "",
    markers: { [id]: time },
    tallies,
    blocked: [],
    metadata: {},
  };
}

/** Appends events to their days' files, a few hundred at a time. */
class DayWriter {
  readonly #folder: string;
  #day = "";
  #fd: number | null = null;
  #lines: string[] = [];

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#folder = folder;
  }

  add(event: RoomEvent): void {
    const day = formatTime(event.time).slice(0, 10);
    if (day !== this.#day) {
      this.close();
      this.#day = day;
      this.#fd = openSync(join(this.#folder, `${day}.jsonl`), "a", 0o600);
    }
    this.#lines.push(formatStoredEvent(event));
    if (this.#lines.length === 1000) this.#flush();
  }

  close(): void {
    this.#flush();
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  #flush(): void {
    if (this.#fd !== null && this.#lines.length > 0) writeSync(this.#fd, this.#lines.join(""));
    this.#lines = [];
  }
}

import { hash } from "node:crypto";
import type {
  ConversationId,
  EventBody,
  RoomEvent,
  UserIdentity,
} from "../../chat-server/event.ts";
import type { Nick } from "../../protocol/names.ts";
import { ID_LETTERS, ID_TIME_LETTERS, writeTime } from "../../protocol/timestamped-id.ts";
import { cutUtf8, splitUtf8 } from "../../protocol/utf8.ts";
import {
  MULTILINE_BYTES_MAX,
  MULTILINE_LINES_MAX,
  NICK_BYTES_MAX,
} from "../../protocol/wire/wire-limits.ts";
import type { FiledMessage } from "./read-log.ts";

const NOT_IN_NICKS = /[\p{C}\p{Z},:*?!@#]/gu;
/** 85 bits, as many as the random part of other msgids. */
const HASH_LETTERS = 17;
/**
 * How much older than the room's newest event a new message may be; it gets a later time then. Logs
 * with times in minutes grow within a minute.
 */
const LATE_MS_MAX = 60_000;

const SCRATCH_BYTES = 32;
const NO_TAGS = {};

/** What a room has already. */
export interface RoomEnd {
  readonly conversation: ConversationId;
  /** The position of the newest event; 0 for none. */
  readonly position: number;
  /** The time of that event. */
  readonly time: number;
  /** The msgids, by what {@link contentKey} returns. */
  readonly msgids: ReadonlyMap<string, string>;
}

/** The events that an import adds, and what happened to the log's messages. */
export interface ImportPlan {
  /**
   * Made one by one, since those of a large log would take more memory than the log. Iterate them once and to
   * the end: the other fields are complete only then.
   */
  readonly events: Iterable<RoomEvent>;
  readonly added: readonly FiledMessage[];
  /** Messages that the room has already. */
  readonly duplicates: number;
  /** Messages that are older than the room's newest event: time in a room never runs backwards. */
  readonly older: number;
}

/**
 * Returns the part of a msgid that an import makes from the message itself, so that it is the same
 * each time.
 */
export function contentKey(msgid: string): string {
  return msgid.slice(ID_TIME_LETTERS);
}

/** Returns the author of an imported event. Speakers have no account, since a log proves none. */
export function importedIdentity(
  nick: Nick,
  owner: Pick<UserIdentity, "account" | "accountId"> | null,
): UserIdentity {
  const { account, accountId } = owner ?? { account: null, accountId: null };
  return { nick, user: "import", host: "log", account, accountId, realname: "", bot: false };
}

/** Turns a log's messages, in the order of time, into the events that the room doesn't have yet. */
export function planImport(messages: readonly FiledMessage[], end: RoomEnd): ImportPlan {
  return new ImportPlanner(messages, end);
}

class ImportPlanner implements ImportPlan {
  readonly events: Iterable<RoomEvent>;
  readonly added: FiledMessage[] = [];
  duplicates = 0;
  older = 0;
  readonly #end: RoomEnd;
  /** Of the newest event. */
  #position: number;
  #eventTime: number;
  /** The log's identifiers of messages → the room's. */
  readonly #msgids = new Map<string, string>();
  /** Counts the equal messages of a file at {@link #time}: with times in minutes, two may be the same. */
  readonly #occurrences = new Map<string, number>();
  #time = Number.NaN;
  /** Long enough for a SHA-256, and one for all: a large log has millions. */
  readonly #scratch = Buffer.alloc(SCRATCH_BYTES);
  readonly #identities = new Map<string, UserIdentity>();
  /** The keys that this plan has added. */
  readonly #keys = new Set<string>();

  constructor(messages: readonly FiledMessage[], end: RoomEnd) {
    this.#end = end;
    this.#position = end.position;
    this.#eventTime = end.time;
    this.events = this.#plan(messages);
  }

  *#plan(messages: readonly FiledMessage[]): Generator<RoomEvent> {
    for (const message of messages) {
      const content = this.#contentOf(message);
      const key = this.#key(content, "0");
      const known = this.#end.msgids.get(key);
      if (known !== undefined || this.#keys.has(key)) {
        if (known !== undefined && message.id !== undefined) this.#msgids.set(message.id, known);
        this.duplicates += 1;
      } else if (message.time < this.#end.time - LATE_MS_MAX) this.older += 1;
      else {
        this.added.push(message);
        yield* this.#eventsOf(message, content, key);
      }
    }
  }

  *#eventsOf(message: FiledMessage, content: string, firstKey: string): Generator<RoomEvent> {
    const { time, nick, verb, text, id, replyTo, isEdited } = message;
    const by = this.#identityOf(nick);
    const target = replyTo === undefined ? undefined : this.#msgids.get(replyTo);
    const tags = target === undefined ? NO_TAGS : { "+draft/reply": target };
    let first: string | null = null;
    for (const [index, part] of partsOf(normalizeText(text)).entries()) {
      const edited = isEdited === true ? { editedAt: time } : {};
      const body = { kind: "said", verb, text: part, tags, ...edited } as const;
      const key = index === 0 ? firstKey : this.#key(content, `${index}`);
      const event = this.#event(body, by, time, key);
      first ??= event.msgid;
      yield event;
    }
    if (first === null) return;
    if (id !== undefined) this.#msgids.set(id, first);
    for (const { emoji, nick: reactor } of message.reactions ?? []) {
      const reaction = { "+draft/reply": first, "+draft/react": normalizeText(emoji) };
      const body = { kind: "said", verb: "TAGMSG", text: "", tags: reaction } as const;
      const key = this.#key(content, `${emoji}\0${reactor}`);
      yield this.#event(body, this.#identityOf(reactor), time, key);
    }
  }

  #event(body: EventBody, by: UserIdentity, time: number, key: string): RoomEvent {
    // Times in a room are strictly increasing.
    this.#eventTime = Math.max(time, this.#eventTime + 1);
    this.#position += 1;
    this.#keys.add(key);
    const msgid = this.#msgidOf(this.#eventTime, key);
    const { conversation } = this.#end;
    const header = { conversation, position: this.#position, time: this.#eventTime, msgid, by };
    return { ...header, ...body };
  }

  #msgidOf(time: number, key: string): string {
    writeTime(this.#scratch, time);
    this.#scratch.write(key, ID_TIME_LETTERS, "latin1");
    return this.#scratch.toString("latin1", 0, ID_TIME_LETTERS + HASH_LETTERS);
  }

  #identityOf(nick: string): UserIdentity {
    const known = this.#identities.get(nick);
    if (known !== undefined) return known;
    const identity = importedIdentity(loggedNick(nick), null);
    this.#identities.set(nick, identity);
    return identity;
  }

  /**
   * Returns a text that only this message has: by the log's own identifier, else by all that the
   * log says of it.
   */
  #contentOf({ id, time, nick, verb, text, file }: FiledMessage): string {
    if (id !== undefined) return JSON.stringify([id]);
    const content = JSON.stringify([time, nick, verb, text]);
    // Messages come in the order of time, so equal ones follow each other.
    if (time !== this.#time) this.#occurrences.clear();
    this.#time = time;
    const occurrence = this.#occurrences.get(`${file}\0${content}`) ?? 0;
    this.#occurrences.set(`${file}\0${content}`, occurrence + 1);
    return `${content}${occurrence}`;
  }

  #key(content: string, part: string): string {
    const scratch = this.#scratch;
    scratch.write(hash("sha256", `${this.#end.conversation}\0${content}\0${part}`, "hex"), "hex");
    for (let index = 0; index < HASH_LETTERS; index += 1) {
      scratch[index] = ID_LETTERS[(scratch[index] ?? 0) & 31] ?? 0;
    }
    return scratch.toString("latin1", 0, HASH_LETTERS);
  }
}

/**
 * Makes a nick that is valid on the wire, where the text after a space would be read as a command.
 * The cast is safe: the replaced text is a nick.
 */
function loggedNick(text: string): Nick {
  const nick = cutUtf8(normalizeText(text).replace(NOT_IN_NICKS, "_"), NICK_BYTES_MAX);
  return (nick === "" ? "_" : nick) as Nick;
}

/**
 * Splits a text into messages of the size that clients may send: a history page with a message of a
 * megabyte would exceed a reader's send queue. No text is lost.
 */
function partsOf(text: string): string[] {
  const lines = text.split("\n");
  const groups = Array.from({ length: Math.ceil(lines.length / MULTILINE_LINES_MAX) }, (_, group) =>
    lines.slice(group * MULTILINE_LINES_MAX, (group + 1) * MULTILINE_LINES_MAX).join("\n"),
  );
  return groups.flatMap((group) => splitUtf8(group, MULTILINE_BYTES_MAX));
}

/** Normalizes a text as one that arrives over the wire. */
function normalizeText(text: string): string {
  return text.toWellFormed().normalize("NFC").replace(/\r\n?/g, "\n").replaceAll("\0", " ");
}

import { createHash } from "node:crypto";
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
  readonly events: readonly RoomEvent[];
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

/** Returns a user of the log: a nick without an account, since a log proves none. */
export function importedIdentity(nick: Nick, account: UserIdentity["account"]): UserIdentity {
  return { nick, user: "import", host: "log", account, realname: "", bot: false };
}

/** Turns a log's messages, in the order of time, into the events that the room doesn't have yet. */
export function planImport(messages: readonly FiledMessage[], end: RoomEnd): ImportPlan {
  return new ImportPlanner(end).plan(messages);
}

class ImportPlanner {
  readonly #end: RoomEnd;
  readonly #events: RoomEvent[] = [];
  /** The log's identifiers of messages → the room's. */
  readonly #msgids = new Map<string, string>();
  /** Counts equal messages of a file: with times in minutes two may differ in nothing. */
  readonly #occurrences = new Map<string, number>();
  /** The keys that this plan has added. */
  readonly #keys = new Set<string>();

  constructor(end: RoomEnd) {
    this.#end = end;
  }

  plan(messages: readonly FiledMessage[]): ImportPlan {
    const added: FiledMessage[] = [];
    let [duplicates, older] = [0, 0];
    for (const message of messages) {
      const content = this.#contentOf(message);
      const key = this.#key(content, "0");
      const known = this.#end.msgids.get(key);
      if (known !== undefined || this.#keys.has(key)) {
        if (known !== undefined && message.id !== undefined) this.#msgids.set(message.id, known);
        duplicates += 1;
      } else if (message.time < this.#end.time - LATE_MS_MAX) older += 1;
      else {
        this.#addMessage(message, content, key);
        added.push(message);
      }
    }
    return { events: this.#events, added, duplicates, older };
  }

  #addMessage(message: FiledMessage, content: string, firstKey: string): void {
    const { time, nick, verb, text, id, replyTo, isEdited } = message;
    const by = importedIdentity(loggedNick(nick), null);
    const target = replyTo === undefined ? undefined : this.#msgids.get(replyTo);
    const tags = target === undefined ? {} : { "+draft/reply": target };
    let first: string | null = null;
    for (const [index, part] of partsOf(normalizeText(text)).entries()) {
      const edited = isEdited === true ? { editedAt: time } : {};
      const body = { kind: "said", verb, text: part, tags, ...edited } as const;
      const key = index === 0 ? firstKey : this.#key(content, `${index}`);
      const msgid = this.#add(body, by, time, key);
      first ??= msgid;
    }
    if (first === null) return;
    if (id !== undefined) this.#msgids.set(id, first);
    for (const { emoji, nick: reactor } of message.reactions ?? []) {
      const reaction = { "+draft/reply": first, "+draft/react": normalizeText(emoji) };
      const body = { kind: "said", verb: "TAGMSG", text: "", tags: reaction } as const;
      const key = this.#key(content, `${emoji}\0${reactor}`);
      this.#add(body, importedIdentity(loggedNick(reactor), null), time, key);
    }
  }

  #add(body: EventBody, by: UserIdentity, time: number, key: string): string {
    const previous = this.#events.at(-1) ?? this.#end;
    // Times in a room are strictly increasing.
    const eventTime = Math.max(time, previous.time + 1);
    const msgid = `${timeLetters(eventTime)}${key}`;
    const { conversation } = this.#end;
    const header = { conversation, position: previous.position + 1, time: eventTime, msgid, by };
    this.#events.push({ ...header, ...body });
    this.#keys.add(key);
    return msgid;
  }

  /**
   * Returns a text that only this message has: by the log's own identifier, else by all that the
   * log says of it.
   */
  #contentOf({ id, time, nick, verb, text, file }: FiledMessage): string {
    if (id !== undefined) return JSON.stringify([id]);
    const content = JSON.stringify([time, nick, verb, text]);
    const occurrence = this.#occurrences.get(`${file}\0${content}`) ?? 0;
    this.#occurrences.set(`${file}\0${content}`, occurrence + 1);
    return `${content}${occurrence}`;
  }

  #key(content: string, part: string): string {
    const hash = createHash("sha256").update(`${this.#end.conversation}\0${content}\0${part}`);
    const letters = hash.digest().subarray(0, HASH_LETTERS);
    return String.fromCharCode(...letters.map((byte) => ID_LETTERS[byte & 31] ?? 0));
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

function timeLetters(time: number): string {
  const letters = Buffer.alloc(ID_TIME_LETTERS);
  writeTime(letters, time);
  return letters.toString("latin1");
}

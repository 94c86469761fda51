import type { ConversationId } from "../../chat-server/event.ts";
import type { PersonChange } from "../../chat-server/server-ports.ts";
import type { AccountChange } from "../../member-server/account.ts";
import { isJsonObject, jsonOf } from "../../protocol/json-decoder.ts";
import type { Seal, UnreadableBytes } from "../seal.ts";

/*
 * What the leader writes into the log, once a turn. A record is lines of JSON: its head, and then what happened, a line
 * each. Lines and records of unknown kinds are passed over, so that two versions can follow one log. In a log that
 * others than the data folder's owner might read, everything behind the head is sealed: no field of an account or of
 * a message can be forgotten then.
 *
 *     {"v":1,"kind":"turn","term":841,"number":12}
 *     ["consumed",[["k3vq5m2x",7,1204]]]
 *     ["event","room.tea.k3vq5m2xwz7a",{"at":12,"time":"2026-11-22T01:02:03.456Z",…}]
 *     ["person",{"kind":"nick",…},3107]
 *     ["accounts",[{"kind":"email",…}],52]
 *     ["part","link:k3vq5m2x:7",{…}]
 *     ["told",[{…}]]
 *     ["up",84000]
 */

/**
 * The version that is written. What a later one adds, and earlier ones may pass over, makes it 1.1: it is read as far as its
 * kinds are known. A record that must not be read without what is new makes it 2.
 */
const RECORD_VERSION = 1;

/** Up to where a link's bytes have been taken in. A gateway gives a new leader the rest again. */
export interface ConsumedBytes {
  readonly gateway: string;
  readonly link: number;
  /** How many of the link's bytes, modulo 2^32. */
  readonly offset: number;
  /** Within a line that was too long: the rest of it is to be passed over. Left out anywhere else. */
  readonly isInLine?: true;
}

/** A room event as the history's files have it. */
export interface RecordedEvent {
  readonly conversation: ConversationId;
  /** The event's line, a JSON object without "\n". */
  readonly stored: string;
}

/** Something that was stored: one of the three kinds of changes that leave the chat server. */
export type RecordedChange<Person = PersonChange, Accounts = readonly AccountChange[]> =
  | ({ readonly kind: "event" } & RecordedEvent)
  /** `number` is that of its line in people.journal. */
  | { readonly kind: "person"; readonly change: Person; readonly number: number }
  /** Changes that were made together, in order. `number` is that of their line in users.journal. */
  | { readonly kind: "accounts"; readonly changes: Accounts; readonly number: number };

/** The numbers of the last lines of a data folder's journals: by them a replay knows what the files have. */
export interface JournalNumbers {
  /** Of people.journal. */
  readonly people: number;
  /** Of users.journal. */
  readonly accounts: number;
}

/** A piece of soft state. Of each key the newest value counts. */
export interface RecordedPart {
  readonly key: string;
  /** `null` when there is none any more. */
  readonly value: unknown;
}

/** Which record it is. */
export interface RecordNumber {
  /** The sequence of the record by which its leader took over. */
  readonly term: number;
  /** Counts up from 1 in its term, without gaps. */
  readonly number: number;
}

/** What happened in a turn of the leader; nothing, if it only says that it is there. */
export interface TurnRecord<Person = PersonChange, Accounts = readonly AccountChange[]>
  extends RecordNumber {
  readonly kind: "turn";
  readonly consumed: readonly ConsumedBytes[];
  /** In the order in which they happened. */
  readonly changes: readonly RecordedChange<Person, Accounts>[];
  readonly parts: readonly RecordedPart[];
  /** What people were told besides, as the chat server has it: only for those who missed it. */
  readonly told: readonly unknown[];
  /** For how long the service has been up, in ms; 0 in a record without a turn's state. */
  readonly upMs: number;
}

/** A node takes over. The record's sequence is its term. */
export interface LeadRecord {
  readonly kind: "lead";
  readonly node: string;
}

/** The leader hands over: its last record. */
export interface YieldRecord extends RecordNumber {
  readonly kind: "yield";
  /** Who shall go on; `null` for whoever is first. */
  readonly to: string | null;
}

/** A record that a leader writes. */
export type WrittenRecord = TurnRecord | LeadRecord | YieldRecord;

/** A record as it was read. Person and account changes are not checked: the decoders of their files do that. */
export type ReadRecord =
  | TurnRecord<unknown, unknown>
  | LeadRecord
  | YieldRecord
  /** Of a newer version. */
  | { readonly kind: "unknown"; readonly name: string };

/** Called with what a record can't tell, since it is no JSON. */
type OnUntellable = (what: string, cause: unknown) => void;

/**
 * Returns a record as bytes. Behind the head it is sealed, unless `seal` is `null`.
 *
 * @param onUntellable gets a part that is no JSON, or what was told, which are left out then. Without it, that throws
 */
export function encodeRecord(
  record: WrittenRecord,
  seal: Seal | null,
  onUntellable: OnUntellable = rethrow,
): Uint8Array {
  const { kind } = record;
  const head = { v: RECORD_VERSION, kind, ...(seal !== null && { key: seal.keyId }) };
  if (kind === "lead") return linesOf({ ...head, node: record.node });
  const { term, number } = record;
  if (kind === "yield") return linesOf({ ...head, term, number, to: record.to });
  const body = bodyOf(record, onUntellable);
  if (seal === null || body === "") return linesOf({ ...head, term, number }, body);
  const sealed = seal.seal(Buffer.from(body), `term ${term}`, String(number));
  return Buffer.concat([linesOf({ ...head, term, number, sealed: true }), sealed]);
}

/**
 * Returns what bytes say, or a sentence about why they can't be read: they are damaged, or sealed with another key. A
 * follower that can't read a record must not go on behind it.
 */
export function decodeRecord(
  bytes: Uint8Array,
  seal: Seal | null,
): { readonly record: ReadRecord } | UnreadableBytes {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headEnd = buffer.indexOf("\n");
  const head = jsonOf(buffer.toString("utf8", 0, Math.max(0, headEnd)));
  if (!isJsonObject(head) || typeof head["kind"] !== "string") return damaged("its head");
  const { kind, node, to, term, number } = head;
  const version = Number(head["v"]);
  if (Math.floor(version) > RECORD_VERSION) {
    return {
      unreadable: `A newer version wrote the log (its form is ${version}, and this version knows ${RECORD_VERSION}).`,
      isNewer: true,
    };
  }
  if (kind === "lead") {
    return typeof node === "string" ? { record: { kind, node } } : damaged("its head");
  }
  if (kind !== "turn" && kind !== "yield") return { record: { kind: "unknown", name: kind } };
  if (!isCount(term) || !isCount(number)) return damaged("its head");
  if (kind === "yield") {
    return { record: { kind, term, number, to: typeof to === "string" ? to : null } };
  }
  let body: Uint8Array = buffer.subarray(headEnd + 1);
  if (head["sealed"] === true) {
    if (seal === null) return { unreadable: "A record of the log is sealed, and there is no key." };
    const opened = seal.open(body, `term ${term}`, String(number), String(head["key"]));
    if ("unreadable" in opened) return opened;
    body = opened.bytes;
  }
  return decodeTurn({ term, number }, Buffer.from(body).toString("utf8"));
}

function bodyOf(
  { consumed, changes, parts, told, upMs }: TurnRecord,
  onUntellable: OnUntellable,
): string {
  let body = "";
  if (consumed.length > 0) {
    const links = consumed.map(({ gateway, link, offset, isInLine }) =>
      isInLine ? [gateway, link, offset, true] : [gateway, link, offset],
    );
    body += `["consumed",${JSON.stringify(links)}]\n`;
  }
  for (const change of changes) body += changeLine(change);
  for (const { key, value } of parts) {
    try {
      body += `["part",${JSON.stringify(key)},${JSON.stringify(value)}]\n`;
    } catch (cause) {
      onUntellable(key, cause);
    }
  }
  try {
    if (told.length > 0) body += `["told",${JSON.stringify(told)}]\n`;
  } catch (cause) {
    onUntellable("what was told", cause);
  }
  if (upMs > 0) body += `["up",${upMs}]\n`;
  return body;
}

function rethrow(_: string, cause: unknown): never {
  throw cause;
}

function changeLine(change: RecordedChange): string {
  switch (change.kind) {
    case "event":
      // The line is JSON already, and was made once for the history's file.
      return `["event",${JSON.stringify(change.conversation)},${change.stored}]\n`;
    case "person":
      return `["person",${JSON.stringify(change.change)},${change.number}]\n`;
    case "accounts":
      return `["accounts",${JSON.stringify(change.changes)},${change.number}]\n`;
  }
}

function decodeTurn(
  of: RecordNumber,
  body: string,
): { readonly record: ReadRecord } | UnreadableBytes {
  const consumed: ConsumedBytes[] = [];
  const changes: RecordedChange<unknown, unknown>[] = [];
  let told: readonly unknown[] = [];
  let upMs = 0;
  const parts: RecordedPart[] = [];
  const lines = body.split("\n");
  if (lines.pop() !== "") return damaged(`the end of ${of.term}-${of.number}`);
  for (const [index, line] of lines.entries()) {
    const value = jsonOf(line);
    const wrong = damaged(`line ${index + 2} of ${of.term}-${of.number}`);
    if (!Array.isArray(value) || typeof value[0] !== "string") return wrong;
    const [kind, first, second] = value as [string, unknown, unknown];
    switch (kind) {
      case "consumed": {
        const links = consumedIn(first);
        if (links === null) return wrong;
        consumed.push(...links);
        break;
      }
      case "event":
        if (typeof first !== "string" || !isJsonObject(second)) return wrong;
        // The cast: it is an id that this project has written. `stored` comes out as it was written.
        changes.push({
          ...{ kind: "event", conversation: first as ConversationId },
          stored: JSON.stringify(second),
        });
        break;
      case "person":
        if (!isCount(second)) return wrong;
        changes.push({ kind, change: first, number: second });
        break;
      case "accounts":
        if (!isCount(second)) return wrong;
        changes.push({ kind, changes: first, number: second });
        break;
      case "told":
        if (!Array.isArray(first)) return wrong;
        told = first as unknown[];
        break;
      case "up":
        if (!isCount(first)) return wrong;
        upMs = first;
        break;
      case "part":
        if (typeof first !== "string") return wrong;
        parts.push({ key: first, value: second ?? null });
    }
  }
  return { record: { kind: "turn", ...of, consumed, changes, parts, told, upMs } };
}

function consumedIn(value: unknown): ConsumedBytes[] | null {
  if (!Array.isArray(value)) return null;
  const links: ConsumedBytes[] = [];
  for (const entry of value as unknown[]) {
    if (!Array.isArray(entry)) return null;
    const [gateway, link, offset, isInLine] = entry as unknown[];
    if (typeof gateway !== "string" || !isCount(link) || !isCount(offset)) return null;
    links.push({ gateway, link, offset, ...(isInLine === true && { isInLine }) });
  }
  return links;
}

function linesOf(head: object, body = ""): Buffer {
  return Buffer.from(`${JSON.stringify(head)}\n${body}`);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function damaged(where: string): UnreadableBytes {
  return { unreadable: `A record of the log is damaged: ${where} can't be read.` };
}

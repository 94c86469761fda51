/** Reads BATCH into trees. https://ircv3.net/specs/extensions/batch */
import type { Message, Tags } from "../../protocol/wire/message.ts";
import {
  BATCH_ITEM_UNITS,
  BATCH_ITEMS_MAX,
  BATCHES_OPEN_MAX,
  MESSAGE_UNITS_MAX,
  MULTILINE_ITEMS_MAX,
} from "../memory-limits.ts";

/** A batch to which nothing was added for so many seconds has lost its end. */
export const BATCH_SECONDS_MAX = 30;
/** Batches that answer a question. Half an answer would look like a whole one, so it is dropped. */
const ANSWER_TYPES: ReadonlySet<string> = new Set([
  ...["chathistory", "draft/chathistory-targets", "soju.im/search", "labeled-response"],
  ...["draft/isupport", "metadata", "metadata-subs", "sodam.chat/files"],
]);

/** A message outside any batch, or a complete batch. */
export type BatchItem =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "batch"; readonly batch: Batch };

/** A complete batch, with the batches within it. */
interface Batch {
  readonly type: string;
  /** Parameters of the opening BATCH behind the type. */
  readonly params: readonly string[];
  /** Tags of the opening BATCH: label, msgid, time … */
  readonly tags: Tags;
  readonly source: string | null;
  readonly items: readonly BatchItem[];
}

interface PendingBatch extends Batch {
  readonly items: BatchItem[];
  /** Reference of the batch around this one. */
  readonly parent: string | null;
  /** Items of this batch and of the closed batches within it, by {@link sizeOf}. */
  size: number;
  /** Seconds since something was added. */
  idleSeconds: number;
  /** Its end was lost: it holds nothing more, and its reference is known until the end comes after all. */
  isOver: boolean;
}

/** Owns the batches of one connection that are still open. Make a new one for each connection. */
export class BatchReader {
  readonly #pending = new Map<string, PendingBatch>();
  /** The sum of all `size`. */
  #itemsHeld = 0;

  /**
   * Takes the next message from the server. Returns what it completes: the message itself, or the
   * outermost batch that it closes. Returns null while an open batch holds it. A message over
   * `BATCH_ITEMS_MAX` is returned at once, outside its batch.
   */
  push(message: Message): BatchItem | null {
    const parent = message.tags.get("batch") ?? null;
    const reference = message.verb === "BATCH" ? (message.params[0] ?? "") : "";
    if (reference.startsWith("+")) {
      this.#open(reference.slice(1), message, parent);
      return null;
    }
    if (reference.startsWith("-")) return this.#close(reference.slice(1));
    return this.#add({ kind: "message", message }, parent, sizeOf(message));
  }

  /**
   * Call it once a second. Ends the batches that have lost their end, and returns those that can be used
   * as they are; the others are dropped.
   */
  tick(): BatchItem[] {
    const ended: BatchItem[] = [];
    for (const pending of this.#pending.values()) {
      pending.idleSeconds += 1;
      if (pending.isOver || pending.idleSeconds < BATCH_SECONDS_MAX) continue;
      const { type, params, tags, source, items, parent, size } = pending;
      this.#itemsHeld -= size;
      Object.assign(pending, { isOver: true, items: [], size: 0 });
      if (isAnswer(pending) || items.length === 0) continue;
      const batch = { type, params, tags, source, items };
      const item = this.#add({ kind: "batch", batch }, parent, size + 1);
      if (item !== null) ended.push(item);
    }
    return ended;
  }

  #open(reference: string, { params, tags, source }: Message, parent: string | null): void {
    if (this.#pending.size >= BATCHES_OPEN_MAX && !this.#forgetOver()) return;
    // A reference that is used again takes the place of a batch that was never closed.
    this.#itemsHeld -= this.#pending.get(reference)?.size ?? 0;
    const [, type = "", ...rest] = params;
    const batch = { type, params: rest, tags, source, items: [], parent };
    this.#pending.set(reference, { ...batch, size: 0, idleSeconds: 0, isOver: false });
  }

  /** Makes room for a batch by forgetting one that is over. Returns whether there was one. */
  #forgetOver(): boolean {
    for (const [reference, { isOver }] of this.#pending) {
      if (isOver) return this.#pending.delete(reference);
    }
    return false;
  }

  #close(reference: string): BatchItem | null {
    const pending = this.#pending.get(reference);
    if (pending === undefined) return null;
    this.#pending.delete(reference);
    if (pending.isOver) return null;
    const { type, params, tags, source, items, parent, size } = pending;
    this.#itemsHeld -= size;
    const batch = { type, params, tags, source, items };
    return this.#add({ kind: "batch", batch }, parent, size + 1);
  }

  /** Puts an item into its batch; returns the item if there is none, or no room. */
  #add(item: BatchItem, parent: string | null, size: number): BatchItem | null {
    const batch = parent === null ? undefined : this.#pending.get(parent);
    if (batch?.isOver === true) return isAnswer(batch) ? null : item;
    // Its text is cut there, so the rest of it is of no use.
    if (batch !== undefined && isMultiline(batch) && batch.size > MULTILINE_ITEMS_MAX) return null;
    if (batch === undefined || this.#itemsHeld + size > BATCH_ITEMS_MAX) return item;
    batch.items.push(item);
    batch.idleSeconds = 0;
    batch.size += size;
    this.#itemsHeld += size;
    return null;
  }
}

/** Returns how many items a message counts as: a long one, which tags can make, as several. */
function sizeOf({ params, tags, source }: Message): number {
  let units = source?.length ?? 0;
  for (const param of params) units += param.length;
  for (const [key, value] of tags) units += key.length + value.length;
  return 1 + Math.floor(units / BATCH_ITEM_UNITS);
}

function isMultiline({ type }: Batch): boolean {
  return type === "draft/multiline" || type === "multiline";
}

function isAnswer({ type, tags }: Batch): boolean {
  return tags.has("label") || ANSWER_TYPES.has(type);
}

/** Returns the tags of a message, or those of a batch's opening BATCH. */
export function tagsOf(item: BatchItem): Tags {
  return item.kind === "message" ? item.message.tags : item.batch.tags;
}

/**
 * Returns the messages of an item in order. A multiline batch becomes one message, whose text
 * contains "\n" and whose tags are the batch's. An ACK is left out: it says only that there is no
 * answer.
 */
export function messagesOf(item: BatchItem): Message[] {
  if (item.kind === "message") return item.message.verb === "ACK" ? [] : [item.message];
  if (isMultiline(item.batch)) {
    const joined = joinMultiline(item.batch);
    return joined === null ? [] : [joined];
  }
  return item.batch.items.flatMap(messagesOf);
}

/** Returns every batch of this type in the item, itself included. */
export function batchesOf(item: BatchItem, type: string): Batch[] {
  if (item.kind === "message") return [];
  if (item.batch.type === type) return [item.batch];
  return item.batch.items.flatMap((inner) => batchesOf(inner, type));
}

/** https://ircv3.net/specs/extensions/multiline */
function joinMultiline(batch: Batch): Message | null {
  let text = "";
  let first: Message | null = null;
  for (const item of batch.items) {
    if (item.kind !== "message") continue;
    const { message } = item;
    const concat =
      message.tags.has("draft/multiline-concat") || message.tags.has("multiline-concat");
    if (first !== null && !concat) text += "\n";
    text += message.params[1] ?? "";
    first ??= message;
    if (text.length > MESSAGE_UNITS_MAX) {
      text = `${text.slice(0, MESSAGE_UNITS_MAX).toWellFormed()}…`;
      break;
    }
  }
  if (first === null) return null;
  return {
    tags: batch.tags,
    source: batch.source ?? first.source,
    verb: first.verb,
    params: [batch.params[0] ?? first.params[0] ?? "", text],
  };
}

/** BATCH read into trees. https://ircv3.net/specs/extensions/batch */
import type { Message, Tags } from "../protocol/wire/message.ts";

export type BatchItem =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "batch"; readonly batch: Batch };

export interface Batch {
  readonly type: string;
  readonly params: readonly string[];
  /** Of the opening BATCH: label, msgid, time … */
  readonly tags: Tags;
  readonly source: string | null;
  readonly items: readonly BatchItem[];
}

/** Batches open at once. Servers nest two or three deep; more means that they are never closed. */
const BATCHES_OPEN_MAX = 64;
/** Messages held in open batches together: some pages of history, or NAMES of a very large room. */
const BATCH_ITEMS_MAX = 20_000;

interface Open extends Batch {
  readonly items: BatchItem[];
  readonly parent: string | null;
}

export class BatchReader {
  readonly #open = new Map<string, Open>();
  #held = 0;

  /** What is complete with this message; null while it waits for its batch's end. */
  push(message: Message): BatchItem | null {
    const within = message.tags.get("batch") ?? null;
    const reference = message.verb === "BATCH" ? (message.params[0] ?? "") : "";
    if (reference.startsWith("+")) {
      if (this.#open.size >= BATCHES_OPEN_MAX) return null;
      this.#open.set(reference.slice(1), {
        type: message.params[1] ?? "",
        params: message.params.slice(2),
        tags: message.tags,
        source: message.source,
        items: [],
        parent: within,
      });
      return null;
    }
    if (reference.startsWith("-")) {
      const batch = this.#open.get(reference.slice(1));
      if (batch === undefined) return null;
      this.#open.delete(reference.slice(1));
      return this.#place({ kind: "batch", batch }, batch.parent);
    }
    return this.#place({ kind: "message", message }, within);
  }

  #place(item: BatchItem, within: string | null): BatchItem | null {
    const batch = within === null ? undefined : this.#open.get(within);
    if (batch !== undefined && this.#held < BATCH_ITEMS_MAX) {
      batch.items.push(item);
      this.#held += 1;
      return null;
    }
    if (this.#open.size === 0) this.#held = 0;
    return item;
  }
}

export function tagsOf(item: BatchItem): Tags {
  return item.kind === "message" ? item.message.tags : item.batch.tags;
}

/**
 * The messages of an item in order, multiline ones joined into one message whose text has "\n" and
 * whose tags are the batch's. An empty ACK is none.
 */
export function messagesOf(item: BatchItem): Message[] {
  if (item.kind === "message") return item.message.verb === "ACK" ? [] : [item.message];
  if (item.batch.type === "draft/multiline" || item.batch.type === "multiline") {
    const joined = joinMultiline(item.batch);
    return joined === null ? [] : [joined];
  }
  return item.batch.items.flatMap(messagesOf);
}

/** Every batch of this type in the item, itself included. */
export function batchesOf(item: BatchItem, type: string): Batch[] {
  if (item.kind === "message") return [];
  if (item.batch.type === type) return [item.batch];
  return item.batch.items.flatMap((inner) => batchesOf(inner, type));
}

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
  }
  if (first === null) return null;
  return {
    tags: batch.tags,
    source: batch.source ?? first.source,
    verb: first.verb,
    params: [batch.params[0] ?? first.params[0] ?? "", text],
  };
}

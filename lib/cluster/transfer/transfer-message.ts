import {
  array,
  byKind,
  type Decoded,
  type Decoder,
  jsonOf,
  nonEmptyString,
  number,
  object,
  string,
} from "../../protocol/json-decoder.ts";
import { type Subject, subjectOf } from "../engine.ts";
import type { Seal } from "../seal.ts";

/*
 * What a reader of files and the leader say to each other on the bus. A message is a version, the id of the key, the
 * reader's id, and sealed: a line of JSON, then the bytes of a file. Messages of unknown kinds are passed over.
 *
 *     {"kind":"read","hash":"9f86…","offset":131072,"length":65536}
 *     {"kind":"bytes","hash":"9f86…","offset":131072}\n…
 *
 * The version and the ids stand there in every version, so that two that can't work together know of it.
 */

const VERSION = 1;
const KEY_ID = /^[0-9a-f]{12}$/;
const KEY_ID_BYTES = 12;
const READER_ID = /^[a-z2-7]{16}$/;
const READER_ID_BYTES = 16;
const HEAD_BYTES = 1 + KEY_ID_BYTES + READER_ID_BYTES;
const NEWLINE = 10;
const OTHER_KEY =
  "A node asks for the data folder with another key than this one has. Copy cluster.key to it, or give its cluster another name.";
/** What a message with the bytes of a file has besides them, at most: heads, the seal's part, and the line of JSON. */
export const MESSAGE_OVERHEAD_BYTES = 512;
/** How many hashes a reader can call wrong at once. */
export const WRONG_HASHES_MAX = 32;

const HASH = /^[0-9a-f]{64}$/;
const hash: Decoder<string> = (value) =>
  typeof value === "string" && HASH.test(value) ? value : undefined;
/** Sizes, offsets, sequences. */
const count: Decoder<number> = (value) =>
  Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
const hashes: Decoder<string[]> = (value) => {
  const list = array(hash)(value);
  return list !== undefined && list.length <= WRONG_HASHES_MAX ? list : undefined;
};

const decodeRequest = byKind({
  /** A listing is wanted. Asked again until it is there. */
  folder: object({ round: count, wrong: hashes }),
  read: object({ hash, offset: count, length: count }),
  /** The reader needs nothing more. */
  end: object({}),
  /**
   * The leader has a file that somebody sends: it is to be fetched by this name, with the preview behind it, before its
   * message is there. Asked again until it is fetched somewhere.
   */
  copy: object({ name: hash, account: string, sha256: hash, size: count, preview: count }),
  /** A node is fetching it, has fetched it, or can't. */
  copying: object({ name: hash }),
  copied: object({ name: hash }),
  uncopied: object({ name: hash }),
});

const decodeAnswer = byKind({
  preparing: object({ round: count, files: count, bytes: count }),
  /** The listing is a content itself: see folder-listing.ts. */
  listed: object({ round: count, sequence: count, hash, size: count }),
  /** Its bytes follow the line. */
  bytes: object({ hash, offset: count }),
  /** Nobody has this content: the file was changed or removed, or another leader was asked before. */
  missing: object({ hash }),
  /** Other readers have all places. */
  busy: object({}),
  /** The leader can't list its folder. */
  failed: object({ round: count, why: string }),
});

const decodeListedFile = object({ path: nonEmptyString, size: count, hash, mode: number });
/** A line of a listing. */
export type ListingLine = Decoded<typeof decodeListedFile>;

/** What a reader, a leader or another node asks for. */
export type TransferRequest = Decoded<typeof decodeRequest>;
export type TransferAnswer = Decoded<typeof decodeAnswer>;
/** An answer, and what follows it. */
export interface AnswerWithBytes {
  readonly answer: TransferAnswer;
  readonly bytes: Uint8Array;
}

/** A message of another version, or sealed with another key, by the sentence that says so. */
interface Misfit {
  readonly reader: string;
  readonly misfit: string;
}

/** Where a cluster's readers ask. */
export function requestSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "transfer");
}

/** Where nodes tell each other which of them have a file that somebody sends. */
export function copiesSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "copies");
}

/** Where a leader asks the other nodes for files that it lacks. Who lacks them as well says nothing. */
export function othersSubject(cluster: string): Subject {
  return subjectOf("sodam", cluster, "files");
}

/** Where one reader hears answers. */
export function answerSubject(cluster: string, reader: string): Subject {
  return subjectOf("sodam", cluster, "transfer", reader);
}

/** Whether a text can be a reader's id: 16 letters of a-z and 2-7. */
export function isReaderId(text: string): boolean {
  return READER_ID.test(text);
}

/** Reads a line of a listing; `null` when it is none. */
export function decodeListingLine(line: string): ListingLine | null {
  return decodeListedFile(jsonOf(line)) ?? null;
}

/** Seals and opens the messages of a transfer. */
export class TransferSeal {
  readonly #seal: Seal;

  constructor(seal: Seal) {
    this.#seal = seal;
  }

  request(reader: string, request: TransferRequest): Uint8Array {
    return this.#close(reader, "request", request, new Uint8Array(0));
  }

  answer(reader: string, answer: TransferAnswer, bytes?: Uint8Array): Uint8Array {
    return this.#close(reader, "answer", answer, bytes ?? new Uint8Array(0));
  }

  /** Reads a request; `null` for what is none, or of a kind that this version doesn't know. */
  openRequest(
    message: Uint8Array,
  ): { readonly reader: string; readonly request: TransferRequest } | Misfit | null {
    const opened = this.#open(message, "request");
    if (opened === null || "misfit" in opened) return opened;
    const request = decodeRequest(opened.head);
    return request === undefined ? null : { reader: opened.reader, request };
  }

  /** Reads an answer to a reader, as {@link openRequest} does. */
  openAnswer(message: Uint8Array, reader: string): AnswerWithBytes | Misfit | null {
    const opened = this.#open(message, "answer");
    if (opened === null || "misfit" in opened) return opened;
    const answer = decodeAnswer(opened.head);
    if (answer === undefined || opened.reader !== reader) return null;
    return { answer, bytes: opened.bytes };
  }

  #close(reader: string, context: string, head: object, bytes: Uint8Array): Uint8Array {
    const text = Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]);
    const sealed = this.#seal.seal(text, scopeOf(reader), context);
    const ids = Buffer.from(this.#seal.keyId + reader, "latin1");
    return Buffer.concat([Buffer.of(VERSION), ids, sealed]);
  }

  #open(
    message: Uint8Array,
    context: string,
  ):
    | { readonly reader: string; readonly head: unknown; readonly bytes: Uint8Array }
    | Misfit
    | null {
    if (message.length < HEAD_BYTES) return null;
    const ids = Buffer.from(message.subarray(1, HEAD_BYTES)).toString("latin1");
    const keyId = ids.slice(0, KEY_ID_BYTES);
    const reader = ids.slice(KEY_ID_BYTES);
    if (!KEY_ID.test(keyId) || !isReaderId(reader)) return null;
    const [version = 0] = message;
    if (version !== VERSION) return { reader, misfit: otherVersion(context, version) };
    const opened = this.#seal.open(message.subarray(HEAD_BYTES), scopeOf(reader), context, keyId);
    if ("unreadable" in opened) {
      const isForged = keyId === this.#seal.keyId && opened.isNewer !== true;
      const isAsking = context === "request" && opened.isNewer !== true;
      return isForged ? null : { reader, misfit: isAsking ? OTHER_KEY : opened.unreadable };
    }
    const { bytes } = opened;
    const end = bytes.indexOf(NEWLINE);
    if (end < 0) return null;
    const head = jsonOf(Buffer.from(bytes.subarray(0, end)).toString("utf8"));
    return { reader, head, bytes: bytes.subarray(end + 1) };
  }
}

function otherVersion(context: string, version: number): string {
  const [does, which] =
    context === "answer"
      ? ["The leader sends its data folder", "this"]
      : ["A node asks for the data folder", "that"];
  return (
    `${does} in the form ${version}, and this version knows the form ${VERSION}. ` +
    `Bring ${which} node to the leader's version, then start it again.`
  );
}

/** Each reader's messages have a key of their own, which is good for 2^32 of them. */
function scopeOf(reader: string): string {
  return `transfer ${reader}`;
}

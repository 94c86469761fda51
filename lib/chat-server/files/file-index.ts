import { type AccountId, type Author, isAuthor } from "../../protocol/account-id.ts";
import { fileOfPreview, previewPath } from "../../protocol/file-paths.ts";
import type { ConversationId, RoomEvent, StoredFile, UserIdentity } from "../event.ts";

/** A file that somebody sent, with its message, as the index has it. */
export interface SentFile {
  readonly conversation: ConversationId;
  /** Position, time (ms), msgid and author of its message. */
  readonly position: number;
  readonly time: number;
  readonly msgid: string;
  readonly by: Pick<UserIdentity, "nick" | "user" | "host" | "account" | "accountId">;
  readonly file: StoredFile;
  /** See history/withheld.ts. */
  readonly withheld?: true;
}

/** The bytes at one path, and how many messages name them: by whom, and where. */
interface SharedBytes {
  /** As the first message had it that named them. */
  readonly file: StoredFile;
  messages: number;
  readonly byAccount: Map<AccountId, number>;
  readonly byConversation: Map<ConversationId, number>;
}

/**
 * Knows every file that a message names and that can still be fetched, and what the files of an account, of a
 * conversation and of the server come to. A file that was sent several times is on the disk once, and counts once in
 * each of these sums.
 *
 * It follows from the events: `apply` changes it, retention, and what removes a conversation. Files that no message names
 * any more are handed to `onUnreferenced`, and the preview of each message that goes.
 */
export class FileIndex {
  /** Takes the paths that no message names any more. Set by the `Server` once everything stored is applied. */
  onUnreferenced: (paths: readonly string[]) => void = () => {};
  readonly #byId = new Map<string, SentFile>();
  /** By msgid, in the order of the messages. */
  readonly #byConversation = new Map<ConversationId, Map<string, SentFile>>();
  readonly #byPath = new Map<string, SharedBytes>();
  readonly #pathByHash = new Map<string, string>();
  readonly #bytesByAccount = new Map<AccountId, number>();
  readonly #bytesByConversation = new Map<ConversationId, number>();
  #bytes = 0;

  /** The number of files that were sent: one that was sent twice counts twice. */
  get size(): number {
    return this.#byId.size;
  }

  /** What all files take on the disk, previews included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns what the files that an account has sent take on the disk. */
  bytesOf(account: AccountId): number {
    return this.#bytesByAccount.get(account) ?? 0;
  }

  /** Returns what the files of a conversation take on the disk. */
  bytesIn(conversation: ConversationId): number {
    return this.#bytesByConversation.get(conversation) ?? 0;
  }

  /** Returns the file of an id, or `null`. Who may have it is another question: see `mayFetch`. */
  byId(id: string): SentFile | null {
    return this.#byId.get(id) ?? null;
  }

  /** Returns a file that has the bytes of this hash already, or `null`. */
  byHash(sha256: string): StoredFile | null {
    const path = this.#pathByHash.get(sha256);
    return path === undefined ? null : (this.#byPath.get(path)?.file ?? null);
  }

  /** Returns the file that a message was sent with, or `null`. */
  ofMessage(conversation: ConversationId, msgid: string): SentFile | null {
    return this.#byConversation.get(conversation)?.get(msgid) ?? null;
  }

  /** Returns the files of a conversation, oldest first. */
  in(conversation: ConversationId): Iterable<SentFile> {
    return this.#byConversation.get(conversation)?.values() ?? [];
  }

  /** Returns how many files a conversation has. */
  countIn(conversation: ConversationId): number {
    return this.#byConversation.get(conversation)?.size ?? 0;
  }

  /** Returns all files, those of a conversation together. */
  all(): Iterable<SentFile> {
    return this.#byId.values();
  }

  /** Returns whether a message names what lies at this path: a file, or the preview of one. */
  hasPath(path: string): boolean {
    if (this.#byPath.has(path)) return true;
    const sent = this.byId(fileOfPreview(path) ?? "");
    return sent !== null && sent.file.preview !== undefined && previewPath(sent.file) === path;
  }

  /** Adds the file of a message, which comes behind those that its conversation has. One that is here stays as it is. */
  add(sent: SentFile): void {
    const { conversation, msgid, file } = sent;
    if (this.#byId.has(file.id)) return;
    this.#byId.set(file.id, sent);
    const files = this.#byConversation.get(conversation);
    if (files === undefined) this.#byConversation.set(conversation, new Map([[msgid, sent]]));
    else files.set(msgid, sent);
    this.#reference(sent, 1);
  }

  /** Removes the file of a message, if it was sent with one. */
  remove(conversation: ConversationId, msgid: string): void {
    const sent = this.ofMessage(conversation, msgid);
    if (sent !== null) this.#removeAll([sent]);
  }

  /** Removes what an author sent up to a position of a conversation. */
  removeAuthored(conversation: ConversationId, author: Author & { readonly upTo: number }): void {
    this.#removeWhere(
      conversation,
      ({ position, by, time }) => position <= author.upTo && isAuthor(author, by.accountId, time),
    );
  }

  /** Removes what was sent in a conversation before a time (ms). */
  removeBefore(conversation: ConversationId, time: number): void {
    this.#removeWhere(conversation, (sent) => sent.time < time);
  }

  /** Removes all files of a conversation that nobody can reach any more. */
  removeConversation(conversation: ConversationId): void {
    this.#removeWhere(conversation, () => true);
  }

  #removeWhere(conversation: ConversationId, isRemoved: (sent: SentFile) => boolean): void {
    if (!this.#byConversation.has(conversation)) return;
    this.#removeAll([...this.in(conversation)].filter(isRemoved));
  }

  #removeAll(removed: readonly SentFile[]): void {
    const unreferenced: string[] = [];
    for (const sent of removed) {
      const { conversation, msgid, file } = sent;
      this.#byId.delete(file.id);
      const files = this.#byConversation.get(conversation);
      files?.delete(msgid);
      if (files?.size === 0) this.#byConversation.delete(conversation);
      this.#reference(sent, -1);
      if (file.preview !== undefined) unreferenced.push(previewPath(file));
      if (!this.#byPath.has(file.path)) unreferenced.push(file.path);
    }
    if (unreferenced.length > 0) this.onUnreferenced(unreferenced);
  }

  /** Counts a message that names bytes (`by` is 1), or one that does no longer (-1). */
  #reference({ conversation, by, file }: SentFile, change: 1 | -1): void {
    const { path, sha256, size, preview = 0 } = file;
    const { accountId } = by;
    let shared = this.#byPath.get(path);
    if (shared === undefined) {
      const counts = { messages: 0, byAccount: new Map(), byConversation: new Map() };
      shared = { file, ...counts };
      this.#byPath.set(path, shared);
      this.#pathByHash.set(sha256, path);
      this.#bytes += size;
    }
    if (accountId !== null) {
      const moved = count(shared.byAccount, accountId, change) ? size + preview : preview;
      addBytes(this.#bytesByAccount, accountId, change * moved);
    }
    const moved = count(shared.byConversation, conversation, change) ? size + preview : preview;
    addBytes(this.#bytesByConversation, conversation, change * moved);
    this.#bytes += change * preview;
    shared.messages += change;
    if (shared.messages > 0) return;
    this.#byPath.delete(path);
    if (this.#pathByHash.get(sha256) === path) this.#pathByHash.delete(sha256);
    this.#bytes -= size;
  }
}

/** Returns the file of a message for the index; `null` for an event without one. */
export function sentFileOf(event: RoomEvent): SentFile | null {
  if (event.kind !== "said" || event.file === undefined) return null;
  const { conversation, position, time, msgid, by, file, withheld } = event;
  const { nick, user, host, account, accountId } = by;
  const author = { nick, user, host, account, accountId };
  return { conversation, position, time, msgid, by: author, file, ...(withheld && { withheld }) };
}

/** Adds to a count, and returns whether it was 0 before or is now. */
function count<Key>(counts: Map<Key, number>, key: Key, change: 1 | -1): boolean {
  const before = counts.get(key) ?? 0;
  const after = before + change;
  if (after > 0) counts.set(key, after);
  else counts.delete(key);
  return before === 0 || after === 0;
}

function addBytes<Key>(sums: Map<Key, number>, key: Key, change: number): void {
  const sum = (sums.get(key) ?? 0) + change;
  if (sum === 0) sums.delete(key);
  else sums.set(key, sum);
}

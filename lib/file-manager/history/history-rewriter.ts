import type { ConversationId } from "../../chat-server/event.ts";
import type { ReadWork } from "../../chat-server/server-ports.ts";
import type { AppendFiles } from "./append-files.ts";
import { applyRewrites } from "./apply-rewrites.ts";
import type { ConversationFolders } from "./conversation-folders.ts";
import type { MsgidIndex } from "./msgid-index.ts";
import type { ErasureRewrite, MessageRewrite, PendingRewrites } from "./pending-rewrites.ts";

/** A disk that refused a rewrite is asked again no sooner than this. */
const RETRY_AFTER_MS = 60_000;

/** Returns a count to which reading adds what it reads, for whoever isn't charged for it. */
export function nothingRead(): ReadWork {
  return { events: 0, bytes: 0 };
}

/** The dependencies of a {@link HistoryRewriter}. */
export interface RewriterDependencies {
  readonly folders: ConversationFolders;
  readonly files: AppendFiles;
  readonly msgids: MsgidIndex;
  readonly pending: PendingRewrites;
  /** Called with what went wrong, for the owner's log. */
  readonly report: (text: string, error: unknown) => void;
}

/**
 * Carries edits, redactions and erasures out in the files, one conversation after the other. Owns the queue of all work
 * that rewrites, moves or deletes day files: only one such piece of work runs at a time.
 */
export class HistoryRewriter {
  readonly #dependencies: RewriterDependencies;
  #queue: Promise<unknown> = Promise.resolve();
  #retriedAtMs = Number.NEGATIVE_INFINITY;

  constructor(dependencies: RewriterDependencies) {
    this.#dependencies = dependencies;
  }

  /** Runs work when all that was queued before is through. The rest goes on even when the work rejects. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }

  /**
   * Carries out all that is pending in an event's conversation. Resolves to whether the event is carried out: `false` when
   * its message isn't there, or the disk refused, and then {@link retry} tries again. Adds the bytes that were copied to
   * `read`. Never rejects.
   */
  rewrite(event: MessageRewrite | ErasureRewrite, read: ReadWork): Promise<boolean> {
    return this.#rewriteConversation(event.conversation, event, read);
  }

  /** Starts the pending rewrites of all conversations, at most once a minute. */
  retry(): void {
    const { pending } = this.#dependencies;
    if (pending.size === 0) return;
    const now = performance.now();
    if (now - this.#retriedAtMs < RETRY_AFTER_MS) return;
    this.#retriedAtMs = now;
    for (const id of pending.conversationIds()) {
      void this.#rewriteConversation(id, null, nothingRead());
    }
  }

  /** Resolves when all that is pending now was tried: to whether none of it is pending any more. */
  async finish(): Promise<boolean> {
    const { pending } = this.#dependencies;
    const before = [...pending.all()];
    await this.#queue;
    return !before.some((rewrite) => pending.has(rewrite));
  }

  #rewriteConversation(
    id: ConversationId,
    event: MessageRewrite | ErasureRewrite | null,
    read: ReadWork,
  ): Promise<boolean> {
    const { folders, files, msgids, pending, report } = this.#dependencies;
    return this.inTurn(async () => {
      if (event !== null && !pending.has(event)) return true;
      try {
        const folder = folders.get(id);
        const withoutMessage = await applyRewrites(folder, files, msgids, pending, read);
        return !withoutMessage.some(({ position }) => position === event?.position);
      } catch (error) {
        report(`${folders.pathOf(id)} cannot be rewritten; it is tried again`, error);
        return false;
      }
    });
  }
}

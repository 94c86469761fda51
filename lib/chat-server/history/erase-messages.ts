import type { Author } from "../../protocol/account-id.ts";
import { PINNED_KEY } from "../../protocol/pinned-text.ts";
import { query, runSteps, type Steps } from "../command.ts";
import type { ConversationId, RoomEvent, RoomEventOf, UserIdentity } from "../event.ts";
import { ERASE_ATTEMPTS_MAX, ERASED_REDACTS_SENT_MAX } from "../limits.ts";
import { dialectMask, encodeEvent } from "../relay/encode-event.ts";
import { broadcast } from "../relay/fan-out.ts";
import { conversationTarget, firstReadablePosition } from "../rooms/access.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { Session } from "../sessions/session.ts";
import type { State } from "../state.ts";
import { mentionedAccounts } from "../unread/mentions.ts";
import { readersOf } from "../unread/unread-counts.ts";
import { trackUnreadChanges } from "../unread/unread-notices.ts";
import { type MessageMentions, unreadRemoval } from "../unread/unread-removal.ts";
import { setMetadata } from "../users/metadata-values.ts";
import type { AuthoredLines, AuthoredRange, MentioningMessage } from "./authored-range.ts";
import { eraseGuestMessages } from "./guest-messages.ts";
import { collectAuthoredLines, isAuthoredBy } from "./select-events.ts";
import { isShownTo } from "./withheld.ts";

/** A request to erase all messages of an account, in all conversations. */
interface EraseRequest {
  readonly author: Author;
  /** The user who requests it. */
  readonly by: UserIdentity;
  /** Called once, at the end. */
  readonly done: (result: EraseOutcome) => void;
}

/** How much was erased. */
export interface EraseOutcome {
  readonly messages: number;
  readonly conversations: number;
  /** `false`: some of it could not be read, stored or rewritten. */
  readonly isAll: boolean;
}

/**
 * Starts erasing all messages of an account. Returns `false` when that is already running for the
 * account. It goes through one conversation at a time while users write: one "forgotten" event in each stands
 * for all of its messages, connected users are sent redactions of the newest, and the files are rewritten in
 * the background.
 */
export function eraseMessages(state: State, request: EraseRequest): boolean {
  const { author } = request;
  if (state.accountsBeingErased.has(author.account)) return false;
  state.accountsBeingErased.add(author.account);
  eraseGuestMessages(state, { ...author, upTo: Number.MAX_SAFE_INTEGER });
  const erasure = new Erasure(state, request);
  state.runInBackground(runSteps(erasure.run()), () => erasure.finish(false));
  return true;
}

/** One running erasure. Owns its progress. */
class Erasure {
  readonly #state: State;
  readonly #request: EraseRequest;
  /** The conversations to go through, with their positions at the request: later messages stay. */
  readonly #positions: readonly (readonly [ConversationId, number])[];
  readonly #visited = new Set<ConversationId>();
  #messages = 0;
  #conversations = 0;
  #isAll = true;

  constructor(state: State, request: EraseRequest) {
    this.#state = state;
    this.#request = request;
    this.#positions = Array.from(state.rooms.conversations(), ({ id, position }) => [id, position]);
  }

  /** Erases in one conversation after the other, then in the files of unreachable conversations. */
  *run(): Steps {
    const { author } = this.#request;
    for (const [id, upTo] of this.#positions) {
      const conversation = this.#state.rooms.byId(id);
      if (conversation !== null) yield* this.#eraseIn(conversation, { ...author, upTo });
    }
    const who = { ...author, upTo: Number.MAX_SAFE_INTEGER };
    // Conversations that began since the request hold only messages that stay.
    for (const { id } of this.#state.rooms.conversations()) this.#visited.add(id);
    const except = this.#visited;
    const { done, lines } = yield* query({ kind: "erase-unreachable", who, except });
    this.#messages += lines;
    this.finish(this.#isAll && done);
  }

  /** Reports the result. */
  finish(isAll: boolean): void {
    this.#state.accountsBeingErased.delete(this.#request.author.account);
    this.#request.done({ messages: this.#messages, conversations: this.#conversations, isAll });
  }

  *#eraseIn(conversation: Conversation, who: AuthoredRange): Steps {
    const state = this.#state;
    const pinned = pinnedIn(conversation);
    const onDisk = yield* this.#readAuthored(conversation, who, pinned);
    if (onDisk === null) return;
    const inMemory = conversation.recentEvents.filter((event) => isAuthoredBy(event, who));
    // A server that keeps no history has them only in memory.
    const authored = onDisk.lines > 0 ? onDisk : collectAuthoredLines(inMemory, pinned);
    if (authored.lines === 0) return;
    // Others may have pinned another one while the files were read.
    const pinnedNow = pinnedIn(conversation);
    const isErasedPin =
      (pinned === pinnedNow && authored.hasPinned) ||
      collectAuthoredLines(inMemory, pinnedNow).hasPinned;
    const mentions = authored.naming.map((message) => this.#mentionsOf(conversation, message));
    const of = unreadRemoval(state.users, conversation, authored.times, mentions);
    const notifyUnreadChanges = trackUnreadChanges(state, conversation);
    const body = { kind: "forgotten", ...who, of } as const;
    const event = state.commit(conversation, this.#request.by, body, null);
    if (event?.kind !== "forgotten") {
      this.#isAll = false;
      return;
    }
    this.#messages += authored.times.length + authored.withheld;
    this.#conversations += 1;
    relayRedactions(state, conversation, event, inMemory);
    notifyUnreadChanges();
    if (isErasedPin && conversation instanceof Room)
      setMetadata(state, conversation, PINNED_KEY, null, this.#request.by, null);
    const { done } = yield* query({ kind: "rewrite", event });
    // The event is in the file: the rewrite is tried again, at the latest at the next start.
    if (!done) {
      state.ports.note("error", `${conversation.id}: some messages could not be erased yet`);
    }
  }

  /** Reads the account's messages, again when one was rewritten meanwhile; `null`: there is nothing to erase. */
  *#readAuthored(
    conversation: Conversation,
    who: AuthoredRange,
    pinned: string | null,
  ): Steps<AuthoredLines | null> {
    const { id } = conversation;
    for (let attemptsLeft = ERASE_ATTEMPTS_MAX; ; attemptsLeft -= 1) {
      const { rewriteCount } = conversation;
      const { lines } = yield* query({ kind: "authored-lines", conversation: id, who, pinned });
      // A room that was dropped meanwhile is left to "erase-unreachable".
      if (this.#state.rooms.byId(id) !== conversation) return null;
      const isRewritten = conversation.rewriteCount !== rewriteCount;
      if (lines !== null && isRewritten && attemptsLeft > 0) continue;
      this.#visited.add(id);
      if (lines !== null && !isRewritten) return lines;
      this.#isAll = false;
      return null;
    }
  }

  /** Returns the accounts that a message mentions: those stored with it, or else those in its text. */
  #mentionsOf(
    conversation: Conversation,
    { time, named, text = "" }: MentioningMessage,
  ): MessageMentions {
    if (named !== undefined || !(conversation instanceof Room)) return { time, named: named ?? [] };
    const message = { verb: "PRIVMSG", text } as const;
    const { users } = this.#state;
    const by = { accountId: this.#request.author.account };
    return { time, named: mentionedAccounts(users, conversation, by, message) };
  }
}

function pinnedIn(conversation: Conversation): string | null {
  return conversation instanceof Room ? (conversation.metadata.get(PINNED_KEY) ?? null) : null;
}

/**
 * Sends the connected readers redactions of the newest erased messages that they may read, which clients show.
 * They are encoded as one piece for each dialect, so that a hundred lines to a thousand users cost what one
 * message does.
 */
function relayRedactions(
  state: State,
  conversation: Conversation,
  event: RoomEventOf<"forgotten">,
  inMemory: readonly RoomEvent[],
): void {
  const { account, time } = event;
  const author = state.users.byAccount(account)?.identity;
  const messages = inMemory.filter(({ kind }) => kind === "said").slice(-ERASED_REDACTS_SENT_MAX);
  const target = conversationTarget(state, conversation, account);
  const redactionOf = (message: RoomEvent): RoomEvent => {
    const { conversation: id, position } = event;
    const by = author ?? message.by;
    const body = { kind: "redacted", target: message.msgid, reason: "" } as const;
    return { conversation: id, position, time, msgid: "", by, ...body };
  };
  // Who may read the same of them gets the same bytes.
  const sends = new Map<string, (session: Session) => void>();
  for (const user of readersOf(state.users, conversation)) {
    const first = firstReadablePosition(conversation, user);
    const readable = messages.filter(
      (message) => message.position >= first && isShownTo(message, user.accountId),
    );
    if (readable.length === 0) continue;
    const key = `${readable.length} ${readable[0]?.msgid}`;
    let send = sends.get(key);
    if (send === undefined) {
      const redactions = readable.map(redactionOf);
      send = broadcast(
        (dialect) =>
          redactions.flatMap((redaction) => encodeEvent(redaction, target, dialect, state.options)),
        dialectMask("redacted"),
      );
      sends.set(key, send);
    }
    user.sessions.forEach(send);
  }
}

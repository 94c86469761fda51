import type { AccountName } from "../../protocol/names.ts";
import { awaitQuery, type Outcome } from "../command.ts";
import type { ConversationId, RoomEvent, RoomEventOf, UserIdentity } from "../event.ts";
import { ERASE_ATTEMPTS_MAX, ERASED_REDACTS_SENT_MAX } from "../limits.ts";
import { dialectMask, encodeEvent } from "../relay/encode-event.ts";
import { broadcast } from "../relay/fan-out.ts";
import { type Conversation, Room } from "../rooms/room.ts";
import type { AuthoredLines, AuthoredRange, MentioningMessage } from "../server-ports.ts";
import type { State } from "../state.ts";
import { mentionedAccounts } from "../unread/mentions.ts";
import { readersOf } from "../unread/unread-counts.ts";
import { trackUnreadChanges } from "../unread/unread-notices.ts";
import { type Mentioning, unreadRemoval } from "../unread/unread-removal.ts";
import { authoredLinesIn, isAuthoredBy } from "./authored-by.ts";
import { eraseGuestMessages } from "./guest-messages.ts";
import { targetOf } from "./history-access.ts";

/**
 * Taking back all that an account said, everywhere, while people talk on: a conversation after the other is
 * looked through, one event says that it is so from here on (not one for each message), who is here is told of
 * what their screens may show, and the files are rewritten in the background.
 */
export interface EraseRequest {
  readonly account: AccountName;
  /** ms since 1970: what is older, somebody else of that name said. */
  readonly since: number;
  readonly by: UserIdentity;
  /** Hears how much it was, and whether that is all. */
  readonly done: (result: EraseOutcome) => void;
}

export interface EraseOutcome {
  readonly messages: number;
  readonly conversations: number;
  readonly isAll: boolean;
}

/** Begins it; `false` when it is under way for this account. */
export function eraseMessages(state: State, asked: EraseRequest): boolean {
  if (state.accountsBeingErased.has(asked.account)) return false;
  state.accountsBeingErased.add(asked.account);
  const { account, since } = asked;
  eraseGuestMessages(state, { account, since, upTo: Number.MAX_SAFE_INTEGER });
  const work = new Work(state, asked);
  state.runInBackground(work.next(), () => work.end(false));
  return true;
}

class Work {
  readonly #state: State;
  readonly #asked: EraseRequest;
  /** Up to where each was when it was asked for: what is said from then on stays. */
  readonly #places: (readonly [ConversationId, number])[];
  readonly #looked = new Set<ConversationId>();
  #messages = 0;
  #conversations = 0;
  #isAll = true;

  constructor(state: State, asked: EraseRequest) {
    this.#state = state;
    this.#asked = asked;
    this.#places = [...state.rooms.conversations()].map(({ id, position }) => [id, position]);
  }

  /** The next conversation, or what lies where nobody can get to it. */
  next(): Outcome {
    const { account, since } = this.#asked;
    for (let place = this.#places.pop(); place !== undefined; place = this.#places.pop()) {
      const [id, upTo] = place;
      const conversation = this.#state.rooms.byId(id);
      if (conversation === null) continue;
      return this.#look(conversation, { account, since, upTo }, ERASE_ATTEMPTS_MAX);
    }
    const who = { account, since, upTo: Number.MAX_SAFE_INTEGER };
    // Those that were founded meanwhile have what was said meanwhile.
    for (const { id } of this.#state.rooms.conversations()) this.#looked.add(id);
    const query = { kind: "forget-elsewhere", who, except: this.#looked } as const;
    return awaitQuery(query, ({ done, lines }) => {
      this.#messages += lines;
      this.end(this.#isAll && done);
    });
  }

  end(isAll: boolean): void {
    this.#state.accountsBeingErased.delete(this.#asked.account);
    this.#asked.done({ messages: this.#messages, conversations: this.#conversations, isAll });
  }

  /** Looks what there is, again when something of it was rewritten meanwhile. */
  #look(conversation: Conversation, who: AuthoredRange, tries: number): Outcome {
    const { id, rewrites } = conversation;
    return awaitQuery({ kind: "said-by", conversation: id, who }, ({ said }) => {
      // A room that was dropped meanwhile is one of those that nobody can get to.
      if (this.#state.rooms.byId(id) !== conversation) return this.next();
      const isChanged = conversation.rewrites !== rewrites;
      if (said !== null && isChanged && tries > 0) return this.#look(conversation, who, tries - 1);
      this.#looked.add(id);
      if (said !== null && !isChanged) return this.#takeBack(conversation, who, said);
      this.#isAll = false;
      return this.next();
    });
  }

  #takeBack(conversation: Conversation, who: AuthoredRange, onDisk: AuthoredLines): Outcome {
    const state = this.#state;
    const inMemory = conversation.recentEvents.filter((event) => isAuthoredBy(event, who));
    // Without a history they are in memory alone.
    const said = onDisk.lines > 0 ? onDisk : authoredLinesIn(inMemory);
    if (said.lines === 0) return this.next();
    const naming = said.naming.map((one) => this.#naming(conversation, one));
    const of = unreadRemoval(state.users, conversation, said.times, naming);
    const tell = trackUnreadChanges(state, conversation);
    const event = state.commit(
      conversation,
      this.#asked.by,
      { kind: "forgotten", ...who, of },
      null,
    );
    if (event?.kind !== "forgotten") {
      this.#isAll = false;
      return this.next();
    }
    this.#messages += said.times.length;
    this.#conversations += 1;
    tellForgotten(state, conversation, event, inMemory);
    tell();
    return awaitQuery(
      { kind: "rewrite", event },
      () => this.next(),
      ({ done }) => {
        // The line that says so is in the file: it is tried again, and a start carries it out.
        if (!done) state.ports.note("error", `${conversation.id}: not all could be taken out yet`);
      },
    );
  }

  #naming(conversation: Conversation, { time, named, text = "" }: MentioningMessage): Mentioning {
    if (named !== undefined || !(conversation instanceof Room)) return { time, named: named ?? [] };
    const said = { verb: "PRIVMSG", text } as const;
    return { time, named: mentionedAccounts(this.#state.users, conversation, this.#asked, said) };
  }
}

/**
 * Tells who is there, as redactions, of the newest of the messages that went: what clients show. All in one
 * piece for each dialect, so that a hundred lines to a thousand people cost what one message does.
 */
function tellForgotten(
  state: State,
  conversation: Conversation,
  event: RoomEventOf<"forgotten">,
  inMemory: readonly RoomEvent[],
): void {
  const { account, time } = event;
  const author = state.users.byAccount(account)?.identity;
  const redactions = inMemory
    .filter(({ kind }) => kind === "said")
    .slice(-ERASED_REDACTS_SENT_MAX)
    .map((said): RoomEvent => {
      const { conversation: id, position } = event;
      const by = author ?? said.by;
      const own = { kind: "redacted", target: said.msgid, reason: "" } as const;
      return { conversation: id, position, time, msgid: "", by, ...own };
    });
  if (redactions.length === 0) return;
  const target = targetOf(state, conversation, account);
  const tell = broadcast(
    (dialect) => redactions.flatMap((one) => encodeEvent(one, target, dialect)),
    dialectMask("redacted"),
  );
  for (const user of readersOf(state.users, conversation)) user.sessions.forEach(tell);
}

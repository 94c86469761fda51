import { accountIdOfHost } from "../../protocol/account-id.ts";
import type { MutableConversation } from "../conversation.ts";
import type { HandlerContext } from "../handler-context.ts";
import { accountOf, hasPerson, isOurServer, isSameAccount, type PeerState } from "../peer.ts";
import type { Answer } from "../session-interface.ts";
import { whoisOptions } from "./requests.ts";

/** Messages that are compared: our server keeps the newest fifty of a guest. */
const COMPARED_MESSAGES = 50;

/**
 * Finds out whether the nick of a direct conversation still belongs to the same person, and owns the checks
 * under way. An account shows it. For a guest on our server, the messages that the server has of the two do,
 * since it drops them when the guest leaves. For a guest whom another server doesn't watch, the address does.
 */
export class PeerCheck {
  readonly #context: HandlerContext;
  /** What to do when a conversation's check has ended. */
  readonly #waiting = new Map<MutableConversation, (() => void)[]>();

  constructor(context: HandlerContext) {
    this.#context = context;
  }

  /** Whether a conversation has to be checked before anything is sent there. */
  isDue(conversation: MutableConversation): boolean {
    const { kind, peer, former } = conversation;
    if (kind !== "direct" || former || peer === "same" || peer === "changed") return false;
    if (hasPerson(conversation)) return true;
    conversation.peer = "same";
    return false;
  }

  /** Whether a due check is worth its requests before the user writes: a guest's nick may be a stranger's. */
  isUrgent(conversation: MutableConversation): boolean {
    const isGuest = typeof accountOf(this.#context, conversation) !== "string";
    return isGuest && isOurServer(this.#context) && this.isDue(conversation);
  }

  /** Checks a conversation, and then calls `done`; not if the connection breaks before that. */
  run(conversation: MutableConversation, done: () => void): void {
    const waiting = this.#waiting.get(conversation);
    if (waiting !== undefined) {
      waiting.push(done);
      return;
    }
    this.#waiting.set(conversation, [done]);
    const { name, key } = conversation;
    const before = accountOf(this.#context, conversation);
    const wasUnwatched = conversation.peer === "unwatched";
    this.#whois(name, (answer) => {
      // The person has changed the nick meanwhile, and was followed: then nothing is in doubt.
      if (conversation.key !== key || conversation.former) return this.#end(conversation, null);
      if (answer.kind === "lost") return this.#end(conversation, "changed");
      const account = accountIn(answer);
      if (account === undefined) return this.#end(conversation, "left");
      if (typeof before === "string") {
        if (!isSameAccount(before, account)) return this.#end(conversation, "changed");
        // On our server the messages tell an account from a later one of the same name. The user's own
        // messages may be missing there: somebody who has blocked the user gets none.
        const hasMessage = conversation.lines.some(({ own, msgid }) => !own && msgid !== null);
        if (!hasMessage || !isOurServer(this.#context)) return this.#end(conversation, "same");
      }
      if (wasUnwatched) {
        const isElsewhere = hasMoved(conversation, answer);
        conversation.peerAddress = addressIn(answer);
        return this.#end(conversation, isElsewhere ? "changed" : "same");
      }
      this.#compareMessages(conversation, (isSame) => {
        if (isSame) conversation.peerAccount = account;
        this.#end(conversation, isSame ? "same" : "changed");
      });
    });
  }

  /** Asks for the account of the person whom a conversation was just opened with. */
  learnAccount(conversation: MutableConversation): void {
    if (accountOf(this.#context, conversation) !== undefined) return;
    // Without labels the answer could be taken for that to a message.
    if (!this.#context.hasCap("labeled-response") || !this.#context.hasCap("batch")) return;
    this.#whois(conversation.name, (answer) => {
      const account = accountIn(answer);
      if (account === undefined || conversation.peer !== "same") return;
      conversation.peerAccount ??= account;
      if (this.#context.hasCap("sodam.chat/account-id")) {
        const [, host = ""] = addressIn(answer)?.split("@") ?? [];
        conversation.peerAccountId ??= accountIdOfHost(host);
      }
      conversation.peerSeen = true;
    });
  }

  /** Forgets the checks under way, after the connection broke. */
  handleDisconnect(): void {
    this.#waiting.clear();
  }

  #whois(nick: string, onAnswer: (answer: Answer) => void): void {
    this.#context.request("WHOIS", [nick, nick], { ...whoisOptions(nick), quiet: true, onAnswer });
  }

  /** Whether the server has one of the conversation's messages as a message with the nick's present user. */
  #compareMessages(conversation: MutableConversation, done: (isSame: boolean) => void): void {
    // Other servers have messages by nick, whoever it belonged to.
    if (!isOurServer(this.#context) || !this.#context.hasCap("draft/chathistory")) {
      return done(false);
    }
    const { name } = conversation;
    this.#context.request("CHATHISTORY", ["LATEST", name, "*", String(COMPARED_MESSAGES)], {
      quiet: true,
      isAnswer: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "chathistory") ||
        (verb === "FAIL" && params[0] === "CHATHISTORY"),
      onAnswer: (answer) => {
        const messages = answer.kind === "answered" ? answer.messages : [];
        done(messages.some(({ tags }) => conversation.message(tags.get("msgid") ?? "") !== null));
      },
    });
  }

  #end(conversation: MutableConversation, state: PeerState | null): void {
    const waiting = this.#waiting.get(conversation);
    if (waiting === undefined) return;
    this.#waiting.delete(conversation);
    // The connection broke before the answer: the next one checks again.
    if (!this.#context.isOpen) return;
    if (state !== null) conversation.peer = state;
    for (const done of waiting) done();
  }
}

/**
 * Whether a WHOIS reply shows another address than that of the person. Those who share one can't be told
 * apart.
 */
function hasMoved({ peerAddress }: MutableConversation, answer: Answer): boolean {
  return peerAddress !== null && addressIn(answer) !== peerAddress;
}

/** Returns `user@host` from a WHOIS reply, or null. */
function addressIn(answer: Answer): string | null {
  if (answer.kind !== "answered") return null;
  const user = answer.messages.find(({ verb }) => verb === "311");
  return user === undefined ? null : `${user.params[2]}@${user.params[3]}`;
}

/** Returns the account that a WHOIS reply names, null for a guest; undefined when nobody has the nick. */
function accountIn(answer: Answer): string | null | undefined {
  if (answer.kind !== "answered") return undefined;
  if (!answer.messages.some(({ verb }) => verb === "311")) return undefined;
  return answer.messages.find(({ verb }) => verb === "330")?.params[2] ?? null;
}

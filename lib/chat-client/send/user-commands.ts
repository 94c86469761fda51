/** Implements the user's commands of ChatSession: messages, rooms, queries. */

import type { Folded } from "../../protocol/names.ts";
import { formatTime } from "../../protocol/time.ts";
import { formatTags } from "../../protocol/wire/tags.ts";
import { READ_RECEIPTS_CAP, relaysTag } from "../capability-requests.ts";
import type { ChatLine } from "../client-state.ts";
import { countsAsUnread, type MutableConversation } from "../conversation.ts";
import { isRoomName } from "../handler-context.ts";
import type { CatchUp } from "../history/catch-up.ts";
import { noteOpened } from "../peer.ts";
import { withReaction } from "../reactions.ts";
import { PINNED_KEY } from "../receive/replies.ts";
import type { Answer, AskOptions, OnRoomsListed, SayOptions } from "../session-interface.ts";
import { sendTyping, type TypingState } from "../typing.ts";
import type { Outbound } from "./outbound.ts";
import { whoisOptions } from "./requests.ts";
import type { SendQueue } from "./send-queue.ts";

/** InspIRCd and UnrealIRCd write a room's modes in front of its topic in LIST: `[+nt] green tea`. */
const MODES_BEFORE_TOPIC = /^\[\+[^\]]*\] */;

/** Sends commands to the server. ChatSession describes each of them. */
export class UserCommands {
  readonly #outbound: Outbound;
  readonly #queue: SendQueue;
  readonly #catchUp: CatchUp;

  constructor(outbound: Outbound, queue: SendQueue, catchUp: CatchUp) {
    this.#outbound = outbound;
    this.#queue = queue;
    this.#catchUp = catchUp;
  }

  say(target: string, text: string, options?: SayOptions): readonly string[] {
    return this.#queue.say(this.#open(target), text, "said", options);
  }

  sendAction(target: string, text: string): readonly string[] {
    return this.#queue.say(this.#open(target), text, "action");
  }

  retry(key: Folded, lineKey: string): boolean {
    const conversation = this.#byKey(key);
    const line = conversation?.list.byKey(lineKey) ?? null;
    return conversation !== null && line !== null && this.#queue.retry(conversation, line);
  }

  join(room: string, key?: string): void {
    this.#send("JOIN", key === undefined ? [room] : [room, key]);
  }

  leave(room: string, reason?: string): void {
    this.#send("PART", reason === undefined ? [room] : [room, reason], room);
  }

  topic(room: string, text: string): void {
    this.#send("TOPIC", [room, text.normalize("NFC")], room);
  }

  pin(room: string, text: string): void {
    const value = text === "" ? [] : [text.normalize("NFC")];
    this.#send("METADATA", [room, "SET", PINNED_KEY, ...value], room);
  }

  away(text: string): void {
    this.#outbound.store.me.awayText = text;
    this.#send("AWAY", text === "" ? [] : [text.normalize("NFC")]);
  }

  setNick(nick: string): void {
    this.#send("NICK", [nick]);
  }

  invite(nick: string, room: string): void {
    this.#send("INVITE", [nick, room], room);
  }

  kick(room: string, nick: string, reason?: string): void {
    this.#send("KICK", reason === undefined ? [room, nick] : [room, nick, reason], room);
  }

  mode(target: string, changes: string, args: readonly string[]): void {
    this.#send("MODE", [target, changes, ...args], target);
  }

  react(key: Folded, msgid: string, reaction: string, add: boolean): void {
    const conversation = this.#byKey(key);
    const tag = add ? "+draft/react" : "+draft/unreact";
    if (conversation === null || !relaysTag(this.#outbound.store, tag)) return;
    const tags = new Map([
      ["+reply", msgid],
      [tag, reaction.normalize("NFC")],
    ]);
    this.#queue.whenSame(conversation, "TAGMSG", () => {
      const { name } = conversation;
      this.#outbound.request("TAGMSG", [name], { tags, conversation, onlyLabelled: true });
      const line = conversation.message(msgid);
      if (line === null || this.#outbound.hasCap("echo-message") || !this.#outbound.isOpen) return;
      // Without echo-message the server doesn't confirm it.
      const { store } = this.#outbound;
      const me = { nick: store.me.nick, account: null, accountId: null };
      store.replaceLine(conversation, withReaction(line, reaction, me, add));
    });
  }

  edit(key: Folded, msgid: string, text: string): void {
    const conversation = this.#byKey(key);
    if (conversation === null) return;
    this.#queue.whenSame(conversation, "EDIT", () => {
      const { name } = conversation;
      this.#send("EDIT", [name, msgid, text.normalize("NFC")], name);
    });
  }

  redact(key: Folded, msgid: string, reason?: string): void {
    const conversation = this.#byKey(key);
    if (conversation === null) return;
    this.#queue.whenSame(conversation, "REDACT", () => {
      const params = [conversation.name, msgid];
      this.#send("REDACT", reason === undefined ? params : [...params, reason], conversation.name);
    });
  }

  sendTyping(key: Folded, state: TypingState): void {
    const conversation = this.#byKey(key);
    if (conversation !== null) sendTyping(this.#outbound, conversation, state);
  }

  markRead(key: Folded): void {
    const conversation = this.#byKey(key);
    if (conversation === null) return;
    const hadUnread = conversation.unread > 0 || conversation.mentions > 0;
    conversation.unread = 0;
    conversation.mentions = 0;
    const newest = conversation.list.newest();
    const oldMarker = conversation.readMarker ?? 0;
    if (newest !== null && newest.time > oldMarker) {
      conversation.readMarker = newest.time;
      // If only own lines are new, the other devices need no read marker.
      const isNew = (line: ChatLine): boolean => countsAsUnread(line) && line.time > oldMarker;
      if (conversation.list.find(isNew) !== null) this.#sendReadMarker(conversation, newest.time);
    } else if (!hadUnread) return;
    this.#outbound.store.emitChanged(conversation);
  }

  openDirect(nick: string): Folded {
    const { store } = this.#outbound;
    const known = store.find(nick);
    const conversation = known ?? this.#open(nick);
    if (known === null && store.phase.kind === "ready") {
      this.#catchUp.start(conversation);
      this.monitor([conversation]);
      this.#queue.peers.learnAccount(conversation);
      if (this.#outbound.hasCap("draft/read-marker")) {
        this.#outbound.request("MARKREAD", [nick], { quiet: true, onlyLabelled: true });
      }
    }
    return conversation.key;
  }

  closeConversation(key: Folded): void {
    const conversation = this.#byKey(key);
    if (conversation === null || (conversation.kind === "room" && conversation.joined)) return;
    const isWatched = conversation.kind === "direct" && !conversation.former;
    if (isWatched && this.#outbound.isupport.has("MONITOR")) {
      this.#outbound.send("MONITOR", ["-", conversation.name]);
    }
    this.#outbound.store.remove(conversation);
  }

  hold(key: Folded, held: boolean): void {
    const conversation = this.#byKey(key);
    if (conversation === null) return;
    conversation.held = held;
    conversation.trim();
  }

  list(filter: string, done: OnRoomsListed): void {
    this.ask(
      "LIST",
      filter === "" ? [] : [filter],
      (answer) => {
        if (answer.kind !== "answered") return done(null, answer);
        const { messages } = answer;
        // RPL_TRYAGAIN is a refusal, although its numeric is outside the range of errors.
        const tryAgain = messages.find(({ verb }) => verb === "263");
        if (tryAgain !== undefined) {
          const text = tryAgain.params.at(-1) ?? "";
          return done(null, { kind: "failed", code: tryAgain.verb, text, messages });
        }
        const replies = messages.filter(({ verb }) => verb === "322");
        const hasModes = replies.every(({ params }) => MODES_BEFORE_TOPIC.test(params[3] ?? ""));
        done(
          replies.map(({ params: [, name = "", members = "0", topic = ""] }) => ({
            name,
            members: Number.parseInt(members, 10) || 0,
            topic: hasModes ? topic.replace(MODES_BEFORE_TOPIC, "") : topic,
          })),
          null,
        );
      },
      { isAnswer: isNumeric("321", "322", "323", "263"), isLast: isNumeric("323", "263") },
    );
  }

  whois(nick: string, done: (answer: Answer) => void): void {
    this.ask("WHOIS", [nick, nick], done, whoisOptions(nick));
  }

  search(attributes: ReadonlyMap<string, string>, done: (answer: Answer) => void): void {
    if (!this.#outbound.hasCap("soju.im/search")) {
      done({ kind: "lost" });
      return;
    }
    // SEARCH takes its attributes in the format of tags.
    this.ask("SEARCH", [formatTags(attributes)], done, {
      isAnswer: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "soju.im/search") ||
        (verb === "FAIL" && params[0] === "SEARCH"),
    });
  }

  ask(
    verb: string,
    params: readonly string[],
    done: (answer: Answer) => void,
    options: AskOptions = {},
  ): void {
    this.#outbound.request(verb, params, { ...options, quiet: true, onAnswer: done });
  }

  /**
   * Requests how far the other user has read direct messages: it is sent with the reply to MARKREAD.
   */
  requestReader({ kind, name, former }: MutableConversation): void {
    const { store } = this.#outbound;
    if (kind !== "direct" || former || store.me.account === null || store.phase.kind !== "ready")
      return;
    if (!this.#outbound.hasCap("draft/read-marker")) return;
    this.#outbound.request("MARKREAD", [name], { quiet: true, onlyLabelled: true });
  }

  /** Sends the queued messages, once a conversation has caught up. */
  resume(conversation: MutableConversation, complete: boolean): void {
    if (conversation.kind !== "room" || conversation.joined) {
      this.#queue.resume(conversation, complete);
    }
    if (this.#outbound.hasCap(READ_RECEIPTS_CAP)) this.requestReader(conversation);
  }

  /** Fetches how far others have read, or forgets it. */
  applyReceipts(on: boolean, isOffered: boolean): void {
    const { store } = this.#outbound;
    for (const conversation of store.conversations.values()) {
      if (on && isOffered) this.requestReader(conversation);
      if (on || conversation.readers.size === 0) continue;
      conversation.readers.clear();
      store.emitChanged(conversation);
    }
  }

  /** Asks the server to report when these people come online and go offline (MONITOR). */
  monitor(conversations: readonly MutableConversation[]): void {
    if (!this.#outbound.isupport.has("MONITOR")) return;
    for (const { name, former } of conversations) {
      if (former) continue;
      this.#outbound.request("MONITOR", ["+", name], { quiet: true, onlyLabelled: true });
    }
  }

  /** Sends a command whose errors are shown in the room or direct conversation `about`. */
  #send(verb: string, params: readonly string[], about?: string): void {
    const conversation = about === undefined ? null : this.#outbound.store.find(about);
    this.#outbound.request(verb, params, { conversation, onlyLabelled: true });
  }

  #sendReadMarker({ name, former }: MutableConversation, time: number): void {
    if (former) return;
    // The time must be a message's own. Without server-time we don't know it.
    if (!this.#outbound.hasCap("draft/read-marker") || !this.#outbound.hasCap("server-time")) {
      return;
    }
    const params = [name, `timestamp=${formatTime(time)}`];
    this.#outbound.request("MARKREAD", params, { quiet: true, onlyLabelled: true });
  }

  #byKey(key: Folded): MutableConversation | null {
    return this.#outbound.store.conversations.get(key) ?? null;
  }

  #open(target: string): MutableConversation {
    const { store } = this.#outbound;
    if (isRoomName(this.#outbound, target)) return store.openRoom(target);
    const known = store.find(target);
    if (known !== null) return known;
    const conversation = store.openDirect(target);
    noteOpened(this.#outbound, conversation);
    return conversation;
  }
}

function isNumeric(...numerics: string[]) {
  return (message: { readonly verb: string }) => numerics.includes(message.verb);
}

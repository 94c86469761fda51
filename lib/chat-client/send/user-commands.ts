import type { Folded } from "../../protocol/names.ts";
import { PINNED_KEY } from "../../protocol/pinned-text.ts";
import { formatTags } from "../../protocol/wire/tags.ts";
import type { MutableConversation } from "../conversation.ts";
import { isRoomName } from "../handler-context.ts";
import type { CatchUp } from "../history/catch-up.ts";
import { noteOpened, watchPeers } from "../peer.ts";
import { withReaction } from "../reactions.ts";
import { relaysTag } from "../registration/capability-requests.ts";
import type { Rejoin } from "../rejoin.ts";
import type { Answer, AskOptions, OnRoomsListed, SayOptions } from "../session-interface.ts";
import { sendTyping, type TypingState } from "../typing.ts";
import { markRead } from "./mark-read.ts";
import type { Outbound } from "./outbound.ts";
import { whoisOptions } from "./requests.ts";
import type { SendQueue } from "./send-queue.ts";

/** InspIRCd and UnrealIRCd write a room's modes in front of its topic in LIST: `[+nt] green tea`. */
const MODES_BEFORE_TOPIC = /^\[\+[^\]]*\] */;

/**
 * What a user does on a server: messages, rooms, questions. A command returns at once; its effect is seen in the state
 * and in the events. Where a parameter is a `key`, an unknown one does nothing. While offline only messages are queued;
 * other commands are dropped.
 */
export class UserCommands {
  readonly #outbound: Outbound;
  readonly #queue: SendQueue;
  readonly #catchUp: CatchUp;
  readonly #rejoin: Rejoin;

  constructor(outbound: Outbound, queue: SendQueue, catchUp: CatchUp, rejoin: Rejoin) {
    this.#outbound = outbound;
    this.#queue = queue;
    this.#catchUp = catchUp;
    this.#rejoin = rejoin;
  }

  /**
   * Sends a text of any length and number of lines to a room or nick. Adds its line(s) at once, and
   * returns their keys. While offline the lines are queued.
   */
  say(target: string, text: string, options?: SayOptions): readonly string[] {
    return this.#queue.say(this.#open(target), text, "said", options);
  }

  /** Sends "/me" text (CTCP ACTION), like `say`. */
  sendAction(target: string, text: string): readonly string[] {
    return this.#queue.say(this.#open(target), text, "action");
  }

  /** Sends a line again that failed or is unsure. Returns false if there is no such line. */
  retry(key: Folded, lineKey: string): boolean {
    const conversation = this.#byKey(key);
    const line = conversation?.list.byKey(lineKey) ?? null;
    return conversation !== null && line !== null && this.#queue.retry(conversation, line);
  }

  join(room: string, key?: string): void {
    this.#send("JOIN", key === undefined ? [room] : [room, key]);
  }

  leave(room: string, reason?: string): void {
    this.#rejoin.removeRoom(room);
    this.#send("PART", reason === undefined ? [room] : [room, reason], room);
  }

  /** Sets the room's topic. */
  topic(room: string, text: string): void {
    this.#send("TOPIC", [room, text.normalize("NFC")], room);
  }

  /** Pins a text at the top of the room for all members; "" removes it. Needs "draft/metadata-2". */
  pin(room: string, text: string): void {
    const value = text === "" ? [] : [text.normalize("NFC")];
    this.#send("METADATA", [room, "SET", PINNED_KEY, ...value], room);
  }

  /** Sets me away; "" brings me back. */
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

  /** Changes modes: `mode("#tea", "+o", "mina")`. */
  mode(target: string, changes: string, ...args: string[]): void {
    this.#send("MODE", [target, changes, ...args], target);
  }

  react(key: Folded, msgid: string, reaction: string): void {
    this.#setReaction(key, msgid, reaction, true);
  }

  unreact(key: Folded, msgid: string, reaction: string): void {
    this.#setReaction(key, msgid, reaction, false);
  }

  #setReaction(key: Folded, msgid: string, reaction: string, add: boolean): void {
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
      store.replaceLine(conversation, withReaction(line, reaction, me, add, store));
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

  /**
   * Sends a typing notification. Call it at each key: at most one notification is sent in three
   * seconds. "done" means that the input was emptied.
   */
  sendTyping(key: Folded, state: TypingState): void {
    const conversation = this.#byKey(key);
    if (conversation !== null) sendTyping(this.#outbound, conversation, state);
  }

  /** Marks everything in a conversation as read. */
  markRead(key: Folded): void {
    const conversation = this.#byKey(key);
    if (conversation !== null) markRead(this.#outbound, conversation);
  }

  /** Finds or opens a direct conversation, with its latest page; returns its key. */
  openDirect(nick: string): Folded {
    const { store } = this.#outbound;
    const known = store.find(nick);
    const conversation = known ?? this.#open(nick);
    if (known === null && store.phase.kind === "ready") {
      this.#catchUp.start(conversation);
      watchPeers(this.#outbound, [conversation]);
      this.#queue.peers.learnAccount(conversation);
      if (this.#outbound.hasCap("draft/read-marker")) {
        this.#outbound.request("MARKREAD", [nick], { quiet: true, onlyLabelled: true });
      }
    }
    return conversation.key;
  }

  /** Removes a direct conversation, or a room that I am not in, from the list. */
  closeConversation(key: Folded): void {
    const conversation = this.#byKey(key);
    if (conversation === null || (conversation.kind === "room" && conversation.joined)) return;
    const isWatched = conversation.kind === "direct" && !conversation.former;
    if (isWatched && this.#outbound.isupport.has("MONITOR")) {
      this.#outbound.send("MONITOR", ["-", conversation.name]);
    }
    this.#outbound.store.remove(conversation);
  }

  /** While held, a conversation keeps more than LINES_MAX lines: the user reads further up. */
  hold(key: Folded, held: boolean): void {
    const conversation = this.#byKey(key);
    if (conversation === null) return;
    conversation.held = held;
    conversation.trim();
  }

  /** Says which conversation is on screen: it stays in memory, however many others a server opens. */
  show(key: Folded): void {
    const conversation = this.#outbound.store.show(key);
    if (conversation !== null) this.#rejoin.handleShown(conversation);
  }

  /** Sends a raw line, as typed after /quote; only its first line, if it has several. */
  raw(line: string): void {
    this.#outbound.sendRaw(line.normalize("NFC"));
  }

  /** Lists rooms whose name fits the filter ("" for all). */
  list(filter: string, done: OnRoomsListed): void {
    this.#ask(
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
    this.#ask("WHOIS", [nick, nick], done, whoisOptions(nick));
  }

  /**
   * Searches the server's history. `attributes`: those of SEARCH,
   * https://codeberg.org/emersion/soju/src/branch/master/doc/ext/search.md
   */
  search(attributes: ReadonlyMap<string, string>, done: (answer: Answer) => void): void {
    if (!this.#outbound.hasCap("soju.im/search")) {
      done({ kind: "lost" });
      return;
    }
    // SEARCH takes its attributes in the format of tags.
    this.#ask("SEARCH", [formatTags(attributes)], done, {
      isAnswer: ({ verb, params }) =>
        (verb === "BATCH" && params[0] === "soju.im/search") ||
        (verb === "FAIL" && params[0] === "SEARCH"),
    });
  }

  /** Sends a command whose errors are shown in the room or direct conversation `about`. */
  #send(verb: string, params: readonly string[], about?: string): void {
    const conversation = about === undefined ? null : this.#outbound.store.find(about);
    this.#outbound.request(verb, params, { conversation, onlyLabelled: true });
  }

  #ask(
    verb: string,
    params: readonly string[],
    done: (answer: Answer) => void,
    options: AskOptions,
  ): void {
    this.#outbound.request(verb, params, { ...options, quiet: true, onAnswer: done });
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

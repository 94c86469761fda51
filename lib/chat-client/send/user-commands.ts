/** Everything that a person says or does once inside: the verbs of the session. */
import { type Folded, fold } from "../../protocol/names.ts";
import { formatTime } from "../../protocol/time.ts";
import { formatTags } from "../../protocol/wire/tags.ts";
import { LINES_MAX } from "../client-state.ts";
import { countsAsUnread, type HistoryPosition, type MutableConversation } from "../conversation.ts";
import { CATCH_UP_LINES, type History } from "../history/history.ts";
import type { MessageJumps } from "../history/jump-to-message.ts";
import { withReaction } from "../message-to-line.ts";
import { isRoom } from "../receive/messages.ts";
import { PINNED_KEY } from "../receive/replies.ts";
import type { Answer, AskOptions, ListedRoom, SayOptions } from "../session-ports.ts";
import type { Outbound } from "./outbound.ts";
import type { SendQueue } from "./send-queue.ts";

/** At most one typing notice in so long. https://ircv3.net/specs/client-tags/typing */
const TYPING_EVERY_MS = 3_000;
/** Pages in which an older message is looked for; together, what is kept in memory at most. */
const REACH_PAGES_MAX = LINES_MAX / CATCH_UP_LINES;

export class UserCommands {
  protected readonly wire: Outbound;
  protected readonly sending: SendQueue;
  protected readonly history: History;
  protected readonly visits: MessageJumps;

  constructor(wire: Outbound, sending: SendQueue, history: History, visits: MessageJumps) {
    this.wire = wire;
    this.sending = sending;
    this.history = history;
    this.visits = visits;
  }

  say(target: string, text: string, options?: SayOptions): readonly string[] {
    return this.sending.say(this.#place(target), text, "said", options);
  }

  sendAction(target: string, text: string): readonly string[] {
    return this.sending.say(this.#place(target), text, "action");
  }

  notice(target: string, text: string): readonly string[] {
    return this.sending.say(this.#place(target), text, "notice");
  }

  retry(key: Folded, lineKey: string): boolean {
    const conversation = this.#at(key);
    const line = conversation?.list.byKey(lineKey) ?? null;
    return conversation !== null && line !== null && this.sending.retry(conversation, line);
  }

  forget(key: Folded, lineKey: string): boolean {
    const conversation = this.#at(key);
    const line = conversation?.list.byKey(lineKey) ?? null;
    if (conversation === null || line === null) return false;
    if (line.status === "sent" || line.status === "sending") return false;
    conversation.list.remove(lineKey);
    this.sending.countQueued();
    this.wire.emit({ kind: "lines-loaded", key, count: 0 });
    return true;
  }

  join(room: string, key?: string): void {
    this.#ask("JOIN", key === undefined ? [room] : [room, key]);
  }

  create(room: string): void {
    this.join(room);
  }

  leave(room: string, reason?: string): void {
    this.#ask("PART", reason === undefined ? [room] : [room, reason], room);
  }

  topic(room: string, text: string): void {
    this.#ask("TOPIC", [room, text.normalize("NFC")], room);
  }

  pin(room: string, text: string): void {
    const set = ["SET", PINNED_KEY];
    this.#ask("METADATA", [room, ...(text === "" ? set : [...set, text.normalize("NFC")])], room);
  }

  away(text: string): void {
    this.wire.store.me.awayText = text;
    this.#ask("AWAY", text === "" ? [] : [text.normalize("NFC")]);
  }

  setNick(nick: string): void {
    this.#ask("NICK", [nick]);
  }

  invite(nick: string, room: string): void {
    this.#ask("INVITE", [nick, room], room);
  }

  kick(room: string, nick: string, reason?: string): void {
    this.#ask("KICK", reason === undefined ? [room, nick] : [room, nick, reason], room);
  }

  ban(room: string, mask: string): void {
    this.mode(room, "+b", mask);
  }

  unban(room: string, mask: string): void {
    this.mode(room, "-b", mask);
  }

  mode(target: string, changes: string, ...args: string[]): void {
    this.#ask("MODE", [target, changes, ...args], target);
  }

  react(key: Folded, msgid: string, reaction: string): void {
    this.#react(key, msgid, reaction, true);
  }

  unreact(key: Folded, msgid: string, reaction: string): void {
    this.#react(key, msgid, reaction, false);
  }

  edit(key: Folded, msgid: string, text: string): void {
    const conversation = this.#at(key);
    if (conversation === null) return;
    this.#ask("EDIT", [conversation.name, msgid, text.normalize("NFC")], conversation.name);
  }

  redact(key: Folded, msgid: string, reason?: string): void {
    const conversation = this.#at(key);
    if (conversation === null) return;
    const params = [conversation.name, msgid];
    this.#ask("REDACT", reason === undefined ? params : [...params, reason], conversation.name);
  }

  sendTyping(key: Folded, what: "active" | "paused" | "done"): void {
    const conversation = this.#at(key);
    if (conversation === null || conversation.kind === "server") return;
    if (!this.wire.hasCap("message-tags") || this.wire.store.phase.kind !== "ready") return;
    const now = this.wire.now();
    const same = conversation.typingSent === what;
    if (same && what !== "active") return;
    if (now - conversation.typingSentAt < TYPING_EVERY_MS) return;
    conversation.typingSent = what;
    conversation.typingSentAt = now;
    this.wire.send("TAGMSG", [conversation.name], new Map([["+typing", what]]));
  }

  markRead(key: Folded): void {
    const conversation = this.#at(key);
    if (conversation === null) return;
    const had = conversation.unread > 0 || conversation.mentions > 0;
    conversation.unread = 0;
    conversation.mentions = 0;
    const newest = conversation.list.newest();
    const news = newest !== null && newest.time > (conversation.readMarker ?? 0);
    if (news) {
      // Own lines alone are nothing to tell the other devices about.
      const worth = conversation.list.lines.some(
        (line) => countsAsUnread(line) && line.time > (conversation.readMarker ?? 0),
      );
      conversation.readMarker = newest.time;
      // The time must be a message's own: without server-time nobody has told it.
      if (worth && this.wire.hasCap("draft/read-marker") && this.wire.hasCap("server-time")) {
        const point = `timestamp=${formatTime(newest.time)}`;
        this.wire.request("MARKREAD", [conversation.name, point], {
          quiet: true,
          onlyLabelled: true,
        });
      }
    }
    if (had || news) this.wire.store.emitChanged(conversation);
  }

  loadOlder(key: Folded): void {
    const conversation = this.#at(key);
    if (conversation !== null && this.wire.open) this.#loadOlder(conversation);
  }

  loadNewer(key: Folded): void {
    const conversation = this.#at(key);
    if (conversation !== null && this.wire.open) this.visits.loadNewer(conversation);
  }

  jumpTo(key: Folded, place: HistoryPosition, done: (found: boolean) => void): void {
    const conversation = this.#at(key);
    if (conversation === null || !this.wire.open) return done(false);
    this.visits.jumpTo(conversation, place, done);
  }

  endJump(key: Folded): void {
    const conversation = this.#at(key);
    if (conversation !== null) this.visits.end(conversation);
  }

  loadBackTo(key: Folded, msgid: string, done: (found: boolean) => void): void {
    this.#reachBack(key, msgid, done, REACH_PAGES_MAX);
  }

  openDirect(nick: string): Folded {
    const known = this.wire.store.find(nick);
    const conversation = known ?? this.wire.store.openDirect(nick);
    if (known === null && this.wire.store.phase.kind === "ready") {
      this.history.catchUp(conversation);
      this.watch([conversation]);
      if (this.wire.hasCap("draft/read-marker")) {
        this.wire.request("MARKREAD", [nick], { quiet: true, onlyLabelled: true });
      }
    }
    return conversation.key;
  }

  closeDirect(key: Folded): void {
    const conversation = this.#at(key);
    if (conversation === null || (conversation.kind === "room" && conversation.joined)) return;
    if (conversation.kind === "direct" && this.wire.isupport.has("MONITOR")) {
      this.wire.send("MONITOR", ["-", conversation.name]);
    }
    this.wire.store.remove(conversation);
  }

  setDraft(key: Folded, text: string): void {
    const conversation = this.#at(key);
    if (conversation !== null) conversation.draft = text;
  }

  setMuted(key: Folded, muted: boolean): void {
    const conversation = this.#at(key);
    if (conversation === null) return;
    conversation.muted = muted;
    this.wire.store.emitChanged(conversation);
  }

  hold(key: Folded, held: boolean): void {
    const conversation = this.#at(key);
    if (conversation === null) return;
    conversation.held = held;
    conversation.trim();
  }

  list(filter: string, done: (rooms: readonly ListedRoom[] | null) => void): void {
    this.ask(
      "LIST",
      filter === "" ? [] : [filter],
      (answer) => {
        if (answer.kind !== "answered") return done(null);
        const rooms = answer.messages.filter(({ verb }) => verb === "322");
        done(
          rooms.map(({ params: [, name = "", members = "0", topic = ""] }) => ({
            name,
            members: Number.parseInt(members, 10) || 0,
            topic,
          })),
        );
      },
      { isAnswer: numerics("321", "322", "323", "263"), isLast: numerics("323", "263") },
    );
  }

  whois(nick: string, done: (answer: Answer) => void): void {
    this.ask("WHOIS", [nick, nick], done, {
      isAnswer: ({ verb, params }) =>
        /^(?:30[17]|31[1-9]|320|33[058]|276|37[89]|671|401|402|406)$/.test(verb) &&
        fold(params[1] ?? "") === fold(nick),
      isLast: numerics("318", "401", "402"),
    });
  }

  names(room: string): void {
    this.#ask("NAMES", [room], room);
  }

  search(attributes: ReadonlyMap<string, string>, done: (answer: Answer) => void): void {
    if (!this.wire.hasCap("soju.im/search")) {
      done({ kind: "lost" });
      return;
    }
    // SEARCH takes its terms as tags are written.
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
    this.wire.request(verb, params, { ...options, quiet: true, onAnswer: done });
  }

  raw(line: string): void {
    this.wire.raw(line.normalize("NFC"));
  }

  /** Asks how far the other one has read direct messages: the answer to MARKREAD tells it, too. */
  protected askReader({ kind, name }: MutableConversation): void {
    const { store } = this.wire;
    if (kind !== "direct" || store.me.account === null || store.phase.kind !== "ready") return;
    if (!this.wire.hasCap("draft/read-marker")) return;
    this.wire.request("MARKREAD", [name], { quiet: true, onlyLabelled: true });
  }

  /** Tells the server to say when these people come and go. */
  protected watch(conversations: readonly MutableConversation[]): void {
    if (!this.wire.isupport.has("MONITOR")) return;
    for (const { name } of conversations) {
      this.wire.request("MONITOR", ["+", name], { quiet: true, onlyLabelled: true });
    }
  }

  #ask(verb: string, params: readonly string[], about?: string): void {
    const conversation = about === undefined ? null : this.wire.store.find(about);
    this.wire.request(verb, params, { conversation, onlyLabelled: true });
  }

  #loadOlder(conversation: MutableConversation, then?: () => void, wanted?: number): void {
    const { detached } = conversation;
    if (detached === null) this.history.loadOlder(conversation, then, wanted);
    else this.visits.loadOlder(conversation, detached, then, wanted);
  }

  #reachBack(key: Folded, msgid: string, done: (found: boolean) => void, pages: number): void {
    const conversation = this.#at(key);
    const seen = conversation?.detached ?? conversation;
    if (conversation === null || seen === null) return done(false);
    if (seen.list.has(msgid)) return done(true);
    if (pages === 0 || seen.oldestReached || !this.wire.open) return done(false);
    // What one looks for here must not be dropped at the top.
    conversation.held = true;
    const again = () => this.#reachBack(key, msgid, done, pages - 1);
    this.#loadOlder(conversation, again, CATCH_UP_LINES);
  }

  #react(key: Folded, msgid: string, reaction: string, add: boolean): void {
    const conversation = this.#at(key);
    if (conversation === null || !this.wire.hasCap("message-tags")) return;
    const tag = add ? "+draft/react" : "+draft/unreact";
    const tags = new Map([
      ["+reply", msgid],
      [tag, reaction.normalize("NFC")],
    ]);
    const { name } = conversation;
    this.wire.request("TAGMSG", [name], { tags, conversation, onlyLabelled: true });
    const line = conversation.message(msgid);
    if (line === null || this.wire.hasCap("echo-message") || !this.wire.open) return;
    const { me } = this.wire.store;
    this.wire.store.replaceLine(conversation, withReaction(line, reaction, me.nick, add));
  }

  #at(key: Folded): MutableConversation | null {
    return this.wire.store.conversations.get(key) ?? null;
  }

  #place(target: string): MutableConversation {
    const { store } = this.wire;
    return isRoom(this.wire, target) ? store.openRoom(target) : store.openDirect(target);
  }
}

function numerics(...verbs: string[]) {
  return (message: { readonly verb: string }) => verbs.includes(message.verb);
}

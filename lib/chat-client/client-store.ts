import { type FoldName, foldBy } from "../protocol/case-mapping.ts";
import { type Folded, fold } from "../protocol/names.ts";
import type { ElapsedMs } from "../protocol/time.ts";
import { Isupport } from "../protocol/wire/isupport.ts";
import type { ClientEvent } from "./client-event.ts";
import {
  type ChatLine,
  type ClientState,
  countsAsUnread,
  type Me,
  type Phase,
  SERVER_KEY,
} from "./client-state.ts";
import type { Silence } from "./connection-timing.ts";
import { MutableConversation } from "./conversation.ts";
import { DIRECTS_MAX, LINES_UNITS_MAX, MEMBERS_IN_ALL_MAX, ROOMS_MAX } from "./memory-limits.ts";
import { judgeConversation } from "./preferences/judge-lines.ts";
import {
  type PreferenceKey,
  type PreferencePlace,
  Preferences,
  type Sender,
} from "./preferences/preferences.ts";
import { isSodam } from "./server-names.ts";
import type { SessionPorts } from "./session-interface.ts";

/** Lines or members after which those of all conversations are counted again. */
const COUNTED_EVERY = 256;

type StorePorts = Pick<SessionPorts, "isHighlighted" | "memoryShare">;
type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Owns the ClientState. Every change is made here, or in a MutableConversation in here, and an event
 * is emitted after it. Only the session's own parts hold it.
 */
export class ClientStore implements ClientState {
  network = "";
  publicAddress = "";
  readonly me: Writable<Me>;
  phase: Phase = { kind: "offline", why: "new", text: "" };
  latencyMs: number | null = null;
  unansweredElapsedMs: ElapsedMs | null = null;
  isChecking = false;
  isReadable = false;
  /** How the server compares names. Changed only by `updateFold`. */
  fold: FoldName = fold;
  /** Changed by RPL_ISUPPORT (receive/replies.ts); made anew with each connection. */
  isupport = new Isupport();
  readonly conversations = new Map<Folded, MutableConversation>();
  readonly caps = new Set<string>();
  readonly preferences = new Preferences();
  queued = 0;
  /** Nicks of people who were followed to another. Changed by peer.ts. */
  readonly formerNicks = new Set<Folded>();
  readonly #emit: (event: ClientEvent) => void;
  /** Names of preferences that are stored on this device alone. */
  readonly #unstored = new Set<string>();
  readonly #ports: StorePorts;
  /** The account whose preferences the server has told. */
  #toldAccount: string | null = null;
  /** The highlighted words by which the lines were judged last. */
  #judgedBy = this.preferences.highlightList;
  #linesUncounted = 0;
  #membersUncounted = 0;
  #hasMemberSpace = true;

  constructor(nick: string, emit: (event: ClientEvent) => void, ports: StorePorts = {}) {
    this.#ports = ports;
    this.me = { nick, account: null, away: false, awayText: "", operator: false };
    this.#emit = emit;
    this.conversations.set(SERVER_KEY, new MutableConversation(SERVER_KEY, "", "server"));
  }

  /** The conversation with the server's own messages. */
  get server(): MutableConversation {
    return this.conversations.get(SERVER_KEY) as MutableConversation;
  }

  /** Returns a room or direct conversation by name; never the server's own. */
  find(name: string): MutableConversation | null {
    const conversation = this.conversations.get(this.fold(name));
    return conversation === undefined || conversation.kind === "server" ? null : conversation;
  }

  /** Finds the room, or adds it to the list. */
  openRoom(name: string): MutableConversation {
    return this.find(name) ?? this.#create(name, "room");
  }

  /** Finds the direct conversation with a nick, or adds it to the list. */
  openDirect(nick: string): MutableConversation {
    return this.find(nick) ?? this.#create(nick, "direct");
  }

  /** Compares names as the server does, by its CASEMAPPING; on a server of ours, as all of Sodam does. */
  updateFold(): void {
    const next = isSodam(this) ? fold : foldBy(this.isupport.get("CASEMAPPING"));
    if (next === this.fold) return;
    this.fold = next;
    const moved = new Map<MutableConversation, Folded>();
    const taken = new Set(this.conversations.keys());
    for (const conversation of this.conversations.values()) {
      conversation.rekeyMembers(next);
      const key = next(conversation.name);
      if (conversation.kind === "server" || taken.has(key)) continue;
      taken.add(key);
      moved.set(conversation, key);
    }
    this.#move(moved);
  }

  isMe(nick: string): boolean {
    return nick !== "" && this.fold(nick) === this.fold(this.me.nick);
  }

  setPhase(phase: Phase): void {
    this.phase = phase;
    this.#emit({ kind: "phase", phase });
  }

  /** Notes how long an answer took; `null`, an answer to nothing that was asked lately, changes nothing. */
  setLatency(ms: number | null): void {
    if (ms === null) return;
    this.latencyMs = ms;
    this.#emit({ kind: "latency", ms });
  }

  /** Notes since when the server owes an answer, and whether the connection may be gone. */
  noteSilence({ unansweredElapsedMs, isChecking }: Silence): void {
    const wasChecking = this.isChecking;
    this.unansweredElapsedMs = unansweredElapsedMs;
    this.isChecking = isChecking;
    if (isChecking !== wasChecking) this.#emit({ kind: "phase", phase: this.phase });
  }

  /** Forgets what is only known of a connection that is open. */
  forgetAnswers(): void {
    this.latencyMs = null;
    this.unansweredElapsedMs = null;
    this.isChecking = false;
  }

  /** Emits that something other than the lines has changed. */
  emitChanged(conversation: MutableConversation): void {
    this.#emit({ kind: "conversation-changed", key: conversation.key });
  }

  /** Applies what the user has set, here or on another device; "" removes it. */
  setPreference(
    place: PreferencePlace,
    key: PreferenceKey,
    value: string,
    isStored: boolean,
  ): void {
    if (isStored) this.#unstored.delete(`${place} ${key}`);
    else this.#unstored.add(`${place} ${key}`);
    const changesLines = this.preferences.set(place, key, value);
    const conversation = place === "*" ? undefined : this.conversations.get(place);
    if (conversation !== undefined) {
      this.#applyPreferences(conversation);
      this.emitChanged(conversation);
    }
    if (changesLines) this.judgeAgain();
    this.#emit({ kind: "preference", place, name: key, value, isStored });
  }

  /** Expects the server to tell anew what it stores; what it told another account holds no longer. */
  expectPreferences(): void {
    this.preferences.expectAnew((name) => this.#unstored.has(name));
    if (this.me.account !== this.#toldAccount) this.endPreferences();
    this.#toldAccount = this.me.account;
  }

  /** Removes what the server has not told anew, now that it has told everything. */
  endPreferences(): void {
    const { names, wereMasks } = this.preferences.takeUntold();
    for (const { place, key } of names) this.setPreference(place, key, "", true);
    if (wereMasks) this.judgeAgain();
  }

  /** Whether the user has blocked somebody; a function of its own, to be passed on. */
  readonly isBlocked = (sender: Sender): boolean => this.preferences.isBlocked(sender, this.fold);

  /** Looks again at all lines: the lists have changed. While a server tells its lists, only at their end. */
  judgeAgain(): void {
    const { kind } = this.phase;
    if (kind === "handshaking" || kind === "logging-in") return;
    for (const conversation of this.conversations.values()) {
      if (!judgeConversation(this, conversation, this.#judgedBy)) continue;
      this.#emit({ kind: "lines-loaded", key: conversation.key, count: 0 });
    }
    this.#judgedBy = this.preferences.highlightList;
  }

  #applyPreferences(conversation: MutableConversation): void {
    conversation.level = this.preferences.level(conversation.key);
    conversation.order = this.preferences.order(conversation.key);
  }

  /** Inserts a line, and counts it if it is live. Returns false if its msgid was there already. */
  addLine(conversation: MutableConversation, added: ChatLine, live: boolean): boolean {
    const line = live ? this.#withHighlight(conversation, added) : added;
    if (!conversation.list.add(line)) return false;
    conversation.trim();
    this.#countLine();
    const isUnread = live && conversation.countIfUnread(line);
    this.#emit({ kind: "line-added", key: conversation.key, line, live });
    if (isUnread) this.#notify(conversation, line);
    return true;
  }

  #withHighlight(conversation: MutableConversation, line: ChatLine): ChatLine {
    if (line.mention || !countsAsUnread(line)) return line;
    return this.#ports.isHighlighted?.(conversation, line) === true
      ? { ...line, mention: true }
      : line;
  }

  #countLine(): void {
    this.#linesUncounted += 1;
    if (this.#linesUncounted >= COUNTED_EVERY) this.trimAll();
  }

  /**
   * Drops lines while all conversations together hold more than this session's share of LINES_UNITS_MAX: the older
   * half of the largest one, and of one in whose past the user reads only when no other is left.
   */
  trimAll(): void {
    this.#linesUncounted = 0;
    const unitsMax = LINES_UNITS_MAX * (this.#ports.memoryShare?.() ?? 1);
    let units = 0;
    for (const conversation of this.conversations.values()) units += conversation.units;
    const full = new Set<MutableConversation>();
    while (units > unitsMax && full.size < this.conversations.size) {
      const weight = ({ held, units: own }: MutableConversation) =>
        held ? own / LINES_UNITS_MAX : own;
      const largest = [...this.conversations.values()]
        .filter((conversation) => !full.has(conversation))
        .reduce((most, each) => (weight(each) > weight(most) ? each : most));
      const before = largest.units;
      if (!largest.halve()) full.add(largest);
      units += largest.units - before;
      this.#emit({ kind: "lines-loaded", key: largest.key, count: 0 });
    }
  }

  /** Whether the rooms together may have another member. */
  get hasMemberSpace(): boolean {
    this.#membersUncounted += 1;
    if (this.#membersUncounted < COUNTED_EVERY) return this.#hasMemberSpace;
    this.#membersUncounted = 0;
    let members = 0;
    for (const conversation of this.conversations.values()) {
      members += conversation.members.size + (conversation.pendingMembers?.size ?? 0);
    }
    this.#hasMemberSpace = members < MEMBERS_IN_ALL_MAX * (this.#ports.memoryShare?.() ?? 1);
    return this.#hasMemberSpace;
  }

  /** Replaces the line that has the same key, wherever it is shown. */
  replaceLine(conversation: MutableConversation, line: ChatLine): void {
    this.#countLine();
    conversation.list.replace(line);
    conversation.detached?.list.replace(line);
    this.#emit({ kind: "line-changed", key: conversation.key, line });
  }

  /**
   * Gives a conversation the new name of its room or person. Does nothing if another conversation
   * has that name.
   */
  rename(conversation: MutableConversation, name: string): void {
    const oldKey = conversation.key;
    const key = this.fold(name);
    if (conversation.kind === "server" || name === "") return;
    if (key !== oldKey && this.conversations.has(key)) return;
    conversation.name = name;
    if (conversation.kind === "direct") conversation.moveReader(oldKey, key);
    if (key === oldKey) {
      this.emitChanged(conversation);
      return;
    }
    this.#move(new Map([[conversation, key]]));
  }

  /** Gives conversations other keys, which nobody has, in their places on the list. */
  #move(keys: ReadonlyMap<MutableConversation, Folded>): void {
    if (keys.size === 0) return;
    // A map keeps the order of insertion: all entries are inserted again to keep these in their places.
    const entries = [...this.conversations.values()];
    this.conversations.clear();
    const moves: { readonly was: Folded; readonly key: Folded }[] = [];
    for (const conversation of entries) {
      const { key: was } = conversation;
      const key = keys.get(conversation) ?? was;
      conversation.key = key;
      this.conversations.set(key, conversation);
      if (key === was) continue;
      if (!conversation.former) this.preferences.move(was, key);
      moves.push({ was, key });
    }
    for (const move of moves) this.#emit({ kind: "conversation-moved", ...move });
  }

  /**
   * Makes room for another person under the nick of a direct conversation, which stays on the list for
   * reading.
   */
  setAside(conversation: MutableConversation): void {
    conversation.former = true;
    conversation.online = false;
    conversation.typing.clear();
    conversation.readers.clear();
    // Its history can't be asked for: the server would take the nick for its present user.
    conversation.newest.oldestReached = true;
    conversation.detached = null;
    // No nick has a space, so that this name reaches nobody.
    let count = 1;
    while (this.find(`${conversation.name} (${count})`) !== null) count += 1;
    conversation.name = `${conversation.name} (${count})`;
    this.#move(new Map([[conversation, this.fold(conversation.name)]]));
  }

  /** Notes which conversation is on screen, and returns it if it wasn't there before. */
  show(key: Folded): MutableConversation | null {
    let shown: MutableConversation | null = null;
    for (const conversation of this.conversations.values()) {
      if (conversation.key === key && !conversation.shown) shown = conversation;
      conversation.shown = conversation.key === key;
    }
    return shown;
  }

  remove(conversation: MutableConversation): void {
    if (conversation.kind === "server") return;
    // Requests that are under way may hold it for a while.
    conversation.newest.clear();
    conversation.detached = null;
    conversation.clearMembers();
    if (this.conversations.delete(conversation.key)) {
      this.#emit({ kind: "conversation-removed", key: conversation.key });
    }
  }

  /** Returns the rooms that a nick is in, and the direct conversation with it. */
  withUser(nick: string): MutableConversation[] {
    const key = this.fold(nick);
    return [...this.conversations.values()].filter(
      (conversation) =>
        conversation.members.has(key) ||
        (conversation.kind === "direct" && conversation.key === key),
    );
  }

  #create(name: string, kind: "room" | "direct"): MutableConversation {
    // No user or room can have this name: a server that uses it means itself.
    if (name === "" || this.fold(name) === SERVER_KEY) return this.server;
    this.#makeSpace(kind, kind === "direct" ? DIRECTS_MAX : ROOMS_MAX);
    const conversation = new MutableConversation(this.fold(name), name, kind);
    this.conversations.set(conversation.key, conversation);
    this.#applyPreferences(conversation);
    this.#emit({ kind: "conversation-added", key: conversation.key });
    return conversation;
  }

  /**
   * If there are `max` conversations of this kind, removes the one that was quiet for longest. The one on screen stays:
   * what the user types there would go to the next one.
   */
  #makeSpace(kind: "room" | "direct", max: number): void {
    const alike = [...this.conversations.values()].filter(
      (conversation) => conversation.kind === kind,
    );
    if (alike.length < max) return;
    const lastTimeOf = (conversation: MutableConversation) => conversation.lines.at(-1)?.time ?? 0;
    const quietest = alike
      .filter(({ list, shown }) => list.pendingCount === 0 && !shown)
      .reduce<MutableConversation | null>(
        (least, conversation) =>
          least === null || lastTimeOf(conversation) < lastTimeOf(least) ? conversation : least,
        null,
      );
    if (quietest !== null) this.remove(quietest);
  }

  #notify(conversation: MutableConversation, line: ChatLine): void {
    const isDirect = conversation.kind === "direct";
    const level = conversation.level ?? (isDirect ? "all" : "mentions");
    if (level === "all" || (level === "mentions" && line.mention)) {
      const why = isDirect ? "direct" : line.mention ? "mention" : "message";
      this.#emit({ kind: "notify", key: conversation.key, line, why });
    }
  }
}

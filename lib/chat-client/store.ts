/**
 * The ClientState as the session writes it: every change goes through here or through an
 * OpenConversation in here, and is told to the screen behind it.
 */
import { type Folded, fold } from "../protocol/names.ts";
import type { ClientEvent } from "./client-event.ts";
import {
  type ChatLine,
  type ClientState,
  type Me,
  type Phase,
  SERVER_KEY,
} from "./client-state.ts";
import { countsAsUnread, MutableConversation } from "./conversation.ts";

/**
 * Direct conversations kept at once. Anybody can open one by writing, and a stranger under a new
 * nick can do so again and again.
 */
export const DIRECTS_MAX = 300;
/** Rooms kept at once, ten times what a person may be in on our server: any line of a server opens one. */
export const ROOMS_MAX = 2000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class ClientStore implements ClientState {
  network = "";
  readonly me: Writable<Me>;
  phase: Phase = { kind: "offline", why: "new", text: "" };
  latencyMs: number | null = null;
  readonly conversations = new Map<Folded, MutableConversation>();
  readonly caps = new Set<string>();
  queued = 0;
  readonly #tell: (event: ClientEvent) => void;

  constructor(nick: string, tell: (event: ClientEvent) => void) {
    this.me = { nick, account: null, away: false, awayText: "", operator: false };
    this.#tell = tell;
    this.conversations.set(SERVER_KEY, new MutableConversation(SERVER_KEY, "", "server"));
  }

  get server(): MutableConversation {
    return this.conversations.get(SERVER_KEY) as MutableConversation;
  }

  /** A room or a direct conversation; never the server's own. */
  find(name: string): MutableConversation | null {
    const found = this.conversations.get(fold(name));
    return found === undefined || found.kind === "server" ? null : found;
  }

  openRoom(name: string): MutableConversation {
    return this.find(name) ?? this.#make(name, "room");
  }

  openDirect(nick: string): MutableConversation {
    return this.find(nick) ?? this.#make(nick, "direct");
  }

  isMe(nick: string): boolean {
    return nick !== "" && fold(nick) === fold(this.me.nick);
  }

  setPhase(phase: Phase): void {
    this.phase = phase;
    this.#tell({ kind: "phase", phase });
  }

  emitChanged(conversation: MutableConversation): void {
    this.#tell({ kind: "conversation-changed", key: conversation.key });
  }

  /** Puts a line in its place, counts it, and tells. False when it was there already. */
  addLine(conversation: MutableConversation, line: ChatLine, live: boolean): boolean {
    if (!conversation.list.add(line)) return false;
    conversation.trim();
    this.#tell({ kind: "line-added", key: conversation.key, line, live });
    if (live && countsAsUnread(line) && conversation.kind !== "server") {
      this.#count(conversation, line);
    }
    return true;
  }

  replaceLine(conversation: MutableConversation, line: ChatLine): void {
    conversation.list.replace(line);
    conversation.detached?.list.replace(line);
    this.#tell({ kind: "line-changed", key: conversation.key, line });
  }

  /** A person's or a room's new name. What was under the new name before stays where it is. */
  rename(conversation: MutableConversation, name: string): void {
    const was = conversation.key;
    const key = fold(name);
    if (conversation.kind === "server" || name === "") return;
    if (key !== was && this.conversations.has(key)) return;
    conversation.name = name;
    if (conversation.kind === "direct") renameReader(conversation, was, key);
    if (key === was) {
      this.emitChanged(conversation);
      return;
    }
    conversation.key = key;
    // A map keeps the order in which keys came, so all are put in again.
    const all = [...this.conversations];
    this.conversations.clear();
    for (const [old, other] of all) this.conversations.set(old === was ? key : old, other);
    this.#tell({ kind: "conversation-moved", was, key });
  }

  remove(conversation: MutableConversation): void {
    if (conversation.kind === "server") return;
    if (this.conversations.delete(conversation.key)) {
      this.#tell({ kind: "conversation-removed", key: conversation.key });
    }
  }

  /** Rooms with this member, and the direct conversation with this person. */
  withUser(nick: string): MutableConversation[] {
    const key = fold(nick);
    return [...this.conversations.values()].filter(
      (one) => one.members.has(key) || (one.kind === "direct" && one.key === key),
    );
  }

  #make(name: string, kind: "room" | "direct"): MutableConversation {
    // Nobody can be called so; a server that says it speaks of itself.
    if (name === "" || fold(name) === SERVER_KEY) return this.server;
    this.#makePlace(kind, kind === "direct" ? DIRECTS_MAX : ROOMS_MAX);
    const conversation = new MutableConversation(fold(name), name, kind);
    this.conversations.set(conversation.key, conversation);
    this.#tell({ kind: "conversation-added", key: conversation.key });
    return conversation;
  }

  /** Takes away the conversation of this kind that has been quiet for longest. */
  #makePlace(kind: "room" | "direct", most: number): void {
    const alike = [...this.conversations.values()].filter((one) => one.kind === kind);
    if (alike.length < most) return;
    const lastTime = (one: MutableConversation) => one.lines.at(-1)?.time ?? 0;
    const idle = alike.filter((one) => one.draft === "" && one.list.pendingCount === 0);
    const quietest = idle.reduce<MutableConversation | null>(
      (least, one) => (least === null || lastTime(one) < lastTime(least) ? one : least),
      null,
    );
    if (quietest !== null) this.remove(quietest);
  }

  #count(conversation: MutableConversation, line: ChatLine): void {
    const direct = conversation.kind === "direct";
    if (conversation.readMarker !== null && line.time <= conversation.readMarker) return;
    conversation.unread += 1;
    if (direct || line.mention) conversation.mentions += 1;
    this.emitChanged(conversation);
    if ((direct || line.mention) && !conversation.muted) {
      const why = direct ? "direct" : "mention";
      this.#tell({ kind: "notify", key: conversation.key, line, why });
    }
  }
}

/** In direct messages the one reader goes by the conversation's name. */
function renameReader({ readers }: MutableConversation, was: Folded, key: Folded): void {
  const time = readers.get(was);
  if (time === undefined || was === key) return;
  readers.delete(was);
  readers.set(key, time);
}

/**
 * The ClientState as the session writes it: every change goes through here or through an
 * OpenConversation in here, and is told to the screen behind it.
 */
import { type Folded, fold } from "../protocol/names.ts";
import { countsAsUnread, OpenConversation } from "./conversation.ts";
import type { ClientEvent } from "./event.ts";
import { type ClientState, type Line, type Me, type Phase, SERVER_KEY } from "./state.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export class Book implements ClientState {
  network = "";
  readonly me: Writable<Me>;
  phase: Phase = { kind: "offline", why: "new", text: "" };
  latencyMs: number | null = null;
  readonly conversations = new Map<Folded, OpenConversation>();
  readonly caps = new Set<string>();
  queued = 0;
  readonly #tell: (event: ClientEvent) => void;

  constructor(nick: string, tell: (event: ClientEvent) => void) {
    this.me = { nick, account: null, away: false, awayText: "", operator: false };
    this.#tell = tell;
    this.conversations.set(SERVER_KEY, new OpenConversation(SERVER_KEY, "", "server"));
  }

  get server(): OpenConversation {
    return this.conversations.get(SERVER_KEY) as OpenConversation;
  }

  find(name: string): OpenConversation | null {
    return this.conversations.get(fold(name)) ?? null;
  }

  room(name: string): OpenConversation {
    return this.find(name) ?? this.#add(name, "room");
  }

  direct(nick: string): OpenConversation {
    return this.find(nick) ?? this.#add(nick, "direct");
  }

  isMe(nick: string): boolean {
    return nick !== "" && fold(nick) === fold(this.me.nick);
  }

  setPhase(phase: Phase): void {
    this.phase = phase;
    this.#tell({ kind: "phase", phase });
  }

  changed(conversation: OpenConversation): void {
    this.#tell({ kind: "conversation-changed", key: conversation.key });
  }

  /** Puts a line in its place, counts it, and tells. False when it was there already. */
  addLine(conversation: OpenConversation, line: Line, live: boolean): boolean {
    if (!conversation.list.add(line)) return false;
    conversation.trim();
    this.#tell({ kind: "line-added", key: conversation.key, line, live });
    if (live && countsAsUnread(line) && conversation.kind !== "server") {
      this.#count(conversation, line);
    }
    return true;
  }

  putLine(conversation: OpenConversation, line: Line): void {
    conversation.list.replace(line);
    this.#tell({ kind: "line-changed", key: conversation.key, line });
  }

  /** A person's or a room's new name. What was under the new name before stays where it is. */
  move(conversation: OpenConversation, name: string): void {
    const was = conversation.key;
    const key = fold(name);
    if (key !== was && this.conversations.has(key)) return;
    conversation.name = name;
    if (key === was) {
      this.changed(conversation);
      return;
    }
    conversation.key = key;
    // A map keeps the order in which keys came, so all are put in again.
    const all = [...this.conversations];
    this.conversations.clear();
    for (const [old, other] of all) this.conversations.set(old === was ? key : old, other);
    this.#tell({ kind: "conversation-moved", was, key });
  }

  remove(conversation: OpenConversation): void {
    if (conversation.kind === "server") return;
    if (this.conversations.delete(conversation.key)) {
      this.#tell({ kind: "conversation-removed", key: conversation.key });
    }
  }

  /** Rooms with this member, and the direct conversation with this person. */
  with(nick: string): OpenConversation[] {
    const key = fold(nick);
    return [...this.conversations.values()].filter(
      (one) => one.members.has(key) || (one.kind === "direct" && one.key === key),
    );
  }

  #add(name: string, kind: "room" | "direct"): OpenConversation {
    const conversation = new OpenConversation(fold(name), name, kind);
    this.conversations.set(conversation.key, conversation);
    this.#tell({ kind: "conversation-added", key: conversation.key });
    return conversation;
  }

  #count(conversation: OpenConversation, line: Line): void {
    const direct = conversation.kind === "direct";
    if (conversation.readMarker !== null && line.time <= conversation.readMarker) return;
    conversation.unread += 1;
    if (direct || line.mention) conversation.mentions += 1;
    this.changed(conversation);
    if ((direct || line.mention) && !conversation.muted) {
      const why = direct ? "direct" : "mention";
      this.#tell({ kind: "notify", key: conversation.key, line, why });
    }
  }
}

import type { Folded } from "../../protocol/names.ts";
import type { OpenServers } from "../servers/open-servers.ts";
import { type OtherPane, SPLIT_COLUMNS_MIN } from "./draw/split-panes.ts";
import { pauseAt } from "./keys/navigation.ts";
import type { Place } from "./listed-places.ts";
import type { ServerChats } from "./server-chats.ts";

/** Which conversation stands beside the one on screen, and on which side; kept while the menu is shown. */
export interface Split {
  readonly other: Place;
  readonly side: OtherPane["side"];
}

/** Owns the second conversation of a split screen, and follows the user from one to the other. */
export class ScreenSplit {
  readonly #servers: OpenServers;
  readonly #chats: ServerChats;
  /** The conversation that was on screen before. */
  #last: Place;

  constructor(servers: OpenServers, chats: ServerChats) {
    this.#servers = servers;
    this.#chats = chats;
    this.#last = chats.place;
  }

  /** Whether a conversation stands beside the one on screen, or will as soon as there is room. */
  get isSplit(): boolean {
    return this.#servers.split !== null;
  }

  /** The conversation to draw beside the one on screen; null for none, and where it has gone. */
  get pane(): OtherPane | null {
    const { split } = this.#servers;
    const chat = split === null ? undefined : this.#chats.byId(split.other.server);
    if (split === null || chat === undefined) return null;
    const { state } = chat.server.connection.session;
    const { key } = split.other;
    if (!state.conversations.has(key)) return null;
    const ui = { ...chat.controller.ui, current: key };
    return { state, ui, cache: chat.cache, side: split.side };
  }

  /** Returns whether two conversations are drawn in a window of so many columns. */
  hasRoom(columns: number): boolean {
    return columns >= SPLIT_COLUMNS_MIN;
  }

  /** Shows a conversation beside the one on screen, on its right; null: none. */
  set(other: Place | null): void {
    const side = this.#servers.split?.side ?? "right";
    this.#servers.split = other === null ? null : { other, side };
    const chat = other === null ? undefined : this.#chats.byId(other.server);
    if (other === null || chat === undefined) return;
    const { controller, server } = chat;
    controller.ui = pauseAt(server.connection.session.state, controller.ui, other.key);
  }

  /** Goes over to the other conversation: both stay as they are. Returns false where there is none. */
  goOver(): boolean {
    const { split } = this.#servers;
    if (split === null || this.pane === null) return false;
    this.#chats.goOver(split.other);
    this.follow();
    return true;
  }

  /** Takes the conversation that was on screen before to the other side when the user has gone to that one. */
  follow(): void {
    const { split } = this.#servers;
    const { place } = this.#chats;
    if (isSame(place, this.#last)) return;
    if (split !== null && isSame(place, split.other)) {
      const side = split.side === "left" ? "right" : "left";
      this.#servers.split = { other: this.#last, side };
    }
    this.#last = place;
  }

  /** Follows a room or a person to their new name. */
  onMoved(server: string, was: Folded, key: Folded): void {
    const moved = (place: Place): Place =>
      isSame(place, { server, key: was }) ? { server, key } : place;
    const { split } = this.#servers;
    if (split !== null) this.#servers.split = { ...split, other: moved(split.other) };
    this.#last = moved(this.#last);
  }
}

function isSame(one: Place, other: Place): boolean {
  return one.server === other.server && one.key === other.key;
}

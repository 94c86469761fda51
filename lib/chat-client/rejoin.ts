/** Brings the client up to date after registration: rooms, missed lines, presence. */
import type { Folded } from "../protocol/names.ts";
import { PINNED_KEY } from "../protocol/pinned-text.ts";
import type { MutableConversation } from "./conversation.ts";
import type { CatchUp } from "./history/catch-up.ts";
import { noteUnwatched, watchPeers } from "./peer.ts";
import { WHO_FIELDS } from "./receive/user-changes.ts";
import type { Outbound } from "./send/outbound.ts";
import { endTellingPreferences } from "./send/preference-commands.ts";
import type { SendQueue } from "./send/send-queue.ts";
import type { SessionOptions } from "./session-interface.ts";

/**
 * Members' presence is requested only in rooms up to this size; in larger ones it is learnt as it
 * changes.
 */
const WHO_MEMBERS_MAX = 200;

/**
 * Owns which rooms are joined again on the next connection, and since when lines may be missing.
 */
export class Rejoin {
  readonly #options: SessionOptions;
  readonly #outbound: Outbound;
  readonly #catchUp: CatchUp;
  readonly #queue: SendQueue;
  /** By the room's key. Only for servers that don't remember our rooms. */
  readonly #rooms = new Map<Folded, string>();
  /** Since when direct messages may be missing (ms): a time before the connection broke; 0 at first. */
  #missedSinceMs = 0;
  /** Whether the server has said, on this connection, which direct conversations there are. */
  #hasFoundDirects = false;

  constructor(options: SessionOptions, outbound: Outbound, catchUp: CatchUp, queue: SendQueue) {
    this.#options = options;
    this.#outbound = outbound;
    this.#catchUp = catchUp;
    this.#queue = queue;
  }

  /** Removes a room that the user has left from those to join again. */
  removeRoom(room: string): void {
    this.#rooms.delete(this.#outbound.store.fold(room));
  }

  /**
   * Ends what depends on a connection, and remembers the joined rooms and since when direct messages may be
   * missing. A connection that ended before the server had named the conversations (an attempt that failed, a
   * certificate that wasn't trusted yet) doesn't count: the next one asks for as much as this one did.
   */
  handleDisconnect(now: number): void {
    for (const conversation of this.#outbound.store.conversations.values()) {
      if (conversation.kind === "room") {
        if (conversation.joined) this.#rooms.set(conversation.key, conversation.name);
        conversation.joined = false;
      }
      noteUnwatched(this.#outbound, conversation);
      conversation.online = null;
      conversation.typing.clear();
    }
    if (!this.#hasFoundDirects) return;
    this.#hasFoundDirects = false;
    // By the earlier of the two clocks: either may be wrong.
    this.#missedSinceMs = Math.min(now, this.#newestLineMs());
  }

  /** Joins rooms and fetches missed lines. Call it once registered. */
  start(): void {
    endTellingPreferences(this.#outbound);
    if (this.#outbound.hasCap("draft/metadata-2")) {
      const params = ["*", "SUB", PINNED_KEY];
      this.#outbound.request("METADATA", params, { quiet: true, onlyLabelled: true });
    }
    this.#setAwayAgain();
    this.#joinRooms();
    if (this.#options.catchUp !== false) this.#catchUpAll();
  }

  /** Fetches the missed lines of a room that I have just joined. */
  handleJoined(conversation: MutableConversation): void {
    // They may have changed while I was out.
    conversation.areModesKnown = false;
    if (conversation.shown) this.handleShown(conversation);
    // Before "ready" the server's limits aren't known: `start` then does it.
    const isReady = this.#outbound.store.phase.kind === "ready";
    if (isReady && this.#options.catchUp !== false) this.#catchUp.start(conversation);
  }

  /** Requests the modes of a room that the user looks at. Not of each room at its join: there may be hundreds. */
  handleShown({ kind, name, joined, areModesKnown }: MutableConversation): void {
    // By RFC 2811 a room whose name begins with + has no modes, and asking for them is refused.
    if (kind !== "room" || !joined || areModesKnown || name.startsWith("+")) return;
    this.#outbound.request("MODE", [name], { quiet: true, onlyLabelled: true });
  }

  /** Requests which members of a room are away, once its members are known. */
  requestPresence(conversation: MutableConversation): void {
    if (conversation.members.size > WHO_MEMBERS_MAX) return;
    if (!this.#outbound.hasCap("away-notify")) return;
    const fields = this.#outbound.isupport.has("WHOX") ? [WHO_FIELDS] : [];
    const params = [conversation.name, ...fields];
    this.#outbound.request("WHO", params, { quiet: true, onlyLabelled: true });
  }

  /** Returns the time that the server gave the newest line; 0 without lines. */
  #newestLineMs(): number {
    let newest = 0;
    for (const { lines } of this.#outbound.store.conversations.values()) {
      const line = lines.findLast(({ msgid }) => msgid !== null);
      if (line !== undefined) newest = Math.max(newest, line.time);
    }
    return newest;
  }

  /** Whether the server remembers of the last connection what the user did there. */
  get #isRemembered(): boolean {
    return this.#outbound.hasCap("sodam.chat/unread") && this.#outbound.store.me.account !== null;
  }

  /** To others than servers of ours who comes back is a new user, and not away. */
  #setAwayAgain(): void {
    const { me } = this.#outbound.store;
    if (!me.away || this.#isRemembered) return;
    me.awayText ||= "away";
    this.#outbound.request("AWAY", [me.awayText], { onlyLabelled: true });
  }

  /** A server that remembers our rooms sends their JOINs itself; on any other we must join. */
  #joinRooms(): void {
    const { store } = this.#outbound;
    const rooms = this.#isRemembered ? [] : [...this.#rooms.values()];
    for (const room of new Set([...(this.#options.rooms ?? []), ...rooms])) {
      if (store.find(room)?.joined !== true)
        this.#outbound.request("JOIN", [room], { onlyLabelled: true });
    }
    this.#rooms.clear();
  }

  /** With a guest, first makes sure that the messages to come are those of the same person. */
  #catchUpDirect(conversation: MutableConversation): void {
    const { peers } = this.#queue;
    if (!peers.isUrgent(conversation)) return this.#catchUp.start(conversation);
    peers.run(conversation, () => {
      if (conversation.peer === "same") this.#catchUp.start(conversation);
      else this.#queue.resume(conversation, true);
    });
  }

  #catchUpAll(): void {
    const conversations = [...this.#outbound.store.conversations.values()];
    const directs = conversations.filter(({ kind }) => kind === "direct");
    const rooms = conversations.filter(({ kind, joined }) => kind === "room" && joined);
    for (const conversation of directs) this.#catchUpDirect(conversation);
    for (const conversation of rooms) this.#catchUp.start(conversation);
    watchPeers(this.#outbound, directs);
    const onFound = (conversation: MutableConversation): void => {
      if (conversation.lines.length > 0) return;
      this.#catchUp.start(conversation);
      watchPeers(this.#outbound, [conversation]);
    };
    this.#catchUp.findDirect(this.#missedSinceMs, onFound, () => {
      this.#hasFoundDirects = true;
    });
  }
}

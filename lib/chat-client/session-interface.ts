import type { Folded } from "../protocol/names.ts";
import type { WireLine } from "../protocol/wire/lines.ts";
import type { ClientState, WaitTrouble } from "./client-state.ts";
import type { HistoryPosition } from "./conversation.ts";
import type { Answer, AskOptions, ListedRoom, LogIn, SayOptions } from "./session-ports.ts";

/** The shape of ClientSession, for whoever draws it (and for its tests' stand-ins). */
export interface ChatSession {
  readonly state: ClientState;
  /** The app begins to connect. */
  connecting(): void;
  /** TCP and TLS stand: the negotiation begins. */
  opened(): void;
  receive(line: WireLine): void;
  /** The connection ended; `text` is for people. Tells "disconnected". */
  closed(text: string): void;
  /** The app will call connecting() again at `retryAt`; `trouble`: what the last attempt ended in. */
  waiting(retryAt: number, attempt: number, trouble?: WaitTrouble | null): void;
  /** About once a second: pings, typing that ends, asks that got no answer. */
  tick(now: number): void;

  /** At the door. */
  logIn(logIn: LogIn): void;
  /** At the door: a code that lets one sign up, where it wasn't in the options. */
  sendInvitation(code: string): void;
  /** Leaves the door: CAP END. After a sign-up. */
  endNegotiation(): void;
  /** Leaves the door without an account, under this name or one like it where it is taken. */
  continueAsGuest(nick: string): void;
  /** Whether the server can tell how far people have read. */
  readonly receiptsOffered: boolean;
  /** Lets the others see how far I have read, and me how far they have; or neither. */
  setReceipts(on: boolean): void;
  quit(reason?: string): void;

  /** Text of any length and number of lines. Adds the own line(s) at once; returns their keys. */
  say(target: string, text: string, options?: SayOptions): readonly string[];
  sendAction(target: string, text: string): readonly string[];
  notice(target: string, text: string): readonly string[];
  /** Sends a failed, or unsure, line again. False when it is no such line. */
  retry(key: Folded, lineKey: string): boolean;
  /** Takes a failed line out of the list. */
  forget(key: Folded, lineKey: string): boolean;
  join(room: string, key?: string): void;
  leave(room: string, reason?: string): void;
  /** JOIN of a room that shouldn't exist yet; the same on the wire. */
  create(room: string): void;
  topic(room: string, text: string): void;
  /** What stands at the top for everybody; "" takes it away. Only where "draft/metadata-2" is in force. */
  pin(room: string, text: string): void;
  /** "" comes back. */
  away(text: string): void;
  setNick(nick: string): void;
  invite(nick: string, room: string): void;
  kick(room: string, nick: string, reason?: string): void;
  ban(room: string, mask: string): void;
  unban(room: string, mask: string): void;
  mode(target: string, changes: string, ...args: string[]): void;
  react(key: Folded, msgid: string, reaction: string): void;
  unreact(key: Folded, msgid: string, reaction: string): void;
  edit(key: Folded, msgid: string, text: string): void;
  redact(key: Folded, msgid: string, reason?: string): void;
  /** Call at each key; it sends at most one notice in three seconds. "done" when the field was emptied. */
  sendTyping(key: Folded, what: "active" | "paused" | "done"): void;
  /** Everything in it was seen. */
  markRead(key: Folded): void;
  /** A page before the first line; nothing when one is under way or there is none. */
  loadOlder(key: Folded): void;
  /** The same behind what is visited; nothing while nothing is. */
  loadNewer(key: Folded): void;
  /** Shows what stood around a message as `past`; `done` hears whether it was found. */
  jumpTo(key: Folded, place: HistoryPosition, done: (found: boolean) => void): void;
  /** Back to the newest lines. */
  endJump(key: Folded): void;
  /** Loads older lines until this message is here; `done` hears whether it is. The lines are held. */
  loadBackTo(key: Folded, msgid: string, done: (found: boolean) => void): void;
  /** Makes a direct conversation (or finds it), with its latest page; returns its key. */
  openDirect(nick: string): Folded;
  /** Takes a direct conversation off the list. */
  closeDirect(key: Folded): void;
  setDraft(key: Folded, text: string): void;
  setMuted(key: Folded, muted: boolean): void;
  /** While held, lines at the top are not dropped: somebody reads there. */
  hold(key: Folded, held: boolean): void;
  list(filter: string, done: (rooms: readonly ListedRoom[] | null) => void): void;
  whois(nick: string, done: (answer: Answer) => void): void;
  names(room: string): void;
  /** @param attributes as SEARCH takes them */
  search(attributes: ReadonlyMap<string, string>, done: (answer: Answer) => void): void;
  ask(
    verb: string,
    params: readonly string[],
    done: (answer: Answer) => void,
    options?: AskOptions,
  ): void;
  /** A raw line, as typed after /quote. */
  raw(line: string): void;
}

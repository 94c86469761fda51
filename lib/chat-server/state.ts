import type { AccountStore } from "../member-server/account-store.ts";
import { LoginThrottle, RateLimiter } from "../member-server/login-throttle.ts";
import { SignUps } from "../member-server/sign-up.ts";
import type { AccountName, Nick } from "../protocol/names.ts";
import { fold } from "../protocol/names.ts";
import { apply } from "./apply.ts";
import type { Outcome } from "./command.ts";
import type { EventBody, RoomEvent, UserIdentity } from "./event.ts";
import { toStored } from "./history/stored-tags.ts";
import type { ServerOptions } from "./options.ts";
import { encodeEvent, toBytes } from "./relay/encode-event.ts";
import { relayEvent } from "./relay/fan-out.ts";
import { Reply } from "./relay/reply.ts";
import { directConversationId } from "./rooms/conversation-id.ts";
import { type Conversation, DirectConversation, Room } from "./rooms/room.ts";
import { Rooms } from "./rooms/rooms.ts";
import type { ServerPorts } from "./server-ports.ts";
import { notifyCapChanges, offeredCaps } from "./sessions/capabilities.ts";
import { isupportTokens, notifyIsupportChanges } from "./sessions/isupport-tokens.ts";
import type { Session } from "./sessions/session.ts";
import { ReadReceipts } from "./unread/read-receipts.ts";
import { Monitors } from "./users/monitors.ts";
import { ServerBans } from "./users/server-bans.ts";
import type { User } from "./users/user.ts";
import { UserCounts } from "./users/user-counts.ts";
import { Users } from "./users/users.ts";
import { WhowasList } from "./users/whowas.ts";

/** Everything that the conversation knows, and the one way in which something happens in it. */
export class State {
  options: ServerOptions;
  /** What 005 says, by lines; made when it is first told. Belongs to isupport-tokens.ts. */
  isupport: readonly string[] | null = null;
  readonly ports: ServerPorts;
  readonly accounts: AccountStore;
  readonly signUps: SignUps;
  readonly loginThrottle = new LoginThrottle();
  /** Accounts made from one address without an invitation: a class signs up, a script doesn't. */
  readonly signUpLimiter = new RateLimiter({ tries: 20, everyMs: 5 * 60_000 });
  /** Rooms made by one account: each leaves a folder in the history, even when it is left at once. */
  readonly roomCreationLimiter = new RateLimiter({ tries: 100, everyMs: 60_000 });
  readonly users = new Users();
  readonly rooms = new Rooms();
  readonly sessions = new Set<Session>();
  readonly userCounts = new UserCounts();
  readonly monitors = new Monitors();
  readonly whowas = new WhowasList();
  readonly readReceipts = new ReadReceipts();
  readonly bans = new ServerBans();
  /** How often somebody may have all that they said taken back: each time every history is read. */
  readonly eraseLimiter = new RateLimiter({ tries: 3, everyMs: 3_600_000 });
  /** Accounts of which everything that they said is being taken back. */
  readonly accountsBeingErased = new Set<AccountName>();
  /**
   * Goes on with something slow that belongs to no session; `failed` when a fault of ours ends it. Set by the
   * server that owns this.
   */
  runInBackground: (outcome: Outcome, failed?: () => void) => void = () => {};
  /** How often each command was used, for STATS m. */
  readonly commandCounts = new Map<string, number>();
  readonly startedAt: number;
  #references = 0;

  constructor(options: ServerOptions, ports: ServerPorts, members: AccountStore) {
    this.options = options;
    this.ports = ports;
    this.accounts = members;
    this.signUps = new SignUps(members, options.signUp, options.passwordCost);
    this.startedAt = ports.clock.now();
  }

  get now(): number {
    return this.ports.clock.now();
  }

  /** The owner wants it otherwise from now on. */
  applyOptions(options: ServerOptions): void {
    const before = isupportTokens(this);
    const capsBefore = offeredCaps(this);
    this.options = options;
    this.isupport = null;
    this.signUps.mode = options.signUp;
    notifyIsupportChanges(this, before);
    notifyCapChanges(this, capsBefore);
  }

  /** A name for a batch: short, and not used before in this server's life. */
  nextBatchId = (): string => {
    this.#references += 1;
    return this.#references.toString(36);
  };

  /** An answer without a label, for a session that asked nothing. */
  unsolicitedReply(session: Session): Reply {
    return new Reply(session, this.options.name, null, this.nextBatchId);
  }

  /**
   * Makes something happen in a conversation: kept first, then applied, then told. Answers `null` when it
   * could not be kept; then nothing has happened, and the asker is to be told so.
   *
   * @param asker whose command it is, so that their copy carries the label
   */
  commit(
    conversation: Conversation,
    by: UserIdentity,
    happening: EventBody,
    asker: Reply | null,
  ): RoomEvent | null {
    return this.#happenAt(
      conversation,
      conversation.position,
      conversation.time,
      by,
      happening,
      asker,
    );
  }

  /**
   * The same for what can't be refused: somebody is gone, and is out of their rooms whether or not the disk
   * takes it. What was not kept takes no position, and the next start finds it out by itself.
   */
  commitUnstored(conversation: Conversation, by: UserIdentity, happening: EventBody): void {
    if (this.commit(conversation, by, happening, null) !== null) return;
    const { id, position, time } = conversation;
    const event: RoomEvent = { conversation: id, position, time, msgid: "", by, ...happening };
    this.#take(conversation, event, event, null);
  }

  /** Founds a room: its first event. The name must be free. */
  createRoom(room: Room, by: UserIdentity): boolean {
    const created: EventBody = { kind: "created", room: room.name, pair: null };
    return this.#happenAt(room, 0, 0, by, created, null) !== null;
  }

  /** The direct messages of two accounts, begun now if they never wrote; `null` when that can't be kept. */
  directConversation(
    one: AccountName,
    other: AccountName,
    by: UserIdentity,
  ): DirectConversation | null {
    const known = this.rooms.direct(one, other);
    if (known !== null) return known;
    const pair = [one, other] as const;
    const talk = new DirectConversation(directConversationId(pair, this.ports.random.id()), pair);
    const created: EventBody = { kind: "created", room: null, pair };
    if (this.#happenAt(talk, 0, 0, by, created, null) === null) return null;
    return this.rooms.direct(one, other);
  }

  #happenAt(
    conversation: Conversation,
    at: number,
    time: number,
    by: UserIdentity,
    happening: EventBody,
    asker: Reply | null,
  ): RoomEvent | null {
    // Later than the one before it, whatever the clock does: a page of history may end at any message.
    const then = Math.max(this.now, time + 1);
    const event: RoomEvent = {
      conversation: conversation.id,
      position: at + 1,
      time: then,
      msgid: this.ports.random.id(then),
      by,
      ...happening,
    };
    const kept = toStored(event);
    if (!this.ports.append(kept)) return null;
    this.#take(conversation, kept, event, asker);
    return event;
  }

  /** Applies an event, and tells it with what isn't kept of it. */
  #take(conversation: Conversation, event: RoomEvent, told: RoomEvent, asker: Reply | null): void {
    // Who leaves hears of it too, and who renames a room is told under the name that people know.
    const going = this.#goingBy(event);
    const hushed = conversation instanceof Room ? this.#hushed(conversation, event, going) : null;
    const before = conversation instanceof Room ? conversation.name : "";
    const after = apply(this, event);
    this.#noteReader(after, event);
    this.#tell(after, told, before, going, hushed, asker);
  }

  /** How far somebody has read who has just come in is news as well. */
  #noteReader(conversation: Conversation, event: RoomEvent): void {
    const user = event.kind === "joined" ? this.users.find(event.by) : null;
    if (user?.sharesReadReceipts) this.readReceipts.note(conversation, user);
  }

  /** Who comes into an auditorium, or goes, without most of it seeing. */
  #hushed(room: Room, event: RoomEvent, going: User | null): User | null {
    const who = event.kind === "joined" ? this.users.find(event.by) : going;
    return who !== null && room.hasMode("u") && !room.hasRank(who, "v") ? who : null;
  }

  #goingBy(event: RoomEvent): User | null {
    if (event.kind === "left") return this.users.find(event.by);
    if (event.kind === "kicked") return this.users.find(event.whom);
    return null;
  }

  #tell(
    conversation: Conversation,
    event: RoomEvent,
    nameBefore: string,
    going: User | null,
    hushed: User | null,
    asker: Reply | null,
  ): void {
    if (conversation instanceof Room) {
      // Who talks into a room from outside has echoes, and other devices, too.
      const also = event.kind === "said" ? this.users.find(event.by) : going;
      const users = audience(conversation, also);
      const told = hushed === null ? users : opsAnd(hushed, conversation, users);
      relayEvent(event, told, nameBefore, asker);
      return;
    }
    if (!(conversation instanceof DirectConversation) || event.by.account === null) return;
    const peer = conversation.peerOf(event.by.account);
    const users = new Set<User>();
    for (const account of conversation.accounts) {
      const user = this.users.byAccount(account);
      if (user !== null) users.add(user);
    }
    const target = this.nickOfAccount(peer);
    relayEvent(event, users, target, asker);
    // What one writes to oneself also arrives, besides the echo that some clients ask for.
    if (users.size === 1 && asker !== null && event.kind === "said") {
      asker.session.link.send(toBytes(encodeEvent(event, target, asker.session.dialect)));
    }
  }

  /** Whoever is connected under this name. */
  onlineUser(nick: string): User | null {
    const user = this.users.byNick(fold(nick));
    return user !== null && user.sessions.length > 0 ? user : null;
  }

  /** How an account is called now, here or not. */
  nickOfAccount(account: AccountName): string {
    return this.users.byAccount(account)?.nick ?? account;
  }

  /** The account of whoever is called so now, or else the one of that name. */
  accountOfNick(name: string): AccountName | null {
    const user = this.users.byNick(fold(name));
    return user === null ? (this.accounts.account(fold(name))?.name ?? null) : user.account;
  }

  /** Whether a name is that of an account other than this one, or looks like it. */
  isTakenByAccount(name: Nick, account: AccountName | null): boolean {
    const owner = this.accounts.nickOwner(fold(name)) ?? this.accounts.lookalike(name);
    return owner !== null && (account === null || fold(owner.name) !== fold(account));
  }
}

/** A room's members, and one more. Nearly always that one is a member: then nothing is copied. */
function audience(room: Room, also: User | null): Iterable<User> {
  const members = room.members.keys();
  return also === null || room.has(also) ? members : [...members, also];
}

function* opsAnd(one: User, room: Room, users: Iterable<User>): Iterable<User> {
  for (const user of users) if (user === one || room.hasRank(user, "h")) yield user;
}

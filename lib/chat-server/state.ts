import type { AccountStore } from "../member-server/account-store.ts";
import { LoginThrottle } from "../member-server/login-throttle.ts";
import { NameLookups } from "../member-server/name-lookups.ts";
import { RateLimiter } from "../member-server/rate-limiter.ts";
import { CodeClaims } from "../member-server/second-factor.ts";
import { SignUps } from "../member-server/sign-up.ts";
import type { AccountId } from "../protocol/account-id.ts";
import { fold } from "../protocol/names.ts";
import { type ElapsedMs, formatTime } from "../protocol/time.ts";
import { apply } from "./apply-event.ts";
import type { Outcome } from "./command.ts";
import type { ConversationId, EventBody, RoomEvent, UserIdentity } from "./event.ts";
import { audienceBefore, relayToAudience } from "./event-audience.ts";
import { FileGrants } from "./files/file-grants.ts";
import { FullNotes } from "./files/file-quotas.ts";
import { toStored } from "./history/stored-tags.ts";
import { ServerCounters } from "./metrics/server-counters.ts";
import { Reply } from "./relay/reply.ts";
import { ReportList } from "./reports/report-list.ts";
import { type Conversation, DirectConversation, directConversationId, Room } from "./rooms/room.ts";
import { Rooms } from "./rooms/rooms.ts";
import type { ServerOptions } from "./server-options.ts";
import type { ServerPorts } from "./server-ports.ts";
import { Budgets } from "./sessions/budgets.ts";
import { notifyCapChanges, offeredCaps } from "./sessions/capabilities.ts";
import { isupportTokens, notifyIsupportChanges } from "./sessions/isupport-tokens.ts";
import { LogInLog } from "./sessions/log-in-log.ts";
import type { Session } from "./sessions/session.ts";
import { SoftChanges } from "./takeover/soft-changes.ts";
import { ReadReceipts } from "./unread/read-receipts.ts";
import { Monitors } from "./users/monitors.ts";
import { updateRole } from "./users/operators.ts";
import { ServerBans } from "./users/server-bans.ts";
import type { User } from "./users/user.ts";
import { UserCounts } from "./users/user-counts.ts";
import { sendUserModeChanges, userModes } from "./users/user-modes.ts";
import { Users } from "./users/users.ts";
import { WhowasList } from "./users/whowas.ts";

const SIGN_UPS_PER_ADDRESS = { attempts: 20, everyMs: 5 * 60_000 };
/** Each room leaves a folder in the history, even one that is left at once. */
const ROOMS_PER_ACCOUNT = { attempts: 100, everyMs: 60_000 };
/** Both disturb a room's ops, and a guest can come back under another nick at once. */
const REPORTS_PER_GUEST_ADDRESS = { attempts: 10, everyMs: 10 * 60_000 };
const KNOCKS_PER_GUEST_ADDRESS = { attempts: 5, everyMs: 60_000 };
/** Each erasure reads every history. */
const ERASURES_PER_ACCOUNT = { attempts: 3, everyMs: 3_600_000 };

/** Files of one account: a folder of pictures at once, and then one in five seconds. */
const FILES_PER_ACCOUNT = { attempts: 200, everyMs: 5_000 };

/** Wrong passwords of OPER that are audited: nothing removes them, and strangers can try from any number of addresses. */
const OPER_FAILURES_AUDITED = { attempts: 30, everyMs: 60_000 };
/** Each bot that is removed leaves a name that rests for months: twenty at once, then 24 a day. */
const BOTS_MADE_AT_ONCE_MIN = 20;
const BOTS_MADE_EVERY_MS = 3_600_000;

/** Clocks don't go wrong by this much by themselves. */
const CLOCK_BEHIND_MS = 5 * 60_000;
const CLOCK_NOTE_EVERY_MS = 3_600_000;

const BEFORE_FIRST_EVENT = { position: 0, time: 0 };

/**
 * Owns everything that the server keeps in memory: accounts, users, sessions, rooms, bans and counters.
 * Commands read it freely. Events are added to conversations only by `commit` and `commitUnstored`; every
 * other part is changed by its own class or by the functions that its docstring names.
 */
export class State {
  /** The current settings. Replaced as a whole, only by `applyOptions`. */
  options: ServerOptions;
  /** The tokens of numeric 005 by lines; `null` until they are first sent. Made by isupport-tokens.ts. */
  isupport: readonly string[] | null = null;
  readonly ports: ServerPorts;
  readonly accounts: AccountStore;
  readonly signUps: SignUps;
  readonly loginThrottle = new LoginThrottle();
  readonly logInLog: LogInLog;
  /** The codes of second factors that are being used. */
  readonly codeClaims = new CodeClaims();
  /** Digests of the operator's name, the account and the password's hash, of each OPER that succeeded. */
  readonly knownOperators = new Set<string>();
  /** Accounts for which a new password is being stored at the moment, and the session that does it. */
  readonly passwordChanges = new Map<AccountId, Session>();
  /** Limits sign-ups without an invitation from one address: a class can sign up, a script can't. */
  readonly signUpLimiter = new RateLimiter(SIGN_UPS_PER_ADDRESS);
  /** Counts the names that strangers ask about: see users/asked-names.ts. */
  readonly nameLookups = new NameLookups();
  /** Limits the rooms that one account creates. */
  readonly roomCreationLimiter = new RateLimiter(ROOMS_PER_ACCOUNT);
  /** What has changed of what is in memory alone: see takeover/. */
  readonly softChanges = new SoftChanges(() => this.budgets.meter.stores);
  readonly users = new Users(this.softChanges);
  readonly rooms = new Rooms();
  readonly sessions = new Set<Session>();
  /** How many places each account's sessions and devices have: see places.ts. */
  readonly memberPlaces = new Map<AccountId, number>();
  /** Sessions with held lines, in the order in which they are served. Changed by dispatch.ts. */
  readonly sessionsHeldBack = new Set<Session>();
  /** What sessions, accounts and addresses may cost, and what they did. */
  readonly budgets: Budgets;
  readonly userCounts = new UserCounts();
  readonly monitors = new Monitors();
  readonly whowas = new WhowasList();
  readonly readReceipts: ReadReceipts;
  readonly bans = new ServerBans();
  readonly reports = new ReportList();
  readonly counters = new ServerCounters();
  /** Limit what the guests of one address report, and how often they ask to join rooms. */
  readonly guestReportLimiter = new RateLimiter(REPORTS_PER_GUEST_ADDRESS);
  readonly guestKnockLimiter = new RateLimiter(KNOCKS_PER_GUEST_ADDRESS);
  /** Limits how often an account can have all its messages erased. */
  readonly eraseLimiter = new RateLimiter(ERASURES_PER_ACCOUNT);
  /** Limits how many failures of OPER are audited, of all users together. The log has the others, or their number. */
  readonly operFailureLimiter = new RateLimiter(OPER_FAILURES_AUDITED);
  /** The permissions to send and get files. */
  readonly fileGrants = new FileGrants();
  /** Limits how many files an account sends. */
  readonly fileLimiter = new RateLimiter(FILES_PER_ACCOUNT);
  readonly fullNotes = new FullNotes();
  /** Limits how often an account can make a bot. */
  readonly botLimiter: RateLimiter;
  /** Accounts whose messages are being erased at the moment: see erase-messages.ts. */
  readonly accountsBeingErased = new Set<AccountId>();
  /**
   * Runs a slow outcome that belongs to no session; `failed` is called when a handler in it throws. Set by
   * the `Server` that owns this state.
   */
  runInBackground: (outcome: Outcome, failed?: () => void) => void = () => {};
  /**
   * Called when a line is held and none was before. From then on `Server.runHeldLines` is to be called, while
   * `sessionsHeldBack` has sessions.
   */
  linesHeld: () => void = () => {};
  /** Returns how many slow queries are awaited. Set by `Server`. */
  pendingQueries: () => number = () => 0;
  /** Guests who left another server, whose place this one took, and whom messages and notices still name: by key. */
  readonly goneGuests = new Map<string, User>();
  /** Whether another server is running the conversation, and this one only follows what is stored. */
  isFollowing = false;
  /** Verb → how often the command was used, for STATS m. */
  readonly commandCounts = new Map<string, number>();
  /** When the service started, in ms since 1970. Changed by takeover/ alone, as is the next. */
  startedAt: number;
  startedElapsedMs: ElapsedMs;
  #clockNotedElapsedMs = Number.NEGATIVE_INFINITY;

  constructor(options: ServerOptions, ports: ServerPorts, accounts: AccountStore) {
    this.options = options;
    this.ports = this.#metered(ports);
    this.accounts = accounts;
    this.logInLog = new LogInLog(ports, this.counters, (name) => this.isLogInName(name));
    const { signUp, passwordCost, nameRestDays } = options;
    this.signUps = new SignUps(accounts, signUp, passwordCost, nameRestDays);
    const attempts = Math.max(BOTS_MADE_AT_ONCE_MIN, 2 * options.botsPerAccount);
    this.botLimiter = new RateLimiter({ attempts, everyMs: BOTS_MADE_EVERY_MS });
    this.startedAt = ports.clock.now();
    this.startedElapsedMs = ports.clock.elapsed();
    this.budgets = new Budgets(
      !options.floodControl,
      ports.clock,
      (sentence) => ports.note("info", sentence),
      (account) => this.payerOf(account),
    );
    this.readReceipts = new ReadReceipts(this.budgets.meter, this.softChanges);
  }

  /**
   * Returns for whom an account's work counts: for itself, or a bot's for all bots of its owner, who could make a new
   * one again and again.
   */
  payerOf(account: AccountId): string {
    const owner = this.accounts.byId(account)?.bot?.by;
    return owner === undefined ? account : `bots of ${owner}`;
  }

  /** Returns the ports, so that the meter counts what is written to disk. Who follows another server writes nothing. */
  #metered(ports: ServerPorts): ServerPorts {
    const counted =
      <T>(append: (change: T) => boolean) =>
      (change: T) => {
        if (this.isFollowing) return true;
        this.budgets.meter.stores += 1;
        this.budgets.meter.effects += 1;
        return append(change);
      };
    const { append, appendPerson } = ports;
    return { ...ports, append: counted(append), appendPerson: counted(appendPerson) };
  }

  /** The time of day, in ms since 1970: for what a message or a file carries. */
  get now(): number {
    return this.ports.clock.now();
  }

  /** A reading of the monotonic clock: for durations. */
  get elapsedMs(): ElapsedMs {
    return this.ports.clock.elapsed();
  }

  /** Whether an account, or an operator of the settings, has a name by which one logs in. */
  isLogInName(name: string): boolean {
    const isOperator = this.options.operators.some((operator) => operator.name === name);
    return isOperator || this.accounts.account(fold(name)) !== null;
  }

  /** Applies reloaded settings, and announces the ISUPPORT tokens and capabilities that changed. */
  applyOptions(options: ServerOptions): void {
    const tokensBefore = isupportTokens(this);
    const capsBefore = offeredCaps(this);
    const { passwordDigest, operators } = this.options;
    this.options = options;
    this.isupport = null;
    this.signUps.mode = options.signUp;
    this.signUps.nameRestDays = options.nameRestDays;
    notifyIsupportChanges(this, tokensBefore);
    notifyCapChanges(this, capsBefore);
    this.#updateRoles();
    // Their notes say who has given the server's password, or an operator's.
    const isSame =
      passwordDigest === options.passwordDigest &&
      JSON.stringify(operators) === JSON.stringify(options.operators);
    if (isSame) return;
    for (const session of this.sessions) this.softChanges.noteSession(session);
  }

  /** Operators have what the settings say now. */
  #updateRoles(): void {
    for (const user of this.users.all()) {
      if (user.sessions.length === 0) continue;
      const before = userModes(user);
      updateRole(this, user);
      sendUserModeChanges(this, user, before, null);
    }
  }

  /** Returns a reply under the label of a command that another server took; `null` for none. */
  labelledReply(session: Session, label: string | null): Reply {
    return new Reply(session, this.options.name, label, this.counters);
  }

  /** Returns a reply without a label, for lines that the session did not ask for. */
  unsolicitedReply(session: Session): Reply {
    return new Reply(session, this.options.name, null, this.counters);
  }

  /**
   * Stores an event, applies it and relays it, in this order. Returns the event with its position, time and
   * msgid, or `null` when it could not be stored: then nothing has happened, and the caller replies so.
   *
   * @param asker the reply to the command that caused it: the asking session's copy goes there, where the
   *   label belongs. `null` when no command did
   * @param textPosition the position of the message that it edits: members who can't read that one (+H) aren't told
   */
  commit(
    conversation: Conversation,
    by: UserIdentity,
    body: EventBody,
    asker: Reply | null,
    textPosition = Infinity,
  ): RoomEvent | null {
    const { position, time } = conversation;
    return this.#commitAfter(conversation, { position, time }, by, body, asker, textPosition);
  }

  /**
   * Commits an event that can't be refused: a user who is gone leaves their rooms even when the disk is full.
   * An event that could not be stored takes no position; the next start notices without it that the user is
   * gone.
   */
  commitUnstored(conversation: Conversation, by: UserIdentity, body: EventBody): void {
    if (this.commit(conversation, by, body, null) !== null) return;
    const { id, position, time } = conversation;
    const event: RoomEvent = { conversation: id, position, time, msgid: "", by, ...body };
    this.#applyAndRelay(conversation, event, event, null);
  }

  /** Commits a room's first event. The room's name must be free. Returns `false` when it can't be stored. */
  createRoom(room: Room, by: UserIdentity): boolean {
    const body: EventBody = { kind: "created", room: room.name, pair: null };
    return this.#commitAfter(room, BEFORE_FIRST_EVENT, by, body, null) !== null;
  }

  /** Makes the id of a direct conversation that doesn't exist yet. */
  newDirectId(account: AccountId, peer: AccountId): ConversationId {
    const names = [this.nameOfAccount(account), this.nameOfAccount(peer)] as const;
    return directConversationId(names, this.ports.random.id());
  }

  /**
   * Returns the direct conversation of two accounts, and creates it when they never wrote to each other;
   * `null` when that can't be stored.
   *
   * @param newId the id of a new one
   */
  directConversation(
    account: AccountId,
    peer: AccountId,
    by: UserIdentity,
    newId?: ConversationId,
  ): DirectConversation | null {
    const existing = this.rooms.directConversation(account, peer);
    if (existing !== null) return existing;
    const pair = [account, peer] as const;
    const id = newId ?? this.newDirectId(account, peer);
    const body: EventBody = { kind: "created", room: null, pair };
    const conversation = new DirectConversation(id, pair);
    if (this.#commitAfter(conversation, BEFORE_FIRST_EVENT, by, body, null) === null) return null;
    return this.rooms.directConversation(account, peer);
  }

  #commitAfter(
    conversation: Conversation,
    previous: Pick<RoomEvent, "position" | "time">,
    by: UserIdentity,
    body: EventBody,
    asker: Reply | null,
    textPosition = Infinity,
  ): RoomEvent | null {
    const { now } = this;
    if (previous.time > now + CLOCK_BEHIND_MS) this.#noteClockBehind(previous.time, now);
    // Later than the previous event, whatever the clock does: a page of history may end at any message.
    const time = Math.max(now, previous.time + 1);
    const event: RoomEvent = {
      conversation: conversation.id,
      position: previous.position + 1,
      time,
      msgid: this.ports.random.id(time),
      by,
      ...body,
    };
    const stored = toStored(event);
    if (!this.ports.append(stored)) return null;
    this.#applyAndRelay(conversation, stored, event, asker, textPosition);
    return event;
  }

  /** Logs, at most once an hour, that a message had to be dated in the future, since the one before it is. */
  #noteClockBehind(previousTime: number, now: number): void {
    const { elapsedMs } = this;
    if (elapsedMs - this.#clockNotedElapsedMs < CLOCK_NOTE_EVERY_MS) return;
    this.#clockNotedElapsedMs = elapsedMs;
    this.ports.note(
      "warn",
      `a message was dated after ${formatTime(previousTime)}, since the one before it is; this machine's clock says ${formatTime(now)}. If the clock is right, stop the server and run "bun server.ts mend-dates"`,
    );
  }

  /** `relayed` is the same event with the client tags that are not stored. */
  #applyAndRelay(
    conversation: Conversation,
    event: RoomEvent,
    relayed: RoomEvent,
    asker: Reply | null,
    textPosition = Infinity,
  ): void {
    const before = audienceBefore(this, conversation, event);
    const applied = apply(this, event);
    if (event.kind === "said") this.counters.message(event.verb);
    const isGoneOrRenamed = event.kind === "renamed" || event.kind === "dropped";
    if (isGoneOrRenamed && applied instanceof Room) this.softChanges.noteRoom(applied);
    this.#noteReadReceipt(applied, event);
    relayToAudience(this, applied, relayed, { ...before, textPosition }, asker);
  }

  /** A join sends read receipts as well: the other members see how far the new member has read. */
  #noteReadReceipt(conversation: Conversation, event: RoomEvent): void {
    const user = event.kind === "joined" ? this.users.find(event.by) : null;
    if (user?.sharesReadReceipts) this.readReceipts.note(conversation, user);
  }

  /** Returns the user of this nick if one of their sessions is connected, else `null`. */
  onlineUser(nick: string): User | null {
    const user = this.users.byNick(fold(nick));
    return user !== null && user.sessions.length > 0 ? user : null;
  }

  /** Returns the current nick of an account, connected or not; without a user, the account's own name. */
  nickOfAccount(account: AccountId): string {
    return this.users.byAccount(account)?.nick ?? this.nameOfAccount(account);
  }

  /** Returns the present name of an account, for display; "*" for one that is gone. */
  nameOfAccount(account: AccountId): string {
    return this.accounts.byId(account)?.name ?? "*";
  }

  /**
   * Returns the account of the user who has this nick now, or else the account of that name; `null` for a
   * guest or nobody.
   */
  accountOfNick(name: string): AccountId | null {
    const user = this.users.byNick(fold(name));
    return user === null ? (this.accounts.account(fold(name))?.id ?? null) : user.accountId;
  }
}

import { invitationHash } from "../../member-server/invitation-codes.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import type { AccountName, Folded, Nick } from "../../protocol/names.ts";
import { mapPassword } from "../../protocol/opaque-string.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { CAPS, type Cap } from "../../protocol/wire/caps.ts";
import type { WireLine } from "../../protocol/wire/lines.ts";
import { SaslInput } from "../../protocol/wire/sasl.ts";
import type { FileGrant } from "../files/file-grants.ts";
import type { LogInMethod } from "../metrics/server-counters.ts";
import type { Reply } from "../relay/reply.ts";
import type { Room } from "../rooms/room.ts";
import type { DnsListing, Link } from "../server-ports.ts";
import type { User } from "../users/user.ts";
import type { SessionBudgets } from "./budgets.ts";
import type { WorkMeter } from "./charges.ts";
import type { MultilineBatch } from "./multiline-batch.ts";
import type { TokenBucket } from "./rate-limit.ts";

/** When a connection was opened, by both clocks. */
export interface OpeningTimes {
  readonly now: number;
  readonly elapsedMs: ElapsedMs;
}

/** An AUTHENTICATE exchange that is not complete. */
interface SaslProgress {
  readonly mechanism: "PLAIN" | "EXTERNAL";
  readonly input: SaslInput;
}

/** A parameter of PASS, without its text: it may be a password of a person. */
export interface PassProof {
  /** The SHA-256 of the text, to be compared with the server's password. */
  readonly digest: string;
  /** The `invitationHash` of the text, if it can be an invitation. */
  readonly invitation: string | null;
}

/** A received line that has to wait. */
interface HeldLine {
  readonly line: WireLine;
  /** The tokens that it takes; `null` until it was looked at. */
  cost: number | null;
}

/**
 * One connection. Until it is registered, dispatch runs only commands whose `phase` allows that. Its fields
 * are changed by the handlers of its commands, by dispatch.ts and `Server` (held lines, times), and by
 * attach-session.ts.
 */
export class Session {
  /** Never used for another session of this process. */
  readonly id: number;
  /** Changed only when tracing starts or stops. */
  link: Link;
  /** ms since 1970: shown by WHOIS. The other times here are readings of the monotonic clock. */
  readonly openedAt: number;
  readonly openedElapsedMs: ElapsedMs;
  readonly rateLimit: TokenBucket;
  /** Counts the work of the server: whatever sends something to this session adds it. */
  readonly work: WorkMeter;
  /** What it may cost, and its share of what others may cost. `null` before its first line; set by `Budgets`. */
  budgets: SessionBudgets | null = null;
  /** Work for it that was measured and not counted, and is not charged yet: see `Budgets`. */
  unexplainedMicroseconds = 0;
  phase: "unregistered" | "registered" | "closed" = "unregistered";

  /** The nick that it requested before registration. After that, see `user`. */
  nick: Nick | null = null;
  /** The nick that it requested last, if that was in use. */
  refusedNick: Nick | null = null;
  /** From USER. */
  username: string | null = null;
  realname = "";
  /** What PASS gave: the server's password, an invitation, or both. */
  readonly passwords: PassProof[] = [];
  /** Whether it is between CAP LS or REQ and CAP END, which holds back registration. */
  negotiating = false;
  capVersion = 0;
  readonly caps = new Set<Cap>();
  /** `caps` as bits, see `capMask`: sessions with equal relevant bits get the same bytes. */
  dialect = 0;

  /** The away message that AWAY set before registration: `null` for none, `undefined` without AWAY. */
  preAway: string | null | undefined;
  /** Whether it sent AWAY *, by draft/pre-away: a connection that no user is in front of. */
  awayStar = false;

  /** The account that it is logged in to. Set by `logIn`. */
  accountId: AccountId | null = null;
  /** Its name, for display. */
  account: AccountName | null = null;
  /** By what it logged in, and when (ms since 1970). */
  logInBy: LogInMethod | null = null;
  loggedInAt = 0;
  /** The ids of notices to its account that it caused, and so isn't told of. */
  readonly noticesCaused = new Set<string>();
  /** The account whose place on the server it has: see places.ts. */
  memberPlaceOf: AccountId | null = null;
  /** The DNS blocklist that has its address; "pending" while it is looked up. */
  dnsListing: DnsListing | "pending" | null = null;
  sasl: SaslProgress | null = null;
  wrongPasswords = 0;
  /** Digests of the server's password as it was, and of what PASS gave in place of it: not charged again. "" for none. */
  wrongServerPassword = "";
  /** Until when it may change its account's password and the like, having confirmed the password. */
  confirmedUntilElapsedMs = Number.NEGATIVE_INFINITY;
  /** The key that it was given by 2FA SETUP, until a code of it is given. */
  secondFactorSecret: string | null = null;
  /** Whether its log-in had a second factor: a code, or a device's certificate. */
  gaveSecondFactor = false;
  /** Whether it was told to set up a second factor, which is told once. */
  toldSetUp = false;
  /** The user that it belongs to. `null` until it is registered. */
  user: User | null = null;
  /**
   * While its log-in sends it the rooms of its user: those that are still to come. It isn't sent their events.
   */
  unannouncedRooms: Set<Room> | null = null;
  /** The last event about a user that was sent to it, of which each session gets one copy: see user-event.ts. */
  lastUserEvent: object | null = null;
  /** Whether it was sent FAIL ACCOUNT_REQUIRED, which is sent once. */
  toldAccountRequired = false;

  /** What it carries, if it is a connection for a file: then it is no line's any more, and never registers. */
  fileGrant: FileGrant | null = null;
  /** Whether its bytes are a file's at the moment. */
  isRaw = false;
  /** The names that it asked about without an account: see asked-names.ts. */
  readonly namesAsked = new Set<Folded>();
  /** The metadata keys whose changes it subscribed to. */
  readonly subscriptions = new Set<string>();
  /** Metadata that it set before registration. */
  readonly preMetadata = new Map<string, string>();
  /** The multiline message that it has started and not ended. */
  batch: MultilineBatch | null = null;
  /** When it last sent a line. */
  lastLineElapsedMs: ElapsedMs;
  /** When it was sent a PING that it has not answered. */
  pingedElapsedMs: ElapsedMs | null = null;
  /** The reply to the command that waits for a query, which may have collected lines. */
  reply: Reply | null = null;
  /** Whether its last command waits for a query. Later lines are held meanwhile, to keep their order. */
  isWaiting = false;
  /** Received lines that could not be run yet, oldest first. */
  readonly heldLines: HeldLine[] = [];
  /** The length of their text. */
  heldLetters = 0;
  /** Received bytes that were in no line, and for which no tokens were taken yet. */
  noiseBytes = 0;
  /** Whether it waits for its turn to run a held line: see `Server`. */
  isTurnDue = false;
  /** The verb of its last command. */
  verb = "";
  /** How many of its lines have begun to run. See takeover/lines-done.ts for this and the next four. */
  linesRun = 0;
  /** Whether the last of them isn't complete. */
  isLineOpen = false;
  /** Whether its last line has stored or sent something. */
  hasEffect = false;
  /** How many of its last lines belong to a message or a log-in that isn't complete, and did nothing else. */
  unfinishedLines = 0;
  /** Whether something else was done between those lines. */
  isInterspersed = false;
  /** Whether it was given a `secondFactorSecret` by a server whose place this one took. */
  lostSecondFactorSecret = false;
  /** Whether it gave a part of a log-in to such a server. */
  lostSaslInput = false;
  /** The number of the last batch that it was sent. */
  lastBatchNumber = 0;

  constructor(
    id: number,
    link: Link,
    rateLimit: TokenBucket,
    work: WorkMeter,
    { now, elapsedMs }: OpeningTimes,
  ) {
    this.id = id;
    this.link = link;
    this.rateLimit = rateLimit;
    this.work = work;
    this.openedAt = now;
    this.openedElapsedMs = elapsedMs;
    this.lastLineElapsedMs = elapsedMs;
  }

  /** Queues encoded lines that others share, or that are sent without a command of its own. */
  send(bytes: Uint8Array): void {
    this.work.sends += 1;
    this.work.sentBytes += bytes.length;
    this.work.effects += 1;
    this.link.send(bytes);
  }

  /** Returns a reference for a batch, new on this connection: one of all would tell how busy others are. */
  nextBatchId(): string {
    this.lastBatchNumber += 1;
    // Somebody else's command may have sent the batch.
    this.user?.changes?.noteSession(this);
    return this.lastBatchNumber.toString(36);
  }

  /** Returns whether it enabled a capability. */
  has(cap: Cap): boolean {
    return this.caps.has(cap);
  }

  /** Enables or disables a capability. */
  setCap(cap: Cap, on: boolean): void {
    if (on) this.caps.add(cap);
    else this.caps.delete(cap);
    const { bit } = CAPS[cap];
    if (bit !== null) this.dialect = on ? this.dialect | (1 << bit) : this.dialect & ~(1 << bit);
  }

  /** Its nick for numerics: "*" before NICK. */
  get nickOrStar(): string {
    return this.user?.nick ?? this.nick ?? "*";
  }
}

/** Returns what a parameter of PASS proves. */
export function passProof(text: string, digest: (text: string) => string): PassProof {
  return { digest: digest(mapPassword(text)), invitation: invitationHash(text, digest) };
}

/** Starts an AUTHENTICATE exchange. */
export function saslProgress(mechanism: SaslProgress["mechanism"]): SaslProgress {
  return { mechanism, input: new SaslInput() };
}

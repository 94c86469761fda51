import type { AccountName, Nick } from "../../protocol/names.ts";
import { CAPS, type Cap } from "../../protocol/wire/caps.ts";
import type { WireLine } from "../../protocol/wire/lines.ts";
import { SaslInput } from "../../protocol/wire/sasl.ts";
import type { Link } from "../server-ports.ts";
import type { User } from "../users/user.ts";
import type { MultilineBatch } from "./multiline-batch.ts";
import type { TokenBucket } from "./rate-limit.ts";

/** What a session is in the middle of proving by AUTHENTICATE. */
export interface SaslProgress {
  readonly mechanism: "PLAIN" | "EXTERNAL";
  readonly input: SaslInput;
}

/**
 * One connection. Before it is `here` it is a visitor, who may only sign up, log in and ask for help.
 * Changed by the commands that it sends, and by people/presence.ts.
 */
export class Session {
  readonly id: number;
  /** Changed only when tracing starts or stops. */
  link: Link;
  readonly openedAt: number;
  readonly rateLimit: TokenBucket;
  phase: "unregistered" | "registered" | "closed" = "unregistered";

  /** What it asked for before it was here. */
  nick: Nick | null = null;
  /** The nick that it asked for last, when somebody else had it. */
  refusedNick: Nick | null = null;
  username: string | null = null;
  realname = "";
  /** What came by PASS: the server's password, an invitation, or both. */
  readonly passwords: string[] = [];
  /** Between CAP LS or REQ and CAP END nothing is completed. */
  negotiating = false;
  capVersion = 0;
  readonly caps = new Set<Cap>();
  /** The bits of `caps`: which dialect is written to this session. */
  dialect = 0;

  /** What AWAY said before it was here; `undefined` when nothing was said. */
  preAway: string | null | undefined;
  /** It keeps the connection open, and nobody is before it: AWAY * of draft/pre-away. */
  awayStar = false;

  account: AccountName | null = null;
  sasl: SaslProgress | null = null;
  wrongPasswords = 0;
  /** Until when this connection may change its account's password and the like. */
  confirmedUntil = 0;
  /** Set when the session is here. */
  user: User | null = null;
  /** It was told once that an account is needed. */
  toldAccountRequired = false;

  /** Metadata keys whose changes it wants to hear of. */
  readonly subscriptions = new Set<string>();
  /** Metadata that it set before it was here. */
  readonly preMetadata = new Map<string, string>();
  /** The message of several lines that it is in the middle of. */
  batch: MultilineBatch | null = null;
  heardAt: number;
  pingedAt: number | null = null;
  /** A slow answer is awaited; later lines are held, so that they keep their order. */
  waiting = false;
  readonly heldLines: WireLine[] = [];

  constructor(id: number, link: Link, allowance: TokenBucket, now: number) {
    this.id = id;
    this.link = link;
    this.rateLimit = allowance;
    this.openedAt = now;
    this.heardAt = now;
  }

  has(cap: Cap): boolean {
    return this.caps.has(cap);
  }

  /** Adds or takes away a capability. */
  setCap(cap: Cap, on: boolean): void {
    if (on) this.caps.add(cap);
    else this.caps.delete(cap);
    const { bit } = CAPS[cap];
    if (bit !== null) this.dialect = on ? this.dialect | (1 << bit) : this.dialect & ~(1 << bit);
  }

  /** What the server calls it in numerics. */
  get nickOrStar(): string {
    return this.user?.nick ?? this.nick ?? "*";
  }
}

/** A new reader of AUTHENTICATE's pieces. */
export function saslProgress(mechanism: SaslProgress["mechanism"]): SaslProgress {
  return { mechanism, input: new SaslInput() };
}

import type { SoftTable } from "../../member-server/soft-table.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import { addressBlockOf, widerNetworkOf } from "../../protocol/address.ts";
import { formatCount } from "../../protocol/plural.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { ServerPorts } from "../server-ports.ts";
import { WorkMeter } from "./charges.ts";
import type { Session } from "./session.ts";
import { WorkBudget, WorkBudgets, type WorkLimit } from "./work-budget.ts";

/**
 * A connection before its registration. A log-in costs 0.2 ms before its greeting, which is charged to the
 * account. It shares no budget, so that strangers at its address, or everywhere, hold up nobody who logs in;
 * how many such connections there can be is limited by transport/connection-throttle.ts. Six hundred handshakes a second
 * are possible, so they have no more than a quarter of a core.
 */
const UNREGISTERED: WorkLimit = { burstMs: 0.5, msPerSecond: 0.02 };
/** A client that comes back to a hundred rooms, and asks for a page of history of each, costs 100 to 200 ms. */
const CONNECTION: WorkLimit = { burstMs: 300, msPerSecond: 5 };
/**
 * All sessions of an account together: phone and laptop come back at once. Then a hundredth of a core. All bots of an
 * account have another one.
 */
const ACCOUNT: WorkLimit = { burstMs: 500, msPerSecond: 10 };
/** All members at an address: an office of fifty comes back at once to a hundred rooms each. */
const MEMBERS_OF_ADDRESS: WorkLimit = { burstMs: 10_000, msPerSecond: 150 };
const MEMBERS_OF_NETWORK: WorkLimit = { burstMs: 20_000, msPerSecond: 300 };
/** All guests at an address: a class of a hundred that talks costs 1 ms a second. */
const GUESTS_OF_ADDRESS: WorkLimit = { burstMs: 300, msPerSecond: 20 };
const GUESTS_OF_NETWORK: WorkLimit = { burstMs: 600, msPerSecond: 60 };
/** All guests of the server, so that many addresses together leave the most of a core to the members. */
const ALL_GUESTS: WorkLimit = { burstMs: 1000, msPerSecond: 250 };

/**
 * What a session's work takes beyond this many times what was counted is charged as it was measured, once that is a
 * millisecond: nobody gains by a cost that the counting misses. The clock goes on while garbage is collected, or another
 * process has the core, so it is at most what two slices may take, and nothing before the registration, where little is
 * allowed and little can be caused.
 */
const EXPLAINED_FACTOR = 2;
const UNEXPLAINED_MICROSECONDS_MIN = 1000;
const UNEXPLAINED_MICROSECONDS_MAX = 20_000;

const MINUTE_MS = 60_000;
/** Lines of the log in a minute about who is held back: an attack comes from any number of addresses. */
const NOTES_PER_MINUTE = 10;
/** Addresses that are told apart in a minute's number. */
const NOTED_MAX = 10_000;

/** The budgets that a session spends from: a command waits until every one of them is open. */
export interface SessionBudgets {
  /** The session's state that they are for. */
  readonly isRegistered: boolean;
  readonly accountId: AccountId | null;
  readonly connection: WorkBudget;
  /** Those that it shares with other sessions. */
  readonly shared: readonly WorkBudget[];
}

/**
 * Owns the budgets of connections, accounts, addresses and networks, and the meter of the work that is charged
 * to them. `Server` says for whom the server works (`begin`, `end`); what the meter counts meanwhile is theirs.
 */
export class Budgets {
  readonly meter = new WorkMeter();
  readonly #isUnlimited: boolean;
  readonly #note: (sentence: string) => void;
  readonly #payerOf: (account: AccountId) => string;
  readonly #accounts = new WorkBudgets(ACCOUNT);
  readonly #membersOfAddress = new WorkBudgets(MEMBERS_OF_ADDRESS);
  readonly #membersOfNetwork = new WorkBudgets(MEMBERS_OF_NETWORK);
  readonly #guestsOfAddress = new WorkBudgets(GUESTS_OF_ADDRESS);
  readonly #guestsOfNetwork = new WorkBudgets(GUESTS_OF_NETWORK);
  readonly #guests = new WorkBudgets(ALL_GUESTS);
  readonly #elapsed: () => ElapsedMs;
  readonly #precise: () => number;
  #payer: Session | null = null;
  /** The meter's sum up to which all work is charged. */
  #chargedMicroseconds = 0;
  /** The precise clock then. */
  #settledMs = 0;
  /** The number of commands then. */
  #chargedCommands = 0;
  /** The addresses that the log named in this minute. */
  readonly #noted = new Set<string>();
  #unnotedCount = 0;
  #minuteElapsedMs = Number.NEGATIVE_INFINITY;

  /**
   * @param isUnlimited whether everything is allowed at once
   * @param clock the monotonic one
   * @param note writes a sentence to the server's log
   * @param payerOf returns the key of the budget of an account, which several may share
   */
  constructor(
    isUnlimited: boolean,
    { elapsed, precise = () => 0 }: ServerPorts["clock"],
    note: (sentence: string) => void,
    payerOf: (account: AccountId) => string,
  ) {
    this.#isUnlimited = isUnlimited;
    this.#payerOf = payerOf;
    this.#elapsed = elapsed;
    this.#precise = precise;
    this.#note = note;
  }

  /** The session for which the server works now, or `null`. */
  get payer(): Session | null {
    return this.#payer;
  }

  /** From now on the server works for a session; for nobody in particular with `null`. */
  begin(payer: Session | null): void {
    if (this.#isUnlimited) return;
    this.#settle();
    this.#payer = payer;
  }

  /** Charges what was done since `begin`. */
  end(): void {
    this.begin(null);
  }

  /**
   * Returns whether a session may cause more work. Charges what was done before, so that a series of commands
   * stops as soon as a budget is used up.
   */
  isOpen(session: Session, elapsedMs: ElapsedMs): boolean {
    if (this.#isUnlimited) return true;
    if (this.meter.commands !== this.#chargedCommands) this.#settle();
    const { connection, shared } = this.#budgetsOf(session);
    if (!connection.isOpen(elapsedMs)) return false;
    for (const budget of shared) if (!budget.isOpen(elapsedMs)) return false;
    return true;
  }

  /** Its tables by name, as they pass to another server. */
  get tables(): Readonly<Record<string, SoftTable>> {
    return {
      accounts: this.#accounts,
      "members-of-address": this.#membersOfAddress,
      "members-of-network": this.#membersOfNetwork,
      "guests-of-address": this.#guestsOfAddress,
      "guests-of-network": this.#guestsOfNetwork,
      "all-guests": this.#guests,
    };
  }

  /** Gives a session's connection the balance (µs) that it had on another server at that time. */
  restoreConnection(session: Session, balance: number, elapsedMs: ElapsedMs): void {
    if (!this.#isUnlimited) this.#budgetsOf(session).connection.restore(balance, elapsedMs);
  }

  /** Gives a session's budgets back, when it closes. */
  release({ budgets }: Session): void {
    for (const budget of budgets?.shared ?? []) budget.holders -= 1;
  }

  /** Logs that a session has to wait: once a minute for an address, and of many addresses their number. */
  noteHeldBack({ account, link }: Session, elapsedMs: ElapsedMs): void {
    if (elapsedMs - this.#minuteElapsedMs >= MINUTE_MS) {
      if (this.#unnotedCount > 0) {
        this.#note(
          `${formatCount(this.#unnotedCount, "more address", "more addresses")} held back`,
        );
      }
      this.#minuteElapsedMs = elapsedMs;
      this.#noted.clear();
      this.#unnotedCount = 0;
    }
    const address = addressBlockOf(link.address);
    if (this.#noted.has(address) || this.#noted.size >= NOTED_MAX) return;
    this.#noted.add(address);
    if (this.#noted.size > NOTES_PER_MINUTE) {
      this.#unnotedCount += 1;
      return;
    }
    const who = account === null ? address : `${account} at ${address}`;
    this.#note(`${who} is held back: their commands cost more than their share of the server`);
  }

  #settle(): void {
    const nowMs = this.#precise();
    const tookMicroseconds = (nowMs - this.#settledMs) * 1000;
    this.#settledMs = nowMs;
    const counted = this.meter.microseconds - this.#chargedMicroseconds;
    const unexplained = this.#takeUnexplained(tookMicroseconds - counted * EXPLAINED_FACTOR);
    this.meter.unexplained += unexplained;
    const due = counted + unexplained;
    if (due === 0) return;
    this.#chargedMicroseconds = this.meter.microseconds;
    this.#chargedCommands = this.meter.commands;
    if (this.#payer === null) return;
    // A log-in's greeting is the account's, so the budgets are looked at now and not before the command.
    const { connection, shared } = this.#budgetsOf(this.#payer);
    connection.charge(due);
    for (const budget of shared) budget.charge(due);
  }

  /** Adds what the counting missed of the payer's work, or had too much, and returns what is due of it. */
  #takeUnexplained(microseconds: number): number {
    const payer = this.#payer;
    if (payer?.phase !== "registered") return 0;
    payer.unexplainedMicroseconds = Math.max(0, payer.unexplainedMicroseconds + microseconds);
    if (payer.unexplainedMicroseconds < UNEXPLAINED_MICROSECONDS_MIN) return 0;
    const due = Math.min(payer.unexplainedMicroseconds, UNEXPLAINED_MICROSECONDS_MAX);
    payer.unexplainedMicroseconds = 0;
    return due;
  }

  #budgetsOf(session: Session): SessionBudgets {
    const { phase, accountId, budgets } = session;
    const isRegistered = phase === "registered";
    if (budgets !== null) {
      const isCurrent = budgets.isRegistered === isRegistered && budgets.accountId === accountId;
      if (isCurrent || phase === "closed") return budgets;
      this.release(session);
    }
    const elapsedMs = this.#elapsed();
    // A change of account doesn't fill the connection's budget again.
    const connection =
      budgets?.isRegistered === isRegistered
        ? budgets.connection
        : new WorkBudget(isRegistered ? CONNECTION : UNREGISTERED, elapsedMs);
    const shared = isRegistered ? this.#holdShared(session, elapsedMs) : [];
    session.budgets = { isRegistered, accountId, connection, shared };
    return session.budgets;
  }

  #holdShared({ accountId, link }: Session, elapsedMs: ElapsedMs): WorkBudget[] {
    const address = addressBlockOf(link.address);
    const network = widerNetworkOf(link.address);
    if (accountId !== null) {
      return [
        this.#accounts.hold(this.#payerOf(accountId), elapsedMs),
        this.#membersOfAddress.hold(address, elapsedMs),
        this.#membersOfNetwork.hold(network, elapsedMs),
      ];
    }
    return [
      this.#guestsOfAddress.hold(address, elapsedMs),
      this.#guestsOfNetwork.hold(network, elapsedMs),
      this.#guests.hold("", elapsedMs),
    ];
  }
}

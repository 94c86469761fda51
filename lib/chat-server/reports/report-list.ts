import type { AccountId } from "../../protocol/account-id.ts";
import type { Nick, RoomName } from "../../protocol/names.ts";
import type { ConversationId } from "../event.ts";

/** Who wrote or reported a message: a nick of that time, and the account; `null` for a guest. */
interface ReportedUser {
  readonly nick: Nick;
  readonly account: AccountId | null;
}

/** A message that somebody reported, as it was then: an edit or redaction changes nothing here. */
export interface Report {
  /** A short id that no other open report has. */
  readonly id: string;
  /** When it was reported, in ms since 1970. */
  readonly time: number;
  /** `null` after the reporter's account was deleted. */
  readonly by: ReportedUser | null;
  /** `null` for a direct message from a guest, which belongs to no stored conversation. */
  readonly conversation: ConversationId | null;
  /** The room's name at that time; `null` for a direct message, which only the server's owner sees. */
  readonly room: RoomName | null;
  readonly author: ReportedUser;
  readonly msgid: string;
  /** When the message was sent, in ms since 1970. */
  readonly sentAt: number;
  readonly text: string;
  /** Why it was reported; "" for no reason. */
  readonly reason: string;
}

/**
 * Owns the reports that nobody has handled yet, oldest first. They are stored in the people's journal and in
 * the snapshot. Changed by reports.ts, and at the start by snapshot/.
 */
export class ReportList {
  readonly #reports = new Map<string, Report>();

  get size(): number {
    return this.#reports.size;
  }

  /** Returns the reports, oldest first. */
  all(): IterableIterator<Report> {
    return this.#reports.values();
  }

  /** Returns the report of an id, or `null`. */
  byId(id: string): Report | null {
    return this.#reports.get(id) ?? null;
  }

  add(report: Report): void {
    this.#reports.set(report.id, report);
  }

  remove(id: string): void {
    this.#reports.delete(id);
  }

  /** Takes a deleted account out of its reports: they stay, without who made them and why. */
  forgetReporter(account: AccountId): void {
    for (const report of [...this.#reports.values()]) {
      if (report.by?.account !== account) continue;
      this.#reports.set(report.id, { ...report, by: null, reason: "" });
    }
  }
}

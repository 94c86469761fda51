import type { ConversationId } from "../../chat-server/event.ts";
import type { PersonChange } from "../../chat-server/server-ports.ts";
import type { AccountId } from "../../protocol/account-id.ts";
import {
  boolean,
  byKind,
  type Decoder,
  nonEmptyString,
  nullable,
  number,
  object,
  oneOf,
  storedName,
  string,
} from "../../protocol/json-decoder.ts";
import { decodeRoomAuditEntry } from "../../protocol/room-fields.ts";
import type { Disk } from "../disk/disk.ts";
import { DiskFailures } from "../disk/disk-failures.ts";
import {
  type Journal,
  type JournalFormat,
  type JournalMark,
  openJournal,
  type ReadJournal,
  readJournal,
} from "../disk/journal.ts";
import { SyncFailures } from "../disk/sync-failures.ts";
import {
  decodeReport,
  decodeServerBan,
  invitationFields,
  optionalInvitationFields,
} from "./snapshot-record.ts";

const accountId = storedName<AccountId>();
/** The fields of an act, in this journal and in the audit file. */
export const auditFields = {
  id: nonEmptyString,
  time: number,
  by: nonEmptyString,
  act: nonEmptyString,
  target: string,
  reason: string,
};
/** Left out where there is no account. */
export const auditAccounts = { byAccount: accountId, targetAccount: accountId };
const conversationId = storedName<ConversationId>();

const readMarker = object(
  { account: accountId, conversation: conversationId, time: number },
  { at: number, read: number, named: number },
);

const PERSON_CHANGES = {
  marked: (value: unknown) => {
    const marker = readMarker(value);
    if (marker === undefined) return undefined;
    const { at: position, read, named, ...marked } = marker;
    // The first versions wrote no position, and counted otherwise.
    if (position === undefined) return marked;
    return read === undefined || named === undefined
      ? { ...marked, at: position }
      : { ...marked, at: position, read, named };
  },
  nick: object({ account: accountId, nick: nonEmptyString }),
  seen: object({ account: accountId, time: number }),
  modes: object({ account: accountId, modes: string }),
  blocked: object(
    { account: accountId, mask: nonEmptyString, on: boolean },
    { names: nullable(accountId) },
  ),
  metadata: object({ of: nonEmptyString, key: nonEmptyString, value: nullable(string) }),
  preference: object(
    { account: accountId, key: nonEmptyString, value: nullable(string) },
    { conversation: conversationId },
  ),
  invited: object({ account: accountId, ...invitationFields }, optionalInvitationFields),
  uninvited: object({ account: accountId, room: conversationId }),
  forgotten: object({ account: accountId }),
  ranked: object(
    { account: accountId, conversation: conversationId, ranks: string },
    { entry: decodeRoomAuditEntry },
  ),
  banned: object({ ban: decodeServerBan }),
  unbanned: object({ of: oneOf("mask", "address"), target: nonEmptyString }),
  audited: object(auditFields, auditAccounts),
  reported: object({ report: decodeReport }),
  "report-closed": object({ id: nonEmptyString }),
} as const;

/** Checks one change of people.journal. */
export const decodePersonChange: Decoder<PersonChange> = byKind(PERSON_CHANGES);

/** Whether a change of people.journal can be of this kind. */
export function isPersonChangeKind(kind: string): boolean {
  return Object.hasOwn(PERSON_CHANGES, kind);
}

const CHANGES: JournalFormat<PersonChange> = { key: "change", decode: decodePersonChange };

export interface OpenedPeopleFile {
  readonly file: PeopleFile;
  /** The changes that the snapshot doesn't hold, in order. */
  readonly changes: readonly PersonChange[];
  /** Bytes of a torn last line that were cut off; 0 when there was none. */
  readonly torn: number;
}

export interface PeopleFileOptions {
  /** Called with what went wrong on the disk, for the owner's log, with the path. */
  readonly onProblem?: (text: string, cause: unknown) => void;
  readonly disk?: Disk;
}

/**
 * Opens `people.journal`: the changes to people outside of rooms since the last snapshots. Returns a refusal with the line
 * number when a line is damaged, and changes nothing then.
 *
 * @param folded number of the last change that rooms.json holds
 */
export function openPeopleFile(
  path: string,
  folded: number,
  options: PeopleFileOptions = {},
): OpenedPeopleFile | { readonly refused: string } {
  const opened = openJournal(path, CHANGES, folded, options.disk);
  if ("refused" in opened) return opened;
  const changes = opened.lines.map(({ content }) => content);
  const file = new PeopleFile(opened.journal, options.onProblem ?? (() => {}));
  return { file, changes, torn: opened.torn };
}

/** Reads `people.journal` and changes nothing. A damaged line is refused with its number. */
export function readPeopleFile(
  path: string,
): ReadJournal<PersonChange> | { readonly refused: string } {
  return readJournal(path, CHANGES);
}

/** Stores what people do outside of rooms. Owns people.journal, and alone writes it. */
export class PeopleFile {
  readonly #journal: Journal<PersonChange>;
  readonly #failures: DiskFailures;
  readonly #syncFailures: SyncFailures;

  /** Use {@link openPeopleFile}. */
  constructor(journal: Journal<PersonChange>, onProblem: (text: string, cause: unknown) => void) {
    this.#journal = journal;
    this.#failures = new DiskFailures(onProblem);
    this.#syncFailures = new SyncFailures(onProblem);
  }

  /** Number of the last change. */
  get lastNumber(): number {
    return this.#journal.mark().number;
  }

  /** Makes the next change's number follow this one, if it is higher: the changes before it are lost. */
  continueAfter(number: number): void {
    this.#journal.continueAfter(number);
  }

  /** Appends a change and returns at once; `false` when it could not be stored, and then nothing of it is. */
  append(change: PersonChange): boolean {
    const failure = this.#journal.append(change);
    if (failure === null) this.#failures.succeeded();
    else this.#report("cannot be written", failure.failed);
    return failure === null;
  }

  /** Resolves to whether all that was appended before the call survives a loss of power. Never rejects. */
  async sync(): Promise<boolean> {
    const { path } = this.#journal;
    try {
      await this.#journal.sync();
      this.#syncFailures.resolved(path);
      return true;
    } catch (error) {
      this.#syncFailures.refused(path, error);
      return false;
    }
  }

  /** The journal's end. Take it in the same turn as the snapshot; its number goes into rooms.json. */
  mark(): JournalMark {
    return this.#journal.mark();
  }

  /**
   * Shortens the journal after rooms.json holds everything up to the mark and is safe: see `Journal.fold`. Resolves to
   * `false` on a file-system error, and the journal stays unchanged. Never rejects.
   */
  async fold(mark: JournalMark): Promise<boolean> {
    try {
      if (!(await this.#journal.fold(mark))) return true;
    } catch (error) {
      this.#report("cannot be shortened", error);
      return false;
    }
    return this.sync();
  }

  /** Makes everything safe, and closes the file. */
  async close(): Promise<void> {
    await this.sync();
    this.#journal.close();
  }

  #report(problem: string, error: unknown): void {
    this.#failures.failed(`${this.#journal.path} ${problem}`, error);
  }
}

import { join } from "node:path";
import type { RoomEvent } from "../../chat-server/event.ts";
import type { PersonChange } from "../../chat-server/server-ports.ts";
import type { Snapshot } from "../../chat-server/snapshot/snapshot.ts";
import type { StoredChange } from "../../chat-server/takeover/follow.ts";
import type { AccountChange } from "../../member-server/account.ts";
import { agree, formatCount } from "../../protocol/plural.ts";
import { UnreadableRecord } from "../../protocol/unreadable-record.ts";
import type { UserFile } from "../accounts/user-file.ts";
import type { Disk } from "../disk/disk.ts";
import { fsErrorSentence } from "../disk/fs-errors.ts";
import { HistoryCatchUp } from "../history/catch-up-history.ts";
import type { LoadedHistory } from "../history/room-log.ts";
import { parseStoredEvent } from "../history/stored-event.ts";
import type { PeopleFile } from "../snapshot/people-file.ts";
import type { LoggedChange, LoggedChanges } from "./logged-changes.ts";
import { readRecordedChange } from "./recorded-changes.ts";

/*
 * A leader writes a turn's record into the log, and then the turn's changes into the folder's files. A crash between the
 * two leaves files that lack what was acknowledged: the next start brings them up to the log before it reads them.
 */

/** Groups of account changes that are synced together. */
const GROUPS_PER_SYNC = 1000;

/** The files that are brought up to a log. */
interface CatchUpFiles {
  /** Path of the data folder. */
  readonly folder: string;
  readonly users: UserFile;
  readonly people: PeopleFile;
  /** Whether events are written into histories. */
  readonly hasHistory: boolean;
  readonly onProblem: (text: string, cause: unknown) => void;
  readonly disk?: Disk;
}

/** What a log had besides the files. */
export interface LogAdditions {
  /** The person changes that people.journal lacked; it has them now. */
  readonly people: readonly PersonChange[];
  /** Without histories: all events of the log. */
  readonly events: readonly { readonly event: RoomEvent; readonly isErased: boolean }[];
  /** Paths of the history files that were appended to. */
  readonly written: ReadonlySet<string>;
  /** Sentences for the owner's log. */
  readonly reports: readonly string[];
}

/**
 * Writes what a log has and the files lack into the files, and makes it safe. What is damaged is reported and passed over:
 * nobody else has it. Refuses when the disk does, when the accounts' journal and the log don't belong together, and what a
 * newer version wrote: nothing is lost then, the log has it all. The histories must not be loaded yet.
 */
export async function catchUpFolder(
  logged: LoggedChanges,
  files: CatchUpFiles,
): Promise<LogAdditions | { readonly refused: string }> {
  const { folder, hasHistory, onProblem, disk } = files;
  const roots = [join(folder, "history"), join(folder, "gone")] as const;
  const histories = new HistoryCatchUp(...roots, onProblem, disk);
  const reports: string[] = [];
  const changes: Exclude<LoggedChange, { readonly kind: "event" }>[] = [];
  const events: LogAdditions["events"][number][] = [];
  try {
    for (const change of logged.changes) {
      if (change.kind !== "event") {
        changes.push(change);
        continue;
      }
      if (hasHistory) {
        const failure = histories.take(change);
        if (failure === null) continue;
        await histories.close();
        return failure;
      }
      const stored = parseStoredEvent(change.stored, change.conversation);
      if (stored.kind === "event") events.push(stored);
    }
  } catch (error) {
    await histories.close();
    if (error instanceof UnreadableRecord) return { refused: startNewer(error) };
    const sentence = fsErrorSentence(error);
    if (sentence === null) throw error;
    return { refused: `${sentence} Put that right, then start again.` };
  }
  if (!(await histories.close())) return notWritten(roots[0]);
  const people = await catchUpPeople(changes, files, reports);
  if ("refused" in people) return people;
  const accounts = await catchUpAccounts(changes, files, reports);
  if ("refused" in accounts) return accounts;
  const count = histories.appended + people.changes.length + accounts.groups;
  if (count > 0) {
    reports.push(
      `${formatCount(count, "change")} ${agree(count, "was", "were")} in records.journal alone, and ${agree(count, "is", "are")} in the other files now.`,
    );
  }
  return {
    ...{ people: people.changes, events, written: histories.written },
    reports: [...logged.reports, ...histories.reports, ...reports],
  };
}

/** Adds the events of a log to what was loaded of the histories, for a server that writes none. */
export function withLoggedEvents(
  loaded: LoadedHistory,
  { events }: LogAdditions,
  snapshot: Snapshot,
): LoadedHistory {
  if (events.length === 0) return loaded;
  const positions = new Map(snapshot.conversations.map(({ id, at }) => [id, at]));
  for (const { conversation, position } of loaded.later) positions.set(conversation, position);
  const later = [...loaded.later];
  const recent = new Map(loaded.recent);
  for (const { event, isErased } of events) {
    const { conversation, position } = event;
    if (position <= (positions.get(conversation) ?? 0)) continue;
    positions.set(conversation, position);
    later.push(event);
    const shown = recent.get(conversation) ?? [];
    recent.set(conversation, isErased ? shown : [...shown, event]);
  }
  return { ...loaded, later, recent };
}

type StoredKinds = readonly Exclude<LoggedChange, { readonly kind: "event" }>[];

async function catchUpPeople(
  logged: StoredKinds,
  { people, folder }: CatchUpFiles,
  reports: string[],
): Promise<{ readonly changes: readonly PersonChange[] } | { readonly refused: string }> {
  const path = join(folder, "people.journal");
  const changes: PersonChange[] = [];
  for (const entry of logged) {
    if (entry.kind !== "person" || entry.number <= people.lastNumber) continue;
    const read = readOrReport(entry, path, reports);
    if (read !== null && "refused" in read) return read;
    const [change] = read ?? [];
    if (change?.kind !== "person") continue;
    if (entry.number > people.lastNumber + 1) {
      const missing = formatCount(entry.number - people.lastNumber - 1, "change");
      reports.push(`${path} lacks ${missing} before number ${entry.number}.`);
      people.continueAfter(entry.number - 1);
    }
    if (!people.append(change.change)) return notWritten(path);
    changes.push(change.change);
  }
  return changes.length === 0 || (await people.sync()) ? { changes } : notWritten(path);
}

async function catchUpAccounts(
  logged: StoredKinds,
  { users, folder }: CatchUpFiles,
  reports: string[],
): Promise<{ readonly groups: number } | { readonly refused: string }> {
  const path = join(folder, "users.journal");
  const groups: (readonly AccountChange[])[] = [];
  const last = users.lastNumber;
  for (const entry of logged) {
    const next = last + groups.length + 1;
    if (entry.kind !== "accounts" || entry.number < next) continue;
    if (entry.number > next) {
      return {
        refused: `records.journal goes on at change ${entry.number} of ${path}, which ends at ${next - 1}: they don't belong together. Put back both from one copy, or move records.journal away, then start again; no account was changed.`,
      };
    }
    const read = readOrReport(entry, path, reports);
    if (read !== null && "refused" in read) return read;
    // An empty group keeps its place: lines are numbered without gaps.
    groups.push((read ?? []).flatMap((each) => (each.kind === "account" ? each.change : [])));
  }
  for (let start = 0; start < groups.length; start += GROUPS_PER_SYNC) {
    const together = groups.slice(start, start + GROUPS_PER_SYNC);
    const stored = await Promise.all(together.map((changes) => users.store(changes)));
    if (stored.includes(false)) return notWritten(path);
  }
  return { groups: groups.length };
}

/** Returns `null`, and adds a report, for a damaged change. */
function readOrReport(
  entry: LoggedChange,
  path: string,
  reports: string[],
): readonly StoredChange[] | { readonly refused: string } | null {
  try {
    return readRecordedChange(entry);
  } catch (error) {
    if (!(error instanceof UnreadableRecord)) throw error;
    if (error.isNewer) {
      return { refused: startNewer(error) };
    }
    reports.push(`records.journal has a change of ${path} that can't be read.`);
    return null;
  }
}

function startNewer({ message }: UnreadableRecord): string {
  return `${message} Start that version on this folder again; nothing was changed.`;
}

function notWritten(path: string): { readonly refused: string } {
  return { refused: `${path} cannot be written. Put that right, then start again.` };
}

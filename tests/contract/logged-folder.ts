import { join } from "node:path";
import { decodeRecord, encodeRecord } from "../../lib/cluster/log/record.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { type TurnChange, TurnRecorder } from "../../lib/cluster/log/turn-recorder.ts";
import {
  type DataFolder,
  type DataFolderOptions,
  openDataFolder,
} from "../../lib/file-manager/data-folder.ts";
import type { Disk } from "../../lib/file-manager/disk/disk.ts";
import { type LocalRecordLog, openLocalLog } from "../../lib/file-manager/record-log/local-log.ts";
import type {
  LoggedChange,
  LoggedChanges,
} from "../../lib/file-manager/record-log/logged-changes.ts";
import { formatRecordedEvent } from "../../lib/file-manager/record-log/recorded-changes.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import type { StagedData } from "../crash/stage.ts";

/** Opens `<folder>/data` as a server without gateways does. Throws where it is refused. */
export async function openPlain(
  folder: string,
  options: Partial<DataFolderOptions> = {},
): Promise<DataFolder> {
  const data = await openDataFolder(join(folder, "data"), {
    ...{ makeStore: AccountStore.of, passwordCost: "test", history: true, onProblem: () => {} },
    ...options,
  });
  if ("refused" in data) throw new Error(data.refused);
  return data;
}

/** What the log has to store, and its last sequence. */
export async function readWholeLog(
  log: LocalRecordLog,
): Promise<LoggedChanges & { readonly last: number }> {
  const changes: LoggedChange[] = [];
  const { first, last } = (await log.facts()) ?? { first: 1, last: 0 };
  log.follow(first - 1, {
    entry: ({ bytes }) => {
      const decoded = decodeRecord(bytes, null);
      if ("unreadable" in decoded) throw new Error(decoded.unreadable);
      if (decoded.record.kind === "turn") changes.push(...decoded.record.changes);
    },
  })();
  return { changes, reports: [], last };
}

/** A leader's data folder with its log: each turn goes into the log, and then into the files. */
export class LoggedFolder {
  readonly data: DataFolder;
  readonly log: LocalRecordLog;
  readonly #recorder: TurnRecorder;
  /** Resolves when every turn so far is stored. */
  stored: Promise<void> = Promise.resolve();

  private constructor(data: DataFolder, log: LocalRecordLog, last: number, hasHistory: boolean) {
    this.data = data;
    this.log = log;
    this.#recorder = new TurnRecorder({
      ...{ appender: new RecordAppender(log, last), log, term: last + 1, seal: null },
      ...{ numbers: data.numbers, soft: new SoftParts(), canStore: () => !data.isFailing },
      formatEvent: (event) => formatRecordedEvent(event, hasHistory),
      takeConsumed: () => [],
      takeSoftState: () => ({ parts: [], told: [], upMs: 1 }),
      store: (changes) => {
        this.stored = data.store(changes);
      },
      failed: ({ kind }) => {
        throw new Error(kind);
      },
      schedule: () => {},
    });
  }

  /** @param disk for the files, not for the log */
  static async open(
    folder: string,
    { disk, history = true }: { readonly disk?: Disk; readonly history?: boolean } = {},
  ): Promise<LoggedFolder> {
    let log: LocalRecordLog | null = null;
    let last = 0;
    const data = await openPlain(folder, {
      ...{ history, ...(disk && { disk }) },
      openLog: async (lock) => {
        const opened = openLocalLog(join(folder, "data"), lock);
        if ("refused" in opened) return opened;
        log = opened.log;
        const logged = await readWholeLog(log);
        last = logged.last;
        return logged;
      },
    });
    if (log === null) throw new Error("the log was not opened");
    return new LoggedFolder(data, log, last, history);
  }

  /** One turn of the leader. Returns which of the changes were accepted. */
  turn(...changes: readonly TurnChange[]): boolean[] {
    const accepted = changes.map((change) => {
      if (change.kind === "event") return this.#recorder.append(change.event);
      if (change.kind === "person") return this.#recorder.appendPerson(change.change);
      let isRefused = false;
      this.#recorder.saveAccounts(change.changes, (isSaved) => {
        isRefused = !isSaved;
      });
      return !isRefused;
    });
    void this.#recorder.record();
    return accepted;
  }

  /** The folder as a server uses it: each change is a turn of its own. */
  asData(): StagedData {
    const { data } = this;
    const isStored = (change: TurnChange): boolean => !this.turn(change).includes(false);
    return {
      ...{ accountRecords: data.accountRecords, restored: data.restored },
      append: (event) => isStored({ kind: "event", event }),
      appendPerson: (change) => isStored({ kind: "person", change }),
      answer: async (query) => {
        if (query.kind !== "save-accounts") return data.answer(query);
        const saved = isStored({ kind: "accounts", changes: query.changes });
        await this.stored;
        return { saved };
      },
    };
  }

  async close(): Promise<void> {
    await this.log.close();
    await this.data.close();
  }
}

/** Puts a leader's turns into a log that the files know nothing of: it was killed between the two. */
export async function logOnly(
  folder: string,
  turns: readonly (readonly LoggedChange[])[],
): Promise<void> {
  const opened = openLocalLog(join(folder, "data"), { release: () => {} });
  if ("refused" in opened) throw new Error(opened.refused);
  const { log } = opened;
  const { last } = await readWholeLog(log);
  const appender = new RecordAppender(log, last);
  for (const [index, changes] of turns.entries()) {
    const number = index + 1;
    // The cast: only what a record is written with is needed of them.
    const turn = { kind: "turn", term: last + 1, number, changes } as const;
    const rest = { consumed: [], parts: [], told: [], upMs: 0 };
    const bytes = encodeRecord({ ...turn, ...rest } as Parameters<typeof encodeRecord>[0], null);
    appender.append(`${last + 1}-${number}`, bytes, () => {});
  }
  await log.close();
}

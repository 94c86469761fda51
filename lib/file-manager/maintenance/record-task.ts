import { join } from "node:path";
import { openPeopleFile } from "../snapshot/people-file.ts";
import { readSnapshot } from "../snapshot/snapshot-file.ts";

/** A task that changed what people have written. */
interface RecordedTask {
  readonly act: "forget" | "import";
  /** Whose messages were erased, or the room that messages came into. */
  readonly target: string;
  readonly reason?: string;
}

/** What it takes to record one. */
interface RecordPorts {
  readonly data: string;
  readonly newId: (time?: number) => string;
  readonly now: () => number;
  /** The system's user who runs the task. */
  readonly user: string;
}

/**
 * Records a task in the people's journal, from which the next start writes it into the audit file. The folder must be
 * locked. Returns a sentence about what went wrong, or none.
 */
export async function recordTask(
  { act, target, reason = "" }: RecordedTask,
  { data, newId, now, user }: RecordPorts,
): Promise<string[]> {
  const lost = "It is missing in the audit file: people.journal could not be written.";
  const snapshot = readSnapshot(join(data, "rooms.json"));
  if ("refused" in snapshot) return [lost];
  const people = openPeopleFile(join(data, "people.journal"), snapshot.peopleFolded);
  if ("refused" in people) return [lost];
  const entry = { id: newId(now()), time: now(), by: `console:${user}`, act, target, reason };
  const isStored = people.file.append({ kind: "audited", ...entry });
  await people.file.close();
  return isStored ? [] : [lost];
}

import type { NatsEngine } from "../../cluster/nats/nats-engine.ts";
import { BEGINS_AGAIN } from "../../cluster/supervisor/handover.ts";
import type { Autosave } from "../../file-manager/snapshot/autosave.ts";
import type { Log } from "../../settings/log.ts";
import type { ServerSettings } from "../../settings/server-settings.ts";
import { crash } from "../../transport/shutdown.ts";
import { refetchFolder } from "./open-node.ts";

/** How long a node that begins again waits until its files are closed. What they have survives a kill. */
const RELEASE_MS = 2000;

/** Ends the process, which its supervisor starts anew. */
export function endToBeginAgain(autosave: Autosave): void {
  const end = (): never => process.exit(BEGINS_AGAIN);
  // A save that waits for a record that the log didn't take never ends.
  setTimeout(end, RELEASE_MS);
  autosave.release().then(end, crash);
}

/**
 * Fetches the data folder from the leader, and ends the process, which begins with that folder: what is damaged in this one
 * can be had from there.
 *
 * @param leader name of the leader's node
 * @param releaseMs for how long it waits until the files are closed
 */
export async function fetchToBeginAgain(
  settings: ServerSettings,
  autosave: Pick<Autosave, "release">,
  engine: Pick<NatsEngine, "close">,
  leader: string,
  note: Log,
  releaseMs = RELEASE_MS,
): Promise<never> {
  const isReleased = await Promise.race([
    autosave.release().then(() => true, crash),
    Bun.sleep(releaseMs).then(() => false),
  ]);
  if (isReleased) {
    note("warn", `the data folder is fetched anew from ${leader}`);
    await engine.close();
    const fetched = await refetchFolder(settings, note);
    if ("refused" in fetched) note("error", fetched.refused);
  } else {
    const goesOn = "this node begins again with what it has";
    const why = "since its files can't be closed";
    note("warn", `the data folder is not fetched anew from ${leader}, ${why}: ${goesOn}`);
  }
  process.exit(BEGINS_AGAIN);
}

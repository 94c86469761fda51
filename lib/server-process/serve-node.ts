import { openDataFolder } from "../file-manager/data-folder.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { NodeProcess } from "./node-process.ts";
import { openNode } from "./open-node.ts";
import type { PreparedStart } from "./prepare-start.ts";
import type { ProcessRole } from "./process-role.ts";

/**
 * Serves as a node of a cluster: follows the log, and leads when its turn comes. The connections are held by gateways, of
 * this machine and of others.
 */
export async function serveAsNode(start: PreparedStart, role: ProcessRole): Promise<void> {
  const { given, output, words } = start;
  const { log } = output;
  const opened = await openNode(given, log);
  if ("refused" in opened) return exitWithError([opened.refused], 1);
  const data = await openDataFolder(given.data, {
    ...{ ...given, makeStore: AccountStore.of, now: Date.now() },
    onProblem: (text, cause) => log("error", text, cause),
  });
  if ("refused" in data) {
    await opened.engine.close();
    const { refused, heldBy } = data;
    return exitWithError([heldBy === undefined ? refused : words.dataInUse(heldBy, given.data)], 1);
  }
  for (const report of data.reports) log("warn", report);
  await new NodeProcess(start, role, opened, data).begin();
}

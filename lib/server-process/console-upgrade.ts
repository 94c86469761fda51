import { upgradedPart, upgradeResult } from "../chat-server/admin/admin-upgrade.ts";
import type { UpgradeAnswer, UpgradedPart } from "../chat-server/process-ports.ts";
import type { AdminAnswer } from "../protocol/admin/admin-answer.ts";

/** Replaces processes of this machine by others of the program that is on disk now. Resolves to how that ended. */
export type UpgradeProcesses = (part: UpgradedPart) => Promise<UpgradeAnswer>;

/**
 * Answers `upgrade` on the console of a process in which no chat server leads: a node that follows, or the supervisor of
 * gateways. The words and sentences are those of a server that leads.
 */
export function answerUpgrade(
  words: readonly string[],
  upgrade: UpgradeProcesses,
  respond: (answer: AdminAnswer) => void,
): void {
  const part = upgradedPart(words);
  if (typeof part !== "string") {
    return respond({ kind: "refused", sentence: part.refused, notes: [] });
  }
  void upgrade(part).then((outcome) => {
    const result = upgradeResult(part, outcome);
    if ("done" in result) respond({ kind: "done", sentence: result.done, notes: [] });
    else respond({ kind: "refused", sentence: result.refused, notes: [] });
  });
}

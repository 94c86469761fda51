import type { AdminSentence } from "../../protocol/admin/admin-answer.ts";
import { query, type Steps } from "../command.ts";
import type { UpgradeAnswer, UpgradedPart } from "../process-ports.ts";
import { type AdminContext, type AdminHandlers, recordAct } from "./admin-handler.ts";

/** The console's command that replaces processes. Where no chat server leads, its process answers by the same sentences. */

export const UPGRADE_HANDLERS = { upgrade } satisfies AdminHandlers;

/** The last word on an upgrade. */
type UpgradeResult = { readonly done: AdminSentence } | { readonly refused: AdminSentence };

/** Replaces the process that leads, or with `gateways` those that hold the connections. */
function* upgrade(context: AdminContext): Steps<UpgradeResult> {
  const part = upgradedPart(context.words);
  if (typeof part !== "string") return part;
  recordAct(context, "upgrade", part);
  return upgradeResult(part, yield* query({ kind: "upgrade", part }));
}

/** Returns what the words behind `upgrade` replace, or a refusal. */
export function upgradedPart(
  words: readonly string[],
): UpgradedPart | { readonly refused: AdminSentence } {
  const [word, ...more] = words;
  if (word === undefined) return "leader";
  if (word === "gateways" && more.length === 0) return word;
  return { refused: ["badChoice", "upgrade", "gateways"] };
}

/** Returns what the owner is told when an upgrade has ended. */
export function upgradeResult(part: UpgradedPart, { outcome, how }: UpgradeAnswer): UpgradeResult {
  switch (outcome) {
    case "done":
      return { done: ["gatewaysReplaced"] };
    case "failed":
      return { refused: [part === "leader" ? "leaderNotReplaced" : "gatewaysNotReplaced", how] };
    case "busy":
      return { refused: ["upgradeBusy"] };
    case "impossible":
      return { refused: ["upgradeImpossible"] };
  }
}

import type { CommandContext } from "../command.ts";
import { usesMetadata3 } from "../users/metadata-values.ts";

/** How METADATA says no: in the codes of the second text, which are put into the third one's for its sessions. */

/** What the third text calls otherwise. */
const THIRD_CODES: Readonly<Record<string, string>> = {
  KEY_INVALID: "INVALID_KEY",
  VALUE_INVALID: "INVALID_VALUE",
  SUBCOMMAND_INVALID: "INVALID_PARAMS",
  NEED_MORE_PARAMS: "INVALID_PARAMS",
  TOO_MANY_SUBS: "LIMIT_REACHED",
};

export function metadataFail(
  ask: CommandContext,
  code: string,
  context: readonly string[],
  sentence: string,
): void {
  const { session, reply } = ask;
  reply.fail(
    "METADATA",
    usesMetadata3(session) ? (THIRD_CODES[code] ?? code) : code,
    context,
    sentence,
  );
}

export function refuseTarget(ask: CommandContext): null {
  metadataFail(
    ask,
    "INVALID_TARGET",
    [asWord(ask.params[0] ?? "")],
    "There is nothing of that name",
  );
  return null;
}

export function refuseKey(ask: CommandContext, key: string): void {
  metadataFail(ask, "KEY_INVALID", [asWord(key)], KEY_SENTENCE);
}

/** One key of several: the third text warns of it, for what is asked of the others is done. */
export function warnKey(ask: CommandContext, key: string): void {
  if (!usesMetadata3(ask.session)) return refuseKey(ask, key);
  ask.reply.warn("METADATA", "INVALID_KEY", [asWord(key)], KEY_SENTENCE);
}

const KEY_SENTENCE = "A key is written with a to z, 0 to 9 and _ . / -";

export function refuseValue(ask: CommandContext, key: string, sentence: string): void {
  metadataFail(ask, "VALUE_INVALID", usesMetadata3(ask.session) ? [key] : [], sentence);
}

export function refuseRight(ask: CommandContext, target: string, key: string): void {
  metadataFail(ask, "KEY_NO_PERMISSION", [target, key], "That isn't yours to say");
}

/** What somebody wrote, as one word of a line. */
export function asWord(text: string): string {
  return /^[^\s:]\S*$/.test(text) ? text : "*";
}

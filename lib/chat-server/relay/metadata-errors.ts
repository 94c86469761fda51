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
  context: CommandContext,
  code: string,
  details: readonly string[],
  sentence: string,
): void {
  const { session, reply } = context;
  reply.fail(
    "METADATA",
    usesMetadata3(session) ? (THIRD_CODES[code] ?? code) : code,
    details,
    sentence,
  );
}

export function refuseTarget(context: CommandContext): null {
  metadataFail(
    context,
    "INVALID_TARGET",
    [asWord(context.params[0] ?? "")],
    "There is nothing of that name",
  );
  return null;
}

export function refuseKey(context: CommandContext, key: string): void {
  metadataFail(context, "KEY_INVALID", [asWord(key)], KEY_SENTENCE);
}

/** One key of several: the third text warns of it, for what is asked of the others is done. */
export function warnKey(context: CommandContext, key: string): void {
  if (!usesMetadata3(context.session)) return refuseKey(context, key);
  context.reply.warn("METADATA", "INVALID_KEY", [asWord(key)], KEY_SENTENCE);
}

const KEY_SENTENCE = "A key is written with a to z, 0 to 9 and _ . / -";

export function refuseValue(context: CommandContext, key: string, sentence: string): void {
  metadataFail(context, "VALUE_INVALID", usesMetadata3(context.session) ? [key] : [], sentence);
}

export function refuseRight(context: CommandContext, target: string, key: string): void {
  metadataFail(context, "KEY_NO_PERMISSION", [target, key], "That isn't yours to say");
}

/** What somebody wrote, as one word of a line. */
export function asWord(text: string): string {
  return /^[^\s:]\S*$/.test(text) ? text : "*";
}

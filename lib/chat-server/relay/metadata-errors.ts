import type { Ask } from "../command.ts";
import { speaksThirdText } from "../users/metadata-values.ts";

/** How METADATA says no: in the codes of the second text, which are put into the third one's for its sessions. */

/** What the third text calls otherwise. */
const THIRD_CODES: Readonly<Record<string, string>> = {
  KEY_INVALID: "INVALID_KEY",
  VALUE_INVALID: "INVALID_VALUE",
  SUBCOMMAND_INVALID: "INVALID_PARAMS",
  NEED_MORE_PARAMS: "INVALID_PARAMS",
  TOO_MANY_SUBS: "LIMIT_REACHED",
};

export function fail(ask: Ask, code: string, context: readonly string[], sentence: string): void {
  const { session, reply } = ask;
  reply.fail(
    "METADATA",
    speaksThirdText(session) ? (THIRD_CODES[code] ?? code) : code,
    context,
    sentence,
  );
}

export function refuseTarget(ask: Ask): null {
  fail(ask, "INVALID_TARGET", [word(ask.params[0] ?? "")], "There is nothing of that name");
  return null;
}

export function refuseKey(ask: Ask, key: string): void {
  fail(ask, "KEY_INVALID", [word(key)], KEY_SENTENCE);
}

/** One key of several: the third text warns of it, for what is asked of the others is done. */
export function passOver(ask: Ask, key: string): void {
  if (!speaksThirdText(ask.session)) return refuseKey(ask, key);
  ask.reply.warn("METADATA", "INVALID_KEY", [word(key)], KEY_SENTENCE);
}

const KEY_SENTENCE = "A key is written with a to z, 0 to 9 and _ . / -";

export function refuseValue(ask: Ask, key: string, sentence: string): void {
  fail(ask, "VALUE_INVALID", speaksThirdText(ask.session) ? [key] : [], sentence);
}

export function refuseRight(ask: Ask, target: string, key: string): void {
  fail(ask, "KEY_NO_PERMISSION", [target, key], "That isn't yours to say");
}

/** What somebody wrote, as one word of a line. */
export function word(text: string): string {
  return /^[^\s:]\S*$/.test(text) ? text : "*";
}

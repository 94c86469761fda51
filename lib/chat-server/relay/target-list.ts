import { fold } from "../../protocol/names.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../command.ts";
import { QUERY_TARGETS_MAX } from "../limits.ts";

/** Bytes of a list that fit into an answer, behind the server's name and the nick. */
const REPEATED_BYTES_MAX = 350;

/**
 * Returns a list of targets as the last line of an answer repeats it: cut where that line would be too long.
 */
export function repeatedList(list: string): string {
  return cutUtf8(list, REPEATED_BYTES_MAX);
}

/**
 * Splits the comma list of a query like `NAMES #tea,#cake` into its targets, each once, without empty ones.
 * Returns no target after answering that there are too many. https://modern.ircdocs.horse/#targmax-parameter
 */
export function splitQueryTargets({ session, reply }: RegisteredContext, list: string): string[] {
  const targets = new Map<string, string>();
  for (const target of list.split(",")) {
    const key = fold(target);
    if (target !== "" && !targets.has(key)) targets.set(key, target);
  }
  if (targets.size > QUERY_TARGETS_MAX) {
    const sentence = `Too many at once: ${QUERY_TARGETS_MAX} at most`;
    reply.numeric(NUMERIC.ERR_TOOMANYTARGETS, repeatedList(list), sentence);
    return [];
  }
  session.work.names += targets.size;
  return [...targets.values()];
}

import { Prng } from "../prng.ts";
import { BUS_PARSERS } from "./bus-parsers.ts";
import { CLUSTER_PARSERS } from "./cluster-parsers.ts";
import { FILE_PARSERS } from "./file-parsers.ts";
import { FRAME_PARSERS } from "./frame-parsers.ts";
import { INPUT_PARSERS } from "./input-parsers.ts";
import { checkOnce, type ParserTarget } from "./parser-target.ts";
import { PATH_PARSERS } from "./path-parsers.ts";
import { SETTINGS_PARSERS } from "./settings-parsers.ts";
import { WIRE_PARSERS } from "./wire-parsers.ts";

/** All parsers that are fuzzed. */
export const PARSERS: readonly ParserTarget[] = [
  ...WIRE_PARSERS,
  ...FILE_PARSERS,
  ...INPUT_PARSERS,
  ...SETTINGS_PARSERS,
  ...CLUSTER_PARSERS,
  ...BUS_PARSERS,
  ...FRAME_PARSERS,
  ...PATH_PARSERS,
];
/** One of so many inputs goes to a slow parser, which reads files or whole logs. */
const SLOW_EVERY = 50;

/** Gives `count` inputs of a seed to the parsers in turn. Throws when one throws, or a claim doesn't hold. */
export function fuzzParsers(seed: number, count: number): void {
  const prng = new Prng(seed);
  const quick = PARSERS.filter(({ isSlow }) => isSlow !== true);
  const slow = PARSERS.filter(({ isSlow }) => isSlow === true);
  for (let n = 0; n < count; n += 1) {
    const targets = n % SLOW_EVERY === 0 ? slow : quick;
    const target = targets[(n % SLOW_EVERY === 0 ? n / SLOW_EVERY : n) % targets.length];
    if (target === undefined) continue;
    try {
      checkOnce(target, prng);
    } catch (error) {
      throw new Error(`SEED=${seed}, input ${n}`, { cause: error });
    }
  }
}

/** Asking a terminal for its background colour (OSC 11), and reading the answer. */
import type { Rgb } from "./colour.ts";
import { isInTmux, throughMultiplexer } from "./multiplexer.ts";

/** https://invisible-island.net/xterm/ctlseqs/ctlseqs.html#h3-Operating-System-Commands */
const QUERY = "\x1b]11;?\x1b\\";
/** Of each part one to four hexadecimal digits count: `rgb:ff/ff/ff`, `rgb:ffff/ffff/ffff`, `#ffffff`. */
const ANSWER =
  /^11;(?:rgba?:([\da-f]{1,4})\/([\da-f]{1,4})\/([\da-f]{1,4})(?:\/[\da-f]{1,4})?|#([\da-f]{2})([\da-f]{2})([\da-f]{2}))$/i;

/**
 * Returns the bytes that ask for the background. tmux answers itself where it knows, and otherwise passes the question
 * on to the terminal outside if it may: it gets both.
 */
export function backgroundQuery(environment: Readonly<Record<string, string | undefined>>): string {
  const outside = throughMultiplexer(QUERY, environment);
  return isInTmux(environment) ? QUERY + outside : outside;
}

/** Reads an answer, without the sequence's beginning and end; null for any other. */
export function parseBackground(answer: string): Rgb | null {
  const match = ANSWER.exec(answer);
  if (match === null) return null;
  const [red, green, blue] = match
    .slice(1)
    .filter((part) => part !== undefined)
    .map(channelOf);
  return red === undefined || green === undefined || blue === undefined ? null : [red, green, blue];
}

/** Returns a part of a colour from 0 to 255, whatever the number of its digits. */
function channelOf(digits: string): number {
  return Math.round((255 * Number.parseInt(digits, 16)) / (16 ** digits.length - 1));
}

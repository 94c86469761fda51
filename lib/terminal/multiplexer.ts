type Environment = Readonly<Record<string, string | undefined>>;

/** Bytes of one passthrough sequence of GNU screen, which drops longer ones: versions before 5 allow 256. */
const SCREEN_BYTES_MAX = 250;

/**
 * Wraps an escape sequence for the terminal outside of tmux or GNU screen, which drop those that they don't
 * know themselves: notifications, and the clipboard. Returns it unchanged outside of both. tmux passes it on
 * if its option `allow-passthrough` is on. With one of the two inside the other only the inner one is known,
 * and the outer decides.
 *
 * https://github.com/tmux/tmux/wiki/FAQ#what-is-the-passthrough-escape-sequence-and-how-do-i-use-it
 *
 * @param sequence begins with ESC; one or several sequences that end in ESC \ or BEL
 */
export function throughMultiplexer(sequence: string, environment: Environment): string {
  if (sequence === "") return "";
  if (isInTmux(environment)) {
    return `\x1bPtmux;${sequence.replaceAll("\x1b", "\x1b\x1b")}\x1b\\`;
  }
  if (!isInScreen(environment)) return sequence;
  // screen's sequence ends at the first ESC \, so that those inside must end in BEL, which means the same.
  const inner = sequence.replaceAll("\x1b\\", "\x07");
  return chunks(inner, SCREEN_BYTES_MAX)
    .map((chunk) => `\x1bP${chunk}\x1b\\`)
    .join("");
}

/**
 * Returns the bytes that put a text on the clipboard of the terminal (OSC 52), also through ssh and {@link
 * throughMultiplexer}. A terminal that doesn't allow it ignores them, and gives no answer either way. tmux has
 * two options of which one is enough: with `set-clipboard on` it takes the plain sequence, and with
 * `allow-passthrough on` the wrapped one. With both the same text is copied twice.
 */
export function clipboardSequence(text: string, environment: Environment): string {
  const term = environment["TERM"] ?? "";
  if (term === "dumb" || term === "linux") return "";
  const sequence = `\x1b]52;c;${Buffer.from(text).toString("base64")}\x07`;
  const wrapped = throughMultiplexer(sequence, environment);
  return isInTmux(environment) ? sequence + wrapped : wrapped;
}

/** Returns whether tmux is around this program. Through ssh the terminal's name arrives, and TMUX doesn't. */
export function isInTmux(environment: Environment): boolean {
  return isSet(environment["TMUX"]) || (environment["TERM"] ?? "").startsWith("tmux");
}

/** Returns whether GNU screen is around this program. */
export function isInScreen(environment: Environment): boolean {
  return isSet(environment["STY"]) && (environment["TERM"] ?? "").startsWith("screen");
}

/** Whether tmux is to be asked for the colours of the terminal outside: it sets COLORTERM in any case. */
function needsTmuxFeatures(environment: Environment): boolean {
  return isSet(environment["TMUX"]) && isSet(environment["COLORTERM"]);
}

/**
 * Returns the environment without COLORTERM where tmux would round colours of 24 bits to some of the 256, which then may
 * not be read: unless the terminal outside has them (`features`, from tmux's client_termfeatures; "" until it answered).
 */
export function withTmuxColours(environment: Environment, features: string): Environment {
  if (!needsTmuxFeatures(environment) || features.split(",").includes("RGB")) return environment;
  const { COLORTERM: _, ...others } = environment;
  return others;
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== "";
}

/** Cuts a text between characters into pieces of at most `bytesMax` bytes. */
function chunks(text: string, bytesMax: number): string[] {
  const pieces = [""];
  for (const character of text) {
    const longer = `${pieces.at(-1)}${character}`;
    if (Buffer.byteLength(longer) <= bytesMax) pieces[pieces.length - 1] = longer;
    else pieces.push(character);
  }
  return pieces;
}

import { utf8Bytes } from "../utf8.ts";
import { ISUPPORT_TOKENS_MAX } from "./wire-limits.ts";

/** Leaves a 005 line room for the server's name, the nick and the closing text. */
const ISUPPORT_BYTES_MAX = 350;

/**
 * The parameters of the 005 lines that announce `tokens` ("" for one without a value), without
 * the nick in front and the text behind: at most 13 a line, and no line too long.
 */
export function formatIsupport(tokens: ReadonlyMap<string, string>): string[][] {
  const lines: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const [name, value] of tokens) {
    const token = value === "" ? name : `${name}=${escapeValue(value)}`;
    const size = utf8Bytes(token) + 1;
    const line = lines.at(-1);
    if (
      line !== undefined &&
      line.length < ISUPPORT_TOKENS_MAX &&
      bytes + size <= ISUPPORT_BYTES_MAX
    ) {
      line.push(token);
      bytes += size;
    } else {
      lines.push([token]);
      bytes = size;
    }
  }
  return lines;
}

/** Ten times what the most talkative servers announce. Each may come again, and is known once. */
const TOKENS_MAX = 500;

/** What a server has announced, as its client knows it. `apply` is the only thing that changes it. */
export class Isupport {
  readonly #tokens = new Map<string, string>();

  /** Made from the lines of a greeting, each with all its parameters. */
  static parse(lines: Iterable<readonly string[]>): Isupport {
    const isupport = new Isupport();
    for (const params of lines) isupport.apply(params);
    return isupport;
  }

  /**
   * Takes all parameters of one 005: the nick, tokens (`-NAME` takes one back), and the closing
   * text, which is told from a token by its spaces.
   */
  apply(params: readonly string[]): void {
    for (const token of params.slice(1)) {
      if (token === "" || token.includes(" ")) continue;
      const equals = token.indexOf("=");
      const name = (equals === -1 ? token : token.slice(0, equals)).toUpperCase();
      if (name.startsWith("-")) this.#tokens.delete(name.slice(1));
      else if (name !== "" && (this.#tokens.has(name) || this.#tokens.size < TOKENS_MAX)) {
        this.#tokens.set(name, equals === -1 ? "" : unescapeValue(token.slice(equals + 1)));
      }
    }
  }

  /** "" for a token without a value; `undefined` when it was not announced, or taken back. */
  get(name: string): string | undefined {
    return this.#tokens.get(name);
  }

  has(name: string): boolean {
    return this.#tokens.has(name);
  }

  /** A token that is a number, like NICKLEN; `otherwise` when it isn't there or isn't one. */
  number(name: string, otherwise: number): number {
    const value = this.#tokens.get(name);
    return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : otherwise;
  }

  /** The network's own name for itself, or `null`. */
  get network(): string | null {
    return this.#tokens.get("NETWORK") || null;
  }

  /** Prefix by mode letter, highest rank first: `o` → `@`. `PREFIX=` alone means none. */
  get prefixes(): ReadonlyMap<string, string> {
    const value = this.#tokens.get("PREFIX") ?? "(ov)@+";
    const close = value.indexOf(")");
    const letters = Array.from(value.slice(1, Math.max(1, close)));
    const signs = Array.from(value.slice(close + 1));
    return new Map(letters.map((letter, i) => [letter, signs[i] ?? ""]));
  }

  /** The letters of CHANMODES in the shape that `parseModeChanges` takes. */
  get roomModes(): { list: string; always: string; onSet: string; never: string; rank: string } {
    const [list = "", always = "", onSet = "", never = ""] = (
      this.#tokens.get("CHANMODES") ?? ""
    ).split(",");
    return { list, always, onSet, never, rank: [...this.prefixes.keys()].join("") };
  }

  /** The most messages that one CHATHISTORY gives; 0 means that the server sets no limit. */
  get chathistory(): number | null {
    return this.has("CHATHISTORY") ? this.number("CHATHISTORY", 0) : null;
  }
}

function escapeValue(value: string): string {
  return value.replace(/[\\ =]/g, (letter) => ESCAPED[letter] ?? letter);
}

const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\x5C", " ": "\\x20", "=": "\\x3D" };

function unescapeValue(value: string): string {
  return value.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

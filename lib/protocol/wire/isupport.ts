import { utf8Bytes } from "../utf8.ts";
import { ISUPPORT_TOKENS_MAX } from "./wire-limits.ts";

/** Leaves room in a 005 line for the server's name, the nick and the trailing text. */
const ISUPPORT_BYTES_MAX = 350;
/** Ten times what the largest servers announce. A token beyond the limit is ignored. */
const TOKENS_MAX = 500;
/** The modes of RFC 1459, which a server has that announces none. */
const CHANMODES_DEFAULT = "b,k,l,imnpst";
const ESCAPED: Readonly<Record<string, string>> = { "\\": "\\x5C", " ": "\\x20", "=": "\\x3D" };

/**
 * Returns the parameters of the 005 lines that announce `tokens` ("" for a token without a value),
 * without the leading nick and the trailing text: at most 13 a line, and no line too long.
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

/**
 * Holds the ISUPPORT tokens that a server has announced, as its client knows them. Only `apply`
 * changes it.
 */
export class Isupport {
  readonly #tokens = new Map<string, string>();

  /**
   * Applies the parameters of one 005 line: the nick, tokens (`-NAME` withdraws one), and the
   * trailing text, which differs from a token by its spaces.
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

  /**
   * Returns a token's value: "" for one without a value; `undefined` if it was not announced, or
   * withdrawn.
   */
  get(name: string): string | undefined {
    return this.#tokens.get(name);
  }

  /** Returns whether a token is announced. */
  has(name: string): boolean {
    return this.#tokens.has(name);
  }

  /**
   * Returns the limit that a token like NICKLEN sets; `fallback` where it is missing or sets none: it has no value, is no
   * number, or is 0, which would forbid everything.
   */
  limit(name: string, fallback = Number.POSITIVE_INFINITY): number {
    const value = this.#tokens.get(name) ?? "";
    return (/^\d{1,15}$/.test(value) && Number(value)) || fallback;
  }

  /**
   * Returns whether a server that relays tags relays a client's tag, such as "+draft/react": CLIENTTAGDENY lists those
   * that it doesn't, or `*` and those that it does (`-NAME`).
   * https://ircv3.net/specs/extensions/message-tags#rpl_isupport-tokens
   */
  relaysTag(tag: string): boolean {
    const denied = (this.#tokens.get("CLIENTTAGDENY") ?? "").split(",");
    const name = tag.slice("+".length);
    return !denied.includes(name) && (!denied.includes("*") || denied.includes(`-${name}`));
  }

  /** The network's name for itself, or `null`. */
  get network(): string | null {
    return this.#tokens.get("NETWORK") || null;
  }

  /**
   * Membership prefix by mode letter, highest rank first: `o` → `@`. `PREFIX=` alone means none.
   */
  get prefixes(): ReadonlyMap<string, string> {
    const value = this.#tokens.get("PREFIX") ?? "(ov)@+";
    const close = value.indexOf(")");
    const letters = Array.from(value.slice(1, Math.max(1, close)));
    const prefixSigns = Array.from(value.slice(close + 1));
    return new Map(letters.map((letter, index) => [letter, prefixSigns[index] ?? ""]));
  }

  /** The letters of CHANMODES (types A, B, C and D) and PREFIX, in the form that `parseModeChanges` takes. */
  get roomModes(): { list: string; always: string; onSet: string; never: string; rank: string } {
    const [list = "", always = "", onSet = "", never = ""] = (
      this.#tokens.get("CHANMODES") ?? CHANMODES_DEFAULT
    ).split(",");
    return { list, always, onSet, never, rank: [...this.prefixes.keys()].join("") };
  }
}

function escapeValue(value: string): string {
  return value.replace(/[\\ =]/g, (letter) => ESCAPED[letter] ?? letter);
}

function unescapeValue(value: string): string {
  return value.replace(/\\x([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

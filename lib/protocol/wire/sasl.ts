import { SASL_BYTES_MAX, SASL_PIECE_BYTES } from "./wire-limits.ts";

/**
 * Returns the arguments of the AUTHENTICATE lines that log in with PLAIN: base64 in pieces of 400,
 * and "+" after a last piece that is full. https://ircv3.net/specs/extensions/sasl-3.1
 */
export function encodePlain(account: string, password: string): string[] {
  return splitPayload(toBase64(`\0${account}\0${password}`));
}

/**
 * Splits a payload into AUTHENTICATE arguments; an empty payload is "+" alone, as EXTERNAL sends
 * it.
 */
function splitPayload(base64: string): string[] {
  const pieces: string[] = [];
  for (let start = 0; start < base64.length; start += SASL_PIECE_BYTES) {
    pieces.push(base64.slice(start, start + SASL_PIECE_BYTES));
  }
  if (base64.length % SASL_PIECE_BYTES === 0) pieces.push("+");
  return pieces;
}

/**
 * Decodes a PLAIN payload. Returns `null` if it isn't base64 of UTF-8 with exactly two NULs, or
 * lacks the account or the password. `authzid` is "" if the client named no other identity. RFC
 * 4616
 */
export function decodePlain(
  base64: string,
): { authzid: string; account: string; password: string } | null {
  const text = fromBase64(base64);
  if (text === null) return null;
  const [authzid, account, password, ...more] = text.split("\0");
  if (authzid === undefined || !account || !password || more.length > 0) return null;
  return { authzid, account, password };
}

/**
 * Joins the AUTHENTICATE arguments of one payload, which is base64 ("" for "+" alone). After any
 * answer other than "more" it starts over. The caller handles the abort (`*`).
 */
export class SaslInput {
  #payload = "";

  /** Whether it has a part of a payload, and waits for the rest. */
  get isUnfinished(): boolean {
    return this.#payload !== "";
  }

  /** Takes the next argument. "too-long": the payload, "piece-too-long": this argument is over its limit. */
  push(argument: string): "more" | "piece-too-long" | "too-long" | { payload: string } {
    const payload = argument === "+" ? this.#payload : this.#payload + argument;
    const isLongPiece = argument.length > SASL_PIECE_BYTES;
    if (isLongPiece || payload.length > SASL_BYTES_MAX) {
      this.#payload = "";
      return isLongPiece ? "piece-too-long" : "too-long";
    }
    if (argument.length === SASL_PIECE_BYTES) {
      this.#payload = payload;
      return "more";
    }
    this.#payload = "";
    return { payload };
  }
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
/** Neither keeps state between calls. */
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function toBase64(text: string): string {
  return btoa(String.fromCharCode(...ENCODER.encode(text)));
}

function fromBase64(base64: string): string | null {
  if (!BASE64.test(base64)) return null;
  try {
    return DECODER.decode(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
  } catch {
    return null;
  }
}

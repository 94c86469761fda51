/**
 * Bold, italics and colours as other IRC clients write them into text. They are taken out where a
 * message comes in, so that nothing behind it has to know of them: not the screen, and neither
 * search nor export. https://modern.ircdocs.horse/formatting
 */
import type { Message } from "../protocol/wire/message.ts";

/** Messages whose last parameter is text that a person wrote. */
const WRITTEN: ReadonlySet<string> = new Set([
  ...["PRIVMSG", "NOTICE", "EDIT", "TOPIC", "PART", "QUIT", "KICK", "AWAY"],
  ...["301", "322", "332", "372"],
]);

/** The message without the codes of formats in its text. */
export function stripFormatting(message: Message): Message {
  const { params } = message;
  const text = params.at(-1) ?? "";
  if (!WRITTEN.has(message.verb) || !CODE.test(text)) return message;
  return { ...message, params: [...params.slice(0, -1), text.replace(CODES, "")] };
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the formats are marked by control letters
const CODE = /[\x02-\x04\x0f\x11\x16\x1d-\x1f]/;
/** A colour is one or two digits for the letters and perhaps for the ground; or six hex digits each. */
const CODES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the formats are marked by control letters
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\dA-Fa-f]{6}(?:,[\dA-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d-\x1f]/g;

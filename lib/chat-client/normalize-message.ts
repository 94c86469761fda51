/** Normalizes incoming messages: names and text in NFC, and text without formatting codes. */
import type { Message } from "../protocol/wire/message.ts";

/** Commands whose second parameter is a msgid. */
const HAS_MSGID: ReadonlySet<string> = new Set(["EDIT", "REDACT"]);
/** Messages whose last parameter is text that a person wrote. */
const HAS_TEXT: ReadonlySet<string> = new Set([
  ...["PRIVMSG", "NOTICE", "EDIT", "TOPIC", "PART", "QUIT", "KICK", "AWAY"],
  ...["301", "322", "332", "372"],
]);
// biome-ignore lint/suspicious/noControlCharactersInRegex: formatting codes are control characters
const FORMATTING_CODE = /[\x02-\x04\x0f\x11\x16\x1d-\x1f]/;
/**
 * A colour has one or two digits for the foreground, and perhaps the background; or six hex digits
 * each.
 */
const FORMATTING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: formatting codes are control characters
  /\x03(?:\d{1,2}(?:,\d{1,2})?)?|\x04(?:[\dA-Fa-f]{6}(?:,[\dA-Fa-f]{6})?)?|[\x02\x0f\x11\x16\x1d-\x1f]/g;

/**
 * Returns the message with its source and parameters in NFC. Tags, and a msgid among the
 * parameters, stay as they are: ids are compared byte by byte.
 * https://ircv3.net/specs/extensions/message-ids
 */
export function normalizeMessage(message: Message): Message {
  const { verb, source, params } = message;
  return {
    ...message,
    source: source?.normalize("NFC") ?? null,
    params: params.map((param, index) =>
      index === 1 && HAS_MSGID.has(verb) ? param : param.normalize("NFC"),
    ),
  };
}

/**
 * Returns the message without formatting codes (bold, italics, colours) in its text. They are
 * removed on receiving, so that the screen, search and export don't need to handle them.
 * https://modern.ircdocs.horse/formatting
 */
export function stripFormatting(message: Message): Message {
  const { params } = message;
  const text = params.at(-1) ?? "";
  if (!HAS_TEXT.has(message.verb) || !FORMATTING_CODE.test(text)) return message;
  return { ...message, params: [...params.slice(0, -1), text.replace(FORMATTING, "")] };
}

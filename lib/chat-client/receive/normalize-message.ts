/** Normalizes incoming messages: names and text in NFC, and text without formatting codes. */
import { hasFormatting, stripFormattingCodes } from "../../protocol/formatting-codes.ts";
import type { Message } from "../../protocol/wire/message.ts";

/** Commands whose second parameter is a msgid. */
const HAS_MSGID: ReadonlySet<string> = new Set(["EDIT", "REDACT"]);
/** Messages whose last parameter is text that a person wrote. */
const HAS_TEXT: ReadonlySet<string> = new Set([
  ...["PRIVMSG", "NOTICE", "EDIT", "TOPIC", "PART", "QUIT", "KICK", "AWAY"],
  ...["301", "322", "332", "372"],
]);

/**
 * Returns the message with its source and parameters in NFC. Tags, and a msgid among the
 * parameters, stay as they are: ids are compared byte by byte.
 * https://ircv3.net/specs/extensions/message-ids
 */
export function normalizeMessage(message: Message): Message {
  const { tags, verb, source, params } = message;
  return {
    tags,
    verb,
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
  if (!HAS_TEXT.has(message.verb) || !hasFormatting(text)) return message;
  return { ...message, params: [...params.slice(0, -1), stripFormattingCodes(text)] };
}

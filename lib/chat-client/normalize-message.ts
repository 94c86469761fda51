import type { Message } from "../protocol/wire/message.ts";

/** Commands whose second parameter is a message's id. */
const BY_ID: ReadonlySet<string> = new Set(["EDIT", "REDACT"]);

/**
 * A message with its names and its text composed (NFC), however they came: so they are compared, measured and
 * shown. Tags stay as they are, and so does an id among the parameters: of an id every letter counts.
 * https://ircv3.net/specs/extensions/message-ids
 */
export function normalizeMessage(message: Message): Message {
  const { verb, source, params } = message;
  return {
    ...message,
    source: source?.normalize("NFC") ?? null,
    params: params.map((param, i) => (i === 1 && BY_ID.has(verb) ? param : param.normalize("NFC"))),
  };
}

import {
  decodeText,
  encodingName,
  guessEncoding,
  type TextEncoding,
} from "../../protocol/text-encoding.ts";
import type { WireLine } from "../../protocol/wire/lines.ts";
import { type Message, nickOf, parseMessage } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import { normalizeMessage, stripFormatting } from "./normalize-message.ts";

/** The code of the line that says how text that isn't UTF-8 is read; its parameter is the encoding's name. */
export const ENCODING_CODE = "ENCODING";

/** Reads lines as messages. Owns the server's encoding, and which ones the user has been told. */
export class LineDecoder {
  /** The encoding that the user chose for the server; null: a guess, line by line. */
  encoding: TextEncoding | null = null;
  readonly #told = new Set<TextEncoding>();
  /** The message that was read last in an encoding of which the user is still to be told. */
  #untold: { readonly message: Message; readonly encoding: TextEncoding } | null = null;

  /** Returns the message with names and text in NFC and without formatting, or null for what is none. */
  read(line: WireLine): Message | null {
    let encoding: TextEncoding | null = null;
    let { text } = line.kind === "text" ? line : { text: "" };
    if (line.kind === "not-utf8" && line.bytes !== undefined) {
      encoding = this.encoding ?? guessEncoding(line.bytes);
      text = decodeText(line.bytes, encoding);
    }
    const parsed = text === "" ? null : parseMessage(text);
    if (parsed === null) return null;
    const message = stripFormatting(normalizeMessage(parsed));
    if (encoding !== null && this.#isNews(encoding)) this.#untold = { message, encoding };
    return message;
  }

  /** Says once for each encoding, in the conversation of the message, how it is read. Call it after its line. */
  tell(context: HandlerContext): void {
    if (this.#untold === null) return;
    const { message, encoding } = this.#untold;
    this.#untold = null;
    this.#told.add(encoding);
    const [target = ""] = message.params;
    const { store } = context;
    const conversation = store.find(target) ?? store.find(nickOf(message.source ?? ""));
    const params = [encodingName(encoding)];
    const note: Message = { verb: "NOTE", params, tags: new Map(), source: null };
    context.addInfo(conversation ?? store.server, note, ENCODING_CODE);
  }

  /** A letter that was cut is no other encoding, and who chose one knows it. */
  #isNews(encoding: TextEncoding): boolean {
    return encoding !== "utf-8" && encoding !== this.encoding && !this.#told.has(encoding);
  }
}

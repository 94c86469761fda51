import {
  type ChatLine,
  type ClientConversation,
  isMessage,
} from "../../chat-client/client-state.ts";
import { isServiceName } from "../../protocol/wire/secret-params.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { RunningScript } from "./running-script.ts";
import { scriptMessage, scriptPlace } from "./script-places.ts";
import type { SentAs, ShownAs } from "./script-types.ts";

/** A script may expand what is typed into so many messages. */
const EXPANDED_MAX = 20;

/** How all scripts together have a message shown. */
export interface Shown {
  /** null: its own text. */
  readonly text: string | null;
  /** Why it is folded: "" for no reason, null: it isn't. */
  readonly fold: string | null;
  readonly highlight: boolean;
}

/** Asks scripts how a message is shown, once for each, and what is sent in place of a text. */
export class ScriptHooks {
  readonly #scripts: () => readonly RunningScript[];
  /** Lines are immutable: a changed line is another object. */
  #shown = new WeakMap<ChatLine, Shown | "as-it-is">();

  constructor(scripts: () => readonly RunningScript[]) {
    this.#scripts = scripts;
  }

  /** Asks again for every message: scripts have come or gone. */
  forget(): void {
    this.#shown = new WeakMap();
  }

  /**
   * Returns how a line is shown; null: as it is. What services say is none of a script's business, and what is folded
   * away stays so.
   */
  shownAs(
    connection: ServerConnection,
    conversation: ClientConversation,
    line: ChatLine,
  ): Shown | null {
    const scripts = this.#scripts().filter(({ shownHooks }) => shownHooks.size > 0);
    if (scripts.length === 0) return null;
    const isPlain = isMessage(line) && !line.redacted && line.folded === null;
    if (!isPlain || isOfService(conversation, line)) return null;
    const known = this.#shown.get(line);
    if (known !== undefined) return known === "as-it-is" ? null : known;
    // Set first: a script that asks for a message within its hook must not be asked for it again.
    this.#shown.set(line, "as-it-is");
    let shown: Shown | null = null;
    for (const script of scripts) {
      const message = scriptMessage(line, scriptPlace(connection, conversation, script));
      for (const hook of [...script.shownHooks]) {
        const text = shown?.text ?? message.text;
        const change = script.call(() => checkShown(hook({ ...message, text })));
        if (change !== undefined) shown = merge(shown, change);
      }
    }
    if (shown !== null) this.#shown.set(line, shown);
    return shown;
  }

  /** Returns what is sent in place of a text, in this order; where that is nothing, `stoppedBy` is the script. */
  sentAs(
    connection: ServerConnection,
    conversation: ClientConversation,
    text: string,
  ): { readonly texts: readonly string[]; readonly stoppedBy: string } {
    let stoppedBy = "";
    let texts: readonly string[] = [text];
    if (isServiceName(conversation.name)) return { texts, stoppedBy };
    for (const script of this.#scripts()) {
      const place = scriptPlace(connection, conversation, script);
      for (const hook of [...script.sentHooks]) {
        texts = texts.flatMap((each) => {
          const answer = script.call(() => checkSent(hook(each, place)));
          if (answer === undefined) return [each];
          stoppedBy = script.name;
          return answer === false ? [] : answer.map((line) => line.normalize("NFC"));
        });
      }
    }
    return { texts: texts.filter((each) => each.trim() !== "").slice(0, EXPANDED_MAX), stoppedBy };
  }
}

/** Returns whether a line was said to or by a service, and so may hold a password. */
export function isOfService({ name }: ClientConversation, { nick }: ChatLine): boolean {
  return isServiceName(name) || isServiceName(nick);
}

function merge(before: Shown | null, { text, fold, highlight }: ShownAs): Shown {
  const reason = fold === true ? "" : fold === undefined || fold === false ? null : fold;
  return {
    text: text ?? before?.text ?? null,
    fold: reason ?? before?.fold ?? null,
    highlight: highlight === true || before?.highlight === true,
  };
}

function checkShown(shown: ShownAs | undefined): ShownAs | undefined {
  if (shown === undefined || shown === null) return undefined;
  const isRight =
    typeof shown === "object" &&
    ["string", "undefined"].includes(typeof shown.text) &&
    ["string", "boolean", "undefined"].includes(typeof shown.fold);
  if (!isRight) throw new TypeError("beforeShown has to return { text, fold, highlight }");
  return shown;
}

function checkSent(sent: SentAs): readonly string[] | false | undefined {
  if (sent === undefined || sent === null) return undefined;
  if (sent === false || typeof sent === "string") return sent === false ? false : [sent];
  if (Array.isArray(sent) && sent.every((each) => typeof each === "string")) return sent;
  throw new TypeError("beforeSent has to return a text, texts, false or nothing");
}

import type { ChatLine } from "../../../chat-client/client-state.ts";
import { sanitize, sanitizeLines } from "../../../terminal/sanitize.ts";
import { failureSentence, type Words } from "../../i18n/words.ts";

/** What a line that nobody said tells, or null for one that somebody said. */
export function systemSentence(
  line: ChatLine,
  words: Words,
): { text: string; bad: boolean } | null {
  const who = sanitize(line.nick);
  const text = sanitize(line.text);
  const { screen } = words;
  switch (line.kind) {
    case "said":
    case "action":
    case "notice":
      return null;
    case "joined":
      return { text: screen.joined(who), bad: false };
    case "left":
    case "quit":
      return { text: screen.left(who), bad: false };
    case "kicked":
      return { text: screen.kicked(sanitize(line.kickedNick ?? ""), who, text), bad: line.mention };
    case "topic":
      return { text: screen.topicSet(who, text), bad: false };
    case "mode":
      return { text: modeSentence(words, who, text), bad: false };
    case "nick":
      return { text: screen.nickChanged(who, text), bad: false };
    case "renamed":
      return { text: screen.renamed(who, text), bad: false };
    case "info":
      return { text: information(words, line), bad: false };
    case "error":
      return { text: refusal(words, line.code ?? "", line.params, line.text), bad: true };
  }
}

/** One sentence for each change (`+oi jun`), where we have one for all of them. */
function modeSentence(words: Words, who: string, text: string): string {
  const [letters = "", ...args] = text.split(" ");
  const sentences: string[] = [];
  let sign = "+";
  for (const letter of letters) {
    if (letter === "+" || letter === "-") {
      sign = letter;
      continue;
    }
    const key = `${sign}${letter}`;
    if (!Object.hasOwn(words.modes, key)) return words.screen.modeSet(who, text);
    const what = "ohvbk".includes(letter) ? (args.shift() ?? "") : "";
    sentences.push(words.modes[key as keyof Words["modes"]](who, what));
  }
  return sentences.length === 0 ? words.screen.modeSet(who, text) : sentences.join(" · ");
}

/** What the server tells, in the reader's language where we have words for it. */
function information(words: Words, { code, params, text }: ChatLine): string {
  const [first = "", second = ""] = params.map(sanitize);
  // RPL_INVITING <nick> <room>; and INVITE <nick> <room>, which somebody else did.
  if (code === "341") return words.screen.hasInvited(first, second);
  if (code === "INVITED") return words.screen.invited(first, second);
  if (code === "INVITE") return words.screen.wasInvited(first);
  if (code === "FORGOTTEN") return words.screen.forgotten(sanitize(params[3] ?? "0"));
  return sanitizeLines(text).join("\n");
}

/**
 * A refusal of the server in the reader's language. `params` are the line's: a numeric's first is
 * what it speaks of, a FAIL's third (after the command and the code). The last is always its text.
 */
export function refusal(
  words: Words,
  code: string,
  params: readonly string[],
  text: string,
): string {
  const at = /^\d{3}$/.test(code) ? 0 : 2;
  const about = params.length > at + 1 ? params[at] : undefined;
  return failureSentence(words, code, sanitize(about ?? ""), sanitize(text));
}

/**
 * The language in which services (NickServ and its like) are to speak, chosen for each server that isn't ours. NickServ
 * is told once: when it is chosen, or at the next log-in.
 */
import { isSodam } from "../../chat-client/server-names.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { serverKey } from "../app-context.ts";
import type { AppPorts, ServiceLanguageChoice } from "../app-ports.ts";
import type { Words } from "../i18n/words.ts";
import { withoutEntry } from "../saved/server-list.ts";

type SavedPorts = Pick<AppPorts, "saved" | "save">;

/** A code, such as "de_DE.UTF-8", or a language's name: one word, and nothing that could be another command. */
const LANGUAGE = /^[\p{L}\d][\p{L}\p{M}\d_.@-]{0,31}$/u;

/** Returns the language that was chosen for a server's services; null: they are left alone. */
export function serviceLanguageOf({ saved }: SavedPorts, link: ServerLink): string | null {
  return saved.serviceLanguages?.[serverKey(link)]?.language ?? null;
}

/**
 * Chooses the language of a server's services; null leaves them alone from now on.
 *
 * @param session null where the server isn't open
 * @param done gets what came of it, in words
 */
export function chooseServiceLanguage(
  { words: { serviceLanguage }, ports }: { readonly words: Words; readonly ports: SavedPorts },
  link: ServerLink,
  session: ChatSession | null,
  language: string | null,
  done: (sentence: string, isDone: boolean) => void,
): void {
  const key = serverKey(link);
  if (language === null) {
    save(ports, key, null);
    return done(serviceLanguage.leftAlone, true);
  }
  if (!LANGUAGE.test(language)) return done(serviceLanguage.badName, false);
  const account = session === null ? null : accountAt(session);
  if (session === null || account === null) {
    save(ports, key, { language, toldBy: null });
    return done(serviceLanguage.later(sanitize(language)), true);
  }
  session.setServiceLanguage(language, false, (answer) => {
    const { kind } = answer;
    if (kind === "accepted") save(ports, key, { language: answer.language, toldBy: account });
    if (kind === "silent" || kind === "lost") save(ports, key, { language, toldBy: null });
    done(languageSentence({ serviceLanguage }, answer), kind === "accepted");
  });
}

/** Tells NickServ the language that was chosen while it couldn't be told, or by another account. */
export function tellServiceLanguage(
  ports: SavedPorts,
  link: ServerLink,
  session: ChatSession,
): void {
  const key = serverKey(link);
  const choice = ports.saved.serviceLanguages?.[key];
  const account = accountAt(session);
  if (choice === undefined || account === null || isSodam(session.state)) return;
  const { fold } = session.state;
  if (choice.toldBy !== null && fold(choice.toldBy) === fold(account)) return;
  session.setServiceLanguage(choice.language, true, ({ kind, language }) => {
    if (kind === "accepted") save(ports, key, { language, toldBy: account });
    // It would be refused at each log-in.
    if (kind === "refused" || kind === "unknown") save(ports, key, null);
  });
}

/** Returns what NickServ answered (see `LanguageAnswer`), in the user's language, sanitized. */
export function languageSentence(
  { serviceLanguage: words }: Pick<Words, "serviceLanguage">,
  answer: { readonly kind: string; readonly language: string; readonly text: string },
): string {
  const [language, text] = [sanitize(answer.language), sanitize(answer.text)];
  switch (answer.kind) {
    case "accepted":
    case "refused":
    case "unknown":
      return words[answer.kind](language, text);
    case "no-nickserv":
      return words.noNickServ;
    default:
      return words.silent;
  }
}

/** Returns the account by which NickServ knows the user now; null: it would take nothing. */
function accountAt({ state }: ChatSession): string | null {
  return state.phase.kind === "ready" ? state.me.account : null;
}

function save(ports: SavedPorts, key: string, choice: ServiceLanguageChoice | null): void {
  const others = withoutEntry(ports.saved.serviceLanguages, key);
  ports.save({ serviceLanguages: choice === null ? others : { ...others, [key]: choice } });
}

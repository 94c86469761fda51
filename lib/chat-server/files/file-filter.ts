import { authorOf, isAuthor } from "../../protocol/account-id.ts";
import { MEDIA_KINDS, mediaKindOf } from "../../protocol/media-type.ts";
import { fold } from "../../protocol/names.ts";
import { matchesAllTerms, parseSearchTerms } from "../../protocol/search-terms.ts";
import type { State } from "../state.ts";
import type { SentFile } from "./file-index.ts";

/** Which files of a conversation are listed. */
export type FileFilter = (sent: SentFile) => boolean;

/**
 * Parses what a list is narrowed by: words that the file's name has, `from:<nick>` and `type:<kind>`.
 *
 * @example parseFileFilter(state, "report from:mina type:text")
 * @returns `null` for an unknown kind, or too many words
 */
export function parseFileFilter(state: State, text: string): FileFilter | null {
  const filters: FileFilter[] = [];
  const words: string[] = [];
  for (const word of text.split(/\s+/)) {
    const [, field, value = ""] = /^(from|type):(.+)$/i.exec(word) ?? [];
    if (field === undefined) words.push(word);
    else if (field.toLowerCase() === "from") filters.push(isFrom(state, value));
    else {
      const kind = MEDIA_KINDS.find((each) => each === value.toLowerCase());
      if (kind === undefined) return null;
      filters.push(({ file }) => mediaKindOf(file.type) === kind);
    }
  }
  const terms = parseSearchTerms(words.join(" "))?.map(fold);
  if (terms === undefined) return null;
  // Last, since folding a name costs more than the others together.
  if (terms.length > 0) filters.push(({ file }) => matchesAllTerms(file.name, terms));
  return (sent) => filters.every((isWanted) => isWanted(sent));
}

/** Whose files a nick means: those of the account that has it now. A nick without an account is looked for as it was. */
function isFrom(state: State, name: string): FileFilter {
  const account = state.accounts.byId(state.accountOfNick(name));
  if (account === null) {
    const folded = fold(name);
    return ({ by }) =>
      fold(by.nick) === folded || (by.account !== null && fold(by.account) === folded);
  }
  const author = authorOf(account);
  return ({ by, time }) => isAuthor(author, by.accountId, time);
}

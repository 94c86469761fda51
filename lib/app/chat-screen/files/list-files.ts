/** Asks the server for the files of a conversation, for the page and for the command that prints them. */
import type { ChatSession } from "../../../chat-client/session-interface.ts";
import type { Folded } from "../../../protocol/names.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import { fileFactsText } from "../../files/file-text.ts";
import { filesFilterOf } from "../../files/files-query.ts";
import type { Words } from "../../i18n/words.ts";
import type { SlashContext } from "../../slash/slash-command.ts";
import type { ChatController } from "../chat-controller.ts";
import { answerProblem } from "../draw/system-line.ts";
import type { FilesListing } from "../ui-state.ts";

/** Files that are listed at once: whoever looks for an older one types what it is called. */
const LISTED_MAX = 100;
/** Files that a command prints. */
const PRINTED_MAX = 20;
/** The server is asked when nothing was typed for so long. */
const TYPING_MS = 250;

/** Asks the server for the files that fit what is typed on the page, a moment after the last key. */
export function listFilesForPage(controller: ChatController, key: Folded, query: string): void {
  const { ports } = controller.app;
  const isWanted = (): boolean => {
    const { page } = controller.ui;
    return page?.kind === "files" && page.key === key && page.editor.text === query;
  };
  ports.after(TYPING_MS, () => {
    if (!isWanted()) return;
    const { session } = controller.connection;
    const name = session.state.conversations.get(key)?.name ?? "";
    askForFiles(session, name, query, LISTED_MAX, controller.app.words, (listing) => {
      const { page } = controller.ui;
      if (page?.kind !== "files" || !isWanted()) return;
      controller.ui = { ...controller.ui, page: { ...page, index: 0, listing } };
      controller.redraw();
    });
  });
}

/** Prints the newest files that fit a query, where there is no page for them. */
export function printFiles(
  { session, conversation, note, words, calendar }: SlashContext,
  query: string,
): void {
  askForFiles(session, conversation.name, query, PRINTED_MAX, words, (listing) => {
    if (listing.kind === "failed") return note(listing.problem, "bad");
    const items = listing.kind === "listed" ? listing.items : [];
    const { none, noneFit } = words.files.page;
    if (items.length === 0) return note(query === "" ? none : noneFit);
    const lines = items.map(
      ({ file, nick, time }) =>
        `${calendar.moment(time)} ${sanitize(nick)}: ${sanitize(file.name)} (${fileFactsText(file, words)})`,
    );
    note(lines.toReversed().join("\n"));
  });
}

function askForFiles(
  session: ChatSession,
  target: string,
  query: string,
  limit: number,
  words: Words,
  done: (listing: FilesListing) => void,
): void {
  session.files.listIn(target, { limit, filter: filesFilterOf(query) }, (files, failure) => {
    if (failure !== null) {
      const problem = answerProblem(failure, session.state, words);
      return done({ kind: "failed", problem });
    }
    const items = files ?? [];
    done({ kind: "listed", items: items.toReversed(), hasMore: items.length >= limit });
  });
}

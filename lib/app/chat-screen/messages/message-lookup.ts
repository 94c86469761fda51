/** Finding messages that aren't loaded: search on the server, jumping to a message, roots of threads. */

import type { HistoryPosition } from "../../../chat-client/history/history-window.ts";
import { attentionOf } from "../../../chat-client/preferences/attention.ts";
import type { MessageView } from "../../../chat-client/receive/message-to-line.ts";
import type { Folded } from "../../../protocol/names.ts";
import { parseSearchQuery, searchAttributes } from "../../history/search-query.ts";
import { searchHistory, usesLocalHistory } from "../../saved/recorded-history.ts";
import type { ChatController } from "../chat-controller.ts";
import { NO_RESULTS, toSearchResults, toStoredResults } from "../draw/search-view.ts";
import { answerProblem } from "../draw/system-line.ts";
import { closeThreadPlace } from "../input-places.ts";
import { anchorNear } from "../keys/search-keys.ts";
import { type SearchResults, viewOf, withView } from "../ui-state.ts";
import { searchPlaceOf, visibleLines } from "./message-lines.ts";
import { threadRootOf } from "./threads.ts";

/** Searches on the server, and shows the results as long as the search view asks for this text. */
export function searchServer(controller: ChatController, text: string): void {
  const { conversation, app } = controller;
  const { session } = controller.connection;
  const { search } = controller.ui;
  if (conversation === null || search === null) return;
  const pending: SearchResults = { ...NO_RESULTS, kind: "searching" };
  const isWanted = (): boolean =>
    controller.ui.search?.results === pending && controller.ui.current === conversation.key;
  const show = (results: SearchResults): void => {
    const { search: current } = controller.ui;
    if (current === null || !isWanted()) return;
    controller.ui = { ...controller.ui, search: { ...current, index: 0, results } };
    controller.redraw();
  };
  controller.ui = { ...controller.ui, search: { ...search, index: 0, results: pending } };
  controller.redraw();
  const { history } = app.ports;
  const isStored = history !== null && usesLocalHistory(session);
  if (!session.state.caps.has("soju.im/search") && !isStored) {
    return show({ ...NO_RESULTS, kind: "not-offered" });
  }
  const query = parseSearchQuery(text, searchPlaceOf(conversation));
  if (query === null) return show({ ...NO_RESULTS, kind: "invalid-query" });
  if (!session.state.caps.has("soju.im/search") && isStored) {
    searchHistory(controller.connection, history, app.ports, query, isWanted).then(
      (matches) => show(toStoredResults(matches)),
      (error: unknown) => show({ ...NO_RESULTS, kind: "failed", problem: String(error) }),
    );
    return;
  }
  session.commands.search(searchAttributes(query), (answer) => {
    if (answer.kind !== "answered") {
      const problem = answerProblem(answer, session.state, app.words);
      return show({ ...NO_RESULTS, kind: "failed", problem });
    }
    const { state } = session;
    const view: MessageView = {
      ...{ me: state.me, now: app.ports.now(), id: () => app.ports.id(), fold: state.fold },
      attention: (target, line) => attentionOf(state, target, line),
    };
    show(toSearchResults(answer.messages, view));
  });
}

/** Loads the part of the history around a message and shows it, if the user is still there then. */
export function jumpToMessage(
  controller: ChatController,
  key: Folded,
  message: HistoryPosition & { readonly msgid: string },
): void {
  const { session } = controller.connection;
  session.history.jumpTo(key, message, (isFound) => {
    const conversation = session.state.conversations.get(key);
    if (controller.ui.current !== key || conversation === undefined)
      return session.history.endJump(key);
    if (!isFound) return controller.note(controller.app.words.finder.gone, "bad");
    const isNewest = conversation.detached === null;
    const anchor = anchorNear(visibleLines(conversation), message.msgid, isNewest);
    const ended = closeThreadPlace(viewOf(controller.ui, key));
    const change = { ...ended, anchor, highlighted: message.msgid };
    controller.ui = withView(controller.ui, key, change);
  });
}

/** Loads older lines up to the root of the open thread; a note says when they can't be had. */
export function loadThreadRoot(controller: ChatController, key: Folded, thread: string): void {
  const { session } = controller.connection;
  session.history.loadBackTo(key, thread, (isFound) => {
    const conversation = session.state.conversations.get(key);
    if (conversation === undefined || viewOf(controller.ui, key).thread !== thread) return;
    const lines = visibleLines(conversation);
    const line = lines.find(({ msgid }) => msgid === thread);
    if (!isFound || line === undefined)
      return controller.note(controller.app.words.screen.threadCut);
    // The supposed root may be a reply itself.
    const root = threadRootOf(line, lines);
    if (root === null || root === thread) return;
    controller.ui = withView(controller.ui, key, { thread: root });
    controller.redraw();
    loadThreadRoot(controller, key, root);
  });
}

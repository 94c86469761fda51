/** The chat's interface for slash commands: notes, the input line, the search, and leaving the chat. */

import {
  type ChatLine,
  type ClientConversation,
  isMessage,
} from "../../chat-client/client-state.ts";
import { textOrFileName } from "../../protocol/file-facts.ts";
import type { Folded } from "../../protocol/names.ts";
import { clientCommand } from "../../protocol/shell-command.ts";
import { EMPTY_EDITOR, replaceText } from "../../terminal/editor.ts";
import { fetchFile } from "../files/fetch-file.ts";
import { chooseServiceLanguage, serviceLanguageOf } from "../servers/service-language.ts";
import type { FilesHost } from "../slash/sharing-commands.ts";
import type { ProgressNote, SlashHost } from "../slash/slash-command.ts";
import type { ChatController } from "./chat-controller.ts";
import { messagesWithFiles, saveFile, sendFiles, stopTransfers } from "./files/file-effects.ts";
import { listFilesForPage } from "./files/list-files.ts";
import { endEdit, openThreadPlace } from "./input-places.ts";
import { openFilesPage } from "./keys/files-keys.ts";
import { openHelp } from "./keys/page-keys.ts";
import { openPerson } from "./keys/person-keys.ts";
import { idOf, visibleLines } from "./messages/message-lines.ts";
import { loadThreadRoot, searchServer } from "./messages/message-lookup.ts";
import { threadRootOf } from "./messages/threads.ts";
import { authorName } from "./people/person-name.ts";
import { type Note, type UiState, viewOf, withView } from "./ui-state.ts";

/** Makes the host for one command, given in this conversation. */
export function makeSlashHost(
  controller: ChatController,
  conversation: ClientConversation,
): SlashHost {
  const { connection } = controller;
  const { words, calendar, ports, settings, language, input } = controller.app;
  const { key } = conversation;
  return {
    ...{ words, calendar, ports, language, input, session: connection.session, conversation },
    files: makeFilesHost(controller, key),
    say: (text) => controller.say(key, text, null),
    setLanguage: (chosen) => controller.app.setLanguage(chosen),
    note: (text, tone) => controller.note(text, tone, existingKey(controller, key)),
    progressNote: () => makeProgressNote(controller, key, settings.append),
    scripts: controller.app.scripts ?? null,
    sendText: (target, text, replyTo) => controller.sendText(target, text, replyTo),
    goTo: (name) => controller.goToWhenJoined(name, key),
    composeReply: (line) => composeReply(controller, key, line),
    edit: (msgid, text) => editMessage(controller, key, msgid, text),
    openThread: (line) => openThread(controller, conversation, line),
    openSearch: settings.append ? null : (text) => openSearchFor(controller, text),
    openHelp: settings.append
      ? null
      : (query, part) => showPage(controller, openHelp(controller.ui, query, part)),
    openPerson: settings.append
      ? null
      : (nick) => showPage(controller, openPerson(controller.ui, nick)),
    selectNewest: settings.append ? null : () => selectNewest(controller, key),
    clearNotes: settings.append
      ? null
      : () => showPage(controller, withView(controller.ui, key, { notes: [], anchor: null })),
    linkCommand: (content) => clientCommand(ports.program, connection.linkWith(content)),
    confirmCertificate: (typed) => controller.confirmCertificate(typed),
    setEncoding: (encoding) => controller.connection.setEncoding(encoding),
    serviceLanguage: serviceLanguageOf(ports, connection.link),
    setServiceLanguage: (language, done) =>
      chooseServiceLanguage(controller.app, connection.link, connection.session, language, done),
    reconnect: () => controller.reconnect(),
    servers: controller.servers,
    openMenu: (page) => controller.end({ kind: "menu", page }),
    reveal: (text, copied) => controller.end({ kind: "reveal", text, copied }),
    quit: () => controller.end({ kind: "quit" }),
  };
}

function makeFilesHost(controller: ChatController, key: Folded): FilesHost {
  return {
    send: (file, caption) => sendFiles(controller, key, [file], caption, null),
    messages: () => messagesWithFiles(controller, key),
    save: (file) => saveFile(controller, key, file),
    fetchTo: (file, path) => {
      const { session } = controller.connection;
      const { transferFiles } = controller.app.ports;
      return fetchFile({ session, transferFiles }, file, path);
    },
    stop: (which) => stopTransfers(controller, which),
    openPage: controller.app.settings.append
      ? null
      : (query) => {
          showPage(controller, openFilesPage(controller.ui, query));
          listFilesForPage(controller, key, query);
        },
  };
}

/** Edits a message of the user's. */
export function editMessage(
  controller: ChatController,
  key: Folded,
  msgid: string,
  text: string,
): void {
  const { session } = controller.connection;
  session.commands.edit(key, msgid, text);
  const conversation = session.state.conversations.get(key);
  if (conversation !== undefined) controller.noteUnheardCall(conversation, text);
}

/** Selects the newest message, for terminals that don't tell Ctrl-Up from Up. */
function selectNewest(controller: ChatController, key: Folded): boolean {
  const conversation = controller.connection.session.state.conversations.get(key);
  const line = conversation === undefined ? null : visibleLines(conversation).findLast(isMessage);
  if (line == null) return false;
  const { anchor: returnTo } = viewOf(controller.ui, key);
  const anchor = returnTo ?? { itemKey: line.key, rowsBelow: 0, time: line.time };
  const selection = { lineKey: line.key, question: null, returnTo };
  controller.ui = withView(controller.ui, key, { anchor, selection });
  controller.redraw();
  return true;
}

function showPage(controller: ChatController, ui: UiState): void {
  controller.ui = ui;
  controller.redraw();
}

/** Returns the key if its conversation still exists, and else the current one's. */
function existingKey(controller: ChatController, key: Folded): Folded {
  return controller.connection.session.state.conversations.has(key) ? key : controller.ui.current;
}

/** Makes a note whose text changes. With `onlyResult` progress isn't shown, as lines are read aloud. */
function makeProgressNote(
  controller: ChatController,
  conversationKey: Folded,
  onlyResult: boolean,
): ProgressNote {
  let noteKey: string | null = null;
  const show = (text: string, tone: Note["tone"]): void => {
    const key = existingKey(controller, conversationKey);
    const { notes } = viewOf(controller.ui, key);
    if (!notes.some((note) => note.key === noteKey)) {
      controller.note(text, tone, key);
      noteKey = viewOf(controller.ui, key).notes.at(-1)?.key ?? null;
      return;
    }
    const changed = notes.map((note) => (note.key === noteKey ? { ...note, text, tone } : note));
    controller.ui = withView(controller.ui, key, { notes: changed });
    controller.redraw();
  };
  return {
    update: (text) => {
      if (!onlyResult) show(text, "info");
    },
    finish: (text, tone = "info") => show(text, tone),
  };
}

/** Makes the next message a reply to a line. */
export function composeReply(controller: ChatController, key: Folded, line: ChatLine): void {
  const author = authorName(line, controller.app.words);
  const ended = endEdit(viewOf(controller.ui, key));
  const replyTarget = { msgid: idOf(line), author, text: textOrFileName(line) };
  controller.ui = withView(controller.ui, key, { ...ended, replyTarget });
  controller.redraw();
}

/** Shows only a line's thread, and loads it from its root. */
export function openThread(
  controller: ChatController,
  conversation: ClientConversation,
  line: ChatLine,
): void {
  const { key, detached } = conversation;
  const root = threadRootOf(line, visibleLines(conversation));
  const view = viewOf(controller.ui, key);
  if (root === null || root === view.thread) return;
  // A detached part of the history has no bottom to show.
  const anchor = detached === null ? {} : { anchor: view.anchor };
  controller.ui = withView(controller.ui, key, { ...openThreadPlace(view, root), ...anchor });
  controller.redraw();
  if (!controller.app.settings.append) loadThreadRoot(controller, key, root);
}

function openSearchFor(controller: ChatController, text: string): void {
  const editor = replaceText(EMPTY_EDITOR, text);
  controller.ui = { ...controller.ui, search: { editor, index: 0, results: null } };
  searchServer(controller, text);
}

/** Sending, saving and opening files, as the keys and commands of the chat ask for it. */

import type { ClientEvent } from "../../../chat-client/client-event.ts";
import { type ChatLine, isMessage } from "../../../chat-client/client-state.ts";
import { isEnded, type Transfer } from "../../../chat-client/files/transfer.ts";
import { formatFileSize, type SharedFile } from "../../../protocol/file-facts.ts";
import type { Folded } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { replaceText } from "../../../terminal/editor.ts";
import { sanitize } from "../../../terminal/sanitize.ts";
import type { LocalFile, LocalFilesPort, LookedAt } from "../../files/local-files-port.ts";
import { openableAs } from "../../files/openable.ts";
import type { TransferFiles } from "../../files/transfer-files.ts";
import { transferSentence } from "../../files/transfer-sentence.ts";
import type { Words } from "../../i18n/words.ts";
import type { ChatController } from "../chat-controller.ts";
import { attach } from "../keys/file-question-keys.ts";
import type { Effect } from "../keys/key-context.ts";
import { visibleLines } from "../messages/message-lines.ts";
import { viewOf, withView } from "../ui-state.ts";
import { listFilesForPage } from "./list-files.ts";

/** An effect on files. */
export type FileEffect = Extract<
  Effect,
  | { kind: "send-files" | "shrink-pictures" | "attach-picture" | "stop-transfer" }
  | { kind: "save-file" | "save-listed" | "list-files" }
>;

/** What may have place and camera data, and can be made smaller. */
const SHRINKABLE = /\.(?:jpe?g|png|webp|tiff?|heic|heif|avif|bmp)$/i;

/** Performs an effect on files. */
export function performOnFiles(controller: ChatController, effect: FileEffect): void {
  switch (effect.kind) {
    case "send-files": {
      const { key, files, caption, replyTo, shrink } = effect;
      return sendFiles(controller, key, files, caption, replyTo, shrink);
    }
    case "shrink-pictures": {
      const { ports, language } = controller.app;
      ports.configuration.change("shrink-pictures", effect.value, language);
      return;
    }
    case "attach-picture":
      return attachPicture(controller, effect.key);
    case "save-file": {
      const lines = visibleLinesOf(controller, effect.key);
      const line = lines.find(({ key }) => key === effect.lineKey);
      const file = line === undefined || line.redacted ? null : line.file;
      saveFile(controller, effect.key, file, effect.isOpened);
      return;
    }
    case "save-listed":
      return saveFile(controller, effect.key, effect.file);
    case "list-files":
      return listFilesForPage(controller, effect.key, effect.query);
    case "stop-transfer":
      return stopTransfers(controller, 1);
  }
}

/** Where files can be sent to and fetched from, and what reads and writes them here. */
interface FilesPlace {
  /** The room or the other person. */
  readonly target: string;
  readonly transferFiles: TransferFiles;
  /** In bytes. */
  readonly sizeMax: number;
}

/** Returns the place of a conversation's files, or the sentence that says why there can be none. */
function placeOfFiles(controller: ChatController, key: Folded): FilesPlace | string {
  const { words, ports } = controller.app;
  const { state, files } = controller.connection.session;
  const conversation = state.conversations.get(key);
  if (conversation === undefined || conversation.kind === "server") return words.files.needsPlace;
  if (state.phase.kind !== "ready") return words.slash.notConnected;
  const { transferFiles } = ports;
  const { sizeMax } = files;
  if (sizeMax === null || transferFiles === undefined) return words.failures.FILES_OFF("");
  return { target: conversation.name, transferFiles, sizeMax };
}

/**
 * Sends files to a conversation; the caption goes with the first. The first time it asks about pictures.
 *
 * @param answer whether pictures are sent smaller, as the user has just said; null: as the setting says
 */
export function sendFiles(
  controller: ChatController,
  key: Folded,
  all: readonly LocalFile[],
  caption: string,
  replyTo: string | null,
  answer: boolean | null = null,
): void {
  const { words, settings } = controller.app;
  const { session } = controller.connection;
  const place = placeOfFiles(controller, key);
  if (typeof place === "string") return controller.note(place, "bad", key);
  const shrink = answer ?? settings.shrinkPictures === "yes";
  const isUnasked = answer === null && settings.shrinkPictures === "ask";
  // A picture may be small enough once it is made smaller.
  const isTooLarge = (file: LocalFile): boolean =>
    file.size > place.sizeMax && !(isShrinkable(file) && (shrink || isUnasked));
  const files = all.filter((file) => !isTooLarge(file));
  for (const { name, size } of all.filter(isTooLarge)) {
    const max = formatFileSize(place.sizeMax);
    controller.note(words.files.tooLarge(sanitize(name), formatFileSize(size), max), "bad", key);
  }
  if (isUnasked && files.some(isShrinkable)) {
    if (!settings.append) {
      const question = { kind: "shrink", key, files, caption, replyTo } as const;
      controller.ui = { ...controller.ui, fileQuestion: question };
      return controller.redraw();
    }
    controller.note(words.files.shrinkAppended);
  }
  // A caption is one line: what is longer is a message of its own.
  const isLong =
    caption.includes("\n") || utf8Bytes(caption) > session.files.captionBytesMax(place.target);
  if (isLong) controller.say(key, caption, replyTo);
  for (const [index, file] of files.entries()) {
    const { content, name } = file;
    const options = { name, shrink: shrink && isShrinkable(file) };
    const source = place.transferFiles.source(content, options);
    const text = index === 0 && !isLong ? caption : "";
    session.files.send(place.target, source, text, {
      ...(replyTo !== null && { replyTo }),
      onEnd: ({ state }) => {
        if (state !== "done" && text !== "") restoreCaption(controller, key, text);
      },
    });
  }
}

/** A caption that wasn't sent goes back into the input line, or is told where something else is typed. */
function restoreCaption(controller: ChatController, key: Folded, caption: string): void {
  const { words, settings } = controller.app;
  const { editor } = viewOf(controller.ui, key);
  if (settings.append || editor.text !== "") {
    return controller.note(words.files.captionUnsent(sanitize(caption)), "bad", key);
  }
  controller.ui = withView(controller.ui, key, { editor: replaceText(editor, caption) });
  controller.redraw();
}

function isShrinkable({ name }: LocalFile): boolean {
  return SHRINKABLE.test(name);
}

/** Attaches the picture in the clipboard, so that the next Enter sends it. */
function attachPicture(controller: ChatController, key: Folded): void {
  const { words, ports, calendar } = controller.app;
  const place = placeOfFiles(controller, key);
  if (typeof place === "string") return controller.note(place, "bad");
  const now = ports.now();
  void ports.localFiles.clipboardPicture().then((picture) => {
    if (picture.kind !== "picture") {
      return controller.note(words.files.clipboard[picture.kind], "bad", key);
    }
    const { bytes, extension } = picture;
    const time = calendar.clock(now).replaceAll(":", ".");
    const name = `${words.files.clipboard.name} ${calendar.dayKey(now)} ${time}.${extension}`;
    controller.ui = attach(controller.ui, [{ name, size: bytes.length, content: bytes }], key);
    controller.redraw();
  });
}

/** Saves a file into the folder for downloads; `isOpened`: and opens it. */
export function saveFile(
  controller: ChatController,
  key: Folded,
  file: SharedFile | null,
  isOpened = false,
): void {
  const { words, settings } = controller.app;
  const { session } = controller.connection;
  const place = placeOfFiles(controller, key);
  if (typeof place === "string") return controller.note(place, "bad");
  if (file === null) return controller.note(words.files.noFileInMessage, "bad");
  if (runningTransfers(session.files.list()).some((each) => isGetOf(each, file))) {
    return controller.note(words.files.alreadySaving(sanitize(file.name)));
  }
  const { target, transferFiles } = place;
  const onEnd = (transfer: Transfer): void => {
    if (isOpened && transfer.path !== null) void openSaved(controller, key, transfer.path);
  };
  session.files.get(file, transferFiles.saveInto(settings.downloads), { target, onEnd });
}

function isGetOf({ direction, fileId }: Transfer, { id }: SharedFile): boolean {
  return direction === "get" && fileId === id;
}

/** Opens a saved file, if it is what its name says: a picture or a plain text. */
async function openSaved(controller: ChatController, key: Folded, path: string): Promise<void> {
  const { words, ports } = controller.app;
  const name = path.split(/[\\/]/).at(-1) ?? "";
  const as = openableAs(await ports.localFiles.head(path), name);
  if (as === null) return controller.note(words.files.notOpenable(sanitize(name)), "bad", key);
  if (await ports.localFiles.open(path)) return;
  controller.note(words.files.openedNot(sanitize(path)), "bad", key);
}

/** Stops the n-th transfer of those that are shown, or all of them. */
export function stopTransfers(controller: ChatController, which: number | "all"): void {
  const { words } = controller.app;
  const { files } = controller.connection.session;
  const running = runningTransfers(files.list());
  const stopped = which === "all" ? running : running.slice(which - 1, which);
  for (const { key } of stopped) files.cancel(key);
  if (stopped.length === 0) controller.note(words.files.nothingRuns);
}

/** Keeps the shown transfers in step, and tells how one has ended. */
export function followTransfer(
  controller: ChatController,
  { transfer }: Extract<ClientEvent, { kind: "transfer" }>,
): void {
  const { words } = controller.app;
  const { session } = controller.connection;
  controller.ui = { ...controller.ui, transfers: runningTransfers(session.files.list()) };
  if (!isEnded(transfer)) return;
  const key = session.state.fold(transfer.target);
  const place = session.state.conversations.has(key) ? key : controller.ui.current;
  const sentence = endSentence(transfer, words);
  if (sentence !== null)
    controller.note(sentence, transfer.problem === null ? "info" : "bad", place);
  // What has ended is told; the list is for what runs.
  session.files.cancel(transfer.key);
}

function endSentence(transfer: Transfer, words: Words): string | null {
  const name = sanitize(transfer.name);
  switch (transfer.state) {
    case "done":
      return transfer.path === null ? null : words.files.saved(name, sanitize(transfer.path));
    case "cancelled":
      return words.files.stopped(name);
    case "failed":
      return words.files.failed(name, transferSentence(words, transfer));
    default:
      return null;
  }
}

function runningTransfers(transfers: readonly Transfer[]): readonly Transfer[] {
  return transfers.filter((transfer) => !isEnded(transfer));
}

/** Returns the messages with a file in a conversation, newest first. */
export function messagesWithFiles(controller: ChatController, key: Folded): ChatLine[] {
  return visibleLinesOf(controller, key)
    .filter((line) => isMessage(line) && line.file !== null && !line.redacted)
    .toReversed();
}

function visibleLinesOf(controller: ChatController, key: Folded): readonly ChatLine[] {
  const conversation = controller.connection.session.state.conversations.get(key);
  return conversation === undefined ? [] : visibleLines(conversation);
}

/** Returns the file at a path; null where there is none that can be sent. */
export function fileAt(files: LocalFilesPort, path: string): LocalFile | null {
  const look = files.lookAt(path);
  return look.kind === "file" ? look.file : null;
}

/** Returns the sentence that says why what is at a path can't be sent. */
export function lookSentence(look: Exclude<LookedAt, { kind: "file" }>, { files }: Words): string {
  const path = sanitize(look.path);
  switch (look.kind) {
    case "none":
      return files.noFile(path);
    case "folder":
      return files.isFolder(path);
    case "special":
      return files.notAFile(path);
    case "forbidden":
      return files.unreadable(path);
    case "empty":
      return files.isEmpty(path);
  }
}

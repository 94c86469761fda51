/**
 * The chat without a screen (`--append`): lines are only ever added, and input is read by the line. For
 * screen readers and for terminals without cursor control.
 */
import assert from "node:assert";
import { createInterface } from "node:readline";
import type { ClientEvent } from "../chat-client/client-event.ts";
import { type ChatLine, isMessage } from "../chat-client/client-state.ts";
import { harmlessText } from "../protocol/harmful-characters.ts";
import type { Folded } from "../protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../terminal/editor.ts";
import { onInterrupt } from "../terminal/restore-on-exit.ts";
import { indentRows, sanitize, sanitizeLines } from "../terminal/sanitize.ts";
import type { App } from "./app-context.ts";
import { formatLine, LineChanges } from "./append-lines.ts";
import { ChatController, reportWriteFailures } from "./chat-screen/chat-controller.ts";
import type { ChatEnd } from "./chat-screen/chat-end.ts";
import { closeThreadPlace } from "./chat-screen/input-places.ts";
import { editMessage } from "./chat-screen/messages/edit-message.ts";
import { shownLine } from "./chat-screen/messages/shown-lines.ts";
import { viewOf, withView } from "./chat-screen/ui-state.ts";
import type { ServerConnection } from "./connection/server-connection.ts";
import { failureSentence } from "./i18n/words.ts";
import type { OpenServers } from "./servers/open-servers.ts";
import { serviceNotice } from "./slash/service-sentences.ts";
import { isCommandLine, messageOfLine } from "./slash/slash-command.ts";

/** Ctrl-X Ctrl-E, as the terminal driver hands them over with the line that they were typed in. */
const EDITOR_KEYS = "\x18\x05";
/** Lines of the history that are printed when a conversation is entered. */
const HISTORY_LINES_SHOWN = 10;

/**
 * Runs the chat until the user leaves it or the input ends.
 *
 * @param to the conversation to show first; null: the one in `memory`
 */
export function runAppend(
  app: App,
  { shown }: Pick<OpenServers, "shown">,
  to: Folded | null,
  note: string | null,
): Promise<ChatEnd> {
  const { ports, words } = app;
  assert(shown !== null);
  const { connection, memory } = shown;
  const { session } = connection;
  const input = createInterface({ input: ports.stdin, terminal: false });
  return new Promise((resolve) => {
    let shownKey: Folded | null = null;
    let isOnline = session.state.phase.kind === "ready";
    /** What is said while the user's editor program has the terminal; null while it hasn't. */
    let held: string[] | null = null;
    let heldEnd: ChatEnd | null = null;
    const print = (text: string): void => {
      if (held === null) ports.stdout.write(`${harmlessText(text)}\n`);
      else held.push(text);
    };
    const printLine = (text: string): void => print(indentRows(text, ports.stdout.columns));
    const printNotes = (): void => {
      const { notes } = viewOf(controller.ui, controller.ui.current);
      for (const note of notes) print(`* ${note.text}`);
      if (notes.length === 0) return;
      controller.ui = withView(controller.ui, controller.ui.current, { notes: [] });
    };
    const onChange = (): void => {
      printNotes();
      const { conversation } = controller;
      if (conversation === null || shownKey === conversation.key) return;
      const { key, name, lines } = conversation;
      shownKey = key;
      print(`== ${sanitize(name) || words.screen.serverSays} ==`);
      // A screen reader would also read out every old join and leave.
      const history = lines.filter(
        (line) => (isMessage(line) && line.folded === null) || line.kind === "topic",
      );
      for (const line of history.slice(-HISTORY_LINES_SHOWN)) {
        const repliedTo = repliedToLine(line, lines);
        printLine(formatLine(app, shownHere(app, connection, key, line), repliedTo));
      }
      const draft = viewOf(controller.ui, key).editor.text;
      if (draft !== "") {
        printLine(`* ${words.screen.notSentYet(sanitizeLines(draft).join("\n"))}`);
      }
      session.commands.markRead(key);
    };
    const changes = new LineChanges();
    for (const { lines } of session.state.conversations.values()) changes.note(lines);
    let isOver = false;
    const finish = (end: ChatEnd): void => {
      if (isOver) return;
      heldEnd = end;
      if (held !== null) return;
      isOver = true;
      stopReports();
      detachScripts?.();
      stopListening();
      stopInterrupt();
      input.close();
      memory.ui = controller.ui;
      resolve(end);
    };
    const controller = new ChatController(app, connection, memory.ui, onChange, finish);
    const stopListening = connection.listen((event) => {
      // Every failed attempt to reconnect ends in a loss; only the first one is printed.
      const isRepeatedLoss = event.kind === "disconnected" && !isOnline;
      if (event.kind === "disconnected") isOnline = false;
      if (event.kind === "ready") isOnline = true;
      if (!isRepeatedLoss) printEvent(app, connection, controller, changes, event, printLine);
      controller.onSessionEvent(event);
    });
    const stopReports = reportWriteFailures(app, () => controller);
    const detachScripts = app.scripts?.attach({
      current: () => {
        const { conversation } = controller;
        return conversation && { connection, conversation };
      },
      // Only the current conversation is heard: another one's name stands in front.
      note: (_, conversation, text, tone) => {
        const isHere = conversation === null || conversation.key === controller.ui.current;
        controller.note(isHere ? text : `[${conversation.name}] ${text}`, tone);
      },
      redraw: () => {},
      changed: () => {},
    });
    if (to !== null) controller.goTo(to);
    if (note !== null) controller.note(note);
    onChange();
    const say = (text: string): void => {
      const { current } = controller.ui;
      // There is no thread view here: `/thread` only makes the next message a reply.
      const view = viewOf(controller.ui, current);
      const change = { ...closeThreadPlace(view), editor: EMPTY_EDITOR };
      controller.ui = withView(controller.ui, current, change);
      controller.perform({
        kind: "say",
        key: current,
        text,
        replyTo: view.thread,
      });
    };
    /** Opens the editor program on what was typed. There is no input line: what it has written is said at once. */
    const openEditor = async (typed: string): Promise<void> => {
      const key = controller.ui.current;
      controller.ui = withView(controller.ui, key, { editor: replaceText(EMPTY_EDITOR, typed) });
      held = [];
      input.pause();
      const isEdited = await editMessage(controller);
      const { text } = viewOf(controller.ui, key).editor;
      controller.ui = withView(controller.ui, key, { editor: EMPTY_EDITOR });
      const late = held;
      held = null;
      for (const line of late) print(line);
      if (heldEnd !== null) return finish(heldEnd);
      input.resume();
      if (text.trim() === "") return;
      const shown = sanitizeLines(text).join("\n");
      printLine(isEdited ? `${words.you}: ${shown}` : `* ${words.screen.notSentYet(shown)}`);
      if (isEdited) say(text);
    };
    input.on("line", (typed) => {
      const line = typed.normalize("NFC");
      if (line.includes(EDITOR_KEYS)) return void openEditor(line.replaceAll(EDITOR_KEYS, ""));
      if (line.trim() === "") return;
      if (isCommandLine(line)) return controller.perform({ kind: "slash", text: line });
      say(messageOfLine(line));
    });
    input.on("close", () => finish({ kind: "terminal-closed" }));
    const stopInterrupt = onInterrupt(() => {
      print("");
      finish({ kind: "menu", page: "rooms" });
    });
  });
}

function printEvent(
  app: App,
  connection: ServerConnection,
  controller: ChatController,
  changes: LineChanges,
  event: ClientEvent,
  print: (text: string) => void,
): void {
  const { words } = app;
  const { session } = connection;
  const linesOf = (key: Folded) => session.state.conversations.get(key)?.lines ?? [];
  /** Stands in front of what is said elsewhere. */
  const placeOf = (key: Folded): string => {
    if (key === controller.ui.current) return "";
    return `[${sanitize(session.state.conversations.get(key)?.name ?? "")}] `;
  };
  switch (event.kind) {
    case "line-added": {
      const { line, live, key } = event;
      changes.note([line]);
      // The user's own input is in the terminal already.
      if (!live || (line.own && isMessage(line)) || line.folded !== null) return;
      const isCurrent = key === controller.ui.current;
      if (isCurrent) session.commands.markRead(key);
      if (!isCurrent && !isMessage(line)) return;
      const shown = shownHere(app, connection, key, line);
      print(`${placeOf(key)}${formatLine(app, shown, repliedToLine(line, linesOf(key)))}`);
      return;
    }
    case "lines-loaded":
      changes.note(linesOf(event.key));
      return;
    case "line-changed":
      for (const change of changes.changesOf(event.line, session.state, app)) {
        const time = app.calendar.clock(app.ports.now());
        print(`${placeOf(event.key)}${time} * ${change}`);
      }
      if (event.line.status === "failed") {
        const { code, problem } = event.line;
        const about = sanitize(session.state.conversations.get(event.key)?.name ?? "");
        const text = sanitize(problem);
        const reason = code === null ? text : failureSentence(words, code, about, text);
        print(`* ${reason || words.failed.notSent}`);
      }
      return;
    case "disconnected":
      print(`* ${words.screen.offline}`);
      return;
    case "ready":
      print(`* ${words.screen.connected}`);
      return;
    default:
      return;
  }
}

function repliedToLine({ replyTo }: ChatLine, lines: readonly ChatLine[]): ChatLine | null {
  return replyTo === null ? null : (lines.find(({ msgid }) => msgid === replyTo) ?? null);
}

/** Returns a line as scripts have it shown. */
function shownHere(app: App, connection: ServerConnection, key: Folded, line: ChatLine): ChatLine {
  const { state } = connection.session;
  const text = serviceNotice(state, line, app.words);
  if (text !== line.text) return { ...line, text };
  const conversation = state.conversations.get(key);
  if (conversation === undefined || app.scripts == null) return line;
  return shownLine(line, app.scripts.hooks.shownAs(connection, conversation, line), app.words);
}

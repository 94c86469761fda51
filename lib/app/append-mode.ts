/**
 * The chat without a screen: lines are only ever added, and what is typed is read by the line. For
 * screen readers, and for terminals that can do no more.
 */
import { createInterface } from "node:readline";
import type { ClientEvent } from "../chat-client/client-event.ts";
import type { ChatLine } from "../chat-client/client-state.ts";
import type { Folded } from "../protocol/names.ts";
import { EMPTY_EDITOR } from "../terminal/editor.ts";
import { onInterrupt } from "../terminal/tty.ts";
import { clean, cleanLines } from "../terminal/width.ts";
import type { App } from "./app-context.ts";
import { ChatController, type ChatEnd } from "./chat-screen/chat-controller.ts";
import type { ChatMemory } from "./chat-screen/chat-screen.ts";
import { systemSentence } from "./chat-screen/draw/system-line.ts";
import { isMessageLine } from "./chat-screen/message-lines.ts";
import { viewOf, withView } from "./chat-screen/ui-state.ts";
import type { ServerConnection } from "./connection/server-connection.ts";

/** Lines of the past that are read out on entering a room. */
const PAST_SHOWN = 10;

/** Until one leaves: what is said, line by line, and what is typed. */
export function runAppend(
  app: App,
  connection: ServerConnection,
  memory: ChatMemory,
  to: Folded | null,
): Promise<ChatEnd> {
  const { ports, words } = app;
  const { session } = connection;
  const lines = createInterface({ input: ports.stdin, terminal: false });
  return new Promise((resolve) => {
    let room: Folded | null = null;
    let online = session.state.phase.kind === "ready";
    const print = (text: string): void => void ports.stdout.write(`${text}\n`);
    const sayNotes = (): void => {
      const { notes } = viewOf(desk.ui, desk.ui.current);
      for (const note of notes) print(`* ${note.text}`);
      if (notes.length > 0) desk.ui = withView(desk.ui, desk.ui.current, { notes: [] });
    };
    const changed = (): void => {
      sayNotes();
      const one = desk.here;
      if (one === null || room === one.key) return;
      room = one.key;
      print(`== ${clean(one.name) || words.screen.serverSays} ==`);
      // Who came and went meanwhile would be read out first.
      const past = one.lines.filter((line) => isMessageLine(line) || line.kind === "topic");
      for (const line of past.slice(-PAST_SHOWN)) print(sentence(app, line));
      const kept = viewOf(desk.ui, one.key).editor.text;
      if (kept !== "") print(`* ${words.screen.notSentYet(cleanLines(kept).join("\n      "))}`);
      session.markRead(one.key);
    };
    let over = false;
    const finish = (end: ChatEnd): void => {
      if (over) return;
      over = true;
      stop();
      stopInterrupt();
      lines.close();
      memory.ui = desk.ui;
      resolve(end);
    };
    const desk = new ChatController(app, connection, memory.ui, changed, finish);
    const stop = connection.listen((event) => {
      // Every attempt to come back ends in a loss: it is told once.
      const told = event.kind === "disconnected" && !online;
      if (event.kind === "disconnected" || event.kind === "ready") online = event.kind === "ready";
      if (!told) hear(app, connection, desk, event, print);
      desk.onSessionEvent(event);
    });
    if (to !== null) desk.go(to);
    changed();
    lines.on("line", (typed) => {
      const text = typed.normalize("NFC");
      if (text.trim() === "") return;
      const isCommand = text.startsWith("/") && !text.startsWith("//");
      if (isCommand) return desk.perform({ kind: "slash", text });
      const said = text.startsWith("//") ? text.slice(1) : text;
      const { current } = desk.ui;
      // Shown line by line there is nothing to filter: an answer goes to the thread, and leaves it.
      const replyTo = viewOf(desk.ui, current).thread;
      desk.ui = withView(desk.ui, current, { thread: null, editor: EMPTY_EDITOR });
      desk.perform({ kind: "say", key: current, text: said, replyTo });
    });
    lines.on("close", () => finish({ kind: "gone" }));
    const stopInterrupt = onInterrupt(() => {
      print("");
      finish({ kind: "menu", page: "rooms" });
    });
  });
}

function hear(
  app: App,
  connection: ServerConnection,
  desk: ChatController,
  event: ClientEvent,
  print: (text: string) => void,
): void {
  const { words } = app;
  switch (event.kind) {
    case "line-added": {
      const { line, live, key } = event;
      // One's own words stand in the terminal already.
      if (!live || (line.own && isMessageLine(line))) return;
      const here = key === desk.ui.current;
      const name = clean(connection.session.state.conversations.get(key)?.name ?? "");
      if (here) connection.session.markRead(key);
      if (here || isMessageLine(line)) print(`${here ? "" : `[${name}] `}${sentence(app, line)}`);
      return;
    }
    case "line-changed":
      if (event.line.status === "failed") {
        print(`* ${clean(event.line.problem) || words.failed.notSent}`);
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

function sentence(app: App, line: ChatLine): string {
  const { words, calendar } = app;
  const time = calendar.clock(line.time);
  const system = systemSentence(line, words);
  if (system !== null) return `${time} * ${system.text}`;
  const text = line.redacted ? words.screen.deleted : cleanLines(line.text).join("\n      ");
  const who = line.own ? words.you : clean(line.nick);
  return line.kind === "action" ? `${time} * ${who} ${text}` : `${time} ${who}: ${text}`;
}

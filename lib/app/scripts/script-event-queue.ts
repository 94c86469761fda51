import type { ClientEvent } from "../../chat-client/client-event.ts";
import {
  type ChatLine,
  type ClientConversation,
  isMessage,
} from "../../chat-client/client-state.ts";
import type { AppPorts } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { RunningScript } from "./running-script.ts";
import { isOfService } from "./script-hooks.ts";
import { scriptMessage, scriptPlace, scriptServer } from "./script-places.ts";

/** With more events than this in one turn of the loop, a script loses the rest: a server may say anything. */
const EVENTS_MAX = 5000;
/** Own messages that may be unacknowledged at once; more than anybody types before the first is answered. */
const UNSENT_MAX = 1000;

/**
 * Tells scripts what happens on the servers. They hear of it when the session has done its work: what a script does
 * then changes the session again.
 */
export class ScriptEventQueue {
  readonly #ports: Pick<AppPorts, "after">;
  readonly #scripts: () => readonly RunningScript[];
  #queue: (() => void)[] = [];

  constructor(ports: Pick<AppPorts, "after">, scripts: () => readonly RunningScript[]) {
    this.#ports = ports;
    this.#scripts = scripts;
  }

  /** Tells scripts of a server's events from now on. The returned function stops it. */
  listen(connection: ServerConnection): () => void {
    const unsent = new Set<string>();
    // A script that is still loading is told when it is.
    for (const script of this.#scripts()) this.#later(() => this.tellReady(script, connection));
    return connection.listen((event) => {
      if (event.kind === "ready") return this.#later(() => this.#ready(connection));
      if (event.kind !== "line-added" && event.kind !== "line-changed") return;
      if (this.#scripts().length === 0) return;
      const conversation = connection.session.state.conversations.get(event.key);
      if (conversation !== undefined && isNews(event, unsent)) {
        this.#later(() => this.#lineAdded(connection, conversation, event.line));
      }
    });
  }

  /** Tells one script that a server is ready, if it is. */
  tellReady(script: RunningScript, connection: ServerConnection): void {
    if (connection.session.state.phase.kind !== "ready") return;
    script.emit("ready", { server: scriptServer(connection, script) });
  }

  #ready(connection: ServerConnection): void {
    for (const script of this.#scripts()) this.tellReady(script, connection);
  }

  #lineAdded(connection: ServerConnection, conversation: ClientConversation, line: ChatLine): void {
    // Who is blocked isn't answered either.
    if (isOfService(conversation, line) || line.folded !== null) return;
    if (!isMessage(line)) return this.#memberChanged(connection, conversation, line);
    const isForUser = !line.own && (line.mention || conversation.kind === "direct");
    for (const script of this.#scripts()) {
      if (!script.listensTo("message", "mentioned")) continue;
      const message = scriptMessage(line, scriptPlace(connection, conversation, script));
      script.emit("message", message);
      if (isForUser) script.emit("mentioned", message);
    }
  }

  #memberChanged(
    connection: ServerConnection,
    conversation: ClientConversation,
    line: ChatLine,
  ): void {
    if (line.own && line.kind !== "kicked") return;
    const isLeft = line.kind === "left" || line.kind === "quit" || line.kind === "kicked";
    if (line.kind !== "joined" && !isLeft) return;
    for (const script of this.#scripts()) {
      const place = scriptPlace(connection, conversation, script);
      if (line.kind === "joined") script.emit("joined", { place, nick: line.nick });
      else {
        const nick = line.kind === "kicked" ? (line.kickedNick ?? "") : line.nick;
        script.emit("left", { place, nick, reason: line.text });
      }
    }
  }

  /** Runs something on a later turn, when the session isn't in the middle of a line. */
  #later(action: () => void): void {
    if (this.#queue.length >= EVENTS_MAX) return;
    this.#queue.push(action);
    if (this.#queue.length > 1) return;
    this.#ports.after(0, () => {
      for (const each of this.#queue.splice(0)) each();
    });
  }
}

/** Returns whether an event is a line that was said just now: the user's own once the server has accepted it. */
function isNews(
  event: Extract<ClientEvent, { kind: "line-added" | "line-changed" }>,
  unsent: Set<string>,
): boolean {
  const { line } = event;
  if (event.kind === "line-added" && line.status !== "sent") {
    if (unsent.size < UNSENT_MAX) unsent.add(line.key);
    return false;
  }
  if (line.status !== "sent") return false;
  return event.kind === "line-added" ? event.live : unsent.delete(line.key);
}

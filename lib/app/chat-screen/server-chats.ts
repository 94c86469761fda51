import assert from "node:assert";
import type { ClientEvent } from "../../chat-client/client-event.ts";
import { SERVER_KEY } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { App } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { OpenServer } from "../servers/open-server.ts";
import type { OpenServers } from "../servers/open-servers.ts";
import { serviceNotice } from "../slash/service-sentences.ts";
import type { ServersHost } from "../slash/slash-command.ts";
import { ChatController } from "./chat-controller.ts";
import type { ChatEnd } from "./chat-end.ts";
import type { DrawContext } from "./draw/draw-context.ts";
import { ScreenCache } from "./draw/screen-cache.ts";
import { systemSentence } from "./draw/system-line.ts";
import { arriveAt, pauseAt, resumeAt } from "./keys/navigation.ts";
import type { Place } from "./listed-places.ts";
import type { ShownAsOf } from "./messages/shown-lines.ts";
import type { FilePreviews } from "./pictures/file-previews.ts";
import { makeFilePreviews, pictureRowsMax } from "./pictures/server-previews.ts";
import { viewOf } from "./ui-state.ts";

/** A server's part of the running screen. */
export interface ServerChat {
  readonly server: OpenServer;
  readonly controller: ChatController;
  /** What of its conversations is drawn already. */
  cache: ScreenCache;
  /** What is shown below the files of its messages; null: nothing. */
  readonly previews: FilePreviews | null;
  readonly stopListening: () => void;
}

/** What the chats call. */
interface ChatsPorts {
  readonly host: ServersHost;
  context(): DrawContext;
  redraw(): void;
  onEvent(chat: ServerChat, event: ClientEvent): void;
  onEnd(end: ChatEnd): void;
}

/** Owns a controller for each open server, of which one is on screen, and follows the list of servers. */
export class ServerChats {
  readonly #app: App;
  readonly #servers: OpenServers;
  readonly #ports: ChatsPorts;
  readonly #stopListening: () => void;
  #all: readonly ServerChat[];
  #shown: ServerChat;

  constructor(app: App, servers: OpenServers, ports: ChatsPorts) {
    this.#app = app;
    this.#servers = servers;
    this.#ports = ports;
    this.#all = servers.all.map((server) => this.#open(server));
    const shown = this.#all.find(({ server }) => server === servers.shown);
    assert(shown !== undefined);
    this.#shown = shown;
    this.#stopListening = servers.listen(() => this.#onServersChanged());
  }

  get shown(): ServerChat {
    return this.#shown;
  }

  /** The conversation on screen. */
  get place(): Place {
    const { server, controller } = this.#shown;
    return { server: server.id, key: controller.ui.current };
  }

  /** Returns the chat of a server by its id. */
  byId(id: string): ServerChat | undefined {
    return this.#all.find(({ server }) => server.id === id);
  }

  /** Goes over to a conversation that is on screen beside this one: both keep their scroll positions and notes. */
  goOver({ server: id, key }: Place): void {
    const chat = this.byId(id);
    if (chat === undefined) return;
    const { controller: before, server } = this.#shown;
    before.ui = pauseAt(server.connection.session.state, before.ui, before.ui.current);
    const { focused, keyboard } = before.ui;
    this.#shown = chat;
    this.#servers.show(chat.server);
    const { state } = chat.server.connection.session;
    const ui = { ...chat.controller.ui, focused, keyboard, submit: "idle" } as const;
    chat.controller.ui = resumeAt(state, ui, key);
  }

  /** Lets scripts show notes here, and draw again: all of it where they show messages in another way. */
  attachScripts(redraw: () => void, changed: () => void): () => void {
    const detach = this.#app.scripts?.attach({
      current: () => {
        const { server, controller } = this.#shown;
        const { conversation } = controller;
        return conversation && { connection: server.connection, conversation };
      },
      note: (connection, conversation, text, tone) =>
        this.of(connection).controller.note(text, tone, conversation?.key),
      ...{ redraw, changed },
    });
    return detach ?? (() => {});
  }

  /** Notes what happened to the accounts while no chat was on screen. */
  noteNotices(): void {
    const { words, calendar } = this.#app;
    for (const { server, controller } of this.#all) {
      const notices = server.takeNotices();
      // Its own conversation has them already.
      if (controller.ui.current === SERVER_KEY) continue;
      for (const line of notices) {
        controller.note(systemSentence(line, words, calendar)?.text ?? "", "bad");
      }
    }
  }

  /** Drops what is drawn, for another size or other widths. */
  clearCaches(): void {
    for (const chat of this.#all) chat.cache = this.#makeCache(chat.server, chat.previews);
  }

  /** Draws, and fetches what is in view below the files of messages. */
  withPreviews<Drawn>(draw: () => Drawn): Drawn {
    for (const { cache } of this.#all) cache.inView = [];
    const drawn = draw();
    for (const { cache, previews } of this.#all) previews?.show(cache.inView);
    return drawn;
  }

  /** Returns the chat of a connection; the one on screen for null, and for one that has gone. */
  of(connection: ServerConnection | null): ServerChat {
    return this.#all.find(({ server }) => server.connection === connection) ?? this.#shown;
  }

  /**
   * Shows a conversation of a server by its id; what belongs to the terminal goes along.
   *
   * @param key null: the one that was shown last
   */
  show(id: string, key: Folded | null): void {
    const chat = this.#all.find(({ server }) => server.id === id);
    if (chat === undefined) return;
    const { focused, keyboard, submit, current } = this.#shown.controller.ui;
    const { controller, server } = chat;
    const previous = { server: this.#shown.server.id, key: current };
    this.#shown = chat;
    this.#servers.show(server);
    const ui = { ...controller.ui, focused, keyboard, submit, previous };
    controller.ui = arriveAt(server.connection.session.state, ui, key ?? ui.current) ?? ui;
  }

  /** Ends all of them: how each is shown is remembered, and the drafts are written. */
  close(): void {
    this.#stopListening();
    for (const chat of this.#all) {
      closeChat(chat);
      chat.server.memory.drafts.write(chat.controller.ui);
    }
  }

  #open(server: OpenServer): ServerChat {
    const { connection, memory } = server;
    const controller = new ChatController(
      this.#app,
      connection,
      memory.drafts.withShared({ ...memory.ui, focused: true }),
      this.#ports.redraw,
      (end) => this.#onEnd(chat, end),
      this.#ports.host,
    );
    const previews = makeFilePreviews(this.#app, connection, this.#ports.redraw);
    const chat: ServerChat = {
      ...{ server, controller, previews, cache: this.#makeCache(server, previews) },
      stopListening: connection.listen((event) => {
        followFiles(previews, event);
        this.#ports.onEvent(chat, event);
        if (event.kind === "disconnected") tellFailure(chat);
      }),
    };
    tellFailure(chat);
    return chat;
  }

  #makeCache({ connection }: OpenServer, previews: FilePreviews | null): ScreenCache {
    const { state } = connection.session;
    const shownAs: ShownAsOf = (key, line) => {
      const conversation = state.conversations.get(key);
      if (conversation === undefined) return null;
      const text = serviceNotice(state, line, this.#app.words);
      if (text !== line.text) return { text, fold: null, highlight: false };
      return this.#app.scripts?.hooks.shownAs(connection, conversation, line) ?? null;
    };
    const context = this.#ports.context();
    previews?.setLook(context.pictureLook ?? null, pictureRowsMax(this.#app.ports.stdout.rows));
    return new ScreenCache(
      { ...context, previews },
      shownAs,
      () => state.preferences.highlightList,
    );
  }

  /** One server was added or closed. */
  #onServersChanged(): void {
    const { all, shown } = this.#servers;
    for (const chat of this.#all) if (!all.includes(chat.server)) closeChat(chat);
    this.#all = all.map(
      (server) => this.#all.find((chat) => chat.server === server) ?? this.#open(server),
    );
    const next = this.#all.find(({ server }) => server === shown);
    if (next === undefined) return this.#ports.onEnd({ kind: "menu", page: "rooms" });
    if (next !== this.#shown) this.show(next.server.id, null);
    this.#ports.redraw();
  }

  #onEnd(chat: ServerChat, end: ChatEnd): void {
    if (end.kind !== "locked-out" || this.#all.length === 1) return this.#ports.onEnd(end);
    // The others go on: only this one has to be logged in to again.
    chat.server.isLockedOut = true;
    const { host } = chat.server.listed;
    const { controller } = this.#shown;
    controller.note(end.why ?? this.#app.words.servers.lockedOut(host), "bad");
  }
}

/** Notes once why a server that connects in the background couldn't be reached, and the way on. */
function tellFailure({ server, controller }: ServerChat): void {
  const { failureSentence } = server;
  if (failureSentence === null) return controller.reportTrouble();
  const { notes } = viewOf(controller.ui, controller.ui.current);
  if (!notes.some(({ text }) => text === failureSentence)) controller.note(failureSentence, "bad");
}

/** Tries again what couldn't be fetched, and forgets what was deleted. */
function followFiles(previews: FilePreviews | null, event: ClientEvent): void {
  if (event.kind === "ready") previews?.retry();
  if (event.kind !== "line-changed") return;
  const { file, redacted } = event.line;
  if (file !== null && redacted) previews?.forget(file);
}

function closeChat({ server, controller, previews, stopListening }: ServerChat): void {
  stopListening();
  previews?.close();
  server.memory.ui = controller.ui;
}

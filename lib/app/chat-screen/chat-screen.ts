/**
 * The running chat screen: reads keys, draws frames, and reacts to the events of all servers' sessions. It owns the
 * terminal, and a controller for each server, of which one is on screen.
 */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientConversation } from "../../chat-client/client-state.ts";
import type { Folded } from "../../protocol/names.ts";
import type { Key } from "../../terminal/key-reader.ts";
import { throughMultiplexer } from "../../terminal/multiplexer.ts";
import { pictureQuery } from "../../terminal/picture-answers.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { openTerminal, type Terminal } from "../../terminal/tty.ts";
import { type App, questionForBackground } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { DraftAutosave } from "../saved/drafts.ts";
import type { OpenServer } from "../servers/open-server.ts";
import type { OpenServers } from "../servers/open-servers.ts";
import { argumentCandidates } from "../slash/slash-commands.ts";
import { type ChatController, reportWriteFailures } from "./chat-controller.ts";
import type { ChatEnd } from "./chat-end.ts";
import { type ChatView, drawChat } from "./draw/chat-view.ts";
import type { DrawContext } from "./draw/draw-context.ts";
import { fileAt } from "./files/file-effects.ts";
import { handleKey, isSubmitKey } from "./keys/key-bindings.ts";
import type { KeyContext } from "./keys/key-context.ts";
import { withSelectionInView } from "./keys/selection.ts";
import { serverName } from "./listed-places.ts";
import { copyText, openOrCopyLink } from "./messages/copy-text.ts";
import { editMessage } from "./messages/edit-message.ts";
import { formatNotification, NotificationLimit } from "./notify.ts";
import { makeScreenContext, screenTheme } from "./screen-context.ts";
import { ScreenSplit } from "./screen-split.ts";
import { type ServerChat, ServerChats } from "./server-chats.ts";
import { makeServersHost } from "./servers-host.ts";
import { type UiState, viewOf } from "./ui-state.ts";
import { UserAttention, writesCjk } from "./user-attention.ts";

/** A conversation is read once it was on screen this long: passing through it marks nothing. */
const READ_AFTER_MS = 1000;

/** How a server's chat is shown while the user is in the menu. `runChat` and `runAppend` update `ui` at the end. */
export interface ChatMemory {
  ui: UiState;
  readonly drafts: DraftAutosave;
}

/**
 * Runs the chat screen until the user leaves it or the terminal closes.
 *
 * @param to the conversation of the shown server to show first; null: the one in its memory
 * @param note what is told there at once
 */
export function runChat(
  app: App,
  servers: OpenServers,
  to: Folded | null,
  note: string | null,
): Promise<ChatEnd> {
  return new Promise((resolve) => {
    const screen = new ChatScreen(app, servers, resolve);
    if (to !== null) screen.controller.goTo(to);
    if (note !== null) screen.controller.note(note);
    screen.noteNotices();
  });
}

class ChatScreen {
  readonly #app: App;
  readonly #servers: OpenServers;
  readonly #resolve: (end: ChatEnd) => void;
  readonly #stopReports: () => void;
  readonly #detachScripts: () => void;
  #terminal: Terminal;
  #context: DrawContext;
  readonly #chats: ServerChats;
  readonly split: ScreenSplit;
  #view: ChatView | null = null;
  #stopHold: () => void = () => {};
  #stopReadTimer: () => void = () => {};
  /** The conversation that was on screen, at its bottom, when the read timer last fired. */
  #seen: ClientConversation | null = null;
  /** Whether the last paint showed how many seconds something has lasted. */
  #countedSeconds = false;
  /** The day when the read timer last fired: another one is drawn. */
  #today = "";
  readonly #notificationLimit = new NotificationLimit();
  readonly #attention: UserAttention;
  #isOver = false;
  #isInEditor = false;
  /** How the chat has ended meanwhile; null while it goes on. */
  #heldEnd: ChatEnd | null = null;
  #shownSettings: readonly unknown[];

  constructor(app: App, servers: OpenServers, resolve: (end: ChatEnd) => void) {
    this.#app = app;
    this.#servers = servers;
    this.#resolve = resolve;
    this.#attention = new UserAttention(app.ports.elapsed());
    this.#shownSettings = this.#settings();
    this.#context = this.#makeContext();
    this.#chats = new ServerChats(app, servers, {
      host: makeServersHost(app, servers, this),
      context: () => this.#context,
      redraw: () => this.#paint(),
      onEvent: (chat, event) => this.#onSessionEvent(chat, event),
      onEnd: (end) => this.#finish(end),
    });
    this.split = new ScreenSplit(servers, this.#chats);
    this.#terminal = this.#openTerminal();
    app.terminal.onTmux = () => this.#onResize();
    this.#stopReports = reportWriteFailures(app, () => this.controller);
    this.#detachScripts = this.#chats.attachScripts(
      () => this.#paint(),
      () => this.#onResize(),
    );
    this.#onReadTimer();
    this.#paint();
  }

  /** The controller of the server on screen. */
  get controller(): ChatController {
    return this.#chats.shown.controller;
  }

  get keysPressed(): number {
    return this.#attention.keysPressed;
  }

  get columns(): number {
    return this.#terminal.columns;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Notes what happened to the accounts while no chat was on screen. */
  noteNotices(): void {
    this.#chats.noteNotices();
  }

  /** Shows a server by its id, as it was shown last. */
  showServer(id: string): void {
    this.#chats.show(id, null);
  }

  get #connection(): ServerConnection {
    return this.#chats.shown.server.connection;
  }

  #openTerminal(): Terminal {
    const { ports, settings } = this.#app;
    return openTerminal({
      stdin: ports.stdin,
      stdout: ports.stdout,
      theme: (background) => screenTheme(this.#app, background),
      backgroundQuery: questionForBackground(ports, settings),
      pictureQuery: settings.pictures === "none" ? "" : pictureQuery(ports.environment),
      wrapPicture: (sequence) => throughMultiplexer(sequence, ports.environment),
      mouse: settings.mouse,
      onKey: (key) => this.#press(key),
      onResize: () => this.#onResize(),
      onEnd: () => this.#finish({ kind: "terminal-closed" }),
    });
  }

  #makeContext(): DrawContext {
    return makeScreenContext(this.#app, this.#terminal ?? null, this.#context ?? null);
  }

  #onResize(): void {
    if (this.#isOver) return;
    // The terminal may have reported its character widths just now: everything is measured again.
    this.#context = this.#makeContext();
    this.#chats.clearCaches();
    this.#showSelection();
    this.#paint();
  }

  /** Shows the selected message again, which another size may have moved out of view: a key acts on it. */
  #showSelection(): void {
    const { ui } = this.controller;
    if (this.#terminal === undefined || viewOf(ui, ui.current).selection === null) return;
    this.#draw();
    this.controller.ui = withSelectionInView(this.#keyContext());
  }

  #draw(): ChatView {
    this.split.follow();
    const { columns, rows } = this.#terminal;
    const { state } = this.#connection.session;
    const { ui } = this.controller;
    const elapsedMs = this.#app.ports.elapsed();
    const { cache } = this.#chats.shown;
    const { listed } = this.#servers;
    const size = { columns, rows };
    const { pane } = this.split;
    this.#view = this.#chats.withPreviews(() =>
      drawChat(state, ui, size, elapsedMs, cache, this.#context, listed, pane),
    );
    return this.#view;
  }

  /** `isForKey`: the user waits for it. */
  #paint(isForKey = false): void {
    if (this.#isOver || this.#isInEditor || this.#terminal === undefined) return;
    // In a busy room that is most of the time.
    if (this.#terminal.isPaintDue && !isForKey) return;
    const settings = this.#settings();
    if (settings.some((setting, index) => setting !== this.#shownSettings[index])) {
      this.#applySettings(settings);
    }
    this.#terminal.paint(() => this.#draw().frame, isForKey);
  }

  /** The settings that are built into the terminal and the context, as they are now. */
  #settings(): readonly unknown[] {
    const { settings, language, input } = this.#app;
    const { colour, theme, pictures, mouse } = settings;
    return [colour, theme, pictures, mouse, language, input.keyMap];
  }

  /** Draws by the settings that `/set` and `/bind` have changed. */
  #applySettings(settings: readonly unknown[]): void {
    const { theme } = this.#app.settings;
    const isSaid = this.#shownSettings.includes(theme);
    this.#shownSettings = settings;
    this.#reopenTerminal();
    if (isSaid) return;
    for (const problem of theme.problems) this.controller.note(sanitize(problem), "bad");
  }

  #reopenTerminal(): void {
    this.#terminal.close(true);
    this.#terminal = this.#openTerminal();
    // Its theme may be another one: the terminal may have answered too late for the screen before.
    this.#onResize();
  }

  /** Opens the input line in the user's editor program; the chat goes on behind it. */
  #openEditor(): void {
    const { server, controller } = this.#chats.shown;
    this.#isInEditor = true;
    this.#terminal.close();
    void editMessage(controller).then(() => {
      this.#isInEditor = false;
      server.memory.drafts.changed(controller.ui);
      if (this.#heldEnd !== null) return this.#finish(this.#heldEnd);
      this.#terminal = this.#openTerminal();
      this.#onResize();
    });
  }

  #press(key: Key | "timeout"): void {
    const elapsedMs = this.#app.ports.elapsed();
    if (this.#isOver || this.#attention.isFocusClick(key, elapsedMs)) return;
    this.#stopHold();
    this.#attention.onKey(key, elapsedMs);
    if (isSubmitKey(this.#keyContext(), key)) this.#noticeKeyboard();
    const result = handleKey(this.#keyContext(), key);
    this.controller.ui = result.ui;
    this.#chats.shown.server.memory.drafts.changed(result.ui);
    for (const effect of result.effects) {
      if (effect.kind === "hold-submit") {
        this.#stopHold = this.#app.ports.after(effect.ms, () => this.#press("timeout"));
      } else if (effect.kind === "redraw") {
        this.#reopenTerminal();
      } else if (effect.kind === "copy") copyText(this.controller, this.#terminal, effect.text);
      else if (effect.kind === "open-link")
        openOrCopyLink(this.controller, this.#terminal, effect.link);
      else if (effect.kind === "open-editor") this.#openEditor();
      else if (effect.kind === "go-over") this.#goOver();
      else if (effect.kind === "go-to") this.#chats.show(effect.place.server, effect.place.key);
      else this.controller.perform(effect);
      if (this.#isOver) return;
    }
    this.#paint(true);
  }

  #goOver(): void {
    if (!this.split.goOver()) this.controller.note(this.#app.words.split.none, "bad");
  }

  #keyContext(): KeyContext {
    const { words, input, settings, language, ports, scripts } = this.#app;
    const { session } = this.#connection;
    const { listed } = this.#servers;
    return {
      ...{ state: session.state, servers: listed, ui: this.controller.ui },
      ...{ cache: this.#chats.shown.cache, words, input, holdSubmit: settings.holdSubmit },
      chatView: this.#view ?? this.#draw(),
      fileAt: (path) => fileAt(ports.localFiles, path),
      argumentCandidates: (line) =>
        argumentCandidates({ words, language, input, session, listed, ports, scripts }, line),
    };
  }

  /** Notices that the user writes Hangul: by their name, or by what they wrote here on any device. */
  #noticeKeyboard(): void {
    const { ui } = this.controller;
    const isCjk = ui.keyboard !== "cjk" && writesCjk(this.#connection.session.state, ui.current);
    if (isCjk) this.controller.ui = { ...ui, keyboard: "cjk" };
  }

  #onSessionEvent({ server, controller, cache }: ServerChat, event: ClientEvent): void {
    switch (event.kind) {
      case "conversation-changed":
      case "line-added":
      case "line-changed":
      case "lines-loaded":
      case "conversation-removed":
        cache.invalidate(event.key);
        break;
      case "conversation-moved":
        cache.invalidate(event.was);
        cache.invalidate(event.key);
        this.split.onMoved(server.id, event.was, event.key);
        break;
      case "notify":
        this.#notify(server, event);
        break;
      default:
        break;
    }
    controller.onSessionEvent(event);
    if (
      event.kind === "conversation-added" ||
      (event.kind === "preference" && event.name === "draft")
    ) {
      const ui = server.memory.drafts.withShared(controller.ui);
      if (ui !== controller.ui) controller.ui = ui;
      controller.redraw();
    }
  }

  #notify({ listed }: OpenServer, event: Extract<ClientEvent, { kind: "notify" }>): void {
    const { words, ports } = this.#app;
    const elapsedMs = ports.elapsed();
    if (this.#attention.isLooking(elapsedMs) || !this.#notificationLimit.allows(elapsedMs)) return;
    const bell = ports.saved.bell !== false;
    const all = this.#servers.listed;
    const place = all.length > 1 ? serverName(listed, all) : "";
    this.#terminal.write(
      formatNotification(event, listed.state, words, ports.environment, bell, place),
    );
  }

  /** Once a second: marks what stayed on screen as read, and draws what counts seconds. */
  #onReadTimer(): void {
    const { ui } = this.controller;
    const { session } = this.#connection;
    const conversation = session.state.conversations.get(ui.current);
    const isConversationShown =
      ui.switcher === null &&
      ui.search === null &&
      ui.page === null &&
      viewOf(ui, ui.current).thread === null;
    const isSeen = ui.focused && isConversationShown && this.#view?.atBottom === true;
    const wasSeen = this.#seen === conversation;
    this.#seen = isSeen ? (conversation ?? null) : null;
    if (conversation !== undefined && conversation.unread > 0 && isSeen && wasSeen) {
      session.commands.markRead(ui.current);
    }
    const { phase, isChecking } = session.state;
    // The sidebar tells of a server that doesn't answer while another one is on screen.
    const isUnanswered = this.#servers.listed.some(
      ({ state }) => state.unansweredElapsedMs !== null,
    );
    const counts = phase.kind === "waiting" || isUnanswered || isChecking;
    const today = this.#app.calendar.dayKey(this.#app.ports.now());
    if (counts || this.#countedSeconds || today !== this.#today) this.#paint();
    this.#countedSeconds = counts;
    this.#today = today;
    this.#stopReadTimer = this.#app.ports.after(READ_AFTER_MS, () => this.#onReadTimer());
  }

  #finish(end: ChatEnd): void {
    if (this.#isOver) return;
    // The editor program has the terminal: what comes after the chat waits for its end.
    this.#heldEnd = end;
    if (this.#isInEditor) return;
    this.#isOver = true;
    this.#stopHold();
    this.#stopReadTimer();
    this.#stopReports();
    this.#detachScripts();
    this.#chats.close();
    this.#terminal.close(true);
    this.#resolve(end);
  }
}

/** The running chat screen: reads keys, draws frames, and reacts to session events. It owns the terminal. */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { Folded } from "../../protocol/names.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import { hasCjk } from "../../terminal/ime-submit.ts";
import type { Key } from "../../terminal/key-reader.ts";
import { clipboardSequence, isInTmux } from "../../terminal/multiplexer.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { MONOCHROME, themeFor } from "../../terminal/theme.ts";
import { openTerminal, type Terminal } from "../../terminal/tty.ts";
import { STANDARD_WIDTHS } from "../../terminal/width.ts";
import type { App } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { DraftAutosave } from "../saved/drafts.ts";
import { commandNames } from "../slash/slash-commands.ts";
import { ChatController, type ChatEnd } from "./chat-controller.ts";
import { type ChatView, drawChat, ScreenCache } from "./draw/chat-view.ts";
import { type DrawContext, makeDrawContext } from "./draw/draw-context.ts";
import { handleKey, isEnter } from "./keys/key-bindings.ts";
import { formatNotification, NotificationLimit } from "./notify.ts";
import { type UiState, viewOf } from "./ui-state.ts";

/** A conversation is read once it was on screen this long: passing through it marks nothing. */
const READ_AFTER_MS = 1000;
/** Without focus reports from the terminal, a user who pressed no key for this long isn't looking. */
const IDLE_MS = 60_000;
/** A click so soon after the window got the focus is the one that gave it the focus. */
const FOCUS_CLICK_MS = 200;

/** The chat's state while the user is in the menu. `runChat` and `runAppend` update `ui` at the end. */
export interface ChatMemory {
  ui: UiState;
  readonly drafts: DraftAutosave;
}

/**
 * Runs the chat screen until the user leaves it or the terminal closes.
 *
 * @param to the conversation to show first; null: the one in `memory`
 */
export function runChat(
  app: App,
  connection: ServerConnection,
  memory: ChatMemory,
  to: Folded | null,
): Promise<ChatEnd> {
  return new Promise((resolve) => {
    const screen = new ChatScreen(app, connection, memory, resolve);
    if (to !== null) screen.controller.goTo(to);
  });
}

class ChatScreen {
  readonly controller: ChatController;
  readonly #app: App;
  readonly #connection: ServerConnection;
  readonly #memory: ChatMemory;
  readonly #resolve: (end: ChatEnd) => void;
  readonly #stopListening: () => void;
  #terminal: Terminal;
  #context: DrawContext;
  #cache: ScreenCache;
  #view: ChatView | null = null;
  #stopHold: () => void = () => {};
  #stopReadTimer: () => void = () => {};
  /** The conversation that was on screen, at its bottom, when the read timer last fired. */
  #seenKey: Folded | null = null;
  /** Whether the last paint showed how many seconds something has lasted. */
  #countedSeconds = false;
  #terminalReportsFocus = false;
  readonly #notificationLimit = new NotificationLimit();
  #lastKeyElapsedMs: ElapsedMs;
  #focusedElapsedMs = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(
    app: App,
    connection: ServerConnection,
    memory: ChatMemory,
    resolve: (end: ChatEnd) => void,
  ) {
    this.#app = app;
    this.#connection = connection;
    this.#memory = memory;
    this.#resolve = resolve;
    this.#lastKeyElapsedMs = app.ports.elapsed();
    this.#context = this.#makeContext();
    this.#cache = new ScreenCache(this.#context);
    this.controller = new ChatController(
      app,
      connection,
      { ...memory.ui, focused: true },
      () => this.#paint(),
      (end) => this.#finish(end),
    );
    this.#terminal = this.#openTerminal();
    this.#stopListening = connection.listen((event) => this.#onSessionEvent(event));
    this.#onReadTimer();
    this.#paint();
  }

  #openTerminal(): Terminal {
    const { ports, settings } = this.#app;
    return openTerminal({
      stdin: ports.stdin,
      stdout: ports.stdout,
      theme: this.#context.theme,
      mouse: settings.mouse,
      onKey: (key) => this.#press(key),
      onResize: () => this.#onResize(),
      onEnd: () => this.#finish({ kind: "terminal-closed" }),
    });
  }

  #makeContext(): DrawContext {
    const { ports, settings, words, calendar } = this.#app;
    const widths = this.#terminal?.widths ?? STANDARD_WIDTHS;
    const theme = settings.colour ? themeFor(ports.environment) : MONOCHROME;
    return makeDrawContext({ words, calendar, widths, theme });
  }

  #onResize(): void {
    if (this.#isOver) return;
    // The terminal may have reported its character widths just now: everything is measured again.
    this.#context = this.#makeContext();
    this.#cache = new ScreenCache(this.#context);
    this.#paint();
  }

  #draw(): ChatView {
    const { columns, rows } = this.#terminal;
    const { state } = this.#connection.session;
    const { ui } = this.controller;
    const elapsedMs = this.#app.ports.elapsed();
    this.#view = drawChat(state, ui, { columns, rows }, elapsedMs, this.#cache, this.#context);
    return this.#view;
  }

  #paint(): void {
    if (this.#isOver || this.#terminal === undefined) return;
    this.#terminal.paint(() => this.#draw().frame);
  }

  #press(key: Key | "timeout"): void {
    const elapsedMs = this.#app.ports.elapsed();
    if (this.#isOver || this.#isFocusClick(key, elapsedMs)) return;
    this.#stopHold();
    this.#lastKeyElapsedMs = elapsedMs;
    if (key !== "timeout" && key.kind === "focus") {
      this.#terminalReportsFocus = true;
      if (key.on) this.#focusedElapsedMs = elapsedMs;
    }
    if (isEnter(key)) this.#noticeKeyboard();
    const result = handleKey(
      {
        state: this.#connection.session.state,
        ui: this.controller.ui,
        chatView: this.#view ?? this.#draw(),
        cache: this.#cache,
        commands: commandNames(),
        words: this.#app.words,
        holdSubmit: this.#app.settings.holdSubmit,
      },
      key,
    );
    this.controller.ui = result.ui;
    this.#memory.drafts.changed(result.ui);
    for (const effect of result.effects) {
      if (effect.kind === "hold-submit") {
        this.#stopHold = this.#app.ports.after(effect.ms, () => this.#press("timeout"));
      } else if (effect.kind === "redraw") {
        this.#terminal.close();
        this.#terminal = this.#openTerminal();
      } else if (effect.kind === "copy") this.#copy(effect.text, this.#copiedSentence());
      else if (effect.kind === "open-link") this.#openLink(effect.link);
      else this.controller.perform(effect);
      if (this.#isOver) return;
    }
    this.#paint();
  }

  /** Whether a click only brought the window to the front: it selects nothing that the next letters act on. */
  #isFocusClick(key: Key | "timeout", elapsedMs: ElapsedMs): boolean {
    if (key === "timeout" || key.kind !== "mouse" || key.action !== "press") return false;
    return elapsedMs - this.#focusedElapsedMs < FOCUS_CLICK_MS;
  }

  /** Puts a text on the clipboard, as far as the terminal allows, and says so. */
  #copy(text: string, sentence: string): void {
    this.#terminal.write(clipboardSequence(text, this.#app.ports.environment));
    this.controller.note(sentence);
  }

  #copiedSentence(): string {
    const { words, ports } = this.#app;
    return isInTmux(ports.environment) ? words.pointing.copiedInTmux : words.pointing.copied;
  }

  /** Opens an address in the browser; where there is none, for example through ssh, it is copied. */
  #openLink(link: string): void {
    const { ports, words } = this.#app;
    const copy = (): void => {
      if (!this.#isOver) this.#copy(link, words.pointing.notOpened(sanitize(link)));
    };
    ports.openLink(link).then((isOpened) => {
      if (!isOpened) copy();
    }, copy);
  }

  /** Notices that the user writes Hangul: by their name, or by what they wrote here on any device. */
  #noticeKeyboard(): void {
    const { ui } = this.controller;
    if (ui.keyboard === "cjk") return;
    const { me, conversations } = this.#connection.session.state;
    const lines = conversations.get(ui.current)?.lines ?? [];
    if (hasCjk(me.nick) || lines.some((line) => line.own && hasCjk(line.text))) {
      this.controller.ui = { ...ui, keyboard: "cjk" };
    }
  }

  #onSessionEvent(event: ClientEvent): void {
    switch (event.kind) {
      case "conversation-changed":
      case "line-added":
      case "line-changed":
      case "lines-loaded":
      case "conversation-removed":
        this.#cache.invalidate(event.key);
        break;
      case "conversation-moved":
        this.#cache.invalidate(event.was);
        this.#cache.invalidate(event.key);
        break;
      case "notify":
        if (this.#isUserLooking()) break;
        if (this.#notificationLimit.allows(this.#app.ports.elapsed())) this.#notify(event);
        break;
      default:
        break;
    }
    this.controller.onSessionEvent(event);
  }

  #notify(event: Extract<ClientEvent, { kind: "notify" }>): void {
    const { words, ports } = this.#app;
    const { state } = this.#connection.session;
    const bell = ports.saved.bell !== false;
    this.#terminal.write(formatNotification(event, state, words, ports.environment, bell));
  }

  #isUserLooking(): boolean {
    if (this.#terminalReportsFocus) return this.controller.ui.focused;
    return this.#app.ports.elapsed() - this.#lastKeyElapsedMs < IDLE_MS;
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
    const wasSeen = this.#seenKey === ui.current;
    this.#seenKey = isSeen ? ui.current : null;
    if (conversation !== undefined && conversation.unread > 0 && isSeen && wasSeen) {
      session.markRead(ui.current);
    }
    const { phase, unansweredElapsedMs, isChecking } = session.state;
    const counts = phase.kind === "waiting" || unansweredElapsedMs !== null || isChecking;
    if (counts || this.#countedSeconds) this.#paint();
    this.#countedSeconds = counts;
    this.#stopReadTimer = this.#app.ports.after(READ_AFTER_MS, () => this.#onReadTimer());
  }

  #finish(end: ChatEnd): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stopHold();
    this.#stopReadTimer();
    this.#stopListening();
    this.#memory.drafts.write(this.controller.ui);
    this.#terminal.close();
    this.#memory.ui = this.controller.ui;
    this.#resolve(end);
  }
}

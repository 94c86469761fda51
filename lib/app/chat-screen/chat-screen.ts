/** The chat screen alive: keys in, frames out, and the session's events between. */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { Folded } from "../../protocol/names.ts";
import type { Key } from "../../terminal/keys.ts";
import { MONOCHROME, themeFor } from "../../terminal/theme.ts";
import { openTerminal, type Terminal } from "../../terminal/tty.ts";
import { STANDARD_WIDTHS } from "../../terminal/width.ts";
import type { App } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { DraftAutosave } from "../saved/drafts.ts";
import { commandNames } from "../slash/slash-commands.ts";
import { ChatController, type ChatEnd } from "./chat-controller.ts";
import { type ChatView, drawChat, ScreenCache } from "./draw/chat-view.ts";
import type { DrawContext } from "./draw/draw-context.ts";
import { glyphsFor } from "./draw/glyphs.ts";
import { handleKey } from "./keys/key-bindings.ts";
import { notification } from "./notify.ts";
import { type UiState, viewOf } from "./ui-state.ts";

/** What the chat remembers while one is in the menu. */
export interface ChatMemory {
  ui: UiState;
  readonly drafts: DraftAutosave;
}

/** A room counts as read after one has looked at it for a moment: passing through marks nothing. */
const LOOK_MS = 1000;
/** Some terminals don't tell whether they are looked at. Who types nothing for so long isn't there. */
const IDLE_MS = 60_000;

/** Until the person leaves for the menu, quits, or the terminal goes away. */
export function runChat(
  app: App,
  connection: ServerConnection,
  memory: ChatMemory,
  to: Folded | null,
): Promise<ChatEnd> {
  return new Promise((resolve) => {
    const screen = new ChatScreen(app, connection, memory, resolve);
    if (to !== null) screen.desk.go(to);
  });
}

class ChatScreen {
  readonly desk: ChatController;
  readonly #app: App;
  readonly #connection: ServerConnection;
  readonly #memory: ChatMemory;
  readonly #resolve: (end: ChatEnd) => void;
  readonly #stopListening: () => void;
  #terminal: Terminal;
  #pen: DrawContext;
  #cache: ScreenCache;
  #view: ChatView | null = null;
  #stopHold: () => void = () => {};
  #stopLooking: () => void = () => {};
  #lookedAt: Folded | null = null;
  #focusKnown = false;
  #pressedAt: number;
  #over = false;

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
    this.#pressedAt = app.ports.now();
    this.#pen = this.#newPen();
    this.#cache = new ScreenCache(this.#pen);
    this.desk = new ChatController(
      app,
      connection,
      { ...memory.ui, focused: true },
      () => this.#paint(),
      (end) => this.#finish(end),
    );
    this.#terminal = this.#open();
    this.#stopListening = connection.listen((event) => this.#hear(event));
    this.#look();
    this.#paint();
  }

  #open(): Terminal {
    const { ports, settings } = this.#app;
    return openTerminal({
      stdin: ports.stdin,
      stdout: ports.stdout,
      theme: this.#pen.theme,
      mouse: settings.mouse,
      onKey: (key) => this.#press(key),
      onResize: () => this.#resized(),
      onEnd: () => this.#finish({ kind: "gone" }),
    });
  }

  #newPen(): DrawContext {
    const { ports, settings, words, calendar } = this.#app;
    const widths = this.#terminal?.widths ?? STANDARD_WIDTHS;
    const theme = settings.colour ? themeFor(ports.environment) : MONOCHROME;
    return { words, calendar, widths, signs: glyphsFor(widths), theme };
  }

  #resized(): void {
    if (this.#over) return;
    // The terminal may have told its widths just now: everything is measured anew.
    this.#pen = this.#newPen();
    this.#cache = new ScreenCache(this.#pen);
    this.#paint();
  }

  #draw(): ChatView {
    const { columns, rows } = this.#terminal;
    const { state } = this.#connection.session;
    const now = this.#app.ports.now();
    const view = drawChat(state, this.desk.ui, { columns, rows }, now, this.#cache, this.#pen);
    this.#view = view;
    return view;
  }

  #paint(): void {
    if (!this.#over && this.#terminal !== undefined) this.#terminal.paint(() => this.#draw().frame);
  }

  #press(key: Key | "timeout"): void {
    if (this.#over) return;
    this.#stopHold();
    this.#pressedAt = this.#app.ports.now();
    if (key !== "timeout" && key.kind === "focus") this.#focusKnown = true;
    const step = handleKey(
      {
        state: this.#connection.session.state,
        ui: this.desk.ui,
        view: this.#view ?? this.#draw(),
        cache: this.#cache,
        commands: commandNames(),
        holdSubmit: this.#app.settings.holdSubmit,
      },
      key,
    );
    this.desk.ui = step.ui;
    this.#memory.drafts.changed(step.ui);
    for (const effect of step.effects) {
      if (effect.kind === "hold-submit") {
        this.#stopHold = this.#app.ports.after(effect.ms, () => this.#press("timeout"));
      } else if (effect.kind === "redraw") {
        this.#terminal.close();
        this.#terminal = this.#open();
      } else this.desk.perform(effect);
      if (this.#over) return;
    }
    this.#paint();
  }

  #hear(event: ClientEvent): void {
    switch (event.kind) {
      case "conversation-changed":
      case "line-added":
      case "line-changed":
      case "lines-loaded":
      case "conversation-removed":
        this.#cache.changed(event.key);
        break;
      case "conversation-moved":
        this.#cache.changed(event.was);
        this.#cache.changed(event.key);
        break;
      case "notify":
        if (!this.#isLookedAt()) {
          const { words, ports } = this.#app;
          const { state } = this.#connection.session;
          const bell = ports.saved.bell !== false;
          this.#terminal.write(notification(event, state, words, ports.environment, bell));
        }
        break;
      default:
        break;
    }
    this.desk.onSessionEvent(event);
  }

  #isLookedAt(): boolean {
    if (this.#focusKnown) return this.desk.ui.focused;
    return this.#app.ports.now() - this.#pressedAt < IDLE_MS;
  }

  /** Once a second: what one has looked at is read, and what counts seconds is drawn. */
  #look(): void {
    const { ui } = this.desk;
    const { session } = this.#connection;
    const one = session.state.conversations.get(ui.current);
    const inRoom =
      ui.switcher === null && ui.search === null && viewOf(ui, ui.current).thread === null;
    const looks = ui.focused && inRoom && this.#view?.atBottom === true;
    const before = this.#lookedAt;
    this.#lookedAt = looks ? ui.current : null;
    if (one !== undefined && one.unread > 0 && looks && before === ui.current) {
      session.markRead(ui.current);
    }
    if (session.state.phase.kind === "waiting") this.#paint();
    this.#stopLooking = this.#app.ports.after(LOOK_MS, () => this.#look());
  }

  #finish(end: ChatEnd): void {
    if (this.#over) return;
    this.#over = true;
    this.#stopHold();
    this.#stopLooking();
    this.#stopListening();
    this.#memory.drafts.write(this.desk.ui);
    this.#terminal.close();
    this.#memory.ui = this.desk.ui;
    this.#resolve(end);
  }
}

/**
 * What the screen and the append-only mode have in common: where one is, notes, and carrying out
 * what was asked for. It owns the UiState; whoever draws looks again when `onChange` is called.
 */
import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientConversation } from "../../chat-client/client-state.ts";
import { type Folded, fold } from "../../protocol/names.ts";
import { EMPTY_EDITOR, withText } from "../../terminal/editor.ts";
import { clean, cleanLines } from "../../terminal/width.ts";
import type { App } from "../app-context.ts";
import { lossSentence } from "../connection/connect-to-server.ts";
import {
  type ConnectTrouble,
  isFinal,
  type ServerConnection,
} from "../connection/server-connection.ts";
import { parseSearchQuery, searchAttributes } from "../history/search-query.ts";
import type { MenuPage, Slash } from "../slash/slash-command.ts";
import { runSlash } from "../slash/slash-commands.ts";
import { NOTHING_FOUND, toSearchResults } from "./draw/search-view.ts";
import { refusal } from "./draw/system-line.ts";
import type { Effect } from "./effect.ts";
import { goToConversation, moved, syncCurrent } from "./keys/navigation.ts";
import { anchorNear } from "./keys/search-keys.ts";
import { visibleLines } from "./message-lines.ts";
import { rootOf } from "./threads.ts";
import { type Note, type SearchResults, type UiState, viewOf, withView } from "./ui-state.ts";
import { unsentToUnknown } from "./unknown-recipient.ts";

export type ChatEnd =
  | { readonly kind: "menu"; readonly page: MenuPage }
  /** Text that wants to be copied; behind it the chat goes on. */
  | { readonly kind: "reveal"; readonly text: string }
  /** The account doesn't let us in any more: on coming back, the log-in was refused. */
  | { readonly kind: "locked-out" }
  | { readonly kind: "quit" }
  /** The terminal went away. */
  | { readonly kind: "gone" };

/** Header, typing row, status bar and input. */
const ROWS_AROUND = 4;
/** More notes than this in one room, and the older ones have had their time. */
const NOTES_MAX = 30;

export class ChatController {
  #ui: UiState;
  readonly #app: App;
  readonly #connection: ServerConnection;
  readonly #end: (end: ChatEnd) => void;
  readonly #changed: () => void;
  /** Where to go as soon as one is let in. */
  #wanted: Folded | null = null;
  /** Where one was before that. */
  #cameFrom: Folded | null = null;
  #told: ConnectTrouble | null = null;

  constructor(
    app: App,
    connection: ServerConnection,
    ui: UiState,
    onChange: () => void,
    onEnd: (end: ChatEnd) => void,
  ) {
    this.#app = app;
    this.#connection = connection;
    this.#changed = onChange;
    this.#end = onEnd;
    this.#ui = syncCurrent(connection.session.state, ui);
  }

  get ui(): UiState {
    return this.#ui;
  }

  /** Whoever is back at the newest lines, or has gone to another room, reads no further up. */
  set ui(next: UiState) {
    const before = this.#ui;
    this.#ui = next;
    const { session } = this.#connection;
    for (const key of new Set([before.current, next.current])) {
      const { detached } = session.state.conversations.get(key) ?? { detached: null };
      if (detached !== null && viewOf(next, key).anchor === null) session.endJump(key);
      if (readsUp(before, key) && !readsUp(next, key)) session.hold(key, false);
    }
  }

  get here(): ClientConversation | null {
    return this.#connection.session.state.conversations.get(this.ui.current) ?? null;
  }

  /** A session's event, after the state has changed. */
  onSessionEvent(event: ClientEvent): void {
    const { state } = this.#connection.session;
    switch (event.kind) {
      case "conversation-moved":
        this.ui = moved(this.ui, event.was, event.key);
        if (this.#wanted === event.was) this.#wanted = event.key;
        break;
      case "conversation-added":
      case "conversation-changed":
        this.#goIfWanted();
        this.#leaveNobody(event.key);
        break;
      case "line-added":
        if (event.live && event.line.own && event.line.kind === "left") this.#tidy(event.key);
        break;
      case "line-changed":
        if (event.line.status === "failed") this.#leaveNobody(event.key);
        break;
      case "refused":
        // In its own room the line stands already.
        if (event.key !== this.ui.current) {
          const { words } = this.#app;
          // A numeric's first parameter is oneself.
          const params = /^\d{3}$/.test(event.code) ? event.params.slice(1) : event.params;
          this.note(refusal(words, event.code, params, event.text), "bad");
        }
        break;
      case "log-in-failed":
        if (isFinal(event.problem)) this.#end({ kind: "locked-out" });
        return;
      case "invited":
        this.note(this.#app.words.screen.invited(clean(event.by), clean(event.room)));
        break;
      case "disconnected":
        if (this.#connection.trouble !== null) this.#tellTrouble(this.#connection.trouble);
        else if (!event.retry && event.text !== "") this.note(clean(event.text), "bad");
        break;
      default:
        break;
    }
    this.ui = syncCurrent(state, this.ui);
    this.#changed();
  }

  /** Once: every attempt to come back may end in the same. The status bar has it all the time. */
  #tellTrouble(trouble: ConnectTrouble): void {
    if (trouble === this.#told) return;
    this.#told = trouble;
    this.note(lossSentence(this.#app, this.#connection.link, trouble), "bad");
  }

  perform(effect: Effect): void {
    const { session } = this.#connection;
    switch (effect.kind) {
      case "say": {
        const one = session.state.conversations.get(effect.key);
        if (one === undefined || one.kind === "server") {
          return this.note(this.#app.words.slash.needsRoom, "bad");
        }
        const { replyTo } = effect;
        session.say(one.name, effect.text, replyTo === null ? {} : { replyTo });
        session.markRead(effect.key);
        return;
      }
      case "edit":
        return session.edit(effect.key, effect.msgid, effect.text);
      case "slash":
        return this.#slash(effect.text);
      case "search":
        return this.#search(effect.text);
      case "visit":
        return this.#visit(effect.key, effect);
      case "end-visit":
        return session.endJump(effect.key);
      case "typing":
        return session.typing(effect.key, effect.what);
      case "retry":
        return this.#retry(effect.key);
      case "load-older":
        return session.loadOlder(effect.key);
      case "load-newer":
        return session.loadNewer(effect.key);
      case "hold-lines":
        return session.hold(effect.key, effect.held);
      case "menu":
        return this.#end({ kind: "menu", page: "rooms" });
      case "hold-submit":
      case "redraw":
        // The screen's own.
        return;
    }
  }

  /** Says something in the conversation where one is, to this person alone. */
  note(text: string, tone: Note["tone"] = "info", key: Folded = this.ui.current): void {
    const { ports, settings } = this.#app;
    const one = this.#connection.session.state.conversations.get(key);
    const look = viewOf(this.ui, key);
    const note: Note = {
      key: `note:${ports.id()}`,
      after: one?.lines.at(-1)?.key ?? null,
      time: ports.now(),
      tone,
      text,
    };
    const notes = [...look.notes, note].slice(-NOTES_MAX);
    // What is longer than the window is read from its beginning.
    const { length } = text.split("\n");
    const isLong = !settings.append && length > ports.stdout.rows - ROWS_AROUND;
    const anchor = isLong ? { item: note.key, rowsUnder: null, time: note.time } : null;
    this.ui = withView(this.ui, key, { notes, anchor });
    this.#changed();
  }

  /** A note that changes. Where lines are read aloud only its end is told. */
  #telling(asked: Folded, isRead: boolean): ReturnType<Slash["telling"]> {
    let key: string | null = null;
    const tell = (text: string, tone: Note["tone"]): void => {
      const there = this.#connection.session.state.conversations.has(asked);
      const place = there ? asked : this.ui.current;
      const { notes } = viewOf(this.ui, place);
      const known = notes.find((note) => note.key === key);
      if (known === undefined) {
        this.note(text, tone, place);
        key = viewOf(this.ui, place).notes.at(-1)?.key ?? null;
        return;
      }
      const changed = notes.map((note) => (note === known ? { ...note, text, tone } : note));
      this.ui = withView(this.ui, place, { notes: changed });
      this.#changed();
    };
    return {
      soFar: (text) => {
        if (!isRead) tell(text, "info");
      },
      done: (text, tone = "info") => tell(text, tone),
    };
  }

  go(key: Folded): void {
    this.ui = goToConversation(this.#connection.session.state, this.ui, key);
    this.#changed();
  }

  /** A room that one has left goes off the list; one that one was thrown out of stays and says so. */
  #tidy(key: Folded): void {
    // Not while the session is telling of it.
    this.#app.ports.after(0, () => this.#connection.session.closeDirect(key));
  }

  /** A name that was mistyped leaves nothing on the list, and what was said to it isn't lost. */
  #leaveNobody(key: Folded): void {
    const { session } = this.#connection;
    const found = () => {
      const one = session.state.conversations.get(key);
      const texts = one === undefined ? null : unsentToUnknown(one);
      return one === undefined || texts === null ? null : { name: one.name, texts };
    };
    if (found() === null) return;
    // Not while the session is telling of it.
    this.#app.ports.after(0, () => {
      const { words } = this.#app;
      const nobody = found();
      if (nobody === null) return;
      if (this.ui.current === key && this.#cameFrom !== null) this.go(this.#cameFrom);
      session.closeDirect(key);
      this.ui = syncCurrent(session.state, this.ui);
      const said = cleanLines(nobody.texts.join("\n")).join("\n");
      const who = words.failures["401"](clean(nobody.name));
      this.note(`${who}\n${words.screen.notSentYet(said)}`, "bad");
    });
  }

  #goIfWanted(): void {
    if (this.#wanted === null) return;
    const one = this.#connection.session.state.conversations.get(this.#wanted);
    if (one === undefined || !one.joined) return;
    this.#wanted = null;
    this.go(one.key);
  }

  #retry(key: Folded): void {
    const { session } = this.#connection;
    this.#connection.retryNow();
    const lines = session.state.conversations.get(key)?.lines ?? [];
    const failed = lines.filter((line) => line.status === "failed" || line.status === "unsure");
    for (const line of failed) session.retry(key, line.key);
  }

  /** What the server finds stands in the finder, as long as the same is looked for there. */
  #search(text: string): void {
    const { here } = this;
    const { session } = this.#connection;
    const { search } = this.#ui;
    if (here === null || search === null) return;
    const asking = { ...search, index: 0, found: { ...NOTHING_FOUND, kind: "asking" } } as const;
    const show = (found: SearchResults): void => {
      const now = this.#ui.search;
      if (now?.found !== asking.found || this.#ui.current !== here.key) return;
      this.ui = { ...this.#ui, search: { ...now, index: 0, found } };
      this.#changed();
    };
    this.ui = { ...this.#ui, search: asking };
    this.#changed();
    if (!session.state.caps.has("soju.im/search")) {
      return show({ ...NOTHING_FOUND, kind: "not-offered" });
    }
    const asked = parseSearchQuery(text, here.name);
    if (asked === null) return show({ ...NOTHING_FOUND, kind: "wrong" });
    const { ports } = this.#app;
    session.search(searchAttributes(asked), (answer) => {
      if (answer.kind !== "answered") return show({ ...NOTHING_FOUND, kind: "failed" });
      const view = { me: session.state.me, now: ports.now(), id: () => ports.id() };
      show(toSearchResults(answer.messages, view));
    });
  }

  #visit(key: Folded, place: { readonly msgid: string; readonly time: number }): void {
    const { session } = this.#connection;
    session.jumpTo(key, place, (found) => {
      const one = session.state.conversations.get(key);
      if (this.#ui.current !== key || one === undefined) return session.endJump(key);
      if (!found) return this.note(this.#app.words.finder.gone, "bad");
      const anchor = anchorNear(visibleLines(one), place.msgid, one.detached === null);
      this.ui = withView(this.#ui, key, { anchor, highlighted: place.msgid, thread: null });
    });
  }

  /** Loads what is missing of a chain of answers, up to where it began. */
  #reachRoot(key: Folded, thread: string): void {
    const { session } = this.#connection;
    session.reachBack(key, thread, (found) => {
      const one = session.state.conversations.get(key);
      if (one === undefined || viewOf(this.#ui, key).thread !== thread) return;
      const lines = visibleLines(one);
      const line = lines.find(({ msgid }) => msgid === thread);
      if (!found || line === undefined) return this.note(this.#app.words.screen.threadCut);
      // What seemed to be the first may answer something itself.
      const root = rootOf(line, lines);
      if (root === null || root === thread) return;
      this.ui = withView(this.#ui, key, { thread: root });
      this.#changed();
      this.#reachRoot(key, root);
    });
  }

  #slash(text: string): void {
    const { here } = this;
    if (here === null) return;
    const { words, calendar, ports, settings } = this.#app;
    runSlash(
      {
        words,
        calendar,
        ports,
        session: this.#connection.session,
        here,
        note: (said, tone) => {
          const there = this.#connection.session.state.conversations.has(here.key);
          this.note(said, tone, there ? here.key : this.ui.current);
        },
        telling: () => this.#telling(here.key, settings.append),
        goTo: (name) => {
          this.#cameFrom = here.key;
          this.#wanted = fold(name);
          this.#goIfWanted();
        },
        replyTo: (line) => {
          if (line.msgid === null) return;
          const { msgid, nick, text: quoted } = line;
          const who = line.own ? words.you : nick;
          const purpose = { kind: "reply", msgid, who, text: quoted } as const;
          this.ui = withView(this.ui, here.key, { composeMode: purpose });
          this.#changed();
        },
        openThread: (line) => {
          const thread = line === null ? null : rootOf(line, visibleLines(here));
          this.ui = withView(this.ui, here.key, {
            thread,
            ...(here.detached === null && { anchor: null }),
          });
          this.#changed();
          if (thread !== null && !settings.append) this.#reachRoot(here.key, thread);
        },
        find: settings.append
          ? null
          : (wanted) => {
              const editor = withText(EMPTY_EDITOR, wanted);
              this.ui = { ...this.ui, search: { editor, index: 0, found: null } };
              this.#search(wanted);
            },
        linkWith: (code) => this.#connection.linkWith(code),
        reconnect: () => {
          // Whoever asks for it wants to hear what comes of it.
          this.#told = null;
          this.#connection.reconnect();
        },
        menu: (page) => this.#end({ kind: "menu", page }),
        reveal: (shown) => this.#end({ kind: "reveal", text: shown }),
        quit: () => this.#end({ kind: "quit" }),
      },
      text,
    );
  }
}

/** Whether somebody looks at more than the newest lines, which must not be dropped meanwhile. */
function readsUp(ui: UiState, key: Folded): boolean {
  const { anchor, thread } = viewOf(ui, key);
  return anchor !== null || thread !== null;
}

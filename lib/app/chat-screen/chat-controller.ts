/**
 * The part of the chat that the screen and append mode share: it owns the UiState, reacts to session
 * events, shows notes and performs effects. The drawing code reads `ui` again when `onChange` is called.
 */

import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientConversation } from "../../chat-client/client-state.ts";
import { unheardCall } from "../../chat-client/preferences/attention.ts";
import { SECURITY_CODE } from "../../chat-client/receive/replies.ts";
import { SESSION_ENDED } from "../../chat-client/registration/negotiation.ts";
import { NICKSERV_SILENT } from "../../chat-client/services/nickserv-log-in.ts";
import type { Folded } from "../../protocol/names.ts";
import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import type { App } from "../app-context.ts";
import type { Confirmation } from "../connection/confirm-certificate.ts";
import { lossSentence } from "../connection/failure-sentences.ts";
import {
  type ConnectTrouble,
  isFinal,
  type ServerConnection,
} from "../connection/server-connection.ts";
import { dismissalSentence } from "../i18n/closing-reasons.ts";
import type { ServersHost } from "../slash/slash-command.ts";
import { runSlash } from "../slash/slash-commands.ts";
import { type ChatEnd, lockedOut } from "./chat-end.ts";
import { moveConversation } from "./conversation-order.ts";
import { ConversationSwitching } from "./conversation-switching.ts";
import { refusal, refusedConnection, SERVER_BAN, systemSentence } from "./draw/system-line.ts";
import { followTransfer, performOnFiles } from "./files/file-effects.ts";
import type { Effect } from "./keys/key-context.ts";
import { goToConversation, renameConversation, syncCurrent } from "./keys/navigation.ts";
import { followMessages } from "./messages/changed-messages.ts";
import { performOnMessage } from "./messages/message-effects.ts";
import { jumpToMessage, searchServer } from "./messages/message-lookup.ts";
import { fetchPerson } from "./people/person-profile.ts";
import { makeSlashHost } from "./slash-host.ts";
import { type Note, type UiState, viewOf, withoutNotes, withView } from "./ui-state.ts";

/** Header, typing row, status bar and input line. */
const ROWS_AROUND_PAGE = 4;
/** UTF-16 units of a note: an answer of a server may be any number of lines. */
const NOTE_UNITS_MAX = 65_536;
/** Codes of lines about the user's own log-in, which are shown in whatever conversation is on screen. */
const TOLD_ANYWHERE: ReadonlySet<string> = new Set([SECURITY_CODE, NICKSERV_SILENT]);
/** Notes of one conversation; with more, the oldest go. */
const NOTES_MAX = 30;

/**
 * Keeps the UiState in step with a session. Pass every session event to `onSessionEvent`; `onEnd` is
 * called when a command or an event ends the chat.
 */
export class ChatController {
  readonly app: App;
  readonly connection: ServerConnection;
  /** Leaves the chat. */
  readonly end: (end: ChatEnd) => void;
  /** Draws again, after `ui` changed. */
  readonly redraw: () => void;
  /** All open servers; null where there is only this one. */
  readonly servers: ServersHost | null;
  readonly #switching: ConversationSwitching;
  #ui: UiState;
  /** Keys of the notes about the last ends of the connection, which go when the user is in again. */
  readonly #endNotes = new Set<string>();
  #reportedTrouble: ConnectTrouble | null = null;
  /** Rooms where the user was told that a call of theirs reaches nobody. */
  readonly #toldOfCalls = new Set<Folded>();

  constructor(
    app: App,
    connection: ServerConnection,
    ui: UiState,
    onChange: () => void,
    onEnd: (end: ChatEnd) => void,
    servers: ServersHost | null = null,
  ) {
    this.servers = servers;
    this.app = app;
    this.connection = connection;
    this.redraw = onChange;
    this.end = onEnd;
    this.#ui = syncCurrent(connection.session.state, ui);
    connection.session.commands.show(this.#ui.current);
    this.#switching = new ConversationSwitching(this);
  }

  get ui(): UiState {
    return this.#ui;
  }

  /** Also lets the session drop old lines of a conversation in which the user no longer reads them. */
  set ui(next: UiState) {
    const previous = this.#ui;
    this.#ui = next;
    const { session } = this.connection;
    if (next.current !== previous.current) session.commands.show(next.current);
    if (next.page?.kind === "person" && previous.page === null) this.#askAbout(next.page.nick);
    for (const key of new Set([previous.current, next.current])) {
      const { detached } = session.state.conversations.get(key) ?? { detached: null };
      if (detached !== null && viewOf(next, key).anchor === null) session.history.endJump(key);
      if (readsOldLines(previous, key) && !readsOldLines(next, key))
        session.commands.hold(key, false);
    }
  }

  /** The conversation on screen; null while there is none. */
  get conversation(): ClientConversation | null {
    return this.connection.session.state.conversations.get(this.ui.current) ?? null;
  }

  /** Reacts to a session event, after the session has changed its state. */
  onSessionEvent(event: ClientEvent): void {
    switch (event.kind) {
      case "ready":
        this.ui = withoutNotes(this.ui, this.#endNotes);
        this.#endNotes.clear();
        break;
      case "conversation-moved":
        this.ui = renameConversation(this.ui, event.was, event.key);
        this.#switching.onConversationMoved(event.was, event.key);
        break;
      case "conversation-added":
      case "conversation-changed":
        this.#switching.goIfJoined();
        this.#switching.closeUnknownRecipient(event.key);
        break;
      case "line-added":
        // A room that the user left goes off the list; one that kicked the user stays and says so.
        if (event.live && event.line.own && event.line.kind === "left") {
          this.#switching.closeLeftRoom(event.key);
        }
        if (TOLD_ANYWHERE.has(event.line.code ?? "") && event.key !== this.ui.current) {
          const { words, calendar } = this.app;
          this.note(systemSentence(event.line, words, calendar)?.text ?? "", "bad");
        }
        break;
      case "line-changed":
        if (event.line.status === "failed") this.#switching.closeUnknownRecipient(event.key);
        break;
      case "refused":
        // In its own conversation the refusal is a line already.
        // A ban's is told with the end of the connection, which follows.
        if (event.key !== this.ui.current && event.code !== SERVER_BAN) {
          this.note(this.#refusalSentence(event), "bad");
        }
        break;
      case "log-in-failed":
        if (isFinal(event.problem)) this.end(lockedOut(this.app, event.problem));
        return;
      case "transfer":
        followTransfer(this, event);
        break;
      case "invited":
        this.note(this.app.words.screen.invited(sanitize(event.by), sanitize(event.room)));
        break;
      case "disconnected":
        if (event.code === SESSION_ENDED) return this.end({ kind: "locked-out" });
        if (this.connection.trouble !== null) this.reportTrouble();
        else this.#noteEnd(event);
        break;
      default:
        break;
    }
    const ui = syncCurrent(this.connection.session.state, this.ui);
    if (ui !== this.ui) this.ui = ui;
    followMessages(this, event);
    this.redraw();
  }

  /** Notes why the server refuses the user for good, or has just thrown the user out. */
  #noteEnd({ why, code, text }: Extract<ClientEvent, { kind: "disconnected" }>): void {
    const { words } = this.app;
    const refused = why === "refused" ? refusedConnection(words, code ?? "", text) : null;
    const sentence = refused ?? (why === "lost" ? dismissalSentence(words, text) : null);
    if (sentence === null) return;
    this.note(sentence, "bad");
    this.#endNotes.add(viewOf(this.ui, this.ui.current).notes.at(-1)?.key ?? "");
  }

  /** Performs the effects of a key, except those of the terminal, which the screen performs. */
  perform(effect: Effect): void {
    const { session } = this.connection;
    switch (effect.kind) {
      case "say":
        return this.say(effect.key, effect.text, effect.replyTo);
      case "note":
        return this.note(effect.text);
      case "slash":
        return this.#runSlash(effect.text);
      case "search":
        return searchServer(this, effect.text);
      case "jump-to-message":
        return jumpToMessage(this, effect.key, effect);
      case "end-jump":
        return session.history.endJump(effect.key);
      case "typing":
        return session.commands.sendTyping(effect.key, effect.status);
      case "retry":
        return this.#retry(effect.key);
      case "load-older":
        return session.history.loadOlder(effect.key);
      case "load-newer":
        return session.history.loadNewer(effect.key);
      case "hold-lines":
        return session.commands.hold(effect.key, effect.held);
      case "move":
        return void moveConversation(session, effect.key, effect.step);
      case "menu":
        return this.end({ kind: "menu", page: "rooms" });
      case "reply":
      case "edit":
      case "redact":
      case "react":
      case "pin":
      case "open-thread":
      case "retry-line":
        return performOnMessage(this, effect);
      case "send-files":
      case "shrink-pictures":
      case "attach-picture":
      case "save-file":
      case "save-listed":
      case "list-files":
      case "stop-transfer":
        return performOnFiles(this, effect);
      case "go-to":
      case "hold-submit":
      case "go-over":
      case "redraw":
      case "copy":
      case "open-link":
      case "open-editor":
        return;
    }
  }

  /**
   * Shows a text below the last line of a conversation, only to this user. It is sanitized here once more, and cut where
   * nobody reads on.
   */
  note(shown: string, tone: Note["tone"] = "info", key: Folded = this.ui.current): void {
    const isLong = shown.length > NOTE_UNITS_MAX;
    const text = sanitizeLines(isLong ? `${shown.slice(0, NOTE_UNITS_MAX)}…` : shown).join("\n");
    const { ports, settings } = this.app;
    const conversation = this.connection.session.state.conversations.get(key);
    const note: Note = {
      key: `note:${ports.id()}`,
      afterLine: conversation?.lines.at(-1)?.key ?? null,
      time: ports.now(),
      tone,
      text,
    };
    const view = viewOf(this.ui, key);
    const notes = [...view.notes, note].slice(-NOTES_MAX);
    // A note that is longer than the window is shown from its beginning.
    const { length } = text.split("\n");
    const isTall = !settings.append && length > ports.stdout.rows - ROWS_AROUND_PAGE;
    const tallAnchor = isTall ? { itemKey: note.key, rowsBelow: null, time: note.time } : null;
    // The selected message stays where it is.
    const anchor = view.selection === null ? tallAnchor : view.anchor;
    this.ui = withView(this.ui, key, { notes, anchor });
    this.redraw();
  }

  /** Shows another conversation; nothing happens when there is no such one. */
  goTo(key: Folded): void {
    this.ui = goToConversation(this.connection.session.state, this.ui, key);
    this.redraw();
  }

  /** Shows a conversation by its name as soon as it exists and, if it is a room, lets the user in. */
  goToWhenJoined(name: string, cameFrom: Folded): void {
    this.#switching.goToWhenJoined(name, cameFrom);
  }

  /** Connects again now, and reports the result even if it is the same problem as before. */
  reconnect(): void {
    this.#reportedTrouble = null;
    this.connection.reconnect();
  }

  /**
   * Accepts the certificate that keeps the client from reconnecting if `typed` confirms it. null: none does.
   */
  confirmCertificate(typed: string): Confirmation | null {
    const { trouble } = this.connection;
    if (trouble === null || trouble.kind === "refused-file") return null;
    const confirmation = this.connection.confirm(trouble, typed);
    if (confirmation.kind === "confirmed") this.reconnect();
    return confirmation;
  }

  /** Learns what the server says of the person whose menu is open. */
  #askAbout(nick: string): void {
    const { session } = this.connection;
    if (session.state.phase.kind !== "ready") return;
    fetchPerson(session, nick, this.conversation, this.app.ports.now(), (facts) => {
      const { page } = this.ui;
      if (page?.kind !== "person" || page.nick !== nick) return;
      this.ui = { ...this.ui, page: { ...page, ...facts } };
      this.redraw();
    });
  }

  /** Says a text in a conversation. `replyTo`: the msgid that it replies to. */
  say(key: Folded, text: string, replyTo: string | null): void {
    const { session } = this.connection;
    const conversation = session.state.conversations.get(key);
    if (conversation === undefined || conversation.kind === "server") {
      return this.note(this.app.words.slash.needsRoom, "bad");
    }
    this.sendText(key, text, replyTo);
    session.commands.markRead(key);
    this.noteUnheardCall(conversation, text);
  }

  /** Says, once in a room, that an `@everyone` of the user's is only a word there. */
  noteUnheardCall(conversation: ClientConversation, text: string): void {
    const call = unheardCall(this.connection.session.state, conversation, text);
    if (call === null || this.#toldOfCalls.has(conversation.key)) return;
    this.#toldOfCalls.add(conversation.key);
    this.note(this.app.words.screen.unheardCall[call.why](call.word), "info", conversation.key);
  }

  /** Sends a text to a conversation, or what scripts make of it. */
  sendText(key: Folded, text: string, replyTo: string | null): void {
    const { session } = this.connection;
    const conversation = session.state.conversations.get(key);
    if (conversation === undefined) return;
    const { texts, stoppedBy } = this.app.scripts?.hooks.sentAs(
      this.connection,
      conversation,
      text,
    ) ?? { texts: [text], stoppedBy: "" };
    for (const each of texts)
      session.commands.say(conversation.name, each, replyTo === null ? {} : { replyTo });
    if (texts.length === 0) this.note(this.app.words.scripts.notSent(stoppedBy), "bad");
  }

  #runSlash(line: string): void {
    const { conversation } = this;
    if (conversation !== null) runSlash(makeSlashHost(this, conversation), line);
  }

  #retry(key: Folded): void {
    const { session } = this.connection;
    this.connection.retryNow();
    const lines = session.state.conversations.get(key)?.lines ?? [];
    const failed = lines.filter(({ status }) => status === "failed" || status === "unsure");
    for (const line of failed) session.commands.retry(key, line.key);
  }

  #refusalSentence({ code, params, text }: Extract<ClientEvent, { kind: "refused" }>): string {
    // A numeric's first parameter is the own nick.
    const about = /^\d{3}$/.test(code) ? params.slice(1) : params;
    return refusal(this.app.words, code, about, text);
  }

  /** Reports a trouble once: every attempt to reconnect may end in it. The status bar keeps showing it. */
  reportTrouble(): void {
    const { trouble } = this.connection;
    if (trouble === null || trouble === this.#reportedTrouble) return;
    this.#reportedTrouble = trouble;
    this.note(lossSentence(this.app, this.connection.link, trouble), "bad");
  }
}

/**
 * Says in the chat on screen when the chat log or the debug log ends; the conversation goes on. The returned function
 * stops it.
 */
export function reportWriteFailures({ ports }: App, shown: () => ChatController): () => void {
  const stop = ports.onWriteFailure?.(({ path, why }) => {
    const controller = shown();
    controller.note(controller.app.words.notWritten[why](sanitize(path)), "bad");
  });
  return stop ?? (() => {});
}

/** Returns whether the user looks at older lines, which then must stay in memory. */
function readsOldLines(ui: UiState, key: Folded): boolean {
  const { anchor, thread } = viewOf(ui, key);
  return anchor !== null || thread !== null;
}

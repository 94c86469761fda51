import { type ChatLine, SERVER_KEY } from "../../chat-client/client-state.ts";
import { SECURITY_CODE } from "../../chat-client/receive/replies.ts";
import { isSodam } from "../../chat-client/server-names.ts";
import { type App, hostOf, isServerOwner, localeKeyboard, serverKey } from "../app-context.ts";
import type { ChatMemory } from "../chat-screen/chat-screen.ts";
import type { ListedServer } from "../chat-screen/listed-places.ts";
import { EMPTY_UI } from "../chat-screen/ui-state.ts";
import { endSentence, wantsPassword } from "../connection/connect-to-server.ts";
import { mayBePlain } from "../connection/plain-text.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { fetchPendingInvites } from "../menu/pending-invites.ts";
import type { AccountInfo } from "../menu/rooms-menu.ts";
import { logChat } from "../saved/chat-log.ts";
import { DraftAutosave, draftOwner, unsentCount, unsentIn, withDrafts } from "../saved/drafts.ts";
import { joinSavedRooms, saveRooms } from "../saved/joined-rooms.ts";
import { recordHistory } from "../saved/recorded-history.ts";
import { savePreferences } from "../saved/saved-preferences.ts";
import { saveServerName } from "../saved/server-list.ts";
import { SharedDrafts } from "../saved/shared-drafts.ts";
import { tellServiceLanguage } from "./service-language.ts";

/**
 * A server that the user is logged in to, or that is logged in to by itself. It owns everything that belongs to this
 * server alone: the connection with its session, how its conversations are shown, drafts, log, preferences and stored
 * messages. Nothing of it is known by a room's name or a nick outside of it.
 */
export class OpenServer {
  /** See `serverKey`: no two servers that are open have the same. */
  readonly id: string;
  readonly connection: ServerConnection;
  /** How the screen shows it. The running chat screen replaces it at the end. */
  readonly memory: ChatMemory;
  readonly listed: ListedServer;
  account: AccountInfo = { isOwner: false, invitedRooms: [] };
  /** Whether the server refused the log-in for good: the user has to log in again. */
  isLockedOut = false;
  readonly #app: App;
  #ready: Promise<void> | null = null;
  /** Key of the last notice about the account that was shown. */
  #shownNotice: string | null = null;
  #stopRooms: () => void = () => {};

  /** `account`: whose drafts are shown; null for a guest's. */
  constructor(app: App, connection: ServerConnection, account: string | null) {
    const { ports } = app;
    const { session, link } = connection;
    this.#app = app;
    this.id = serverKey(link);
    this.connection = connection;
    this.listed = { id: this.id, host: hostOf(link), state: session.state };
    const shared = new SharedDrafts(session, ports, () => app.settings.shareDrafts);
    const unsent = () => unsentIn(session.state);
    const drafts = new DraftAutosave(ports, draftOwner(this.id, account), unsent, shared);
    const keyboard = localeKeyboard(ports, app.language);
    this.memory = { ui: withDrafts({ ...EMPTY_UI, keyboard }, drafts.saved), drafts };
    drafts.changed(this.memory.ui);
    savePreferences(connection, ports);
    if (ports.history !== null) recordHistory(connection, ports.history);
    if (ports.log !== null) logChat(connection, ports.log);
    connection.listen((event) => {
      // Only the user's own lines can be unsent.
      const isLine = event.kind === "line-changed" || event.kind === "line-added";
      if (isLine && event.line.own) drafts.linesChanged();
    });
    connection.autoReconnect = true;
  }

  /** Whether the user was logged in at some time. */
  get wasReady(): boolean {
    return this.#ready !== null;
  }

  /**
   * Learns about the account, and joins the rooms of the last run, once the user is logged in for the first time.
   * Resolves when that is done; each further call waits for the same.
   */
  becomeReady(): Promise<void> {
    this.#ready ??= this.#prepare();
    return this.#ready;
  }

  async #prepare(): Promise<void> {
    const { connection } = this;
    const { session } = connection;
    saveServerName(this.#app.ports, connection.link, session.state.network);
    this.#stopRooms = saveRooms(connection, this.#app.ports);
    tellServiceLanguage(this.#app.ports, connection.link, session);
    if (isSodam(session.state)) {
      const isOwner = await isServerOwner(session);
      this.account = { isOwner, invitedRooms: await fetchPendingInvites(session) };
    }
    await joinSavedRooms(connection, this.#app.ports);
  }

  /** Whether trying again can't help before the user was asked: for a password, about TLS, or for another log-in. */
  get needsUser(): boolean {
    const { firstStep, problem } = this.connection;
    if (this.isLockedOut) return true;
    if (this.wasReady) return false;
    const isRefused =
      firstStep?.kind === "disconnected" && wantsPassword(firstStep.code ?? "", firstStep.text);
    return isRefused || mayBePlain(problem);
  }

  /** Returns the notices about the security of the account that weren't shown yet, which are shown from now on. */
  takeNotices(): ChatLine[] {
    const { conversations } = this.connection.session.state;
    const lines = conversations.get(SERVER_KEY)?.lines ?? [];
    const notices = lines.filter(({ code }) => code === SECURITY_CODE);
    const shownIndex = notices.findIndex(({ key }) => key === this.#shownNotice);
    this.#shownNotice = notices.at(-1)?.key ?? null;
    return notices.slice(shownIndex + 1);
  }

  /** Why the user isn't logged in yet, and the way on; null while that isn't known, and for another certificate. */
  get failureSentence(): string | null {
    const { words } = this.#app;
    const { connection } = this;
    const { trouble, problem, firstStep, link } = connection;
    if (this.wasReady || connection.connected || trouble !== null) return null;
    const host = hostOf(link);
    const goOn = this.needsUser ? words.servers.goOnBy(host) : words.servers.triesAgain(host);
    if (problem !== null) return `${words.connection[problem](host)} ${goOn}`;
    if (firstStep?.kind !== "disconnected") return null;
    const { text: why, code = "" } = firstStep;
    return `${endSentence(this.#app, connection, { why, code })} ${goOn}`;
  }

  /** Saves the drafts and ends the connection. Returns how many messages were not sent; they are among the drafts. */
  close(): number {
    this.memory.drafts.close(this.memory.ui);
    this.#stopRooms();
    const unsent = unsentCount(unsentIn(this.connection.session.state));
    this.connection.end();
    return unsent;
  }
}

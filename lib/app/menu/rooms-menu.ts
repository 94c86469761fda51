/** The rooms menu: choose one of the user's rooms, find or create one, or write to one person. */

import type { ClientEvent } from "../../chat-client/client-event.ts";
import type { ClientConversation } from "../../chat-client/client-state.ts";
import { mayBeRecipient, roomNameOn } from "../../chat-client/server-names.ts";
import type { ChatSession, ListedRoom, NoAnswer } from "../../chat-client/session.ts";
import { withoutSpoilers } from "../../protocol/message-markup.ts";
import { type Folded, nickProblem } from "../../protocol/names.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback } from "../app-context.ts";
import { answerProblem, refusal } from "../chat-screen/draw/system-line.ts";
import { matchScore } from "../chat-screen/fuzzy-match.ts";
import { serverName } from "../chat-screen/listed-places.ts";
import { isAtLeast, ownRanks } from "../chat-screen/ranks.ts";
import { listedConversations } from "../chat-screen/ui-state.ts";
import { resolveTrouble } from "../connection/connect-to-server.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { roomSentence } from "../i18n/name-problems.ts";
import type { Words } from "../i18n/words.ts";
import { OpenServers } from "../servers/open-servers.ts";
import { warnOfNotices } from "./missed-notices.ts";
import { pendingInvites } from "./pending-invites.ts";
import { showProfilePage } from "./profile-menu.ts";
import type { Choice } from "./prompts.ts";
import { EntryValues, type RoomsEntry } from "./rooms-entries.ts";

/** What the user chose in the rooms menu. */
export type RoomsChoice =
  /** Open the chat. `to` null: at the conversation that was shown last, or the first. `server`: if not this one. */
  | { readonly kind: "chat"; readonly to: Folded | null; readonly server?: string }
  | { readonly kind: "servers" }
  | { readonly kind: "profile" }
  | { readonly kind: "log-out" }
  | { readonly kind: "quit" };

/** What the app has learnt from the server about the account after the log-in. */
export interface AccountInfo {
  /** Whether the account owns the server. */
  readonly isOwner: boolean;
  /** Rooms of invitations from before this run; see `fetchPendingInvites`. */
  readonly invitedRooms: readonly string[];
}

/** With more rooms than this, the user is asked for a part of the name first. */
const UNFILTERED_ROOMS_MAX = 30;
/** How long a JOIN may go unanswered. */
const JOIN_MS_MAX = 5000;
/** How often the menu follows what happens: a server may invite to a thousand rooms in a second. */
const MENU_EVERY_MS = 200;

/**
 * Asks where to go. Unread counts and invitations that arrive meanwhile appear in the open menu. Ctrl-C and Escape
 * ask whether to quit; a second Ctrl-C quits, and a second Escape or Enter leads back to the menu. Whoever comes back to
 * the menu finds it at the entry that led away. A changed certificate is asked about before the menu opens again.
 *
 * @param from the last choice, from which the user comes back
 */
export async function chooseRoom(
  app: App,
  connection: ServerConnection,
  current: Folded,
  account: AccountInfo,
  servers: OpenServers = new OpenServers(),
  from: RoomsChoice["kind"] | null = null,
): Promise<RoomsChoice> {
  const { session } = connection;
  const values = new EntryValues();
  let selected: RoomsEntry | null = from === "profile" || from === "servers" ? from : null;
  for (;;) {
    await resolveTrouble(app, connection);
    for (const server of servers.all) warnOfNotices(app, server, servers.listed);
    const { words, prompts } = app;
    const entries = (): Choice<RoomsEntry>[] => menuEntries(app, session, values, account, servers);
    const initialEntries = entries();
    const hasNoRooms =
      conversationsOf(session).length === 0 && typeof initialEntries[0]?.value === "string";
    if (hasNoRooms) prompts.info(words.rooms.none);
    // The owner of a new server creates its first room: there is none to be found.
    const initial: RoomsEntry =
      selected ?? (hasNoRooms && account.isOwner ? "create" : values.to(current));
    const title = menuTitle(app, session, servers);
    const choice: RoomsEntry | null = await prompts.select<RoomsEntry>(
      title,
      initialEntries,
      initial,
      (show) =>
        watchEntries(
          app,
          [connection, ...servers.all.map((each) => each.connection)],
          entries,
          show,
        ),
    );
    if (choice === null) {
      // One step back from here is the shell.
      if (await prompts.askLeave(words.rooms.quitAsk, words.yes, words.no)) return { kind: "quit" };
      continue;
    }
    selected = choice;
    if (typeof choice === "object" && "to" in choice) return { kind: "chat", ...choice };
    if (choice === "invite") {
      await showProfilePage(app, connection, "invitations");
      continue;
    }
    if (typeof choice === "string" && isStep(choice)) return { kind: choice };
    const to =
      typeof choice === "object"
        ? await joinRoom(app, connection, choice.join)
        : choice === "find"
          ? await findRoom(app, connection)
          : choice === "create"
            ? await createRoom(app, connection)
            : await openDirect(app, session);
    if (to !== null) return { kind: "chat", to };
  }
}

function isStep(choice: string): choice is "profile" | "servers" | "log-out" | "quit" {
  return /^(profile|servers|log-out|quit)$/.test(choice);
}

/** Returns the title: who the user is and, among several servers, at which one. */
function menuTitle({ words }: App, { state }: ChatSession, { listed }: OpenServers): string {
  const server = listed.length > 1 ? listed.find((other) => other.state === state) : undefined;
  const name = server === undefined ? "" : ` · ${serverName(server, listed)}`;
  return `${words.rooms.title(sanitize(state.me.nick))}${name}`;
}

function conversationsOf({ state }: ChatSession): ClientConversation[] {
  return listedConversations(state).filter(({ kind }) => kind !== "server");
}

/** Returns the rooms and people of this server, then those of the others with the server's name. */
function conversationEntries(
  { words }: App,
  session: ChatSession,
  values: EntryValues,
  { all, listed }: OpenServers,
): Choice<RoomsEntry>[] {
  const own = conversationsOf(session).map((conversation) => ({
    value: values.to(conversation.key),
    label: conversationLabel(words, conversation),
  }));
  const others = all.filter(({ connection }) => connection.session !== session);
  return [
    ...own,
    ...others.flatMap((server) =>
      conversationsOf(server.connection.session).map((conversation) => ({
        value: values.to(conversation.key, server.id),
        label: `${serverName(server.listed, listed)} › ${conversationLabel(words, conversation)}`,
      })),
    ),
  ];
}

function menuEntries(
  app: App,
  session: ChatSession,
  values: EntryValues,
  { isOwner, invitedRooms }: AccountInfo,
  servers: OpenServers,
): Choice<RoomsEntry>[] {
  const { words, settings } = app;
  const isGuest = session.state.me.account === null;
  return [
    ...conversationEntries(app, session, values, servers),
    ...pendingInvites(session.state, invitedRooms).map(({ room, by }) => ({
      value: values.join(room),
      label: words.rooms.invited(sanitize(room), by === null ? null : sanitize(by)),
    })),
    { value: "find", label: words.rooms.find },
    { value: "create", label: words.rooms.create },
    { value: "direct", label: words.rooms.direct },
    ...(isOwner ? [{ value: "invite" as const, label: words.rooms.invite }] : []),
    { value: "profile", label: words.rooms.profile },
    // Lines that are read aloud tell one server's conversations.
    ...(servers.all.length === 0 || settings.append
      ? []
      : [{ value: "servers" as const, label: words.servers.title }]),
    // A guest has nothing to log out of: the name is free again.
    { value: "log-out", label: isGuest ? words.rooms.leave : words.rooms.logOut, leaves: true },
    { value: "quit", label: words.rooms.quit, leaves: true },
  ];
}

function conversationLabel(words: Words, conversation: ClientConversation): string {
  const { kind, unread, mentions } = conversation;
  const name = sanitize(kind === "direct" ? `@${conversation.name}` : conversation.name);
  return unread === 0 ? name : `${name} · ${words.rooms.unread(unread, mentions)}`;
}

/**
 * Shows the entries again when a label has changed, a few times a second at most. The returned function stops
 * it.
 */
function watchEntries(
  { ports }: App,
  connections: readonly ServerConnection[],
  entries: () => readonly Choice<RoomsEntry>[],
  show: (entries: readonly Choice<RoomsEntry>[]) => void,
): () => void {
  const labelsOf = (choices: readonly Choice<RoomsEntry>[]): string =>
    choices.map(({ label }) => label).join("\n");
  let shownLabels = labelsOf(entries());
  let stopPause: (() => void) | null = null;
  let isChanged = false;
  const update = (): void => {
    isChanged = stopPause !== null;
    if (isChanged) return;
    stopPause = ports.after(MENU_EVERY_MS, () => {
      stopPause = null;
      if (isChanged) update();
    });
    const changed = entries();
    if (labelsOf(changed) === shownLabels) return;
    shownLabels = labelsOf(changed);
    show(changed);
  };
  const stops = [...new Set(connections)].map((connection) =>
    connection.listen(({ kind }) => {
      if (kind === "invited" || kind.startsWith("conversation-")) update();
    }),
  );
  return () => {
    for (const stop of stops) stop();
    stopPause?.();
  };
}

/** The rooms of a LIST, or why there is none. */
interface RoomList {
  readonly rooms: readonly ListedRoom[];
  readonly failure: NoAnswer | null;
}

async function findRoom(app: App, connection: ServerConnection): Promise<Folded | null> {
  const { prompts, words } = app;
  const { session } = connection;
  prompts.info(words.rooms.searching);
  const { rooms, failure } = await awaitCallback<RoomList>((done) =>
    session.commands.list("", (listed, why) => done({ rooms: listed ?? [], failure: why })),
  );
  if (failure !== null) {
    prompts.warn(answerProblem(failure, session.state, words));
    return null;
  }
  if (rooms.length === 0) {
    prompts.info(words.rooms.noneFound);
    return null;
  }
  let shown = rooms.toSorted((a, b) => b.members - a.members);
  if (shown.length > UNFILTERED_ROOMS_MAX) {
    const filter = await prompts.text(words.menu.filter);
    if (filter === null) return null;
    shown = shown.filter((room) => matchScore(filter, room.name) !== null);
    if (shown.length === 0) {
      prompts.info(words.screen.switchNone);
      return null;
    }
  }
  const name = await prompts.select(
    words.rooms.which,
    shown.map((room) => {
      const topic = sanitize(withoutSpoilers(room.topic, words.screen.spoiler));
      const members = words.screen.members(room.members);
      return {
        value: room.name,
        label: sanitize(room.name),
        hint: topic === "" ? members : `${members} · ${topic}`,
      };
    }),
  );
  return name === null ? null : joinRoom(app, connection, name);
}

async function createRoom(app: App, connection: ServerConnection): Promise<Folded | null> {
  const { prompts, words } = app;
  const { session } = connection;
  const typed = await prompts.text(words.rooms.newName, {
    problem: (text) => roomSentence(words, session.state, roomNameOn(session.state, text.trim())),
  });
  if (typed === null) return null;
  const room = roomNameOn(session.state, typed).normalize("NFC");
  const topic = await prompts.text(words.rooms.topicOf);
  if (topic === null) return null;
  const { publicRoom, privateRoom } = words.rooms;
  const isPublic = await prompts.confirm(words.rooms.publicly, publicRoom, privateRoom);
  if (isPublic === null) return null;
  const key = await joinRoom(app, connection, room);
  if (key === null) return null;
  if (!(await hasCreated(session, room, key))) {
    prompts.info(words.rooms.existed(sanitize(room)));
    return key;
  }
  if (!isPublic) session.commands.mode(room, "+is");
  if (topic !== "") session.commands.topic(room, topic);
  return key;
}

/** Resolves to whether a room that was just joined began with it: JOIN enters one that is there as well. */
async function hasCreated(session: ChatSession, name: string, key: Folded): Promise<boolean> {
  const { state } = session;
  const isAnswer = ({ verb, params }: Message): boolean =>
    (verb === NUMERIC.RPL_NAMREPLY && state.fold(params[2] ?? "") === key) ||
    (verb === NUMERIC.RPL_ENDOFNAMES && state.fold(params[1] ?? "") === key);
  const isLast = ({ verb }: Message): boolean => verb === NUMERIC.RPL_ENDOFNAMES;
  // The names that come with the JOIN may be on their way still.
  await awaitCallback((done) => {
    session.ask("NAMES", [name], () => done(null), { isAnswer, isLast });
  });
  const room = state.conversations.get(key);
  return room?.members.size === 1 && isAtLeast(ownRanks(state, room), "moderator");
}

/** Joins a room and waits for the answer. Resolves to its key; null, after a warning, when it was refused. */
export async function joinRoom(
  app: App,
  connection: ServerConnection,
  room: string,
): Promise<Folded | null> {
  const { ports, prompts, words } = app;
  const { session } = connection;
  const key = session.state.fold(room);
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const checkJoined = (): void => {
    if (session.state.conversations.get(key)?.joined === true) resolve(null);
  };
  const stopListening = connection.listen((event) => {
    if (event.kind === "disconnected") resolve(words.menu.lost);
    else if (event.kind === "refused" && isJoinRefusal(event, key, session)) {
      // The first parameter of a numeric is the user's own nick.
      const params = /^\d{3}$/.test(event.code) ? event.params.slice(1) : event.params;
      resolve(refusal(words, event.code, params, event.text));
    } else checkJoined();
  });
  const stopTimer = ports.after(JOIN_MS_MAX, () => resolve(words.slash.noAnswer));
  session.commands.join(room);
  checkJoined();
  const problem = await promise;
  stopListening();
  stopTimer();
  if (problem === null) return key;
  prompts.warn(problem);
  return null;
}

/** Whether a refusal is about joining this room. Without labels a server doesn't say which command it is about. */
function isJoinRefusal(
  { verb, code, params }: Extract<ClientEvent, { kind: "refused" }>,
  key: Folded,
  { state }: ChatSession,
): boolean {
  if (verb !== "") return verb === "JOIN";
  return /^4\d\d$/.test(code) && state.fold(params[1] ?? "") === key;
}

async function openDirect(app: App, session: ChatSession): Promise<Folded | null> {
  const { prompts, words } = app;
  const typed = await prompts.text(words.rooms.whom, {
    problem: (text) => {
      const nick = withoutAt(text);
      // Services have reserved names, and can be written to; so can accounts from before a rule.
      if (mayBeRecipient(session.state, nick)) return null;
      return words.nameProblem[nickProblem(nick) ?? "letters"];
    },
  });
  return typed === null ? null : session.commands.openDirect(withoutAt(typed));
}

function withoutAt(text: string): string {
  return text.trim().replace(/^@/, "").trim();
}

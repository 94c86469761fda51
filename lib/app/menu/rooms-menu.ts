/** The page of rooms: one's own, finding, making, and writing to one person. */

import type { ClientConversation } from "../../chat-client/client-state.ts";
import type { ChatSession, ListedRoom } from "../../chat-client/session.ts";
import { type Folded, fold, parseRoomName, roomNameProblem } from "../../protocol/names.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, asked } from "../app-context.ts";
import { refusal } from "../chat-screen/draw/system-line.ts";
import { matchScore } from "../chat-screen/fuzzy-match.ts";
import { listedConversations } from "../chat-screen/ui-state.ts";
import type { Reconnector } from "../connection/server-connection.ts";
import type { Words } from "../i18n/words.ts";
import { pendingInvites } from "./pending-invites.ts";
import { showProfilePage } from "./profile-menu.ts";
import type { Choice } from "./prompts.ts";

export type RoomsChoice =
  /** Into the chat; null: where one was, or the first. */
  | { readonly kind: "chat"; readonly to: Folded | null }
  | { readonly kind: "profile" }
  | { readonly kind: "log-out" }
  | { readonly kind: "quit" };

/** What the server has said of somebody when they came in. */
export interface Standing {
  readonly isOwner: boolean;
  /** Rooms that they were invited to before. */
  readonly invited: readonly string[];
}

type Entry =
  | "find"
  | "create"
  | "direct"
  | "invite"
  | "profile"
  | "log-out"
  | "quit"
  | { readonly to: Folded }
  | { readonly enter: string };

/** Rooms shown by themselves; more are asked for by a part of their name first. */
const ROOMS_WITHOUT_FILTER = 30;

/** Asks where to go, and shows what comes meanwhile. Ctrl-C asks whether to quit, and a second one does. */
export async function chooseRoom(
  app: App,
  connection: Reconnector,
  current: Folded,
  standing: Standing,
): Promise<RoomsChoice> {
  const { session } = connection;
  const doors = new Doors();
  for (;;) {
    const { words, prompts } = app;
    const own = listedConversations(session.state).filter((one) => one.kind !== "server");
    const entries = (): Choice<Entry>[] => menuEntries(app, session, doors, standing);
    const first = entries();
    const isNew = own.length === 0 && typeof first[0]?.value === "string";
    if (isNew) prompts.say(words.rooms.none);
    // Who owns a server without rooms makes the first one: there is none to be found.
    const initial = isNew && standing.isOwner ? "create" : doors.to(current);
    const title = words.rooms.title(sanitize(session.state.me.nick));
    const choice = await prompts.select<Entry>(title, first, initial, (show) =>
      news(connection, entries, show),
    );
    if (choice === null) {
      // One step further back is the shell; who has only slipped goes back to the chat.
      const leaves = await prompts.confirm(words.rooms.quitAsk, words.yes, words.no);
      if (leaves !== false) return { kind: "quit" };
      return own.length > 0 ? { kind: "chat", to: null } : { kind: "log-out" };
    }
    if (typeof choice === "object" && "to" in choice) return { kind: "chat", to: choice.to };
    if (choice === "invite") {
      await showProfilePage(app, connection, "invitations");
      continue;
    }
    if (choice === "profile" || choice === "log-out" || choice === "quit") return { kind: choice };
    const to =
      typeof choice === "object"
        ? await enter(app, connection, choice.enter)
        : choice === "find"
          ? await findRoom(app, connection)
          : choice === "create"
            ? await createRoom(app, connection)
            : await writeTo(app, session);
    if (to !== null) return { kind: "chat", to };
  }
}

/** One value for one room, however often the menu is made: by it the mark finds its choice again. */
class Doors {
  readonly #to = new Map<Folded, Entry>();
  readonly #enter = new Map<Folded, Entry>();

  to(key: Folded): Entry {
    return this.#to.getOrInsertComputed(key, () => ({ to: key }));
  }

  enter(room: string): Entry {
    return this.#enter.getOrInsertComputed(fold(room), () => ({ enter: room }));
  }
}

function menuEntries(
  { words }: App,
  { state }: ChatSession,
  doors: Doors,
  { isOwner, invited }: Standing,
): Choice<Entry>[] {
  const own = listedConversations(state).filter((one) => one.kind !== "server");
  return [
    ...own.map((one) => ({ value: doors.to(one.key), label: roomLabel(words, one) })),
    ...pendingInvites(state, invited).map(({ room, by }) => ({
      value: doors.enter(room),
      label: words.rooms.invited(sanitize(room), by === null ? null : sanitize(by)),
    })),
    { value: "find", label: words.rooms.find },
    { value: "create", label: words.rooms.create },
    { value: "direct", label: words.rooms.direct },
    ...(isOwner ? [{ value: "invite" as const, label: words.rooms.invite }] : []),
    { value: "profile", label: words.rooms.profile },
    { value: "log-out", label: words.rooms.logOut },
    { value: "quit", label: words.rooms.quit },
  ];
}

function roomLabel(words: Words, one: ClientConversation): string {
  const name = sanitize(one.kind === "direct" ? `dm:${one.name}` : one.name);
  return one.unread === 0 ? name : `${name} · ${words.rooms.unread(one.unread, one.mentions)}`;
}

/** Shows the menu anew as often as it would read otherwise. */
function news(
  connection: Reconnector,
  entries: () => readonly Choice<Entry>[],
  show: (entries: readonly Choice<Entry>[]) => void,
): () => void {
  const spelled = (all: readonly Choice<Entry>[]): string => all.map((one) => one.label).join("\n");
  let shown = spelled(entries());
  return connection.listen(({ kind }) => {
    if (kind !== "invited" && !kind.startsWith("conversation-")) return;
    const now = entries();
    if (spelled(now) === shown) return;
    shown = spelled(now);
    show(now);
  });
}

async function findRoom(app: App, connection: Reconnector): Promise<Folded | null> {
  const { prompts, words } = app;
  const { session } = connection;
  prompts.say(words.rooms.searching);
  const rooms = await asked<readonly ListedRoom[] | null>((done) => session.list("", done));
  if (rooms === null) {
    prompts.bad(words.menu.lost);
    return null;
  }
  if (rooms.length === 0) {
    prompts.say(words.rooms.noneFound);
    return null;
  }
  let shown = rooms.toSorted((one, other) => other.members - one.members);
  if (shown.length > ROOMS_WITHOUT_FILTER) {
    const part = await prompts.text(words.menu.filter);
    if (part === null) return null;
    shown = shown.filter((room) => matchScore(part, room.name) !== null);
    if (shown.length === 0) {
      prompts.say(words.screen.switchNone);
      return null;
    }
  }
  const name = await prompts.select(
    words.rooms.which,
    shown.map((room) => {
      const topic = sanitize(room.topic);
      const members = words.screen.members(room.members);
      return {
        value: room.name,
        label: sanitize(room.name),
        hint: topic === "" ? members : `${members} · ${topic}`,
      };
    }),
  );
  return name === null ? null : enter(app, connection, name);
}

async function createRoom(app: App, connection: Reconnector): Promise<Folded | null> {
  const { prompts, words } = app;
  const { session } = connection;
  const typed = await prompts.text(words.rooms.newName, {
    problem: (text) => {
      const problem = roomNameProblem(withSign(text.trim()));
      return problem === null ? null : words.nameProblem[problem];
    },
  });
  const room = typed === null ? null : parseRoomName(withSign(typed));
  if (room === null) return null;
  const topic = await prompts.text(words.rooms.topicOf);
  if (topic === null) return null;
  const { publicRoom, privateRoom } = words.rooms;
  const open = await prompts.confirm(words.rooms.privately, publicRoom, privateRoom);
  if (open === null) return null;
  const key = await enter(app, connection, room);
  if (key === null) return null;
  if (!open) session.mode(room, "+is");
  if (topic !== "") session.topic(room, topic);
  return key;
}

/** Joins, and waits until one is in; null, and a sentence why, when one was refused. */
async function enter(app: App, connection: Reconnector, room: string): Promise<Folded | null> {
  const { ports, prompts, words } = app;
  const { session } = connection;
  const key = fold(room);
  const { promise, resolve } = Promise.withResolvers<string | null>();
  const look = (): void => {
    if (session.state.conversations.get(key)?.joined === true) resolve(null);
  };
  const stopHearing = connection.listen((event) => {
    if (event.kind === "disconnected") resolve(words.menu.lost);
    else if (event.kind === "refused" && event.verb === "JOIN") {
      // A numeric's first parameter is oneself.
      const params = /^\d{3}$/.test(event.code) ? event.params.slice(1) : event.params;
      resolve(refusal(words, event.code, params, event.text));
    } else look();
  });
  const stopWaiting = ports.after(JOIN_MS_MAX, () => resolve(words.menu.lost));
  session.join(room);
  look();
  const problem = await promise;
  stopHearing();
  stopWaiting();
  if (problem === null) return key;
  prompts.bad(problem);
  return null;
}

/** An answer to a JOIN that hasn't come by then won't come. */
const JOIN_MS_MAX = 5000;

async function writeTo(app: App, session: ChatSession): Promise<Folded | null> {
  const { prompts, words } = app;
  const nick = await prompts.text(words.rooms.whom, {
    problem: (text) => (text.trim() === "" ? words.nameProblem.empty : null),
  });
  return nick === null ? null : session.openDirect(nick.replace(/^@/, ""));
}

function withSign(text: string): string {
  return text.startsWith("#") ? text : `#${text}`;
}

/** The page of rooms: one's own, finding, making, and writing to one person. */
import type { ListedRoom, Session } from "../chat-client/session.ts";
import type { Conversation } from "../chat-client/state.ts";
import { type Folded, fold, parseRoomName, roomNameProblem } from "../protocol/names.ts";
import { clean } from "../terminal/width.ts";
import { matchScore } from "./chat-screen/match.ts";
import { listed } from "./chat-screen/ui-state.ts";
import { type App, asked } from "./context.ts";
import type { Choice } from "./prompt.ts";

export type RoomsChoice =
  /** Into the chat; null: where one was, or the first. */
  | { readonly kind: "chat"; readonly to: Folded | null }
  | { readonly kind: "profile" }
  | { readonly kind: "log-out" }
  | { readonly kind: "quit" };

type Entry = "find" | "create" | "direct" | "profile" | "log-out" | "quit" | { to: Folded };

/** Rooms shown by themselves; more are asked for by a part of their name first. */
const ROOMS_WITHOUT_FILTER = 30;

/** Asks where to go. Ctrl-C asks whether to quit, and a second one does. */
export async function chooseRoom(
  app: App,
  session: Session,
  current: Folded,
): Promise<RoomsChoice> {
  for (;;) {
    const { words, prompts } = app;
    const own = listed(session.state).filter((one) => one.kind !== "server");
    if (own.length === 0) prompts.say(words.rooms.none);
    const rooms = own.map((one) => roomChoice(app, one));
    const entries: Choice<Entry>[] = [
      ...rooms,
      { value: "find", label: words.rooms.find },
      { value: "create", label: words.rooms.create },
      { value: "direct", label: words.rooms.direct },
      { value: "profile", label: words.rooms.profile },
      { value: "log-out", label: words.rooms.logOut },
      { value: "quit", label: words.rooms.quit },
    ];
    const initial = rooms[own.findIndex((one) => one.key === current)]?.value;
    const title = words.rooms.title(clean(session.state.me.nick));
    const choice = await prompts.select(title, entries, initial);
    if (choice === null) {
      // One step further back is the shell; who has only slipped goes back to the chat.
      const leaves = await prompts.confirm(words.rooms.quitAsk, words.yes, words.no);
      if (leaves !== false) return { kind: "quit" };
      return own.length > 0 ? { kind: "chat", to: null } : { kind: "log-out" };
    }
    if (typeof choice === "object") return { kind: "chat", to: choice.to };
    if (choice === "profile" || choice === "log-out" || choice === "quit") return { kind: choice };
    const to =
      choice === "find"
        ? await findRoom(app, session)
        : choice === "create"
          ? await createRoom(app, session)
          : await writeTo(app, session);
    if (to !== null) return { kind: "chat", to };
  }
}

function roomChoice(app: App, one: Conversation): Choice<Entry> {
  const { words } = app;
  const label = clean(one.kind === "direct" ? `dm:${one.name}` : one.name);
  const value: Entry = { to: one.key };
  if (one.unread === 0) return { value, label };
  return { value, label, hint: words.rooms.unread(one.unread, one.mentions) };
}

async function findRoom(app: App, session: Session): Promise<Folded | null> {
  const { prompts, words } = app;
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
      const topic = clean(room.topic);
      const members = words.screen.members(room.members);
      return {
        value: room.name,
        label: clean(room.name),
        hint: topic === "" ? members : `${members} · ${topic}`,
      };
    }),
  );
  return name === null ? null : enter(app, session, name);
}

async function createRoom(app: App, session: Session): Promise<Folded | null> {
  const { prompts, words } = app;
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
  const key = await enter(app, session, room);
  if (key === null) return null;
  if (!open) session.mode(room, "+is");
  if (topic !== "") session.topic(room, topic);
  return key;
}

/** Joins, and waits until one is in or was refused. */
function enter(app: App, session: Session, room: string): Promise<Folded | null> {
  const key = fold(room);
  session.join(room);
  return new Promise((resolve) => {
    const look = (turn: number): void => {
      const joined = session.state.conversations.get(key)?.joined === true;
      if (joined) resolve(key);
      else if (turn === JOIN_LOOKS) resolve(null);
      else app.ports.after(JOIN_LOOK_MS, () => look(turn + 1));
    };
    look(0);
  });
}

/** The answer to a JOIN is looked for so often, until so long: beyond it the chat shows what came. */
const JOIN_LOOK_MS = 50;
const JOIN_LOOKS = 100;

async function writeTo(app: App, session: Session): Promise<Folded | null> {
  const { prompts, words } = app;
  const nick = await prompts.text(words.rooms.whom, {
    problem: (text) => (text.trim() === "" ? words.nameProblem.empty : null),
  });
  return nick === null ? null : session.openDirect(nick.replace(/^@/, ""));
}

function withSign(text: string): string {
  return text.startsWith("#") ? text : `#${text}`;
}

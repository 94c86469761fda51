import type { Server } from "../../lib/chat-server/server.ts";
import type { Session } from "../../lib/chat-server/sessions/session.ts";
import { hasUndoneLines } from "../../lib/chat-server/takeover/lines-done.ts";
import { noteOf } from "../../lib/chat-server/takeover/session-note.ts";
import { userPart } from "../../lib/chat-server/takeover/user-part.ts";

/**
 * What a server has handed over of its sessions and users, as JSON of that time. It must always be what they are now: no
 * change may be left out, and nothing that was handed over may change later.
 */
export class HandedOver {
  readonly #server: Server;
  readonly #notes = new Map<Session, string>();
  readonly #users = new Map<string, string>();
  /** How often something of a session or a user was handed over. */
  count = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Takes what has changed, and returns what is still different: nothing, if all is right. */
  differences(): string[] {
    const { state, takeover } = this.#server;
    const { sessions, parts } = takeover.takeChanges();
    for (const { session, note } of sessions) {
      if (note === undefined) continue;
      this.count += 1;
      this.#notes.set(session, JSON.stringify(note));
    }
    for (const [key, part] of parts) {
      if (!key.startsWith("user:")) continue;
      this.count += 1;
      this.#users.set(key, JSON.stringify(part));
    }
    const ofSessions = [...state.sessions].flatMap((session) => {
      const now = JSON.stringify(noteOf(state, session));
      return hasUndoneLines(session) || now === this.#notes.get(session) ? [] : [now];
    });
    const ofUsers = [...state.users.all()].flatMap((user) => {
      const now = JSON.stringify(userPart(state, user));
      return now === this.#users.get(`user:${user.key}`) ? [] : [now];
    });
    return [...ofSessions, ...ofUsers];
  }
}

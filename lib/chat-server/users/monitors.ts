import { type Folded, fold } from "../../protocol/names.ts";
import type { Session } from "../sessions/session.ts";

/**
 * Owns the MONITOR lists, by session and by name; both tables have the same entries. Changed by
 * commands/user/monitor.ts and when a session closes. https://ircv3.net/specs/extensions/monitor
 */
export class Monitors {
  readonly #lists = new Map<Session, Map<Folded, string>>();
  readonly #watchers = new Map<Folded, Set<Session>>();

  /** Adds a name to a session's list, in the spelling that the session used. */
  add(session: Session, name: string): void {
    const key = fold(name);
    const list = this.#lists.get(session) ?? new Map<Folded, string>();
    if (list.has(key)) return;
    list.set(key, name);
    this.#lists.set(session, list);
    const watchers = this.#watchers.get(key) ?? new Set<Session>();
    watchers.add(session);
    this.#watchers.set(key, watchers);
  }

  remove(session: Session, name: string): void {
    const key = fold(name);
    const list = this.#lists.get(session);
    if (list?.delete(key) !== true) return;
    if (list.size === 0) this.#lists.delete(session);
    const watchers = this.#watchers.get(key);
    watchers?.delete(session);
    if (watchers?.size === 0) this.#watchers.delete(key);
  }

  /** Empties a session's list. Call it when it closes. */
  clear(session: Session): void {
    for (const name of this.listOf(session)) this.remove(session, name);
  }

  /** Returns the names on a session's list, in the order in which they were added. */
  listOf(session: Session): string[] {
    return [...(this.#lists.get(session)?.values() ?? [])];
  }

  has(session: Session, name: string): boolean {
    return this.#lists.get(session)?.has(fold(name)) ?? false;
  }

  count(session: Session): number {
    return this.#lists.get(session)?.size ?? 0;
  }

  /** Returns the sessions that have a name on their list. */
  watchersOf(name: string): Iterable<Session> {
    return this.#watchers.get(fold(name)) ?? [];
  }
}

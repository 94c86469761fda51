import { type Folded, fold } from "../../protocol/names.ts";
import type { Session } from "../sessions/session.ts";

/**
 * Owns who watches for whom by MONITOR: a session's list of names, and the sessions that wait for a name.
 * The two say the same. https://ircv3.net/specs/extensions/monitor
 */
export class Monitors {
  readonly #lists = new Map<Session, Map<Folded, string>>();
  readonly #watchers = new Map<Folded, Set<Session>>();

  /** The session watches for `name` from now on, under the letters that it wrote. */
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

  /** The session watches for nobody; to be called when it is gone. */
  clear(session: Session): void {
    for (const name of this.listOf(session)) this.remove(session, name);
  }

  /** Names that a session watches for, in the order in which it asked. */
  listOf(session: Session): string[] {
    return [...(this.#lists.get(session)?.values() ?? [])];
  }

  has(session: Session, name: string): boolean {
    return this.#lists.get(session)?.has(fold(name)) ?? false;
  }

  count(session: Session): number {
    return this.#lists.get(session)?.size ?? 0;
  }

  /** Sessions that watch for this name. */
  watchersOf(name: string): Iterable<Session> {
    return this.#watchers.get(fold(name)) ?? [];
  }
}

import { NamePrefixIndex } from "../../protocol/name-prefix-index.ts";
import { type AccountName, type Folded, fold, type Nick } from "../../protocol/names.ts";
import type { UserIdentity } from "../event.ts";
import type { User } from "./user.ts";

/**
 * Owns who is here: every user by nick, and those with an account by account as well. A nick stands for
 * one user, and an account for one user.
 */
export class Users {
  readonly #byNick = new Map<Folded, User>();
  readonly #byAccount = new Map<Folded, User>();
  /** How the nicks of all of them begin. */
  readonly namePrefixes = new NamePrefixIndex();

  get size(): number {
    return this.#byNick.size;
  }

  all(): IterableIterator<User> {
    return this.#byNick.values();
  }

  byNick(name: Folded): User | null {
    return this.#byNick.get(name) ?? null;
  }

  byAccount(account: AccountName): User | null {
    return this.#byAccount.get(fold(account)) ?? null;
  }

  /** The user whom an event names: by account where there is one, else the guest of that nick. */
  find(who: UserIdentity): User | null {
    if (who.account !== null) return this.byAccount(who.account);
    const user = this.byNick(fold(who.nick));
    return user?.account === null ? user : null;
  }

  /** The nick must be free. */
  add(user: User): void {
    this.#call(user);
    if (user.account !== null) this.#byAccount.set(fold(user.account), user);
  }

  /** The nick must be free, or the user's own in other letters. */
  rename(user: User, nick: Nick): void {
    this.#uncall(user);
    user.updateIdentity({ nick });
    this.#call(user);
  }

  remove(user: User): void {
    this.#uncall(user);
    if (user.account !== null) this.#byAccount.delete(fold(user.account));
  }

  #call(user: User): void {
    const name = fold(user.nick);
    this.#byNick.set(name, user);
    this.namePrefixes.add(name);
  }

  #uncall(user: User): void {
    const name = fold(user.nick);
    this.#byNick.delete(name);
    this.namePrefixes.remove(name);
  }
}

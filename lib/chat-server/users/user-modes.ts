import { encodeLine } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import { resignAsOperator } from "./operators.ts";
import type { User } from "./user.ts";

/**
 * The user modes, which are the same for all sessions of a user: `B` is a bot, `R` takes messages only from
 * users with an account, `T` takes no CTCP requests, `g` takes messages only from accepted users (caller-id),
 * `i` is hidden from strangers, `o` is an operator, `w` gets WALLOPS, `Z` has only TLS sessions.
 */
export const USER_MODES = "BRTZgiow";

/** The modes that users set on themselves. `o` is set by OPER, and `Z` by connecting. */
export const OWN_USER_MODES = "BRTgiw";

/** Returns the modes that a user has, in the order of `USER_MODES`. */
export function userModes(user: User): string {
  let letters = "";
  for (const letter of USER_MODES) if (hasUserMode(user, letter)) letters += letter;
  return letters;
}

/** Returns the modes that a user has set on themselves: these are stored. */
export function ownModes(user: User): string {
  return [...OWN_USER_MODES].filter((letter) => hasUserMode(user, letter)).join("");
}

/**
 * Sets the stored modes of a user. Only while no user is online, since the counts of modes are not updated.
 */
export function restoreModes(state: State, user: User, modes: string): void {
  // A bot's account is one whatever its modes say.
  const isBot = state.accounts.byId(user.accountId)?.bot !== undefined;
  user.updateIdentity({ bot: isBot || modes.includes("B") });
  for (const letter of OWN_USER_MODES.replace("B", "")) {
    if (modes.includes(letter)) user.modes.add(letter);
    else user.modes.delete(letter);
  }
}

/** Returns whether a user has a mode, including `B` and `Z`, which are not in `User.modes`. */
export function hasUserMode(user: User, letter: string): boolean {
  if (letter === "B") return user.identity.bot;
  if (letter === "Z") return isSecure(user);
  return user.modes.has(letter);
}

/** Returns whether a user is online and all their sessions use TLS. */
function isSecure({ sessions }: User): boolean {
  return sessions.length > 0 && sessions.every((session) => session.link.secure);
}

/** Sets or unsets a mode of a user. Sends nothing: `sendUserModeChanges` notifies the user's sessions. */
export function setUserMode(state: State, user: User, letter: string, on: boolean): void {
  if (letter === "B") return user.updateIdentity({ bot: on });
  // OPER alone makes an operator.
  if (letter === "o") return resignAsOperator(state, user);
  state.userCounts.modeWillChange(user, letter, on);
  if (on) user.modes.add(letter);
  else user.modes.delete(letter);
}

/**
 * Sends a MODE line to all devices of a user if their modes have changed.
 *
 * @param before the modes before the change, from `userModes`
 * @param asker the reply to the command that made the change: its session's copy goes there; `null` for none
 */
export function sendUserModeChanges(
  state: State,
  user: User,
  before: string,
  asker: Reply | null,
): void {
  const isAdded = (letter: string) => hasUserMode(user, letter) && !before.includes(letter);
  const isRemoved = (letter: string) => !hasUserMode(user, letter) && before.includes(letter);
  const added = [...USER_MODES].filter(isAdded).join("");
  const removed = [...USER_MODES].filter(isRemoved).join("");
  if (added === "" && removed === "") return;
  const changes = (added && `+${added}`) + (removed && `-${removed}`);
  for (const session of user.sessions) {
    const reply = session === asker?.session ? asker : state.unsolicitedReply(session);
    reply.add(encodeLine(user.identity, state.now, session.dialect, "MODE", [user.nick, changes]));
  }
}

import { encodeLine } from "../relay/encode-event.ts";
import type { Reply } from "../relay/reply.ts";
import type { State } from "../state.ts";
import { setOperator } from "./operators.ts";
import type { User } from "./user.ts";

/**
 * Modes of a person, the same on every device: `B` is a bot, `R` wants messages from people with an account
 * only, `T` wants no CTCP requests, `g` wants messages from people it has accepted only, `i` is not listed to
 * strangers, `o` looks after the server, `w` hears WALLOPS, `Z` has only encrypted connections.
 */
export const USER_MODES = "BRTZgiow";

/** What people set and take back themselves. `o` comes by OPER, and `Z` by connecting. */
export const OWN_USER_MODES = "BRTgiw";

/** The letters that are set, in the order of the alphabet. */
export function userModes(user: User): string {
  let letters = "";
  for (const letter of USER_MODES) if (hasUserMode(user, letter)) letters += letter;
  return letters;
}

/** Of the letters those that outlive a restart, for the person has set them. */
export function ownModes(user: User): string {
  return [...OWN_USER_MODES].filter((letter) => hasUserMode(user, letter)).join("");
}

/** Takes on the modes that were kept. Only while nobody is here yet: the crowd isn't told. */
export function restoreModes(user: User, kept: string): void {
  user.updateIdentity({ bot: kept.includes("B") });
  for (const letter of OWN_USER_MODES.replace("B", "")) {
    if (kept.includes(letter)) user.modes.add(letter);
    else user.modes.delete(letter);
  }
}

/** Whether a person has a mode, wherever it comes from. */
export function hasUserMode(user: User, letter: string): boolean {
  if (letter === "B") return user.identity.bot;
  if (letter === "Z") return isSecure(user);
  return user.modes.has(letter);
}

/** Whether nobody reads along on the way to any of the person's devices. */
function isSecure({ sessions }: User): boolean {
  return sessions.length > 0 && sessions.every((session) => session.link.secure);
}

/** Sets or unsets a mode of a user. The user's devices are told by `sendUserModeChanges`. */
export function setUserMode(state: State, user: User, letter: string, on: boolean): void {
  if (letter === "B") return user.updateIdentity({ bot: on });
  if (letter === "o") return setOperator(state, user, on);
  state.userCounts.modeWillChange(user, letter, on);
  if (on) user.modes.add(letter);
  else user.modes.delete(letter);
}

/**
 * Sends a MODE line to all devices of a user if their modes have changed.
 *
 * @param before the modes before the change, from `userModes`
 * @param asker the answer of the session that made the change, which its own line goes into; `null` for none
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

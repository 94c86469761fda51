import { fold } from "../../../protocol/names.ts";
import { parseModeChanges } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../../command.ts";
import { encodeLine } from "../../relay/encode-event.ts";
import { notStored } from "../../relay/error-replies.ts";
import type { Reply } from "../../relay/reply.ts";
import type { State } from "../../state.ts";
import { setOperator } from "../../users/operators.ts";
import type { User } from "../../users/user.ts";
import {
  hasUserMode,
  OWN_USER_MODES,
  ownModes,
  USER_MODES,
  userModes,
} from "../../users/user-modes.ts";

/** MODE on oneself. */
export function userMode(context: RegisteredContext, target: string): void {
  const { state, user, reply, params } = context;
  const whom = state.users.byNick(fold(target));
  if (whom === null)
    return reply.numeric(NUMERIC.ERR_NOSUCHNICK, target, "Nobody here has that name");
  if (whom !== user) {
    return reply.numeric(
      NUMERIC.ERR_USERSDONTMATCH,
      "Only your own modes are yours to see and change",
    );
  }
  const [, text] = params;
  if (text === undefined) return reply.numeric(NUMERIC.RPL_UMODEIS, `+${userModes(user)}`);
  changeUserModes(context, text);
}

/** Modes of people take no arguments. */
const KINDS = { list: "", always: "", onSet: "", never: USER_MODES, rank: "" };

function changeUserModes({ state, user, reply }: RegisteredContext, text: string): void {
  const before = userModes(user);
  const after = new Set(before);
  let isUnknown = false;
  for (const { letter, sign } of parseModeChanges(text, [], KINDS)) {
    if (!USER_MODES.includes(letter)) isUnknown = true;
    // Nobody makes themselves an operator, but everybody may stop being one.
    else if (OWN_USER_MODES.includes(letter) || (letter === "o" && sign === "-")) {
      if (sign === "+") after.add(letter);
      else after.delete(letter);
    }
  }
  const modes = [...OWN_USER_MODES].filter((letter) => after.has(letter)).join("");
  const { account } = user;
  if (account !== null && modes !== ownModes(user)) {
    const isKept = state.ports.appendPerson({ kind: "modes", account, modes });
    if (!isKept) return notStored(reply, "MODE", user.nick);
  }
  for (const letter of USER_MODES) {
    if (after.has(letter) !== before.includes(letter)) {
      setUserMode(state, user, letter, after.has(letter));
    }
  }
  sendUserModeChanges(state, user, before, reply);
  if (isUnknown) reply.numeric(NUMERIC.ERR_UMODEUNKNOWNFLAG, "Nobody has a mode like that");
}

/** Sets a mode of a person. Their sessions are told by `sendUserModeChanges`. */
export function setUserMode(state: State, user: User, letter: string, on: boolean): void {
  if (letter === "B") return user.updateIdentity({ bot: on });
  if (letter === "o") return setOperator(state, user, on);
  state.userCounts.modeWillChange(user, letter, on);
  if (on) user.modes.add(letter);
  else user.modes.delete(letter);
}

/** Tells a person's devices what has changed since their modes were `before`, if anything has. */
export function sendUserModeChanges(
  state: State,
  user: User,
  before: string,
  asker: Reply | null,
): void {
  const isNew = (letter: string) => hasUserMode(user, letter) && !before.includes(letter);
  const isGone = (letter: string) => !hasUserMode(user, letter) && before.includes(letter);
  const added = [...USER_MODES].filter(isNew).join("");
  const gone = [...USER_MODES].filter(isGone).join("");
  if (added === "" && gone === "") return;
  const changes = (added && `+${added}`) + (gone && `-${gone}`);
  for (const session of user.sessions) {
    const reply = session === asker?.session ? asker : state.unsolicitedReply(session);
    reply.add(encodeLine(user.identity, state.now, session.dialect, "MODE", [user.nick, changes]));
  }
}

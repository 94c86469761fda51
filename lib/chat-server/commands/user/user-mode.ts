import { fold } from "../../../protocol/names.ts";
import { parseModeChanges } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import type { RegisteredContext } from "../../command.ts";
import { noSuchNick, notStored } from "../../relay/error-replies.ts";
import { audit, auditName } from "../../users/audit.ts";
import {
  OWN_USER_MODES,
  ownModes,
  sendUserModeChanges,
  setUserMode,
  USER_MODES,
  userModes,
} from "../../users/user-modes.ts";

/** User modes don't take arguments. */
const MODE_KINDS = { list: "", always: "", onSet: "", never: USER_MODES, rank: "" };

/** Handles MODE with a nick: shows or changes the user's own modes. */
export function handleUserMode(context: RegisteredContext, nick: string): void {
  const { state, user, reply, params } = context;
  const target = state.users.byNick(fold(nick));
  if (target === null) return noSuchNick(context, nick);
  if (target !== user) {
    const sentence = "You can only see and change your own modes";
    return reply.numeric(NUMERIC.ERR_USERSDONTMATCH, sentence);
  }
  const [, letters] = params;
  if (letters === undefined) return reply.numeric(NUMERIC.RPL_UMODEIS, `+${userModes(user)}`);
  changeUserModes(context, letters);
}

function changeUserModes({ state, user, reply }: RegisteredContext, letters: string): void {
  const before = userModes(user);
  const after = new Set(before);
  let hasUnknown = false;
  for (const { letter, sign } of parseModeChanges(letters, [], MODE_KINDS)) {
    if (!USER_MODES.includes(letter)) hasUnknown = true;
    else if (letter === "B" && state.accounts.byId(user.accountId)?.bot !== undefined) continue;
    // Anybody may stop being an operator, but becoming one takes OPER.
    else if (OWN_USER_MODES.includes(letter) || (letter === "o" && sign === "-")) {
      if (sign === "+") after.add(letter);
      else after.delete(letter);
    }
  }
  const modes = [...OWN_USER_MODES].filter((letter) => after.has(letter)).join("");
  const { accountId: account } = user;
  if (account !== null && modes !== ownModes(user)) {
    const isStored = state.ports.appendPerson({ kind: "modes", account, modes });
    if (!isStored) return notStored(reply, "MODE", user.nick);
  }
  for (const letter of USER_MODES) {
    if (after.has(letter) !== before.includes(letter)) {
      setUserMode(state, user, letter, after.has(letter));
    }
  }
  if (before.includes("o") && !after.has("o")) audit(state, { by: auditName(user), act: "deoper" });
  sendUserModeChanges(state, user, before, reply);
  if (hasUnknown) reply.numeric(NUMERIC.ERR_UMODEUNKNOWNFLAG, "Unknown user mode");
}

import { isRoomName } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import { forgetClosedConversations } from "../../history/retention.ts";
import { shownDirectConversation } from "../../history/withheld.ts";
import {
  PREFERENCE_KEY_BYTES_MAX,
  PREFERENCE_VALUE_BYTES_MAX,
  PREFERENCES_MAX,
} from "../../limits.ts";
import { notStored } from "../../relay/error-replies.ts";
import type { Conversation } from "../../rooms/room.ts";
import {
  preferenceKey,
  removePreferencesOfLeftRooms,
  sendPreference,
  setPreference,
} from "../../users/account-preferences.ts";

const KEY = new RegExp(`^[a-z0-9_./-]{1,${PREFERENCE_KEY_BYTES_MAX}}$`);
/** Longer than any name or key. */
const ECHOED_BYTES_MAX = 100;

/** PREFERENCE: sets what holds on all devices of the account, everywhere or in one conversation. See account-preferences.ts. */
export const PREFERENCE: Command = {
  verb: "PREFERENCE",
  params: 2,
  phase: "registered",
  handle: (context) => {
    const { state, user, reply, params } = context;
    const [target = "", key = "", text = ""] = params;
    const fail = (code: string, details: readonly string[], sentence: string): void =>
      reply.fail("PREFERENCE", code, details, sentence);
    if (!hasAccount(user)) return fail("ACCOUNT_REQUIRED", [], "Log in to store preferences");
    const conversation = findConversation(context, target);
    if (conversation === "unknown") {
      return fail("INVALID_TARGET", [asParam(target)], "There is no such conversation of yours");
    }
    if (!KEY.test(key)) {
      return fail("INVALID_KEY", [asParam(key)], "A key can have a to z, 0 to 9 and _ . / -");
    }
    const value = text.normalize("NFC");
    if (utf8Bytes(value) > PREFERENCE_VALUE_BYTES_MAX) {
      const sentence = `A value can have at most ${PREFERENCE_VALUE_BYTES_MAX} bytes`;
      return fail("INVALID_VALUE", [key], sentence);
    }
    const valueBefore = user.preferences.get(preferenceKey(conversation?.id ?? null, key));
    if (value === (valueBefore ?? "")) {
      return sendPreference(state, reply, user, { conversation, key, value });
    }
    if (valueBefore === undefined && user.preferences.size >= PREFERENCES_MAX) {
      forgetClosedConversations(state, user);
      removePreferencesOfLeftRooms(state, user);
      if (user.preferences.size >= PREFERENCES_MAX) {
        const sentence = `There are ${PREFERENCES_MAX} preferences already`;
        return fail("LIMIT_REACHED", [String(PREFERENCES_MAX)], sentence);
      }
    }
    const isStored = setPreference(state, user, conversation, key, value || null, reply);
    if (!isStored) notStored(reply, "PREFERENCE", key);
  },
};

function hasAccount<U extends RegisteredContext["user"]>(
  user: U,
): user is U & { readonly accountId: NonNullable<U["accountId"]> } {
  return user.accountId !== null;
}

/** Returns a room that the user is in, or the direct conversation with somebody; `null` for "*". */
function findConversation(
  { state, user }: RegisteredContext,
  target: string,
): Conversation | null | "unknown" {
  if (target === "*") return null;
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? room : "unknown";
  }
  const peer = state.accountOfNick(target);
  if (user.accountId === null || peer === null) return "unknown";
  return shownDirectConversation(state.rooms, user.accountId, peer) ?? "unknown";
}

/** Returns a text as a parameter that isn't the last: `*` if it can't be one, or would leave no room for what is wrong. */
function asParam(text: string): string {
  return /^[^\s:]\S*$/.test(text) && utf8Bytes(text) <= ECHOED_BYTES_MAX ? text : "*";
}

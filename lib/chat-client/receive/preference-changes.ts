/** Handlers of what the user has set of this server, on any device: see chat-client/preferences/preferences.ts. */
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import type { HandlerContext, MessageHandlers } from "../handler-context.ts";
import { isPreferenceKey } from "../preferences/preferences.ts";
import { keepsPreferences } from "../server-names.ts";

export const PREFERENCE_HANDLERS: MessageHandlers = {
  /** PREFERENCE <room, nick or *> <key> :<value> (sodam.chat/preferences) */
  PREFERENCE(context, { params: [target = "", key = "", value = ""] }) {
    const { store } = context;
    if (!keepsPreferences(store) || !isPreferenceKey(key) || key === "blocked") return;
    store.setPreference(target === "*" ? "*" : store.fold(target), key, value, true);
  },

  /**
   * SILENCE +<mask> or -<mask>: the block list has changed, here or on another device. With sodam.chat/preferences the
   * server also sends the whole list so, before the rooms. Behind an account stands its id.
   */
  SILENCE(context, message) {
    if (!keepsPreferences(context.store) || !isOwn(context, message)) return;
    const [change = "", accountId = null] = message.params;
    const { store } = context;
    store.preferences.setBlocked(change.slice(1), change.startsWith("+"), accountId);
    store.judgeAgain();
  },
};

/** Another server's SILENCE may name somebody else. */
function isOwn({ store }: HandlerContext, { source }: Message): boolean {
  return source === null || store.isMe(nickOf(source));
}

import { parseHistoryPoint } from "../../protocol/chathistory.ts";
import { isRoomName } from "../../protocol/names.ts";
import type { Command, HereAsk } from "../command.ts";
import type { Conversation } from "../room.ts";
import { formatMarker, tellMarker } from "../unread.ts";

/** MARKREAD: how far one has read, the same on every device. https://ircv3.net/specs/extensions/read-marker */
export const MARKREAD: Command = {
  verb: "MARKREAD",
  params: 0,
  who: "here",
  handle: (ask) => {
    const { reply, params } = ask;
    const [target = "", timestamp] = params;
    if (target === "") {
      return reply.fail("MARKREAD", "NEED_MORE_PARAMS", [], "Say which room or person");
    }
    const found = find(ask, target);
    if (found === null) {
      return reply.fail(
        "MARKREAD",
        "INVALID_PARAMS",
        [target],
        "There is nothing of that name to read",
      );
    }
    if (timestamp === undefined) return tell(ask, found);
    const point = parseHistoryPoint(timestamp);
    if (point?.kind !== "time") {
      return reply.fail("MARKREAD", "INVALID_PARAMS", [target, timestamp], "That is no timestamp");
    }
    mark(ask, found, point.time);
  },
};

type Found = { readonly name: string; readonly conversation: Conversation | null };

function find({ state, user }: HereAsk, target: string): Found | null {
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? { name: room.name, conversation: room } : null;
  }
  const peer = state.accountCalled(target);
  if (user.account === null || peer === null) return null;
  return {
    name: state.nickOfAccount(peer),
    conversation: state.rooms.talk(user.account, peer),
  };
}

function tell({ user, reply }: HereAsk, { name, conversation }: Found): void {
  const marker = conversation === null ? undefined : user.markers.get(conversation.id);
  reply.line("MARKREAD", [name, formatMarker(marker)]);
}

/** A marker only ever moves on, and never past now. */
function mark(ask: HereAsk, found: Found, time: number): void {
  const { state, user } = ask;
  const { conversation, name } = found;
  if (conversation === null) return tell(ask, found);
  const known = user.markers.get(conversation.id);
  const marker = Math.min(time, Math.max(state.now, conversation.time));
  if (known !== undefined && marker <= known) return tell(ask, found);
  const { account } = user;
  if (
    account !== null &&
    !state.ports.appendPerson({
      kind: "marked",
      account,
      conversation: conversation.id,
      time: marker,
    })
  ) {
    const sentence = "The server can't keep that right now";
    return ask.reply.fail("MARKREAD", "INTERNAL_ERROR", [name], sentence);
  }
  user.markers.set(conversation.id, marker);
  tell(ask, found);
  tellMarker(ask, conversation, name);
}

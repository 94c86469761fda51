import { fold, isRoomName } from "../../../protocol/names.ts";
import { awaitQuery, type Command, type Outcome, type RegisteredContext } from "../../command.ts";
import type { EventHeader, RoomEvent, RoomEventOf } from "../../event.ts";
import { notStored } from "../../relay/error-replies.ts";
import { type Conversation, DirectConversation, Room } from "../../rooms/room.ts";
import { editMentionChange, redactionCounts } from "../../unread/mentions.ts";
import { trackUnreadChanges } from "../../unread/unread-notices.ts";
import { isBlocked } from "../../users/block-list.ts";

/**
 * Taking back and correcting what was said: REDACT
 * (https://ircv3.net/specs/extensions/message-redaction) and our EDIT (sodam.chat/edit, docs/protocol.md).
 */

type Said = RoomEventOf<"said">;

const REDACT: Command = {
  verb: "REDACT",
  params: 2,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const [target = "", msgid = "", reason = ""] = context.params;
    return rewrite(context, "REDACT", target, msgid, (said, conversation) => {
      const isOwn = isBySame(said, context);
      const isOp = conversation instanceof Room && conversation.hasRank(context.user, "h");
      if (!isOwn && !isOp) return "FORBIDDEN";
      if (isOwn && !isOp && isTooLate(said, context)) return "WINDOW_EXPIRED";
      const of = redactionCounts(context.state.users, conversation, said);
      return { kind: "redacted", target: msgid, reason, ...of };
    });
  },
};

const EDIT: Command = {
  verb: "EDIT",
  params: 3,
  phase: "registered",
  cost: 2,
  handle: (context) => {
    const [target = "", msgid = "", text = ""] = context.params;
    const { account } = context.user;
    // Its text would come behind what is looked through, and stay.
    if (account !== null && context.state.accountsBeingErased.has(account)) {
      return notStored(context.reply, "EDIT", target);
    }
    return rewrite(context, "EDIT", target, msgid, (said, conversation) => {
      if (conversation instanceof DirectConversation && isBlockedIn(context, conversation))
        return "FORBIDDEN";
      if (!isBySame(said, context) || text === "" || said.verb === "TAGMSG") return "FORBIDDEN";
      if (isTooLate(said, context)) return "WINDOW_EXPIRED";
      const normal = text.normalize("NFC");
      const of = editMentionChange(context.state.users, conversation, said, normal);
      return { kind: "edited", target: msgid, text: normal, ...of };
    });
  },
};

export const REWRITE: readonly Command[] = [REDACT, EDIT];

type Change =
  | Omit<RoomEventOf<"redacted">, keyof EventHeader>
  | Omit<RoomEventOf<"edited">, keyof EventHeader>;

/** Finds the message, in memory or in the files, asks whether it may be changed, and changes it. */
function rewrite(
  context: RegisteredContext,
  verb: "REDACT" | "EDIT",
  target: string,
  msgid: string,
  decide: (said: Said, conversation: Conversation) => Change | "FORBIDDEN" | "WINDOW_EXPIRED",
): Outcome {
  const { state, reply } = context;
  const conversation = find(context, target);
  if (conversation === null) {
    return reply.fail(verb, "INVALID_TARGET", [target], "There is nothing of that name to change");
  }
  const change = (said: RoomEvent | undefined): Outcome => {
    if (said?.kind !== "said" || find(context, target) !== conversation) {
      return reply.fail(verb, "UNKNOWN_MSGID", [target, msgid], "There is no such message");
    }
    const decided = decide(said, conversation);
    if (decided === "FORBIDDEN") {
      const sentence = "That message isn't yours to change";
      return reply.fail(verb, `${verb}_FORBIDDEN`, [target, msgid], sentence);
    }
    if (decided === "WINDOW_EXPIRED") {
      const window = String(Math.floor(state.options.redactWithinMs / 1000));
      const minutes = Math.floor(state.options.redactWithinMs / 60_000);
      const sentence = `It is too late for that: messages can be changed for ${minutes} minutes`;
      return reply.fail(verb, `${verb}_WINDOW_EXPIRED`, [target, msgid, window], sentence);
    }
    const tellUnread = trackUnreadChanges(state, conversation);
    const event = state.commit(conversation, context.user.identity, decided, reply);
    if (event?.kind !== "redacted" && event?.kind !== "edited")
      return notStored(reply, verb, target);
    tellUnread();
    const noteFailure = ({ done }: { readonly done: boolean }) => {
      // The line that says so is in the file: a start after a crash carries it out.
      if (!done) state.ports.note("error", `${conversation.id}: a message could not be rewritten`);
    };
    return awaitQuery({ kind: "rewrite", event }, () => {}, noteFailure);
  };
  const recent = conversation.recentEvents.find((event) => event.msgid === msgid);
  if (recent !== undefined) return change(recent);
  const request = {
    direction: "around",
    from: { kind: "msgid", msgid },
    to: null,
    limit: 1,
    since: 0,
    // A reaction may be taken back, too.
    kinds: "all",
  } as const;
  return awaitQuery({ kind: "history", conversation: conversation.id, request }, ({ events }) =>
    change(events?.find((event) => event.msgid === msgid)),
  );
}

function find({ state, user }: RegisteredContext, target: string): Conversation | null {
  if (isRoomName(target)) {
    const room = state.rooms.byName(target);
    return room?.has(user) ? room : null;
  }
  const peer = state.accountOfNick(target);
  if (user.account === null || peer === null) return null;
  return state.rooms.direct(user.account, peer);
}

function isBySame(said: Said, { user }: RegisteredContext): boolean {
  if (said.by.account === null || user.account === null) return false;
  return fold(said.by.account) === fold(user.account);
}

/** An edit would be a way to write to somebody who has blocked the writer. */
function isBlockedIn({ state, user }: RegisteredContext, talk: DirectConversation): boolean {
  const peer = user.account === null ? null : state.users.byAccount(talk.peerOf(user.account));
  return peer !== null && isBlocked(peer, user);
}

function isTooLate(said: Said, { state }: RegisteredContext): boolean {
  return state.now - said.time > state.options.redactWithinMs;
}

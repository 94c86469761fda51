/** Commands that send messages, or do something to one: reply, react, edit, delete. */

import type { ChatLine } from "../../chat-client/client-state.ts";
import { relaysTag } from "../../chat-client/registration/capability-requests.ts";
import { mayBeRecipient, roomNameOn } from "../../chat-client/server-names.ts";
import { textOrFileName } from "../../protocol/file-facts.ts";
import { sanitize, sanitizeLines } from "../../terminal/sanitize.ts";
import { emojiByName } from "../chat-screen/emoji.ts";
import { idOf, numberedMessages } from "../chat-screen/messages/message-lines.ts";
import { findConversation } from "./room-query.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

/** A message's number, counted from the newest. Four digits in front of a text are more likely a year. */
const MESSAGE_NUMBER = /^\d{1,3}$/;
/** Nothing follows the number of a thread, so it may have more digits. */
const THREAD_NUMBER = /^\d{1,4}$/;

/** /msg, /me, /select, /reply, /thread, /react, /edit, /delete and /retry. */
export const MESSAGE_COMMANDS: readonly SlashCommand[] = [
  {
    name: "msg",
    aliases: ["대화", "귓속말", "쪽지", "dm"],
    arguments: "nickText",
    help: "msg",
    needsConnection: false,
    run(context, rest) {
      const [name, text] = firstWord(rest);
      const { state } = context.session;
      if (roomNameOn(state, name) === name) {
        const room = findConversation(context, name);
        if (room?.joined !== true)
          return context.note(context.words.emptyHere.outside(sanitize(name)), "bad");
        if (text !== "") context.sendText(room.key, text, null);
        return context.goTo(room.name);
      }
      const nick = name.replace(/^@/, "");
      if (!mayBeRecipient(context.session.state, nick)) return context.showUsage();
      const key = context.session.commands.openDirect(nick);
      if (text !== "") context.sendText(key, text, null);
      context.goTo(nick);
    },
  },
  {
    name: "me",
    aliases: ["나는"],
    arguments: "text",
    help: "me",
    needsConnection: false,
    run({ session, conversation, note, words, showUsage }, rest) {
      if (rest === "") return showUsage();
      if (conversation.kind === "server") note(words.slash.needsRoom, "bad");
      else session.commands.sendAction(conversation.name, rest);
    },
  },
  {
    name: "select",
    aliases: ["고르기"],
    arguments: "nth",
    help: "select",
    needsConnection: false,
    run(context, rest) {
      const { selectNewest, note, showUsage } = context;
      if (rest !== "" && !MESSAGE_NUMBER.test(rest)) return showUsage();
      if (selectNewest !== null && rest === "") {
        if (!selectNewest()) noteNoMessage(context, "");
        return;
      }
      // Also with --append, where nothing can be opened: the message as it was written.
      const line = messageByNumber(context, rest || "1");
      if (line === undefined) return noteNoMessage(context, rest);
      note(`${sanitize(line.nick)}: ${sanitizeLines(textOrFileName(line)).join("\n")}`);
    },
  },
  {
    name: "reply",
    aliases: ["답장", "답글"],
    arguments: "reply",
    help: "reply",
    needsConnection: false,
    run(context, rest) {
      // Without a text, the next line that is typed is the reply.
      if (rest === "" || MESSAGE_NUMBER.test(rest)) {
        const line = rest === "" ? othersMessages(context)[0] : messageByNumber(context, rest);
        if (line === undefined) noteNoMessage(context, rest);
        else context.composeReply(line);
        return;
      }
      const target = findMessage(context, rest);
      if (target === null) return;
      const { line, text } = target;
      context.sendText(context.conversation.key, text, idOf(line));
    },
  },
  {
    name: "thread",
    aliases: ["답장보기", "답글보기", "스레드", "t"],
    arguments: "nth",
    help: "thread",
    needsConnection: false,
    run(context, rest) {
      if (rest !== "" && !THREAD_NUMBER.test(rest)) return context.showUsage();
      // Without a number it is the thread of the newest reply.
      const line =
        rest === ""
          ? numberedMessages(context.conversation).find(({ replyTo }) => replyTo !== null)
          : messageByNumber(context, rest);
      if (line === undefined) noteNoMessage(context, rest);
      else context.openThread(line);
    },
  },
  {
    name: "react",
    aliases: ["반응"],
    arguments: "react",
    help: "react",
    needsConnection: true,
    run(context, rest) {
      if (rest === "") return context.showUsage();
      if (!relaysTag(context.session.state, "+draft/react")) {
        return context.note(context.words.slash.notOffered, "bad");
      }
      const target = findTarget(context, rest);
      if (target === null) return;
      const { line, msgid, text } = target;
      const reaction = emojiByName(text.replace(/^:|:$/g, "")) ?? text;
      const { session, conversation } = context;
      const { fold, me } = session.state;
      const ownNick = fold(me.nick);
      const nicks = line.reactions.get(reaction) ?? [];
      // The same reaction again removes it.
      if (nicks.some((nick) => fold(nick) === ownNick)) {
        session.commands.unreact(conversation.key, msgid, reaction);
      } else session.commands.react(conversation.key, msgid, reaction);
    },
  },
  {
    name: "edit",
    aliases: ["수정", "고치기"],
    arguments: "edit",
    help: "edit",
    needsConnection: true,
    run(context, rest) {
      if (rest === "") return context.showUsage();
      const { session, note, words } = context;
      if (!session.state.caps.has("sodam.chat/edit")) return note(words.slash.notOffered, "bad");
      const msgid = ownMessages(context)[0]?.msgid ?? null;
      if (msgid === null) noteNoMessage(context, "");
      else context.edit(msgid, rest);
    },
  },
  {
    name: "retry",
    aliases: ["재전송"],
    arguments: "none",
    help: "retry",
    needsConnection: false,
    run(context, rest) {
      if (rest !== "") return context.showUsage();
      const { session, conversation } = context;
      const unsent = conversation.lines.filter(
        ({ status }) => status === "failed" || status === "unsure",
      );
      if (unsent.length === 0) noteNoMessage(context, "");
      for (const { key } of unsent) session.commands.retry(conversation.key, key);
    },
  },
  {
    name: "delete",
    aliases: ["삭제"],
    arguments: "nth",
    help: "delete",
    needsConnection: true,
    run(context, rest) {
      if (rest !== "" && !MESSAGE_NUMBER.test(rest)) return context.showUsage();
      const { session, conversation, note, words } = context;
      if (!session.state.caps.has("draft/message-redaction")) {
        return note(words.slash.notOffered, "bad");
      }
      const line = rest === "" ? ownMessages(context)[0] : messageByNumber(context, rest);
      if (line?.msgid == null) noteNoMessage(context, rest);
      else session.commands.redact(conversation.key, line.msgid);
    },
  },
];

function ownMessages({ conversation }: SlashContext): ChatLine[] {
  return numberedMessages(conversation).filter((line) => line.own);
}

/** Returns the others' messages, or all messages when everything is the user's own. */
function othersMessages({ conversation }: SlashContext): ChatLine[] {
  const messages = numberedMessages(conversation);
  const others = messages.filter((line) => !line.own);
  return others.length > 0 ? others : messages;
}

function messageByNumber({ conversation }: SlashContext, number: string): ChatLine | undefined {
  return numberedMessages(conversation)[Number(number) - 1];
}

/**
 * Returns the message that a command is about, and the text after its number: "2 text" is about the
 * second newest message, "text" about the others' newest one. Notes why and returns null when there
 * is none.
 */
export function findTarget(
  context: SlashContext,
  rest: string,
): { readonly line: ChatLine; readonly msgid: string; readonly text: string } | null {
  const target = findMessage(context, rest);
  if (target === null) return null;
  const { msgid } = target.line;
  if (msgid !== null) return { ...target, msgid };
  // The server gives its messages no ids, so that nothing can be done to one.
  context.note(context.words.slash.notOffered, "bad");
  return null;
}

function findMessage(
  context: SlashContext,
  rest: string,
): { readonly line: ChatLine; readonly text: string } | null {
  // Some servers give their notices a msgid, but these can't be replied to.
  if (context.conversation.kind === "server") {
    context.note(context.words.slash.needsRoom, "bad");
    return null;
  }
  const [number, more] = firstWord(rest);
  const isNumbered = MESSAGE_NUMBER.test(number) && more !== "";
  const line = isNumbered ? messageByNumber(context, number) : othersMessages(context)[0];
  if (line === undefined) {
    noteNoMessage(context, rest);
    return null;
  }
  return { line, text: isNumbered ? more : rest };
}

/** Notes that no message has this number, or that there is no message to act on. */
export function noteNoMessage({ conversation, note, words }: SlashContext, rest: string): void {
  const count = numberedMessages(conversation).length;
  const isNumbered = /^\d/.test(rest) && count > 0;
  note(isNumbered ? words.slash.noSuchNumber(count) : words.slash.needsTarget, "bad");
}

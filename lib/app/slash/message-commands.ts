/** Saying things, and what is done to what was said. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import { fold } from "../../protocol/names.ts";
import { emojiOf } from "../chat-screen/emoji.ts";
import { firstWord, messageLines, type Slash, type SlashCommand } from "./slash-command.ts";

/** "2 text" means the second message from the bottom; without a number it is the first of `lines`. */
function pick(
  lines: readonly ChatLine[],
  rest: string,
): { line: ChatLine | undefined; rest: string } {
  const [word, more] = firstWord(rest);
  if (!/^\d{1,3}$/.test(word) || more === "") return { line: lines[0], rest };
  return { line: lines[Number(word) - 1], rest: more };
}

function ownLines(slash: Slash): ChatLine[] {
  return messageLines(slash.here).filter((line) => line.own);
}

function foreignLines(slash: Slash): ChatLine[] {
  const lines = messageLines(slash.here);
  // With a number every message counts; the one that is meant without one is seldom one's own.
  const others = lines.filter((line) => !line.own);
  return others.length > 0 ? others : lines;
}

/** That no message is meant: by its number, or since none of that kind is here. */
function sayNone(slash: Slash, rest: string): void {
  const { needsTarget, noSuchNumber } = slash.words.slash;
  const count = messageLines(slash.here).length;
  const isNumbered = /^\d/.test(rest) && count > 0;
  slash.note(isNumbered ? noSuchNumber(count) : needsTarget, "bad");
}

/** The line that `rest` names, or a sentence that there is none. */
function target(slash: Slash, lines: readonly ChatLine[], rest: string) {
  const numbered = /^\d{1,3}\s/.test(rest) ? messageLines(slash.here) : lines;
  const picked = pick(numbered, rest);
  if (picked.line?.msgid == null) {
    sayNone(slash, rest);
    return null;
  }
  return { line: picked.line, msgid: picked.line.msgid, rest: picked.rest };
}

export const TALK_COMMANDS: readonly SlashCommand[] = [
  {
    name: "msg",
    aliases: ["대화", "귓속말", "쪽지", "dm"],
    arguments: "nickText",
    help: "msg",
    run(slash, rest) {
      const [name, text] = firstWord(rest);
      const nick = name.replace(/^@/, "");
      if (nick === "" || nick.startsWith("#")) return slash.usage();
      slash.session.openDirect(nick);
      if (text !== "") slash.session.say(nick, text);
      slash.goTo(nick);
    },
  },
  {
    name: "me",
    aliases: ["나는"],
    arguments: "text",
    help: "me",
    run({ session, here, note, words, usage }, rest) {
      if (rest === "") return usage();
      if (here.kind === "server") note(words.slash.needsRoom, "bad");
      else session.sendAction(here.name, rest);
    },
  },
  {
    name: "reply",
    aliases: ["답장", "답글"],
    arguments: "reply",
    help: "reply",
    run(slash, rest) {
      // Only a number: the answer is typed next.
      const lines = /^\d{1,3}$/.test(rest) ? messageLines(slash.here) : foreignLines(slash);
      if (rest === "" || /^\d{1,3}$/.test(rest)) {
        const line = lines[rest === "" ? 0 : Number(rest) - 1];
        if (line === undefined) sayNone(slash, rest);
        else slash.replyTo(line);
        return;
      }
      const found = target(slash, lines, rest);
      if (found === null) return;
      slash.session.say(slash.here.name, found.rest, { replyTo: found.msgid });
    },
  },
  {
    name: "thread",
    aliases: ["답장보기", "답글보기", "스레드", "t"],
    arguments: "nth",
    help: "thread",
    run(slash, rest) {
      if (rest !== "" && !/^\d{1,4}$/.test(rest)) return slash.usage();
      const lines = messageLines(slash.here);
      // Without a number: the chain that went on last.
      const line =
        rest === "" ? lines.find((one) => one.replyTo !== null) : lines[Number(rest) - 1];
      if (line === undefined) sayNone(slash, rest);
      else slash.openThread(line);
    },
  },
  {
    name: "react",
    aliases: ["반응"],
    arguments: "react",
    help: "react",
    run(slash, rest) {
      if (rest === "") return slash.usage();
      const found = target(slash, foreignLines(slash), rest);
      if (found === null) return;
      const reaction = emojiOf(found.rest.replace(/^:|:$/g, "")) ?? found.rest;
      const { session, here } = slash;
      const me = fold(session.state.me.nick);
      const mine = (found.line.reactions.get(reaction) ?? []).some((nick) => fold(nick) === me);
      if (mine) session.unreact(here.key, found.msgid, reaction);
      else session.react(here.key, found.msgid, reaction);
    },
  },
  {
    name: "edit",
    aliases: ["수정", "고치기"],
    arguments: "edit",
    help: "edit",
    run(slash, rest) {
      if (rest === "") return slash.usage();
      if (!slash.session.state.caps.has("sodam.chat/edit")) {
        slash.note(slash.words.slash.notOffered, "bad");
        return;
      }
      const last = ownLines(slash)[0];
      if (last?.msgid == null) sayNone(slash, rest);
      else slash.session.edit(slash.here.key, last.msgid, rest);
    },
  },
  {
    name: "delete",
    aliases: ["삭제"],
    arguments: "nth",
    help: "delete",
    run(slash, rest) {
      if (rest !== "" && !/^\d{1,3}$/.test(rest)) return slash.usage();
      if (!slash.session.state.caps.has("draft/message-redaction")) {
        slash.note(slash.words.slash.notOffered, "bad");
        return;
      }
      const line = rest === "" ? ownLines(slash)[0] : messageLines(slash.here)[Number(rest) - 1];
      if (line?.msgid == null) sayNone(slash, rest);
      else slash.session.redact(slash.here.key, line.msgid);
    },
  },
];

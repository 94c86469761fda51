/** Who and what is there, and how one appears to the others. */

import { fold } from "../../protocol/names.ts";
import type { Message } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { clean } from "../../terminal/width.ts";
import { searchResultsOf } from "../chat-screen/draw/search-view.ts";
import { membersInOrder } from "../chat-screen/draw/sidebar.ts";
import { conversationOf, isIncomplete } from "../history/search-pages.ts";
import { parseSearchQuery, searchAttributes } from "../history/search-query.ts";
import type { Words } from "../i18n/words.ts";
import { firstWord, type SlashCommand } from "./slash-command.ts";

/** More names than this are a wall that nobody reads. */
const NAMES_SHOWN_MAX = 200;
const ROOMS_SHOWN_MAX = 50;
const FOUND_SHOWN_MAX = 30;

/** What WHOIS says of somebody, in sentences; none where there is nobody of that name. */
function describe(messages: readonly Message[], words: Words): string[] {
  const { whois, screen } = words;
  return messages.flatMap(({ verb, params }) => {
    const [, who = "", what = ""] = params.map((param) => clean(param));
    switch (verb) {
      case NUMERIC.RPL_WHOISUSER:
        return who;
      case NUMERIC.RPL_WHOISACCOUNT:
        return screen.loggedInAs(what);
      case NUMERIC.RPL_WHOISCHANNELS:
        return whois.rooms(what);
      case NUMERIC.RPL_WHOISOPERATOR:
        return whois.operator;
      case NUMERIC.RPL_WHOISBOT:
        return whois.bot;
      case NUMERIC.RPL_AWAY:
        return whois.away(what);
      default:
        return [];
    }
  });
}

export const PEOPLE_COMMANDS: readonly SlashCommand[] = [
  {
    name: "names",
    aliases: ["멤버", "members", "who", "사람"],
    arguments: "none",
    help: "names",
    run({ here, note, words }) {
      if (here.kind !== "room") {
        note(words.slash.needsRoom, "bad");
        return;
      }
      const names = membersInOrder(here.members.values()).map(
        (one) =>
          `${one.ranks.slice(0, 1)}${clean(one.nick)}${one.away ? ` (${words.screen.away})` : ""}`,
      );
      const rest = names.length - NAMES_SHOWN_MAX;
      const more = rest > 0 ? ` ${words.screen.more(rest)}` : "";
      const list = names.slice(0, NAMES_SHOWN_MAX).join(", ");
      note(`${words.slash.members(clean(here.name), here.members.size)}\n${list}${more}`);
    },
  },
  {
    name: "whois",
    aliases: ["누구"],
    arguments: "nick",
    help: "whois",
    run({ session, note, words, usage }, rest) {
      const nick = rest.replace(/^@/, "");
      if (nick === "" || /\s/.test(nick)) return usage();
      session.whois(nick, (answer) => {
        if (answer.kind === "lost") return note(words.slash.notConnected, "bad");
        const sentences = describe(answer.messages, words);
        if (sentences.length === 0) note(words.whois.nobody(clean(nick)), "bad");
        else note(sentences.join("\n"));
      });
    },
  },
  {
    name: "list",
    aliases: ["방목록", "목록"],
    arguments: "none",
    help: "list",
    run({ session, note, words }, rest) {
      session.list(rest, (rooms) => {
        if (rooms === null) note(words.slash.notConnected, "bad");
        else if (rooms.length === 0) note(words.slash.listEmpty);
        else {
          const sorted = rooms.toSorted((one, other) => other.members - one.members);
          const lines = sorted.slice(0, ROOMS_SHOWN_MAX).map((room) => {
            const topic = clean(room.topic);
            const count = words.screen.members(room.members);
            return `${clean(room.name)} (${count})${topic === "" ? "" : `: ${topic}`}`;
          });
          const more = rooms.length - lines.length;
          if (more > 0) lines.push(words.screen.more(more));
          note([words.slash.listTitle(rooms.length), ...lines].join("\n"));
        }
      });
    },
  },
  {
    name: "nick",
    aliases: ["이름", "닉네임"],
    arguments: "nick",
    help: "nick",
    run({ session, usage }, rest) {
      const [nick, more] = firstWord(rest);
      if (nick === "" || more !== "") return usage();
      session.setNick(nick);
    },
  },
  {
    name: "away",
    aliases: ["자리비움"],
    arguments: "reason",
    help: "away",
    run({ session, note, words }, rest) {
      session.away(rest === "" ? words.screen.away : rest);
      note(words.slash.awaySet);
    },
  },
  {
    name: "back",
    aliases: ["복귀", "돌아옴"],
    arguments: "none",
    help: "back",
    run({ session, note, words }) {
      session.away("");
      note(words.slash.awayOff);
    },
  },
  {
    name: "search",
    aliases: ["검색", "찾기"],
    arguments: "search",
    help: "search",
    run({ session, here, note, words, calendar, find, usage }, rest) {
      if (rest === "") return usage();
      if (find !== null) {
        find(rest);
        return;
      }
      if (!session.state.caps.has("soju.im/search")) {
        // What is here can be looked through without the server.
        const asked = clean(rest);
        const lines = searchResultsOf(here, rest)
          .slice(0, FOUND_SHOWN_MAX)
          .toReversed()
          .map(({ time, nick, text }) => {
            const what = words.slash.whoLine(clean(nick), clean(text.replace(/\s+/g, " ")));
            return `${calendar.moment(time)} ${what}`;
          });
        const none = words.slash.searchNone(asked);
        const title = words.slash.searchTitle(asked, lines.length);
        note(lines.length === 0 ? none : [title, ...lines].join("\n"));
        return;
      }
      const wanted = parseSearchQuery(rest, here.name);
      if (wanted === null) return usage();
      session.search(searchAttributes(wanted), (answer) => {
        const asked = clean(rest);
        if (answer.kind !== "answered") {
          note(words.failed.unknown(answer.kind === "failed" ? answer.code : "-"), "bad");
          return;
        }
        const said = answer.messages.filter(({ verb }) => verb === "PRIVMSG" || verb === "NOTICE");
        if (isIncomplete(answer.messages)) note(words.slash.searchIncomplete);
        if (said.length === 0) return note(words.slash.searchNone(asked));
        const lines = said.slice(-FOUND_SHOWN_MAX).map((message) => {
          const { tags, source, params } = message;
          const time = Date.parse(tags.get("time") ?? "");
          const when = Number.isNaN(time) ? "" : `${calendar.moment(time)} `;
          const who = clean((source ?? "").split("!")[0] ?? "");
          const place = conversationOf(message, session.state.me.nick);
          const where = fold(place) === here.key ? "" : `${clean(place)} `;
          return `${when}${where}${words.slash.whoLine(who, clean(params[1] ?? ""))}`;
        });
        note([words.slash.searchTitle(asked, said.length), ...lines].join("\n"));
      });
    },
  },
];

/** Who and what is there, and how one appears to the others. */
import { clean } from "../../terminal/width.ts";
import { found } from "../chat-screen/finder.ts";
import { membersInOrder } from "../chat-screen/sidebar.ts";
import { isIncomplete } from "../search-answer.ts";
import { firstWord, type SlashCommand } from "./command.ts";

/** More names than this are a wall that nobody reads. */
const NAMES_SHOWN_MAX = 200;
const ROOMS_SHOWN_MAX = 50;
const FOUND_SHOWN_MAX = 30;

export const PEOPLE_COMMANDS: readonly SlashCommand[] = [
  {
    name: "names",
    aliases: ["멤버", "who", "사람"],
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
    arguments: "text",
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
        const lines = found(here, rest)
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
      session.search(here.key, rest, (answer) => {
        const asked = clean(rest);
        if (answer.kind !== "answered") {
          note(words.failed.unknown(answer.kind === "failed" ? answer.code : "-"), "bad");
          return;
        }
        const said = answer.messages.filter(({ verb }) => verb === "PRIVMSG" || verb === "NOTICE");
        if (isIncomplete(answer.messages)) note(words.slash.searchIncomplete);
        if (said.length === 0) return note(words.slash.searchNone(asked));
        const lines = said.slice(-FOUND_SHOWN_MAX).map(({ tags, source, params }) => {
          const time = Date.parse(tags.get("time") ?? "");
          const when = Number.isNaN(time) ? "" : `${calendar.moment(time)} `;
          const who = clean((source ?? "").split("!")[0] ?? "");
          return `${when}${words.slash.whoLine(who, clean(params[1] ?? ""))}`;
        });
        note([words.slash.searchTitle(asked, said.length), ...lines].join("\n"));
      });
    },
  },
];

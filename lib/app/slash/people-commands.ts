/** Commands about people and rooms on the server, the user's own status, and /search. */
import { foldReasonOf } from "../../chat-client/attention.ts";
import type { ClientMember } from "../../chat-client/client-state.ts";
import { senderIn } from "../../chat-client/message-to-line.ts";
import { isSodam, roomNameOn } from "../../chat-client/server-names.ts";
import type { NoAnswer } from "../../chat-client/session.ts";
import { withoutSpoilers } from "../../protocol/message-markup.ts";
import { type Message, nickOf } from "../../protocol/wire/message.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { searchResultsOf } from "../chat-screen/draw/search-view.ts";
import { membersInOrder } from "../chat-screen/draw/sidebar.ts";
import { answerProblem } from "../chat-screen/draw/system-line.ts";
import { searchPlaceOf } from "../chat-screen/message-lines.ts";
import { isTimeZone, TIME_ZONE_KEY } from "../chat-screen/person-profile.ts";
import { rankOf } from "../chat-screen/ranks.ts";
import { conversationOf, isIncomplete } from "../history/search-pages.ts";
import { parseSearchQuery, searchAttributes } from "../history/search-query.ts";
import { nickSentence } from "../i18n/name-problems.ts";
import type { Words } from "../i18n/words.ts";
import { isTooLong } from "./room-commands.ts";
import { askAboutRoom, knownRoom } from "./room-query.ts";
import { firstWord, roomAndRest, type SlashCommand, type SlashContext } from "./slash-command.ts";

/** Nobody reads a longer list of names. */
const NAMES_SHOWN_MAX = 200;
const ROOMS_SHOWN_MAX = 50;
const MATCHES_SHOWN_MAX = 30;
const NO_SUCH_NICK_CODES: readonly string[] = [
  NUMERIC.ERR_NOSUCHNICK,
  NUMERIC.ERR_NOSUCHSERVER,
  NUMERIC.ERR_WASNOSUCHNICK,
];

/** /names, /person, /whois, /list, /nick, /away, /back and /search. */
export const PEOPLE_COMMANDS: readonly SlashCommand[] = [
  {
    name: "names",
    aliases: ["멤버", "members", "who", "사람"],
    arguments: "roomOptional",
    help: "names",
    needsConnection: false,
    run(context, rest) {
      const target = roomAndRest(context, rest);
      if (target === null) return;
      if (target.rest !== "") return context.showUsage();
      const { room } = target;
      const known = knownRoom(context, room);
      if (known !== null) return printNames(context, known.name, [...known.members.values()]);
      askAboutRoom(context, "NAMES", room, (replies) =>
        printNames(context, room, replies.flatMap(membersOfReply)),
      );
    },
  },
  {
    name: "person",
    aliases: ["사람메뉴", "프로필", "user"],
    arguments: "nick",
    help: "person",
    needsConnection: false,
    run(context, rest) {
      const nick = rest.replace(/^@/, "");
      if (nick === "" || /\s/.test(nick)) return context.showUsage();
      if (context.openPerson === null) return showWhois(context, nick);
      context.openPerson(nick);
    },
  },
  {
    name: "timezone",
    aliases: ["시간대"],
    arguments: "timeZone",
    help: "timeZone",
    needsConnection: true,
    run: (context, rest) => shareTimeZone(context, rest),
  },
  {
    name: "whois",
    aliases: ["누구"],
    arguments: "nick",
    help: "whois",
    needsConnection: true,
    run(context, rest) {
      const nick = rest.replace(/^@/, "");
      if (nick === "" || /\s/.test(nick)) return context.showUsage();
      showWhois(context, nick);
    },
  },
  {
    name: "list",
    aliases: ["방목록", "목록"],
    arguments: "words",
    help: "list",
    needsConnection: true,
    run({ session, note, words }, rest) {
      const { state } = session;
      // Servers take a mask, which people don't write, and many of them ignore it.
      const isWord = !/[*?<>,]/.test(rest) && roomNameOn(state, rest) !== rest;
      const hasMasks = state.isupport.get("ELIST")?.includes("M") === true;
      const filter = isWord ? (hasMasks && rest !== "" ? `*${rest}*` : "") : rest;
      session.commands.list(filter, (listed, failure) => {
        if (failure !== null) return note(answerProblem(failure, state, words), "bad");
        const fits = state.fold(rest);
        const rooms = (listed ?? []).filter(
          ({ name }) => !isWord || state.fold(name).includes(fits),
        );
        if (rooms.length === 0) {
          return note(rest === "" ? words.slash.listEmpty : words.slash.searchNone(sanitize(rest)));
        }
        const sorted = rooms.toSorted((a, b) => b.members - a.members);
        const lines = sorted.slice(0, ROOMS_SHOWN_MAX).map((room) => {
          const topic = sanitize(withoutSpoilers(room.topic, words.screen.spoiler));
          const count = words.screen.members(room.members);
          return `${sanitize(room.name)} (${count})${topic === "" ? "" : `: ${topic}`}`;
        });
        const more = rooms.length - lines.length;
        if (more > 0) lines.push(words.screen.moreRooms(more));
        note([words.slash.listTitle(rooms.length), ...lines].join("\n"));
      });
    },
  },
  {
    name: "nick",
    aliases: ["이름", "닉네임"],
    arguments: "nick",
    help: "nick",
    needsConnection: true,
    run({ session, showUsage, note, words }, rest) {
      const [nick, more] = firstWord(rest);
      if (nick === "" || more !== "") return showUsage();
      // Our servers say themselves what is wrong with a name.
      const problem = isSodam(session.state) ? null : nickSentence(words, session.state, nick);
      if (problem === null) session.commands.setNick(nick);
      else note(problem, "bad");
    },
  },
  {
    name: "away",
    aliases: ["자리비움"],
    arguments: "reason",
    help: "away",
    needsConnection: true,
    run(context, rest) {
      const { session, note, words } = context;
      if (isTooLong(context, "AWAYLEN", rest)) return;
      session.commands.away(rest === "" ? words.screen.away : rest);
      note(words.slash.awaySet);
    },
  },
  {
    name: "back",
    aliases: ["복귀", "돌아옴"],
    arguments: "none",
    help: "back",
    needsConnection: true,
    run({ session, note, words }) {
      session.commands.away("");
      note(words.slash.awayOff);
    },
  },
  {
    name: "search",
    aliases: ["검색", "찾기"],
    arguments: "search",
    help: "search",
    needsConnection: false,
    run(context, rest) {
      if (rest === "") return context.showUsage();
      if (context.openSearch !== null) return context.openSearch(rest);
      // In append mode there is no search view: the matches are printed.
      if (context.session.state.caps.has("soju.im/search")) printServerMatches(context, rest);
      else printLoadedMatches(context, rest);
    },
  },
];

function showWhois({ session, note, words }: SlashContext, nick: string): void {
  session.commands.whois(nick, (answer) => {
    const sentences = answer.kind === "lost" ? [] : whoisSentences(answer.messages, words);
    if (sentences.length > 0) return note(sentences.join("\n"));
    const isUnknown = answer.kind === "answered" || isNoSuchNick(answer);
    const problem = isUnknown
      ? words.whois.nobody(sanitize(nick))
      : answerProblem(answer, session.state, words);
    note(problem, "bad");
  });
}

/** Lets others see what the clocks show where the user is: here, or in the zone that was typed; or not any more. */
function shareTimeZone({ session, note, words, showUsage }: SlashContext, rest: string): void {
  const { state } = session;
  if (!state.caps.has("draft/metadata-2")) return note(words.slash.notOffered, "bad");
  const isOff = ["off", "끔", "안함"].includes(rest.normalize("NFC").toLowerCase());
  const isHere = ["on", "켬", "here"].includes(rest.normalize("NFC").toLowerCase());
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = isHere ? here : rest;
  if (!isOff && (rest === "" || !isTimeZone(zone))) return showUsage();
  const value = isOff ? [] : [zone];
  session.ask("METADATA", ["*", "SET", TIME_ZONE_KEY, ...value], (answer) => {
    const isUnset = answer.kind === "failed" && answer.code === "KEY_NOT_SET";
    if (answer.kind === "answered" || isUnset) {
      return note(isOff ? words.attention.zoneHidden : words.attention.zoneShown(sanitize(zone)));
    }
    note(answerProblem(answer, state, words), "bad");
  });
}

function printNames(
  { note, words }: SlashContext,
  room: string,
  members: readonly ClientMember[],
): void {
  const shownRoom = sanitize(room);
  if (members.length === 0) return note(words.slash.namesHidden(shownRoom));
  const names = membersInOrder(members).map(({ ranks, nick, away }) => {
    const rank = rankOf(ranks);
    const facts = [rank === null ? "" : words.ranks[rank], away ? words.screen.away : ""];
    const suffix = facts.filter((fact) => fact !== "").join(", ");
    return `${sanitize(nick)}${suffix === "" ? "" : ` (${suffix})`}`;
  });
  const hidden = names.length - NAMES_SHOWN_MAX;
  const more = hidden > 0 ? ` ${words.screen.more(hidden)}` : "";
  const list = names.slice(0, NAMES_SHOWN_MAX).join(", ");
  note(`${words.slash.members(shownRoom, names.length)}\n${list}${more}`);
}

/** Returns the members that RPL_NAMREPLY lists: <me> <symbol> <room> :<prefixed nicks>. */
function membersOfReply({ verb, params }: Message): ClientMember[] {
  if (verb !== NUMERIC.RPL_NAMREPLY) return [];
  const words = (params[3] ?? "").split(" ").filter((word) => word !== "");
  return words.map((word) => {
    const [, ranks = "", source = ""] = /^([~&@%+]*)(.*)$/.exec(word) ?? [];
    const unknown = { account: null, away: false, awaySinceElapsedMs: null, bot: false };
    return { ...unknown, nick: nickOf(source), ranks };
  });
}

/** Returns whether a refusal says that no user has that nick. */
function isNoSuchNick(answer: NoAnswer): boolean {
  return answer.kind === "failed" && NO_SUCH_NICK_CODES.includes(answer.code);
}

/** Returns the WHOIS replies about a user as sentences; none when no user has that nick. */
function whoisSentences(replies: readonly Message[], words: Words): string[] {
  const { whois, screen } = words;
  return replies.flatMap(({ verb, params }) => {
    const [, nick = "", value = ""] = params.map((param) => sanitize(param));
    switch (verb) {
      case NUMERIC.RPL_WHOISUSER:
        return nick;
      case NUMERIC.RPL_WHOISACCOUNT:
        return screen.loggedInAs(value);
      case NUMERIC.RPL_WHOISCHANNELS:
        return whois.rooms(roomsWithRanks(value, words));
      case NUMERIC.RPL_WHOISOPERATOR:
        return whois.operator;
      case NUMERIC.RPL_WHOISBOT:
        return whois.bot;
      case NUMERIC.RPL_AWAY:
        return whois.away(value);
      default:
        return [];
    }
  });
}

/** Returns the rooms of RPL_WHOISCHANNELS ("@#tea #cake") with the ranks in words. */
function roomsWithRanks(text: string, words: Words): string {
  const rooms = text.split(" ").filter((room) => room !== "");
  const named = rooms.map((room) => {
    const [, signs = "", name = ""] = /^([~&@%+]*)(.*)$/.exec(room) ?? [];
    const rank = rankOf(signs);
    return rank === null ? name : `${name} (${words.ranks[rank]})`;
  });
  return named.join(", ");
}

function printLoadedMatches(context: SlashContext, query: string): void {
  const { conversation, calendar, words } = context;
  const lines = searchResultsOf(conversation, query)
    .slice(0, MATCHES_SHOWN_MAX)
    .toReversed()
    .map(({ time, nick, text }) => {
      const sentence = words.slash.whoLine(sanitize(nick), sanitize(text.replace(/\s+/g, " ")));
      return `${calendar.moment(time)} ${sentence}`;
    });
  printMatches(context, query, lines, lines.length);
}

function printServerMatches(context: SlashContext, query: string): void {
  const { session, conversation, calendar, note, words } = context;
  const parsed = parseSearchQuery(query, searchPlaceOf(conversation));
  if (parsed === null) return context.showUsage();
  session.commands.search(searchAttributes(parsed), (answer) => {
    if (answer.kind !== "answered") {
      return note(answerProblem(answer, session.state, words), "bad");
    }
    const matches = answer.messages.filter(
      (message) =>
        (message.verb === "PRIVMSG" || message.verb === "NOTICE") && !isFolded(context, message),
    );
    if (isIncomplete(answer.messages)) {
      note(words.slash.searchIncomplete);
      // Further back there may be some.
      if (matches.length === 0) return;
    }
    const lines = matches.slice(-MATCHES_SHOWN_MAX).map((message) => {
      const { tags, source, params } = message;
      const time = Date.parse(tags.get("time") ?? "");
      const moment = Number.isNaN(time) ? "" : `${calendar.moment(time)} `;
      const place = conversationOf(message, session.state);
      const shownPlace =
        context.session.state.fold(place) === conversation.key ? "" : `${sanitize(place)} `;
      const nick = sanitize(nickOf(source ?? ""));
      return `${moment}${shownPlace}${words.slash.whoLine(nick, sanitize(params[1] ?? ""))}`;
    });
    printMatches(context, query, lines, matches.length);
  });
}

function isFolded({ session }: SlashContext, message: Message): boolean {
  const { state } = session;
  const sender = senderIn(message);
  const own = state.fold(sender.nick) === state.fold(state.me.nick);
  return foldReasonOf(state, { ...sender, own, text: message.params[1] ?? "" }) !== null;
}

function printMatches(
  { note, words }: SlashContext,
  query: string,
  lines: readonly string[],
  count: number,
): void {
  const shownQuery = sanitize(query);
  if (lines.length === 0) note(words.slash.searchNone(shownQuery));
  else note([words.slash.searchTitle(shownQuery, count), ...lines].join("\n"));
}

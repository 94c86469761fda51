import { CHANSERV_SERVICE } from "../../lib/chat-server/commands/services/chanserv.ts";
import { NICKSERV_SERVICE } from "../../lib/chat-server/commands/services/nickserv.ts";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { helpPage } from "../../lib/chat-server/help-pages.ts";
import { CAPS } from "../../lib/protocol/wire/caps.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import type { Prng } from "../prng.ts";
import { passwordOf } from "../scene.ts";
import { mutateText } from "./mutate.ts";

/**
 * Lines of chance by the grammar of the server's own help, so that a new command is fuzzed as soon as it has a
 * page: `KICK <#room> <nick>[,<nick>] [:<reason>]`. What help can't say is added by hand.
 */

export const PEOPLE = ["mina", "jun", "민수", "서연"];
const NICKS = [...PEOPLE, "bob", "eve", "zoë", "guest1", "NickServ", "ChanServ", "tea.test", "*"];
const ROOMS = ["#tea", "#수다방", "#dev", "#secret", "#TEA", "#tеa", "@#tea", "+#dev", "#", "0"];
const TEXTS = [
  ...[
    "hello mina",
    "안녕 민수야",
    "\x01ACTION waves\x01",
    "\x02bold\x0f",
    "x".repeat(400),
    "👍🏽",
    "",
    " ",
    ":",
    "a:b",
  ],
  ...["http://tea.test/x", "\u202eabc", "\x1b[31m", "word", "mina: jun: eve:", "\x01VERSION\x01"],
];
/** What stands for a part of a help page, by a word in it; the first that fits counts. */
const PARTS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/room.*(nick|mask)|target/, [...ROOMS, ...NICKS]],
  [/room|new name/, ROOMS],
  [
    /nick or (mask|msgid)|mask/,
    ["*!*@*", "~a:mina", "jun", "~m:eve", "~t:1m:bob", "a?b*!u@h", "~a", "!", "x@y"],
  ],
  [/nick|account|invitation id/, NICKS],
  [/msgid|^id$/, ["MSGID"]],
  [
    /timestamp|point/,
    [
      "timestamp=2026-11-22T01:00:00.000Z",
      "timestamp=1970-01-01T00:00:00.000Z",
      "msgid=MSGID",
      "*",
    ],
  ],
  [/time|duration|hours/, ["1m", "2h", "30", "0", "1d", "-1", "*", "999999999w"]],
  [/password|code/, PEOPLE.map(passwordOf).concat("wrong", "")],
  [/number|uses|seconds/, ["1", "5", "50", "0", "-1", "1e9", "99999999999", "OFF"]],
  [/address|network/, ["192.0.2.1", "198.51.100.0/24", "2001:db8::/48", "x"]],
  [/e-mail/, ["*", "a@b.example", "@"]],
  [/fingerprint/, ["f".repeat(64), "a"]],
  [/ranks/, ["o", "qaohv", "x"]],
  [
    /changes/,
    ["+o", "+b", "-k", "+imnstu", "+lk", "+WAHj", "+qaohv", "-ov+b", "+gI", "b", "+R-B", "+Yy"],
  ],
  [/values/, ["jun", "5 key", "*!*@*", "word", "1m", "2:60"]],
  [/capabilities/, Object.keys(CAPS)],
];
const MORE: readonly string[] = [
  "CHATHISTORY LATEST <target> * <number>",
  "CHATHISTORY BEFORE <target> <point> <number>",
  "CHATHISTORY AFTER <target> <point> <number>",
  "CHATHISTORY AROUND <target> <point> <number>",
  "CHATHISTORY BETWEEN <target> <point> <point> <number>",
  ...["GET mood", "LIST", "SET mood :<text>", "SET mood", "CLEAR", "SYNC"].map(
    (what) => `METADATA <target> ${what}`,
  ),
  ...["SUB mood url", "UNSUB mood", "SUBS"].map((what) => `METADATA * ${what}`),
  ...["in=<#room>;text=hello", "from=<nick>", "after=2026-01-01T00:00:00.000Z;limit=<number>"].map(
    (what) => `SEARCH ${what}`,
  ),
  `@sodam.chat/file=size=3,sha256=${"0".repeat(64)},type=text/plain,name=a.txt FILE SEND <target> :<text>`,
  ...["LIST <target> <number>", "LIST <target> <number> * :from:<nick> type:text <text>"].map(
    (what) => `FILE ${what}`,
  ),
  ...["FETCH idid00000000000001", "CANCEL idid00000000000001", "PUT <text> <number>"].map(
    (what) => `FILE ${what}`,
  ),
  ...["* highlight :<text>", "<target> level all", "<target> level"].map(
    (what) => `PREFERENCE ${what}`,
  ),
  "MODE <#room> <changes> <values> <values> <values>",
  "MODE <#room> +o <nick>",
  "BATCH +b draft/multiline <target>",
  "@batch=b PRIVMSG <target> :<text>",
  "@batch=b;draft/multiline-concat PRIVMSG <target> :<text>",
  "BATCH -b",
  "@+reply=MSGID;+draft/react=👍 TAGMSG <target>",
  "@+typing=active TAGMSG <target>",
  "@label=l1 PRIVMSG <target> :<text>",
  "@label=l2 WHOX <nick>",
  "WHO <target> %tcuhsnfdlaor,7",
  "CAP LS 302",
  "CAP REQ :<capabilities> <capabilities> -<capabilities>",
  "CAP END",
  "AUTHENTICATE EXTERNAL",
  "AUTHENTICATE *",
  "AUTHENTICATE +",
  "OPER root root-password",
  "INVITATION CREATE <uses> <hours>",
  "<text>",
];
/** Commands after which nothing is left to be fuzzed: they come seldom. */
const RARE =
  /^(?:QUIT|KILL|DLINE|KLINE|UNDLINE|(?:NS|CS|NICKSERV|CHANSERV) (?:LOGOUT|DROP|CLEAR|GHOST)|ACCOUNT DELETE)/;
const FORMS = [...formsOfCommands(), ...MORE];
const RARE_FORMS = FORMS.filter((form) => RARE.test(form));
const USUAL_FORMS = FORMS.filter((form) => !RARE.test(form));

/** Returns a line that a client might send, or one that is nearly such a line. `msgids` are those of messages. */
export function randomLine(prng: Prng, msgids: readonly string[]): string {
  if (prng.chance(3)) return logIn(prng);
  if (prng.chance(6)) return `JOIN ${prng.pick(ROOMS)}`;
  if (prng.chance(6)) return `PRIVMSG ${prng.pick(ROOMS)} :${prng.pick(TEXTS)}`;
  const form = prng.pick(prng.chance(1) ? RARE_FORMS : USUAL_FORMS);
  const line = fill(prng, form).replaceAll("MSGID", () =>
    msgids.length === 0 ? "x" : prng.pick(msgids),
  );
  return prng.chance(15) ? mutateText(prng, [line], false) : line;
}

/** Returns the forms in the help of all commands, and of the services' commands. */
function formsOfCommands(): string[] {
  const ofCommands = [...COMMANDS.keys()].flatMap((verb) => {
    const lines = (helpPage(verb) ?? []).filter((line) => line.startsWith(verb));
    return lines.flatMap((line) => alternatives(verb, line.replace(/: .*$/, "")));
  });
  const ofServices = [NICKSERV_SERVICE, CHANSERV_SERVICE].flatMap((service) => {
    const short = service === NICKSERV_SERVICE ? "NS" : "CS";
    return service.commands.flatMap(({ name, usage }) =>
      alternatives(`${short} ${name}`, `${short} ${name} ${usage}`),
    );
  });
  return [...ofCommands, ...ofServices];
}

/** `ACCOUNT CERT ADD :<label> | LIST` is two forms. */
function alternatives(verb: string, line: string): string[] {
  return line.split(" | ").map((part) => (part.startsWith(verb) ? part : `${verb} ${part}`));
}

function fill(prng: Prng, form: string): string {
  let line = form;
  // From the inside out: [<changes> [values]].
  while (/\[[^[\]]*\]/.test(line)) {
    line = line.replace(/\[([^[\]]*)\]/g, (_, part: string) => (prng.chance(60) ? part : ""));
  }
  line = line.replace(/\b\w+(?:\|\w+)+\b/g, (words) => prng.pick(words.split("|")));
  return line.replace(/<([^>]*)>/g, (_, part: string) => {
    const values = PARTS.find(([pattern]) => pattern.test(part))?.[1] ?? TEXTS;
    return prng.pick(values);
  });
}

function logIn(prng: Prng): string {
  const name = prng.pick(PEOPLE);
  const pieces = encodePlain(name, prng.chance(80) ? passwordOf(name) : "wrong-password");
  return ["AUTHENTICATE PLAIN", ...pieces.map((piece) => `AUTHENTICATE ${piece}`)].join("\r\n");
}

import { COMMANDS } from "../../lib/chat-server/commands.ts";
import {
  formatStoredEvent,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { factsOf, offerLine } from "../file-plays.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";

/**
 * Every command at its worst size, for two questions: does the charge count all that was done
 * (tests/commands/charges.test.ts), and is it what the work costs (tests/bench/charges.ts)?
 */

/** A server with a crowd, and who asks it. */
export interface World {
  readonly scene: Scene;
  /** The server's owner, an operator, founder of all rooms that the crowd is in. */
  readonly owner: Actor;
  /** A member with every capability that makes answers longer, in the same rooms. */
  readonly member: Actor;
  readonly crowd: readonly Actor[];
}

/** One command at its worst. */
export interface WorstCase {
  readonly verb: string;
  /** What is asked, where a command has several such cases. */
  readonly what?: string;
  /** Whoever sends the lines. */
  readonly by?: (world: World, n: number) => Actor;
  /** What has to be done first, and isn't counted. */
  readonly before?: (world: World, n: number) => void;
  readonly lines: (world: World, n: number) => readonly string[];
  /** The refusals that belong to the case, as `464 owner :…` begins; left out where the command must succeed. */
  readonly refused?: readonly string[];
  /** Whether it changes nothing, so that it can be sent again at once. */
  readonly isQuery?: boolean;
}

const SHARED_ROOMS = 20;
const LONG_MESSAGES = 70;
const REACTIONS = 1000;
/** Lets flood control and budgets forget what was said. */
const PAUSE_MS = 60_000;
const CAPS = [
  ...["message-tags", "server-time", "account-tag", "echo-message", "batch", "multi-prefix"],
  ...["userhost-in-names", "extended-join", "draft/multiline", "standard-replies"],
  ...["draft/read-marker", "soju.im/search", "draft/metadata-2", "draft/message-redaction"],
  ...["sodam.chat/edit", "draft/channel-rename", "draft/account-registration"],
  ...["draft/chathistory", "draft/event-playback"],
];
const LONG = "tea and cake for everybody in this house ".repeat(10).slice(0, 380);
const names = (count: number, start: string): string =>
  Array.from({ length: count }, (_, n) => `${start}${n}`).join(",");
const SHARED = names(SHARED_ROOMS, "#s");

/** Builds a world with a crowd of this size, and as many rooms besides. */
export function buildWorld(crowdSize: number, roomCount: number): World {
  const scene = new Scene({
    operators: [{ name: "root", passwordHash: `hash of root-password` }],
    pingAfterMs: Number.POSITIVE_INFINITY,
  });
  scene.signUp("owner", true);
  const owner = scene.person("owner", "message-tags").says("JOIN #big", `JOIN ${SHARED}`);
  const member = scene.person("member", ...CAPS).says("JOIN #big", `JOIN ${SHARED}`);
  const crowd = Array.from({ length: crowdSize }, (_, n) => scene.guest(`c${n}`));
  for (const actor of crowd) actor.says("JOIN #big", `JOIN ${SHARED}`);
  for (let n = 0; n < roomCount; n += 100) {
    const founder = scene.person(`founder${n}`);
    for (let room = n; room < n + 100; room += 1) {
      founder.says(`JOIN #room${room}`, `TOPIC #room${room} :${LONG.slice(0, 200)}`);
    }
  }
  for (const mode of ["b", "e", "I", "q"]) {
    for (let n = 0; n < 90; n += 1) owner.says(`MODE #big +${mode} *${mode}${n}*!*@*.nowhere`);
  }
  for (let n = 0; n < 90; n += 1) member.says(`SILENCE +*x${n}*!*@*`);
  for (let n = 0; n < 150; n += 1) member.says(`PRIVMSG #s0 :${LONG}`);
  // Filters that a long text of one letter passes only after all of it was compared.
  owner.says("JOIN #filtered");
  for (let n = 2; n < 30; n += 1) owner.says(`MODE #filtered +g ${"a".repeat(n)}`);
  member.says("JOIN #filtered");
  fillHistories(scene, owner, member);
  for (const actor of [owner, member, ...crowd]) actor.hears();
  return { scene, owner, member, crowd };
}

/** Fills a room with the longest messages, and one with reactions, which only event-playback shows. */
function fillHistories(scene: Scene, owner: Actor, member: Actor): void {
  const talker = scene.person("talker", "batch", "message-tags", "draft/multiline");
  for (const actor of [owner, member, talker]) actor.says("JOIN #long,#react");
  for (let n = 0; n < LONG_MESSAGES; n += 1) {
    talker.says(`BATCH +l draft/multiline #long`);
    for (let line = 0; line < 20; line += 1) talker.says(`@batch=l PRIVMSG #long :${LONG}`);
    talker.says("BATCH -l");
    scene.passes(PAUSE_MS);
  }
  for (let n = 0; n < REACTIONS; n += 1) {
    talker.says("@+reply=x;+draft/react=tea TAGMSG #react");
    if (n % 50 === 0) scene.passes(PAUSE_MS);
  }
}

/** Lets pages of history be parsed from their stored lines, as a data folder does, and not be made by slow lists. */
export function readFromLines({ scene }: World): void {
  const { log } = scene;
  const [id] = log.conversations();
  if (id === undefined) return;
  const page = log.page.bind(log);
  const pages = new Map<string, string[]>();
  log.page = (conversation, request) => {
    const key = `${conversation} ${request.kinds} ${request.limit}`;
    const lines =
      pages.get(key) ?? page(conversation, request).map((event) => formatStoredEvent(event));
    pages.set(key, lines);
    return lines.flatMap((line) => {
      const stored = parseStoredEvent(line.trimEnd(), conversation);
      return stored.kind === "event" ? [stored.event] : [];
    });
  };
}

const member = ({ member }: World): Actor => member;
const stranger = ({ scene }: World): Actor => scene.connect();
/** A guest in all shared rooms, made anew each time. */
const visitors = new WeakMap<World, Actor>();
const visitor = (world: World): Actor => visitors.get(world) ?? world.owner;
function makeVisitor(world: World, n: number): void {
  // Visitors of other rows may still be here, and a nick in use would be refused.
  const nick = `v${world.scene.server.state.sessions.size}_${n}`;
  visitors.set(world, world.scene.guest(nick).says("JOIN #big", `JOIN ${SHARED}`));
}
function newest({ scene }: World, room: string): string {
  const id = scene.server.state.rooms.byName(room)?.id;
  const events = id === undefined ? [] : scene.log.all(id);
  return events.findLast((event) => event.kind === "said")?.msgid ?? "";
}
const sameLine =
  (...lines: string[]) =>
  (): readonly string[] =>
    lines;
/** A command whose answer is always the same. */
const query = (line: string, by = member): WorstCase => ({
  ...{ verb: line.split(" ", 1)[0] ?? "", what: line, by, isQuery: by === member },
  lines: sameLine(line),
});

/** A command has at least one row; several where different sizes can be worst. */
export const WORST_CASES: readonly WorstCase[] = [
  // Connection
  query("CAP LS 302", stranger),
  query("PASS secret", stranger),
  { verb: "NICK", what: "in shared rooms", lines: (_, n) => [`NICK owner_${n}`] },
  query("USER a 0 * :a", stranger),
  { verb: "QUIT", before: makeVisitor, by: visitor, lines: sameLine("QUIT :bye") },
  query(`PING :${LONG}`),
  query("PONG :tea"),
  // Accounts
  {
    verb: "AUTHENTICATE",
    what: "and the greeting, with all rooms",
    by: stranger,
    lines: () => {
      const pieces = encodePlain("founder0", passwordOf("founder0"));
      const sasl = ["AUTHENTICATE PLAIN", ...pieces.map((piece) => `AUTHENTICATE ${piece}`)];
      return ["CAP REQ sasl", ...sasl, "NICK founder0", "USER f 0 * :f", "CAP END", "QUIT"];
    },
  },
  {
    verb: "REGISTER",
    by: ({ scene }, n) => scene.guest(`signs${n}`, "draft/account-registration"),
    lines: () => ["REGISTER * * correct-horse-battery"],
  },
  // Nothing is verified, and a signed-up user has nothing to verify.
  { ...query("VERIFY owner 123456"), refused: ["FAIL VERIFY ALREADY_AUTHENTICATED"] },
  query("ACCOUNT DATA"),
  query("ACCOUNT SESSIONS"),
  {
    ...query("INVITATION LIST", ({ owner }) => owner),
    before: ({ owner }, n) => {
      if (n < 50) owner.says("INVITATION CREATE");
    },
  },
  query("NICKSERV HELP"),
  query("NS HELP"),
  // Messages
  { verb: "PRIVMSG", what: "to a full room", lines: sameLine(`PRIVMSG #big :${LONG}`) },
  { verb: "PRIVMSG", what: "to four rooms", lines: sameLine(`PRIVMSG #s1,#s2,#s3,#s4 :${LONG}`) },
  {
    ...{ verb: "PRIVMSG", what: "past word filters", by: member },
    lines: sameLine(`PRIVMSG #filtered :${"a".repeat(380)}`),
  },
  { verb: "NOTICE", lines: sameLine(`NOTICE #big :${LONG}`) },
  { verb: "TAGMSG", lines: sameLine("@+typing=active TAGMSG #big") },
  {
    verb: "BATCH",
    by: member,
    lines: (_, n) => [
      `BATCH +m${n} draft/multiline #big`,
      ...Array.from({ length: 19 }, () => `@batch=m${n} PRIVMSG #big :${LONG}`),
      `BATCH -m${n}`,
    ],
  },
  {
    verb: "REDACT",
    by: member,
    before: (world) => world.member.says(`PRIVMSG #big :${LONG}`),
    lines: (world) => [`REDACT #big ${newest(world, "#big")}`],
  },
  {
    verb: "EDIT",
    by: member,
    before: (world) => world.member.says(`PRIVMSG #big :${LONG}`),
    lines: (world, n) => [`EDIT #big ${newest(world, "#big")} :${n} ${LONG}`],
  },
  {
    verb: "REPORT",
    by: member,
    before: (world) => world.member.says(`PRIVMSG #big :${LONG}`),
    lines: (world) => [`REPORT #big ${newest(world, "#big")} :${LONG}`],
  },
  query("REPORTS", ({ owner }) => owner),
  query("AUDIT #big", ({ owner }) => owner),
  query("CHATHISTORY LATEST #s0 * 200"),
  query("CHATHISTORY LATEST #long * 200"),
  query("CHATHISTORY LATEST #react * 200"),
  query("HISTORY #s0 200"),
  {
    verb: "MARKREAD",
    by: member,
    before: ({ scene, owner }) => {
      scene.now += 1000;
      owner.says("PRIVMSG #s1 :tea");
    },
    lines: ({ scene }) => [`MARKREAD #s1 timestamp=${new Date(scene.now).toISOString()}`],
  },
  query("SEARCH text=tea;in=#s0;limit=200"),
  {
    ...{ verb: "FILE", what: "to a full room", by: member },
    before: ({ scene, member: { session } }) => {
      scene.server.state.fileGrants.endSession(session);
      scene.now += 5000;
    },
    lines: (_, n) => [offerLine("#big", factsOf(`file ${n}`), LONG)],
  },
  query("FILE LIST #big 500"),
  // Rooms
  {
    verb: "JOIN",
    before: (world, n) => {
      makeVisitor(world, n);
      visitor(world).says(`PART ${SHARED}`);
    },
    by: visitor,
    lines: sameLine(`JOIN ${SHARED}`),
  },
  { verb: "PART", before: makeVisitor, by: visitor, lines: sameLine(`PART ${SHARED} :bye`) },
  { verb: "TOPIC", lines: (_, n) => [`TOPIC #big :${n} ${LONG.slice(0, 280)}`] },
  query("NAMES #big"),
  query("NAMES"),
  query(`NAMES ${SHARED}`),
  query("LIST"),
  query("LIST *a*b*c*,*d*e*f*,*g*h*i*,*j*k*l*,*m*n*o*,*p*q*r*,*s*t*u*,*v*w*x*"),
  {
    verb: "INVITE",
    before: ({ scene, owner }, n) => {
      scene.guest(`guest${n}`);
      owner.says("MODE #room0 +i");
    },
    lines: (_, n) => [`INVITE guest${n} #big`],
  },
  {
    verb: "UNINVITE",
    before: ({ scene, owner }, n) => {
      scene.guest(`asked${n}`);
      owner.says(`INVITE asked${n} #big`);
    },
    lines: (_, n) => [`UNINVITE asked${n} #big`],
  },
  {
    verb: "KNOCK",
    before: ({ owner, scene }) => {
      owner.says("MODE #s2 +i");
      scene.now += 120_000;
    },
    by: ({ scene }, n) => scene.guest(`knocks${n}`),
    lines: sameLine("KNOCK #s2 :please"),
  },
  {
    verb: "KICK",
    before: ({ owner, scene }, n) => {
      owner.says("MODE #s2 -i");
      scene.guest(`kicked${n}`).says("JOIN #big");
    },
    lines: (_, n) => [`KICK #big kicked${n} :bye`],
  },
  {
    verb: "RENAME",
    lines: ({ scene }) => {
      const names = ["#s3", "#s3b"];
      if (scene.server.state.rooms.byName("#s3") === null) names.reverse();
      return [`RENAME ${names.join(" ")}`];
    },
  },
  query("MODE #big +b"),
  query("MODE #big +beIq", ({ owner }) => owner),
  {
    verb: "MODE",
    what: "twenty changes",
    lines: (_, n) => [`MODE #big ${n % 2 ? "-" : "+"}mtnsC`],
  },
  query("CHANSERV HELP"),
  query("CS HELP"),
  // Users
  { verb: "AWAY", lines: (_, n) => [n % 2 ? "AWAY" : `AWAY :${LONG.slice(0, 200)}`] },
  {
    ...{ verb: "AWAY", what: "past word filters", by: member },
    lines: (_, n) => [`AWAY :${"a".repeat(n % 2 ? 380 : 379)}`],
  },
  { verb: "SETNAME", lines: (_, n) => [`SETNAME :Owner ${n}`] },
  query("WHO #big %tcuihsnfdlaor,7"),
  query("WHO *"),
  query("WHO *nobody*there*"),
  query(`WHOIS ${names(20, "c")}`),
  {
    ...query(`WHOWAS ${names(20, "gone")}`),
    before: ({ scene }) => {
      if (scene.server.state.whowas.find("gone0", 1).length > 0) return;
      for (let n = 0; n < 20; n += 1) scene.guest(`gone${n}`).says("QUIT");
    },
  },
  query(`ISON ${names(50, "c").replaceAll(",", " ")}`),
  query(`USERHOST ${names(5, "c").replaceAll(",", " ")}`),
  {
    verb: "MONITOR",
    by: member,
    before: ({ member }) => member.says("MONITOR C"),
    lines: () => [`MONITOR + ${names(60, "c")}`],
  },
  query("MONITOR S"),
  {
    verb: "METADATA",
    lines: (_, n) => [`METADATA * SET display-name :Owner ${n} ${LONG.slice(0, 200)}`],
  },
  query("METADATA #big SYNC"),
  { verb: "SILENCE", by: member, lines: (_, n) => [`SILENCE ${n % 2 ? "-" : "+"}one!*@*`] },
  query("SILENCE"),
  { verb: "PREFERENCE", by: member, lines: (_, n) => [`PREFERENCE #big draft :${n} half`] },
  query("ACCEPT *"),
  // Server
  query("MOTD"),
  query("LUSERS"),
  query("VERSION"),
  query("ISUPPORT"),
  query("TIME"),
  query("INFO"),
  query("LINKS"),
  query("ADMIN"),
  query("STATS m", ({ owner }) => owner),
  query("HELP"),
  query("HELPOP"),
  // Operators
  {
    ...{ verb: "OPER", what: "with a wrong password", by: member },
    lines: sameLine("OPER root wrong-password"),
    refused: ["464 member :Wrong"],
  },
  { verb: "OPER", by: member, lines: sameLine("OPER root root-password") },
  {
    ...{ verb: "DEOPER", by: member, lines: sameLine("DEOPER") },
    before: ({ member }) => member.says("OPER root root-password"),
  },
  { verb: "WALLOPS", lines: sameLine(`WALLOPS :${LONG}`) },
  {
    verb: "KILL",
    before: ({ scene }, n) => {
      scene.guest(`killed${n}`).says("JOIN #big", `JOIN ${SHARED}`);
    },
    lines: (_, n) => [`KILL killed${n} :bye`],
  },
  query("REHASH", ({ owner }) => owner),
  { verb: "KLINE", lines: (_, n) => [`KLINE *!*@${n}.nowhere.test :bye`] },
  {
    verb: "UNKLINE",
    before: ({ owner }, n) => owner.says(`KLINE *!*@${n}.gone.test :bye`),
    lines: (_, n) => [`UNKLINE *!*@${n}.gone.test`],
  },
  { verb: "DLINE", lines: (_, n) => [`DLINE 203.0.113.${n % 250} :bye`] },
  {
    verb: "UNDLINE",
    before: ({ owner }, n) => owner.says(`DLINE 198.51.100.${n % 250} :bye`),
    lines: (_, n) => [`UNDLINE 198.51.100.${n % 250}`],
  },
];

/** The commands that have no worst case. */
export const MISSING: readonly string[] = [...COMMANDS.keys()].filter(
  (verb) => !WORST_CASES.some((row) => row.verb === verb),
);

import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { factsOf, offerLine } from "../file-plays.ts";
import { type Actor, Scene } from "../scene.ts";
import { countSteps } from "../step-counter.ts";

/**
 * How the work of every command grows with everything that can be many: members, rooms, contacts, masks, messages,
 * sessions. Counted in steps, at four sizes that double: the increase may double with them, and no more.
 */

setDefaultTimeout(60_000);

const SIZES = [8, 16, 32, 64] as const;
/** Twice as many of everything may take this many times as long. */
const FACTOR_MAX = 2.5;
/** Fewer steps more than before are a line that got longer, and no growth. */
const NOISE = 60;

/** A server with `n` of everything, and whoever uses the command. */
class World {
  readonly scene = new Scene({ keepDays: 30 });
  readonly n: number;
  /** The server's owner, an operator, founder of #tea, in `n` rooms, with `n` direct conversations. */
  readonly owner: Actor;
  /** A connection that has only said CAP LS. */
  readonly stranger: Actor;
  readonly guests: readonly Actor[];

  constructor(n: number) {
    const { scene } = this;
    this.n = n;
    if (scene.gateways !== null) scene.gateways.isSteady = true;
    scene.signUp("owner", true);
    const caps = "batch labeled-response echo-message draft/metadata-2 sodam.chat/read-receipts";
    this.owner = this.#enter(scene.person("owner", ...caps.split(" "), "sodam.chat/unread"));
    const { owner } = this;
    this.guests = times(n, (i) => {
      const old = i % 2 === 0 ? [] : ["draft/channel-rename", "away-notify", "userhost-in-names"];
      const guest = scene.guest(`g${i}`, ...old);
      guest.says("JOIN #tea,#hall", `JOIN #of${i}`, `PRIVMSG #tea :words of ${i} for owner`);
      guest.says(`INVITE owner #of${i}`, `MONITOR + owner`);
      owner.says(`JOIN #in${i}`, `MONITOR + g${i}`, `PRIVMSG #tea :g${i}: hello`);
      owner.says(`SILENCE +blocked${i}!*@*`, `KLINE banned${i}!*@*`, `DLINE 198.51.100.${i}`);
      return guest;
    });
    times(n, (i) => {
      const member = scene.person(`member${i}`, "draft/metadata-2");
      member.says("JOIN #hall", "METADATA * SET mood :fine", `PRIVMSG owner :from member${i}`);
      owner.says(`PRIVMSG member${i} :hello`, `ACCEPT member${i}`, `METADATA * SUB key${i}`);
      if (i < 100) owner.says(`MODE #tea +b out${i}!*@*`, `MODE #tea +I in${i}!*@*`);
    });
    // Matches the masks with the invitations, which is done once for each change of either.
    owner.says("INVITE");
    this.stranger = scene.connect();
    for (const actor of [owner, ...this.guests]) actor.hears();
  }

  #enter(actor: Actor): Actor {
    return actor.says("JOIN #tea", "JOIN #hall", "METADATA * SUB mood");
  }
}

type Play = (world: World) => void;

const ofOwner =
  (...lines: string[]): Play =>
  ({ owner }) =>
    owner.says(...lines);
const ofStranger =
  (...lines: string[]): Play =>
  ({ stranger }) =>
    stranger.says(...lines);
const ofGuest =
  (...lines: string[]): Play =>
  ({ guests }) =>
    guests[0]?.says(...lines);

/** Of each command: its uses that have the most to look at. */
const PLAYS: Readonly<Record<string, Readonly<Record<string, Play>>>> = {
  CAP: { list: ofStranger("CAP LS 302"), request: ofOwner("CAP REQ :-sodam.chat/read-receipts") },
  PASS: { password: ofStranger("PASS word") },
  NICK: { "of a member": ofOwner("NICK renamed"), "of a guest": ofGuest("NICK renamed") },
  USER: { "a log-in": ofStranger("NICK new", "USER new 0 * :New") },
  QUIT: { "of a guest": ofGuest("QUIT :bye"), "of a member": ofOwner("QUIT :bye") },
  PING: { ping: ofOwner("PING 1") },
  PONG: { pong: ofOwner("PONG 1") },
  AUTHENTICATE: {
    "a second device": ({ stranger }) => stranger.logsIn("owner"),
    "a first device": ({ scene, owner, stranger }) => {
      owner.vanishes();
      scene.settle();
      stranger.logsIn("owner", ["draft/metadata-3", "sodam.chat/unread"]);
    },
  },
  REGISTER: { "a sign-up": ofGuest("REGISTER * * a-long-password") },
  VERIFY: { verify: ofOwner("VERIFY a b") },
  ACCOUNT: {
    data: ofOwner("ACCOUNT DATA"),
    sessions: ofOwner("ACCOUNT SESSIONS"),
    end: ofOwner("ACCOUNT END others"),
    password: ofOwner("ACCOUNT CONFIRM owner-password", "ACCOUNT PASSWORD :a-long-password"),
    "a reset link": ofOwner("ACCOUNT RESETLINK member1"),
    "a wrong reset": ofGuest("ACCOUNT RESET wrong :a-long-password"),
    check: ofOwner("ACCOUNT CHECK membex0"),
    forget: ofOwner("ACCOUNT CONFIRM owner-password", "ACCOUNT FORGET"),
    delete: ofOwner("ACCOUNT CONFIRM owner-password", "ACCOUNT DELETE"),
  },
  INVITATION: { create: ofOwner("INVITATION CREATE 5"), list: ofOwner("INVITATION LIST") },
  NICKSERV: { info: ofOwner("NICKSERV INFO member1"), sessions: ofOwner("NICKSERV SESSIONS") },
  NS: { help: ofOwner("NS HELP") },
  PRIVMSG: {
    "to a room": ofOwner("PRIVMSG #tea :g1, member2: hello"),
    "to a room, by a guest": ofGuest("PRIVMSG #tea :owner: hello"),
    "to ops": ofOwner("PRIVMSG @#tea :hello"),
    "to a member": ofOwner("PRIVMSG member1 :hello"),
    "by a guest": ofGuest("PRIVMSG owner :hello"),
  },
  NOTICE: { "to a room": ofOwner("NOTICE #tea :hello") },
  TAGMSG: {
    typing: ({ scene }) => {
      scene.guest("typist", "message-tags").says("JOIN #tea", "@+typing=active TAGMSG #tea");
    },
  },
  BATCH: {
    multiline: ({ scene }) => {
      const lines = times(20, (i) => `@batch=b PRIVMSG #tea :line ${i}`);
      const writer = scene.guest("writer", "draft/multiline", "batch", "message-tags");
      writer.says("JOIN #tea", "BATCH +b draft/multiline #tea", ...lines, "BATCH -b");
    },
  },
  REDACT: { message: (world) => redact(world, "REDACT #tea") },
  EDIT: { message: (world) => redact(world, "EDIT #tea") },
  REPORT: { message: (world) => redact(world, "REPORT #tea") },
  REPORTS: { list: ofOwner("REPORTS") },
  AUDIT: { log: ofOwner("AUDIT #tea") },
  CHATHISTORY: {
    latest: ofOwner("CHATHISTORY LATEST #tea * 200"),
    around: ofOwner("CHATHISTORY AROUND #tea timestamp=2026-11-22T00:30:00.000Z 100"),
    targets: ofOwner(
      "CHATHISTORY TARGETS timestamp=2000-01-01T00:00:00.000Z timestamp=2040-01-01T00:00:00.000Z 200",
    ),
  },
  HISTORY: { page: ofOwner("HISTORY #tea 200") },
  MARKREAD: { marker: ofOwner("MARKREAD #tea timestamp=2026-11-22T00:30:00.020Z") },
  SEARCH: {
    words: ({ scene }) => {
      scene.person("member1", "soju.im/search", "batch").says("JOIN #tea", "SEARCH text=words");
    },
  },
  FILE: {
    list: ofOwner("FILE LIST #tea 500"),
    send: ofOwner(offerLine("#tea", factsOf("bytes"), "a caption")),
    "to a person": ofOwner(offerLine("member1", factsOf("bytes"), "a caption")),
    fetch: ofOwner("FILE FETCH aaaaaaaaaaaaaaaa"),
    cancel: ofOwner("FILE CANCEL aaaaaaaaaaaaaaaa"),
  },
  JOIN: {
    "a large room": ({ stranger }) => stranger.introduces("new").says("JOIN #tea"),
    "many rooms": ({ stranger, n }) => {
      stranger.introduces("new");
      for (const i of eighths(n)) stranger.says(`JOIN ${i.map((j) => `#in${j}`).join(",")}`);
    },
    none: ofOwner("JOIN 0"),
  },
  PART: { "a large room": ofOwner("PART #tea :bye") },
  TOPIC: { set: ofOwner("TOPIC #tea :tea") },
  NAMES: { "a room": ofOwner("NAMES #hall"), "all rooms": ofOwner("NAMES") },
  LIST: { all: ofOwner("LIST"), masks: ofOwner("LIST #a*,#b*,#i*") },
  INVITE: { list: ofOwner("INVITE"), guest: ofOwner("INVITE g1 #in0") },
  UNINVITE: { guest: ofOwner("INVITE g1 #in0", "UNINVITE g1 #in0") },
  KNOCK: { knock: ofOwner("MODE #in0 +i"), "by a guest": ofGuest("KNOCK #in0") },
  KICK: { one: ofOwner("KICK #tea g0 :out") },
  RENAME: { "a large room": ofOwner("RENAME #tea #coffee") },
  MODE: {
    set: ofOwner("MODE #tea +m"),
    ban: ofOwner("MODE #tea -b out0!*@*"),
    lists: ofOwner("MODE #tea b", "MODE #tea I"),
    ranks: ofOwner("MODE #tea +ooo g1 g2 g3"),
    own: ofOwner("MODE owner +g"),
  },
  CHANSERV: { info: ofOwner("CHANSERV INFO #tea"), amode: ofOwner("CHANSERV AMODE #tea") },
  CS: { op: ofOwner("CS OP #tea g0") },
  AWAY: { away: ofOwner("AWAY :tea") },
  SETNAME: { name: ({ scene }) => void scene.person("member1", "setname").says("SETNAME :new") },
  WHO: { room: ofOwner("WHO #hall"), all: ofOwner("WHO *"), mask: ofOwner("WHO g*!*@*") },
  WHOIS: { guest: ofOwner("WHOIS g1"), self: ofOwner("WHOIS owner") },
  WHOWAS: { guest: ofOwner("WHOWAS g1") },
  ISON: { nicks: ofOwner("ISON g0 g1 g2") },
  USERHOST: { nicks: ofOwner("USERHOST g0 g1 g2") },
  MONITOR: {
    add: ({ owner, n }) => {
      for (const i of eighths(n)) owner.says(`MONITOR + ${i.map((j) => `member${j}`).join(",")}`);
    },
    list: ofOwner("MONITOR L"),
    status: ofOwner("MONITOR S"),
    clear: ofOwner("MONITOR C"),
  },
  METADATA: {
    sync: ofOwner("METADATA #hall SYNC"),
    set: ofOwner("METADATA * SET mood :well"),
    "of a room": ofOwner("METADATA #tea SET url :https://example.org"),
    subscribe: ofOwner("METADATA * UNSUB mood", "METADATA * SUB mood"),
    list: ofOwner("METADATA #tea LIST"),
  },
  SILENCE: {
    list: ofOwner("SILENCE"),
    // Of each line the counts of all conversations are looked at, once for all masks.
    remove: ofOwner(`SILENCE ${times(8, (i) => `-blocked${i}!*@*`).join(",")}`),
    "remove with wildcards": ofOwner("SILENCE +*!*@nowhere,+a*!*@*"),
  },
  PREFERENCE: {
    "of a room": ofOwner("PREFERENCE #hall level all"),
    "of everything": ofOwner("PREFERENCE * highlight :tea"),
  },
  ACCEPT: { list: ofOwner("ACCEPT *"), add: ofOwner("ACCEPT g0,g1,g2") },
  MOTD: { motd: ofOwner("MOTD") },
  LUSERS: { counts: ofOwner("LUSERS") },
  VERSION: { version: ofOwner("VERSION") },
  ISUPPORT: { tokens: ofOwner("ISUPPORT") },
  TIME: { time: ofOwner("TIME") },
  INFO: { info: ofOwner("INFO") },
  LINKS: { links: ofOwner("LINKS") },
  ADMIN: { admin: ofOwner("ADMIN") },
  STATS: Object.fromEntries(
    ["u", "m", "o", "k", "d", "l"].map((letter) => [letter, ofOwner(`STATS ${letter}`)]),
  ),
  HELP: { index: ofOwner("HELP"), page: ofOwner("HELP JOIN") },
  HELPOP: { page: ofOwner("HELPOP JOIN") },
  OPER: { wrong: ofOwner("OPER a b") },
  DEOPER: { deoper: ofOwner("DEOPER") },
  WALLOPS: { text: ofOwner("WALLOPS :hello") },
  KILL: { guest: ofOwner("KILL g0 :bye") },
  REHASH: { settings: ofOwner("REHASH") },
  KLINE: { mask: ofOwner("KLINE nobody!*@*"), "of all guests": ofOwner("KLINE g1*!*@*") },
  UNKLINE: { mask: ofOwner("UNKLINE banned0!*@*") },
  DLINE: { address: ofOwner("DLINE 203.0.113.1") },
  UNDLINE: { address: ofOwner("UNDLINE 198.51.100.0") },
};

/** Commands after which the world is another one. All others share their worlds, in the order of the table. */
const DESTRUCTIVE: ReadonlySet<string> = new Set(
  (
    "CAP NICK USER QUIT AUTHENTICATE REGISTER ACCOUNT JOIN PART KICK RENAME MONITOR SILENCE DEOPER KILL KLINE " +
    "UNKLINE UNDLINE"
  ).split(" "),
);

const sharedWorlds = new Map<number, World>();

function worldFor(verb: string, n: number): World {
  if (DESTRUCTIVE.has(verb)) return new World(n);
  const world = sharedWorlds.get(n) ?? new World(n);
  sharedWorlds.set(n, world);
  return world;
}

/** What grows by its nature: everybody is told of everybody. */
const QUADRATIC: ReadonlySet<string> = new Set(["KLINE of all guests"]);

test("every command has a play", () => {
  expect([...COMMANDS.keys()].filter((verb) => PLAYS[verb] === undefined)).toEqual([]);
});

describe("with twice as many of everything, at most 2.5 times the steps are taken by", () => {
  for (const [verb, plays] of Object.entries(PLAYS)) {
    test(verb, () => {
      const wrong = Object.entries(plays).flatMap(([name, play]) => {
        if (QUADRATIC.has(`${verb} ${name}`)) return [];
        const steps = SIZES.map((n) => {
          const world = worldFor(verb, n);
          return countSteps(() => play(world));
        });
        return isLinear(steps) ? [] : [`${name}: ${steps.join(" ")}`];
      });
      expect(wrong).toEqual([]);
    });
  }
});

/** What happens without a command. */
const HAPPENINGS: Readonly<Record<string, Play>> = {
  "a guest's connection breaks": ({ guests }) => guests[0]?.vanishes(),
  "a member's last connection breaks": ({ owner }) => owner.vanishes(),
  "time passes": ({ scene }) => scene.passes(500),
  "silent sessions get a PING": ({ scene }) => scene.passes(130_000),
  "a stranger times out": ({ scene }) => scene.passes(61_000),
  "messages pass their retention": ({ scene }) => {
    scene.now += 40 * 86_400_000;
    scene.server.retain();
  },
  "the state is saved": ({ scene }) => void scene.server.snapshot(),
  "too much waits for strangers": ({ scene, n }) => {
    for (const stranger of times(n, () => scene.connect())) stranger.backlog = (256 << 20) / n;
    scene.arrives();
    scene.server.relieve();
  },
  "the server stops": ({ scene }) => void scene.server.stop("The server is going down"),
};

describe("with twice as many of everything, at most 2.5 times the steps are taken when", () => {
  for (const [name, play] of Object.entries(HAPPENINGS)) {
    test(name, () => {
      const steps = SIZES.map((n) => {
        const world = new World(n);
        return countSteps(() => play(world));
      });
      expect(isLinear(steps) ? [] : steps).toEqual([]);
    });
  }
});

/** Compares the increases, since a part that is the same at all sizes would hide how the rest grows. */
function isLinear(steps: readonly number[]): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = steps;
  const isBounded = (before: number, after: number) => after <= before * FACTOR_MAX + NOISE;
  return isBounded(a, b) && isBounded(c, d) && isBounded(c - b, d - c);
}

function redact({ scene }: World, command: string): void {
  const caps = ["message-tags", "draft/message-redaction", "sodam.chat/edit", "echo-message"];
  const writer = scene.person("writer", ...caps).says("JOIN #tea");
  writer.hears();
  writer.says("PRIVMSG #tea :g1: words");
  const msgid = /msgid=([^; ]+)/.exec(writer.hears().join("\n"))?.[1] ?? "";
  writer.says(`${command} ${msgid} :g2: words`);
}

/** Returns the numbers below `n` by eights, as many names as a line holds. */
function eighths(n: number): number[][] {
  return times(n / 8, (i) => times(8, (j) => i * 8 + j));
}

function times<T>(n: number, make: (index: number) => T): T[] {
  return Array.from({ length: n }, (_, index) => make(index));
}

import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { CAPS } from "../../lib/protocol/wire/caps.ts";
import { Prng, seeds } from "../prng.ts";
import type { Scene } from "../scene.ts";
import { LEAK_QUERIES, type LeakSubject } from "./leak-queries.ts";
import { type Twin, TwinWorlds } from "./twin-worlds.ts";

/**
 * Nobody can tell what isn't theirs to know: after every event of a play of chance, people who may not know a secret
 * ask every query that could tell it. They hear what they would hear if there were no secret.
 */

const STEPS = 14;
/** A session has one version of the metadata. */
const SESSION_CAPS = Object.keys(CAPS).filter((cap) => cap !== "sts" && cap !== "draft/metadata-3");

test("every command has a row of queries", () => {
  expect([...COMMANDS.keys()].filter((verb) => LEAK_QUERIES[verb] === undefined)).toEqual([]);
  expect(Object.keys(LEAK_QUERIES).filter((verb) => !COMMANDS.has(verb))).toEqual([]);
});

/** Who takes part, and who asks. */
interface Cast {
  readonly worlds: TwinWorlds;
  readonly mina: Twin;
  readonly jun: Twin;
  readonly hana: Twin;
  readonly observers: Readonly<Record<string, Twin>>;
}

interface Secret {
  /** The room that is asked about. */
  readonly room: string;
  readonly nick: string;
  /** Whether the message is there in both worlds, so that each is asked about its own. */
  readonly isInBoth?: true;
  /** Prepares what everybody may know. */
  readonly before?: (cast: Cast) => void;
  /** Does a thing of chance that is a part of the secret. */
  readonly act: (cast: Cast, prng: Prng, msgid: string) => void;
}

/** Lines in a room that only its members may know of. `room` is not seen by others. */
function talkIn(room: string, { mina, jun }: Cast, prng: Prng, msgid: string): void {
  const who = prng.pick([mina, jun]);
  who.saysSecretly(
    prng.pick([
      `PRIVMSG ${room} :hidden words`,
      `PRIVMSG ${room} :hidden mina: jun: hana: nosy: visitor:`,
      `NOTICE ${room} :hidden`,
      `@+draft/react=x;+reply=${msgid} TAGMSG ${room}`,
      `EDIT ${room} ${msgid} :hidden and edited`,
      `REDACT ${room} ${msgid}`,
      `REPORT ${room} ${msgid} hidden`,
    ]),
  );
}

const SECRETS: Readonly<Record<string, Secret>> = {
  "that a room with +s is there, who is in it, and what they do": {
    room: "#secret",
    nick: "mina",
    act(cast, prng, msgid) {
      const { mina, jun, hana } = cast;
      mina.saysSecretly("JOIN #secret", "PING :x");
      mina.saysSecretly("MODE #secret +s");
      if (prng.chance(50)) return talkIn("#secret", cast, prng, msgid);
      prng
        .pick([mina, jun, hana])
        .saysSecretly(
          prng.pick([
            "JOIN #secret",
            "PART #secret :hidden",
            "TOPIC #secret :hidden",
            "MODE #secret +b evil!*@*",
            "MODE #secret +k hidden",
            "MODE #secret -k *",
            "MODE #secret +i",
            "METADATA #secret SET mood :hidden",
            "INVITE hana #secret",
            "RENAME #secret #hidden",
            "RENAME #hidden #secret",
            "KICK #secret jun :hidden",
            "CS MUTE #secret jun 1m hidden",
            "CS REGISTER #secret",
          ]),
        );
    },
  },
  "what is said in a room that they aren't in": {
    room: "#tea",
    nick: "mina",
    act: (cast, prng, msgid) => talkIn("#tea", cast, prng, msgid),
  },
  "what is said in a room from which they were kicked or banned": {
    room: "#den",
    nick: "mina",
    before({ mina, jun, observers }) {
      mina.says("JOIN #den", "MODE #den +s", "PRIVMSG #den :all heard this");
      for (const observer of Object.values(observers))
        observer.says("JOIN #den", "PRIVMSG #den :hi");
      jun.says("JOIN #den");
      for (const name of Object.keys(observers))
        mina.says(`KICK #den ${name} :out`, `MODE #den +b ${name}!*@*`);
    },
    act(cast, prng, msgid) {
      if (prng.chance(70)) return talkIn("#den", cast, prng, msgid);
      cast.mina.saysSecretly(
        prng.pick([
          "TOPIC #den :hidden",
          "MODE #den +b evil!*@*",
          "METADATA #den SET mood :hidden",
          "MODE #den +l 7",
        ]),
      );
    },
  },
  "direct messages of others": {
    room: "#none",
    nick: "jun",
    act: ({ mina, jun }, prng, msgid) => {
      const [from, to] = prng.pick([
        [mina, "jun"],
        [jun, "mina"],
      ] as const);
      from.saysSecretly(
        prng.pick([
          `PRIVMSG ${to} :hidden words nosy:`,
          `NOTICE ${to} :hidden`,
          `EDIT ${to} ${msgid} :hidden and edited`,
          `REDACT ${to} ${msgid}`,
          `MARKREAD ${to} timestamp=2026-11-22T01:00:00.000Z`,
        ]),
      );
    },
  },
  "what was redacted or edited away": {
    room: "#hall",
    nick: "mina",
    isInBoth: true,
    before: ({ mina, observers }) => {
      mina.says("JOIN #hall");
      for (const observer of Object.values(observers)) observer.says("JOIN #hall");
    },
    act({ mina, observers }, prng) {
      // Said while nobody but the server's member is there to hear it, and taken back before anybody comes.
      const all = Object.values(observers);
      for (const observer of all) observer.says("PART #hall");
      mina.secret.hears();
      mina.plain.hears();
      mina.saysSecretly("PRIVMSG #hall :hidden words", "PRIVMSG #hall :other words");
      const idIn = (lines: readonly string[]) => /msgid=(\w+)/.exec(lines.join("\n"))?.[1] ?? "";
      const ids = [idIn(mina.secret.hears()), idIn(mina.plain.hears())] as const;
      const take = (id: string) => (isEdit ? `EDIT #hall ${id} :public` : `REDACT #hall ${id}`);
      const isEdit = prng.chance(50);
      mina.saysSecretly(take(ids[0]), take(ids[1]));
      for (const observer of all) observer.says("JOIN #hall");
    },
  },
  "that they are blocked, or by whom messages are accepted": {
    room: "#none",
    nick: "mina",
    act({ mina, jun, observers }, prng) {
      const name = prng.pick(Object.keys(observers));
      const who = prng.pick([mina, jun]);
      who.saysSecretly(prng.pick([`SILENCE +${name}`, `SILENCE +~a:nosy`, `SILENCE -${name}`]));
      // Written to whoever blocks them: a query, as far as the writer can tell.
      for (const observer of Object.values(observers))
        observer.says("PRIVMSG mina :hi", "PRIVMSG jun :hi");
    },
  },
  "what operators and owners do": {
    room: "#none",
    nick: "jun",
    act: ({ mina }, prng) => {
      mina.saysSecretly(
        prng.pick([
          "INVITATION CREATE 5",
          "KLINE 1h bad!*@* :hidden",
          "DLINE 1h 203.0.113.9 :hidden",
          "UNKLINE bad!*@*",
          "UNDLINE 203.0.113.9",
        ]),
      );
    },
  },
  "what others keep for themselves": {
    room: "#none",
    nick: "jun",
    act: ({ mina, jun }, prng) => {
      prng
        .pick([mina, jun])
        .saysSecretly(
          prng.pick([
            "ACCEPT hana",
            "MONITOR + nosy",
            "SILENCE +evil!*@*",
            "METADATA * SUB mood",
            "MARKREAD #tea timestamp=2026-11-22T01:00:00.000Z",
            "SEARCH text=hidden",
            "CHATHISTORY LATEST #tea * 10",
            "ACCOUNT DATA",
          ]),
        );
    },
  },
};

/** Things that everybody may know. */
function happenOpenly({ worlds, mina, jun, hana }: Cast, prng: Prng): void {
  const who = prng.pick([mina, jun, hana]);
  const line = prng.pick([
    "PRIVMSG #tea :hello",
    "AWAY :tea",
    "AWAY",
    "TOPIC #tea :차",
    "JOIN #tea",
    "(time)",
    "(time)",
  ]);
  if (line === "(time)") worlds.passes(prng.pick([1000, 61_000]));
  else who.says(line);
}

function castOf(): Cast {
  const worlds = new TwinWorlds({ signUp: "invite" });
  for (const scene of [worlds.secret, worlds.plain]) scene.signUp("mina", true);
  const [mina, jun, hana] = ["mina", "jun", "hana"].map((name) =>
    worlds.person(name, ...SESSION_CAPS),
  ) as [Twin, Twin, Twin];
  for (const insider of [mina, jun, hana]) insider.says("JOIN #tea");
  mina.says("PRIVMSG #tea :welcome");
  const observers = {
    nosy: worlds.person("nosy", ...SESSION_CAPS),
    visitor: worlds.guest("visitor", ...SESSION_CAPS),
    simple: worlds.guest("simple"),
  };
  return { worlds, mina, jun, hana, observers };
}

/** Returns the newest message of a world that isn't open to all. */
function newestMsgid(world: Scene): string {
  const events = world.log.conversations().flatMap((id) => [...world.log.all(id)]);
  return events.filter(({ kind }) => kind === "said").at(-1)?.msgid ?? "idnone";
}

/** Asks everything, in the world without the secret about `other`. */
function ask(observer: Twin, subject: LeakSubject, other: LeakSubject): void {
  observer.ignores();
  const given = new Set(subject.msgid === other.msgid ? [subject.msgid] : []);
  for (const queries of Object.values(LEAK_QUERIES)) {
    const lines = queries(other);
    for (const [index, line] of queries(subject).entries()) {
      observer.saysSecretly(line, lines[index]);
      const { secret, plain } = observer.hears(given);
      expect([line, secret]).toEqual([line, plain]);
    }
  }
}

for (const [what, secret] of Object.entries(SECRETS)) {
  describe(`who may not know it can't tell ${what}`, () => {
    for (const seed of seeds(4)) {
      test(`with seed ${seed}`, () => {
        const prng = new Prng(seed);
        const cast = castOf();
        secret.before?.(cast);
        for (const observer of Object.values(cast.observers)) observer.ignores();
        for (let step = 0; step < STEPS; step += 1) {
          if (prng.chance(30)) happenOpenly(cast, prng);
          else secret.act(cast, prng, newestMsgid(cast.worlds.secret));
          for (const twin of [cast.mina, cast.jun, cast.hana]) twin.ignores();
          for (const observer of Object.values(cast.observers)) {
            const { secret: heard, plain } = observer.hears(new Set());
            expect(heard).toEqual(plain);
            const { room, nick } = secret;
            const msgid = newestMsgid(cast.worlds.secret);
            const other = secret.isInBoth === true ? newestMsgid(cast.worlds.plain) : msgid;
            ask(observer, { room, nick, msgid }, { room, nick, msgid: other });
          }
          // Whoever is told of the questions hears as much of them in both worlds, or is an insider.
          for (const twin of [cast.mina, cast.jun, cast.hana]) twin.ignores();
        }
      });
    }
  });
}

import { describe, expect, test } from "bun:test";
import { NICKSERV_SERVICE } from "../../lib/chat-server/commands/services/nickserv.ts";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { helpPage } from "../../lib/chat-server/help-pages.ts";
import { OPERATOR_DOORS, type OperatorDoor } from "../../lib/chat-server/users/operator-doors.ts";
import {
  formatStoredEvent,
  parseStoredEvent,
} from "../../lib/file-manager/history/stored-event.ts";
import { OPERATOR_RIGHTS } from "../../lib/protocol/operator-rights.ts";
import { Scene } from "../scene.ts";
import { importsOf, SOURCE_FILES } from "../source.ts";

/** Which right each command and door for operators takes: operator-doors.ts. */

const PASSWORD_HASH = "hash of kettle";
/** An OPER name with one right alone, and one with all the others, for each right. */
const OPERATORS = OPERATOR_RIGHTS.flatMap((right) => [
  { name: `only-${right}`, passwordHash: PASSWORD_HASH, rights: [right] },
  {
    ...{ name: `but-${right}`, passwordHash: PASSWORD_HASH, grade: "odd" },
    rights: OPERATOR_RIGHTS.filter((other) => other !== right),
  },
]);

/** Boss, an operator by one of these names, beside Mina's room with Jun, who was reported and banned from. */
function stage(oper: string) {
  const scene = new Scene({ operators: OPERATORS, createRooms: "owners" });
  scene.settings = { options: scene.server.state.options, messages: [] };
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina", "message-tags", "echo-message");
  const jun = scene.person("jun", "message-tags", "echo-message");
  owner.says("JOIN #tea");
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  owner.says("MODE #tea +q mina", "PART #tea", "KLINE nobody!*@*", "DLINE 203.0.113.9");
  jun.says("PRIVMSG #tea :rude");
  const msgid = /msgid=(\w+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  mina.says(`REPORT #tea ${msgid} :rude`);
  const boss = scene.person("boss");
  boss.says(`OPER ${oper} kettle`);
  for (const actor of [owner, mina, jun, boss]) actor.hears();
  const ask = (line: string): string => boss.says(line).hearsPlain().join("\n");
  return { scene, boss, ask };
}

/** For each door a line, and what its answer has for who may pass. */
const PLAYS: Readonly<Record<OperatorDoor, readonly [line: string, answer: RegExp]>> = {
  KILL: ["KILL jun :out", /jun was disconnected/],
  KLINE: ["KLINE 2h jun!*@*", /is banned until/],
  UNKLINE: ["UNKLINE nobody!*@*", /is lifted/],
  DLINE: ["DLINE 203.0.113.7", /is banned/],
  UNDLINE: ["UNDLINE 203.0.113.9", /is lifted/],
  WALLOPS: ["WALLOPS :tea", /WALLOPS :tea/],
  REHASH: ["REHASH", / 382 /],
  STATS: ["STATS l", / 211 /],
  WHOIS: ["WHOIS jun", /is connecting from/],
  AUDIT: ["AUDIT #tea", /NOTE AUDIT END/],
  "CHANSERV LOG": ["CS LOG #tea", /mode \+q mina/],
  "ACCOUNT CHECK": ["ACCOUNT CHECK somebody", /NAME_FREE/],
  REPORTS: ["REPORTS", /NOTE REPORTS TEXT \S+ :?rude/],
  "CHANSERV REPORTS": ["CS REPORTS", /<jun> rude/],
  "CHANSERV CLOSE": ["CS CLOSE #tea", /#tea is closed/],
  "CHANSERV REOPEN": ["CS REOPEN #tea", /#tea is open$/m],
  "CHANSERV DROP": ["CS DROP #tea YES", /#tea was dropped/],
  "CHANSERV TAKEOVER": ["CS TAKEOVER #tea", /#tea has a founder: mina/],
  JOIN: ["JOIN #new", /JOIN #new/],
  INVITATION: ["INVITATION CREATE", /INVITATION CREATED/],
  "ACCOUNT FORGET": ["ACCOUNT FORGET jun", /FORGETTING jun/],
  "ACCOUNT SUSPEND": ["ACCOUNT SUSPEND jun 2h", /NOTE ACCOUNT SUSPENDED jun/],
  "ACCOUNT UNSUSPEND": ["ACCOUNT UNSUSPEND jun", /NOT_SUSPENDED jun/],
  "ACCOUNT RENAME": ["ACCOUNT RENAME jun june", /RENAMED jun june/],
  "ACCOUNT REMOVE": ["ACCOUNT REMOVE jun", /NOTE ACCOUNT REMOVED jun/],
  "ACCOUNT RESETLINK": ["ACCOUNT RESETLINK jun", /NOTE ACCOUNT RESET_LINK jun/],
  "NICKSERV INFO": ["NS INFO owner", /owner owns this server/],
  "ACCOUNT GRADE": ["ACCOUNT GRADE jun helper", /NOTE ACCOUNT GRADED jun helper/],
};
/** Members may ask these themselves; the other tests say what operators get beyond that. */
const OPEN_TO_MEMBERS: readonly OperatorDoor[] = ["ACCOUNT CHECK", "NICKSERV INFO"];
/** These show less to who lacks the right, as to everybody else. */
const SILENT: readonly OperatorDoor[] = ["WHOIS", "REPORTS", "CHANSERV REPORTS"];

describe.each(Object.keys(PLAYS) as OperatorDoor[])("%s", (door) => {
  const right = OPERATOR_DOORS[door];
  const [line, answer] = PLAYS[door];

  test("is open to who has its right alone", () => {
    expect(stage(`only-${right}`).ask(line)).toMatch(answer);
  });

  if (OPEN_TO_MEMBERS.includes(door)) return;
  test("is closed to who has all rights but this", () => {
    const heard = stage(`but-${right}`).ask(line);
    expect(heard).not.toMatch(answer);
    if (door === "JOIN") return expect(heard).toContain(" 481 boss ");
    if (door === "AUDIT") return expect(heard).toMatch(/ 44[12] boss #tea | 482 boss #tea /);
    if (!SILENT.includes(door)) {
      expect(heard).toContain(`That takes the right "${right}", which the grade odd doesn't have`);
    }
  });
});

test("every door has a play", () => {
  expect(Object.keys(PLAYS)).toEqual(Object.keys(OPERATOR_DOORS));
});

test("every command that is for operators has a row", () => {
  const doors = Object.keys(OPERATOR_DOORS);
  const forOperators = [...COMMANDS.keys()].filter((verb) =>
    /For (?:the )?operators\b/.test(helpPage(verb)?.join("\n") ?? ""),
  );
  const missing = forOperators.filter(
    (verb) => !doors.some((door) => door === verb || door.startsWith(`${verb} `)),
  );
  expect(missing).toEqual([]);
  const services = NICKSERV_SERVICE.commands.filter(({ help }) => help.startsWith("For operators"));
  expect(services.map(({ name }) => name)).toEqual([
    ...["RESETLINK", "SUSPEND", "UNSUSPEND", "RENAME", "DELETE", "GRADE"],
  ]);
});

test("no command asks whether somebody is an operator where it means a right", () => {
  // These mark operators, keep bans off them, or say that they lack a right.
  const marking = [
    "lib/chat-server/admin/admin-people.ts",
    "lib/chat-server/commands/account/account-forget.ts",
    "lib/chat-server/commands/account/invitation.ts",
    "lib/chat-server/commands/connection/connection.ts",
    "lib/chat-server/commands/server/operator.ts",
    "lib/chat-server/commands/services/service.ts",
    "lib/chat-server/sessions/greeting.ts",
    "lib/chat-server/users/operator-doors.ts",
    "lib/chat-server/users/set-server-ban.ts",
  ];
  const asking = SOURCE_FILES.filter((path) =>
    importsOf(path).some(({ names }) => names.some((name) => /^(is|require)Operator$/.test(name))),
  );
  expect(asking.sort()).toEqual(marking);
});

test("a grade shows in WHOIS, and in the tag of what the operator writes, also from the files", () => {
  const scene = new Scene({
    operators: [
      { name: "boss", passwordHash: PASSWORD_HASH, grade: "moderator", rights: ["kick"] },
    ],
  });
  const mina = scene.person("mina");
  const jun = scene.person("jun", "message-tags", "draft/oper-tag", "draft/chathistory");
  mina.says("OPER boss kettle", "JOIN #tea");
  jun.says("JOIN #tea", "WHOIS mina");
  expect(jun.hears().join("\n")).toContain(
    " 313 jun mina :is an operator of this server (moderator)",
  );
  mina.says("PRIVMSG #tea :hello");
  expect(jun.hears().at(-1)).toMatch(/^@(?:\S+;)?draft\/oper=moderator;\S* :mina!\S+ PRIVMSG #tea/);
  const said = scene.log.all(scene.log.conversations()[0] as never).at(-1);
  if (said === undefined) throw new Error("nothing was stored");
  expect(parseStoredEvent(formatStoredEvent(said).trimEnd(), said.conversation)).toMatchObject({
    event: { by: { oper: true, operRole: "moderator" } },
  });
  jun.says("CHATHISTORY LATEST #tea * 1");
  expect(jun.hears().join("\n")).toContain("draft/oper=moderator");
  mina.says("DEOPER", "PRIVMSG #tea :bye");
  expect(jun.hears().at(-1)).not.toContain("draft/oper");
});

test("an account's grade makes it an operator at once, from each log-in on, until it is taken back", () => {
  const scene = new Scene();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina");
  owner.says("NS GRADE mina helper");
  expect(owner.hearsPlain().at(-1)).toContain(":mina has the grade helper now");
  expect(mina.hears()).toEqual([expect.stringMatching(/MODE mina \+o$/)]);
  mina.says("KILL owner");
  expect(mina.hears()).toEqual([
    ':tea.test 481 mina :That takes the right "kick", which the grade helper doesn\'t have',
  ]);
  const later = scene.restart();
  const again = later.connect().logsIn("mina");
  expect(again.hears().at(-1)).toMatch(/MODE mina \+o$/);
  const boss = later.person("owner");
  boss.says("ACCOUNT GRADE mina none");
  expect(again.hears()).toEqual([expect.stringMatching(/MODE mina -o$/)]);
  boss.hears();
  boss.says("ACCOUNT GRADE mina captain");
  expect(boss.hears()).toEqual([
    ":tea.test FAIL ACCOUNT NO_SUCH_GRADE mina :There are the grades maker, helper, moderator, admin, owner, and none",
  ]);
  expect(later.audit().map(({ act, target, reason }) => [act, target, reason])).toEqual([
    ["grade", "mina", "none"],
  ]);
});

test("a maker creates rooms where others may not, and is no operator", () => {
  const scene = new Scene({ createRooms: "owners" });
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina");
  mina.says("JOIN #tea");
  expect(mina.hearsVerbs()).toEqual(["481"]);
  owner.says("ACCOUNT GRADE mina maker");
  mina.says("JOIN #tea", "WHOIS mina", "STATS l");
  const heard = mina.hears().join("\n");
  expect(heard).toContain("JOIN #tea");
  expect(heard).toContain(":Only the operators of this server may do that");
  expect(heard).not.toContain(" 313 ");
});

test("somebody founds as many rooms as the settings say, live; who may create rooms anyway, more", () => {
  const scene = new Scene({ roomsPerAccount: 1 });
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina");
  const guest = scene.guest("guest");
  const refusal = ":You are the founder of as many rooms as one person may have here";
  for (const actor of [mina, guest]) {
    const nick = actor === mina ? "mina" : "guest";
    actor.says(`JOIN #${nick}1`);
    actor.hears();
    actor.says(`JOIN #${nick}2`);
    expect(actor.hears()).toEqual([`:tea.test 405 ${nick} #${nick}2 ${refusal}`]);
  }
  scene.server.state.applyOptions({ ...scene.server.state.options, roomsPerAccount: 2 });
  mina.says("JOIN #mina2", "JOIN #guest1", "JOIN #mina3");
  expect(mina.hears().join("\n")).toMatch(/JOIN #mina2[\s\S]*JOIN #guest1[\s\S]* 405 mina #mina3 /);
  for (const name of ["a", "b", "c"]) owner.says(`JOIN #${name}`);
  expect(scene.server.state.users.byNick("owner" as never)?.rooms.size).toBe(3);
});

test("an invitation without a number is for as many people as the settings say", () => {
  const scene = new Scene({ inviteUses: 3 });
  scene.signUp("owner", true);
  const owner = scene.person("owner").says("INVITATION CREATE", "INVITATION CREATE *");
  expect(owner.hears().map((line) => line.split(" ")[5])).toEqual(["3", "*"]);
});

test("reloaded settings change what operators may do, and end what they no longer name", () => {
  const entry = { name: "boss", passwordHash: PASSWORD_HASH };
  const scene = new Scene({ operators: [{ ...entry, grade: "x", rights: ["announce"] }] });
  const mina = scene.guest("mina");
  mina.says("OPER boss kettle");
  mina.hears();
  const apply = (operators: readonly object[], grades = {}) =>
    scene.server.state.applyOptions({
      ...scene.server.state.options,
      operators: operators as never,
      grades,
    });
  apply([{ ...entry, grade: "x", rights: ["see"] }]);
  mina.says("WALLOPS :tea", "STATS l");
  expect(mina.hearsVerbs()).toEqual(["481", "211", "219"]);
  apply([]);
  expect(mina.hears()).toEqual([":mina!~mina@guest.test MODE mina -o"]);
});

describe("an operator of a grade", () => {
  function grades() {
    const scene = new Scene({ operators: OPERATORS });
    scene.signUp("owner", true);
    const owner = scene.person("owner").says("JOIN #tea", "PRIVMSG #tea :hello");
    for (const [name, grade] of [
      ["mod", "moderator"],
      ["adm", "admin"],
      ["sun", "admin"],
    ] as const) {
      scene.signUp(name);
      owner.says(`NS GRADE ${name} ${grade}`);
    }
    owner.hears();
    const at = (name: string, address: string) => {
      const actor = scene.connect({ address }).logsIn(name, ["standard-replies"]);
      actor.hears();
      return actor;
    };
    return { scene, owner, at };
  }

  test("bans neither owners from the server nor others who may ban, here or away", () => {
    const { owner, at } = grades();
    const mod = at("mod", "203.0.113.1");
    const adm = at("adm", "203.0.113.2");
    for (const ban of [
      "KLINE 1h ~a:owner",
      "KLINE 1h own*!*@*",
      "KLINE 1h ~a:adm",
      "KLINE 1h ad*!*@*",
      "KLINE 1h ~a:sun",
      "DLINE 1h 192.0.2.1",
      "DLINE 1h 203.0.113.2",
    ]) {
      const [answer = ""] = mod.says(ban).hears();
      expect(answer).toContain(`FAIL ${ban.split(" ")[0]} PROTECTED_ACCOUNT`);
    }
    expect(mod.says("KLINE 1h jun!*@*", "DLINE 1h 198.51.100.1").hearsVerbs()).toEqual([
      "NOTICE",
      "NOTICE",
    ]);
    expect(owner.says("KLINE 1h ~a:adm").hearsVerbs()).toEqual(["NOTICE"]);
    expect(adm.closed).toBe(false);
  });

  test("erases the messages neither of owners nor of others who may, by name, id or former name", () => {
    const { scene, owner, at } = grades();
    const adm = at("adm", "203.0.113.2");
    const id = scene.members.account("owner" as never)?.id;
    owner.says("NS RENAME sun moon");
    for (const target of ["owner", id, "moon", "sun"]) {
      const [answer = ""] = adm.says(`ACCOUNT FORGET ${target}`).hears();
      expect(answer).toContain("FAIL ACCOUNT PROTECTED_ACCOUNT");
    }
    expect(adm.says("ACCOUNT FORGET mod").hears()[0]).toContain("FORGETTING");
  });

  test("does to the bots of owners what they may do to owners, which is nothing", () => {
    const { owner, at } = grades();
    const adm = at("adm", "203.0.113.2");
    owner.says("ACCOUNT CONFIRM owner-password", "ACCOUNT BOT ADD guard", "NS SUSPEND guard 1m");
    expect(owner.hearsPlain().at(-1)).toContain("guard is suspended until");
    for (const line of ["SUSPEND guard 1h", "REMOVE guard", "RENAME guard gard", "FORGET guard"]) {
      expect(adm.says(`ACCOUNT ${line}`).hears()[0]).toContain("PROTECTED_ACCOUNT");
    }
    expect(owner.says("ACCOUNT RESETLINK guard").hears()[0]).toContain("BOT_ACCOUNT guard");
  });

  test("does nothing to the account of somebody with the same right by OPER", () => {
    const { scene, at } = grades();
    const boss = scene.person("boss").says("OPER only-accounts kettle");
    const adm = at("adm", "203.0.113.2");
    expect(adm.says("ACCOUNT SUSPEND boss 1h").hears()[0]).toContain("PROTECTED_ACCOUNT");
    boss.says("DEOPER");
    expect(adm.says("ACCOUNT SUSPEND boss 1h").hears()[0]).toContain("SUSPENDED boss");
  });
});

import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { botRefusal } from "../../lib/chat-server/users/bot-rules.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { type Actor, Scene } from "../scene.ts";

/** Bots: accounts that a person makes for a program, with a token, rooms and rights. */

/** Makes a bot, and returns its token. */
function makeBot(mina: Actor, name: string, limits: string): string {
  mina.hears();
  mina.says("ACCOUNT CONFIRM mina-password", `ACCOUNT BOT ADD ${name} ${limits}`);
  const params = parseMessage(mina.hears().at(-1) ?? "")?.params ?? [];
  expect(params.slice(1, 3)).toEqual(["BOT_TOKEN", name]);
  return params[3] ?? "";
}

/** A stage with #ops and #tea, and mina's bot in #ops. */
function withBot(limits = "rooms=#ops rights=speak") {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #ops", "JOIN #tea");
  const token = makeBot(mina, "deploybot", limits);
  const logIn = (stage = scene): Actor => {
    const bot = stage.connect().logsIn("deploybot", ["standard-replies", "message-tags"], token);
    bot.says("JOIN #ops");
    return bot;
  };
  const bot = logIn();
  bot.hears();
  mina.hears();
  return { scene, mina, token, bot, logIn };
}

function refusals(bot: Actor, ...lines: string[]): string[] {
  return lines.map((line) => {
    bot.hears();
    bot.says(line);
    const answer = bot.hearsPlain().find((heard) => heard.includes(" BOT_NOT_ALLOWED ")) ?? "";
    return answer.slice(answer.indexOf(" :") + 2);
  });
}

test("every command says what bots need for it", () => {
  const { scene, bot } = withBot();
  const without = [...COMMANDS.values()].filter(({ verb }) => {
    try {
      botRefusal(scene.server.state, bot.session, verb, []);
      return false;
    } catch {
      return true;
    }
  });
  expect(without).toEqual([]);
});

test("a bot logs in with its name and token, has +B, and its messages the tag of a bot", () => {
  const { scene, token, bot } = withBot();
  const jun = scene.guest("jun", "message-tags").says("JOIN #ops");
  jun.hears();
  bot.says("PRIVMSG #ops :deployed");
  expect(jun.hears()[0]).toMatch(
    /^@(?:[^ ]*;)?bot(?:;[^ ]*)? :deploybot!.* PRIVMSG #ops :deployed$/,
  );
  bot.hears();
  bot.says("MODE deploybot -B", "MODE deploybot");
  expect(bot.hears().at(-1)).toMatch(/ 221 deploybot \+BZ$/);
  jun.says("WHOIS deploybot");
  expect(jun.hearsPlain()).toContain(":tea.test 335 jun deploybot :is a bot of mina");
  const [account] = [...scene.members.accounts()].filter(({ bot: isBot }) => isBot !== undefined);
  expect(JSON.stringify(account)).not.toContain(token);
  expect(JSON.stringify(scene.members.snapshot())).not.toContain(token);
});

test("a bot logs in by its former name while that rests", () => {
  const { scene, token } = withBot();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  owner.says("ACCOUNT RENAME deploybot ci-bot");
  for (const name of ["deploybot", "ci-bot"]) {
    expect(scene.connect().logsIn(name, [], token).hearsVerbs()).toContain("903");
  }
});

test("a bot that is being stored while the password changes can't log in, and none outlives its maker", () => {
  const { scene, mina } = withBot();
  const thief = scene.connect().logsIn("mina");
  for (const actor of [mina, thief]) actor.says("ACCOUNT CONFIRM mina-password").hears();
  scene.holding = true;
  thief.says("ACCOUNT BOT ADD thiefbot rooms=#ops");
  mina.says("ACCOUNT PASSWORD KEEP :barley tea and rice", "ACCOUNT PASSWORD :rice and barley tea");
  scene.holding = false;
  scene.settle();
  const bots = [...scene.members.accounts()].flatMap(({ name, bot }) =>
    bot ? [name, bot.token] : [],
  );
  expect(bots as string[]).toEqual(["deploybot", "*", "thiefbot", "*"]);
  scene.holding = true;
  mina.says("ACCOUNT DELETE");
  mina.says("ACCOUNT BOT ADD another rooms=#ops");
  scene.holding = false;
  scene.settle();
  expect([...scene.members.accounts()]).toEqual([]);
});

test("a bot is one after a restart, too", () => {
  const { scene, logIn } = withBot();
  const restarted = scene.restart();
  const away = [...restarted.server.state.users.all()].find(
    ({ account }) => String(account) === "deploybot",
  );
  expect(away?.identity.bot).toBe(true);
  const again = logIn(restarted);
  again.hears();
  again.says("MODE deploybot");
  expect(again.hears().at(-1)).toMatch(/\+BZ$/);
});

test("a right token is never slowed, and a wrong one is refused like a wrong password", () => {
  const { scene, logIn } = withBot();
  for (let n = 0; n < 60; n += 1) {
    scene.connect().logsIn("deploybot", [], `sodam-bot-${"a".repeat(26)}`);
  }
  const wrong = scene.connect().logsIn("deploybot", [], "sodam-bot-wrong");
  expect(wrong.hears().some((line) => line.includes(" 904 "))).toBe(true);
  const stranger = scene.connect().logsIn("mina", [], "sodam-bot-wrong");
  expect(stranger.hears().some((line) => line.includes(" 904 "))).toBe(true);
  scene.holding = true;
  const bot = logIn();
  // No password waits in a queue for it.
  expect(bot.session.account as string).toBe("deploybot");
  scene.holding = false;
  scene.settle();
});

test("a bot enters its rooms alone: by no other name, forward or former name", () => {
  const { scene, mina, bot } = withBot();
  expect(refusals(bot, "JOIN #tea", "JOIN #new", "JOIN #ops,#tea", "PRIVMSG #tea :hello")).toEqual([
    ...["#tea", "#new", "#tea", "#tea"].map((room) => `${room} is not one of this bot's rooms`),
  ]);
  expect(scene.server.state.rooms.byName("#new")).toBe(null);
  bot.says("PART #ops");
  mina.says("MODE #ops +if #tea");
  expect(refusals(bot, "JOIN #ops")).toEqual(["#tea is not one of this bot's rooms"]);
  mina.says("MODE #ops -if", "RENAME #ops #operations");
  expect(refusals(bot, "JOIN #ops")).toEqual(["#operations is not one of this bot's rooms"]);
});

test("a bot's former token isn't brought back by other limits that were on their way", () => {
  const { scene, mina, token } = withBot();
  const other = scene.connect().logsIn("mina");
  other.says("ACCOUNT CONFIRM mina-password").hears();
  scene.passes(1000);
  scene.holding = true;
  mina.says("ACCOUNT BOT TOKEN deploybot");
  other.says("ACCOUNT BOT SET deploybot rights=direct");
  scene.holding = false;
  scene.settle();
  expect(scene.connect().logsIn("deploybot", [], token).hearsVerbs()).toContain("904");
});

test("a bot stays in a room that is renamed", () => {
  const { mina, bot } = withBot();
  mina.says("RENAME #ops #operations");
  expect(refusals(bot, "PRIVMSG #operations :still here")).toEqual([""]);
});

describe("a bot's rights", () => {
  const questions = {
    read: ["CHATHISTORY LATEST #ops * 5", "HISTORY #ops", "MARKREAD #ops"],
    speak: ["PRIVMSG #ops :hi", "NOTICE #ops :hi", "PRIVMSG @#ops :hi", "EDIT #ops id9 :hi"],
    react: ["@+typing=active TAGMSG #ops"],
    direct: ["PRIVMSG mina :hi", "NOTICE mina :hi"],
    moderate: ["TOPIC #ops :new", "MODE #ops +m", "MODE #ops +b a!*@*", "KICK #ops jun"],
  } as const;

  test.each(["read", "speak", "react", "direct", "moderate"] as const)(
    "%s allows its commands, and no other right does",
    (right) => {
      const others = Object.keys(questions).filter((other) => other !== right);
      const lines = questions[right];
      const without = withBot(`rooms=#ops rights=${others.join(",")}`).bot;
      expect(refusals(without, ...lines)).toEqual(
        lines.map(() => `This bot lacks the right "${right}"`),
      );
      const bot = withBot(`rooms=#ops rights=${right}`).bot;
      expect(refusals(bot, ...lines)).toEqual(lines.map(() => ""));
    },
  );

  test("never include accounts, services, invitations and the server", () => {
    const { bot } = withBot("rooms=#ops rights=read,speak,react,direct,moderate");
    const lines = [
      ...["ACCOUNT DATA", "ACCOUNT PASSWORD :new password here", "ACCOUNT BOT ADD another"],
      ...["ACCOUNT CERT ADD x", "REGISTER * * :new password here", "INVITATION CREATE"],
      ...["NS INFO mina", "CS INFO #ops", "INVITE jun #ops", "RENAME #ops #tea2"],
      ...["OPER a b", "KILL mina :x", "REHASH", "KLINE a!*@*"],
    ];
    expect(refusals(bot, ...lines)).toEqual(lines.map(() => "Bots can't do that"));
    expect(refusals(bot, "PRIVMSG NickServ :INFO mina", "PRIVMSG chanserv@x :INFO")).toEqual([
      ...["Bots can't use the services", "Bots can't use the services"],
    ]);
  });

  test("let a bot that may speak send several lines as one message, to its rooms alone", () => {
    const { mina, bot } = withBot();
    bot.says("CAP REQ :batch draft/multiline");
    const lines = (target: string): string[] => [
      `BATCH +b draft/multiline ${target}`,
      `@batch=b PRIVMSG ${target} :one`,
      `@batch=b PRIVMSG ${target} :two`,
      "BATCH -b",
    ];
    expect(refusals(bot, ...lines("#ops"))).toEqual(["", "", "", ""]);
    const heard = mina.hearsPlain().filter((line) => line.includes("PRIVMSG #ops"));
    expect(heard.map((line) => line.slice(line.lastIndexOf(":")))).toEqual([":one", ":two"]);
    expect(refusals(bot, ...lines("#tea"))[0]).toBe("#tea is not one of this bot's rooms");
    expect(refusals(bot, ...lines("mina"))[0]).toBe('This bot lacks the right "direct"');
    expect(mina.hearsPlain().some((line) => line.includes("PRIVMSG"))).toBe(false);
  });

  test("are all needed for a list of rooms and people", () => {
    const line = "PRIVMSG #ops,mina :hi";
    expect(refusals(withBot("rooms=#ops rights=direct").bot, line)).toEqual([
      'This bot lacks the right "speak"',
    ]);
    expect(refusals(withBot("rooms=#ops rights=speak").bot, line)).toEqual([
      'This bot lacks the right "direct"',
    ]);
    expect(refusals(withBot("rooms=#ops rights=speak,direct").bot, line)).toEqual([""]);
  });

  test("keep history from a bot that may not read it, also on joining", () => {
    const scene = new Scene();
    const mina = scene.person("mina").says("JOIN #ops", "PRIVMSG #ops :a secret of yesterday");
    const tokens = [
      makeBot(mina, "reader", "rooms=#ops rights=read"),
      makeBot(mina, "writer", "rooms=#ops rights=speak"),
    ];
    const heard = tokens.map((token, n) => {
      const bot = scene.connect().logsIn(["reader", "writer"][n] ?? "", [], token);
      return bot.says("JOIN #ops").hears().join("\n").includes("a secret of yesterday");
    });
    expect(heard).toEqual([true, false]);
  });

  test("keep a bot with the rank of an op from deleting others' messages without the right", () => {
    const { mina, bot } = withBot("rooms=#ops rights=speak");
    mina.says("MODE #ops +o deploybot", "PRIVMSG #ops :words of mina");
    const msgid = /msgid=([^; ]+)/.exec(
      bot.hears().find((line) => line.includes("words of mina")) ?? "",
    )?.[1];
    bot.says(`REDACT #ops ${msgid}`);
    expect(bot.hears().at(-1)).toContain("FAIL REDACT REDACT_FORBIDDEN");
  });
});

describe("bots are managed by who made them", () => {
  test("they are listed, changed and removed, and their names rest", () => {
    const { scene, mina, bot } = withBot();
    mina.says("ACCOUNT BOT LIST");
    expect(mina.hears()).toEqual([
      ":tea.test NOTE ACCOUNT BOT deploybot 2026-11-22T00:30:00.000Z speak #ops :",
      ":tea.test NOTE ACCOUNT BOTS_END :End of the list",
    ]);
    mina.says("ACCOUNT BOT SET deploybot rooms=#ops,#tea");
    expect(refusals(bot, "JOIN #tea", "HISTORY #tea")).toEqual([
      "",
      'This bot lacks the right "read"',
    ]);
    mina.hears();
    mina.says("ACCOUNT BOT DEL deploybot");
    expect(mina.hears().at(-1)).toContain("NOTE ACCOUNT BOT_REMOVED deploybot");
    expect(bot.closed).toBe(true);
    expect(scene.server.state.rooms.byName("#ops")?.members.size).toBe(1);
    mina.says("ACCOUNT BOT LIST", "ACCOUNT BOT ADD deploybot");
    expect(mina.hears()).toEqual([
      ":tea.test NOTE ACCOUNT BOTS_END :End of the list",
      ":tea.test FAIL ACCOUNT ACCOUNT_EXISTS deploybot :That name is taken. Try another",
    ]);
  });

  test("another account can't list, change or remove them, and learns nothing of them", () => {
    const { scene } = withBot();
    const jun = scene.person("jun");
    jun.says("ACCOUNT CONFIRM jun-password");
    jun.hears();
    jun.says("ACCOUNT BOT LIST", "ACCOUNT BOT DEL deploybot", "ACCOUNT BOT TOKEN deploybot");
    jun.says("ACCOUNT BOT DEL nobody", "ACCOUNT BOT SET mina rights=");
    expect(jun.hears().map((line) => line.replace(":tea.test ", ""))).toEqual([
      "NOTE ACCOUNT BOTS_END :End of the list",
      "FAIL ACCOUNT NO_SUCH_BOT deploybot :You have no bot of that name",
      "FAIL ACCOUNT NO_SUCH_BOT deploybot :You have no bot of that name",
      "FAIL ACCOUNT NO_SUCH_BOT nobody :You have no bot of that name",
      "FAIL ACCOUNT NO_SUCH_BOT mina :You have no bot of that name",
    ]);
  });

  test("a new token ends the sessions of the former one, which is worth nothing", () => {
    const { scene, mina, token, bot } = withBot();
    mina.says("ACCOUNT BOT TOKEN deploybot");
    const renewed = parseMessage(mina.hears().at(-1) ?? "")?.params[3] ?? "";
    expect(bot.closed).toBe(true);
    const outcomes = [token, renewed].map((each) =>
      scene.connect().logsIn("deploybot", [], each).hearsVerbs().includes("001"),
    );
    expect(outcomes).toEqual([false, true]);
  });

  test("a new password of who made them ends their tokens, unless devices are kept", () => {
    const { mina, token, bot, logIn } = withBot();
    mina.says("ACCOUNT PASSWORD KEEP :a kettle of barley");
    expect(bot.closed).toBe(false);
    mina.says("ACCOUNT PASSWORD :another kettle of barley");
    expect(bot.closed).toBe(true);
    expect(logIn().hears().join("\n")).toContain(" 904 ");
    mina.hears();
    mina.says("ACCOUNT BOT TOKEN deploybot");
    const params = parseMessage(mina.hears().at(-1) ?? "")?.params ?? [];
    expect(params[3]).not.toBe(token);
  });

  test("they can't be used while who made them is suspended", () => {
    const { scene, bot, logIn } = withBot();
    scene.signUp("owner", true);
    const owner = scene.connect().logsIn("owner", []);
    owner.says("ACCOUNT SUSPEND mina 2h :spam");
    expect(bot.closed).toBe(true);
    expect(logIn().hears().join("\n")).toContain("ACCOUNT_SUSPENDED");
    owner.says("ACCOUNT UNSUSPEND mina");
    expect(logIn().hearsVerbs()).toContain("001");
  });

  test("making one takes the password, a free name, known rights and a place", () => {
    const scene = new Scene({ botsPerAccount: 2 });
    scene.signUp("jun");
    const mina = scene.person("mina");
    mina.says("ACCOUNT BOT ADD one");
    expect(mina.hears().at(-1)).toContain("CONFIRMATION_REQUIRED");
    makeBot(mina, "one", "");
    for (const [words, code] of [
      ["jun", "ACCOUNT_EXISTS"],
      ["jսn", "BAD_ACCOUNT_NAME"],
      ["two rights=everything", "INVALID_PARAMS"],
      ["two rooms=tea", "INVALID_PARAMS"],
    ]) {
      mina.says(`ACCOUNT BOT ADD ${words}`);
      expect(mina.hears().at(-1)).toContain(`FAIL ACCOUNT ${code}`);
    }
    makeBot(mina, "two", "");
    mina.says("ACCOUNT BOT ADD three");
    expect(mina.hears().at(-1)).toContain("FAIL ACCOUNT LIMIT_REACHED 2 ");
  });

  test("they go with the account that made them, after a restart as well", () => {
    const { scene, mina, token, bot } = withBot();
    mina.says("ACCOUNT DELETE");
    expect(bot.closed).toBe(true);
    expect([...scene.members.accounts()]).toEqual([]);
    for (const stage of [scene, scene.restart()]) {
      const again = stage.connect().logsIn("deploybot", [], token);
      expect(again.hearsVerbs()).not.toContain("900");
    }
  });

  test("one's own data lists them, without the token", () => {
    const { mina, token } = withBot();
    mina.says("ACCOUNT DATA");
    const data = mina.hears().join("\n");
    expect(data).toContain("DATA BOT deploybot 2026-11-22T00:30:00.000Z speak #ops");
    expect(data).not.toContain(token);
  });

  test("NickServ makes them, too", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    mina.says("NS CONFIRM mina-password", "NS BOT ADD deploybot rooms=#ops rights=speak");
    const [token = ""] = /sodam-bot-\w+/.exec(mina.hears().at(-1) ?? "") ?? [];
    const bot = scene.connect().introduces("deploybot");
    bot.says(`NS IDENTIFY deploybot ${token}`);
    expect(bot.session.account as string).toBe("deploybot");
  });
});

describe("a bot of somebody who is banned", () => {
  test("is banned as well from the room, and kicked, until the ban is lifted", () => {
    const { mina, bot, scene } = withBot();
    const jun = scene.person("jun").says("JOIN #ops");
    mina.says("CS TRANSFER #ops jun", "CS DEOP #ops mina");
    mina.hears();
    bot.hears();
    jun.says("CS BAN #ops mina 2h spam");
    expect(bot.hearsPlain().at(-1)).toBe(`:jun!u@jun000000001.account KICK #ops deploybot spam`);
    expect(bot.says("JOIN #ops").hearsVerbs()).toEqual(["474"]);
    jun.says("CS UNBAN #ops mina");
    bot.hears();
    expect(bot.says("JOIN #ops").hearsVerbs()).toContain("JOIN");
  });

  test("is muted with them, unless a bot is excepted", () => {
    const { mina, bot, scene } = withBot();
    const jun = scene.person("jun").says("JOIN #ops");
    mina.says("CS TRANSFER #ops jun", "CS DEOP #ops mina");
    jun.says("CS MUTE #ops mina");
    bot.hears();
    expect(bot.says("PRIVMSG #ops :spam").hearsVerbs()).toEqual(["404"]);
    jun.says("MODE #ops +e ~a:deploybot");
    bot.hears();
    expect(bot.says("PRIVMSG #ops :deployed").hears()).toEqual([]);
  });

  test("is banned with them from the server", () => {
    const { scene, bot, logIn } = withBot();
    scene.signUp("owner", true);
    scene.person("owner").says("KLINE 1h ~a:mina :spam");
    expect(bot.closed).toBe(true);
    expect(logIn().hearsVerbs()).toContain("465");
  });
});

test("a bot whose rooms are others now leaves those that it may not enter, connected or not", () => {
  for (const isHere of [true, false]) {
    const { mina, bot, scene } = withBot("rooms=#ops,#tea");
    bot.says("JOIN #tea");
    if (!isHere) bot.vanishes();
    mina.hears();
    mina.says("ACCOUNT BOT SET deploybot rights=speak");
    expect(mina.hearsVerbs()).toEqual(["NOTE"]);
    mina.says("ACCOUNT BOT SET deploybot rooms=#tea");
    expect(mina.hearsPlain()).toContain(`:deploybot!u@${bot.session.accountId}.account PART #ops`);
    const names = [...(scene.server.state.users.byNick("deploybot" as never)?.rooms ?? [])];
    expect(names.map(({ name }) => name)).toEqual(["#tea" as never]);
  }
});

test("a bot that may not speak says nothing of itself, and gives no reason", () => {
  const { mina, bot } = withBot("rooms=#ops rights=read");
  const lacks = 'This bot lacks the right "speak"';
  expect(
    refusals(bot, "SETNAME :spam", "AWAY :spam", "METADATA * SET status :spam", "AWAY"),
  ).toEqual([lacks, lacks, lacks, ""]);
  mina.hears();
  bot.says("PART #ops :spam");
  expect(mina.hearsPlain().join("\n")).toEndWith(" PART #ops");
});

test("a bot creates no room, whose founder it would be", () => {
  const { bot } = withBot("rooms=#ops,#new");
  expect(refusals(bot, "JOIN #new")).toEqual([
    "There is no such room, and bots don't create rooms",
  ]);
});

test("two sessions at once make no more bots than one", () => {
  const scene = new Scene({ botsPerAccount: 1 });
  const sessions = [scene.person("mina"), scene.person("mina")];
  for (const session of sessions) session.says("ACCOUNT CONFIRM mina-password");
  scene.holding = true;
  for (const [index, session] of sessions.entries()) session.says(`ACCOUNT BOT ADD bot${index}`);
  scene.settle();
  const bots = [...scene.members.accounts()].filter(({ bot }) => bot !== undefined);
  expect(bots.map(({ name }) => name)).toEqual(["bot0" as never]);
});

test("a bot has no reset link and no grade: its token is what it logs in by", () => {
  const { scene, token } = withBot();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  owner.says("ACCOUNT RESETLINK deploybot", "ACCOUNT GRADE deploybot admin");
  expect(owner.hears().map((line) => line.split(" ").slice(1, 5).join(" "))).toEqual([
    "FAIL ACCOUNT BOT_ACCOUNT deploybot",
    "FAIL ACCOUNT BOT_ACCOUNT deploybot",
  ]);
  owner.says("NS RESETLINK deploybot");
  expect(owner.hears().join("\n")).not.toContain("reset-");
  expect(scene.audit()).toEqual([]);
  const bot = scene.connect().logsIn("deploybot", [], token);
  expect(bot.hears().some((line) => line.includes(" 900 "))).toBe(true);
});

test("who makes bots and removes them again and again has to wait: each leaves a name that rests", () => {
  const scene = new Scene({ floodControl: true });
  const first = scene.person("mina");
  const made = (name: string, mina = first): boolean => {
    mina.hears();
    mina.says("ACCOUNT CONFIRM mina-password", `ACCOUNT BOT ADD ${name}`);
    const isMade = mina.hears().at(-1)?.includes("BOT_TOKEN") ?? false;
    mina.says(`ACCOUNT BOT DEL ${name}`);
    // Nobody can ask about more than thirty names an hour.
    scene.passes(3 * 60_000);
    return isMade;
  };
  const results = Array.from({ length: 40 }, (_, n) => made(`bot-${"abcdefgh"[n % 8]}${n}`));
  expect(results.filter(Boolean).length).toBeLessThan(25);
  expect(results.slice(0, 18)).not.toContain(false);
  scene.passes(3 * 3_600_000);
  expect(made("bot-later", scene.person("mina"))).toBe(true);
});

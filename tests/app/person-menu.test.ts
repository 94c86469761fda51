import { describe, expect, test } from "bun:test";
import { openPerson } from "../../lib/app/chat-screen/keys/person-keys.ts";
import { actionsOf } from "../../lib/app/chat-screen/message-actions.ts";
import { commandOf, personActs } from "../../lib/app/chat-screen/person-actions.ts";
import { ownRanks } from "../../lib/app/chat-screen/ranks.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { serviceSentence } from "../../lib/app/slash/service-sentences.ts";
import { foldBy } from "../../lib/protocol/case-mapping.ts";
import { Isupport } from "../../lib/protocol/wire/isupport.ts";
import { Scene } from "../scene.ts";
import { openChat } from "./open-chat.ts";
import { conversation, line, member, membersOf, SATURDAY, stateOf } from "./team.ts";
import { Typist } from "./typist.ts";

const ENTER = "\r";
const ESCAPE = "\x1b";
const OURS = new Set(["sodam.chat/report"]);

function room(own: string, theirs: string) {
  const members = membersOf(member("하나", { ranks: own }), member("jun", { ranks: theirs }));
  return conversation("#tea", { members, lines: [line(SATURDAY, "jun", "hi")] });
}

function facing(own: string, theirs = "", caps = OURS, options = {}): Typist {
  const typist = new Typist({ ...stateOf(room(own, theirs)), caps }, options);
  typist.ui = { ...openPerson(typist.ui, "jun"), keyboard: "latin" };
  return typist;
}

function slashes(typist: Typist): string[] {
  return typist.acts.flatMap((effect) => (effect.kind === "slash" ? [effect.text] : []));
}

test("ranks are found also where the server folds [] to {}", () => {
  const serverFold = foldBy("rfc1459");
  const people = [member("me[x]", { ranks: "@" }), member("jun[y]", { ranks: "%" })];
  const members = new Map(people.map((each) => [serverFold(each.nick), each]));
  const said = line(SATURDAY, "jun[y]", "hi");
  const tea = conversation("#tea", { members, lines: [said] });
  const base = stateOf(tea);
  const caps = new Set([...OURS, "draft/message-redaction"]);
  const state = { ...base, fold: serverFold, caps, me: { ...base.me, nick: "me[x]" } };
  expect(personActs("jun[y]", tea, state, false)).toContain("takeRank");
  expect(commandOf("takeRank", "jun[y]", tea, serverFold)).toBe("/mode -h jun[y]");
  expect(actionsOf(said, tea, state, null, "none")).toContain("delete");
  const typist = new Typist(state);
  typist.ui = {
    ...typist.ui,
    page: { kind: "details", lineKey: said.key, isOpened: false, top: 0 },
  };
  expect(typist.screen).toContain(wordsFor("en").ranks.helper);
});

describe("a person's menu", () => {
  test.each([
    ["", "", "message mention about block"],
    ["+", "", "message mention about block"],
    ["%", "", "message mention about block mute kick ban makeSpeaker"],
    ["%", "%", "message mention about block kick ban"],
    ["@", "", "message mention about block mute kick ban makeModerator makeHelper makeSpeaker"],
    ["@", "%", "message mention about block kick ban makeModerator takeRank"],
    ["@", "@", "message mention about block kick ban takeRank"],
    ["@", "~", "message mention about block"],
    ["~", "@", "message mention about block kick ban makeAdmin takeRank"],
  ])("of %j for %j offers what the ranks allow", (own, theirs, acts) => {
    const tea = room(own, theirs);
    expect(personActs("jun", tea, { ...stateOf(tea), caps: OURS }, false).join(" ")).toBe(acts);
  });

  test("offers no mute and no rank that the server doesn't have", () => {
    const isupport = new Isupport();
    const tea = room("@", "");
    const state = { ...stateOf(tea), isupport };
    const acts = (): string => personActs("jun", tea, state, false).slice(4).join(" ");
    expect(acts()).toBe("kick ban makeModerator makeSpeaker");
    isupport.apply(["mina", "PREFIX=(ohv)@%+", "CHANMODES=Ibe,k,l,imnst", "EXTBAN=$,Kacjm"]);
    expect(acts()).toBe("mute kick ban makeModerator makeHelper makeSpeaker");
  });

  test("says in a narrow window too when somebody wrote last", () => {
    const { screen } = facing("", "", OURS, { columns: 40, rows: 12, language: "ko" });
    expect(screen).toContain(" 마지막 글 2026년 11월 21일 오전 9:41\n");
  });

  test("numbers the choices that a digit takes, and no others", () => {
    const { screen } = facing("~", "", OURS, { rows: 30 });
    expect(screen).toContain(" 9 Make a moderator");
    expect(screen).toContain("Make a helper");
    expect(screen).not.toMatch(/ 1[0-9] (Make|Block|Take)/);
  });

  test("mutes for a time and with a reason, and says first what will be", () => {
    const typist = facing("@").types("5");
    expect(typist.screen).toContain("Mute: for how long?");
    expect(typist.screen).toContain("2 1 hour");
    typist.types("2");
    expect(typist.screen).toContain("jun can read, and can't talk, for 1 hour.");
    typist.types("too loud").types(ENTER).presses("timeout");
    expect(slashes(typist)).toEqual(["/mute @jun 1h too loud"]);
    expect(typist.ui.page).toBeNull();
  });

  test("bans for good without a reason, also where it begins with a number", () => {
    const ban = (reason: string) =>
      facing("@")
        .types("7")
        .types("\x1b[B\x1b[B\x1b[B")
        .types(ENTER)
        .types(reason)
        .types(ENTER)
        .presses("timeout");
    expect(slashes(ban(""))).toEqual(["/ban @jun 0"]);
    expect(slashes(ban("3 times warned"))).toEqual(["/ban @jun 0 3 times warned"]);
  });

  test("Escape goes one step back each time, and never further", () => {
    const typist = facing("@").types("7").types("1").types("reason");
    expect(typist.types(ESCAPE).screen).toContain("Ban: for how long?");
    expect(typist.types(ESCAPE).screen).toContain("6 Remove from the room …");
    expect(typist.types(ESCAPE).ui.page).toBeNull();
    expect(typist.acts).toEqual([]);
  });

  test("Escape goes back to the entry that led there, not to the first one", () => {
    const selected = (typist: Typist): string => /▸ \d.*/.exec(typist.screen)?.[0].trim() ?? "";
    const typist = facing("@").types("7").types("\x1b[B\x1b[B").types(ENTER).types(ESCAPE);
    expect(selected(typist)).toBe("▸ 3 1 week");
    expect(selected(typist.types(ESCAPE))).toBe("▸ 7 Ban …");
    expect(selected(facing("@").types("6").types(ESCAPE))).toBe("▸ 6 Remove from the room …");
    expect(selected(facing("@").types("3").types(ESCAPE))).toBe("▸ 3 Who is it?");
  });

  test.each([
    ["en", 100, 30],
    ["ko", 60, 20],
    ["ko", 40, 12],
  ] as const)("tells who it is on a page of its own (%s, %i×%i)", (language, columns, rows) => {
    const typist = facing("@", "%", OURS, { language, columns, rows });
    const { page } = typist.ui;
    if (page?.kind !== "person") throw new Error("no menu");
    const profile = {
      ...{ realName: "Jun Kim", localTime: "18:05", idleSeconds: 120, isOperator: false },
      ...{ isBot: false, account: "jun", address: "jun!j@h", awayText: "out for\x1b[2J tea" },
    };
    typist.ui = { ...typist.ui, page: { ...page, profile } };
    const { person, ranks, details, whois } = wordsFor(language);
    const { screen } = typist.types("3");
    expect(typist.acts).toEqual([]);
    for (const fact of [
      ...[person.realName("Jun Kim"), person.localTime("18:05"), person.role(ranks.helper)],
      ...[details.account("jun"), whois.away("out for␛[2J tea"), person.idle(2)],
      ...[person.roomsInCommon(`#tea (${ranks.helper})`), person.aboutHint],
    ]) {
      expect(screen).toContain(fact);
    }
    expect(screen).not.toContain("▸ 1");
    expect(typist.types(ENTER).presses("timeout").screen).toContain(`3 ${person.acts.about}`);
  });

  test("lets somebody talk again in the place of Mute, and only whom the room's list mutes", () => {
    const typist = facing("@");
    expect(typist.screen).toContain("5 Mute …");
    expect(typist.screen).not.toContain("Let talk again");
    const { page } = typist.ui;
    if (page?.kind !== "person") throw new Error("no menu");
    typist.ui = { ...typist.ui, page: { ...page, isMuted: true } };
    expect(typist.screen).not.toContain("Mute …");
    expect(typist.screen).toContain("5 Let talk again");
    expect(slashes(typist.types("5"))).toEqual(["/unmute @jun"]);
  });

  test.each([
    [["~m:~a:jun"], true],
    [["~m:*!*@away.example"], true],
    [["~q:jun!*@*"], true],
    [["~a:jun", "jun!*@*"], false],
    [["~m:~a:bo", "~m:*!*@other.example"], false],
    [["~m:*!*@*"], false],
    [[], false],
  ])("learns from a list of %j whether somebody is muted: %p", async (masks, isMuted) => {
    const chat = await openChat("labeled-response batch");
    chat.hears(":s 005 mina EXTBAN=~,amt :are supported");
    chat.hears(":s 353 mina = #tea :@mina jun", ":s 366 mina #tea :End");
    chat.types("/person jun");
    const answers = (...lines: string[]): void => {
      const label = /label=(\S+)/.exec(chat.sent.at(-1) ?? "")?.[1] ?? "";
      chat.hears(
        `@label=${label} :s BATCH +n labeled-response`,
        ...lines.map((line) => `@batch=n :s ${line}`),
        ":s BATCH -n",
      );
    };
    answers("311 mina jun j away.example * :Jun", "330 mina jun jun :is", "318 mina jun :End");
    expect(chat.sent.at(-1)).toEndWith("MODE #tea +b");
    answers(...masks.map((mask) => `367 mina #tea ${mask} mina 1`), "368 mina #tea :End");
    expect(chat.controller.ui.page).toMatchObject({ kind: "person", nick: "jun", isMuted });
  });

  test.each([
    ["en", "1–5 of 11", "7–11 of 11"],
    ["ko", "11개 중 1–5", "11개 중 7–11"],
  ] as const)("says at 40×12 that there is more (%s)", (language, first, last) => {
    const typist = facing("~", "", OURS, { columns: 40, rows: 12, language });
    expect(typist.screen).toContain(first);
    for (let step = 0; step < 12; step++) typist.types("\x1b[B");
    expect(typist.screen).toContain(last);
    expect(facing("~", "", OURS, { columns: 80, rows: 24, language }).screen).not.toContain(first);
  });

  test("gives and takes ranks by their names", () => {
    expect(slashes(facing("@").types("9"))).toEqual(["/mode +h jun"]);
    const typist = facing("@", "%");
    expect(typist.screen).toContain("jun · helper · account jun");
    expect(slashes(typist.types("8"))).toEqual(["/mode -h jun"]);
  });

  test("begins a conversation, and puts the name into the input line", () => {
    expect(slashes(facing("").types("1"))).toEqual(["/msg jun"]);
    expect(facing("").types("2").text).toBe("@jun ");
  });

  test("is opened from the selected message, and by a click on its choices", () => {
    const typist = new Typist({ ...stateOf(room("@", "")), caps: OURS });
    typist.types("\x1b[1;5Au");
    expect(typist.screen).toContain(" jun · account jun");
    expect(typist.clicks("6 Remove from the room").screen).toContain(
      "jun is removed from the room",
    );
  });

  test("on another server asks for no time and no reason, which would be lost", () => {
    expect(slashes(facing("@", "", new Set()).types("7"))).toEqual(["/ban @jun"]);
  });

  for (const language of ["en", "ko"] as const) {
    test.each([
      [80, 24],
      [40, 12],
    ])(`fits %i×%i, with the selected entry in view (${language})`, (columns, rows) => {
      const typist = facing("~", "%", OURS, { columns, rows, language });
      for (let step = 0; step < 12; step++) {
        expect(typist.screen).toContain("▸");
        for (const row of typist.rows) expect(Bun.stringWidth(row)).toBeLessThanOrEqual(columns);
        typist.types("\x1b[B");
      }
    });
  }

  test("at 40 columns says who it is in whole facts, on two rows if need be", () => {
    const jun = member("jun", { ranks: "~", account: "junior-of-the-teapot" });
    const members = membersOf(member("하나", { ranks: "@" }), jun);
    const tea = conversation("#tea", { members, lines: [line(SATURDAY, "jun", "hi")] });
    const typist = new Typist({ ...stateOf(tea), caps: OURS }, { columns: 40, rows: 12 });
    typist.ui = openPerson(typist.ui, "jun");
    const shown = typist.rows.map((row) => row.trimEnd());
    expect(shown).toContain(" jun · owner");
    expect(shown).toContain(" account junior-of-the-teapot");
    expect(typist.screen).not.toContain("…");
  });

  test("/person opens it on the screen, and shows who it is in append mode", async () => {
    const chat = await openChat();
    chat.types("/사람메뉴 @jun");
    expect(chat.controller.ui.page).toMatchObject({ kind: "person", nick: "jun" });
    const append = await openChat("", { append: true });
    append.types("/person jun");
    expect(append.sent.at(-1)).toContain("WHOIS jun");
  });
});

describe("what ChanServ answers to moderators", () => {
  /** Lets a founder of #tea type, and returns ChanServ's sentences. */
  function answers(...lines: string[]): string[] {
    const scene = new Scene();
    const founder = scene.person("mina").says("JOIN #tea");
    scene.person("jun").says("JOIN #tea");
    scene.person("bo");
    founder.hears();
    founder.says(...lines);
    return founder.hears().flatMap((heard) => {
      const [, text] = /^:ChanServ\S* NOTICE mina :(.*)$/.exec(heard) ?? [];
      return text === undefined ? [] : [text];
    });
  }

  test("is told in the user's language", () => {
    const texts = answers(
      ...["CS MUTE #tea jun 10m", "CS UNMUTE #tea jun", "CS UNMUTE #tea jun", "CS MUTE #tea jun"],
      ...["CS BAN #tea bo 1d2h loud", "CS BAN #tea bo", "CS UNBAN #tea bo", "CS UNBAN #tea bo"],
      ...["CS BAN #tea mina", "CS BAN #tea bo 2houres", "CS BAN #tea a!b!c", "CS FILTER #tea"],
      ...["CS FILTER #tea word", "CS FILTER #tea -word", "CS REQUESTS #tea", "CS APPROVE #tea bo"],
      ...["CS CLOSE #tea", "CS CLOSE #tea", "CS REOPEN #tea", "CS REOPEN #tea"],
    );
    expect(texts.length).toBeGreaterThanOrEqual(18);
    const ko = wordsFor("ko");
    const english = texts.filter((text) => !/\p{Script=Hangul}/u.test(serviceSentence(text, ko)));
    expect(english).toEqual([]);
    expect(serviceSentence(texts[0] ?? "", ko)).toBe("jun 님은 10분 동안 말할 수 없습니다.");
    expect(serviceSentence(texts[4] ?? "", wordsFor("en"))).toBe(
      "bo can't come back for 1 day 2 hours.",
    );
  });

  test("tells a member without a rank so in plain words", () => {
    const scene = new Scene();
    scene.person("mina").says("JOIN #tea");
    const jun = scene.person("jun").says("JOIN #tea");
    jun.hears();
    jun.says("CS MUTE #tea mina");
    const texts = jun.hears().flatMap((line) => / NOTICE jun :(.*)$/.exec(line)?.[1] ?? []);
    expect(texts[0]).toBe("Only the room's ops can do that");
    expect(serviceSentence(texts[0] ?? "", wordsFor("en"))).not.toContain("ops");
    expect(serviceSentence(texts[0] ?? "", wordsFor("ko"))).toContain("등급");
  });

  test("is shown as it is when it is new, without what a terminal would obey", () => {
    expect(serviceSentence("Their words\x1b[2J", wordsFor("ko"))).toBe("Their words␛[2J");
  });
});

test("a mute is shown with its duration, and no answer opens the server's own conversation", async () => {
  const labels = "labeled-response batch sodam.chat/report";
  const chat = await openChat(labels);
  chat.types("/mute @jun 10m");
  const label = /label=(\S+)/.exec(chat.sent.at(-1) ?? "")?.[1] ?? "";
  chat.hears(
    `@label=${label} :s BATCH +n labeled-response`,
    "@batch=n :mina!m@h MODE #tea +b ~m:~a:jun",
    "@batch=n :ChanServ!s@s NOTICE mina :jun is muted in #tea for 10m",
    ":s BATCH -n",
  );
  expect(chat.notes()).toEqual(["jun can't talk for 10 minutes."]);
  const { conversations } = chat.connection.session.state;
  expect(
    [...conversations.values()].flatMap(({ kind, lines }) => (kind === "server" ? lines : [])),
  ).toEqual([]);
});

describe("on a server that compares names by RFC 1459", () => {
  test("an op whose nick has brackets has the choices of an op, over people with such nicks too", async () => {
    const { connection, hears } = await openChat("draft/message-redaction message-tags");
    hears(
      ":s 005 mina CASEMAPPING=rfc1459 :are supported",
      ":mina!m@h NICK [mina]",
      ":s 353 [mina] = #tea :@[mina] +[jun]",
      ":s 366 [mina] #tea :End",
      "@msgid=m1 :[jun]!j@h PRIVMSG #tea :hello",
    );
    const { state } = connection.session;
    const tea = state.conversations.get(state.fold("#tea"));
    if (tea === undefined) throw new Error("no room");
    expect(ownRanks(state, tea)).toBe("@");
    expect(personActs("[jun]", tea, state, false)).toContain("kick");
    expect(commandOf("takeRank", "[jun]", tea, state.fold)).toBe("/mode -v [jun]");
    const said = tea.lines.at(-1);
    if (said === undefined) throw new Error("no line");
    expect(actionsOf(said, tea, state, null, "opened")).toContain("delete");
  });
});

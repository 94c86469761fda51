import { describe, expect, test } from "bun:test";
import { refusal, systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { OWN_MODES } from "../../lib/chat-client/message-to-line.ts";
import { ROOM_MODES } from "../../lib/protocol/wire/modes.ts";
import { openChat } from "./open-chat.ts";
import { CALENDAR, line, SATURDAY } from "./team.ts";

const OURS = "batch labeled-response message-tags echo-message sodam.chat/report";

type Chat = Awaited<ReturnType<typeof openChat>>;

/** The last line that was sent, without its tags. */
function lastSent({ sent }: Chat): string {
  return (sent.at(-1) ?? "").replace(/^@\S+ /, "");
}

/** Answers the last line that was sent, by its label, in a batch. */
function answer({ sent, hears }: Chat, ...lines: string[]): void {
  const label = /label=([^; ]+)/.exec(sent.at(-1) ?? "")?.[1] ?? "";
  hears(`@label=${label} :s BATCH +a labeled-response`);
  hears(...lines.map((text) => `@batch=a ${text}`), ":s BATCH -a");
}

const SAYS = ":ChanServ!services@s NOTICE mina :";

describe("moderation commands", () => {
  const ROWS: [string, string][] = [
    ["/ban jun 2h too loud", "CS BAN #tea jun :2h too loud"],
    ["/출입금지 @jun", "CS BAN #tea jun"],
    ["/ban #coffee jun", "CS BAN #coffee jun"],
    ["/unban jun", "CS UNBAN #tea jun"],
    ["/mute jun 30m", "CS MUTE #tea jun 30m"],
    ["/mute #coffee jun", "CS MUTE #coffee jun"],
    ["/unmute jun", "CS UNMUTE #tea jun"],
    ["/bans", "MODE #tea +b"],
    ["/slow 10", "MODE #tea +W 10"],
    ["/slow off", "MODE #tea -W"],
    ["/slow 10m", "MODE #tea +W 600"],
    ["/천천히 30초", "MODE #tea +W 30"],
    ["/출입금지 jun 2시간 도배", "CS BAN #tea jun :2시간 도배"],
    ["/filter +free money hide", "CS FILTER #tea :+free money hide"],
    ["/금칙어 +공짜 돈 숨기기", "CS FILTER #tea :+공짜 돈 hide"],
    ["/금칙어 #coffee +바보 바꾸기", "CS FILTER #coffee :+바보 replace"],
    ["/금칙어 +숨기기", "CS FILTER #tea +숨기기"],
    ["/금칙어", "CS FILTER #tea"],
    ["/approval on", "MODE #tea +A"],
    ["/approval 끔", "MODE #tea -A"],
    ["/requests", "CS REQUESTS #tea"],
    ["/approve jun", "CS APPROVE #tea jun"],
    ["/decline @jun", "CS DECLINE #tea jun"],
    ["/log", "AUDIT #tea"],
    ["/reports", "REPORTS"],
    ["/room slow 10", "MODE #tea +W 10"],
    ["/방설정 slow 10분", "MODE #tea +W 600"],
    ["/방설정 talk-age 2h", "MODE #tea +y 2h"],
    ["/room since-joining on", "MODE #tea +H"],
    ["/room #coffee joins off", "MODE #coffee -j"],
    ["/reports done k3abcd", "REPORTS DONE k3abcd"],
    ["/close for a week", "CS CLOSE #tea :for a week"],
    ["/방닫기 #coffee 도배", "CS CLOSE #coffee 도배"],
    ["/reopen", "CS REOPEN #tea"],
    ["/takeover #coffee", "CS TAKEOVER #coffee"],
    ["/drop yes", "CS DROP #tea YES"],
    ["/방없애기 #coffee 예 도배", "CS DROP #coffee YES 도배"],
  ];
  test.each(ROWS)("%s sends %p", async (typed, sent) => {
    const chat = await openChat(OURS);
    chat.types(typed);
    expect(lastSent(chat)).toBe(sent);
  });

  test("/drop asks before it does anything", async () => {
    const chat = await openChat(OURS);
    chat.types("/topic a");
    const before = lastSent(chat);
    chat.types("/drop #coffee");
    expect(lastSent(chat)).toBe(before);
    expect(chat.notes()[0]).toEndWith("To confirm: /drop #coffee yes");
  });

  test("a mistyped time is answered by how the command is written, and sends nothing", async () => {
    const chat = await openChat(OURS, { language: "ko" });
    chat.types("/topic a");
    const before = lastSent(chat);
    for (const typed of ["/출입금지 jun 2houres 도배", "/ban jun -5", "/천천히 곧"])
      chat.types(typed);
    expect(lastSent(chat)).toBe(before);
    expect(chat.notes()).toEqual([
      "사용법: /출입금지 이름 [30분|2시간|7일] [이유]",
      "사용법: /출입금지 이름 [30분|2시간|7일] [이유]",
      "사용법: /천천히 10초|10분|끔",
    ]);
  });

  test("what ChanServ refuses is shown, and of what the room shows only for how long it is", async () => {
    const chat = await openChat(OURS);
    chat.types("/ban jun 2h");
    answer(chat, `${SAYS}jun has a higher rank than you`);
    chat.types("/mute jun");
    answer(chat, ":mina!m@h MODE #tea +b ~m:~a:jun", `${SAYS}jun is muted in #tea for good`);
    chat.types("/requests");
    answer(chat, `${SAYS}jun asked at noon`, `${SAYS}eve asked at night`);
    expect(chat.notes()).toEqual([
      "jun has a higher rank than you.",
      "jun can't talk any more: /unmute jun ends it.",
      "jun asks to join.\neve asks to join.",
    ]);
  });

  test("/bans shows until when, by whom and why, with our server's list and others'", async () => {
    const chat = await openChat(OURS, { language: "ko" });
    chat.types("/출입금지목록");
    answer(
      chat,
      ":s 367 mina #tea ~m:~a:jun mina 1795307400 1795311000 :too loud",
      ":s 367 mina #tea bad!*@* eve!e@h 1795307400",
      ":s 368 mina #tea :End of the list",
    );
    const [first = "", second] = chat.notes()[0]?.split("\n") ?? [];
    expect(first).toMatch(
      /^jun: 말하지 못함, 2026년 11월 22일 .*까지 \(mina 님이 정함: too loud\)$/,
    );
    expect(second).toBe("bad: 출입 금지, 기한 없음 (eve 님이 정함)");
    chat.types("/bans");
    answer(chat, ":s 368 mina #tea :End of the list");
    expect(chat.notes()[1]).toBe("출입이 금지되거나 말하지 못하게 된 사람이 없습니다.");
  });

  test("/room shows the settings by name, and knows the names of both languages", async () => {
    const chat = await openChat(OURS, { language: "ko" });
    chat.types("/방설정 저속 10");
    expect(lastSent(chat)).toBe("MODE #tea +W 10");
    for (const typed of ["/room slow on", "/room approval 5", "/room colour on", "/room slow"]) {
      chat.types(typed);
    }
    expect(chat.notes()).toEqual(Array(4).fill("사용법: /방설정 [#방] [설정 값|켬|끔]"));
    chat.types("/room");
    expect(lastSent(chat)).toBe("MODE #tea");
    answer(chat, ":s 324 mina #tea +AWknty 10 secret 2h");
    const [first, second, third, help, ...more] = chat.notes()[4]?.split("\n") ?? [];
    expect([first, second, third]).toEqual(["승인: 켬", "저속: 10", "발언나이: 2h"]);
    expect(help).toStartWith("설정 이름: 승인, ");
    expect(more).toEqual([]);
  });

  test.each([
    ["en", "Settings: invite-only, limit, moderated, secret. "],
    ["ko", "설정 이름: 초대만, 인원, 발언자만, 숨김. "],
  ] as const)(
    "on other servers only what means the same there is set (%s)",
    async (language, names) => {
      const chat = await openChat("", { language });
      const before = chat.sent.length;
      const typed = ["/room approval on", "/room slow 10", "/slow 10", "/approval on"];
      for (const command of typed) chat.types(command);
      expect(chat.sent.slice(before)).toEqual([]);
      expect(chat.notes()).toHaveLength(typed.length);
      chat.types("/room limit 30");
      expect(lastSent(chat)).toBe("MODE #tea +l 30");
      chat.types("/room");
      chat.hears(":s 324 mina #tea +Wl 10 30");
      expect(chat.notes().at(-1)).toContain(names);
    },
  );

  test("a kick without a reason has none, though servers name who kicked in its place", () => {
    const kick = { kind: "kicked", kickedNick: "bo" } as const;
    const said = (reason: string) =>
      systemSentence(line(SATURDAY, "jun", reason, kick), wordsFor("en"), CALENDAR)?.text;
    expect(said("jun")).toBe("jun removed bo");
    expect(said("spam")).toBe("jun removed bo: spam");
  });

  test("a reply's sentence names somebody once", async () => {
    const chat = await openChat();
    chat.hears(":s 301 mina bo :having lunch");
    const told = chat.connection.session.state.conversations.values().next().value?.lines.at(-1);
    if (told === undefined) throw new Error("nothing was told");
    expect(systemSentence(told, wordsFor("en"), CALENDAR)?.text).toBe("bo is away: having lunch");
  });

  test("a request to join is told in the user's language", () => {
    const words = wordsFor("ko");
    const said = (code: string, ...params: string[]) =>
      systemSentence(line(SATURDAY, "s", "", { kind: "info", code, params }), words, CALENDAR)
        ?.text;
    expect(said("710", "#tea", "#tea", "jun!u@h", "asks to join")).toBe(
      "jun 님이 #tea에 들어오고 싶어 합니다: /승인 #tea jun 또는 /거절 #tea jun",
    );
    expect(said("711", "#tea", "Sent")).toContain("관리자에게");
  });

  test("a message is reported by its number, and what is ours can't be", async () => {
    const chat = await openChat(OURS, { language: "ko" });
    chat.hears("@msgid=m1 :jun!j@h PRIVMSG #tea :rude", "@msgid=m2 :eve!e@h PRIVMSG #tea :fine");
    chat.types("/신고 2 욕설");
    expect(lastSent(chat)).toBe("REPORT #tea m1 욕설");
    answer(chat, ":s NOTE REPORT SENT #tea m1 k3abcd :Sent");
    chat.types("/report 2");
    expect(lastSent(chat)).toStartWith("REPORT #tea m1");
    answer(chat, ":s FAIL REPORT ALREADY_REPORTED #tea m1 :You have reported that message");
    chat.types("/report spam again");
    expect(lastSent(chat)).toBe("REPORT #tea m2 :spam again");
    expect(chat.notes()).toEqual([
      "신고했습니다. 방 관리자와 서버 주인이 jun 님의 이 메시지를 지금 그대로 보게 됩니다.",
      "이미 신고한 메시지입니다.",
    ]);
  });

  test("the audit log and the reports are shown in the user's language", async () => {
    const chat = await openChat(OURS, { language: "ko" });
    chat.types("/관리기록");
    answer(
      chat,
      ":s NOTE AUDIT ENTRY #tea 2026-11-21T00:30:00.000Z mina kick jun * :rude words",
      ":s NOTE AUDIT ENTRY #tea 2026-11-21T00:31:00.000Z mina mode +b 2026-11-21T00:41:00.000Z :~m:~a:jun too loud",
      ":s NOTE AUDIT ENTRY #tea 2026-11-21T00:32:00.000Z mina mode +h * :eve",
      ":s NOTE AUDIT ENTRY #tea 2026-11-21T00:33:00.000Z mina auto-rank +o * :eve",
      ":s NOTE AUDIT END #tea :End of the audit log",
    );
    chat.types("/reports");
    answer(
      chat,
      ":s NOTE REPORTS REPORT k3abcd 2026-11-21T00:30:00.000Z #tea jun eve m1 :spam",
      ":s NOTE REPORTS TEXT k3abcd :buy \u001b[2Jmy stuff",
      ":s NOTE REPORTS END :End of the reports",
    );
    chat.types("/reports");
    answer(chat, ":s NOTE REPORTS END :End of the reports");
    const [log, reports, none] = chat.notes();
    const lines = (log ?? "").split("\n");
    expect(lines[0]).toEndWith("mina: 내보냄: jun rude words");
    expect(lines[1]).toMatch(/mina 님이 jun 님을 말하지 못하게 했습니다: too loud \(.*까지\)$/);
    expect(lines[2]).toEndWith("mina 님이 eve 님을 부관리자로 지정했습니다");
    expect(lines[3]).toEndWith("mina: 들어올 때의 등급: 관리자 eve");
    expect(reports).toMatch(/^k3abcd · .* · #tea · jun 님, 신고한 사람: eve \(spam\)\n {2}buy /);
    expect(reports).not.toContain("\u001b");
    expect(none).toBe("처리할 신고가 없습니다.");
  });

  test("on another server there is no time, no report and no log", async () => {
    const chat = await openChat("message-tags");
    for (const typed of ["/ban jun 2h", "/log", "/report", "/requests"]) chat.types(typed);
    expect(chat.notes()[0]).toStartWith("Usage: /ban NAME");
    expect(chat.notes().slice(1)).toEqual(Array(3).fill("This server doesn't support that."));
  });
});

describe("masks of servers that have nothing else", () => {
  const WHOIS = [":s 311 mina jun j away.example * :Jun", ":s 318 mina jun :End"];

  /** Opens the chat on such a server, with jun in the room, and returns what it sends from there on. */
  async function elsewhere(isupport = "EXTBAN=,ARUm", language: "en" | "ko" = "en") {
    const chat = await openChat("", { language });
    chat.hears(`:s 005 mina ${isupport} :are supported`);
    chat.hears(":s 353 mina = #tea :@mina jun", ":s 366 mina #tea :End");
    const before = chat.sent.length;
    return { ...chat, since: () => chat.sent.slice(before) };
  }

  test("a ban is of the address, which stays when the nick changes, and removes who is there", async () => {
    const chat = await elsewhere();
    chat.types("/ban jun");
    chat.hears(...WHOIS);
    expect(chat.since()).toEqual([
      "WHOIS jun jun",
      "MODE #tea +b *!j@away.example",
      "KICK #tea jun",
    ]);
  });

  test("a ban of somebody who isn't there is of the nick, and a mask is taken as it is", async () => {
    const chat = await elsewhere();
    chat.types("/ban eve");
    chat.hears(":s 401 mina eve :No such nick");
    chat.types("/ban *!*@evil.example");
    expect(chat.since()).toEqual([
      "WHOIS eve eve",
      "MODE #tea +b eve!*@*",
      "MODE #tea +b *!*@evil.example",
    ]);
  });

  test.each([
    ["EXTBAN=,ARUm", "+b m:*!j@away.example"],
    ["EXTBAN=$,acjm", "+b $m:*!j@away.example"],
    ["CHANMODES=eIbq,k,flj,CFLM EXTBAN=$,ajrxz", "+q *!j@away.example"],
  ])("with %s a mute is %s", async (isupport, change) => {
    const chat = await elsewhere(isupport);
    chat.types("/mute jun");
    chat.hears(...WHOIS);
    expect(chat.since()).toEqual(["WHOIS jun jun", `MODE #tea ${change}`]);
  });

  test("where nobody can be muted, that is said", async () => {
    for (const language of ["en", "ko"] as const) {
      const chat = await elsewhere("NICKLEN=9", language);
      chat.types("/mute jun");
      chat.types("/unmute jun");
      expect(chat.since()).toEqual([]);
      expect(chat.notes()).toEqual(Array(2).fill(wordsFor(language).slash.cannotMute));
    }
  });

  test("whoever is let in again is taken off the list by all that is about them, and by nothing else", async () => {
    const chat = await elsewhere();
    chat.types("/unban jun");
    chat.hears(...WHOIS);
    const entries = ["*!j@away.example", "jun!*@*", "m:jun!*@*", "*!*@*", "eve!*@*"];
    chat.hears(
      ...entries.map((mask) => `:s 367 mina #tea ${mask} mina 1`),
      ":s 368 mina #tea :End",
    );
    expect(chat.since()).toEqual([
      "WHOIS jun jun",
      "MODE #tea +b",
      "MODE #tea -b *!j@away.example",
      "MODE #tea -b jun!*@*",
    ]);
    chat.types("/unmute eve");
    chat.hears(":s 401 mina eve :No such nick", ":s 368 mina #tea :End");
    expect(chat.notes()).toEqual([wordsFor("en").slash.noMaskOf("eve", true)]);
  });

  test("/bans shows a list of mutes as well", async () => {
    const chat = await elsewhere("CHANMODES=eIbq,k,flj,CFLM EXTBAN=$,ajrxz");
    chat.types("/bans");
    chat.hears(":s 367 mina #tea eve!*@* mina!m@h 1", ":s 368 mina #tea :End");
    chat.hears(":s 728 mina #tea q jun!*@* mina!m@h 1", ":s 729 mina #tea q :End");
    expect(chat.since()).toEqual(["MODE #tea +b", "MODE #tea +q"]);
    const { banLine } = wordsFor("en").slash;
    expect(chat.notes()).toEqual([
      `${banLine("eve", false, "", "mina", "")}\n${banLine("jun", true, "", "mina", "")}`,
    ]);
  });

  test("mutes and ranks are told in sentences, whatever the server's spelling", () => {
    const { modes, screen } = wordsFor("en");
    const sentence = (text: string) =>
      systemSentence(line(SATURDAY, "mina", text, { kind: "mode" }), wordsFor("en"), CALENDAR)
        ?.text;
    expect(sentence("+b m:jun!*@*")).toBe(modes["+mute"]("mina", "jun"));
    expect(sentence("+q jun!*@*")).toBe(modes["+mute"]("mina", "jun"));
    expect(sentence("-b $m:*!j@away")).toBe(modes["-mute"]("mina", "j@away"));
    expect(sentence("+b jun!*@*")).toBe(modes["+b"]("mina", "jun"));
    expect(sentence("+qo jun jun")).toBe(
      `${modes["+q"]("mina", "jun")} · ${modes["+o"]("mina", "jun")}`,
    );
    expect(sentence("+a")).toBe(screen.modeSet("mina", "+a"));
  });
});

describe("mode changes", () => {
  const { list, always, onSet, never, rank } = ROOM_MODES;
  const letters = [...(list + always + onSet + never + rank)];

  test.each(["en", "ko"] as const)("every letter of our server has a sentence (%s)", (language) => {
    const words = wordsFor(language);
    for (const letter of letters) {
      for (const sign of ["+", "-"]) {
        const changes = `${sign}${letter} ~a:jun`;
        const mode = line(SATURDAY, "mina", changes, { kind: "mode", code: OWN_MODES });
        expect(systemSentence(mode, words, CALENDAR)?.text).not.toContain(`${sign}${letter}`);
      }
    }
  });

  test("a mute is told as one, and letters of another server stay letters", () => {
    const words = wordsFor("en");
    const sentence = (text: string, code: string | null) =>
      systemSentence(line(SATURDAY, "mina", text, { kind: "mode", code }), words, CALENDAR)?.text;
    expect(sentence("+bW ~m:~a:jun 10", OWN_MODES)).toBe(
      "mina muted jun · mina turned slow mode on: one message every 10 s",
    );
    expect(sentence("-bW ~m:~a:jun", OWN_MODES)).toBe(
      "mina lets jun talk again · mina turned slow mode off",
    );
    expect(sentence("+W 10", null)).toBe("mina set +W 10");
  });

  test("a line from our server is marked as such", async () => {
    const chat = await openChat(OURS, { language: "ko" });
    chat.hears(":jun!j@h MODE #tea +H");
    const [room] = [...chat.connection.session.state.conversations.values()].filter(
      ({ name }) => name === "#tea",
    );
    const mode = room?.lines.findLast(({ kind }) => kind === "mode");
    if (mode === undefined) throw new Error("no line");
    expect(systemSentence(mode, wordsFor("ko"), CALENDAR)?.text).toBe(
      "jun 님이 들어온 뒤의 대화만 볼 수 있게 했습니다",
    );
  });
});

test("a ban without a reason is told in Korean, and by a person's name", async () => {
  const chat = await openChat(OURS, { language: "ko" });
  chat.hears(":jun!j@h MODE #tea +bb ~a:영희 *!*@192.0.2.7", ":mina!m@h JOIN #tea");
  chat.hears(":영희!y@h JOIN #tea", ":jun!j@h KICK #tea 영희 :Banned");
  const room = [...chat.connection.session.state.conversations.values()].find(
    ({ name }) => name === "#tea",
  );
  const sentences = room?.lines.map((line) => systemSentence(line, wordsFor("ko"), CALENDAR)?.text);
  expect(sentences).toContain(
    "jun 님이 영희 님의 출입을 금지했습니다 · jun 님이 *!*@192.0.2.7의 출입을 금지했습니다",
  );
  expect(sentences).toContain("jun 님이 영희 님을 내보냈습니다: 출입 금지");
});

test("what slow mode, a filter or an account's age refuses is said in the user's language", () => {
  const said = (code: string, text: string) => refusal(wordsFor("ko"), code, ["#tea", text], text);
  expect(said("404", "That room is in slow mode (+W): wait 9 seconds")).toStartWith("저속 모드");
  expect(said("404", "A word is filtered in that room (+g)")).toContain("금칙어");
  expect(said("404", "You may not talk in that room (+b)")).toContain("관리자가 나를");
  expect(said("404", "That room is moderated (+m)")).toContain("발언자 이상만");
  expect(said("404", "Log in to talk in that room (+M)")).toContain("로그인한 사람만");
  expect(said("404", "Only people in that room may talk there (+n)")).toEndWith("/입장 #tea");
  expect(said("474", "Only accounts that are at least 2h old may join (+Y)")).toContain("계정은");
  expect(said("474", "You are banned from that room (+b)")).toBe(
    wordsFor("ko").failures["474"]("#tea"),
  );
});

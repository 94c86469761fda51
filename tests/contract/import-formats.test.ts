import { describe, expect, test } from "bun:test";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { LOG_FORMATS } from "../../lib/file-manager/import/log-formats.ts";
import { readAs } from "./import-reading.ts";
import { EventScript } from "./room-log-events.ts";

/** Each format's lines, as the program writes them. */

describe("WeeChat", () => {
  test("its lines are read, with actions and notices, and without joins and parts", () => {
    // Recorded from WeeChat 3.8, but for the lines that are damaged.
    const log = [
      "2026-11-29 20:44:47\t-->\tminawee (root) (~root@9f72.guest) has joined #tea",
      "2026-11-29 20:44:47\t--\tChannel #tea: 1 nick (1 op, 0 halfops, 0 voices, 0 normals)",
      "2026-11-29 20:44:53\t@jun\thello, 준!",
      "2026-11-29 20:44:53\t *\tjun waves",
      "2026-11-29 20:44:54\t--\tNotice(jun): heed: this",
      "2026-11-29 20:44:55\tjun\t--- Day changed Mon Nov 23 2026",
      "2026-11-29 20:44:58\t--\tjun is now known as jun2",
      "2026-11-29 20:45:00\t<--\tjun (u@1qm.account) has left #tea (off)",
      "2026-11-29 20:45:02\tjun\ta\ttab",
      "2026-11-29 20:45:03\t****  End of log  ****",
      "2026-11-29 20:45:04\t\tno nick",
      "2026-11-29 20:45\tmina\ta time without seconds",
      "no line",
      "2026-11-29 20:45:05\tmina",
    ];
    expect(readAs("weechat", log)).toEqual({
      messages: [
        "2026-11-29T20:44:53.000Z PRIVMSG jun: hello, 준!",
        "2026-11-29T20:44:53.000Z PRIVMSG jun: \x01ACTION waves\x01",
        "2026-11-29T20:44:54.000Z NOTICE jun: heed: this",
        "2026-11-29T20:44:55.000Z PRIVMSG jun: --- Day changed Mon Nov 23 2026",
        "2026-11-29T20:45:00.000Z PRIVMSG mina: a time without seconds",
        "2026-11-29T20:45:02.000Z PRIVMSG jun: a\ttab",
      ],
      unreadable: [13, 14],
      skipped: 6,
    });
  });

  test("a log that a new version continued is read as one, its UTC times with microseconds", () => {
    const log = [
      "2026-11-22 10:02:03\t@mina\told",
      "2026-11-22T01:02:04.123456Z\t@mina\tnew",
      "2026-11-22 01:02:05.999999Z\t *\tmina waves",
    ];
    expect(readAs("weechat", log, { timeZone: "Asia/Seoul" }).messages).toEqual([
      "2026-11-22T01:02:03.000Z PRIVMSG mina: old",
      "2026-11-22T01:02:04.123Z PRIVMSG mina: new",
      "2026-11-22T01:02:05.999Z PRIVMSG mina: \x01ACTION waves\x01",
    ]);
  });

  test.each([
    ["%d.%m.%Y %H:%M:%S", "22.11.2026 10:02:03"],
    ["%d/%m/%Y %H:%M:%S", "22/11/2026 10:02:03"],
    ["%D %I:%M:%S %p", "11/22/26 10:02:03 AM"],
    ["%a %b %d %H:%M:%S %Y", "Sun Nov 22 10:02:03 2026"],
    ["%d %b %Y %H:%M:%S", "22 nov. 2026 10:02:03"],
    ["%FT%T%z", "2026-11-22T19:02:03+0900"],
    ["%F %T.%f", "2026-11-22 10:02:03.000001"],
    ["%s", "1795341723"],
    ["%Y년 %m월 %d일 %p %I시 %M분 %S초", "2026년 11월 22일 오전 10시 02분 03초"],
    ["[%F %T]", "[2026-11-22 10:02:03]"],
  ])("a log with the times %s is read", (_format, stamp) => {
    expect(readAs("weechat", [`${stamp}\t@mina\thello`]).messages).toEqual([
      "2026-11-22T10:02:03.000Z PRIVMSG mina: hello",
    ]);
  });

  test("times without a day are read in a file that is named for its day, and in no other", () => {
    const log = ["10:02\t@mina\thello"];
    const named = readAs("weechat", log, { name: "irc.net.#tea.2026-11-22.weechatlog" });
    expect(named.messages).toEqual(["2026-11-22T10:02:00.000Z PRIVMSG mina: hello"]);
    expect(readAs("weechat", log)).toEqual({ messages: [], unreadable: [1], skipped: 0 });
  });

  test("a nick between the brackets of one's settings, and prefixes of one's own, are known", () => {
    const log = ["2026-11-22 10:02:03\t<@mina>\thi", "2026-11-22 10:02:03\t→\tjun has joined"];
    expect(readAs("weechat", log)).toMatchObject({
      messages: ["2026-11-22T10:02:03.000Z PRIVMSG mina: hi"],
      skipped: 1,
    });
  });
});

describe("irssi", () => {
  test("its lines get their day from the last line that names one", () => {
    const log = [
      "10:00 <mina> before any day",
      "--- Log opened Sun Nov 22 10:01:00 2026",
      "10:02 <@mina> hello",
      "10:02 < jun> hi > there",
      "10:03  * jun waves",
      "10:04 -!- yuna [~y@h] has joined #tea",
      "10:05 -jun:#tea- heed",
      "10:05 [notice(#tea)] one's own, without a nick",
      "--- Day changed Mon Nov 23 2026",
      "00:00:09 <jun> late",
      "--- Log closed Mon Nov 23 00:01:00 2026",
    ];
    expect(readAs("irssi", log)).toEqual({
      messages: [
        "2026-11-22T10:02:00.000Z PRIVMSG mina: hello",
        "2026-11-22T10:02:00.000Z PRIVMSG jun: hi > there",
        "2026-11-22T10:03:00.000Z PRIVMSG jun: \x01ACTION waves\x01",
        "2026-11-22T10:05:00.000Z NOTICE jun: heed",
        "2026-11-23T00:00:09.000Z PRIVMSG jun: late",
      ],
      unreadable: [1],
      skipped: 5,
    });
  });

  // What irssi 1.4.3 wrote under each locale of glibc.
  test.each([
    ["ko_KR", "--- Log opened 일 11월 22 23:59:50 2026", "--- Day changed 월 11월 23 2026"],
    ["de_DE", "--- Log opened So Mär 22 23:59:50 2026", "--- Day changed Mo Mär 23 2026"],
    ["pl_PL", "--- Log opened nie lis 22 23:59:50 2026", "--- Day changed pon lis 23 2026"],
    ["tr_TR", "--- Log opened Paz Kas 22 23:59:50 2026", "--- Day changed Pzt Kas 23 2026"],
    ["fr_FR", "--- Log opened dim. nov. 22 23:59:50 2026", "--- Day changed lun. nov. 23 2026"],
    ["ja_JP", "--- Log opened 日 11月 22 23:59:50 2026", "--- Day changed 月 11月 23 2026"],
    ["ru_RU", "--- Log opened Вс ноя 22 23:59:50 2026", "--- Day changed Пн ноя 23 2026"],
    ["hr_HR", "--- Log opened ned lis 22 23:59:50 2023", "--- Day changed pon lis 23 2023"],
  ])("its days are read as a system in %s writes them", (locale, opened, changed) => {
    const log = [opened, "23:59 < 민수> 안녕", changed, "00:00 < 민수> 새날"];
    const month = locale === "de_DE" ? "2026-03" : locale === "hr_HR" ? "2023-10" : "2026-11";
    expect(readAs("irssi", log)).toEqual({
      messages: [
        `${month}-22T23:59:00.000Z PRIVMSG 민수: 안녕`,
        `${month}-23T00:00:00.000Z PRIVMSG 민수: 새날`,
      ],
      unreadable: [],
      skipped: 2,
    });
  });

  test("the words before a day may be in any language", () => {
    for (const named of [
      "--- Tag gewechselt zu Mo Nov 23 2026 ---",
      "--- Päivä vaihtui ma marras 23 2026",
      "--- Jour changé : lun. 23 nov. 2026",
      "--- 날짜 바뀜: 2026년 11월 23일 월요일",
      "--- Day changed T2 Thg 11 23 2026",
      "--- Log opened Mon Nov 23 00:00:00 KST 2026",
      "--- Log geöffnet 23.11.2026 00:00:00",
    ]) {
      const { messages } = readAs("irssi", [named, "00:00 <jun> hallo"]);
      expect(messages).toEqual(["2026-11-23T00:00:00.000Z PRIVMSG jun: hallo"]);
    }
  });

  test("after a line that wasn't understood and may have named a day no day is known", () => {
    for (const strange of [
      "--- Päivä vaihtui ???",
      "=== next day",
      "Nowy dzień 23.xi.2026",
      "--- Day changed Mon Nvo 23 2026",
      "--- Day changed Tue Feb 30 2026",
    ]) {
      const log = [
        "--- Log opened Sun Nov 22 10:01:00 2026",
        "10:02 <mina> known",
        strange,
        "10:03 <mina> unknown",
        "--- Day changed Tue Nov 24 2026",
        "10:04 <mina> known again",
      ];
      expect(readAs("irssi", log)).toEqual({
        messages: [
          "2026-11-22T10:02:00.000Z PRIVMSG mina: known",
          "2026-11-24T10:04:00.000Z PRIVMSG mina: known again",
        ],
        unreadable: [3, 4],
        skipped: 2,
      });
    }
  });

  test("a line that can't have named a day costs itself alone", () => {
    const log = ["--- Log opened Sun Nov 22 10:01:00 2026", "half a line", "10:03 <mina> hello"];
    expect(readAs("irssi", log)).toMatchObject({
      messages: ["2026-11-22T10:03:00.000Z PRIVMSG mina: hello"],
      unreadable: [2],
    });
  });

  test("a day that goes back, as where the server's clock and this one differ, is what its line says", () => {
    // Recorded from irssi 1.4.3, whose lines of its own have the machine's time and others the server's.
    const log = [
      "--- Log opened Sun Nov 22 23:59:50 2026",
      "--- Day changed Sun Nov 29 2026",
      "20:44 -!- mina-en [~m@9f72.guest] has joined #tea",
      "--- Day changed Sun Nov 22 2026",
      "23:59 -!- Irssi: #tea: Total of 3 nicks [1 ops, 0 halfops, 0 voices, 2 normal]",
      "--- Day changed Sun Nov 29 2026",
      "20:44 < jun> hello from jun",
      "20:44 < jun> --- Day changed Mon Nov 23 2026",
      "20:45 < jun> same",
      "--- Log closed Mon Nov 23 00:00:19 2026",
    ];
    expect(readAs("irssi", log)).toEqual({
      messages: [
        "2026-11-29T20:44:00.000Z PRIVMSG jun: hello from jun",
        "2026-11-29T20:44:00.000Z PRIVMSG jun: --- Day changed Mon Nov 23 2026",
        "2026-11-29T20:45:00.000Z PRIVMSG jun: same",
      ],
      unreadable: [],
      skipped: 7,
    });
  });

  test("where the time runs back by hours, a line that named the day is missing", () => {
    const log = ["--- Log opened Sun Nov 22 10:01:00 2026", "23:58 <a> one", "00:01 <a> two"];
    expect(readAs("irssi", log)).toMatchObject({
      messages: ["2026-11-22T23:58:00.000Z PRIVMSG a: one"],
      unreadable: [3],
    });
  });

  test.each([
    ["%H:%M:%S ", "10:02:03"],
    ["[%H:%M:%S] ", "[10:02:03]"],
    ["%Y-%m-%d %H:%M:%S ", "2026-11-22 10:02:03"],
    ["%I:%M:%S %p ", "10:02:03 AM"],
    ["%H%M%S ", "100203"],
    ["%b %d %H:%M:%S ", "Nov 22 10:02:03"],
  ])("lines with log_timestamp = %p are read", (_setting, stamp) => {
    const log = ["--- Log opened Sun Nov 22 10:01:00 2026", `${stamp} <+mina> hello`];
    expect(readAs("irssi", log).messages).toEqual(["2026-11-22T10:02:03.000Z PRIVMSG mina: hello"]);
  });
});

describe("HexChat", () => {
  test("its lines get the year from the last heading, and the next one where the days run back", () => {
    // The forms of common/text.c and textevents.in.
    const log = [
      "**** BEGIN LOGGING AT Thu Dec 31 23:58:00 2026",
      "",
      "Dec 31 23:58:10 *\tNow talking on #tea",
      "Dec 31 23:58:11 *\tTopic for #tea is: all about tea",
      "Dec 31 23:58:12 *\tjun (~j@h) has joined",
      "Dec 31 23:58:13 <@mina>\thello",
      "Dec 31 23:58:14 *\tjun waves",
      "Dec 31 23:58:15 -jun/#tea-\theed",
      "Dec 31 23:58:16 *\tjun has quit (Quit: bye)",
      "Dec 31 23:58:17 *\tmina gives channel operator status to jun",
      "Jan 01 00:00:01 <jun>\thappy new year",
      "**** ENDING LOGGING AT Fri Jan  1 00:01:00 2027",
      "",
      "**** BEGIN LOGGING AT Fri Nov  5 10:00:00 2027",
      "Nov 05 10:00:01 <jun>\tlater",
    ];
    expect(readAs("hexchat", log)).toEqual({
      messages: [
        "2026-12-31T23:58:13.000Z PRIVMSG mina: hello",
        "2026-12-31T23:58:14.000Z PRIVMSG jun: \x01ACTION waves\x01",
        "2026-12-31T23:58:15.000Z NOTICE jun: heed",
        "2027-01-01T00:00:01.000Z PRIVMSG jun: happy new year",
        "2027-11-05T10:00:01.000Z PRIVMSG jun: later",
      ],
      unreadable: [],
      skipped: 10,
    });
  });

  test("after a heading that wasn't understood no year is known", () => {
    const log = [
      "**** BEGIN LOGGING AT Sun Nov 22 10:00:00 2026",
      "Nov 22 10:00:01 <jun>\tknown",
      "**** ???",
      "Nov 23 10:00:01 <jun>\tunknown",
    ];
    expect(readAs("hexchat", log)).toMatchObject({ unreadable: [3, 4] });
  });

  test("where times without days run back over midnight, the day is unknown", () => {
    const log = [
      "**** BEGIN LOGGING AT Sun Nov 22 10:00:00 2026",
      "[23:58:00] <a>\tone",
      "[00:01:00] <a>\ttwo",
    ];
    expect(readAs("hexchat", log)).toMatchObject({
      messages: ["2026-11-22T23:58:00.000Z PRIVMSG a: one"],
      unreadable: [3],
    });
  });

  test("months of the system's language are read", () => {
    const log = ["**** BEGIN LOGGING AT Sun Mar 22 10:00:00 2026", "Mär 22 10:02:03 <jun>\tMoin"];
    expect(readAs("hexchat", log).messages).toEqual(["2026-03-22T10:02:03.000Z PRIVMSG jun: Moin"]);
  });
});

describe("ZNC and soju", () => {
  test("a day's file gets its day from its name", () => {
    const log = [
      "[10:02:03] *** Joins: jun (~j@h)",
      "[10:02:04] <@mina> hello",
      "[10:02:05] * jun waves",
      "[10:02:06] -jun- heed",
      "[10:02:07.250] <bridge> <mina> [10:02] hi",
      "[10:02:08] *** jun sets mode: +o mina",
      "[10:02:09] <민수 > 넓은 칸",
    ];
    const expected = [
      "2026-11-22T10:02:04.000Z PRIVMSG mina: hello",
      "2026-11-22T10:02:05.000Z PRIVMSG jun: \x01ACTION waves\x01",
      "2026-11-22T10:02:06.000Z NOTICE jun: heed",
      "2026-11-22T10:02:07.250Z PRIVMSG bridge: <mina> [10:02] hi",
      "2026-11-22T10:02:09.000Z PRIVMSG 민수: 넓은 칸",
    ];
    for (const name of ["2026-11-22.log", "net/#tea/2026/11/22.log", "net_#tea_20261122.log"]) {
      expect(readAs("znc", log, { name })).toEqual({
        messages: expected,
        unreadable: [],
        skipped: 2,
      });
    }
    expect(readAs("znc", log, { name: "tea.log" }).messages).toEqual([]);
  });
});

test("a history of Halloy is read", () => {
  const message = (source: object, text: string) => ({
    received_at: 1,
    server_time: "2026-11-22T10:02:03.456Z",
    direction: "Received",
    target: { Channel: { channel: "#tea", source } },
    text,
  });
  const log = JSON.stringify([
    message({ User: "@mina!~m@h" }, "hello"),
    message({ Action: "jun!~j@h" }, "jun waves"),
    message({ Server: { kind: "join", nick: "jun" } }, "jun has joined"),
    message({ User: { nickname: "mina" } }, "hello"),
    { odd: true },
  ]);
  expect(readAs("halloy", [log])).toEqual({
    messages: [
      "2026-11-22T10:02:03.456Z PRIVMSG mina: hello",
      "2026-11-22T10:02:03.456Z PRIVMSG jun: \x01ACTION waves\x01",
    ],
    unreadable: [4, 5],
    skipped: 1,
  });
});

test("our own formats are read: an export and a day's file", () => {
  const talk = new EventScript();
  const said = talk.said("안녕");
  const log = [
    '{"time":"2026-11-22T10:02:03.456Z","kind":"said","nick":"mina","text":"hello"}',
    '{"time":"2026-11-22T10:02:04.000Z","kind":"action","nick":"jun","text":"waves"}',
    '{"time":"2026-11-22T10:02:05.000Z","kind":"joined","nick":"yuna","text":""}',
    '{"time":"never","kind":"said","nick":"yuna","text":"x"}',
    "{",
    formatStoredEvent(said).trimEnd(),
    formatStoredEvent(talk.joined("지원")).trimEnd(),
  ];
  expect(readAs("jsonl", log)).toEqual({
    messages: [
      "2026-11-22T10:02:03.456Z PRIVMSG mina: hello",
      "2026-11-22T10:02:04.000Z PRIVMSG jun: \x01ACTION waves\x01",
      `${new Date(said.time).toISOString()} PRIVMSG 민수: 안녕`,
    ],
    unreadable: [4, 5],
    skipped: 2,
  });
});

describe("any format", () => {
  const LINE = "2026-11-22 10:02:03\tmina\thello";
  const HELLO = "2026-11-22T10:02:03.000Z PRIVMSG mina: hello";

  test.each([
    ["Windows", `${LINE}\r\n${LINE}\r\n`, 2],
    ["old Mac", `${LINE}\r${LINE}\r`, 2],
    ["no last", `${LINE}\n${LINE}`, 2],
  ])("line ends are read: %s", (_name, text, count) => {
    expect(readAs("weechat", Buffer.from(text)).messages).toEqual(Array(count).fill(HELLO));
  });

  test("colours, bold, escape sequences, NUL and form feeds are taken out", () => {
    const text = "2026-11-22 10:02:03\t\x0303,01mina\x0f\t\x02he\x02\x1b[1;31ml\x1b[0m\0l\x0co";
    expect(readAs("weechat", [text]).messages).toEqual([HELLO]);
  });

  test("an empty file, and bytes that are no text, have no messages", () => {
    const junk = Uint8Array.from({ length: 4096 }, (_, index) => (index * 7919) % 256);
    for (const { name } of LOG_FORMATS) {
      if (LOG_FORMATS.find((format) => format.name === name)?.reads.kind !== "file") continue;
      expect(readAs(name, new Uint8Array()).messages).toEqual([]);
      expect(readAs(name, junk).messages).toEqual([]);
    }
  });

  test("a line of a megabyte is read whole, or reported, at once", () => {
    const long = "x".repeat(1 << 20);
    expect(readAs("weechat", [`2026-11-22 10:02:03\tmina\t${long}`]).messages[0]).toEndWith(long);
    for (const format of ["irssi", "hexchat", "znc"]) {
      expect(readAs(format, [long, `<${long}`, `[${long}`]).unreadable).toEqual([1, 2, 3]);
    }
    const words = "10 ".repeat(1 << 18);
    expect(readAs("irssi", [`--- ${words}`]).unreadable).toEqual([1]);
    const hosts = `Nov 22 10:02:03 *\tjun (${"@".repeat(1 << 20)}`;
    expect(readAs("hexchat", [`**** ${words}`, hosts]).unreadable).toEqual([1, 2]);
  });
});

import { expect, test } from "bun:test";
import { formatStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { type ImportFormat, readLog } from "../../lib/file-manager/maintenance/import-formats.ts";
import { EventScript } from "./room-log-events.ts";

const UTC = (year: number, month: number, day: number, seconds: number) =>
  Date.UTC(year, month - 1, day) + seconds * 1000;

function read(format: ImportFormat, ...lines: string[]): string[] {
  return [...readLog(format, lines, UTC)].map(
    ({ time, nick, verb, text }) => `${new Date(time).toISOString()} ${verb} ${nick}: ${text}`,
  );
}

test("WeeChat's lines are read, with actions, and without joins and parts", () => {
  expect(
    read(
      "weechat",
      "2026-11-22 10:02:03\t@mina\thello, 준!",
      "2026-11-22 10:02:04\t-->\tjun (~j@h) has joined #tea",
      "2026-11-22 10:02:05\t *\tjun waves",
      "2026-11-22 10:02:06\t--\tTopic is tea",
      "2026-11-22 10:02:07\t\tno nick",
      "2026-11-22 10:02\tmina\thalf a time",
      "no line",
      "2026-11-22 10:02:08\tmina\ta\ttab",
      "2026-11-22 10:02:09\t--\tNotice(jun): heed: this",
      "2026-11-22 10:02:10\t--\tNotice -> #tea: one's own, without a nick",
    ),
  ).toEqual([
    "2026-11-22T10:02:03.000Z PRIVMSG mina: hello, 준!",
    "2026-11-22T10:02:05.000Z PRIVMSG jun: \x01ACTION waves\x01",
    "2026-11-22T10:02:08.000Z PRIVMSG mina: a\ttab",
    "2026-11-22T10:02:09.000Z NOTICE jun: heed: this",
  ]);
});

test("irssi's lines get their day from the last line that names one", () => {
  expect(
    read(
      "irssi",
      "10:00 <mina> before any day",
      "--- Log opened Sun Nov 22 10:01:00 2026",
      "10:02 <@mina> hello",
      "10:02 < jun> hi > there",
      "10:03  * jun waves",
      "10:04 -!- yuna [~y@h] has joined #tea",
      "10:05 -jun:#tea- heed",
      "--- Day changed Mon Nov 23 2026",
      "00:00:09 <jun> late",
      "--- Log closed Mon Nov 23 00:01:00 2026",
    ),
  ).toEqual([
    "2026-11-22T10:02:00.000Z PRIVMSG mina: hello",
    "2026-11-22T10:02:00.000Z PRIVMSG jun: hi > there",
    "2026-11-22T10:03:00.000Z PRIVMSG jun: \x01ACTION waves\x01",
    "2026-11-22T10:05:00.000Z NOTICE jun: heed",
    "2026-11-23T00:00:09.000Z PRIVMSG jun: late",
  ]);
});

test("irssi's days are read as on a Korean system", () => {
  expect(
    read(
      "irssi",
      "--- Log opened 일 11월 29 11:03:27 2026",
      "11:03 < 민수> 안녕",
      "--- Day changed 금  1월 01 2027",
      "00:00 < 민수> 새해",
    ),
  ).toEqual([
    "2026-11-29T11:03:00.000Z PRIVMSG 민수: 안녕",
    "2027-01-01T00:00:00.000Z PRIVMSG 민수: 새해",
  ]);
});

test("our own formats are read: an export and a day's file", () => {
  const talk = new EventScript();
  const said = talk.said("안녕");
  expect(
    read(
      "jsonl",
      '{"time":"2026-11-22T10:02:03.456Z","kind":"said","nick":"mina","text":"hello"}',
      '{"time":"2026-11-22T10:02:04.000Z","kind":"action","nick":"jun","text":"waves"}',
      '{"time":"2026-11-22T10:02:05.000Z","kind":"joined","nick":"yuna","text":""}',
      '{"time":"never","kind":"said","nick":"yuna","text":"x"}',
      "{",
      formatStoredEvent(said).trimEnd(),
      formatStoredEvent(talk.joined("지원")).trimEnd(),
    ),
  ).toEqual([
    "2026-11-22T10:02:03.456Z PRIVMSG mina: hello",
    "2026-11-22T10:02:04.000Z PRIVMSG jun: \x01ACTION waves\x01",
    `${new Date(said.time).toISOString()} PRIVMSG 민수: 안녕`,
  ]);
});

import { describe, expect, test } from "bun:test";
import { FilteredText, filterText, parseFilter } from "../../lib/chat-server/rooms/word-filter.ts";
import { WorkMeter } from "../../lib/chat-server/sessions/charges.ts";
import { Scene } from "../scene.ts";
import { chanServAnswers, shortLines } from "./chanserv-answers.ts";

/** What a filter does to a text: the action and the text, or "passes". */
function apply(filter: string, text: string): string {
  const mask = parseFilter(filter);
  if (mask === null) throw new Error(`${filter} is invalid`);
  const lists = new Map([["g", [{ mask, by: "mina", time: 0 }]]]);
  const result = filterText({ lists } as never, new FilteredText(text), new WorkMeter());
  if (result === null) return "passes";
  return result.action === "replace" ? result.text : result.action;
}

describe("a filter", () => {
  const ROWS: [string, string, string][] = [
    ["spam", "no Spam here", "refuse"],
    ["spam", "spam", "refuse"],
    ["ass", "a class", "passes"],
    ["ass", "ass!", "refuse"],
    ["*ass*", "a class", "refuse"],
    ["ass*", "assets", "refuse"],
    ["ass*", "class", "passes"],
    ["바보", "너는바보야", "refuse"],
    ["바보", "바 보", "passes"],
    ["바?보", "바 보", "refuse"],
    ["笨蛋", "你是笨蛋吗", "refuse"],
    ["~h:spam", "spam", "hide"],
    ["~r:spam", "Spam, spam and \u0002SP\u0002AM", "***, *** and \u0002***"],
    ["~r:바보", "바보는 바보야", "***는 ***야"],
    ["free?money", "free money", "refuse"],
    ["buy*now", "buy it right now", "refuse"],
    ["buy*now", "now buy", "passes"],
    ["spam", "s\u200bp\u00ada\u2060m", "refuse"],
    ["spam", "s\u0002p\u0002a\u000304m", "refuse"],
    ["straße", "STRASSE", "refuse"],
    ["aab", "aaab aab", "refuse"],
    // What a reader takes for the word is the word: other scripts, styles, accents, marks, blanks, jamo.
    ["badword", "b\u0430dword", "refuse"],
    ["badword", "b\u03b1dw\u03bfrd", "refuse"],
    ["badword", "ｂａｄｗｏｒｄ", "refuse"],
    ["badword", "𝐛𝐚𝐝𝐰𝐨𝐫𝐝", "refuse"],
    ["badword", "ⓑⓐⓓⓦⓞⓡⓓ", "refuse"],
    ["badword", "ʙᴀᴅᴡᴏʀᴅ", "refuse"],
    ["badword", "🅱🅰🅳🆆🅾🆁🅳", "refuse"],
    ["badword", "🇧🇦🇩🇼🇴🇷🇩", "refuse"],
    // A syllable, a sign of Chinese or an emoji is a word by itself.
    ["똥", "똥이야", "refuse"],
    ["屎", "吃屎吧", "refuse"],
    ["~r:💩", "what a 💩💩", "what a ******"],
    ["💩", "💩", "refuse"],
    ["badword", "b\u00e0dw\u00f8rd", "refuse"],
    ["badword", "b\u0332a\u0332d\u20ddword\u0336", "refuse"],
    ["badword", "bad\u2800word", "refuse"],
    ["b\u0430dword", "badword", "refuse"],
    ["сука", "cyka", "refuse"],
    ["~r:badword", "a b\u0430dw\u0332ord!", "a ***!"],
    ["바보", "ㅂㅏㅂㅗ", "refuse"],
    ["바보", "ㅂㅏ보ㅋㅋ", "refuse"],
    ["바보", "너 ㅂㅏㅂㅗㅋㅋ", "refuse"],
    ["병신", "ㅂㅕㅇㅅㅣㄴ", "refuse"],
    ["~r:바보", "너 ㅂㅏㅂㅗ야", "너 ***야"],
    ["ㅂㅅ", "ㅂㅅ아", "refuse"],
    ["バカ", "ﾊﾞｶ", "refuse"],
    ["what?", "whats", "refuse"],
    ["what？", "whats", "passes"],
    ["~r:darn", "\u0001ACTION darn\u0001", "\u0001ACTION ***\u0001"],
    ["~r:darn", "\u0002darn\u0002 it", "\u0002***\u0002 it"],
    ["~r:darn", "darn\u0336, darn", "***, ***"],
    ["~r:darn", "𝐝𝐚𝐫𝐧!", "***!"],
    // What reads as another word isn't.
    ["바보", "바봄", "passes"],
    ["かき", "がき", "passes"],
    ["бои", "бой", "passes"],
    ["burn", "bum", "passes"],
    ["lol", "101", "passes"],
  ];
  test.each(ROWS)("%s on %p: %p", (filter, text, expected) => {
    expect(apply(filter, text)).toBe(expected);
  });

  test.each(["", "a", "*", "??", "a*", "~x:word", "two words", "a,b", ":word", "x".repeat(31)])(
    "%p is none",
    (filter) => {
      expect(parseFilter(filter)).toBeNull();
    },
  );

  test("of the worst kind costs no more than a few times a plain word", () => {
    // It has the filter's longest part, in a place where the filter can't match.
    const text = `${"a".repeat(9)}b${"a".repeat(8_000)}`;
    const costs = (filter: string): number => {
      const rounds = Array.from({ length: 5 }, () => {
        const start = process.cpuUsage();
        for (let turn = 0; turn < 20; turn += 1) apply(filter, text);
        const { user, system } = process.cpuUsage(start);
        return user + system;
      });
      return Math.min(...rounds);
    };
    costs("word");
    const worst = Array.from({ length: 3 }, () => `${"?".repeat(20)}${"a".repeat(9)}`).join("*");
    // Three times as much, as it goes. Trying all the places for each part would cost thousands of times as much.
    expect(costs(`*${worst}b*`) / costs("word")).toBeLessThan(100);
  });
});

function tea(...filters: string[]) {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun").says("JOIN #tea");
  const hana = scene.person("hana").says("JOIN #tea");
  for (const filter of filters) mina.says(`MODE #tea +g ${filter}`);
  for (const actor of [mina, jun, hana]) actor.hears();
  return { scene, mina, jun, hana };
}

test("a message with a filtered word is refused, shown to ops alone, or has the word replaced", () => {
  const { scene, mina, jun, hana } = tea("spam", "~h:광고", "~r:darn");
  jun.says("PRIVMSG #tea :spam", "PRIVMSG #tea :무료광고입니다", "PRIVMSG #tea :well, darn it");
  const sentence = "Your message has a word that is filtered in that room (+g)";
  expect(jun.hears()).toEqual([`:tea.test 404 jun #tea :${sentence}`]);
  expect(shortLines(mina)).toEqual([
    ":jun PRIVMSG #tea :무료광고입니다",
    ":jun PRIVMSG #tea :well, *** it",
  ]);
  expect(shortLines(hana)).toEqual([":jun PRIVMSG #tea :well, *** it"]);
  mina.says("PRIVMSG #tea :spam is filtered here");
  expect(shortLines(hana)).toEqual([":mina PRIVMSG #tea :spam is filtered here"]);
  for (const later of [scene.restart(), scene.crash()]) {
    expect(later.person("jun").says("PRIVMSG #tea :spam").hearsVerbs()).toEqual(["404"]);
  }
});

test("an edit, a reaction, a parting word, a topic and a multiline message are no way around it", () => {
  const { mina, jun, hana } = tea("spam");
  jun.says("CAP REQ :message-tags batch draft/multiline sodam.chat/edit echo-message");
  jun.says("PRIVMSG #tea :fine");
  const msgid = /msgid=(\w+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  hana.hears();
  mina.says("MODE #tea -t");
  hana.hears();
  jun.hears();
  jun.says(`EDIT #tea ${msgid} :spam`, "@+draft/react=spam TAGMSG #tea", "TOPIC #tea :spam");
  jun.says(
    "BATCH +1 draft/multiline #tea",
    "@batch=1 PRIVMSG #tea :first",
    "@batch=1 PRIVMSG #tea :spam",
    "BATCH -1",
  );
  expect(jun.hearsVerbs()).toEqual(["FAIL", "404", "404", "404"]);
  jun.says("PART #tea :spam");
  expect(shortLines(hana)).toEqual([":jun PART #tea"]);
});

test("FILTER adds and removes words and phrases, and MODE +g lists them for ops", () => {
  const { mina, jun } = tea();
  mina.says("CS FILTER #tea +free money", "CS FILTER #tea +광고 hide", "CS FILTER #tea");
  expect(chanServAnswers(mina)).toEqual(["free?money", "~h:광고"]);
  mina.says("MODE #tea +g");
  expect(mina.hears().map((line) => line.split(" ").slice(1, 5).join(" "))).toEqual([
    "941 mina #tea free?money",
    "941 mina #tea ~h:광고",
    "940 mina #tea :End",
  ]);
  jun.hears();
  expect(jun.says("MODE #tea g").hearsVerbs()).toEqual(["482"]);
  mina.says("CS FILTER #tea -free money", "CS FILTER #tea -광고 HIDE", "CS FILTER #tea");
  expect(chanServAnswers(mina)).toEqual(["Nothing is filtered"]);
});

test("a room has at most fifty filters", () => {
  const { mina } = tea(...Array.from({ length: 50 }, (_, n) => `word${n}`));
  expect(mina.says("MODE #tea +g another").hears()).toEqual([
    ":tea.test 478 mina #tea another :That list is full (+g)",
  ]);
});

test("no tag that others may read has a filtered word, also on a message", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "message-tags").says("JOIN #tea", "MODE #tea +g spam");
  const jun = scene.person("jun", "message-tags", "draft/multiline", "batch").says("JOIN #tea");
  for (const actor of [mina, jun]) actor.hears();
  jun.says(
    "@+draft/reply=spam PRIVMSG #tea :a",
    "@+example.org/x=spam PRIVMSG #tea :b",
    "@+spam TAGMSG #tea",
    "@+spam.example.org/x TAGMSG #tea",
  );
  jun.says("@+x=spam BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :c", "BATCH -1");
  expect(mina.hears()).toEqual([]);
  expect(jun.hearsVerbs()).toEqual(["404", "404", "404", "404", "404"]);
});

test("a filter of a word or id that clients put into tags refuses no reaction and no reply", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "message-tags").says("JOIN #tea");
  const jun = scene.person("jun", "message-tags").says("JOIN #tea");
  mina.says("MODE #tea +gggg reply react typing *aaa*");
  for (const actor of [mina, jun]) actor.hears();
  const msgid = "aaa".padEnd(26, "b");
  jun.says(`@+draft/reply=${msgid};+draft/react=x TAGMSG #tea`, "@+typing=active TAGMSG #tea");
  jun.says(`@+draft/reply=${msgid} PRIVMSG #tea :yes`);
  expect(mina.hearsVerbs()).toEqual(["TAGMSG", "TAGMSG", "PRIVMSG"]);
});

test("ChanServ removes a filter by its word, whatever it does, and says if there is none", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea", "MODE #tea +gg ~h:spam ~r:bad?word");
  mina.hears();
  mina.says("CS FILTER #tea -spam", "CS FILTER #tea -bad word");
  expect(mina.hearsPlain()).toEqual([
    ":mina!u@mina00000001.account MODE #tea -g ~h:spam",
    ":mina!u@mina00000001.account MODE #tea -g ~r:bad?word",
  ]);
  mina.says("CS FILTER #tea -spam");
  expect(chanServAnswers(mina)).toEqual(["spam isn't filtered in #tea"]);
});

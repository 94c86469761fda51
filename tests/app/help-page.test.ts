import { describe, expect, test } from "bun:test";
import { openHelp } from "../../lib/app/chat-screen/keys/page-keys.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { helpSections } from "../../lib/app/slash/help-entries.ts";
import { SLASH_COMMANDS } from "../../lib/app/slash/slash-commands.ts";
import { openChat } from "./open-chat.ts";
import { conversation, line, SATURDAY, stateOf, usualInput } from "./team.ts";
import { Typist } from "./typist.ts";

const UP = "\x1b[A";
const DOWN = "\x1b[B";
const ENTER = "\r";
const LANGUAGES = ["en", "ko"] as const;

function reading(options = {}, query = ""): Typist {
  const tea = conversation("#tea", { lines: [line(SATURDAY, "jun", "hi")] });
  const typist = new Typist(stateOf(tea), options);
  typist.ui = { ...openHelp(typist.ui, query), keyboard: "latin" };
  return typist;
}

describe("/help", () => {
  for (const language of LANGUAGES) {
    const words = wordsFor(language);

    test(`has every command once, in groups (${language})`, () => {
      const sections = helpSections(SLASH_COMMANDS, words, "", usualInput());
      const { talking, keys, rooms, people, moderation, server, line, signs } = words.help.groups;
      expect(sections.map(({ title }) => title)).toEqual([
        ...[talking, keys, rooms, people, moderation, server, line, signs],
      ]);
      const commands = sections.flatMap(({ entries }) =>
        entries.flatMap((each) => each.command ?? []),
      );
      expect(commands.length).toBe(SLASH_COMMANDS.length);
      expect(new Set(commands).size).toBe(SLASH_COMMANDS.length);
    });

    test.each([
      [100, 30],
      [80, 24],
      [60, 20],
      [40, 12],
    ])(`is a page of %i×%i that scrolls to its end, row by row (${language})`, (columns, rows) => {
      const typist = reading({ columns, rows, language });
      const seen = new Set<string>();
      for (let step = 0; step < 400; step++) {
        const shown = typist.rows;
        expect(shown.length).toBe(rows);
        expect(shown.some((row) => row.includes("▸ "))).toBe(true);
        for (const row of shown) {
          expect(Bun.stringWidth(row)).toBeLessThanOrEqual(columns);
          seen.add(row);
        }
        typist.types(DOWN);
      }
      const last = Object.values(words.help.signs).at(-1) ?? "";
      expect([...seen].some((row) => row.includes(last.slice(0, 12)))).toBe(true);
    });
  }

  test("is searched by every word, in names, explanations and keys", () => {
    const titles = (query: string) =>
      helpSections(SLASH_COMMANDS, wordsFor("en"), query, usualInput()).flatMap(({ entries }) =>
        entries.map(({ title }) => title),
      );
    expect(titles("slow message")).toEqual(["/slow SECONDS|10m|off"]);
    expect(titles("unread")[0]).toBe("Alt-a");
    expect(titles("입장")).toEqual(["/join #room [password]"]);
    expect(titles("ㅓㅐㅑㅜ")).toContain("/join #room [password]");
    expect(titles("/kick")).toEqual(["/kick NAME [reason]"]);
    expect(titles("no such thing")).toEqual([]);
  });

  test("is searched by initials and in the other layout at the beginning of words only", () => {
    const titles = (query: string) =>
      helpSections(SLASH_COMMANDS, wordsFor("ko"), query, usualInput()).flatMap(({ entries }) =>
        entries.map(({ title }) => title),
      );
    // As the keys of the other layout it is "ce", which stands in "force" and "Backspace" as well.
    const commands = titles("ㅊㄷ").map((title) => title.split(" ")[0] ?? "");
    expect(commands).toEqual([
      ...["/초대", "/초대만", "/차단", "/차단해제", "/사람메뉴", "/초대장"],
    ]);
    expect(titles("ㅗ디ㅔ")[0]).toBe("/도움말 [명령]");
    expect(titles("발언자")).toEqual(["/사람메뉴 이름"]);
  });

  test("typing finds, Enter puts the command into the input line, and Escape only closes", () => {
    const typist = reading().types("keep them out");
    expect(typist.screen).toContain("▸ /ban NAME");
    expect(typist.types(ENTER).presses("timeout").text).toBe("/ban ");
    expect(typist.ui.page).toBeNull();
    const closed = reading().types("ban").types("\x1b");
    expect([closed.ui.page, closed.text]).toEqual([null, ""]);
    expect(closed.done).toEqual([]);
  });

  test("F1 opens it, too", () => {
    const typist = new Typist(stateOf(conversation("#tea")));
    expect(typist.types("\x1bOP").ui.page).toMatchObject({ kind: "help", editor: { text: "" } });
  });

  test("what is typed in the input line already stays", () => {
    const typist = reading();
    typist.ui = { ...typist.ui, page: null };
    typist.types("half a sentence");
    typist.ui = openHelp(typist.ui, "ban");
    expect(typist.types(ENTER).presses("timeout").text).toBe("half a sentence");
  });

  test("says when nothing fits, and Up stays at the top", () => {
    expect(reading().types("zzzz").screen).toContain("Nothing here has these words.");
    expect(reading().types(`${UP}${UP}`).ui.page).toMatchObject({ index: 0 });
  });

  test("opens on the screen, with a query, and is printed in append mode", async () => {
    const chat = await openChat();
    chat.types("/help");
    expect(chat.controller.ui.page).toMatchObject({ kind: "help" });
    chat.types("/help slow mode");
    expect(chat.notes()).toEqual([
      "/slow SECONDS|10m|off: slow mode: one message every so many seconds",
    ]);
    chat.types("/help keep out");
    expect(chat.controller.ui.page).toMatchObject({ editor: { text: "keep out" } });
    const append = await openChat("", { append: true });
    append.types("/help");
    expect(append.controller.ui.page).toBeNull();
    expect(append.notes()[0]).toContain("— Moderation\n/kick NAME [reason]: remove somebody");
  });
});

test("no sentence has a rank's sign, nor the words of IRC for ranks and masks", () => {
  type Table = { readonly [key: string]: unknown };
  const sentences = (table: Table): string[] =>
    Object.entries(table).flatMap(([, value]): string[] => {
      if (typeof value === "string") return [value];
      if (typeof value === "function") return [String(value("민수", "서연", "3", "4"))];
      return sentences(value as Table);
    });
  for (const language of LANGUAGES) {
    const words = sentences(wordsFor(language) as unknown as Table);
    const irc =
      /[~&%]\w|\bmasks?\b|\bops?\b|\bfounder|half.operator|\bvoice\b|마스크|총관리자|발언권/;
    expect(words.filter((sentence) => irc.test(sentence))).toEqual([]);
  }
});

import { describe, expect, test } from "bun:test";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import { argumentCandidates, commandNames } from "../../lib/app/slash/slash-commands.ts";
import { openChat } from "./open-chat.ts";

/** /set, /bind, /unbind and /alias as somebody types them, and what client.toml says then. */

describe("/set", () => {
  test("lists, explains and changes, and says where it is kept", async () => {
    const chat = await openChat("", { toml: "mouse = false # mine\n" });
    chat.types("/set");
    expect(chat.notes()[0]).toContain("— Screen\nlang = not set (default)");
    expect(chat.notes()[0]).toContain("\nmouse = no (client.toml)\n");
    expect(chat.notes()[0]).toContain("Kept in /home/mina/client.toml");
    chat.types("/set mouse");
    expect(chat.notes()[1]).toBe(
      [
        "mouse = no (client.toml)",
        "The program handles the mouse wheel and clicks, not the terminal.",
        "Values: yes or no (default: yes)",
      ].join("\n"),
    );
    chat.types("/set mouse yes");
    expect(chat.notes()[2]).toBe("mouse = yes");
    expect(chat.app.settings.mouse).toBe(true);
    expect(chat.memory.text).toBe("mouse = true # mine\n");
    chat.types("/set mouse default");
    expect(chat.memory.text).toBe("# mine\n");
  });

  test("says what needs a restart, what the command line holds, and what is wrong", async () => {
    const chat = await openChat("", { argv: ["--no-mouse"] });
    chat.types('/set log "/tmp/my logs"');
    chat.types("/set log");
    chat.types("/set mouse yes");
    chat.types("/set keys emacs");
    chat.types("/set muose");
    chat.types("/set muose yes");
    chat.types("/set hist");
    expect(chat.notes()).toEqual([
      "log = /tmp/my logs from the next start of Sodam on.",
      [
        "log = not set (default) · from the next start: /tmp/my logs",
        "Also writes messages to text files in this folder, by server, room and day.",
        "Values: text (default: not set)",
        "A new value counts from the next start on.",
      ].join("\n"),
      "mouse = yes The command line says no, and comes first when Sodam starts like this again.",
      'keys can\'t be "emacs". Values: sodam, slack or weechat',
      'There is no setting "muose". /set lists them all.',
      'There is no setting "muose". Did you mean "mouse"?',
      "history-days = 90 (default)",
    ]);
  });

  test("in Korean changes the language at once", async () => {
    const chat = await openChat("", { language: "ko" });
    chat.types("/설정 언어");
    chat.types("/설정 lang en");
    expect(chat.app.language).toBe("en");
    chat.types("/설정 lang 기본값");
    expect(chat.memory.text).not.toContain("lang");
    chat.types("/설정 lang ko");
    chat.types("/설정 lang 기본값");
    expect(chat.app.language).toBe("en");
    chat.types("/설정 mouse no");
    expect(chat.notes()[0]).toContain("/설정에서 모두 볼 수 있습니다");
    expect(chat.memory.text).toBe("mouse = false\n");
  });

  test("says when the file can't be written, or only by hand, and changes nothing", async () => {
    const chat = await openChat();
    chat.memory.trouble = "forbidden";
    chat.types("/set mouse no");
    expect(chat.notes()[0]).toContain("/home/mina/client.toml");
    expect(chat.app.settings.mouse).toBe(true);
    chat.memory.text = "mouse = \n";
    chat.types("/set mouse no");
    expect(chat.notes()[1]).toContain("Change it by hand");
  });

  test("refuses an encoding that the next start would not know", async () => {
    const chat = await openChat();
    chat.types("/set encoding latin-0");
    expect(chat.notes()[0]).toContain("There is no encoding called latin-0.");
    expect(chat.memory.text).toBe("");
    chat.types("/set Encoding latin-0");
    expect(chat.memory.text).toBe("");
    chat.types("/set encoding windows-949");
    expect(chat.memory.text).toBe('encoding = "windows-949"\n');
  });

  test("refuses a server that is none", async () => {
    const chat = await openChat();
    chat.types("/set server tea house");
    expect(chat.notes()).toEqual([wordsFor("en").menu.badServer]);
    expect(chat.memory.text).toBe("");
    chat.types("/set server tea.example");
    expect(chat.memory.text).toBe('server = "tea.example"\n');
  });

  test("refuses a path that would keep the next start from beginning", async () => {
    const chat = await openChat();
    chat.types("/set log /root");
    chat.types("/set server-password-file nothing.txt");
    expect(chat.notes()).toEqual([
      "You have no permission to write /root. Choose another place.",
      "nothing.txt can't be read, or its first line is empty.",
    ]);
    expect(chat.memory.text).toBe("");
    chat.types("/set log /home/mina/log");
    expect(chat.memory.text).toBe('log = "/home/mina/log"\n');
  });

  test("is completed: names, then values", async () => {
    const { app, ports, connection } = await openChat("sodam.chat/report");
    const { words, language, input } = app;
    const host = { words, language, input, ports, session: connection.session, listed: [] };
    const candidates = (line: string) => argumentCandidates(host, line);
    expect(candidates("/set ")).toContain("history-days ");
    expect(candidates("/설정 mo")).toContain("mouse ");
    expect(candidates("/set keys ")).toEqual(["sodam", "slack", "weechat", "default"]);
    expect(candidates("/set theme ")).toEqual([
      ...["auto", "dark", "light", "solarized", "default"],
    ]);
    expect(candidates("/set history-days ")).toEqual(["90", "default"]);
    expect(candidates("/bind ctrl-g ")).toContain("switcher");
    expect(candidates("/help ")).toContain("join");
    expect(candidates("/msg j")).toBeNull();
    expect(candidates("/move ")).toEqual(["up", "down", "top", "bottom"]);
    expect(candidates("/invite-only ")).toEqual(["on", "off"]);
    expect(candidates("/invite-only #te")).toBeNull();
    expect(candidates("/grade ")).toBeNull();
    expect(candidates("/grade jun ")).toContain("helper");
    expect(candidates("/알림 ")).toEqual(["all", "mentions", "nothing", "default"]);
    const korean = (line: string) =>
      argumentCandidates({ ...host, words: wordsFor("ko"), language: "ko" }, line);
    expect(korean("/알림 멘")).toEqual(["모두", "멘션", "끔", "기본"]);
    expect(korean("/알림 #tea ")).toEqual(["모두", "멘션", "끔", "기본"]);
    expect(korean("/알림 #te")).toBeNull();
    expect(korean("/이동 ")).toEqual(["위", "아래", "맨위", "맨아래"]);
    expect(korean("/방설정 ")).toContain("저속 ");
    expect(korean("/방설정 #tea 숨김 ")).toEqual(["켬", "끔"]);
    expect(korean("/방설정 저속 ")).toEqual(["끔"]);
  });
});

describe("/bind and /unbind", () => {
  test("change keys at once, and client.toml", async () => {
    const chat = await openChat("", { toml: '[bind]\n"C-g" = "search" # mine\n' });
    chat.types("/bind ctrl-g switcher");
    chat.types("/bind alt-x /away lunch");
    chat.types("/bind ctrl-x ctrl-b = previous-room");
    chat.types('/bind "f2" = "next-unread"');
    chat.types("/bind ctrl-g");
    chat.types("/bind ctrl-k");
    expect(chat.notes()).toEqual([
      "Ctrl-G: find a room",
      "Alt-x: /away lunch",
      "Ctrl-X Ctrl-B: the room before",
      "F2: the next unread room",
      "Ctrl-G: find a room",
      "Ctrl-K: with text behind the cursor: cut to the end of the line; otherwise: find a room",
    ]);
    expect(chat.memory.text).toBe(
      [
        "[bind]",
        'ctrl-g = "switcher"',
        'alt-x = "/away lunch"',
        '"ctrl-x ctrl-b" = "previous-room"',
        'f2 = "next-unread"',
        "# mine",
        "",
      ].join("\n"),
    );
    expect(chat.app.input.keyMap.prefixes.has("ctrl-x")).toBe(true);
  });

  test("a key is unbound, and comes back", async () => {
    const chat = await openChat();
    chat.types("/unbind ctrl-k");
    expect(chat.memory.text).toContain('ctrl-k = "none"');
    chat.types("/bind ctrl-k default");
    expect(chat.memory.text).toBe("[bind]\n");
    chat.types("/bind alt-x help");
    chat.types("/unbind alt-x");
    expect(chat.memory.text).toBe("[bind]\n");
    chat.types("/unbind alt-x");
    expect(chat.notes()).toEqual([
      "Ctrl-K does nothing now.",
      "Ctrl-K is as usual again: with text behind the cursor: cut to the end of the line; otherwise: find a room",
      "Alt-x: the help",
      "Alt-x does nothing now.",
      "Alt-x isn't bound to anything.",
    ]);
  });

  test("what can't be is told, and nothing is kept", async () => {
    const chat = await openChat();
    for (const line of [
      "/bind",
      "/bind x help",
      "/bind ctrl-g serach",
      "/bind ctrl-z quit",
      "/unbind q",
    ]) {
      chat.types(line);
    }
    expect(chat.notes()[0]).toContain("Usage: /bind KEY ACTION");
    expect(chat.notes()[1]).toContain("x types a letter");
    expect(chat.notes()[2]).toContain('Did you mean "search"?');
    expect(chat.notes()[3]).toContain("Ctrl-Z stops the program");
    expect(chat.notes()[4]).toContain("q types a letter");
    expect(chat.memory.text).toBe("");
    chat.memory.trouble = "forbidden";
    chat.types("/bind ctrl-g search");
    expect(chat.app.settings.bind).toEqual({});
  });

  test("/keys is a page, and is printed in append mode", async () => {
    const chat = await openChat();
    chat.types("/keys unread");
    expect(chat.controller.ui.page).toMatchObject({
      ...{ kind: "help", part: "keys", editor: { text: "unread" } },
    });
    const append = await openChat("", { append: true });
    append.types("/단축키 next-unread");
    expect(append.notes()).toEqual(["— Rooms\nAlt-a: the next unread room (next-unread)"]);
  });
});

test("/clear takes away what /set and other commands answered in this room", async () => {
  const chat = await openChat();
  chat.types("/set");
  chat.types("/hlep");
  expect(chat.notes()).toHaveLength(2);
  chat.types("/정리");
  expect(chat.notes()).toEqual([]);
  chat.types("/clear all");
  expect(chat.notes()).toEqual(["Usage: /clear"]);
  const appended = await openChat("", { append: true });
  appended.types("/clear");
  expect(appended.notes()).toEqual(["That works on the screen only, not with --append."]);
});

describe("/alias", () => {
  test("makes a command, which is kept, listed, completed and run", async () => {
    const chat = await openChat();
    chat.types("/alias");
    chat.types("/alias hi = hello, $1!");
    chat.types("/별칭 잘가 = /me waves ; bye");
    chat.types("/hi jun");
    chat.types("/잘가 모두");
    expect(chat.sent.filter((text) => text.includes("PRIVMSG"))).toEqual([
      expect.stringContaining("PRIVMSG #tea :hello, jun!"),
      expect.stringContaining("ACTION waves ; bye 모두"),
    ]);
    chat.types("/alias");
    chat.types("/alias hi");
    expect(chat.notes().slice(-2)).toEqual([
      "/hi = hello, $1!\n/잘가 = /me waves ; bye",
      "/hi = hello, $1!",
    ]);
    expect(chat.memory.text).toBe('[alias]\nhi = "hello, $1!"\n"잘가" = "/me waves ; bye"\n');
    expect(commandNames(chat.app.input)).toContain("잘가");
    chat.types("/unalias hi");
    chat.types("/hi jun");
    expect(chat.notes().at(-1)).toContain("Unknown command /hi");
  });

  test("says what it covers, what leads to itself and what can't be one", async () => {
    const chat = await openChat();
    chat.types("/alias me = /me quietly $*");
    chat.types("/alias a = /b");
    chat.types("/alias b = /a");
    chat.types("/a");
    chat.types("/alias a/b = x");
    chat.types("/alias none");
    chat.types("/unalias none");
    expect(chat.notes()).toEqual([
      "/me = /me quietly $*\nIt comes in place of the program's own /me.",
      "/a = /b",
      "/b = /a",
      "The alias /a leads to itself.",
      '"a/b" can\'t be an alias: take letters, digits, - and _.',
      "There is no alias /none.",
      "There is no alias /none.",
    ]);
  });
});

describe("the door for scripts", () => {
  test("adds commands and keys, and takes them away again", async () => {
    const chat = await openChat("", { toml: '[bind]\nalt-j = "help"\n' });
    const { input } = chat.app;
    const run: string[] = [];
    const remove = input.addCommand({
      ...{ name: "poll", usage: "QUESTION", help: "asks everybody" },
      run: (host, rest) => {
        run.push(`${host.conversation.name} ${rest}`);
        host.note("asked");
      },
      complete: () => ["lunch?"],
    });
    const unbind = input.addKey("alt-p", "/poll now");
    expect(input.addKey("alt-p", "no such action")).toMatchObject({ kind: "target" });
    input.addKey("alt-j", "/poll");
    chat.types("/POLL tea or coffee?");
    expect([run, chat.notes()]).toEqual([["#tea tea or coffee?"], ["asked"]]);
    expect(commandNames(input)).toContain("poll");
    const rows = () => [...input.keyMap.keys.values()].filter(({ source }) => source === "script");
    expect(rows().map(({ key }) => key as string)).toEqual(["alt-p"]);
    remove();
    if (typeof unbind === "function") unbind();
    chat.types("/poll");
    expect(chat.notes().at(-1)).toContain("Unknown command /poll");
    expect(rows()).toEqual([]);
  });
});

import { describe, expect, test } from "bun:test";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { en } from "../../lib/app/i18n/en.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { SlashHost } from "../../lib/app/slash/slash-command.ts";
import { commandNames, runSlash, SLASH_COMMANDS } from "../../lib/app/slash/slash-commands.ts";
import { suggestCommand } from "../../lib/app/slash/suggest-command.ts";
import type { ClientConversation } from "../../lib/chat-client/client-state.ts";
import type { Answer, ChatSession } from "../../lib/chat-client/session.ts";
import { ClientSession } from "../../lib/chat-client/session.ts";
import type { Language } from "../../lib/protocol/language.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Isupport } from "../../lib/protocol/wire/isupport.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { elapsedMs } from "../elapsed.ts";
import { localFilesOf } from "./local-files.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";
import { conversation, line, member, membersOf, SATURDAY, usualInput } from "./team.ts";

/** A session that records the called methods: "join #tea". */
function recorded(calls: string[], caps: readonly string[]): ChatSession {
  const real = new ClientSession(
    { logIn: null, nick: "하나" },
    {
      send: () => {},
      now: () => SATURDAY,
      elapsed: () => elapsedMs(0),
      id: () => "1",
      emit: () => {},
    },
  );
  Object.assign(real.state, { phase: { kind: "ready" } });
  for (const cap of caps) (real.state.caps as Set<string>).add(cap);
  const record = <Part extends object>(part: Part): Part =>
    new Proxy(part, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (name === "commands" || name === "history" || name === "preferences") {
          return record(value as object);
        }
        if (typeof value !== "function") return value;
        return (...values: unknown[]) => {
          const args = values.map((value) =>
            typeof value === "object" ? JSON.stringify(value) : value,
          );
          calls.push([String(name), ...args].join(" "));
          return name === "openDirect" ? values[0] : [];
        };
      },
    });
  return record(real);
}

function runCommand(
  command: string,
  here: ClientConversation = conversation("#tea"),
  caps: readonly string[] = [],
  language: Language = "en",
) {
  const calls: string[] = [];
  const notes: string[] = [];
  const slash: SlashHost = {
    words: wordsFor(language),
    calendar: makeDateFormat(language, "UTC"),
    session: recorded(calls, caps),
    ports: {
      random: () => 0,
      now: () => SATURDAY,
      elapsed: () => elapsedMs(0),
      id: () => "1",
      configuration: new MemoryConfiguration().configuration,
      localFiles: localFilesOf({ "/a/plan.pdf": 1200, "my plan.pdf": 10 }),
      saveExport: (path, room, format, lines, force) => {
        const what = Array.isArray(lines) ? lines.length : "all";
        calls.push(`save ${path} ${room} ${format} ${what} ${force}`);
        return Promise.resolve({ kind: "saved", path: path ?? "tea.txt", count: 0 });
      },
      saveLines: (path, _lines, force) => {
        calls.push(`lines ${path} ${force}`);
        return Promise.resolve({ kind: "saved", path, count: 0 });
      },
    },
    scripts: null,
    files: {
      send: ({ name }, caption) => void calls.push(`send ${name} ${caption}`.trim()),
      messages: () => here.lines.filter(({ file }) => file !== null).toReversed(),
      save: ({ name }) => void calls.push(`save ${name}`),
      fetchTo: () => Promise.resolve(false),
      stop: (which) => void calls.push(`stop ${which}`),
      openPage: (query) => void calls.push(`files ${query}`.trim()),
    },
    sendText: (key, text, replyTo) =>
      void calls.push(["say", key, text, replyTo ?? ""].join(" ").trim()),
    ...{ conversation: here, language, input: usualInput() },
    say: (text) => calls.push(`say here ${text}`),
    edit: (msgid, text) => calls.push(`edit ${msgid} ${text}`),
    setLanguage: (chosen) => calls.push(`language ${chosen}`),
    progressNote: () => ({
      update: (text) => notes.push(`so far: ${text}`),
      finish: (text, tone = "info") => notes.push(`${tone}: ${text}`),
    }),
    note: (text, tone = "info") => notes.push(`${tone}: ${text}`),
    goTo: (name) => calls.push(`goTo ${name}`),
    composeReply: (to) => calls.push(`replyTo ${to.key}`),
    openSearch: null,
    openHelp: null,
    selectNewest: null,
    clearNotes: null,
    openPerson: null,
    servers: {
      listed: [],
      connect: ({ host, port }) => calls.push(`connect ${host} ${port}`),
      disconnect: (id) => calls.push(`disconnect ${id}`),
      split: {
        ...{ columnsMin: 120, hasRoom: true, isSplit: false },
        set: (place) => calls.push(`split ${place?.key}`),
      },
    },
    openMenu: (page) => calls.push(`menu ${page}`),
    reveal: (text) => calls.push(`reveal ${text}`),
    openThread: (line) => calls.push(`thread ${line?.msgid}`),
    linkCommand: ({ invitation, room }) => `bun client.ts sodam://here/${invitation}/${room}`,
    confirmCertificate: (typed) => {
      calls.push(`confirm ${typed}`);
      return typed === "none" ? null : { kind: "wrong" };
    },
    reconnect: () => calls.push("reconnect!"),
    setEncoding: (encoding) => calls.push(`encoding ${encoding}`),
    serviceLanguage: null,
    setServiceLanguage: (language, done) => {
      calls.push(`services ${language}`);
      done("told", true);
    },
    quit: () => calls.push("quit!"),
  };
  runSlash(slash, command);
  return { calls, notes };
}

describe("commands", () => {
  test("every name means one command, and every one has a Korean name", () => {
    const names = commandNames(usualInput());
    expect(names.length).toBe(new Set(names).size);
    for (const command of SLASH_COMMANDS)
      expect(command.aliases.join("")).toMatch(/\p{Script=Hangul}/u);
    for (const name of names) expect(name).toMatch(/^[a-z0-9\p{Script=Hangul}-]+$/u);
  });

  test("each help sentence belongs to a command", () => {
    const used = new Set<string>(SLASH_COMMANDS.map(({ help }) => help));
    expect(Object.keys(en.slash.help).filter((key) => !used.has(key))).toEqual([]);
  });

  const rows: readonly [string, readonly string[]][] = [
    ["/join #tea", ["join #tea", "goTo #tea"]],
    ["/입장 수다방", ["join #수다방", "goTo #수다방"]],
    ["/JOIN #tea secret", ["join #tea secret", "goTo #tea"]],
    ["/leave", ["leave #tea"]],
    ["/나가기 #dev 안녕", ["leave #dev 안녕"]],
    ["/create cats", ["join #cats", "goTo #cats"]],
    ["/msg @mina hi there", ["openDirect mina", "say mina hi there", "goTo mina"]],
    ["/msg #tea hi there", ["say #tea hi there", "goTo #tea"]],
    ["/대화 민수 안녕", ["openDirect 민수", "say 민수 안녕", "goTo 민수"]],
    ["/귓속말 민수 안녕", ["openDirect 민수", "say 민수 안녕", "goTo 민수"]],
    ["/me waves", ["sendAction #tea waves"]],
    ["/topic tea and cake", ["topic #tea tea and cake"]],
    ["/invite @jun", ["invite jun #tea"]],
    ["/kick #dev jun too loud", ["kick #dev jun too loud"]],
    ["/ban $a:jun", ["mode #tea +b $a:jun"]],
    ["/unban $a:jun", ["mode #tea -b $a:jun"]],
    ["/op jun", ["mode #tea +o jun"]],
    ["/deop jun", ["mode #tea -o jun"]],
    ["/key s3cret", ["mode #tea +k s3cret"]],
    ["/key", ["mode #tea -k *"]],
    ["/invite-only on", ["mode #tea +i"]],
    ["/초대만 끔", ["mode #tea -i"]],
    ["/nick mina2", ["setNick mina2"]],
    ["/away lunch", ["away lunch"]],
    ["/back", ["away "]],
    ["/mute", ["set #tea level nothing"]],
    ["/menu", ["menu rooms"]],
    ["/password", ["menu password"]],
    ["/devices", ["menu devices"]],
    ["/forget-me", ["menu forget"]],
    ["/invitations", ["menu invitations"]],
    ["/reconnect", ["reconnect!"]],
    ["/다시연결", ["reconnect!"]],
    ["/trust 58a4 1b2c", ["confirm 58a4 1b2c"]],
    ["/신뢰 sodam://here/fp-58a4", ["confirm sodam://here/fp-58a4"]],
    ["/종료", ["quit!"]],
    ["/export out.md", ["save out.md #tea markdown 0 false"]],
    ['/export "tea of today.md"', ["save tea of today.md #tea markdown 0 false"]],
    ["/저장 out --format json --force", ["save out #tea jsonl 0 true"]],
  ];
  for (const [typed, calls] of rows) {
    test(`${typed} calls: ${calls.join(", ")}`, () =>
      expect(runCommand(typed).calls).toEqual([...calls]));
  }

  test("/export asks the server for the whole history, or for a part of it, where it has one", () => {
    const caps = ["draft/chathistory"];
    const tea = conversation("#tea");
    expect(runCommand("/export out.html", tea, caps).calls).toEqual([
      "save out.html #tea html all false",
    ]);
    const part = "/export out.txt --from 2026-11-01 --to 2026-11-30";
    expect(runCommand(part, tea, caps).calls).toEqual(["save out.txt #tea text all false"]);
    expect(runCommand("/export out.txt --from yesterday", tea, caps).calls).toEqual([]);
  });

  test("/export search requests search results from the server, here or everywhere", () => {
    const caps = ["soju.im/search"];
    const tea = conversation("#tea");
    const rows: readonly [string, readonly string[]][] = [
      ["/export search green tea", ["save null #tea green tea text all false"]],
      ["/저장 찾기 녹차 --file tea.md", ["save tea.md #tea 녹차 markdown all false"]],
      ["/export search tea --by mina --everywhere", ["save null  tea by:mina text all false"]],
      ["/export search --by mina --format html", ["save null #tea by:mina html all false"]],
      ["/export search", []],
      ["/export tea.txt --by mina", []],
    ];
    for (const [typed, calls] of rows)
      expect(runCommand(typed, tea, caps).calls).toEqual([...calls]);
    expect(runCommand("/export search tea").notes).toEqual([
      "bad: This server doesn't support that.",
    ]);
  });

  test("an unknown one is never sent, and the nearest one is suggested", () => {
    expect(runCommand("/hlep")).toEqual({
      calls: [],
      notes: ["bad: Unknown command /hlep. Did you mean /help?"],
    });
    expect(runCommand("/ㅗ디ㅔ").notes).toEqual([
      "bad: Unknown command /ㅗ디ㅔ. Did you mean /help?",
    ]);
    expect(runCommand("/usr/bin/env").notes).toEqual([
      "bad: Unknown command /usr/bin/env. /help lists all commands.",
    ]);
  });

  test("/link shows a link into this room, or another", () => {
    const shown = (typed: string, here = conversation("#tea")) =>
      runCommand(typed, here)
        .calls.join()
        .match(/bun client\.ts .*/)?.[0];
    expect(shown("/link")).toBe("bun client.ts sodam://here/undefined/#tea");
    expect(shown("/링크 #dev")).toBe("bun client.ts sodam://here/undefined/#dev");
    expect(runCommand("/link dev").notes).toEqual(["bad: Usage: /link [#room]"]);
    expect(runCommand("/link #a,b").notes).toEqual(["bad: Usage: /link [#room]"]);
  });

  test("/link says who can't come in by it", () => {
    expect(runCommand("/link").calls.join()).not.toContain("invited");
    const closed = runCommand("/link", { ...conversation("#tea"), modes: "ik" }).calls.join();
    expect(closed).toContain("#tea lets in only people who were invited");
    expect(closed).toContain("#tea has a password");
  });

  test("/trust says what is wrong with what was typed", () => {
    const notes = (typed: string) => runCommand(typed).notes;
    expect(notes("/trust")).toEqual(["bad: Usage: /trust LAST-CHARACTERS | LINK"]);
    expect(notes("/trust 12345678")[0]).toStartWith("bad: That doesn't match");
    expect(notes("/trust none")).toEqual(["bad: There is no certificate to confirm."]);
  });

  test("invalid arguments show the usage", () => {
    expect(runCommand("/join")).toEqual({
      calls: [],
      notes: ["bad: Usage: /join #room [password]"],
    });
    for (const command of ["/msg", "/msg @#tea hi", "/msg /join #vault", "/msg jun,mina hi"]) {
      const { calls, notes } = runCommand(command);
      expect(calls).toEqual([]);
      expect(notes).toEqual(["bad: Usage: /msg NAME TEXT"]);
    }
    expect(runCommand("/msg #vault hi")).toEqual({
      calls: [],
      notes: ["bad: You are not in #vault: /join #vault"],
    });
    expect(runCommand("/join a,b").notes).toEqual([
      "bad: A room's name has no spaces, commas or control characters.",
    ]);
    expect(runCommand("/export --what").calls).toEqual([]);
    expect(runCommand("/kick jun", conversation("jun")).notes).toEqual([
      "bad: That works in a room only. Go to a room, or join one first.",
    ]);
  });

  test("features that the server doesn't offer aren't requested", () => {
    expect(runCommand("/pin cake at four").notes).toEqual([
      "bad: This server doesn't support that.",
    ]);
    expect(runCommand("/고정 cake at four", undefined, ["draft/metadata-2"]).calls).toEqual([
      "pin #tea cake at four",
    ]);
    expect(runCommand("/search tea").calls).toEqual([]);
  });

  test("replies, reactions and edits find their message", () => {
    const oldest = line(SATURDAY, "jun", "first");
    const othersNewest = line(SATURDAY + 1, "mina", "second");
    const own = line(SATURDAY + 2, "하나", "mine", { own: true });
    const room = conversation("#tea", { lines: [oldest, othersNewest, own] });
    expect(runCommand("/reply sure", room).calls).toEqual([`say #tea sure ${othersNewest.msgid}`]);
    expect(runCommand("/reply 3 sure", room).calls).toEqual([`say #tea sure ${oldest.msgid}`]);
    expect(runCommand("/reply", room).calls).toEqual([`replyTo ${othersNewest.key}`]);
    expect(runCommand("/react :tada:", room, ["message-tags"]).calls).toEqual([
      `react #tea ${othersNewest.msgid} 🎉`,
    ]);
    expect(runCommand("/edit better", room).notes).toEqual([
      "bad: This server doesn't support that.",
    ]);
    expect(runCommand("/edit better", room, ["sodam.chat/edit"]).calls).toEqual([
      `edit ${own.msgid} better`,
    ]);
    expect(runCommand("/delete", room, ["draft/message-redaction"]).calls).toEqual([
      `redact #tea ${own.msgid}`,
    ]);
    expect(runCommand("/reply hm").notes).toEqual([
      "bad: There is no message here to do that with.",
    ]);
    for (const line of ["/reply 9", "/react 9 👍", "/t 9"]) {
      expect(runCommand(line, room, ["message-tags"]).notes).toEqual([
        "bad: There is no message with that number: 1–3, counted from the newest.",
      ]);
    }
  });

  test("/whois shows a user, /mode shows and sets, /members is /names", () => {
    expect(runCommand("/누구").notes).toEqual(["bad: Usage: /whois NAME"]);
    expect(runCommand("/mode +o-v jun bo").calls).toEqual(["mode #tea +o-v jun bo"]);
    expect(runCommand("/members").notes).toEqual(runCommand("/names").notes);

    const notes: string[] = [];
    const messages = [
      ":s 311 me jun ~jun host * :jun",
      ":s 319 me jun :@#tea #cake",
      ":s 330 me jun june :is logged in as",
      ":s 301 me jun :lunch\x1b[2J",
    ].flatMap((text) => parseMessage(text) ?? []);
    const session = {
      state: { phase: { kind: "ready" }, conversations: new Map(), fold, isupport: new Isupport() },
      ask: (_verb: string, _params: readonly string[], done: (answer: Answer) => void) =>
        done({ kind: "answered", messages: [parseMessage(":s 324 me #tea +ntl 5") ?? []].flat() }),
      commands: {
        whois: (nick: string, done: (answer: Answer) => void) =>
          done({ kind: "answered", messages: nick === "jun" ? messages : [] }),
      },
    } as unknown as ChatSession;
    const here = conversation("#tea");
    const host = {
      session,
      ...{ conversation: here, words: en, input: usualInput() },
      note: (text: string) => notes.push(text),
    };
    for (const command of ["/whois jun", "/whois zz", "/mode"]) {
      runSlash(host as unknown as SlashHost, command);
    }
    expect(notes).toEqual([
      "jun\nin #tea (moderator), #cake\nlogged in as june\naway: lunch␛[2J",
      "There is nobody called zz.",
      "Letters set: +ntl 5",
    ]);
  });

  test("/names lists operators first, and /help everything", () => {
    const room = conversation("#tea", {
      members: membersOf(
        member("jun"),
        member("bo", { away: true }),
        member("mina", { ranks: "@" }),
      ),
    });
    expect(runCommand("/names", room).notes).toEqual([
      "info: #tea: 3\nmina (moderator), jun, bo (away)",
    ]);
    const help = runCommand("/help").notes.join("\n");
    for (const command of SLASH_COMMANDS) expect(help).toContain(`/${command.name}`);
    expect(runCommand("/help join").notes).toEqual(["info: /join #room [password]: join a room"]);
    expect(runCommand("/help join", room, [], "ko").notes[0]).toStartWith(
      "info: /입장 #방 [비밀번호]: ",
    );
  });
});

test("suggestions allow two errors, counted in letters and jamo; swapped neighbours are one", () => {
  expect(suggestCommand("hlep", ["help"])).toBe("help");
  expect(suggestCommand("ehlp", ["help"])).toBe("help");
  expect(suggestCommand("ehpl", ["help"])).toBeNull();
  expect(suggestCommand("reconcnet", ["reconnect"])).toBe("reconnect");
  expect(suggestCommand("xyconnect", ["reconnect"])).toBe("reconnect");
  expect(suggestCommand("xyzonnect", ["reconnect"])).toBeNull();
  expect(suggestCommand("xyzzy", commandNames(usualInput()))).toBeNull();
  expect(suggestCommand("jion", commandNames(usualInput()))).toBe("join");
  expect(suggestCommand("입쟝", commandNames(usualInput()))).toBe("입장");
});

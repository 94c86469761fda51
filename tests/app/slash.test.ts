import { describe, expect, test } from "bun:test";
import { makeDateFormat } from "../../lib/app/i18n/date-format.ts";
import { en } from "../../lib/app/i18n/en.ts";
import { wordsFor } from "../../lib/app/i18n/words.ts";
import type { SlashPlace } from "../../lib/app/slash/slash-command.ts";
import {
  COMMANDS,
  commandNames,
  findCommand,
  runSlash,
  usageOf,
} from "../../lib/app/slash/slash-commands.ts";
import { suggest } from "../../lib/app/slash/suggest-command.ts";
import type { ClientConversation } from "../../lib/chat-client/client-state.ts";
import type { Answer, ChatSession } from "../../lib/chat-client/session.ts";
import { ClientSession } from "../../lib/chat-client/session.ts";
import { editDistance } from "../../lib/protocol/did-you-mean.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { conversation, line, member, membersOf, SATURDAY } from "./team.ts";

/** What a command asked of the session: "join #tea". Everything else of it works and is silent. */
function recorded(calls: string[], caps: readonly string[]): ChatSession {
  const real = new ClientSession(
    { logIn: null, nick: "하나" },
    { send: () => {}, now: () => SATURDAY, id: () => "1", emit: () => {} },
  );
  for (const cap of caps) (real.state.caps as Set<string>).add(cap);
  return new Proxy<ChatSession>(real, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...values: unknown[]) => {
        const said = values.map((one) => (typeof one === "object" ? JSON.stringify(one) : one));
        calls.push([String(name), ...said].join(" "));
        return name === "openDirect" ? values[0] : [];
      };
    },
  });
}

function given(
  command: string,
  here: ClientConversation = conversation("#tea"),
  caps: readonly string[] = [],
) {
  const heard: string[] = [];
  const notes: string[] = [];
  const slash: SlashPlace = {
    words: wordsFor("en"),
    calendar: makeDateFormat("en", "UTC"),
    session: recorded(heard, caps),
    ports: {
      random: () => 0,
      now: () => SATURDAY,
      id: () => "1",
      saveExport: (path, room, format, lines, force) => {
        const what = Array.isArray(lines) ? lines.length : "all";
        heard.push(`save ${path} ${room} ${format} ${what} ${force}`);
        return Promise.resolve({ kind: "saved", path: path ?? "tea.txt", count: 0 });
      },
      saveLines: (path, _lines, force) => {
        heard.push(`lines ${path} ${force}`);
        return Promise.resolve({ kind: "saved", path, count: 0 });
      },
    },
    here,
    telling: () => ({
      soFar: (text) => notes.push(`so far: ${text}`),
      done: (text, tone = "info") => notes.push(`${tone}: ${text}`),
    }),
    note: (text, tone = "info") => notes.push(`${tone}: ${text}`),
    goTo: (name) => heard.push(`goTo ${name}`),
    replyTo: (to) => heard.push(`replyTo ${to.key}`),
    find: null,
    menu: (page) => heard.push(`menu ${page}`),
    reveal: (text) => heard.push(`reveal ${text}`),
    openThread: (line) => heard.push(`thread ${line?.msgid}`),
    linkWith: (code) => `sodam://here/#invite=${code}`,
    reconnect: () => heard.push("reconnect!"),
    quit: () => heard.push("quit!"),
  };
  runSlash(slash, command);
  return { heard, notes };
}

describe("commands", () => {
  test("every name means one command, and every one has a Korean name", () => {
    const names = commandNames();
    expect(names.length).toBe(new Set(names).size);
    for (const one of COMMANDS) expect(one.aliases.join("")).toMatch(/\p{Script=Hangul}/u);
    for (const name of names) expect(name).toMatch(/^[a-z\p{Script=Hangul}-]+$/u);
  });

  test("each help sentence belongs to a command", () => {
    const used = new Set<string>(COMMANDS.map((one) => one.help));
    expect(Object.keys(en.slash.help).filter((key) => !used.has(key))).toEqual([]);
  });

  const rows: readonly [string, readonly string[]][] = [
    ["/join #tea", ["join #tea", "goTo #tea"]],
    ["/입장 수다방", ["join #수다방", "goTo #수다방"]],
    ["/JOIN #tea secret", ["join #tea secret", "goTo #tea"]],
    ["/leave", ["leave #tea"]],
    ["/나가기 #dev 안녕", ["leave #dev 안녕"]],
    ["/create cats", ["create #cats", "goTo #cats"]],
    ["/msg @mina hi there", ["openDirect mina", "say mina hi there", "goTo mina"]],
    ["/대화 민수 안녕", ["openDirect 민수", "say 민수 안녕", "goTo 민수"]],
    ["/귓속말 민수 안녕", ["openDirect 민수", "say 민수 안녕", "goTo 민수"]],
    ["/me waves", ["sendAction #tea waves"]],
    ["/topic tea and cake", ["topic #tea tea and cake"]],
    ["/invite @jun", ["invite jun #tea"]],
    ["/kick #dev jun too loud", ["kick #dev jun too loud"]],
    ["/ban jun", ["ban #tea jun!*@*"]],
    ["/ban $a:jun", ["ban #tea $a:jun"]],
    ["/unban jun", ["unban #tea jun!*@*"]],
    ["/op jun", ["mode #tea +o jun"]],
    ["/deop jun", ["mode #tea -o jun"]],
    ["/key s3cret", ["mode #tea +k s3cret"]],
    ["/key", ["mode #tea -k *"]],
    ["/invite-only on", ["mode #tea +i"]],
    ["/초대만 끔", ["mode #tea -i"]],
    ["/nick mina2", ["setNick mina2"]],
    ["/away lunch", ["away lunch"]],
    ["/back", ["away "]],
    ["/mute", ["setMuted #tea true"]],
    ["/menu", ["menu rooms"]],
    ["/password", ["menu password"]],
    ["/devices", ["menu devices"]],
    ["/forget-me", ["menu forget"]],
    ["/invitations", ["menu invitations"]],
    ["/reconnect", ["reconnect!"]],
    ["/다시연결", ["reconnect!"]],
    ["/종료", ["quit!"]],
    ["/export out.md", ["save out.md #tea markdown 0 false"]],
    ['/export "tea of today.md"', ["save tea of today.md #tea markdown 0 false"]],
    ["/저장 out --format json --force", ["save out #tea jsonl 0 true"]],
  ];
  for (const [typed, heard] of rows) {
    test(`${typed} asks for: ${heard.join(", ")}`, () =>
      expect(given(typed).heard).toEqual([...heard]));
  }

  test("/export asks the server for the whole history, or for a part of it, where it has one", () => {
    const caps = ["draft/chathistory"];
    const tea = conversation("#tea");
    expect(given("/export out.html", tea, caps).heard).toEqual([
      "save out.html #tea html all false",
    ]);
    const part = "/export out.txt --from 2026-11-01 --to 2026-11-30";
    expect(given(part, tea, caps).heard).toEqual(["save out.txt #tea text all false"]);
    expect(given("/export out.txt --from yesterday", tea, caps).heard).toEqual([]);
  });

  test("/export search asks the server for what it finds, here or everywhere", () => {
    const caps = ["soju.im/search"];
    const tea = conversation("#tea");
    const rows: readonly [string, readonly string[]][] = [
      ["/export search green tea", ["save null #tea green tea text all false"]],
      ["/저장 찾기 녹차 --file tea.md", ["save tea.md #tea 녹차 markdown all false"]],
      ["/export search tea --by mina --everywhere", ["save null tea text all false"]],
      ["/export search --by mina --format html", ["save null #tea html all false"]],
      ["/export search", []],
      ["/export tea.txt --by mina", []],
    ];
    for (const [typed, heard] of rows) expect(given(typed, tea, caps).heard).toEqual([...heard]);
    expect(given("/export search tea").notes).toEqual(["bad: This server doesn't offer that."]);
  });

  test("an unknown one is never sent, and what was meant is suggested", () => {
    expect(given("/hlep")).toEqual({
      heard: [],
      notes: ["bad: There is no command /hlep. Did you mean /help?"],
    });
    expect(given("/ㅗ디ㅔ").notes).toEqual([
      "bad: There is no command /ㅗ디ㅔ. Did you mean /help?",
    ]);
    expect(given("/usr/bin/env").notes).toEqual([
      "bad: There is no command /usr/bin/env. /help lists all.",
    ]);
  });

  test("what can't be right shows how it is written", () => {
    expect(given("/join")).toEqual({
      heard: [],
      notes: ["bad: Like this: /join #room [password]"],
    });
    expect(given("/msg").notes).toEqual(["bad: Like this: /msg NAME TEXT"]);
    expect(given("/join a,b").notes).toEqual([
      "bad: #a,b can't be a room's name. Rooms begin with #.",
    ]);
    expect(given("/export --what").heard).toEqual([]);
    expect(given("/kick jun", conversation("jun")).notes).toEqual([
      "bad: That works in a room. Go into one first.",
    ]);
  });

  test("what the server doesn't offer isn't asked for", () => {
    expect(given("/pin cake at four").notes).toEqual(["bad: This server doesn't offer that."]);
    expect(given("/고정 cake at four", undefined, ["draft/metadata-2"]).heard).toEqual([
      "pin #tea cake at four",
    ]);
    expect(given("/search tea").heard).toEqual([]);
  });

  test("answers, reactions and edits find their message", () => {
    const one = line(SATURDAY, "jun", "first");
    const two = line(SATURDAY + 1, "mina", "second");
    const own = line(SATURDAY + 2, "하나", "mine", { own: true });
    const room = conversation("#tea", { lines: [one, two, own] });
    expect(given("/reply sure", room).heard).toEqual([`say #tea sure {"replyTo":"${two.msgid}"}`]);
    expect(given("/reply 3 sure", room).heard).toEqual([
      `say #tea sure {"replyTo":"${one.msgid}"}`,
    ]);
    expect(given("/reply", room).heard).toEqual([`replyTo ${two.key}`]);
    expect(given("/react :tada:", room).heard).toEqual([`react #tea ${two.msgid} 🎉`]);
    expect(given("/edit better", room).notes).toEqual(["bad: This server doesn't offer that."]);
    expect(given("/edit better", room, ["sodam.chat/edit"]).heard).toEqual([
      `edit #tea ${own.msgid} better`,
    ]);
    expect(given("/delete", room, ["draft/message-redaction"]).heard).toEqual([
      `redact #tea ${own.msgid}`,
    ]);
    expect(given("/reply hm").notes).toEqual(["bad: There is no message here to do that with."]);
    for (const line of ["/reply 9", "/react 9 👍", "/t 9"]) {
      expect(given(line, room).notes).toEqual([
        "bad: There is no message of that number: 1–3, counted from the newest.",
      ]);
    }
  });

  test("/whois says who somebody is, /mode shows and sets, /members is /names", () => {
    expect(given("/누구").notes).toEqual(["bad: Like this: /whois NAME"]);
    expect(given("/mode +o-v jun bo").heard).toEqual(["mode #tea +o-v jun bo"]);
    expect(findCommand("members")).toBe(findCommand("names"));

    const told: string[] = [];
    const messages = [
      ":s 311 me jun ~jun host * :jun",
      ":s 319 me jun :@#tea #cake",
      ":s 330 me jun june :is logged in as",
      ":s 301 me jun :lunch\x1b[2J",
    ].flatMap((text) => parseMessage(text) ?? []);
    const session = {
      ask: (_verb: string, _params: readonly string[], done: (answer: Answer) => void) =>
        done({ kind: "answered", messages: [parseMessage(":s 324 me #tea +ntl 5") ?? []].flat() }),
      whois: (nick: string, done: (answer: Answer) => void) =>
        done({ kind: "answered", messages: nick === "jun" ? messages : [] }),
    } as unknown as ChatSession;
    const here = conversation("#tea");
    const place = { session, here, words: en, note: (text: string) => told.push(text) };
    for (const command of ["/whois jun", "/whois zz", "/mode"]) {
      runSlash(place as unknown as SlashPlace, command);
    }
    expect(told).toEqual([
      "jun\nin @#tea #cake\nlogged in as june\naway: lunch␛[2J",
      "There is nobody called zz.",
      "Modes: +ntl 5",
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
    expect(given("/names", room).notes).toEqual(["info: #tea: 3\n@mina, jun, bo (away)"]);
    const help = given("/help").notes.join("\n");
    for (const one of COMMANDS) expect(help).toContain(`/${one.name}`);
    expect(given("/help join").notes).toEqual(["info: /join #room [password]: go into a room"]);
    const join = findCommand("join");
    expect(join === null ? "" : usageOf(join, wordsFor("ko"))).toBe("/입장 #방 [비밀번호]");
  });
});

test("mistakes are counted by letters and jamo, neighbours swapped are one", () => {
  expect([
    editDistance("help", "hlep"),
    editDistance("입쟝", "입장"),
    editDistance("", "abc"),
  ]).toEqual([1, 1, 3]);
  expect(suggest("xyzzy", commandNames())).toBeNull();
  expect(suggest("jion", commandNames())).toBe("join");
  expect(suggest("입쟝", commandNames())).toBe("입장");
});

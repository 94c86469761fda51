import { expect, test } from "bun:test";
import {
  type ClientSettings,
  clientHelp,
  parseClientArguments,
} from "../../lib/settings/client-settings.ts";
import { CLIENT_TABLE } from "../../lib/settings/client-table.ts";

const DEFAULTS: ClientSettings = {
  server: null,
  linkFile: null,
  trust: null,
  account: null,
  passwordFile: null,
  guest: null,
  serverPasswordFile: null,
  plain: false,
  lang: null,
  append: false,
  mouse: true,
  colour: true,
  keys: "sodam",
  bind: {},
  alias: {},
  downloads: null,
  shrinkPictures: "ask",
  enterWait: true,
  shareDrafts: false,
  theme: "auto",
  pictures: "auto",
  encoding: null,
  historyDays: 90,
  log: null,
  debugLog: null,
  logLevel: "debug",
  configDir: null,
  command: { kind: "chat" },
};

const SEND = {
  kind: "send",
  room: "#ops",
  text: null,
  json: false,
  to: null,
  file: null,
  name: null,
} as const;
const TAIL = { kind: "tail", room: "#ops", json: false, lines: 10, followFrom: null } as const;
const ON: Extract<ClientSettings["command"], { kind: "on" }> = {
  ...({ kind: "on", room: "#ops", match: null, from: null } as const),
  ...{ ops: false, arguments: false, timeout: 60, maxOutput: 4000, command: ["a"] },
};
const ON_USAGE =
  "on needs one room (or @nick, or @ for all direct messages), and the command behind --: on '#room' --match '^!hello' -- ./hello.sh";

test.each<[string[], Partial<ClientSettings>]>([
  [[], {}],
  [["chat.example.org"], { server: "chat.example.org" }],
  [["[::1]:7000", "--plain"], { server: "[::1]:7000", plain: true }],
  [["sodam://h:1/#fp=ab&invite=cd"], { server: "sodam://h:1/#fp=ab&invite=cd" }],
  [["--server", "send"], { server: "send" }],
  [["--lang", "ko", "--append"], { lang: "ko", append: true }],
  [["--no-mouse", "--no-colour"], { mouse: false, colour: false }],
  [["--no-color"], { colour: false }],
  [["--pictures", "sixel"], { pictures: "sixel" }],
  [["--log", "logs", "--config-dir", "c"], { log: "logs", configDir: "c" }],
  [["--debug-log", "d"], { debugLog: "d" }],
  [["--debug-log", "d", "--log-level", "info"], { debugLog: "d", logLevel: "info" }],
  [["--account", "mina", "--password-file", "p"], { account: "mina", passwordFile: "p" }],
  [["--guest", "mina"], { guest: "mina" }],
  [["send", "#ops"], { command: { ...SEND, text: null } }],
  [
    ["h", "send", "#ops", "two words", "more"],
    { server: "h", command: { ...SEND, text: "two words more" } },
  ],
  [["send", "#ops", "--", "--force", "it"], { command: { ...SEND, text: "--force it" } }],
  [
    ["send", "#ops", "--reply-to", "m1", "yes", "--json"],
    { command: { ...SEND, text: "yes", json: true, to: { act: "reply", msgid: "m1" } } },
  ],
  [
    ["send", "#ops", "--edit", "m1", "no"],
    { command: { ...SEND, text: "no", to: { act: "edit", msgid: "m1" } } },
  ],
  [
    ["send", "#ops", "--delete", "m1"],
    { command: { ...SEND, text: null, to: { act: "delete", msgid: "m1" } } },
  ],
  [["tail", "#ops"], { command: TAIL }],
  [["tail", "#ops", "--json", "-n", "5"], { command: { ...TAIL, json: true, lines: 5 } }],
  [
    ["tail", "#ops", "--follow-from", "2026-11-23"],
    { command: { ...TAIL, followFrom: "2026-11-23" } },
  ],
  [["on", "#ops", "--", "./a.sh"], { command: { ...ON, command: ["./a.sh"] } }],
  // Flags of the command are its own, and "on" is no flag's yes.
  [
    ["h", "--plain", "on", "#ops", "--ops", "--timeout", "5", "--", "a", "--json", "--", "-n"],
    {
      ...{ server: "h", plain: true },
      command: { ...ON, ops: true, timeout: 5, command: ["a", "--json", "--", "-n"] },
    },
  ],
  [
    ["on", "@mina", "--match", "^!x (y)", "--arguments", "--from", "mina", "--", "a"],
    { command: { ...ON, room: "mina", match: "^!x (y)", arguments: true, from: "mina" } },
  ],
  [["on", "@", "--", "a"], { command: { ...ON, room: "" } }],
  [
    ["export", "#ops"],
    {
      command: {
        kind: "export",
        room: "#ops",
        search: null,
        by: null,
        format: "text",
        from: null,
        to: null,
        output: null,
        force: false,
      },
    },
  ],
  [
    ["export", "--search", "green tea", "--by", "mina"],
    {
      command: {
        ...{ kind: "export", room: "", search: "green tea", by: "mina", format: "text" },
        ...{ from: null, to: null, output: null, force: false },
      },
    },
  ],
  [
    ["export", "#tea", "--by", "mina"],
    {
      command: {
        ...{ kind: "export", room: "#tea", search: "", by: "mina", format: "text" },
        ...{ from: null, to: null, output: null, force: false },
      },
    },
  ],
  [
    ["h", "send", "#ops", "cups", "--file", "-", "--name", "a.log", "--reply-to", "m1"],
    {
      server: "h",
      command: {
        ...{ ...SEND, text: "cups", file: "-", name: "a.log" },
        to: { act: "reply", msgid: "m1" },
      },
    },
  ],
  [
    ["h", "get", "file-k3k3k3k3k3k3k3k3", "-o", "-"],
    {
      server: "h",
      command: {
        ...{ kind: "get", room: "", file: "file-k3k3k3k3k3k3k3k3", output: "-", force: false },
      },
    },
  ],
  // A link has its server.
  [
    ["h", "get", "sodam://h2/file-k3k3k3k3k3k3k3k3", "--force"],
    {
      server: "sodam://h2/file-k3k3k3k3k3k3k3k3",
      command: {
        ...{ kind: "get", room: "", output: null, force: true },
        file: "sodam://h2/file-k3k3k3k3k3k3k3k3",
      },
    },
  ],
  // The same server in front of it may have its fingerprint, as who is asked to compare that is told to write.
  [
    [`sodam://h2/fp-${"a1".repeat(32)}`, "get", "sodam://h2:6697/file-k3k3k3k3k3k3k3k3"],
    {
      server: `sodam://h2/fp-${"a1".repeat(32)}`,
      command: {
        ...{ kind: "get", room: "", output: null, force: false },
        file: "sodam://h2:6697/file-k3k3k3k3k3k3k3k3",
      },
    },
  ],
  [["my-data"], { command: { kind: "my-data", room: "", output: null, force: false } }],
  [
    ["h", "my-data", "me.jsonl", "--force"],
    { server: "h", command: { kind: "my-data", room: "", output: "me.jsonl", force: true } },
  ],
  [
    "export #ops --format md --from 2026-11-01 --to 2026-11-02T10:00Z -o o --force".split(" "),
    {
      command: {
        kind: "export",
        room: "#ops",
        search: null,
        by: null,
        format: "markdown",
        from: "2026-11-01",
        to: "2026-11-02T10:00Z",
        output: "o",
        force: true,
      },
    },
  ],
])("%j is accepted", (argv, expected) => {
  expect(parseClientArguments(argv)).toEqual({
    settings: { ...DEFAULTS, ...expected },
  });
});

test.each<[string[], string]>([
  [["--password", "secret"], "unknown setting --password; did you mean --password-file?"],
  [["--langg", "ko"], "unknown setting --langg; did you mean --lang?"],
  [["--lang", "fr"], "--lang fr: must be en or ko"],
  [["send"], "send needs a room or a person: send '#room'"],
  [["tail", "#a", "#b"], 'tail takes one room; "#b" is one too many'],
  [
    ["h", "say", "#a"],
    'unknown command "say"; the commands are send, get, tail, on, export and my-data',
  ],
  [["send", "#a", "--file", "x", "--edit", "m1"], "--file and --edit don't go together"],
  [["send", "#a", "--name", "x"], "--name needs --file"],
  [["get"], "get needs the link of a file, which its message has: get sodam://HOST/file-…"],
  [["get", "a", "b"], 'get takes one file; "b" is one too many'],
  [["tail", "#a", "--file", "x"], "--file belongs to send"],
  [["export", "#a", "--json"], "--json belongs to tail"],
  [["tail", "#a", "--from", "2026-11-23"], "--from belongs to export"],
  [["send", "#a", "--edit", "m", "--delete", "n"], "--edit and --delete don't go together"],
  [["on", "#a"], ON_USAGE],
  [["on", "#a", "./a.sh"], ON_USAGE],
  [["on", "#a", "#b", "--", "./a.sh"], ON_USAGE],
  [["on", "#a", "--"], ON_USAGE],
  [
    ["on", "mina", "--ops", "--", "a"],
    "--ops is about ranks, which only rooms have: on '#room' --ops",
  ],
  [["on", "#a", "--arguments", "--", "a"], "--arguments needs --match"],
  [
    ["--log-level", "debug"],
    "--log-level debug needs --debug-log FILE: the lines are written there",
  ],
  [["--force"], "--force belongs to export"],
  [["h", "--server", "g"], "two servers are given: h and --server g"],
  [
    ["export", "#a", "--from", "yesterday"],
    "--from yesterday: must be a day like 2026-11-23 or a time like 2026-11-23T09:30:00Z",
  ],
  [["export"], "export needs a room or a person: export '#room'"],
  [["my-data", "a", "b"], 'my-data takes one file; "b" is one too many'],
  [["export", "#a", "--format", "pdf"], "--format pdf: must be jsonl, text, markdown or html"],
])("%j is refused", (argv, sentence) => {
  expect(parseClientArguments(argv)).toEqual({ refused: [sentence] });
});

test("flags override client.toml, which is found by its folder", () => {
  const folders: (string | null)[] = [];
  const file = (folder: string | null) => {
    folders.push(folder);
    return { path: "c/client.toml", text: 'lang = "ko"\nmouse = false\naccount = "mina"' };
  };
  expect(parseClientArguments(["--config-dir", "c", "--mouse"], file)).toMatchObject({
    settings: { lang: "ko", mouse: true, account: "mina" },
  });
  parseClientArguments([], file);
  expect(folders).toEqual(["c", null]);
});

test("settings of one command are refused in client.toml", () => {
  const file = () => ({ path: "client.toml", text: "force = true" });
  expect(parseClientArguments([], file)).toEqual({
    refused: ['client.toml: "force" can only be given on the command line'],
  });
});

test("a level in client.toml without a file for it, as /set leaves it, keeps nobody from starting", () => {
  const file = () => ({ path: "client.toml", text: 'log-level = "debug"' });
  expect(parseClientArguments([], file)).toMatchObject({ settings: { debugLog: null } });
});

test("help and version are shown despite invalid flags", () => {
  expect(parseClientArguments(["send", "--help"])).toEqual({ show: "help", language: "en" });
  expect(parseClientArguments(["--bad", "-v"])).toEqual({ show: "version", language: "en" });
});

test("the help names every setting in 80 columns", () => {
  const help = clientHelp();
  for (const name of Object.keys(CLIENT_TABLE)) {
    expect(help).toMatch(new RegExp(`--(\\[no-\\])?${name}\\b`));
  }
  expect(Math.max(...help.split("\n").map((line) => Bun.stringWidth(line)))).toBeLessThan(81);
});

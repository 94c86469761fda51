import type { SettingsTable } from "./setting.ts";

const SERVER = "Server and account";
const SCREEN = "Screen";
const FILES = "Files";
const TAIL = "tail";
const EXPORT = "export";
const HELP = "Help";

const TIME = {
  placeholder: "TIME",
  pattern: /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z?)?$/,
  expected: "a day like 2026-11-23 or a time like 2026-11-23T09:30:00Z",
} as const;

/** Every setting of the client. Those in the groups `tail` and `export` are valid with these commands only. */
export const CLIENT_TABLE = {
  server: {
    group: SERVER,
    type: "text",
    placeholder: "HOST|LINK",
    default: null,
    help: "The server; it can also be given without the flag.",
  },
  account: {
    group: SERVER,
    type: "text",
    placeholder: "NAME",
    default: null,
    help: "The account to log in with.",
  },
  "password-file": {
    group: SERVER,
    type: "text",
    placeholder: "FILE",
    default: null,
    help: "A file whose first line is the account's password.",
  },
  "server-password-file": {
    group: SERVER,
    type: "text",
    placeholder: "FILE",
    default: null,
    help: "A file whose first line is the password that this server requires to connect.",
  },
  plain: {
    group: SERVER,
    type: "yes-no",
    default: false,
    help: "Connects without TLS, to a server on this machine only.",
  },
  lang: {
    group: SCREEN,
    type: "choice",
    choices: ["en", "ko"],
    default: null,
    help: "English or Korean; by default as LC_ALL, LC_MESSAGES and LANG say.",
  },
  append: {
    group: SCREEN,
    type: "yes-no",
    default: false,
    help: "Only appends lines: for screen readers and simple terminals.",
  },
  mouse: {
    group: SCREEN,
    type: "yes-no",
    default: true,
    help: "The program handles the mouse wheel and clicks, not the terminal.",
  },
  colour: {
    group: SCREEN,
    type: "yes-no",
    default: true,
    alias: "color",
    help: "Colours; NO_COLOR turns them off too.",
  },
  "enter-wait": {
    group: SCREEN,
    type: "yes-no",
    default: true,
    help: "Enter waits a moment for a syllable that an input method delivers late.",
  },
  log: {
    group: FILES,
    type: "text",
    placeholder: "FOLDER",
    default: null,
    help: "Also writes messages to text files in this folder, by server, room and day.",
  },
  "debug-log": {
    group: FILES,
    type: "text",
    placeholder: "FILE",
    default: null,
    help: "Writes every line in and out to this file, without passwords. Messages are in it.",
  },
  "log-level": {
    group: FILES,
    type: "choice",
    choices: ["info", "debug"],
    default: null,
    help: "What --debug-log gets: connections only, or every line (the default).",
  },
  "config-dir": {
    group: FILES,
    type: "text",
    placeholder: "FOLDER",
    default: null,
    flagOnly: true,
    help: "Folder of the known servers and of client.toml.",
  },
  json: {
    group: TAIL,
    type: "yes-no",
    default: false,
    flagOnly: true,
    help: "Writes one JSON object per line.",
  },
  lines: {
    group: TAIL,
    type: "number",
    placeholder: "LINES",
    default: 10,
    min: 0,
    max: 1000,
    alias: "-n",
    flagOnly: true,
    help: "How many earlier lines are shown first.",
  },
  search: {
    group: EXPORT,
    type: "text",
    placeholder: "WORDS",
    default: null,
    flagOnly: true,
    help: "Only messages with these words; without a room, everywhere.",
  },
  by: {
    group: EXPORT,
    type: "text",
    placeholder: "NAME",
    default: null,
    flagOnly: true,
    help: "Only messages of this person; without a room, everywhere.",
  },
  format: {
    group: EXPORT,
    type: "choice",
    choices: ["jsonl", "text", "markdown", "html"],
    shortForms: { json: "jsonl", txt: "text", md: "markdown" },
    default: "text",
    flagOnly: true,
    help: "The file's format.",
  },
  from: {
    group: EXPORT,
    type: "text",
    ...TIME,
    default: null,
    flagOnly: true,
    help: "The first day or time, in UTC.",
  },
  to: {
    group: EXPORT,
    type: "text",
    ...TIME,
    default: null,
    flagOnly: true,
    help: "The last day or time, in UTC.",
  },
  output: {
    group: EXPORT,
    type: "text",
    placeholder: "FILE",
    default: null,
    alias: "-o",
    flagOnly: true,
    help: "The file to write; standard output by default.",
  },
  force: {
    group: EXPORT,
    type: "yes-no",
    default: false,
    flagOnly: true,
    help: "Overwrites a file that exists.",
  },
  help: {
    group: HELP,
    type: "yes-no",
    default: false,
    flagOnly: true,
    alias: "-h",
    help: "Shows this help.",
  },
  version: {
    group: HELP,
    type: "yes-no",
    default: false,
    flagOnly: true,
    alias: "-v",
    help: "Shows the version.",
  },
} as const satisfies SettingsTable;

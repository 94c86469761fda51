import type { SettingsTable } from "./setting.ts";

const SERVER = "Server and account";
const SCREEN = "Screen";
const FILES = "Files";
const TAIL = "tail";
const EXPORT = "export";
const HELP = "Help";

const TIME = {
  as: "TIME",
  pattern: /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z?)?$/,
  wants: "a day like 2026-11-23 or a time like 2026-11-23T09:30:00Z",
} as const;

/** Every setting of the client. The groups `tail` and `export` belong to those commands alone. */
export const CLIENT_TABLE = {
  server: {
    group: SERVER,
    type: "text",
    as: "HOST|LINK",
    default: null,
    help: "The server, as it can also be given without a flag.",
  },
  account: {
    group: SERVER,
    type: "text",
    as: "NAME",
    default: null,
    help: "The account to log in with.",
  },
  "password-file": {
    group: SERVER,
    type: "text",
    as: "FILE",
    default: null,
    help: "A file whose first line is the account's password.",
  },
  "server-password-file": {
    group: SERVER,
    type: "text",
    as: "FILE",
    default: null,
    help: "A file whose first line is the password that the server asks everybody for.",
  },
  plain: {
    group: SERVER,
    type: "yes-no",
    default: false,
    help: "Plain text instead of TLS, to a server on this machine alone.",
  },
  lang: {
    group: SCREEN,
    type: "choice",
    of: ["en", "ko"],
    default: null,
    help: "English or Korean; otherwise as LC_ALL, LC_MESSAGES and LANG say.",
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
    help: "Wheel and clicks belong to the program, and not to the terminal.",
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
    help: "Enter waits a moment for a syllable that an input method hands over late.",
  },
  log: {
    group: FILES,
    type: "text",
    as: "FOLDER",
    default: null,
    help: "Writes what is said into text files there, one for each room and day.",
  },
  "config-dir": {
    group: FILES,
    type: "text",
    as: "FOLDER",
    default: null,
    flagOnly: true,
    help: "Where known servers and client.toml are kept.",
  },
  json: {
    group: TAIL,
    type: "yes-no",
    default: false,
    flagOnly: true,
    help: "One JSON object a line.",
  },
  lines: {
    group: TAIL,
    type: "number",
    as: "LINES",
    default: 10,
    min: 0,
    max: 1000,
    alias: "-n",
    flagOnly: true,
    help: "How many earlier lines come first.",
  },
  search: {
    group: EXPORT,
    type: "text",
    as: "WORDS",
    default: null,
    flagOnly: true,
    help: "Only what has these words; without a room everywhere.",
  },
  by: {
    group: EXPORT,
    type: "text",
    as: "NAME",
    default: null,
    flagOnly: true,
    help: "Only what this person said; without a room everywhere.",
  },
  format: {
    group: EXPORT,
    type: "choice",
    of: ["jsonl", "text", "markdown", "html"],
    short: { json: "jsonl", txt: "text", md: "markdown" },
    default: "text",
    flagOnly: true,
    help: "How the file is written.",
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
    help: "The last one.",
  },
  output: {
    group: EXPORT,
    type: "text",
    as: "FILE",
    default: null,
    alias: "-o",
    flagOnly: true,
    help: "Where it goes; otherwise to standard output.",
  },
  force: {
    group: EXPORT,
    type: "yes-no",
    default: false,
    flagOnly: true,
    help: "Writes over a file that is there.",
  },
  help: {
    group: HELP,
    type: "yes-no",
    default: false,
    flagOnly: true,
    alias: "-h",
    help: "Shows this.",
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

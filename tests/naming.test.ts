import { expect, test } from "bun:test";
import { basename, dirname } from "node:path";
import {
  type Export,
  exportsOf,
  identifiersOf,
  importsOf,
  SOURCE_FILES,
  TEST_FILES,
  textOf,
} from "./source.ts";

/** How things are named and described, so that a stranger finds each where its name says. */

const LIB = SOURCE_FILES.filter((path) => path.startsWith("lib/"));
const EXPORTS: readonly Export[] = LIB.flatMap(exportsOf);

/** Tables of words may be as long as they have to be. */
const TABLES_OF_WORDS = ["lib/app/i18n/en.ts", "lib/app/i18n/ko.ts"];
const LINES_MAX = 400;
const LINES_MIN = 30;
/** Files that stand alone though they are small, and why. */
const SMALL_FILES: Readonly<Record<string, string>> = {
  "lib/app/files/transfer-files.ts": "the port of all that send and fetch files",
  "lib/cluster/bus/bus-timing.ts": "both ends of the bus have it, and tests have their own",
  "lib/chat-server/files/remove-files.ts": "the index hands over what it finds, and asks nothing",
  "lib/chat-server/raw-link.ts": "connections here and of gateways implement it, transfers use it",
  "lib/transport/file-garbage.ts": "connections of the server and of the client use it",
  "lib/protocol/unreadable-record.ts": "files and the log have it, and neither loads the other",
  "lib/protocol/language.ts": "server and client choose a language alike",
  "lib/terminal/pictures/iterm.ts": "each protocol has a file",
  "lib/app/menu/qr-code.ts": "the only file that names the package",
  "lib/app/slash/suggest-command.ts": "found by its name",
  "lib/app/menu/missed-notices.ts": "log-ins, the rooms menu and --append tell them alike",
  "lib/chat-server/commands/account/renew-hash.ts": "log-ins and confirmed passwords use it",
  "lib/chat-server/history/authored-range.ts": "the server asks, and files answer",
  "lib/chat-server/rooms/closure.ts": "commands of several files ask it",
  "lib/chat-server/users/end-account.ts": "people and bots go alike",
  "lib/member-server/certificate-validity.ts": "log-ins and devices that are added ask it",
  "lib/member-server/soft-table.ts": "all tables of limits implement it",
  "lib/transport/close-when-quiet.ts": "listeners are stopped and swapped alike",
  "lib/server-process/console-upgrade.ts": "consoles of nodes and of gateways answer alike",
  "lib/chat-server/rehash.ts": "for REHASH and for SIGHUP",
  "lib/file-manager/disk/thread-url.ts": "searches and files have a thread each",
  "lib/file-manager/disk/json-fields.ts": "single fields of files that are checked piece by piece",
  "lib/file-manager/client/ignored-signals.ts": "the only file that reads the process's status",
  "lib/file-manager/disk/time-slice.ts": "eight long tasks use it",
  "lib/file-manager/import/irc/irssi-log.ts": "each log format has a file",
  "lib/file-manager/import/irc/znc-log.ts": "each log format has a file",
  "lib/file-manager/maintenance/maintenance-result.ts": "all tasks return it",
  "lib/file-manager/transfer/joining-marker.ts": "starts, tasks and joining nodes ask it",
  "lib/protocol/split-command.ts": "settings and variables name programs alike",
  "lib/protocol/plural.ts": "sentences of server, tasks and client use it",
  "lib/server-process/end-with-supervisor.ts": "leader and gateways do it",
};

/** The two ends of one thing may share a base name. */
const TWO_ENDS = [
  "session.ts",
  "split-message.ts",
  "account.ts",
  "account-data.ts",
  "chat-log.ts",
  "log-in.ts",
  "sign-up.ts",
  "second-factor.ts",
];

/** Exports that only tests import: limits and tables that a test reads from the code, so that it copies none. */
const FOR_TESTS: ReadonlySet<string> = new Set([
  "ANSWER_BYTES_MAX",
  "BATCH_SECONDS_MAX",
  "CHANGES_WAITING_MAX",
  "SLICE_UNITS_MAX",
  "COALESCE_MS_MAX",
  "DEVICES_MAX",
  "DRAFTS_MAX",
  "REFUSALS_MAX",
  "REFUSALS_PER_SECOND",
  "DRAFT_LENGTH_MAX",
  "EMPTY_PAGES_MAX",
  "exportHistory",
  // For files that people send, which nobody can yet.
  "fetchFile",
  "finish",
  "FIRST_DELAY_MS",
  "GRAPHEME_POINTS_MAX",
  "HISTORY_MAX",
  "INPUT_UNITS_MAX",
  "KNOWN_ADDRESSES_MAX",
  "KNOWN_ADDRESS_MS",
  "LOG_INS_PER_ADDRESS_MAX",
  "LOG_IN_LINES_PER_MINUTE_MAX",
  "LOGIN_LIMITS",
  "MICROSECONDS",
  "NAMES_SECONDS_MAX",
  "OPERATOR_DOORS",
  "OWED_BYTES_STEP",
  "TURN_MS",
  "OUTBOX_TURN_FACTOR",
  "PASTE_BYTES_MAX",
  "REGISTRATION_SECONDS_MAX",
  "REJECTIONS_PER_MINUTE",
  "SECRET_PARAMS",
  "SERVER_TASKS",
  "SILENCE_MS_MAX",
  "STOP_MS",
  "STORE_UNITS_MAX",
  "SUBMIT_HOLD_MS",
  // What the menu after a failed connection offers.
  "waysOn",
]);

/** Identifiers that were given up for the words of the field. */
const GIVEN_UP =
  /\b(?:happenAnyway|newReference|callsign|HereAsk|Happening|Passing|tellPassing|isPassing|Whispers?|whispers|whispered|whisperRefusal|callRefusal|tellPersonEvent|PersonEvent|Formerly|Crowd|Allowance|Tally|whomNames|namedFirst|enrol|overfull|caughtUp|Surroundings|Aside|tryOut|giveBack|Guessing|MemberBook|atTheDoor|carryOut|Desk|Pen|Gatherer|GatherWindow|Keeper|KeptFile|Speaking|Visits|saidBy|withoutFormats|talkTo|Talk|talkId|Parked|visiting|keptRanks|absent)\b/g;
/** Names of variables that say nothing of what they hold. */
const EMPTY_NAMES = /\b(?:const|let)\s+(?:\[|\{)?\s*(one|other|asked|found|kept|at|told)\b(?!:)/g;

function violations(paths: readonly string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    [...identifiersOf(path).matchAll(pattern)].map(([text]) => `${path}: ${text.trim()}`),
  );
}

test("files are nouns in kebab-case, and none is a catch-all", () => {
  const odd = SOURCE_FILES.filter((path) => {
    const name = basename(path, ".ts");
    return (
      !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) ||
      /^(utils?|helpers?|common|index|misc)$/.test(name)
    );
  });
  expect(odd).toEqual([]);
});

test("no base name is used twice, except for the two ends of one thing", () => {
  const paths = Map.groupBy(LIB, (path) => basename(path));
  const twice = [...paths].filter(([name, all]) => all.length > (TWO_ENDS.includes(name) ? 2 : 1));
  expect(twice).toEqual([]);
  expect(TWO_ENDS.filter((name) => paths.get(name)?.length !== 2)).toEqual([]);
});

test("a file has at most LINES_MAX lines, and one below LINES_MIN has a reason", () => {
  const lines = (path: string) => textOf(path).split("\n").length - 1;
  const long = LIB.filter((path) => lines(path) > LINES_MAX && !TABLES_OF_WORDS.includes(path));
  const small = LIB.filter((path) => lines(path) < LINES_MIN);
  expect(long).toEqual([]);
  expect(small.filter((path) => !Object.hasOwn(SMALL_FILES, path))).toEqual([]);
  expect(Object.keys(SMALL_FILES).filter((path) => !small.includes(path))).toEqual([]);
});

test("abandoned identifiers aren't used again", () => {
  expect(
    violations(
      [...SOURCE_FILES, ...TEST_FILES].filter((path) => path !== "tests/naming.test.ts"),
      GIVEN_UP,
    ),
  ).toEqual([]);
});

test("no variable has an empty name", () => {
  expect(violations(SOURCE_FILES, EMPTY_NAMES)).toEqual([]);
});

test("no two exported types have one name", () => {
  const places = Map.groupBy(
    EXPORTS.filter(({ isType }) => isType),
    ({ name }) => name,
  );
  expect(
    [...places]
      .filter(([, all]) => all.length > 1)
      .map(([name, all]) => [name, ...all.map(({ path }) => path)]),
  ).toEqual([]);
});

/** Who imports what, by "file name". */
const USERS = new Map<string, string[]>();
for (const path of SOURCE_FILES) {
  for (const { path: from, names } of importsOf(path)) {
    for (const name of names) {
      const key = `${from} ${name}`;
      USERS.set(key, [...(USERS.get(key) ?? []), path]);
    }
  }
}

/** A type that stands in the signature of another export needs no import to be in use. */
function isInSignature({ path, name, isType }: Export): boolean {
  const uses = identifiersOf(path).match(new RegExp(`\\b${name}\\b`, "g")) ?? [];
  return isType && uses.length > 1;
}

test("every export has a user", () => {
  const unused = EXPORTS.filter(
    (exported) =>
      !USERS.has(`${exported.path} ${exported.name}`) &&
      !USERS.has(`${exported.path} *`) &&
      !isInSignature(exported),
  ).map(({ name }) => name);
  expect(unused.filter((name) => !FOR_TESTS.has(name))).toEqual([]);
  expect([...FOR_TESTS].filter((name) => !unused.includes(name))).toEqual([]);
});

test("each export that another folder uses has a docstring", () => {
  const silent = EXPORTS.filter(
    ({ path, name, docstring }) =>
      docstring === "" &&
      USERS.get(`${path} ${name}`)?.some((user) => dirname(user) !== dirname(path)),
  );
  expect(silent.map(({ path, name }) => `${path} ${name}`)).toEqual([]);
});

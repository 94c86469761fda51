import { expect, test } from "bun:test";
import { codeOf, SOURCE_FILES, textOf } from "../source.ts";

/** docs/takeover.md says of every field of the chat server and its process where it is after a takeover. */

/** The files outside of chat-server whose classes hold state that is no account's. */
const LIMITS = [
  ...["rate-limiter", "login-throttle", "name-lookups", "second-factor", "sign-up"].map(
    (name) => `lib/member-server/${name}.ts`,
  ),
  ...["password-queue", "waiting-passwords", "pool-priority"].map(
    (name) => `lib/file-manager/accounts/${name}.ts`,
  ),
];
/** The sockets themselves, which gateways and clients have, timers, what only the client runs, and an error. */
const NO_STATE_OF_A_LEADER = [
  ...["connect", "paced-lines", "listen", "socket-link", "outbox", "deadlines", "local-socket"],
  ...["clock", "listen-error", "line-turns", "reading-pace", "run-command", "script-strays"],
].map((name) => `lib/transport/${name}.ts`);
const CLASS = /^(?:export )?(?:abstract )?class (\w+)[^{]*\{\n([\s\S]*?)^\}/gm;
const FIELD = /^ {2}(?:(?:readonly|declare|override|private|protected) )*(#?\w+)(?:[!?]?:| =|;)/gm;

/** Returns "Class.field" of each field of the classes in a file. */
function fieldsOf(path: string): string[] {
  return [...codeOf(path).matchAll(CLASS)].flatMap(([, name, body = ""]) =>
    [...body.matchAll(FIELD)].map(([, field]) => `${name}.${field}`),
  );
}

/** Returns "Class.field" of each row of the page's table. */
function fieldsInTable(): string[] {
  const rows = textOf("docs/takeover.md").matchAll(/^\| (\w+) \| (`.+?`) \| (.+) \|$/gm);
  return [...rows].flatMap(([, name, fields = ""]) =>
    [...fields.matchAll(/`([^`]+)`/g)].map(([, field]) => `${name}.${field}`),
  );
}

function filesOfState(): readonly string[] {
  return [
    ...SOURCE_FILES.filter((path) => path.startsWith("lib/chat-server/")),
    ...LIMITS,
    ...SOURCE_FILES.filter(
      (path) => path.startsWith("lib/transport/") && !NO_STATE_OF_A_LEADER.includes(path),
    ),
  ];
}

test("every field of the server's state has a row, and every row a field", () => {
  const fields = filesOfState().flatMap(fieldsOf);
  expect(fields.length).toBeGreaterThan(350);
  const listed = fieldsInTable();
  expect(fields.filter((field) => !listed.includes(field))).toEqual([]);
  expect(listed.filter((field) => !fields.includes(field))).toEqual([]);
});

test("the files that need no row exist, and have classes", () => {
  expect(NO_STATE_OF_A_LEADER.filter((path) => fieldsOf(path).length === 0)).toEqual([]);
});

test("no field has two rows", () => {
  const listed = fieldsInTable();
  expect(listed.filter((field, index) => listed.indexOf(field) !== index)).toEqual([]);
});

test("every row says where its fields are", () => {
  const rows = textOf("docs/takeover.md").matchAll(/^\| \w+ \| `.+?` \| (.+) \|$/gm);
  const places = [...rows].map(([, place = ""]) => place);
  const wrong = places.filter(
    (place) => !/^(log|note|pace|(slow )?part(?! of)|anew|lost:|lost,)/.test(place),
  );
  expect(wrong).toEqual([]);
});

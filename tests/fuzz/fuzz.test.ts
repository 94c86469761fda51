import { describe, expect, test } from "bun:test";
import { Prng, seeds } from "../prng.ts";
import { codeOf, exportsOf, SOURCE_FILES } from "../source.ts";
import { fuzzSessions } from "./fuzz-sessions.ts";
import { checkAgain } from "./parser-target.ts";
import { fuzzParsers, PARSERS } from "./parsers.ts";
import { PAST_FAILURES } from "./past-failures.ts";

/**
 * A little of what `bun tests/fuzz/fuzz.ts` does for long: whatever comes in, nothing throws, what is written is
 * read the same, and what others get is bounded and harmless.
 */

const LINES = 1500;
const INPUTS = 1500;
/** An export with such a name reads text, bytes or JSON from outside. */
const PARSER = /^(?:parse|decode|read|unzip|sanitize|harmless|normalize)(?![a-z])/;
/** Exports that are named like parsers, and why they have no row. */
const NO_PARSERS: Readonly<Record<string, string>> = {
  "lib/app/history/history-pages.ts readPage": "asks the server",
  "lib/app/pipe/pipe-log-in.ts readCredentials": "looks up what others have parsed",
  "lib/chat-server/history/visible-page.ts readVisiblePage": "asks the files",
  "lib/chat-server/files/file-filter.ts parseFileFilter": "needs a server: sessions are fuzzed",
  "lib/chat-server/rooms/new-room-name.ts parseNewRoomName": "needs a server: sessions are fuzzed",
  "lib/file-manager/client/local-files.ts readHead": "returns bytes as they are",
  "lib/file-manager/client/pictures/picture-decoder.ts decodePicture": "decodes by Bun.Image alone",
  "lib/file-manager/dates/mend-dates.ts readDates": "reads by other parsers",
  "lib/file-manager/disk/disk.ts readBytes": "returns bytes as they are",
  "lib/file-manager/disk/text-file.ts readText": "returns text as it is",
  "lib/file-manager/disk/text-file.ts readSettings": "returns text as it is",
  "lib/file-manager/disk/text-file.ts readTextIfPresent": "returns text as it is",
  "lib/file-manager/disk/text-file.ts readFirstLine": "returns text as it is",
  "lib/file-manager/disk/text-file.ts readHeadIfPresent": "returns text as it is",
  "lib/file-manager/history/decode-event-body.ts decodeIsoTime": "called by parseStoredEvent",
  "lib/file-manager/history/decode-event-body.ts decodeIdentity": "called by parseStoredEvent",
  "lib/file-manager/history/decode-event-body.ts decodeStoredFile": "called by parseStoredEvent",
  "lib/protocol/room-fields.ts decodeRoomAuditEntry": "called by decodeConversation",
  "lib/settings/operator-settings.ts parseGrades": "called by parseServerArguments",
  "lib/settings/operator-settings.ts parseOperators": "called by parseServerArguments",
  "lib/file-manager/history/read-history-page.ts readHistoryPage": "reads by parseStoredEvent",
  "lib/file-manager/history/read-history-page.ts readWholeHistory": "reads by parseStoredEvent",
  "lib/file-manager/import/input/log-files.ts readLogFiles": "reads by unzip and decodeLog",
  "lib/file-manager/maintenance/doctor-finding.ts readOr": "calls another parser",
};
const ROWS = PARSERS.flatMap(({ parsers }) => parsers);

test("every parser has a row in the fuzzers' tables", () => {
  const parsers = SOURCE_FILES.filter((path) => path.startsWith("lib/")).flatMap((path) =>
    exportsOf(path).flatMap(({ name, isType }) =>
      !isType && PARSER.test(name) ? [`${path} ${name}`] : [],
    ),
  );
  const known = [...ROWS, ...Object.keys(NO_PARSERS)];
  expect(parsers.filter((parser) => !known.includes(parser))).toEqual([]);
  const gone = known.filter((parser) => {
    const [path = "", name = ""] = parser.split(" ");
    if (!SOURCE_FILES.includes(path)) return true;
    return !new RegExp(`^export [a-z* ]+ \\*?${name}\\b`, "m").test(codeOf(path));
  });
  expect(gone).toEqual([]);
});

test.each(PAST_FAILURES.map(([parser, did, input]) => [parser, did, input] as const))(
  "%s no longer %s",
  (parser, _, input) => {
    const target = PARSERS.find(({ parsers }) => parsers.includes(parser));
    if (target === undefined) throw new Error(`${parser} has no row`);
    expect(() => checkAgain(target, input, new Prng(1))).not.toThrow();
  },
);

describe("lines of chance from several sessions at once leave the server sound", () => {
  for (const seed of seeds(4)) {
    test(`with seed ${seed}`, () => {
      expect(fuzzSessions(seed, LINES)).toBeGreaterThanOrEqual(LINES);
    });
  }
});

describe("inputs that are nearly right are read or refused by every parser", () => {
  for (const seed of seeds(4)) {
    test(`with seed ${seed}`, () => {
      expect(() => fuzzParsers(seed, INPUTS)).not.toThrow();
    });
  }
});

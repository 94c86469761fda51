/**
 * A preload by which processes of a server are of another version. The file that OTHER_VERSIONS names says which: JSON such
 * as {"gateway": "older", "leader": "newer"}. It is read when a process starts, so that it may change between upgrades.
 *
 * A version is what it changes of this one's source: words that an older one doesn't know, and those that a newer one adds.
 * Where the source is another than what is changed here, the process ends: nothing would be tried.
 */
import { readFileSync } from "node:fs";

type Change = readonly [path: string, from: string, to: string];

const FRAME = "lib/cluster/frames/frame.ts";
const RECORD = "lib/cluster/log/record.ts";
const UNKNOWN_KIND = 201;

/** It has no files, as a gateway and as a leader. */
const WITHOUT_FILES: readonly Change[] = [
  ["lib/server-process/gateway.ts", "carriesFiles: true,", ""],
  ["lib/chat-server/commands.ts", "SEARCH, FILE],", "SEARCH],"],
  ["lib/chat-server/sessions/capabilities.ts", "return state.options.files.isOn;", "return false;"],
];

/** It numbers kinds that came last as nobody else does: it knows none of them. */
const OLDER: readonly Change[] = [
  ...WITHOUT_FILES,
  [FRAME, "FRAME_VERSION = 1;", "FRAME_VERSION = 0;"],
  ["lib/cluster/frames/takeover-entries.ts", "heard: 34, given: 35 }", "heard: 234, given: 235 }"],
  ["lib/cluster/frames/takeover-entries.ts", "part: 35 }", "part: 235 }"],
  ["lib/cluster/frames/link-entries.ts", "isUnlimited: boolean", "isOfLaterVersion: boolean"],
  ["lib/settings/settings-help.ts", 'VERSION = "', 'VERSION = "0.0.9-'],
];

/** It adds an entry to each frame, fields to all that is JSON, and kinds of lines, parts and records to the log. */
const NEWER: readonly Change[] = [
  [FRAME, "FRAME_VERSION = 1;", "FRAME_VERSION = 2;"],
  [
    FRAME,
    "begin(kind: number): void {",
    `begin(kind: number): void {
    if (this.isEmpty && kind !== ${UNKNOWN_KIND}) this.addJson(${UNKNOWN_KIND}, {});`,
  ],
  [FRAME, "JSON.stringify(value)", 'JSON.stringify({ ...Object(value), weather: "rain" })'],
  [RECORD, "RECORD_VERSION = 1;", "RECORD_VERSION = 1.5;"],
  [
    RECORD,
    "const { kind } = record;",
    `const { kind } = record;
  const isEmpty = kind === "turn" && bodyOf(record) === WEATHER;
  if (isEmpty && record.number % 2 === 0) return linesOf({ v: RECORD_VERSION, kind: "weather" });`,
  ],
  [RECORD, 'let body = "";', "let body = WEATHER;"],
  [
    RECORD,
    "const RECORD_VERSION",
    `const WEATHER = '["weather","rain"]\\n["part","weather:today",{"rain":true}]\\n';
const RECORD_VERSION`,
  ],
  ["lib/file-manager/record-log/record-file.ts", "crc}}`;", 'crc},"weather":1}`;'],
  ["lib/cluster/leader/link-notes.ts", "      ...opened,", "      ...opened, weather: 1,"],
  [
    "lib/chat-server/takeover/session-note.ts",
    "v: NOTE_VERSION,",
    'v: 2 as never, ...{ weather: "rain" },',
  ],
  [
    "lib/cluster/nodes/node-report.ts",
    "JSON.stringify(report)",
    'JSON.stringify({ ...report, weather: "rain" })',
  ],
  ["lib/settings/settings-help.ts", 'VERSION = "', 'VERSION = "9.9.9-'],
];

/** Its records must not be read without what is new in them. */
const TOO_NEW: readonly Change[] = [[RECORD, "RECORD_VERSION = 1;", "RECORD_VERSION = 2;"]];

/** Its gateways and leaders don't understand those of this one. */
const APART: readonly Change[] = [
  ["lib/cluster/bus/bus-message.ts", "BUS_VERSION = 1;", "BUS_VERSION = 2;"],
];

const VERSIONS: Readonly<Record<string, readonly Change[]>> = {
  current: [],
  older: OLDER,
  newer: NEWER,
  "too new": TOO_NEW,
  apart: APART,
};

const { SODAM_PROCESS = "{}", OTHER_VERSIONS = "" } = process.env;
const role = (JSON.parse(SODAM_PROCESS) as { kind?: string }).kind ?? "supervisor";
const versions = JSON.parse(readFileSync(OTHER_VERSIONS, "utf8")) as Record<string, string>;
const version = versions[role] ?? "current";
const changes = VERSIONS[version] ?? [];
process.stderr.write(`this ${role} is ${version}\n`);

Bun.plugin({
  name: "other version",
  setup(build) {
    for (const path of new Set(changes.map(([file]) => file))) {
      build.onLoad({ filter: new RegExp(`/${RegExp.escape(path)}$`) }, (loading) => ({
        contents: changed(path, readFileSync(loading.path, "utf8")),
        loader: "ts",
      }));
    }
  },
});

function changed(path: string, source: string): string {
  let text = source;
  for (const [, from, to] of changes.filter(([file]) => file === path)) {
    if (!text.includes(from)) {
      process.stderr.write(`other-version.ts: ${path} has no ${from}\n`);
      process.exit(70);
    }
    text = text.replace(from, () => to);
  }
  return text;
}

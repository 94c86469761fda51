import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { codeOf, importsOf, SOURCE_FILES, TEST_FILES } from "./source.ts";

/** The project's architecture: which folder may import which, and what pure folders must not use. */

const ROOT = resolve(import.meta.dir, "..");
const LIB = SOURCE_FILES.filter((path) => path.startsWith("lib/"));

/** Folder of lib → the folders that it may import; "types:" marks those for types only. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  settings: ["protocol"],
  admin: ["protocol", "terminal"],
  terminal: ["protocol"],
  "member-server": ["protocol"],
  "chat-server": ["protocol", "member-server"],
  "chat-client": ["protocol"],
  "member-client": ["protocol", "chat-client"],
  "file-manager": ["protocol", "types:chat-server", "types:member-server", "types:cluster"],
  transport: ["protocol", "types:chat-server"],
  cluster: ["protocol", "transport", "types:chat-server", "types:member-server"],
  "server-process": [
    ...["protocol", "settings", "admin", "member-server", "chat-server", "file-manager"],
    ...["transport", "cluster"],
  ],
  app: ["protocol", "chat-client", "member-client", "terminal"],
};

/** Formats of entries in a file of the data folder: file-manager reads what cluster writes. */
const SHARED_FORMATS = ["lib/cluster/log/record.ts", "lib/cluster/log/pieces.ts"];

const PURE_FOLDERS = [
  "protocol",
  "member-server",
  "chat-server",
  "chat-client",
  "member-client",
  "settings",
  "terminal",
  "admin",
];
/** The files of terminal/ that touch the terminal. */
const TTY_FILES = ["tty", "prompt-tty", "suspend", "restore-on-exit"].map(
  (name) => `lib/terminal/${name}.ts`,
);

/** What a pure folder must not use. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bnew Date\(\)|\bDate\.now\b|\bperformance\./, "a clock"],
  [/\bMath\.random\b|\bcrypto\b/, "chance"],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, "a timer"],
  [/\bconsole\./, "a console"],
  [/\bprocess\./, "the process"],
  [/\basync\b|\bawait\b|\bPromise\b/, "waiting"],
  [/\bBun\.(?!stringWidth|wrapAnsi|sliceAnsi|stripANSI|TOML)/, "Bun"],
  [/from "(?:node|bun):/, "the system"],
];

function folderOf(path: string): string {
  return path.startsWith("lib/") ? (path.split("/")[1] ?? "") : "";
}

function filesWith(pattern: RegExp, files: readonly string[] = SOURCE_FILES): string[] {
  return files.filter((path) => pattern.test(codeOf(path)));
}

test("each folder imports only from where it may", () => {
  const wrong = LIB.flatMap((path) => {
    const own = folderOf(path);
    const allowed = MAY_IMPORT[own];
    if (allowed === undefined) return [`${path}: ${own} has no entry`];
    return importsOf(path)
      .filter((imported) => imported.path !== null && folderOf(imported.path) !== own)
      .filter(({ path: from, isType }) => {
        if (own === "file-manager" && SHARED_FORMATS.includes(from ?? "")) return false;
        const folder = folderOf(from ?? "");
        return !allowed.includes(folder) && !(isType && allowed.includes(`types:${folder}`));
      })
      .map(({ from }) => `${path} imports ${from}`);
  });
  expect(wrong).toEqual([]);
});

test("pure folders have no clock, chance, timer, socket, file or waiting", () => {
  const pure = LIB.filter(
    (path) => PURE_FOLDERS.includes(folderOf(path)) && !TTY_FILES.includes(path),
  );
  const impure = pure.flatMap((path) =>
    IMPURE.filter(([pattern]) => pattern.test(codeOf(path))).map(([, what]) => `${path}: ${what}`),
  );
  expect(pure.length).toBeGreaterThan(100);
  expect(impure).toEqual([]);
});

test("the time of day is looked at where parts are built, and for the dates of a certificate", () => {
  // Everything else is handed it, so that no duration is counted by it: see `ElapsedMs`.
  const looking = filesWith(/\bDate\.now\b|new Date\(\)/);
  expect(looking.filter((path) => folderOf(path) !== "server-process")).toEqual([
    "client.ts",
    "lib/file-manager/certificates/certificates.ts",
  ]);
});

test("only the table of commands imports a command", () => {
  const commands = "lib/chat-server/commands/";
  const importing = SOURCE_FILES.filter((path) => !path.startsWith(commands.slice(0, -1))).filter(
    (path) => importsOf(path).some((imported) => imported.path?.startsWith(commands)),
  );
  expect(importing).toEqual([]);
});

test("nothing speaks http in any form, and nothing is a database", () => {
  const http =
    /node:(?:https?|http2|tls)|from "(?:https?|http2)"|Bun\.serve\b|\bfetch\(|\bWebSocket\b/;
  expect(filesWith(http)).toEqual([]);
  expect(filesWith(/bun:sqlite|Bun\.(?:SQL|sql|redis)\b/)).toEqual([]);
});

test("only file-manager opens files", () => {
  const outside = LIB.filter((path) => folderOf(path) !== "file-manager");
  expect(filesWith(/from "node:fs|Bun\.(?:file|write)\b/, outside)).toEqual([]);
});

test("only transport opens sockets, but for the lock on the data folder", () => {
  const outside = SOURCE_FILES.filter((path) => folderOf(path) !== "transport");
  // isIP only looks at a text.
  const sockets =
    /Bun\.(?:listen|connect|udpSocket)\b|(?<!import \{ isIP \} )from "node:(?:net|dgram)"/;
  expect(filesWith(sockets, outside)).toEqual(["lib/file-manager/disk/lock.ts"]);
});

test("only the tty files touch the terminal, within lib", () => {
  // A server prints, and its input is the pipe to its supervisor.
  const others = LIB.filter((path) => folderOf(path) !== "server-process");
  const touching = filesWith(/process\.(?:stdin|stdout)\b/, others);
  expect(touching.filter((path) => !TTY_FILES.includes(path))).toEqual([]);
});

test("test:gateways gives every play and simulation that has a Scene", () => {
  const plays = new Set(
    TEST_FILES.filter((path) =>
      importsOf(path).some((imported) => !imported.isType && imported.names.includes("Scene")),
    ),
  );
  // By whatever file of the tests they have it.
  for (let size = 0; size !== plays.size; ) {
    size = plays.size;
    for (const path of TEST_FILES) {
      if (importsOf(path).some((imported) => plays.has(imported.path ?? ""))) plays.add(path);
    }
  }
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const words: string[] = scripts["test:gateways"].split(/[ =]/);
  const given = words.filter((word) => word.startsWith("./")).map((word) => word.slice(2));
  const left = words[words.indexOf("--path-ignore-patterns") + 1]?.slice(1, -1) ?? "";
  const isGiven = (path: string) =>
    given.some((place) => path.startsWith(`${place}/`) || new Bun.Glob(place).match(path)) &&
    !new Bun.Glob(left).match(path);
  const folders = new Set(given.map((place) => place.split("/").slice(0, 2).join("/")));
  const expected = [...plays].filter(
    (path) => path.endsWith(".test.ts") && folders.has(path.split("/").slice(0, 2).join("/")),
  );
  expect(expected.length).toBeGreaterThan(100);
  expect(expected.filter((path) => !isGiven(path))).toEqual([]);
});

test("the lock file names no registry", () => {
  expect(readFileSync(join(ROOT, "bun.lock"), "utf8")).not.toContain("://");
});

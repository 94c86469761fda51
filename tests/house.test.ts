import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";

/** The laws of the house: who may import whom, what pure folders keep away from, and how files are named. */

const ROOT = resolve(import.meta.dir, "..");

/** Folder of lib → what it may import; "types:" marks folders of which only types may be taken. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  settings: ["protocol"],
  terminal: [],
  "member-server": ["protocol"],
  "chat-server": ["protocol", "member-server"],
  "chat-client": ["protocol"],
  "member-client": ["protocol", "chat-client"],
  "file-manager": ["protocol", "types:chat-server", "types:member-server"],
  transport: ["protocol", "types:chat-server"],
  app: ["protocol", "chat-client", "member-client", "terminal"],
};

const PURE = [
  "protocol",
  "member-server",
  "chat-server",
  "chat-client",
  "member-client",
  "settings",
];
/** The one file of terminal/ that isn't. */
const TTY = ["lib/terminal/tty.ts", "lib/terminal/prompt-tty.ts"];
const isPure = (path: string) =>
  PURE.some((folder) => path.startsWith(`lib/${folder}/`)) ||
  (path.startsWith("lib/terminal/") && !TTY.includes(path));

/** What a pure folder can't have, and why each would hurt. */
const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bnew Date\(\)|\bDate\.now\b|\bperformance\./, "a clock"],
  [/\bMath\.random\b|\bcrypto\b/, "dice"],
  [/\bset(?:Timeout|Interval|Immediate)\b|\bqueueMicrotask\b/, "a timer"],
  [/\bconsole\./, "a console"],
  [/\bprocess\./, "the process"],
  [/\basync\b|\bawait\b|\bPromise\b/, "waiting"],
  [/\bBun\.(?!stringWidth|wrapAnsi|sliceAnsi|stripANSI|TOML)/, "Bun"],
  [/from "(?:node|bun):/, "the system"],
];

const FILES = ["server.ts", "client.ts", ...typeScriptIn("lib")];

function typeScriptIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith(".ts"));
}

/** The code without its comments and strings' contents kept: a comment may name what the code may not use. */
function codeOf(path: string): string {
  return readFileSync(join(ROOT, path), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

interface Import {
  readonly from: string;
  readonly isType: boolean;
}

function importsOf(path: string): Import[] {
  const found: Import[] = [];
  const code = codeOf(path);
  for (const [, type, names = "", from = ""] of code.matchAll(
    /(?:import|export)\s+(type\s+)?([^"';]*?)\s*from\s+"([^"]+)"/g,
  )) {
    const list = /\{([^}]*)\}/.exec(names)?.[1]?.split(",") ?? [];
    const allTypes =
      list.length > 0 && list.every((name) => name.trim() === "" || /^\s*type\s/.test(name));
    found.push({ from, isType: type !== undefined || allTypes });
  }
  for (const [, from = ""] of code.matchAll(/import\(\s*"([^"]+)"\s*\)/g)) {
    found.push({ from, isType: false });
  }
  return found;
}

function folderOf(path: string): string {
  return path.split("/")[1] ?? "";
}

describe("the house", () => {
  for (const path of FILES.filter((path) => path.startsWith("lib/"))) {
    test(`${path} imports only from where its folder may`, () => {
      const own = folderOf(path);
      const allowed = MAY_IMPORT[own];
      expect(allowed, `${own} is no room of this house`).toBeDefined();
      const wrong = importsOf(path)
        .filter(({ from }) => from.startsWith("."))
        .map(({ from, isType }) => ({
          folder: folderOf(relative(ROOT, resolve(ROOT, dirname(path), from))),
          isType,
        }))
        .filter(({ folder }) => folder !== own && !allowed?.includes(folder))
        .filter(({ folder, isType }) => !(isType && allowed?.includes(`types:${folder}`)));
      expect(wrong).toEqual([]);
    });
  }

  for (const path of FILES.filter(isPure)) {
    test(`${path} has no clock, dice, timer, socket or file`, () => {
      const code = codeOf(path);
      const found = IMPURE.filter(([pattern]) => pattern.test(code)).map(([, what]) => what);
      expect(found).toEqual([]);
    });
  }

  test("only the table of commands imports a command", () => {
    const commands = resolve(ROOT, "lib/chat-server/commands");
    const importing = FILES.filter((path) => !path.startsWith("lib/chat-server/commands")).filter(
      (path) =>
        importsOf(path).some(({ from }) =>
          resolve(ROOT, dirname(path), from).startsWith(`${commands}/`),
        ),
    );
    expect(importing).toEqual([]);
  });

  test("nothing speaks http in any form", () => {
    const http =
      /node:(?:https?|http2|tls)|from "(?:https?|http2)"|Bun\.serve\b|\bfetch\(|\bWebSocket\b/;
    expect(FILES.filter((path) => http.test(codeOf(path)))).toEqual([]);
  });

  test("nothing is a database", () => {
    expect(
      FILES.filter((path) => /bun:sqlite|Bun\.(?:SQL|sql|redis)\b/.test(codeOf(path))),
    ).toEqual([]);
  });

  test("only file-manager opens files", () => {
    const outside = FILES.filter(
      (path) => path.startsWith("lib/") && folderOf(path) !== "file-manager",
    );
    const files = /from "node:fs|Bun\.(?:file|write)\b/;
    expect(outside.filter((path) => files.test(codeOf(path)))).toEqual([]);
  });

  test("only transport opens sockets, but for the lock on the data folder", () => {
    const outside = FILES.filter((path) => folderOf(path) !== "transport");
    // isIP only looks at a text.
    const sockets =
      /Bun\.(?:listen|connect|udpSocket)\b|(?<!import \{ isIP \} )from "node:(?:net|dgram)"/;
    expect(outside.filter((path) => sockets.test(codeOf(path)))).toEqual([
      "lib/file-manager/disk/lock.ts",
    ]);
  });

  test("only tty.ts touches the terminal, within lib", () => {
    const streams = /process\.(?:stdin|stdout)\b/;
    const touching = FILES.filter((path) => path.startsWith("lib/") && streams.test(codeOf(path)));
    expect(touching.filter((path) => !TTY.includes(path))).toEqual([]);
  });

  test("files are nouns in kebab-case, and none is a drawer for everything", () => {
    const odd = FILES.map((path) => basename(path, ".ts")).filter(
      (name) =>
        !/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) ||
        /^(utils?|helpers?|common|index|misc)$/.test(name),
    );
    expect(odd).toEqual([]);
  });

  test("no file of lib is longer than one reads at a sitting", () => {
    // A table of sentences is looked up, not read.
    const tables = ["lib/app/i18n/en.ts", "lib/app/i18n/ko.ts"];
    const long = typeScriptIn("lib")
      .filter((path) => !tables.includes(path))
      .map((path) => [path, readFileSync(join(ROOT, path), "utf8").split("\n").length] as const)
      .filter(([, lines]) => lines > 430);
    expect(long).toEqual([]);
  });

  test("the lock file names no registry", () => {
    expect(readFileSync(join(ROOT, "bun.lock"), "utf8")).not.toContain("://");
  });
});

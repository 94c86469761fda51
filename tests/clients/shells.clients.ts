import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRoomName, type RoomName } from "../../lib/protocol/names.ts";
import { formatLink, type ServerLink } from "../../lib/protocol/server-link.ts";
import { clientCommand, shellWord } from "../../lib/protocol/shell-command.ts";
import { Prng, seed } from "../prng.ts";

/** Links pasted without quotes into the shells that Debian has: in a script, and typed at a prompt. */

let folder: string;
/** Stands in for the client: prints each argument on a line. */
let program: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-shells-"));
  program = join(folder, "client");
  writeFileSync(program, '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function room(text: string): RoomName {
  const name = parseRoomName(text);
  if (name === null) throw new Error(text);
  return name;
}

/** Links with everything in them that is hard to write. */
function links(): string[] {
  const random = new Prng(seed());
  const hosts = [
    "chat.example.org",
    "xn--jk1bt0z.example",
    "192.0.2.7",
    "2001:db8::7",
    "fe80::1%eth0",
    "::1",
  ];
  const rooms = [
    "#lobby",
    "#dev_ops-1.2",
    "#수다방",
    "#a&b",
    "#$(id)",
    "#~",
    "#a;b",
    "#[x]",
    "#{a}",
    "#`",
    "#é🙂",
  ];
  return rooms.flatMap((name) =>
    hosts.map((host) => {
      const link: ServerLink = {
        ...{ host, port: 1 + random.below(65_535), room: room(name) },
        ...{ fingerprint: "0123456789abcdef".repeat(4), invitation: `-${random.letters(20)}_` },
      };
      return formatLink(link);
    }),
  );
}

const SHELLS = [
  ["sh", ["-i"]],
  ["dash", ["-i"]],
  ["bash", ["--norc", "--noprofile", "-i"]],
  ["zsh", ["-f", "-i"]],
  ["fish", ["--no-config", "-i"]],
] as const;

describe.each(SHELLS)("%s", (shell, interactive) => {
  test("a script gives the whole link to the client", async () => {
    const all = links();
    const script = all.map((link) => clientCommand(program, link)).join("\n");
    const { stdout } = await Bun.$`${shell} -c ${script}`.cwd(folder).quiet();
    expect(stdout.toString().trim().split("\n")).toEqual(all);
  });

  test("a room that can be a word reaches the client as it is", async () => {
    const rooms = ["#ops", "#수다방", "#café-2.0", "#日本語", "#a+b"];
    const script = rooms.map((name) => `${program} send ${shellWord(name)}`).join("\n");
    const { stdout } = await Bun.$`${shell} -c ${script}`.cwd(folder).quiet();
    expect(stdout.toString().trim().split("\n")).toEqual(rooms.flatMap((name) => ["send", name]));
  });

  test("a prompt does as well, with its history and its globs", async () => {
    const all = links();
    const output = join(folder, `${shell}.out`);
    const typed = all.map((link) => `${clientCommand(program, link)} >> ${output}\n`).join("");
    writeFileSync(output, "");
    const child = Bun.spawn([shell, ...interactive], {
      cwd: folder,
      env: { ...process.env, HOME: folder, TERM: "dumb" },
      ...{ stdin: new Blob([`${typed}exit\n`]), stdout: "ignore", stderr: "ignore" },
    });
    await child.exited;
    expect((await Bun.file(output).text()).trim().split("\n")).toEqual(all);
  });
});

import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { COMMANDS } from "../lib/chat-server/commands.ts";
import { Scene } from "./scene.ts";

/** docs/protocol.md is what others build from: it names all that is there. */
const PAGE = readFileSync(join(import.meta.dir, "../docs/protocol.md"), "utf8");

test("every command is in docs/protocol.md", () => {
  const missing = [...COMMANDS.keys()].filter((verb) => !PAGE.includes(`\`${verb}\``));
  expect(missing).toEqual([]);
});

test("every command in docs/protocol.md exists", () => {
  const list = PAGE.slice(PAGE.indexOf("## Commands"), PAGE.indexOf("The server sends besides"));
  const named = [...list.matchAll(/`([A-Z]+)`/g)].map(([, verb = ""]) => verb);
  expect(named.filter((verb) => !COMMANDS.has(verb))).toEqual([]);
  expect(named.length).toBe(COMMANDS.size);
});

test("every announced capability and its limits are in docs/protocol.md", () => {
  const lines = new Scene().connect().says("CAP LS 302").hears();
  const offered = lines.flatMap((line) => line.slice(line.indexOf(" :") + 2).split(" "));
  const missing = offered.filter((cap) => !PAGE.includes(`\`${cap.split("=")[0]}\``));
  expect(missing).toEqual([]);
  expect(offered.length).toBeGreaterThan(30);
  expect(offered).toContain("draft/multiline=max-bytes=8192,max-lines=100");
  expect(PAGE).toContain("| `draft/multiline` | 8192 bytes, 100 lines |");
});

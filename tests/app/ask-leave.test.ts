import { afterEach, beforeEach, expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { en } from "../../lib/app/i18n/en.ts";
import { plainPrompts } from "../../lib/app/menu/plain-prompts.ts";
import { makePrompts, type Prompts } from "../../lib/app/menu/prompts.ts";
import { sanitizedPrompts } from "../../lib/app/menu/sanitized-prompts.ts";
import type { Stdin, Stdout } from "../../lib/terminal/restore-on-exit.ts";

const { NO_COLOR, FORCE_COLOR } = process.env;
let stdin: PassThrough;
let prompts: Prompts;

beforeEach(() => {
  const ends = { isTTY: true, columns: 80, rows: 24, setRawMode: () => {}, ref() {}, unref() {} };
  stdin = Object.assign(new PassThrough(), ends);
  const stdout = Object.assign(new PassThrough().resume(), ends) as unknown as Stdout;
  const terminal = stdin as unknown as Stdin;
  const options = { colour: true, holdSubmit: false };
  prompts = sanitizedPrompts(makePrompts(terminal, stdout, options, "latin", () => en));
});

afterEach(() => {
  stdin.destroy();
  for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test.each([
  ["Enter", "\r", false],
  ["Escape", "\x1b", false],
  ["Ctrl-C", "\x03", true],
  ["Ctrl-C and Enter at once", "\x03\r", true],
  ["the choice and Enter", "\x1b[D\r", true],
])("a question whether to leave is answered by %s", async (_, keys, leaves) => {
  const answer = prompts.askLeave("Quit?", "Yes", "No");
  stdin.write(keys);
  expect(await answer).toBe(leaves);
});

test("no choice that leaves is selected at first, whatever the caller wants", async () => {
  const choices = [
    { value: "quit", label: "Quit", leaves: true },
    { value: "log-out", label: "Log out", leaves: true },
    { value: "stay", label: "Stay" },
  ];
  for (const initial of [undefined, "quit", "log-out", "stay"]) {
    const selection = prompts.select("What now?", choices, initial);
    stdin.write("\r");
    expect(await selection).toBe("stay");
  }
});

test("with --append a question whether to leave is answered by a number, and an empty line stays", async () => {
  const input = new PassThrough();
  const output = { write: () => true } as unknown as Stdout;
  const plain = plainPrompts(input as unknown as Stdin, output, () => en);
  for (const [typed, leaves] of [
    ["", false],
    ["0", false],
    ["2", false],
    ["1", true],
  ] as const) {
    const answer = plain.askLeave("Quit?", "Yes", "No");
    input.write(`${typed}\n`);
    expect(await answer).toBe(leaves);
  }
});

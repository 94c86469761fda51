import { expect, test } from "bun:test";
import { PassThrough } from "node:stream";
import { withoutKeys } from "../../lib/app/app-context.ts";
import { en } from "../../lib/app/i18n/en.ts";
import { makePrompts } from "../../lib/app/menu/prompts.ts";
import { sanitizedPrompts } from "../../lib/app/menu/sanitized-prompts.ts";
import type { Stdin, Stdout } from "../../lib/terminal/restore-on-exit.ts";

/** A terminal's two ends: what is written to `stdin` was typed. */
function makeTerminal(): { readonly stdin: Stdin & PassThrough; readonly stdout: Stdout } {
  const ends = { isTTY: true, columns: 80, rows: 24, setRawMode: () => {}, ref() {}, unref() {} };
  const stdin = Object.assign(new PassThrough(), ends);
  const stdout = Object.assign(new PassThrough().resume(), ends);
  return { stdin, stdout } as unknown as ReturnType<typeof makeTerminal>;
}

test("keys that are typed while the client waits for a server answer no question that comes then", async () => {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const { stdin, stdout } = makeTerminal();
  const options = { colour: true, holdSubmit: false };
  const prompts = sanitizedPrompts(makePrompts(stdin, stdout, options, "latin", () => en));
  const connected = Promise.withResolvers<string>();
  const work = withoutKeys(prompts, connected.promise);
  stdin.write("yes\r\r\x1b");
  for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
  connected.resolve("connected");
  expect(await work).toBe("connected");
  const choices = ["trust", "leave"].map((value) => ({ value, label: value }));
  const selection = prompts.select("Trust?", choices, "trust");
  stdin.write("\x1b[B\r");
  expect(await selection).toBe("leave");
  // Whoever breaks the wait off by Ctrl-C is asked something while the work goes on.
  const endless = withoutKeys(prompts, new Promise<never>(() => {}));
  expect(endless).toBeInstanceOf(Promise);
  const again = prompts.select("Again?", choices, "trust");
  stdin.write("\r");
  expect(await again).toBe("trust");
  stdin.destroy();
  for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("letters typed in a menu do not move the selection", async () => {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const { stdin, stdout } = makeTerminal();
  const prompts = makePrompts(
    stdin,
    stdout,
    { colour: true, holdSubmit: false },
    "latin",
    () => en,
  );
  const choices = ["lobby", "tea", "quit"].map((value) => ({ value, label: value }));
  for (const letters of ["ok", "hjkl", "j", "kkk"]) {
    const selection = prompts.select("Rooms", choices, "tea");
    stdin.write(`${letters}\r`);
    expect(await selection).toBe("tea");
  }
  const selection = prompts.select("Rooms", choices, "tea");
  stdin.write("\x1b[B\r");
  expect(await selection).toBe("quit");
  stdin.destroy();
  for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

test("a menu asks the terminal for its background once, and types nothing of the answer", async () => {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  const { stdin, stdout } = makeTerminal();
  const written: string[] = [];
  const write = stdout.write.bind(stdout);
  Object.assign(stdout, { write: (text: string) => written.push(text) && write(text) });
  const colours: unknown[] = [];
  const prompts = makePrompts(
    ...([stdin, stdout, { colour: true, holdSubmit: false }, "latin", () => en] as const),
    { backgroundQuery: "(asked)", onBackground: (colour) => colours.push(colour) },
  );
  for (const name of ["tea", "cake"]) {
    const typed = prompts.text("Name");
    stdin.write(`\x1b]11;rgb:ffff/ffff/f0f0\x1b\\${name}\r`);
    expect(await typed).toBe(name);
  }
  expect(colours).toEqual([
    [255, 255, 240],
    [255, 255, 240],
  ]);
  expect(written.filter((text) => text === "(asked)")).toHaveLength(1);
  stdin.destroy();
  for (const [name, value] of Object.entries({ NO_COLOR, FORCE_COLOR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

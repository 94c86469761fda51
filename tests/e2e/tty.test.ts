import { afterEach, describe, expect, test } from "bun:test";
import { JOB_SHELL, Pty } from "./pty.ts";

const PROGRAM = [process.execPath, `${import.meta.dir}/programs/screen.ts`];

/** The modes that a screen enables, and the sequences that disable them. */
const SWITCHES = [
  ["\x1b[?1049h", "\x1b[?1049l"],
  ["\x1b[?2004h", "\x1b[?2004l"],
  ["\x1b[?1004h", "\x1b[?1004l"],
  ["\x1b[?1000h", "\x1b[?1000l"],
  ["\x1b[?1006h", "\x1b[?1006l"],
  ["\x1b[?2026h", "\x1b[?2026l"],
  ["\x1b[?7l", "\x1b[?7h"],
] as const;

const open: Pty[] = [];
afterEach(() => {
  for (const pty of open.splice(0)) pty.end();
});

const TELL = `"$@"; echo "ended $?"; stty -a | tr ' ;' '\\n\\n' | grep -x -e echo -e icanon`;

/** The program under a shell that tells how it ended, and how it left the terminal's driver. */
function start(...args: string[]): Pty {
  return startAs(["sh", "-c", TELL, "sh", ...PROGRAM, ...args]);
}

function startAs(command: readonly string[]): Pty {
  const pty = new Pty(command);
  open.push(pty);
  return pty;
}

function expectRestored(pty: Pty): void {
  for (const [on, off] of SWITCHES) {
    expect(pty.written).toContain(on);
    expect(pty.written.lastIndexOf(off)).toBeGreaterThan(pty.written.lastIndexOf(on));
  }
  expect(pty.written).toContain("\x1b[?1007l");
  expect(pty.cursor().visible).toBe(true);
  expect(pty.screen.buffer.active.type).toBe("normal");
}

test("a paste whose end is lost and a mouse report without SGR leave a working keyboard", async () => {
  const pty = start();
  await pty.sees("size 60x16");
  pty.type("\x1b[M !!\x1b[200~one");
  await pty.sees("[방] one");
  pty.type("\x1b[32;1;1M two");
  await pty.sees("[방] one two");
  pty.type("\r");
  await pty.sees("said one two");
});

describe("the real cursor", () => {
  test("is on the insertion cell after Hangul, and after moving left", async () => {
    const pty = start();
    await pty.sees("size 60x16");
    pty.type("안녕하세요");
    const row = await pty.sees("[방] 안녕하세요");
    expect(pty.cursor()).toEqual({ row, column: 15, visible: true });
    pty.type("\x1b[D\x1b[D");
    await pty.until(() => pty.cursor().column === 11);
    expect(pty.cursor()).toEqual({ row: 15, column: 11, visible: true });
  });

  test("follows a resize", async () => {
    const pty = startAs(PROGRAM);
    await pty.sees("size 60x16");
    pty.type("가");
    await pty.sees("[방] 가");
    pty.resize(40, 10);
    await pty.sees("size 40x10");
    await pty.until(() => pty.cursor().row === 9);
    expect(pty.cursor()).toEqual({ row: 9, column: 7, visible: true });
  });
});

describe("the terminal's background", () => {
  const WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\";

  test("is asked for, the first frame doesn't wait for it, and the answer changes the theme", async () => {
    const pty = new Pty(PROGRAM, { BACKGROUND_MS: "60000" });
    open.push(pty);
    await pty.sees("accent 36.");
    expect(pty.written).toContain("\x1b]11;?\x1b\\");
    pty.type(WHITE);
    await pty.sees("accent 38;5;23.");
    // The second answer in tmux, of the terminal outside.
    pty.type("\x1b]11;rgb:0000/0000/0000\x07a");
    await pty.sees("[방] a");
    await pty.sees("accent 38;5;23.");
  });

  test("counts as dark when the answer comes too late, and no letter of it is typed", async () => {
    const pty = startAs(PROGRAM);
    await pty.sees("accent 36.");
    pty.type(`${WHITE}a`);
    await pty.sees("[방] a");
    await pty.sees("accent 36.");
  });
});

test("what a terminal says of pictures is known, also when another font changes its cells, and nothing of it is typed", async () => {
  const pty = startAs(PROGRAM);
  // The terminal of this test answers for itself that it has none.
  await pty.sees("pictures false undefinedxundefined.");
  expect(pty.written).toContain("\x1b[16t");
  pty.type("\x1b_Gi=31;OK\x1b\\\x1bP>|foot(1.16.2)\x1b\\\x1b[6;18;9t\x1b[?1;0;256S\x1b[?62;4;22ca");
  await pty.sees("pictures true 9x18.");
  await pty.sees("[방] a");
  pty.resize(70, 20);
  await pty.sees("size 70x20");
  pty.type("\x1b[6;36;18tb");
  await pty.sees("pictures true 18x36.");
  await pty.sees("[방] ab");
});

describe("the terminal is restored", () => {
  test("after quitting", async () => {
    const pty = start();
    await pty.sees("size 60x16");
    pty.type("안녕\r");
    await pty.sees("said 안녕");
    await pty.exited;
    await pty.sees("ended 0");
    expectRestored(pty);
    await pty.until(() => pty.rows().includes("icanon") && pty.rows().includes("echo"));
  });

  test("after a crash, which is reported once the screen is restored", async () => {
    const pty = start();
    await pty.sees("size 60x16");
    pty.type("!");
    await pty.sees("told: Error: a crash on purpose");
    await pty.sees("ended 1");
    expectRestored(pty);
    await pty.until(() => pty.rows().includes("icanon") && pty.rows().includes("echo"));
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGQUIT", 131],
  ] as const)("after %s", async (signal, code) => {
    const pty = startAs(PROGRAM);
    await pty.sees("size 60x16");
    pty.kill(signal);
    expect(await pty.exited).toBe(code);
    await pty.until(() => pty.screen.buffer.active.type === "normal");
    expectRestored(pty);
  });

  test.each([
    ["by Ctrl-Z", "\x1a"],
    ["by SIGTSTP", "^"],
  ])("while the program is stopped %s, and taken again in the new size", async (_, stop) => {
    // As an interactive shell does, it takes the terminal back in between.
    const shell =
      'set -m; "$@"; stty sane; echo stopped; read -r _; fg > /dev/null; echo "ended $?"';
    const pty = startAs(["sh", "-c", shell, "sh", ...PROGRAM]);
    await pty.sees("size 60x16");
    pty.type("one");
    await pty.sees("[방] one");
    pty.type(stop);
    await pty.sees("stopped");
    expectRestored(pty);
    const left = pty.written.length;
    // A stopped program hears nothing of it.
    pty.resize(50, 12);
    pty.type("\r");
    await pty.sees("size 50x12");
    await pty.sees("[방] one");
    // What the shell has shown meanwhile stays on its screen.
    const back = pty.written.slice(left);
    expect(back.slice(0, back.indexOf("\x1b[?1049h"))).not.toContain("\x1b[2J");
    pty.type(" two");
    await pty.sees("[방] one two");
    pty.type("\r");
    await pty.sees("said one two");
    await pty.sees("ended 0");
    expectRestored(pty);
  });

  test("by the next program, after a killed one", async () => {
    const next = `${import.meta.dir}/programs/prompts.ts`;
    const pty = startAs(["sh", "-c", `"$@"; "$0" ${next}`, ...PROGRAM.slice(0, 1), ...PROGRAM]);
    await pty.sees("size 60x16");
    pty.type("#");
    await pty.sees("이름");
    expect(pty.screen.buffer.active.type).toBe("normal");
    for (const [on, off] of SWITCHES.slice(1)) {
      expect(pty.written.lastIndexOf(off)).toBeGreaterThan(pty.written.lastIndexOf(on));
    }
    expect(pty.rows().join("\n")).not.toContain("size 60x16");
    pty.type("a\rb\r\r");
    await pty.sees("answers");
  });

  test("once for a Ctrl-Z that was pressed several times, and one fg goes on", async () => {
    const pty = startAs([...JOB_SHELL, ...PROGRAM]);
    await pty.sees("size 60x16");
    pty.type("before\x1a\x1a\x1a");
    await pty.sees("stopped");
    pty.type("\r");
    await pty.sees("[방] before");
    pty.type("!");
    await pty.sees("ended");
    expect(pty.written.split("stopped")).toHaveLength(2);
  });

  test("by a prompt, and the following screen gets the type-ahead", async () => {
    const pty = start("prompt-first");
    await pty.sees("before");
    pty.type("one\rahead");
    await pty.sees("[방] ahead");
    pty.type("\r");
    await pty.sees("between");
    pty.type("two\r나중에\r");
    await pty.sees("said 나중에");
    await pty.sees("ended 0");
    expectRestored(pty);
  });

  test("by a screen, and what was typed behind its last key goes to the prompt and the next screen", async () => {
    const pty = start("prompt-first");
    await pty.sees("before");
    pty.type("one\r");
    await pty.sees("size 60x16");
    pty.type("first\rtwo\r나중에\r");
    await pty.sees("said first");
    await pty.sees("two");
    await pty.sees("said 나중에");
    await pty.sees("ended 0");
    expectRestored(pty);
  });

  test("by no driver's mode between two screens: what is typed then isn't echoed, and all of it arrives", async () => {
    const pty = startAs(PROGRAM);
    await pty.sees("size 60x16");
    pty.type("&");
    await pty.sees("closed");
    pty.type("나중에");
    // The terminal's driver has it before the process hears of the signal.
    pty.kill("SIGUSR2");
    await pty.sees("[방] 나중에");
    expect(pty.written.split("나중에")).toHaveLength(2);
    pty.type("\r");
    await pty.sees("said 나중에");
  });

  test("between a screen and the prompts before and after it", async () => {
    const pty = start("prompt-first");
    await pty.sees("before");
    pty.type("one\r");
    await pty.sees("size 60x16");
    pty.type("첫째\r");
    await pty.sees("between");
    expect(pty.screen.buffer.active.type).toBe("normal");
    pty.type("two\r");
    await pty.until(() => pty.written.split("\x1b[?1049h").length === 3);
    await pty.sees("size 60x16");
    pty.type("second\r");
    await pty.sees("said second");
    await pty.sees("ended 0");
    expectRestored(pty);
  });
});

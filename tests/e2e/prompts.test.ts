import { afterEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { FieldCursor } from "../../lib/terminal/field-cursor.ts";
import { Pty } from "./pty.ts";

const PROGRAM = [process.execPath, `${import.meta.dir}/programs/prompts.ts`];

// biome-ignore lint/suspicious/noControlCharactersInRegex: taking sequences apart.
const SGR = /\x1b\[([0-9;]*)m/g;

const open: Pty[] = [];
afterEach(() => {
  for (const pty of open.splice(0)) pty.end();
});

function start(env: Record<string, string> = {}, ...args: string[]): Pty {
  const pty = new Pty([...PROGRAM, ...args], env);
  open.push(pty);
  return pty;
}

/** Waits until the real cursor is visible on the cell; the bar before a field takes three cells. */
async function cursorAt(pty: Pty, row: number, column: number): Promise<void> {
  await pty.until(() => Bun.deepEquals(pty.cursor(), { row, column, visible: true }));
}

describe("clack's prompts", () => {
  test.each([
    ["on any terminal", {}],
    ["without colours", { NO_COLOR: "1" }],
    ["where the environment says CI", { CI: "true" }],
  ])("have the real cursor on the field, empty or amid Hangul, %s", async (_, env) => {
    const pty = start(env);
    const field = (await pty.sees("이름")) + 1;
    await cursorAt(pty, field, 3);
    pty.type("안녕");
    await cursorAt(pty, field, 7);
    expect(pty.rows()[field]?.slice(3).trimEnd()).toBe("안녕");
    pty.type("\x1b[D");
    await cursorAt(pty, field, 5);
    pty.type("히");
    await cursorAt(pty, field, 7);
    expect(pty.rows()[field]?.slice(3).trimEnd()).toBe("안히녕");
    pty.type("\x1b[C\r");
    const secret = (await pty.sees("비밀번호")) + 1;
    await cursorAt(pty, secret, 3);
    pty.type("abc");
    await cursorAt(pty, secret, 6);
    pty.type("\r");
    await pty.sees("lobby");
    pty.type("\x1b[B");
    await pty.until(() => !pty.cursor().visible);
    pty.type("\r");
    await pty.sees('answers ["안히녕","abc","tea"]');
    expect(await pty.exited).toBe(0);
    expect(pty.cursor().visible).toBe(true);
    // Each answer is on the screen once, in order, and nothing was overwritten.
    const left = pty.rows().join("\n");
    for (const part of ["이름", "안히녕", "비밀번호", "tea"]) expect(left).toContain(part);
    expect(left).not.toContain("\u2588");
  });

  test("have weights and no colours with NO_COLOR", async () => {
    const pty = start({ NO_COLOR: "1" });
    await pty.sees("이름");
    const styles = [...pty.written.matchAll(SGR)].map(([, parameters]) => parameters);
    // The example in the empty field is dim.
    expect(styles).toContain("2");
    expect(styles.filter((parameters) => /^[349][0-9]|^10/.test(parameters ?? ""))).toEqual([]);
  });

  test("wait for the syllable that Enter has overtaken", async () => {
    const pty = start();
    const field = (await pty.sees("이름")) + 1;
    pty.type("안녕하세");
    await cursorAt(pty, field, 11);
    pty.type("\r요");
    await pty.sees("비밀번호");
    pty.type("x\r");
    await pty.sees("lobby");
    pty.type("\r");
    await pty.sees('answers ["안녕하세요","x","lobby"]');
  });

  test("wait for it behind a digit as well, when nothing is known of the keyboard yet", async () => {
    const pty = start();
    const field = (await pty.sees("이름")) + 1;
    pty.type("3");
    await cursorAt(pty, field, 4);
    pty.type("\r시");
    await pty.sees("비밀번호");
    pty.type("x\r");
    await pty.sees("lobby");
    pty.type("\r");
    await pty.sees('answers ["3시","x","lobby"]');
  });

  test("take no letters of mouse reports, and Ctrl-C behind the start of a sequence", async () => {
    const pty = start();
    const field = (await pty.sees("이름")) + 1;
    pty.type("a\x1b[M !!\x1b[32;4;5M\x1b]11;rgb:0/0/0\x07\x1b[200~b\nc\x1b[201~d");
    await cursorAt(pty, field, 8);
    expect(pty.rows()[field]?.slice(3).trimEnd()).toBe("ab cd");
    pty.type("\x1b[1;\x03");
    await pty.sees("비밀번호");
    pty.type("\x1b[200~\x03");
    await pty.sees("lobby");
    pty.type("\r");
    await pty.sees("answers [");
  });

  test("leave the answer above when the window loses the rows below the field", async () => {
    const pty = start();
    pty.resize(40, 12);
    await pty.sees("이름");
    pty.type("안녕\r");
    await pty.sees("비밀번호");
    pty.type("abc");
    await pty.until(() => pty.cursor().column === 6);
    // A terminal drops what is below the cursor first: the end of the prompt, and the row behind it.
    pty.resize(40, pty.cursor().row + 1);
    pty.type("d");
    await pty.until(() => pty.cursor().column === 7);
    pty.resize(40, 12);
    pty.type("e");
    await pty.until(() => pty.cursor().column === 8);
    const rows = pty.rows().map((row) => row.trimEnd());
    const answer = rows.findIndex((row) => row.includes("안녕"));
    expect(rows.slice(answer, answer + 4)).toEqual(["│  안녕", "│", "◆  비밀번호", "│  ▪▪▪▪▪"]);
  });

  test("leave the cursor visible when the process is terminated during one", async () => {
    const pty = start();
    await pty.sees("이름");
    pty.kill("SIGTERM");
    expect(await pty.exited).toBe(143);
    expect(pty.cursor().visible).toBe(true);
  });
});

test("a menu is drawn on an empty screen after a program was killed whose screen was then cleared", async () => {
  const left =
    "printf 'old answer %s\\r\\n' 1 2 3 4 5 6 7 8 9; printf '\\033[?1049h\\033[H\\033[2J'";
  const pty = new Pty(["sh", "-c", `${left}; exec "$@"`, "sh", ...PROGRAM]);
  open.push(pty);
  await pty.sees("이름");
  const rows = pty.rows();
  const menu = rows.findIndex((row) => row.includes("이름"));
  expect(rows.slice(menu).join("\n")).not.toContain("old answer");
});

describe("a prompt that was stopped", () => {
  /** A shell that takes the terminal back when the program stops, as an interactive one does, and then goes on with it. */
  const SHELL = 'set -m; "$@"; stty sane; echo stopped; read -r _; fg > /dev/null; echo "ended $?"';

  const pidOf = (pty: Pty): number => Number(/pid (\d+)/.exec(pty.written)?.[1]);

  test.each<[string, (pty: Pty) => void]>([
    ["by Ctrl-Z", (pty) => pty.type("\x1a")],
    ["by SIGTSTP", (pty) => process.kill(pidOf(pty), "SIGTSTP")],
    ["by SIGSTOP, which can't be noticed", (pty) => process.kill(pidOf(pty), "SIGSTOP")],
  ])("%s shows no password that is typed when it goes on", async (_, stop) => {
    const program = join(import.meta.dir, "programs/prompts.ts");
    const pty = new Pty(["sh", "-c", SHELL, "sh", process.execPath, program, "stoppable"]);
    open.push(pty);
    await pty.sees("이름");
    pty.type("mina\r");
    await pty.sees("비밀번호");
    pty.type("ab");
    await pty.sees("▪▪");
    stop(pty);
    await pty.sees("stopped");
    pty.type("\r");
    await pty.until(() => pty.written.includes("continued"));
    pty.type("hunter2");
    await pty.sees("▪▪▪▪▪▪▪▪▪");
    expect(pty.rows().join("\n")).not.toContain("hunter2");
    pty.type("\r");
    await pty.sees("lobby");
    pty.type("\r");
    await pty.sees('answers ["mina","abhunter2","lobby"]');
    await pty.sees("ended 0");
  });
});

describe("a prompt that goes on", () => {
  const SHELL = 'set -m; "$@"; stty sane; echo stopped; read -r _; fg > /dev/null';

  function startStoppable(): Pty {
    const program = join(import.meta.dir, "programs/prompts.ts");
    const pty = new Pty(["sh", "-c", SHELL, "sh", process.execPath, program]);
    open.push(pty);
    return pty;
  }

  /** Stops the program by Ctrl-Z, changes the window's size, and goes on. */
  async function stopsAndGoesOn(pty: Pty): Promise<void> {
    pty.type("\x1a");
    await pty.sees("stopped");
    expect(pty.cursor().visible).toBe(true);
    pty.resize(40, 20);
    pty.type("\r");
  }

  test("is drawn again below what the shell wrote, with the cursor on its field", async () => {
    const pty = startStoppable();
    await pty.sees("이름");
    pty.type("안녕");
    await pty.sees("안녕");
    await stopsAndGoesOn(pty);
    await pty.until(() => pty.rows().filter((row) => row.includes("◆  이름")).length === 2);
    const field = pty.rows().findLastIndex((row) => row.includes("안녕"));
    await cursorAt(pty, field, 7);
    const rows = pty.rows();
    expect(rows.indexOf("stopped")).toBeGreaterThan(rows.findIndex((row) => row.includes("안녕")));
    expect(rows.indexOf("stopped")).toBeLessThan(field);
    pty.type("!\r");
    await pty.sees("◆  비밀번호");
    expect(pty.rows().filter((row) => row.includes("안녕!"))).toEqual(["│  안녕!"]);
    pty.type("x\r");
    await pty.sees("lobby");
    pty.type("\r");
    await pty.sees('answers ["안녕!","x","lobby"]');
  });

  test("has its dots or its choices again", async () => {
    const pty = startStoppable();
    await pty.sees("이름");
    pty.type("a\r");
    await pty.sees("비밀번호");
    pty.type("secret");
    await pty.sees("▪▪▪▪▪▪");
    await stopsAndGoesOn(pty);
    await pty.until(() => pty.rows().filter((row) => row.includes("▪▪▪▪▪▪")).length === 2);
    pty.type("!\r");
    await pty.sees("● lobby");
    pty.type("\x1b[B");
    await pty.sees("● tea");
    pty.type("\r");
    await pty.sees('answers ["a","secret!","tea"]');
  });

  test("has its choices again, and the selected one", async () => {
    const pty = startStoppable();
    await pty.sees("이름");
    pty.type("a\rb\r");
    await pty.sees("● lobby");
    pty.type("\x1b[B");
    await pty.sees("● tea");
    await stopsAndGoesOn(pty);
    await pty.until(() => pty.rows().filter((row) => row.includes("● tea")).length === 2);
    pty.type("\x1b[A");
    await pty.sees("● lobby");
    pty.type("\r");
    await pty.sees('answers ["a","b","lobby"]');
  });
});

describe("type-ahead before a prompt", () => {
  test("is used by it, and by the following prompts", async () => {
    const pty = start();
    await pty.sees("이름");
    pty.type("안녕\rabc\r\x1b[B\r");
    await pty.sees('answers ["안녕","abc","tea"]');
  });

  test("is buffered while the client works, and not echoed", async () => {
    const pty = start({}, "slow");
    await pty.sees("이름");
    pty.type("mina\r");
    await pty.sees("working");
    pty.type("secret\r");
    // The driver would echo it before a program reads it.
    pty.type("\x1b[B\r");
    pty.kill("SIGUSR2");
    await pty.sees('answers ["mina","secret","tea"]');
    expect(pty.written.split("answers")[0]).not.toContain("secret");
  });

  test("may be Ctrl-C while no prompt is open, and ends the program", async () => {
    const pty = start({}, "slow");
    await pty.sees("이름");
    pty.type("mina\r");
    await pty.sees("working");
    pty.type("\x03");
    expect(await pty.exited).toBe(130);
    expect(pty.cursor().visible).toBe(true);
  });

  test("may be Ctrl-C that ends what the client does, and doesn't leave the next prompt", async () => {
    const pty = start({}, "interruptible");
    await pty.sees("이름");
    pty.type("mina\r");
    await pty.sees("working");
    pty.type("ahead\x03");
    await pty.sees("비밀번호");
    pty.type("secret\r\r");
    await pty.sees('answers ["mina","secret","lobby"]');
  });

  test("may be Ctrl-C for two prompts", async () => {
    const pty = start();
    await pty.sees("이름");
    pty.type("\x03\x03\r");
    await pty.sees("lobby");
    expect(await pty.exited).toBe(0);
  });
});

describe("following clack's output", () => {
  test("a field is found, left for the next write, and found again", () => {
    const cursor = new FieldCursor();
    expect(cursor.translate("name\n|  ab\u2588\n|\n", 80)).toBe(
      "name\n|  ab \n|\n\x1b[2A\x1b[6G\x1b[?25h",
    );
    expect(cursor.translate("\x1b[1B", 80)).toBe("\n\n\x1b[1G\x1b[1B\x1b[3A\x1b[6G\x1b[?25h");
  });

  test("the top of a prompt is found where the terminal has cut its rows, and not where clack would wrap", () => {
    const cursor = new FieldCursor();
    cursor.translate("◇  ID\n│  mina\n", 40);
    cursor.translate("\x1b[?25l", 40);
    // 34 cells: in 18 columns two rows, which clack would wrap into three.
    cursor.translate("◆  Password (at least 8 characters)\n│  \x1b[7m_\x1b[27m\n└\n", 40);
    expect(cursor.translate("\x1b[999D\x1b[5A", 18)).toBe(
      "\n\n\x1b[1G\x1b[4A\x1b[1G\x1b[2B\x1b[4G\x1b[?25h".replace("\x1b[2B", "\n\n"),
    );
    expect(cursor.translate("\x1b[J", 18)).toBe("\x1b[2A\x1b[1G\x1b[J\x1b[?25l");
  });

  test("an erased field is dropped", () => {
    const cursor = new FieldCursor();
    cursor.translate("\x1b[?25l|  \x1b[7ma\x1b[27mb\n", 80);
    expect(cursor.translate("\x1b[1A\x1b[J", 80)).toBe("\n\x1b[1G\x1b[1A\x1b[J\x1b[?25l");
  });

  test("inverse letters on white are a help text", () => {
    expect(new FieldCursor().translate("\x1b[47m\x1b[7m space \x1b[27m\x1b[49m", 80)).toBe(
      "\x1b[47m\x1b[7m space \x1b[27m\x1b[49m",
    );
  });
});

/**
 * A chat screen with nothing but its input line. Enter quits, `!` throws, `^` stops the process, and `#` kills it with SIGKILL.
 * After `&` it is closed until SIGUSR2.
 * BACKGROUND_MS is how long the terminal may take to say its background. With "prompt-first" a prompt comes before it, as in the client. Run by tty.test.ts.
 */
import { text } from "@clack/prompts";
import { EMPTY_EDITOR, edit } from "../../../lib/terminal/editor.ts";
import { inputView } from "../../../lib/terminal/input-view.ts";
import { span } from "../../../lib/terminal/layout.ts";
import { pictureQuery } from "../../../lib/terminal/picture-answers.ts";
import { clackStreams } from "../../../lib/terminal/prompt-tty.ts";
import { restoreOnExit } from "../../../lib/terminal/restore-on-exit.ts";
import type { Frame } from "../../../lib/terminal/screen-frame.ts";
import { themeFor } from "../../../lib/terminal/theme.ts";
import { openTerminal, type Terminal } from "../../../lib/terminal/tty.ts";

const PROMPT = "[방] ";
const PROMPT_CELLS = 5;

function run(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let line = EMPTY_EDITOR;
  let paints = 0;
  const draw = (): Frame => {
    paints++;
    const view = inputView(line, terminal.columns, 1, PROMPT_CELLS, terminal.widths);
    const last = terminal.rows - 1;
    const rows = Array.from({ length: terminal.rows }, (_, at) =>
      at === last ? [span(PROMPT), span(view.rows[0] ?? "")] : [],
    );
    rows[0] = [span(`size ${terminal.columns}x${terminal.rows}`)];
    rows[2] = [span("accent", { role: "accent" }), span(` ${terminal.theme.roles.accent}.`)];
    const { hasSixel = null, cell = null } = terminal.pictureAnswers ?? {};
    rows[3] = [span(`pictures ${hasSixel} ${cell?.width}x${cell?.height}.`)];
    rows[1] = [span(`widths ${terminal.widths.variation} ${terminal.widths.tonesJoin}`)];
    return { width: terminal.columns, rows, cursor: { row: last, column: view.cursor.column } };
  };
  const open = (): Terminal =>
    openTerminal({
      stdin: process.stdin,
      stdout: process.stdout,
      mouse: true,
      theme: (background) => themeFor({ TERM: "xterm-256color" }, background),
      pictureQuery: pictureQuery({ TERM: "xterm-256color" }),
      backgroundQuery: "\x1b]11;?\x1b\\",
      backgroundMs: Number(process.env["BACKGROUND_MS"] ?? 0),
      onKey(key) {
        if (key.kind === "text" && key.text.includes("#")) process.kill(process.pid, "SIGKILL");
        if (key.kind === "text" && key.text.includes("^")) {
          process.kill(process.pid, "SIGTSTP");
          return;
        }
        if (key.kind === "text" && key.text.includes("&")) {
          terminal.close(true);
          const alive = setInterval(() => {}, 1000);
          process.once("SIGUSR2", () => {
            clearInterval(alive);
            terminal = open();
            terminal.paint(draw);
          });
          process.stdout.write("closed\n");
          return;
        }
        if (key.kind === "text" && key.text.includes("!")) throw new Error("a crash on purpose");
        if (key.kind === "key" && key.name === "enter") {
          terminal.close();
          process.stdout.write(`said ${line.text} in ${paints > 0 ? "frames" : "none"}\n`);
          resolve();
          return;
        }
        line = edit(line, key);
        terminal.paint(draw);
      },
      onResize: () => terminal.paint(draw),
      onEnd: () => process.exit(1),
    });
  let terminal = open();
  terminal.paint(draw);
  return promise;
}

async function main(): Promise<void> {
  restoreOnExit(process.stdin, process.stdout, (error) => `told: ${String(error)}`);
  if (process.argv[2] === "prompt-first") {
    const streams = clackStreams(process.stdin, process.stdout, { colour: true });
    await text({ message: "before", ...streams });
    await run();
    await text({ message: "between", ...streams });
  }
  await run();
}

main().catch((error: unknown) => {
  throw error;
});

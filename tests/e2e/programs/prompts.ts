/**
 * Three prompts, as the client asks them; the answers at the end. With "slow", what the client does
 * between two of them takes until SIGUSR2, with
 * "interruptible" until Ctrl-C; with "stoppable" it tells its process id, and when it goes on. Played by prompts.test.ts.
 */
import { password, select, text } from "@clack/prompts";
import { clackStreams } from "../../../lib/terminal/prompt-tty.ts";
import {
  onInterrupt,
  restoreOnExit,
  restoreTerminal,
} from "../../../lib/terminal/restore-on-exit.ts";

/** Lasts until SIGUSR2, and keeps the process alive as an open connection would. */
function work(): Promise<void> {
  const alive = setInterval(() => {}, 1000);
  return new Promise((resolve) => {
    process.once("SIGUSR2", () => {
      clearInterval(alive);
      resolve();
    });
    process.stdout.write("working\n");
  });
}

async function main(): Promise<void> {
  restoreTerminal(process.stdout);
  if (process.argv[2] === "stoppable") {
    process.on("SIGCONT", () => process.stdout.write("continued\n"));
    process.stdout.write(`pid ${process.pid}\n`);
  }
  restoreOnExit(process.stdin, process.stdout, String);
  const colour = process.env["NO_COLOR"] === undefined;
  const streams = clackStreams(process.stdin, process.stdout, { colour });
  const name = await text({ message: "이름", placeholder: "민수", ...streams });
  if (process.argv[2] === "interruptible") onInterrupt(() => process.emit("SIGUSR2"));
  if (/slow|interruptible/.test(process.argv[2] ?? "")) await work();
  const secret = await password({ message: "비밀번호", ...streams });
  const room = await select({
    message: "방",
    options: [{ value: "lobby" }, { value: "tea" }],
    ...streams,
  });
  process.stdout.write(`answers ${JSON.stringify([name, secret, room])}\n`);
}

main().catch((error: unknown) => {
  throw error;
});

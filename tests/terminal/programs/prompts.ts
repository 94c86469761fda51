/** Three prompts, as the client asks them; the answers at the end. Played by prompts.test.ts. */
import { password, select, text } from "@clack/prompts";
import { clackInput, clackOutput, restoreOnExit } from "../../../lib/terminal/tty.ts";

async function main(): Promise<void> {
  restoreOnExit(process.stdin, process.stdout, String);
  const streams = { input: clackInput(process.stdin), output: clackOutput(process.stdout) };
  const name = await text({ message: "이름", placeholder: "민수", ...streams });
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

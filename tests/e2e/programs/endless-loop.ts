/**
 * A preload by which a process does nothing but loop when it gets SIGWINCH, as by a fault of ours: it takes no turn any
 * more, and heeds no signal but SIGKILL. One that is stopped by SIGSTOP is idle, which is another case: the system and
 * other tools can see it.
 *
 * The children of a supervisor have the preload as well. A process that nobody has ended after some minutes ends by itself,
 * so that a test that fails doesn't leave a core busy for ever. It is busy with the lowest priority: what runs beside it
 * need not wait.
 */
import { setPriority } from "node:os";

const LOOP_MS_MAX = 180_000;
const LEFT_OVER = 70;
const LOWEST_PRIORITY = 19;

process.on("SIGWINCH", () => {
  process.stderr.write(`process ${process.pid} loops from now on\n`);
  setPriority(LOWEST_PRIORITY);
  const startedAtMs = performance.now();
  let turns = 0;
  while (performance.now() - startedAtMs < LOOP_MS_MAX) turns += 1;
  process.stderr.write(`process ${process.pid} has looped ${turns} times\n`);
  process.exit(LEFT_OVER);
});

import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { getPriority } from "node:os";
import { PasswordQueue, TEST_COST } from "../../lib/file-manager/accounts/password-queue.ts";

const TASKS = "/proc/self/task";

test.skipIf(process.platform !== "linux")(
  "the threads that hash passwords give way to the one that serves everybody",
  async () => {
    const passwords = new PasswordQueue({ cost: TEST_COST });
    await passwords.hash("따뜻한 보리차");
    const pool = readdirSync(TASKS).filter((thread) =>
      readFileSync(`${TASKS}/${thread}/comm`, "latin1").startsWith("Bun Pool"),
    );
    expect(pool.length).toBeGreaterThan(0);
    expect(pool.some((thread) => getPriority(Number(thread)) > getPriority())).toBe(true);
    const serving = getPriority();
    await passwords.hash("보리차");
    expect(getPriority()).toBe(serving);
  },
);

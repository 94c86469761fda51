import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { throughMultiplexer } from "../../lib/terminal/multiplexer.ts";
import { until } from "./until.ts";

/** A notification, as the chat screen writes it. */
const NOTIFICATION = "\x1b]9;jun: 안녕\x1b\\";

test("tmux hands a notification on to the terminal in which it runs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tmux-"));
  const file = join(folder, "notification");
  writeFileSync(file, throughMultiplexer(NOTIFICATION, { TMUX: "a socket" }));
  const socket = join(folder, "socket");
  const tmux = ["tmux", "-u", "-f", "/dev/null", "-S", socket];
  const env = { ...process.env, TERM: "xterm-256color", LC_ALL: "C.UTF-8" };
  const run = (...args: readonly string[]) => Bun.spawnSync([...tmux, ...args], { env });
  run("new-session", "-d", ";", "set-option", "-g", "allow-passthrough", "on");
  const decoder = new TextDecoder();
  let written = "";
  const terminal = {
    cols: 80,
    rows: 24,
    data: (_: unknown, bytes: Uint8Array) => {
      written += decoder.decode(bytes, { stream: true });
    },
  };
  const attached = Bun.spawn([...tmux, "attach"], { env, terminal });
  const writes = (text: string) =>
    until(
      () => (written !== "" && written.includes(text) ? true : null),
      () => `tmux wrote ${JSON.stringify(written)}`,
    );
  try {
    await writes("");
    run("send-keys", `cat ${file}`, "Enter");
    expect(await writes(NOTIFICATION)).toBe(true);
  } finally {
    run("kill-server");
    await attached.exited;
    rmSync(folder, { recursive: true });
  }
});

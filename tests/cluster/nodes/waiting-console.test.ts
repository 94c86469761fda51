import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { adminWords } from "../../../lib/admin/admin-words.ts";
import { formatAnswer } from "../../../lib/admin/format-answer.ts";
import { openAdminConnection } from "../../../lib/file-manager/admin-socket.ts";
import { lockFolder, lockHolder } from "../../../lib/file-manager/disk/lock.ts";
import { WaitingConsole } from "../../../lib/server-process/node/waiting-console.ts";
import { LogFeed } from "../../../lib/settings/log.ts";
import { type AdminConnection, connectToAdmin } from "../../../lib/transport/admin-connection.ts";

/** What a node answers its owner while it waits for NATS. */

const folder = mkdtempSync(join(tmpdir(), "sodam-waiting-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const REQUEST = { options: {}, user: "mina", words: [], skip: 0 };

function waiting(): { console: WaitingConsole; lines: string[]; feed: LogFeed } {
  const lines: string[] = [];
  const feed = new LogFeed((line) => lines.push(line));
  const note = (_: string, text: string): void => feed.write(text);
  return { console: new WaitingConsole({ folder, node: "n2", feed, note }), lines, feed };
}

async function connected(): Promise<AdminConnection> {
  for (;;) {
    const opened = await openAdminConnection(folder, connectToAdmin);
    if ("connection" in opened) return opened.connection;
    await Bun.sleep(5);
  }
}

test("a node that waits for NATS says so, whatever it is asked, and shows its log", async () => {
  const { console, lines } = waiting();
  console.note("warn", "NATS at nats://10.0.0.1 cannot be used: no. It is tried again.");
  console.note("info", "something else");
  expect(lines).toHaveLength(2);
  const connection = await connected();
  for (const command of ["status", "upgrade", "say"]) {
    const answer = await connection.ask({ ...REQUEST, command });
    if (typeof answer === "string" || answer.kind !== "refused") throw new Error("it answers");
    expect(formatAnswer(answer, adminWords("en"))).toEqual([
      "The node n2 is starting, and waits for NATS: NATS at nats://10.0.0.1 cannot be used: no. It is tried again.",
    ]);
    expect(formatAnswer(answer, adminWords("ko"))[0]).toStartWith("n2 노드는 시작하는 중이며");
  }
  expect(await connection.ask({ ...REQUEST, command: "log" })).toMatchObject({ kind: "done" });
  const followed = new Promise((resolve) => void connection.follow(resolve));
  console.note("warn", "still not");
  expect(await followed).toMatchObject({ kind: "log", line: "still not" });
  connection.close();
  await console.close();
});

test("the data folder is free when the node waits no more, also when it didn't have to wait", async () => {
  const { console } = waiting();
  await connected();
  await console.close();
  expect(await lockHolder(folder)).toBeNull();
  const quick = waiting();
  await quick.console.close();
  const locked = await lockFolder(folder);
  expect(locked).toHaveProperty("lock");
  const other = waiting();
  await Bun.sleep(300);
  await other.console.close();
  expect(await lockHolder(folder)).toBe(process.pid);
  if ("lock" in locked) locked.lock.release();
});

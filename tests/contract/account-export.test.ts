import { expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUserFile } from "../../lib/file-manager/accounts/user-file.ts";
import { exportAccount } from "../../lib/file-manager/export/account-export.ts";
import type { AccountChange } from "../../lib/member-server/account.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { accountId } from "../account-ids.ts";

/** What the owner's task `export-account` writes of the account itself: see backup.test.ts for its messages. */

const MINA = accountId("mina");
const BOT = { by: MINA, token: "zqtoken", tokenAt: 9, rights: ["read"], rooms: ["#ops"] } as const;
const NOTICE = { id: "zqnotice", kind: "email", time: 7, told: ["zqdevice"] } as const;
const SECOND_FACTOR = { secret: "ZQKEY", since: 8, lastCodeAt: 0, recovery: ["zqr1", "zqr2"] };

const CHANGES: readonly AccountChange[] = [
  {
    ...{ kind: "signed-up", id: MINA, name: "mina" as never, hash: "zqhash", time: 1 },
    ...{ email: "m@x.example", owner: false },
  },
  { kind: "second-factor-on", id: MINA, secondFactor: SECOND_FACTOR },
  { kind: "bot-added", id: accountId("bot"), name: "ci-bot" as never, bot: BOT, time: 9 },
  { kind: "address-known", id: MINA, hash: "zqaddress", time: 6 },
  { kind: "notice-added", id: MINA, notice: NOTICE },
  { kind: "reset-made", id: MINA, hash: "zqreset", madeAt: 5, expiresAt: 6 },
  { kind: "renamed", id: MINA, name: "minji" as never, time: 10 },
];

test("the export of an account has nothing by which somebody could log in, and is found by a former name", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sodam-"));
  try {
    const opened = openUserFile(folder, AccountStore.of);
    if ("refused" in opened) throw new Error(opened.refused);
    await opened.file.store(CHANGES);
    await opened.file.close();
    const path = join(folder, "mina.jsonl");
    const result = await exportAccount("Mina", path, folder, AccountStore.of);
    expect(result).toMatchObject({ ok: true });
    const text = readFileSync(path, "utf8");
    expect(text).not.toMatch(/zq/i);
    expect(
      text
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line).kind),
    ).toEqual([
      ...["account", "reset", "second-factor", "bot", "address", "notice", "former-name"],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

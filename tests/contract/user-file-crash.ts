import { openUserFile } from "../../lib/file-manager/accounts/user-file.ts";
import { AccountStore } from "../../lib/member-server/account-store.ts";
import { parseAccount } from "../../lib/protocol/names.ts";

/* Signs people up in the folder that is named, tells each one that was answered, and is killed at it. */

const folder = process.argv[2] ?? "";
const opened = openUserFile(folder, AccountStore.of, {
  foldAtBytes: 2000,
});
if ("refused" in opened) throw new Error(opened.refused);

async function signUp(text: string): Promise<void> {
  const name = parseAccount(text);
  if (name === null || "refused" in opened) return;
  const kept = await opened.file.store([
    { kind: "signed-up", name, hash: "h", email: null, owner: false, time: 1 },
  ]);
  if (kept) process.stdout.write(`${text}\n`);
}

for (let i = 0; i < 100_000; i += 8) {
  await Promise.all(Array.from({ length: 8 }, (_, j) => signUp(`m${i + j}`)));
}

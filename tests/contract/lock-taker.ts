import { lockFolder } from "../../lib/file-manager/disk/lock.ts";

/* Locks the folder that each input line names, prints the result, and holds the lock until the process ends. */

const lines = Bun.stdin.stream().getReader();
process.stdout.write("ready\n");
await lines.read();
const result = await lockFolder(process.argv[2] ?? "");
process.stdout.write("lock" in result ? "taken\n" : `${JSON.stringify(result)}\n`);
await lines.read();
if ("lock" in result) result.lock.release();
process.exit();

import { lockFolder } from "../../lib/file-manager/disk/lock.ts";

/* Takes the folder that is named when it hears a line, says how that went, and holds it until it is ended. */

const lines = Bun.stdin.stream().getReader();
process.stdout.write("ready\n");
await lines.read();
const result = await lockFolder(process.argv[2] ?? "");
process.stdout.write("lock" in result ? "taken\n" : `${JSON.stringify(result)}\n`);
await lines.read();
if ("lock" in result) result.lock.release();
process.exit();

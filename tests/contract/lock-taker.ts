import { lockFolder } from "../../lib/file-manager/disk/lock.ts";

/* Takes the folder that is named when it hears a line, says how that went, and holds it until it is ended. */

const lines = Bun.stdin.stream().getReader();
process.stdout.write("ready\n");
await lines.read();
const taken = await lockFolder(process.argv[2] ?? "");
process.stdout.write("lock" in taken ? "taken\n" : `${JSON.stringify(taken)}\n`);
await lines.read();
if ("lock" in taken) taken.lock.release();
process.exit();

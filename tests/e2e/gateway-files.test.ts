import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { processesOf, startWithGateways } from "./gateway-server.ts";
import { signUp } from "./house.ts";
import { Folder } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** Files through the gateways of a machine, whose leader is killed meanwhile. */

const BYTES = Buffer.alloc(8_000_000, "the quick brown fox\n");
const SHA256 = createHash("sha256").update(BYTES).digest("hex");
const FACTS = `size=${BYTES.length},sha256=${SHA256},type=text/plain,name=fox.txt`;

test("a file whose leader is killed in the middle goes on where it was, and nobody is disconnected", async () => {
  using folder = new Folder();
  await using server = await startWithGateways(folder, [
    ...["--sign-up", "open", "--password-cost", "test"],
  ]);
  await using mina = await signUp({ port: server.port, invitation: null }, "mina");
  mina.says("CAP REQ :sodam.chat/files message-tags echo-message");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 /);
  const ask = async () => {
    const from = mina.lines.length;
    mina.says(`@sodam.chat/file=${FACTS} FILE SEND #tea :look`);
    const [, token = "", offset = ""] =
      /FILE GRANT \S+ (\S+) (\d+)/.exec(await mina.hears(/FILE GRANT /, from)) ?? [];
    const put = await Stranger.connect(server.port);
    put.says(`FILE PUT ${token} ${offset}`);
    await put.hears(new RegExp(`FILE READY ${offset}$`));
    return { put, offset: Number(offset) };
  };
  const first = await ask();
  expect(first.offset).toBe(0);
  first.put.sends(BYTES.subarray(0, 5_000_000));
  const unfinished = folder.at("data", "files", "unfinished");
  const arrived = (): number =>
    existsSync(unfinished)
      ? readdirSync(unfinished).reduce(
          (sum, name) => sum + statSync(join(unfinished, name)).size,
          0,
        )
      : 0;
  while (arrived() < 3_000_000) await Bun.sleep(5);
  process.kill(processesOf(server.program.pid).leader, "SIGKILL");
  await first.put.closed;
  const second = await ask();
  expect(second.offset).toBeGreaterThanOrEqual(3_000_000);
  second.put.sends(BYTES.subarray(second.offset));
  await second.put.hears(/FILE DONE /);
  expect(mina.isOpen).toBe(true);
  const [path = ""] = [...new Bun.Glob("files/*/*/*-fox.txt").scanSync(folder.at("data"))];
  expect(readFileSync(folder.at("data", path)).equals(BYTES)).toBe(true);
  expect(readdirSync(unfinished)).toEqual([]);
});

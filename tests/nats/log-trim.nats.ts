import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { connectNats } from "../../lib/cluster/nats/nats-engine.ts";
import { LogTrim } from "../../lib/cluster/nodes/log-trim.ts";
import { elapsed } from "../../lib/transport/clock.ts";
import { NatsServer } from "./nats-server.ts";

/** What is left in the files of NATS of a log that was trimmed. */

const nats = new NatsServer();
beforeAll(() => nats.start());
afterAll(() => nats.remove());

function isInStore(text: string): boolean {
  return readdirSync(nats.store, { recursive: true, withFileTypes: true }).some(
    (file) => file.isFile() && readFileSync(join(file.parentPath, file.name)).includes(text),
  );
}

test("nothing of it is left, though the file that it was in stays", async () => {
  const connected = await connectNats({ urls: [nats.url], name: "trim" });
  if ("refused" in connected) throw new Error(connected.refused);
  const { engine } = connected;
  const append = (after: number, text: string): Promise<unknown> =>
    new Promise((resolve) => {
      engine.append({ id: `${after}`, bytes: Buffer.from(text.padEnd(300, ".")), after }, resolve);
    });
  for (let sequence = 1; sequence <= 50; sequence += 1) {
    await append(sequence - 1, sequence === 3 ? "a kettle" : sequence === 12 ? "a pot" : "tea");
  }
  // It began to read behind the first one.
  const trim = new LogTrim(engine, 5, elapsed);
  for (let sequence = 6; sequence <= 50; sequence += 1) trim.entryLogged(sequence, 300);
  // The cast: only the kinds are looked at.
  trim.recorded([{ kind: "event", event: { kind: "redacted" } as never }], 15);
  expect([isInStore("a kettle"), isInStore("a pot")]).toEqual([true, true]);
  await trim.trim({ savedByAll: 16, heard: 20 });
  expect(await engine.facts()).toMatchObject({ first: 17, last: 50 });
  expect([isInStore("a kettle"), isInStore("a pot"), isInStore("tea")]).toEqual([
    false,
    false,
    true,
  ]);
  await engine.close();
}, 30_000);

import { expect, test } from "bun:test";
import { BATCH_ITEMS_MAX } from "../../lib/chat-client/memory-limits.ts";
import { BatchReader } from "../../lib/chat-client/receive/batch-reader.ts";
import { type Message, parseMessage } from "../../lib/protocol/wire/message.ts";

function message(line: string): Message {
  const parsed = parseMessage(line);
  if (parsed === null) throw new Error(`not a message: ${line}`);
  return parsed;
}

test("batches that are never closed don't block others", () => {
  const reader = new BatchReader();
  reader.push(message(":s BATCH +open netjoin"));
  for (let page = 0; page < 100; page += 1) {
    reader.push(message(`:s BATCH +p${page} chathistory #tea`));
    for (let line = 0; line < 300; line += 1) {
      const item = reader.push(message(`@batch=p${page} :mina!u@h PRIVMSG #tea :${line}`));
      expect(item).toBeNull();
    }
    const item = reader.push(message(`:s BATCH -p${page}`));
    expect(item?.kind === "batch" ? item.batch.items.length : 0).toBe(300);
  }
});

test("a batch within another counts until the outer one is closed", () => {
  const reader = new BatchReader();
  for (let round = 0; round < 3; round += 1) {
    reader.push(message(":s BATCH +outer netjoin"));
    for (let inner = 0; inner < 10; inner += 1) {
      reader.push(message(`@batch=outer :s BATCH +inner netjoin`));
      for (let line = 0; line < 1500; line += 1) {
        expect(reader.push(message(`@batch=inner :mina!u@h JOIN #tea`))).toBeNull();
      }
      expect(reader.push(message(":s BATCH -inner"))).toBeNull();
    }
    const item = reader.push(message(":s BATCH -outer"));
    expect(item?.kind === "batch" ? item.batch.items.length : 0).toBe(10);
  }
});

test.each([
  ["short messages", "x", 1],
  ["long messages", "x".repeat(600), 3],
  ["messages with long tags", "x", 17],
])("%s over the limit of a batch are passed on individually", (name, text, size) => {
  const reader = new BatchReader();
  reader.push(message(":s BATCH +open netjoin"));
  const tags = name.includes("tags") ? `;long=${"y".repeat(4096)}` : "";
  const line = message(`@batch=open${tags} :mina!u@h PRIVMSG #tea :${text}`);
  let through = 0;
  for (let count = 0; count <= BATCH_ITEMS_MAX / size; count += 1) {
    if (reader.push(line) !== null) through += 1;
  }
  expect(through).toBeGreaterThan(0);
  expect(through).toBeLessThan(3);
});

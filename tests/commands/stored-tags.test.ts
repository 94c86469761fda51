import { expect, test } from "bun:test";
import { storedTags } from "../../lib/chat-server/history/stored-tags.ts";
import { STORED_TAG_BYTES_MAX } from "../../lib/chat-server/limits.ts";
import { Scene } from "../scene.ts";

test("reply tags and small unknown tags are stored", () => {
  const tags = { "+reply": "abc", "+example.com/mood": "glad" };
  expect(storedTags(tags)).toBe(tags);
});

test("typing tags are not stored", () => {
  expect(storedTags({ "+typing": "done", "+draft/reply": "abc" })).toEqual({
    "+draft/reply": "abc",
  });
});

test("if there are too many tags, those that a later reader needs are stored first", () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`+a${n}`, "x".repeat(50)]));
  const stored = storedTags({ ...many, "+draft/react": "🍵", "+reply": "y".repeat(600) });
  expect(stored["+draft/react"]).toBe("🍵");
  expect(stored["+reply"]).toBeUndefined();
  const bytes = Object.entries(stored).reduce((sum, [a, b]) => sum + Buffer.byteLength(a + b), 0);
  expect(bytes).toBeGreaterThan(STORED_TAG_BYTES_MAX - 60);
  expect(bytes).toBeLessThanOrEqual(STORED_TAG_BYTES_MAX);
});

test("all tags are relayed, and only stored ones are in the history and the recent events", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "message-tags");
  const jun = scene.person("jun", "message-tags");
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  jun.hears();
  const large = "z".repeat(3000);
  mina.says(`@+reply=abc;+typing=done;+large=${large} PRIVMSG #tea :hello`);
  const [line = ""] = jun.hears();
  for (const part of ["+reply=abc", "+typing=done", `+large=${large}`])
    expect(line).toContain(part);
  const room = scene.server.state.rooms.byName("#tea");
  const lastEvent = room === null ? undefined : scene.log.all(room.id).at(-1);
  for (const event of [room?.recentEvents.at(-1), lastEvent]) {
    expect(event).toMatchObject({ text: "hello", tags: { "+reply": "abc" } });
  }
});

import { expect, test } from "bun:test";
import { STORED_TAG_BYTES_MAX, storedTags } from "../../lib/chat-server/history/stored-tags.ts";
import { Scene } from "../scene.ts";

test("what a message answers to is kept with it, and so is a small tag of anybody's", () => {
  const tags = { "+reply": "abc", "+example.com/mood": "glad" };
  expect(storedTags(tags)).toBe(tags);
});

test("that somebody is typing is about the moment", () => {
  expect(storedTags({ "+typing": "done", "+draft/reply": "abc" })).toEqual({
    "+draft/reply": "abc",
  });
});

test("of many tags those are kept that a later reader needs, as far as they have a place", () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`+a${n}`, "x".repeat(50)]));
  const kept = storedTags({ ...many, "+draft/react": "🍵", "+reply": "y".repeat(600) });
  expect(kept["+draft/react"]).toBe("🍵");
  expect(kept["+reply"]).toBeUndefined();
  const bytes = Object.entries(kept).reduce((sum, [a, b]) => sum + Buffer.byteLength(a + b), 0);
  expect(bytes).toBeGreaterThan(STORED_TAG_BYTES_MAX - 60);
  expect(bytes).toBeLessThanOrEqual(STORED_TAG_BYTES_MAX);
});

test("everybody there is sent all tags, and the history and the newest in memory have those that are kept", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "message-tags");
  const jun = scene.person("jun", "message-tags");
  for (const one of [mina, jun]) one.says("JOIN #tea");
  jun.hears();
  const large = "z".repeat(3000);
  mina.says(`@+reply=abc;+typing=done;+large=${large} PRIVMSG #tea :hello`);
  const [line = ""] = jun.hears();
  for (const part of ["+reply=abc", "+typing=done", `+large=${large}`])
    expect(line).toContain(part);
  const room = scene.server.state.rooms.byName("#tea");
  const stored = room === null ? undefined : scene.log.all(room.id).at(-1);
  for (const event of [room?.recentEvents.at(-1), stored]) {
    expect(event).toMatchObject({ text: "hello", tags: { "+reply": "abc" } });
  }
});

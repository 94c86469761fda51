import { expect, test } from "bun:test";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { BestMatches } from "../../lib/file-manager/search/best-matches.ts";
import { EventScript } from "./room-log-events.ts";

/** What a search holds of its matches while it goes on. */

function messages(count: number): RoomEvent[] {
  const script = new EventScript();
  script.created();
  return Array.from({ length: count }, (_, n) => script.said(`tea ${n}`));
}

for (const newestFirst of [true, false]) {
  const wanted = newestFirst ? "newest" : "oldest";
  test(`of many matches in many conversations the ${wanted} are found, and few are held`, () => {
    const events = messages(3000);
    const best = new BestMatches(100, newestFirst);
    for (let n = 0; n < 30; n += 1) {
      // Every thirtieth message is of this conversation.
      best.add(events.filter((_, index) => index % 30 === n));
      expect(best.size).toBeLessThanOrEqual(200);
    }
    expect(best.result()).toEqual(newestFirst ? events.slice(-100) : events.slice(0, 100));
  });
}

test("as many as are wanted are enough", () => {
  const best = new BestMatches(2, true);
  const [first, second] = messages(2);
  best.add([first as RoomEvent]);
  expect(best.isFull).toBe(false);
  best.add([second as RoomEvent]);
  expect(best.isFull).toBe(true);
});

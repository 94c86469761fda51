import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

const DAY_MS = 86_400_000;
const CAPS = ["draft/metadata-2"];

/** Two rooms with a message on each of four days. The clock is on the last of them. */
function fourDays(keepDays = 0) {
  const scene = new Scene({ keepDays });
  const [mina, jun] = [scene.person("mina", ...CAPS), scene.person("jun", ...CAPS)];
  mina.says("JOIN #tea");
  jun.says("JOIN #lunch", "JOIN #tea");
  for (let n = 1; n <= 4; n += 1) {
    if (n > 1) scene.now += DAY_MS;
    mina.says(`PRIVMSG #tea :day ${n}`, "PRIVMSG jun :psst");
    jun.says(`PRIVMSG #lunch :day ${n}`);
  }
  for (const actor of [mina, jun]) actor.hears();
  const inMemory = (name: string) =>
    scene.server.state.rooms
      .byName(name)
      ?.recentEvents.flatMap((event) => (event.kind === "said" ? [event.text] : []));
  return { scene, mina, jun, inMemory };
}

testWithOneServer("read markers of closed rooms are forgotten, and no others", () => {
  const { scene, mina, jun } = fourDays();
  for (let i = 0; i < 100; i += 1) mina.says(`JOIN #t${i}`, `PRIVMSG #t${i} :hi`, `PART #t${i}`);
  mina.says("PART #tea");
  jun.says("PRIVMSG mina :psst");
  const markers = mina.session.user?.markers;
  expect(markers?.size).toBe(102);
  const later = scene.restart();
  scene.server.retain();
  expect(markers?.size).toBe(2);
  const restarted = later.person("mina").session.user?.markers;
  expect([...(restarted?.keys() ?? [])]).toEqual([...(markers?.keys() ?? [])]);
});

test("without a setting all messages are kept", () => {
  const { scene, inMemory } = fourDays();
  expect(scene.server.retain()).toEqual({ byDefault: null, byConversation: new Map() });
  expect(inMemory("#tea")).toHaveLength(4);
});

test("the server's setting keeps whole days, in every room", () => {
  const { scene, inMemory } = fourDays(2);
  expect(scene.server.retain()).toEqual({
    byDefault: Date.UTC(2026, 10, 23),
    byConversation: new Map(),
  });
  expect([inMemory("#tea"), inMemory("#lunch")]).toEqual([
    ["day 2", "day 3", "day 4"],
    ["day 2", "day 3", "day 4"],
  ]);
});

test("a room's founder can make it keep less than the server's setting, and never more", () => {
  const { scene, mina, inMemory } = fourDays(2);
  mina.says("METADATA #tea SET sodam.chat/keep-days 1");
  const room = scene.server.state.rooms.byName("#tea");
  expect(scene.server.retain().byConversation).toEqual(
    new Map([[room?.id, Date.UTC(2026, 10, 24)]]) as never,
  );
  expect([inMemory("#tea"), inMemory("#lunch")?.length]).toEqual([["day 3", "day 4"], 3]);
  mina.says("METADATA #tea SET sodam.chat/keep-days 30");
  expect(scene.server.retain().byConversation).toEqual(new Map());
});

test("only the founder can set how long a room is kept, and in days", () => {
  const { scene, mina, jun } = fourDays();
  mina.says("MODE #tea +o jun");
  for (const actor of [mina, jun]) actor.hears();
  jun.says("METADATA #tea SET sodam.chat/keep-days 1");
  expect(jun.hears()).toEqual([expect.stringContaining("FAIL METADATA KEY_NO_PERMISSION")]);
  for (const days of ["0", "soon", "-1", "99999"]) {
    mina.says(`METADATA #tea SET sodam.chat/keep-days ${days}`);
    expect(mina.hears()).toEqual([expect.stringContaining("FAIL METADATA VALUE_INVALID")]);
  }
  mina.says("METADATA #tea SET sodam.chat/keep-days 5");
  jun.says("METADATA #tea CLEAR");
  expect(scene.server.retain().byConversation.size).toBe(1);
});

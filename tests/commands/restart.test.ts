import { expect, test } from "bun:test";
import type { RoomEvent } from "../../lib/chat-server/event.ts";
import { FORMER_NAME_MS_MAX } from "../../lib/chat-server/rooms/rooms.ts";
import { restore } from "../../lib/chat-server/snapshot/restore.ts";
import type { Snapshot } from "../../lib/chat-server/snapshot/snapshot.ts";
import type { Folded } from "../../lib/protocol/names.ts";
import { EMPTY_SNAPSHOT, Scene } from "../scene.ts";

/** Starts a server from a snapshot and the later events, folder by folder in the order of `ids`. */
function startAgain(scene: Scene, snapshot: Snapshot, ids: readonly string[]) {
  const known = new Map(snapshot.conversations.map(({ id, at }) => [id as string, at]));
  const later = ids.flatMap((id): RoomEvent[] =>
    scene.log.all(id as never).filter(({ position }) => position > (known.get(id) ?? 0)),
  );
  const again = new Scene();
  for (const { name } of scene.members.accounts()) again.signUp(name);
  restore(again.server.state, { snapshot, later, people: [], recent: new Map() });
  return again.server.state.rooms;
}

/** Both orders in which a disk may list the folders. */
function orders(scene: Scene): string[][] {
  const ids = scene.log.conversations();
  return [ids, ids.toReversed()];
}

test("a room that was closed and created again exists after a restart, whichever history is read first", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea", "PART #tea");
  const early = scene.server.snapshot();
  scene.now += 60_000;
  mina.says("JOIN #tea");
  for (const snapshot of [EMPTY_SNAPSHOT, early, scene.server.snapshot()]) {
    for (const order of orders(scene)) {
      const rooms = startAgain(scene, snapshot, order);
      expect(
        [...(rooms.byName("#tea")?.members.keys() ?? [])].map(({ nick }) => `${nick}`),
      ).toEqual(["mina"]);
      expect([...rooms.conversations()]).toHaveLength(1);
    }
  }
});

test("so does a room that was created under the former name of another", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const early = scene.server.snapshot();
  scene.now += 60_000;
  mina.says("RENAME #tea #coffee");
  // Until then, joining the former name leads to the renamed room.
  scene.now += FORMER_NAME_MS_MAX + 60_000;
  scene.person("jun").says("JOIN #tea");
  for (const snapshot of [EMPTY_SNAPSHOT, early, scene.server.snapshot()]) {
    for (const order of orders(scene)) {
      const rooms = startAgain(scene, snapshot, order);
      const first = (name: string) => [...(rooms.byName(name)?.members.keys() ?? [])][0]?.nick;
      expect([first("#tea"), first("#coffee")] as unknown[]).toEqual(["jun", "mina"]);
    }
  }
});

test("so does a room that was renamed to the name of a closed one, before or after the snapshot", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #coffee");
  scene.now += 60_000;
  const jun = scene.person("jun").says("JOIN #tea");
  const early = scene.server.snapshot();
  scene.now += 60_000;
  jun.says("PART #tea");
  mina.says("RENAME #coffee #tea");
  for (const snapshot of [EMPTY_SNAPSHOT, early, scene.server.snapshot()]) {
    for (const order of orders(scene)) {
      const rooms = startAgain(scene, snapshot, order);
      expect([...rooms.all()].map(({ name }) => name as string)).toEqual(["#tea"]);
      expect(rooms.byName("#tea")?.members.size).toBe(1);
    }
  }
});

test("a room's entry in rooms.json has fixed keys in a fixed order, and is restored whole", () => {
  const scene = new Scene();
  scene.signUp("jun");
  scene
    .person("mina", "draft/metadata-2")
    .says("JOIN #tea", "TOPIC #tea :Green or black?", "MODE #tea +bl *!*@bad.example 20")
    .says("METADATA #tea SET color :blue", "CS AMODE #tea +v jun");
  const entry = JSON.stringify(scene.server.snapshot().conversations[0]?.room);
  expect(entry).toStartWith(
    '{"name":"#tea","topic":{"text":"Green or black?","by":"mina","time":1795307400002},' +
      '"modes":{"n":"","t":"","l":"20"},' +
      '"lists":{"b":[{"mask":"*!*@bad.example","by":"mina","time":1795307400003}]},' +
      '"metadata":{"color":"blue"},"ranks":{"jun000000001":"v"},',
  );
  // Newer fields may stand in between.
  expect(entry).toEndWith(
    '"members":[{"account":"mina00000001","ranks":"q","joinedAt":2,"joinedTime":1795307400001,' +
      '"tally":{"time":1795307400001,"read":0}}]}',
  );
  expect(JSON.stringify(scene.restart().server.snapshot().conversations[0]?.room)).toBe(entry);
});

test("a room's field that an event set is the same after a start from events alone", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea");
  const { state } = scene.server;
  const [room, mina] = [state.rooms.byName("#tea"), state.users.byNick("mina" as Folded)];
  if (room === null || mina === null) throw new Error("no room");
  const topic = { text: "Green or black?", by: "mina", time: scene.now };
  state.commit(room, mina.identity, { kind: "set", field: "topic", value: topic }, null);
  expect(room.topic).toEqual(topic);
  for (const order of orders(scene)) {
    expect(startAgain(scene, EMPTY_SNAPSHOT, order).byName("#tea")?.topic).toEqual(topic);
  }
});

test("a field of a newer version changes nothing", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea");
  const { state } = scene.server;
  const [room, mina] = [state.rooms.byName("#tea"), state.users.byNick("mina" as Folded)];
  if (room === null || mina === null) throw new Error("no room");
  const before = JSON.stringify(scene.server.snapshot().conversations[0]?.room);
  state.commit(room, mina.identity, { kind: "set", field: "later", value: 7 } as never, null);
  expect(JSON.stringify(scene.server.snapshot().conversations[0]?.room)).toBe(before);
});

import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

function closedRoom() {
  const scene = new Scene();
  const mina = scene.guest("mina");
  const jun = scene.guest("jun");
  mina.says("JOIN #tea", "MODE #tea +i");
  mina.hears();
  return { scene, mina, jun };
}

test("a knock is sent to the ops, at most once a minute", () => {
  const { scene, mina, jun } = closedRoom();
  jun.says("KNOCK #tea", "KNOCK #tea");
  expect(jun.hears()).toEqual([
    ":tea.test 711 jun #tea :Your knock was sent to the room's ops",
    ":tea.test 712 jun #tea :You knocked a moment ago. Wait a minute",
  ]);
  expect(mina.hears()).toEqual([
    ":tea.test 710 #tea #tea jun!~jun@guest.test :asks for an invitation: INVITE lets them in",
  ]);
  scene.passes(60_000);
  jun.says("KNOCK #tea");
  expect(mina.hearsVerbs()).toEqual(["710"]);
});

test("a knock that no op would hear is refused, and can be made again at once", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea", "MODE #tea +i", "QUIT");
  const jun = scene.guest("jun").says("KNOCK #tea");
  expect(jun.hears()).toEqual([
    ":tea.test 404 jun #tea :No op of that room is connected. Knock again later",
  ]);
  expect(mina.closed).toBe(true);
  const back = scene.person("mina");
  expect(jun.says("KNOCK #tea").hearsVerbs()).toEqual(["711"]);
  expect(back.hearsVerbs()).toEqual(["710"]);
});

test("KNOCK is refused for an open or hidden room, as a member, and when banned", () => {
  const { mina, jun } = closedRoom();
  mina.says("KNOCK #tea", "JOIN #open", "MODE #tea +b jun");
  expect(mina.hears()[0]).toBe(":tea.test 714 mina #tea :You are already in that room");
  jun.says("KNOCK #open", "KNOCK #tea", "KNOCK #none");
  mina.says("MODE #tea -b+s jun");
  jun.says("KNOCK #tea");
  expect(jun.hears()).toEqual([
    ":tea.test 713 jun #open :That room is open: JOIN it",
    ":tea.test 404 jun #tea :You are banned from that room (+b)",
    ":tea.test 403 jun #none :There is no such room",
    ":tea.test 403 jun #tea :There is no such room",
  ]);
});

test("UNINVITE withdraws an invitation", () => {
  const { mina, jun } = closedRoom();
  mina.says("INVITE jun #tea", "UNINVITE jun #tea", "UNINVITE jun #tea");
  expect(mina.hears()).toEqual([
    ":tea.test 341 mina jun #tea",
    ":mina!~mina@guest.test UNINVITE jun #tea",
    ":tea.test 400 mina UNINVITE jun #tea :They are not invited to that room",
  ]);
  jun.says("JOIN #tea", "UNINVITE mina #tea");
  expect(jun.hearsVerbs()).toEqual(["INVITE", "473", "442"]);
});

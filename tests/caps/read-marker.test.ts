import { expect, test } from "bun:test";
import { OPENING_TIME, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/read-marker */

function stamp(ms: number): string {
  return `timestamp=${new Date(OPENING_TIME + ms).toISOString()}`;
}

/** Mina on two devices in a room in which jun has sent three messages, a second apart. */
function teahouse() {
  const scene = new Scene();
  const jun = scene.person("jun", "draft/read-marker").says("JOIN #tea");
  const mina = scene.person("mina", "draft/read-marker").says("JOIN #tea");
  const phone = scene.person("mina", "draft/read-marker");
  const old = scene.person("mina");
  for (let i = 0; i < 3; i += 1) {
    scene.passes(1000);
    jun.says("PRIVMSG #tea :hi");
  }
  for (const one of [jun, mina, phone, old]) one.hears();
  return { scene, jun, mina, phone, old };
}

test("with the capability JOIN is followed by the marker, before the end of NAMES", () => {
  const scene = new Scene();
  for (const caps of [["draft/read-marker"], []]) {
    const heard = scene
      .guest("mina", ...caps)
      .says("JOIN #tea", "QUIT")
      .hears();
    expect(heard.filter((line) => line.includes("MARKREAD"))).toEqual(
      caps.length === 0 ? [] : [":tea.test MARKREAD #tea *"],
    );
  }
  const jun = scene.person("jun", "draft/read-marker").says("JOIN #tea", "TOPIC #tea :Green");
  expect(jun.hearsVerbs()).toEqual(["JOIN", "MARKREAD", "353", "366", "TOPIC"]);
});

test("a session gets the marker as well when another session of the user joins a room", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const phone = scene.person("mina", "draft/read-marker");
  mina.says("JOIN #tea");
  expect(phone.hearsVerbs()).toEqual(["JOIN", "MARKREAD", "353", "366"]);
  expect(mina.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
});

test("a marker that is set is sent to all sessions of the user, and to no other user", () => {
  const { mina, phone, old, jun } = teahouse();
  mina.says(`MARKREAD #tea ${stamp(2000)}`);
  expect(mina.hears()).toEqual([":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:02.000Z"]);
  expect(phone.hears()).toEqual([":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:02.000Z"]);
  expect(old.hears()).toEqual([]);
  expect(jun.hears()).toEqual([]);
  expect(jun.says("MARKREAD #tea").hears()).toEqual([`:tea.test MARKREAD #tea ${stamp(3000)}`]);
});

test("a marker only moves forward: an older or equal one is answered with the present one", () => {
  const { mina, phone } = teahouse();
  mina.says(`MARKREAD #tea ${stamp(2000)}`);
  mina.hears();
  phone.hears();
  mina.says(`MARKREAD #tea ${stamp(1000)}`, `MARKREAD #tea ${stamp(2000)}`);
  expect(mina.hears()).toEqual([
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:02.000Z",
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:02.000Z",
  ]);
  expect(phone.hears()).toEqual([]);
});

test("a marker doesn't move past now, so that no later message counts as read", () => {
  const { mina } = teahouse();
  expect(mina.says(`MARKREAD #tea ${stamp(86_400_000)}`).hears()).toEqual([
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:03.000Z",
  ]);
});

test("MARKREAD without a time returns the marker: * where there is none", () => {
  const { scene, mina } = teahouse();
  mina.says("MARKREAD #tea", "MARKREAD jun", `MARKREAD jun ${stamp(0)}`);
  expect(mina.hears()).toEqual([
    ":tea.test MARKREAD #tea *",
    ":tea.test MARKREAD jun *",
    ":tea.test MARKREAD jun *",
  ]);
  const guest = scene.guest("sora", "draft/read-marker").says("JOIN #tea");
  guest.hears();
  expect(guest.says(`MARKREAD #tea ${stamp(1000)}`, "MARKREAD #tea").hears()).toEqual([
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:01.000Z",
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:01.000Z",
  ]);
});

test("direct messages have markers, under the peer's present nick", () => {
  const { scene, jun, mina, phone } = teahouse();
  jun.says("PRIVMSG mina :hi", "NICK junho");
  scene.passes(1000);
  mina.hears();
  phone.hears();
  mina.says(`MARKREAD JUN ${stamp(3000)}`);
  expect(mina.hears()).toEqual([":tea.test MARKREAD junho timestamp=2026-11-22T00:30:03.000Z"]);
  expect(phone.hears()).toEqual([":tea.test MARKREAD junho timestamp=2026-11-22T00:30:03.000Z"]);
});

test("sending a message moves the sender's marker, and sends it to their other sessions", () => {
  const { mina, phone, old } = teahouse();
  mina.says("PRIVMSG #tea :hello");
  expect(mina.hears()).toEqual([]);
  expect(phone.hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG #tea :hello",
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:03.001Z",
  ]);
  expect(old.hears()).toEqual([":mina!u@mina00000001.account PRIVMSG #tea :hello"]);
});

test("each error has its code", () => {
  const { mina } = teahouse();
  mina.says(
    "MARKREAD",
    `MARKREAD #none ${stamp(1000)}`,
    `MARKREAD nobody ${stamp(1000)}`,
    "MARKREAD #",
    "MARKREAD a.b",
    "MARKREAD #dev\u{589e4}",
    "MARKREAD #tea *",
    "MARKREAD #tea msgid=x",
    "MARKREAD #tea now",
  );
  expect(mina.hears()).toEqual([
    ":tea.test FAIL MARKREAD NEED_MORE_PARAMS :Give a room or a nick",
    ":tea.test FAIL MARKREAD INVALID_PARAMS #none :There is no such room or person",
    ":tea.test FAIL MARKREAD INVALID_PARAMS nobody :There is no such room or person",
    ":tea.test FAIL MARKREAD INVALID_PARAMS # :There is no such room or person",
    ":tea.test FAIL MARKREAD INVALID_PARAMS a.b :There is no such room or person",
    ":tea.test FAIL MARKREAD INVALID_PARAMS #dev\u{589e4} :There is no such room or person",
    ":tea.test FAIL MARKREAD INVALID_PARAMS #tea * :That is not a valid timestamp",
    ":tea.test FAIL MARKREAD INVALID_PARAMS #tea msgid=x :That is not a valid timestamp",
    ":tea.test FAIL MARKREAD INVALID_PARAMS #tea now :That is not a valid timestamp",
  ]);
});

test("an unknown target has no marker, and a hidden room the same answer", () => {
  const { scene, mina } = teahouse();
  scene.person("bora").says("JOIN #den", "MODE #den +s");
  mina.says("MARKREAD #None", "MARKREAD #DEN", "MARKREAD Nobody");
  expect(mina.hears()).toEqual([
    ":tea.test MARKREAD #None *",
    ":tea.test MARKREAD #DEN *",
    ":tea.test MARKREAD Nobody *",
  ]);
});

test("a last member who leaves a room, and creates it again, keeps the marker", () => {
  const { scene } = teahouse();
  const sora = scene.guest("sora", "draft/read-marker").says("JOIN #den");
  sora.says(`MARKREAD #den ${stamp(-5000)}`, "PART #den").hears();
  const marker = `:tea.test MARKREAD #den ${stamp(-5000)}`;
  expect(sora.says("MARKREAD #den").hears()).toEqual([marker]);
  expect(sora.says("JOIN #den").hears()).toContain(marker);
  const bora = scene.guest("bora", "draft/read-marker").says("JOIN #den");
  expect(bora.hears()).toContain(":tea.test MARKREAD #den *");
});

test("the marker of a room that was created again survives a crash", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #den", "PRIVMSG #den :hi");
  const { time } = scene.server.state.rooms.byName("#den") ?? { time: 0 };
  scene.passes(5000);
  mina.says("PART #den", "JOIN #den").hears();
  const marker = `:tea.test MARKREAD #den timestamp=${new Date(time).toISOString()}`;
  expect(mina.says("MARKREAD #den").hears()).toEqual([marker]);
  const again = scene.crash().person("mina");
  again.hears();
  expect(again.says("MARKREAD #den").hears()).toEqual([marker]);
});

test("a marker that can't be stored doesn't move", () => {
  const { scene, mina, phone } = teahouse();
  scene.diskFull = true;
  mina.says(`MARKREAD #tea ${stamp(2000)}`, "MARKREAD #tea");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL MARKREAD INTERNAL_ERROR #tea :The server can't store that right now. Try again in a moment",
    ":tea.test MARKREAD #tea *",
  ]);
  expect(phone.hears()).toEqual([]);
});

test("markers are kept over a restart, and a later session gets them after JOIN", () => {
  const { scene, mina } = teahouse();
  mina.says(`MARKREAD #tea ${stamp(2000)}`);
  const later = scene.restart().connect().logsIn("mina", ["draft/read-marker"]);
  expect(later.hears().filter((line) => line.includes("MARKREAD"))).toEqual([
    ":tea.test MARKREAD #tea timestamp=2026-11-22T00:30:02.000Z",
  ]);
});

test("unread messages are counted for sessions with sodam.chat/unread, in rooms and direct messages", () => {
  const { scene, jun } = teahouse();
  jun.says("PRIVMSG #tea :Mina, tea?", "PRIVMSG mina :hi");
  const later = scene.connect().logsIn("mina", ["sodam.chat/unread", "draft/read-marker"]);
  expect(later.hears().filter((line) => /MARKREAD|UNREAD/.test(line))).toEqual([
    ":tea.test MARKREAD #tea *",
    ":tea.test UNREAD #tea 4 1",
    ":tea.test MARKREAD jun *",
    ":tea.test UNREAD jun 1 1",
  ]);
});

test("a marker of direct messages with a guest lasts as long as the guest, on every session", () => {
  const { scene, mina, phone } = teahouse();
  const sora = scene.guest("sora", "draft/read-marker");
  mina.says("MARKREAD SORA", `MARKREAD sora ${stamp(2000)}`, `MARKREAD sora ${stamp(1000)}`);
  const marker = ":tea.test MARKREAD sora timestamp=2026-11-22T00:30:02.000Z";
  expect(mina.hears()).toEqual([":tea.test MARKREAD sora *", marker, marker]);
  expect(phone.hears()).toEqual([marker]);
  expect(phone.says("MARKREAD sora", `MARKREAD sora ${stamp(86_400_000)}`).hears()).toEqual([
    marker,
    ":tea.test MARKREAD sora timestamp=2026-11-22T00:30:03.000Z",
  ]);
  expect(sora.says("MARKREAD mina", "MARKREAD nobody").hears()).toEqual([
    ":tea.test MARKREAD mina *",
    ":tea.test MARKREAD nobody *",
  ]);
});

test("beyond a hundred such markers the oldest is dropped", () => {
  const { scene, mina } = teahouse();
  for (let i = 0; i <= 100; i += 1) {
    scene.guest(`guest${i}`);
    mina.says(`MARKREAD guest${i} ${stamp(1000)}`);
  }
  mina.hears();
  expect(mina.says("MARKREAD guest0", "MARKREAD guest1").hears()).toEqual([
    ":tea.test MARKREAD guest0 *",
    ":tea.test MARKREAD guest1 timestamp=2026-11-22T00:30:01.000Z",
  ]);
  // One that moves on takes no other's place, and is the newest.
  scene.now += 60_000;
  mina.says(`MARKREAD guest2 ${stamp(2000)}`).hears();
  expect(mina.says("MARKREAD guest1").hears()[0]).toContain(" guest1 timestamp=");
  scene.guest("guest101");
  mina.says(`MARKREAD guest101 ${stamp(1000)}`).hears();
  expect(mina.says("MARKREAD guest1", "MARKREAD guest2").hears()).toEqual([
    ":tea.test MARKREAD guest1 *",
    ":tea.test MARKREAD guest2 timestamp=2026-11-22T00:30:02.000Z",
  ]);
});

import { expect, test } from "bun:test";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import { restore } from "../../lib/chat-server/snapshot/restore.ts";
import type { State } from "../../lib/chat-server/state.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_SNAPSHOT, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/metadata */

const METADATA = ["draft/metadata-2", "batch"];
const MINA = "mina!u@mina00000001.account";

function teahouse() {
  const scene = new Scene();
  const mina = scene.person("mina", ...METADATA).says("JOIN #tea");
  const jun = scene.person("jun", ...METADATA).says("JOIN #tea", "METADATA * SUB url");
  const sora = scene.guest("sora").says("JOIN #tea");
  for (const one of [mina, jun, sora]) one.hears();
  return { scene, mina, jun, sora };
}

test("the capability's value has its limits", () => {
  const offered = new Scene().connect().says("CAP LS 302").hears().join(" ");
  expect(offered).toMatch(
    /[ :]draft\/metadata-2=before-connect,max-subs=50,max-keys=20,max-value-bytes=280 /,
  );
});

test("SET on oneself is answered with the value; GET and LIST return it in a batch", () => {
  const { mina } = teahouse();
  mina.says("METADATA * SET url :http://tea.test/", "METADATA mina SET note :차 한 잔");
  expect(mina.hears()).toEqual([
    ":tea.test 761 mina mina url * http://tea.test/",
    ":tea.test 761 mina mina note * :차 한 잔",
  ]);
  mina.says("METADATA * GET note nothing URL url", "METADATA mina LIST");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +2 metadata mina",
    "@batch=2 :tea.test 761 mina mina note * :차 한 잔",
    "@batch=2 :tea.test 766 mina mina nothing :There is nothing under that key",
    "@batch=2 :tea.test FAIL METADATA KEY_INVALID URL :A key can have a to z, 0 to 9 and _ . / -",
    "@batch=2 :tea.test 761 mina mina url * http://tea.test/",
    ":tea.test BATCH -2",
    ":tea.test BATCH +3 metadata mina",
    "@batch=3 :tea.test 761 mina mina url * http://tea.test/",
    "@batch=3 :tea.test 761 mina mina note * :차 한 잔",
    ":tea.test BATCH -3",
  ]);
});

test("other users can read it, even without the capability", () => {
  const { mina, sora } = teahouse();
  mina.says("METADATA * SET url :a b");
  sora.says("METADATA MINA GET url", "METADATA #tea LIST");
  expect(sora.hears()).toEqual([":tea.test 761 sora mina url * :a b"]);
});

test("an empty text is a value; SET without a value removes the key", () => {
  const { mina, jun } = teahouse();
  mina.says("METADATA * SET url :", "METADATA * SET url", "METADATA * SET url");
  expect(mina.hears()).toEqual([
    ":tea.test 761 mina mina url * :",
    ":tea.test 766 mina mina url :There is nothing under that key",
    ":tea.test FAIL METADATA KEY_NOT_SET mina url :That key is not set",
  ]);
  expect(jun.hears()).toEqual([`:${MINA} METADATA mina url * :`, `:${MINA} METADATA mina url *`]);
});

test("CLEAR removes every key, and names each in a batch", () => {
  const { mina, jun } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA * SET note 2");
  mina.hears();
  jun.hears();
  mina.says("METADATA * CLEAR", "METADATA * LIST");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +2 metadata mina",
    "@batch=2 :tea.test 761 mina mina url * :",
    "@batch=2 :tea.test 761 mina mina note * :",
    ":tea.test BATCH -2",
    ":tea.test BATCH +3 metadata mina",
    ":tea.test BATCH -3",
  ]);
  expect(jun.hears()).toEqual([`:${MINA} METADATA mina url *`]);
});

test("users can set metadata only on themselves, and on rooms as op", () => {
  const { mina, jun, sora } = teahouse();
  jun.says("METADATA mina SET url 1", "METADATA #tea SET url 1", "METADATA mina CLEAR");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL METADATA KEY_NO_PERMISSION mina url :You can't change that",
    ":tea.test FAIL METADATA KEY_NO_PERMISSION #tea url :You can't change that",
    ":tea.test FAIL METADATA KEY_NO_PERMISSION mina * :You can't change that",
  ]);
  mina.says("METADATA #tea SET url 1", "METADATA sora SET url 1");
  expect(mina.hears()).toEqual([
    ":tea.test 761 mina #tea url * 1",
    ":tea.test FAIL METADATA KEY_NO_PERMISSION sora url :You can't change that",
  ]);
  sora.says("METADATA * SET url 1");
  expect(sora.hears()).toEqual([":tea.test 761 sora sora url * 1"]);
});

test("each error has its code", () => {
  const { mina } = teahouse();
  mina.says(
    "METADATA $a:mina SET url 1",
    "METADATA #coffee LIST",
    "METADATA * POUR",
    "METADATA * SET $url$ 1",
    `METADATA * SET ${"k".repeat(41)} 1`,
    `METADATA * SET url :${"가".repeat(94)}`,
    "METADATA jun SUB url",
    "METADATA * SET",
    "METADATA *",
  );
  const key = "A key can have a to z, 0 to 9 and _ . / -";
  expect(mina.hears()).toEqual([
    ":tea.test FAIL METADATA INVALID_TARGET $a:mina :There is no such room or person",
    ":tea.test FAIL METADATA INVALID_TARGET #coffee :There is no such room or person",
    ":tea.test FAIL METADATA SUBCOMMAND_INVALID POUR :Unknown subcommand",
    `:tea.test FAIL METADATA KEY_INVALID $url$ :${key}`,
    `:tea.test FAIL METADATA KEY_INVALID ${"k".repeat(41)} :${key}`,
    ":tea.test FAIL METADATA VALUE_INVALID :A value can have at most 280 bytes",
    ":tea.test FAIL METADATA INVALID_TARGET jun :There is no such room or person",
    ":tea.test FAIL METADATA NEED_MORE_PARAMS SET :SET needs a key",
    ":tea.test FAIL METADATA NEED_MORE_PARAMS :Give a target and a subcommand",
  ]);
});

test("the older draft/metadata is refused, alone and together with this one", () => {
  const mina = new Scene().connect();
  for (const caps of ["metadata-notify", "draft/metadata-2 metadata-notify", "metadata-2"]) {
    expect(mina.says(`CAP REQ :${caps}`).hears()).toEqual([`:tea.test CAP * NAK :${caps}`]);
  }
});

test("the capability and batch may be requested in any order, and neither needs the other", () => {
  for (const order of [METADATA, METADATA.toReversed()]) {
    const mina = new Scene().guest("mina");
    for (const cap of order) mina.says(`CAP REQ :${cap}`);
    expect(mina.hears().map((line) => line.split(" ")[3])).toEqual(["ACK", "ACK"]);
    expect(mina.says("METADATA * LIST").hears()).toEqual([
      ":tea.test BATCH +1 metadata mina",
      ":tea.test BATCH -1",
    ]);
  }
});

test("any valid key may be subscribed to, also one that the user can't set", () => {
  const { jun } = teahouse();
  jun.says("METADATA * SUB sodam.chat/keep-days 0-9._/z");
  expect(jun.hears()).toEqual([":tea.test 770 jun sodam.chat/keep-days 0-9._/z"]);
});

test("without a message of the day the user's own metadata comes before 422", () => {
  const mina = new Scene({ motd: [] }).connect().introduces("mina", METADATA);
  expect(mina.hearsVerbs().slice(-4)).toEqual(["BATCH", "BATCH", "422", "221"]);
});

test("subscribed values of the user themselves are sent, except to the session that changes them", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SUB url");
  mina.hears();
  mina.says("METADATA * SET url 1", "METADATA * SET url");
  expect(mina.hearsVerbs()).toEqual(["761", "766"]);
  scene.person("mina").says("METADATA * SET url 2");
  expect(mina.hears()).toEqual([`:${MINA} METADATA mina url * 2`]);
});

test("a user has at most twenty keys, and can still change those", () => {
  const { mina } = teahouse();
  for (let i = 0; i < 20; i += 1) mina.says(`METADATA * SET key${i} 1`);
  mina.hears();
  mina.says("METADATA * SET more 1", "METADATA * SET key3 2");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL METADATA LIMIT_REACHED mina :There are 20 keys already",
    ":tea.test 761 mina mina key3 * 2",
  ]);
});

test("a change is sent only to sessions that subscribed to the key", () => {
  const { scene, mina, jun, sora } = teahouse();
  const bora = scene.guest("bora", ...METADATA).says("METADATA * SUB url");
  bora.hears();
  mina.says("METADATA * SET url 1", "METADATA * SET note 2", "METADATA #tea SET url 3");
  expect(jun.hears()).toEqual([`:${MINA} METADATA mina url * 1`, `:${MINA} METADATA #tea url * 3`]);
  for (const one of [sora, bora]) expect(one.hears()).toEqual([]);
  jun.says("METADATA * UNSUB url");
  jun.hears();
  mina.says("METADATA * SET url 4");
  expect(jun.hears()).toEqual([]);
});

test("after the capability is disabled, no changes are sent", () => {
  const { mina, jun } = teahouse();
  jun.says("CAP REQ -draft/metadata-2");
  jun.hears();
  mina.says("METADATA * SET url 1");
  expect(jun.hears()).toEqual([]);
});

test("the user's other sessions get the change, and the session that set it gets its reply", () => {
  const { scene, mina } = teahouse();
  const phone = scene.person("mina", ...METADATA, "server-time").says("METADATA * SUB url");
  phone.hears();
  mina.says("METADATA * SUB url");
  mina.hears();
  mina.says("METADATA * SET url 1");
  expect(mina.hears()).toEqual([":tea.test 761 mina mina url * 1"]);
  expect(phone.hears()).toEqual([`@time=2026-11-22T00:30:00.000Z :${MINA} METADATA mina url * 1`]);
});

test("in an auditorium the listeners don't get each other's metadata", () => {
  const { mina, jun, sora } = teahouse();
  mina.says("METADATA * SUB url", "MODE #tea +u");
  mina.hears();
  jun.hears();
  sora.says("METADATA * SET url 1");
  expect(jun.hears()).toEqual([]);
  expect(mina.hears()).toEqual([":sora!~sora@guest.test METADATA sora url * 1"]);
  jun.says("METADATA #tea SYNC");
  expect(jun.hears()).toEqual([":tea.test BATCH +2 metadata #tea", ":tea.test BATCH -2"]);
});

test("neither does a new subscription in an auditorium", () => {
  const { scene, mina, sora } = teahouse();
  mina.says("MODE #tea +u");
  sora.says("METADATA * SET url 1");
  const bora = scene.guest("bora", ...METADATA).says("JOIN #tea");
  bora.hears();
  bora.says("METADATA * SUB url");
  expect(bora.hears()).toEqual([":tea.test 770 bora url"]);
});

test("a session that MONITORs a user gets their metadata at once, when they come online, and on a change", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1");
  const bora = scene.guest("bora", ...METADATA).says("METADATA * SUB url", "MONITOR + mina");
  expect(bora.hears()).toEqual([
    ":tea.test 770 bora url",
    `:tea.test 730 bora ${MINA}`,
    ":tea.test METADATA mina url * 1",
  ]);
  mina.says("METADATA * SET url 2");
  expect(bora.hears()).toEqual([`:${MINA} METADATA mina url * 2`]);
  mina.says("QUIT");
  bora.hears();
  scene.person("mina");
  expect(bora.hears()).toEqual([`:tea.test 730 bora ${MINA}`, ":tea.test METADATA mina url * 2"]);
});

test("SUB answers in order, and tells what there is now", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA #tea SET note 2", "METADATA * SET other 3");
  const jun = scene.person("jun", ...METADATA).says("METADATA * SUB url $bad note url");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL METADATA KEY_INVALID $bad :A key can have a to z, 0 to 9 and _ . / -",
    ":tea.test 770 jun url note",
    ":tea.test METADATA #tea note * 2",
    ":tea.test METADATA mina url * 1",
  ]);
  jun.says("METADATA * SUB url", "METADATA * SUBS");
  expect(jun.hears()).toEqual([
    ":tea.test 770 jun url",
    ":tea.test BATCH +2 metadata-subs",
    "@batch=2 :tea.test 772 jun url note",
    ":tea.test BATCH -2",
  ]);
});

test("UNSUB is answered for every key, and SUBS without any is an empty batch", () => {
  const { jun } = teahouse();
  jun.says("METADATA * UNSUB url other url $bad", "METADATA * SUBS");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL METADATA KEY_INVALID $bad :A key can have a to z, 0 to 9 and _ . / -",
    ":tea.test 771 jun url other",
    ":tea.test BATCH +2 metadata-subs",
    ":tea.test BATCH -2",
  ]);
});

test("with too many subscriptions, the first refused key is named", () => {
  const { mina } = teahouse();
  const keys = Array.from({ length: 49 }, (_, i) => `k${i}`);
  while (keys.length > 0) mina.says(`METADATA * SUB ${keys.splice(0, 12).join(" ")}`);
  mina.hears();
  mina.says("METADATA * SUB a b c");
  expect(mina.hears()).toEqual([
    ":tea.test FAIL METADATA TOO_MANY_SUBS b :You can subscribe to at most 50 keys",
    ":tea.test 770 mina a",
  ]);
});

test("JOIN is followed by the subscribed values of the room and its members", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA #tea SET url 2", "METADATA #tea SET note 3");
  const bora = scene.guest("bora", ...METADATA).says("METADATA * SUB url", "JOIN #tea");
  expect(bora.hears().slice(-4)).toEqual([
    ":tea.test BATCH +2 metadata #tea",
    "@batch=2 :tea.test METADATA #tea url * 2",
    "@batch=2 :tea.test METADATA mina url * 1",
    ":tea.test BATCH -2",
  ]);
  const sora = scene.guest("dora", ...METADATA).says("JOIN #tea");
  expect(sora.hears().at(-1)).toContain(" 366 ");
});

test("for a large room the client is asked to SYNC later, and SYNC sends the values", () => {
  const { scene, mina } = teahouse();
  for (let i = 0; i < 500; i += 1) scene.guest(`g${i}`).says("JOIN #tea");
  mina.says("METADATA #tea SET url 1");
  const bora = scene.guest("bora", ...METADATA).says("METADATA * SUB url", "JOIN #tea");
  expect(bora.hears().at(-1)).toBe(":tea.test 774 bora #tea 1");
  bora.says("METADATA * UNSUB url", "METADATA * SUB url");
  expect(bora.hears()).toEqual([
    ":tea.test 771 bora url",
    ":tea.test 770 bora url",
    ":tea.test 774 bora #tea 1",
  ]);
  bora.says("METADATA #tea SYNC");
  expect(bora.hears()).toEqual([
    ":tea.test BATCH +2 metadata #tea",
    "@batch=2 :tea.test METADATA #tea url * 1",
    ":tea.test BATCH -2",
  ]);
});

test("SYNC of a user sends only their subscribed values", () => {
  const { mina, jun } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA * SET note 2");
  jun.hears();
  jun.says("METADATA mina SYNC", "METADATA * SYNC");
  expect(jun.hears()).toEqual([
    ":tea.test BATCH +2 metadata mina",
    "@batch=2 :tea.test METADATA mina url * 1",
    ":tea.test BATCH -2",
    ":tea.test BATCH +3 metadata jun",
    ":tea.test BATCH -3",
  ]);
});

test("SYNC reveals a room's members only to members", () => {
  const { scene } = teahouse();
  const bora = scene.guest("bora", ...METADATA).says("METADATA #tea SYNC");
  expect(bora.hears()).toEqual([
    ":tea.test FAIL METADATA INVALID_TARGET #tea :There is no such room or person",
  ]);
});

test("for non-members a secret room is the same as an unknown one", () => {
  const { scene, mina } = teahouse();
  mina.says("MODE #tea +s", "METADATA #tea SET url 1");
  const bora = scene.guest("bora", ...METADATA).says("METADATA * SUB url");
  bora.hears();
  for (const what of ["GET url", "LIST", "SYNC", "SET url 2", "CLEAR"]) {
    bora.says(`METADATA #tea ${what}`, `METADATA #nil ${what}`);
    const [one = "", other] = bora.hears();
    expect(one.replace("#tea", "#nil")).toBe(other as string);
  }
});

test.each(["+i", "+k milk", "+b bora"])(
  "of a room with %s those whom it keeps out learn nothing",
  (modes) => {
    const { scene, mina } = teahouse();
    mina.says(`MODE #tea ${modes}`, "METADATA #tea SET url 1");
    const bora = scene.guest("bora", ...METADATA).says("METADATA * SUB url");
    bora.hears();
    for (const what of ["GET url", "LIST", "SYNC"]) bora.says(`METADATA #tea ${what}`);
    expect(bora.hears()).toEqual(
      Array(3).fill(":tea.test FAIL METADATA INVALID_TARGET #tea :There is no such room or person"),
    );
    mina.says("INVITE bora #tea");
    expect(bora.says("METADATA #tea GET url").hears().join()).toContain(" 761 ");
  },
);

test("keys set before registration are the user's afterwards", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const mina = scene.connect().says("CAP LS 302", `CAP REQ :${METADATA.join(" ")}`);
  mina.hears();
  mina.says(
    "METADATA * SUB url",
    "METADATA * SET url :a b c",
    "METADATA * SET note 1",
    "METADATA * SET note",
    "METADATA mina SET url 1",
    "METADATA * GET url note",
    "METADATA * SYNC",
    "METADATA * SUBS",
  );
  expect(mina.hears()).toEqual([
    ":tea.test 770 * url",
    ":tea.test 761 * * url * :a b c",
    ":tea.test 761 * * note * 1",
    ":tea.test 766 * * note :There is nothing under that key",
    ":tea.test FAIL METADATA INVALID_TARGET mina :There is no such room or person",
    ":tea.test BATCH +1 metadata *",
    "@batch=1 :tea.test 761 * * url * :a b c",
    "@batch=1 :tea.test 766 * * note :There is nothing under that key",
    ":tea.test BATCH -1",
    ":tea.test BATCH +2 metadata *",
    ":tea.test BATCH -2",
    ":tea.test BATCH +3 metadata-subs",
    "@batch=3 :tea.test 772 * url",
    ":tea.test BATCH -3",
  ]);
  mina.logsIn("mina", METADATA);
  const heard = mina.hears();
  const at = heard.indexOf(":tea.test BATCH +4 metadata mina");
  expect(heard.slice(at, at + 4)).toEqual([
    ":tea.test BATCH +4 metadata mina",
    "@batch=4 :tea.test METADATA mina url * :a b c",
    ":tea.test BATCH -4",
    ":tea.test 375 mina :- Message of the day of Teahouse -",
  ]);
});

test("the greeting has an empty batch for a user without metadata, and none without the capability", () => {
  const scene = new Scene();
  const mina = scene.connect().introduces("mina", METADATA);
  expect(mina.hears().filter((line) => line.includes("BATCH"))).toEqual([
    ":tea.test BATCH +1 metadata mina",
    ":tea.test BATCH -1",
  ]);
  const jun = scene.connect().introduces("jun", ["batch"]);
  expect(jun.hears().join()).not.toContain("BATCH");
});

test("keys set before registration are sent to subscribers afterwards", () => {
  const { scene, jun } = teahouse();
  const phone = scene.connect().says("METADATA * SET url 1").logsIn("mina", METADATA);
  expect(jun.hears()).toEqual([`:${MINA} METADATA mina url * 1`]);
  expect(phone.hears().join("|")).toContain(" METADATA mina url * 1|");
});

/** Applies the people's journal, as a start does. */
function replayPeople(state: State, scene: Scene): void {
  const people = scene.people as PersonChange[];
  restore(state, { snapshot: EMPTY_SNAPSHOT, later: [], people, recent: new Map() });
}

test("keys set before registration are accepted up to the limit", () => {
  const { scene, mina } = teahouse();
  for (let i = 0; i < 20; i += 1) mina.says(`METADATA * SET key${i} 1`);
  scene.connect().says("METADATA * SET more 1", "METADATA * SET key3 2").logsIn("mina");
  mina.hears();
  mina.says("METADATA * GET more key3");
  expect(mina.hearsPlain().slice(1, -1)).toEqual([
    ":tea.test 766 mina mina more :There is nothing under that key",
    ":tea.test 761 mina mina key3 * 2",
  ]);
});

test("metadata is restored from the journal alone, also of a renamed room", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA #tea SET url 2", "METADATA #tea SET note 3");
  mina.says("METADATA #tea SET note", "RENAME #tea #coffee");
  const { state } = scene.restart().server;
  const kept = [state.rooms.byName("#coffee"), state.users.byNick(fold("mina"))];
  for (const one of kept) one?.metadata.clear();
  replayPeople(state, scene);
  expect(kept.map((one) => [...(one?.metadata ?? [])])).toEqual([[["url", "2"]], [["url", "1"]]]);
});

test("a later account with a deleted account's name doesn't get its metadata", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1", "ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
  const again = scene.restart();
  again.signUp("mina");
  replayPeople(again.server.state, scene);
  const other = again.person("mina").says("METADATA * LIST");
  expect(other.hears()).toEqual([]);
});

test("an account's and a room's metadata outlast a restart, and a room's its renaming", () => {
  const { scene, mina } = teahouse();
  mina.says("METADATA * SET url 1", "METADATA #tea SET sodam.chat/pinned :Mind the kettle");
  mina.says("RENAME #tea #coffee");
  const again = scene.restart().person("mina", ...METADATA);
  again.says("METADATA * GET url", "METADATA #coffee GET sodam.chat/pinned");
  expect(again.hears().filter((line) => line.includes(" 761 "))).toEqual([
    "@batch=2 :tea.test 761 mina mina url * 1",
    "@batch=3 :tea.test 761 mina #coffee sodam.chat/pinned * :Mind the kettle",
  ]);
});

test("a value that can't be stored isn't set", () => {
  const { scene, mina, jun } = teahouse();
  scene.diskFull = true;
  mina.says("METADATA * SET url 1");
  expect(mina.hears().join()).toContain("FAIL METADATA TEMPORARILY_UNAVAILABLE mina ");
  expect(jun.hears()).toEqual([]);
  mina.says("METADATA * GET url");
  expect(mina.hears()[1]).toContain(" 766 ");
});

test("a value of the greatest length is sent whole in every line", () => {
  const scene = new Scene();
  const nick = "n".repeat(32);
  const room = `#${"r".repeat(63)}`;
  const mina = scene.guest(nick, ...METADATA).says(`JOIN ${room}`);
  const jun = scene.guest("jun", ...METADATA).says(`JOIN ${room}`);
  const key = "k".repeat(40);
  jun.says(`METADATA * SUB ${key}`);
  jun.hears();
  const value = `${"v ".repeat(139)}vv`;
  mina.says(`METADATA ${room} SET ${key} :${value}`);
  expect(mina.hears().at(-1)).toEndWith(` * :${value}`);
  expect(jun.hears().at(-1)).toEndWith(` * :${value}`);
});

import { describe, expect, spyOn, test } from "bun:test";
import {
  ANSWER_BYTES_MAX,
  DIRECTS_PER_USER_MAX,
  GUEST_MESSAGE_BYTES_MAX,
  GUEST_MESSAGES_MAX,
  HISTORY_PAGE_BYTES_MAX,
  INVITATIONS_MAX,
  INVITATIONS_PER_INVITER_MAX,
  RECENT_LETTERS_MAX,
  ROOMS_FOR_GUESTS_MAX,
  ROOMS_MAX,
  ROWS_MAX,
  WHOWAS_MAX,
} from "../../lib/chat-server/limits.ts";
import { Room, roomId } from "../../lib/chat-server/rooms/room.ts";
import { parseRoomName } from "../../lib/protocol/names.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** Limits that no play of a specification reaches: the replies there, and that the server keeps working. */

function userOf(actor: Actor) {
  const { user } = actor.session;
  if (user === null) throw new Error("nobody is here");
  return user;
}

describe("on a server with ROOMS_MAX rooms", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const { state } = scene.server;
  const { identity } = userOf(mina);
  for (let i = 0; i < ROOMS_MAX; i += 1) {
    const name = parseRoomName(`#r${i}`);
    if (name !== null) state.createRoom(new Room(roomId(name, `id${i}`), name), identity);
  }

  test("no room is created until one is dropped", () => {
    expect(mina.says("JOIN #tea").hears()).toEqual([
      ":tea.test 437 mina #tea :The server has too many rooms",
    ]);
    mina.says("JOIN #r7");
    expect(mina.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
    mina.says("PART #r7", "JOIN #tea");
    expect(mina.hearsVerbs()).toEqual(["PART", "JOIN", "353", "366"]);
  });

  test("ACCOUNT DATA ends before automatic ranks in all rooms overflow the link", () => {
    for (const room of state.rooms.all()) room.autoRanks.set(accountId("mina"), "v");
    const lines = mina.says("ACCOUNT DATA").hears();
    const bytes = lines.reduce((sum, line) => sum + line.length + 2, 0);
    expect(bytes).toBeLessThan(ANSWER_BYTES_MAX + 1000);
    expect(lines.at(-1)).toEndWith(" DATA_END :End of your data");
    for (const room of state.rooms.all()) room.autoRanks.clear();
  });

  test("LIST sends ROWS_MAX rooms, and says that there are more", () => {
    const heard = mina.says("LIST").hears();
    expect(heard.filter((line) => line.includes(" 322 "))).toHaveLength(ROWS_MAX);
    expect(heard.at(-1)).toBe(
      ":tea.test 323 mina :There are more rooms: search for some of them, as in LIST #t*",
    );
    expect(mina.says("LIST #r19*0").hears().at(-1)).toBe(":tea.test 323 mina :End of the list");
  });
});

test("few of the longest messages are in memory, in many rooms, and after a restart", () => {
  const scene = new Scene();
  const mina = scene.person("mina", "batch", "draft/multiline", "message-tags");
  const jun = scene.person("jun", "sodam.chat/unread").says("JOIN #tea");
  mina.says("JOIN #tea");
  for (let n = 0; n < 60; n += 1) {
    mina.says(`BATCH +${n} draft/multiline #tea`);
    for (let i = 0; i < 20; i += 1) mina.says(`@batch=${n} PRIVMSG #tea :${"x".repeat(390)}`);
    mina.says(`BATCH -${n}`);
  }
  const lettersIn = (stage: Scene): number =>
    (stage.server.state.rooms.byName("#tea")?.recentEvents ?? []).reduce(
      (sum, event) => sum + (event.kind === "said" ? event.text.length : 0),
      0,
    );
  for (const stage of [scene, scene.restart()]) {
    expect(lettersIn(stage)).toBeGreaterThan(RECENT_LETTERS_MAX / 2);
    expect(lettersIn(stage)).toBeLessThanOrEqual(RECENT_LETTERS_MAX);
  }
  jun.hears();
  jun.says(`MARKREAD #tea timestamp=${new Date(scene.now - 1).toISOString()}`);
  expect(jun.hears().at(-1)).toBe(":tea.test UNREAD #tea 60 0");
});

test("rooms of guests leave the last quarter to members", () => {
  const scene = new Scene();
  const [guest, mina] = [scene.guest("guest"), scene.person("mina")];
  const { state } = scene.server;
  const { identity } = userOf(guest);
  for (let i = 0; i < ROOMS_FOR_GUESTS_MAX; i += 1) {
    const name = parseRoomName(`#r${i}`);
    if (name !== null) state.createRoom(new Room(roomId(name, `id${i}`), name), identity);
  }
  expect(guest.says("JOIN #tea").hears()).toEqual([
    ":tea.test 437 guest #tea :The server has too many rooms",
  ]);
  mina.says("JOIN #tea");
  expect(mina.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
  guest.says("JOIN #tea");
  expect(guest.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
});

testWithOneServer("a user with DIRECTS_PER_USER_MAX conversations can't begin another", () => {
  const scene = new Scene();
  const [mina, jun, yuna] = [scene.person("mina"), scene.person("jun"), scene.person("yuna")];
  const { state } = scene.server;
  const { identity } = userOf(mina);
  mina.says("PRIVMSG jun :first");
  for (let i = 1; i < DIRECTS_PER_USER_MAX; i += 1) {
    state.directConversation(accountId("mina"), accountId(`friend${i}`), identity);
  }
  mina.hears();
  expect(mina.says("PRIVMSG yuna :hello").hears()).toEqual([
    ":tea.test 531 mina yuna :You have direct messages with too many people",
  ]);
  expect(yuna.hears()).toEqual([]);
  jun.hears();
  mina.says("PRIVMSG jun :again");
  expect(jun.hears()).toEqual([`:${userOf(mina).source} PRIVMSG jun :again`]);
});

test("a user has a hundred invitations at most, and ten of one inviter: the oldest are dropped", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  const rooms = () =>
    mina
      .says("INVITE")
      .hears()
      .flatMap((line) => / 336 mina (\S+)/.exec(line)?.[1] ?? []);
  const invites = (name: string, count: number) => {
    const inviter = scene.person(name);
    for (let i = 0; i < count; i += 1) {
      inviter.says(`JOIN #${name}${i}`, `INVITE mina #${name}${i}`);
    }
    mina.hears();
  };
  invites("p0", INVITATIONS_PER_INVITER_MAX + 2);
  expect(rooms().slice(0, 2)).toEqual(["#p02", "#p03"]);
  expect(rooms()).toHaveLength(INVITATIONS_PER_INVITER_MAX);
  const others = INVITATIONS_MAX / INVITATIONS_PER_INVITER_MAX;
  for (let i = 1; i < others; i += 1) invites(`p${i}`, INVITATIONS_PER_INVITER_MAX);
  expect(rooms()).toHaveLength(INVITATIONS_MAX);
  expect(rooms()[0]).toBe("#p02");
  invites("sora", 1);
  expect(rooms()).toHaveLength(INVITATIONS_MAX);
  expect(rooms()[0]).toBe("#p03");
  expect(rooms().at(-1)).toBe("#sora0");
});

test("WHOWAS has the newest former nicks", () => {
  const scene = new Scene();
  const mina = scene.guest("first");
  mina.says("NICK second");
  for (let i = 0; i < WHOWAS_MAX - 2; i += 1) mina.says(`NICK n${i}`);
  mina.hears();
  mina.says("WHOWAS first");
  expect(mina.hearsVerbs()).toContain("314");
  mina.says("NICK last", "NICK latest");
  mina.hears();
  mina.says("WHOWAS first");
  expect(mina.hearsVerbs()).toEqual(["406", "369"]);
  mina.says("WHOWAS second");
  expect(mina.hearsVerbs()).toContain("314");
});

test("on connecting, the direct messages of the newest twenty people are replayed", () => {
  const scene = new Scene();
  const mina = scene.person("mina");
  mina.vanishes();
  for (let i = 1; i <= 21; i += 1) {
    scene.person(`friend${i}`).says(`PRIVMSG mina :hello from ${i}`);
    scene.passes(1000);
  }
  const back = scene.connect().logsIn("mina");
  const shown = back
    .hears()
    .flatMap((line) => / :(?:\[.*\] )?hello from (\d+)$/.exec(line)?.[1] ?? []);
  expect(shown).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 2)));
});

test("a guest's long messages are stored up to GUEST_MESSAGE_BYTES_MAX", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.guest("mina", "batch", "draft/multiline"), scene.guest("jun")];
  for (let i = 0; i < 12; i += 1) sends(mina, "jun", Array(20).fill(`${i}${"x".repeat(400)}`));
  const texts = userOf(jun).guestMessages.flatMap(({ event }) => event.text);
  expect(texts).toHaveLength(8);
  expect(texts.at(-1)).toStartWith("11x");
  expect(texts.join("").length).toBeLessThanOrEqual(GUEST_MESSAGE_BYTES_MAX);
  expect(userOf(mina).guestMessages).toEqual(
    userOf(jun).guestMessages.map((one) => ({ ...one, peer: userOf(jun) })),
  );
});

test("a page of a guest's messages is limited in bytes, in either direction", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "batch", "draft/multiline", "message-tags");
  const jun = scene.guest("jun", "batch", "message-tags");
  const reply = `@+draft/reply=${"x".repeat(400)} `;
  for (let i = 0; i < GUEST_MESSAGES_MAX; i += 1)
    sends(mina, "jun", Array(99).fill(String(i)), reply);
  const middle = userOf(jun).guestMessages[25]?.event.msgid;
  const start = "timestamp=2000-01-01T00:00:00.000Z";
  for (const [page, text] of [
    ["LATEST mina *", "49"],
    [`AFTER mina ${start}`, "0"],
    [`AROUND mina msgid=${middle}`, "25"],
  ]) {
    jun.hears();
    const lines = jun.says(`CHATHISTORY ${page} 50`).hears();
    const bytes = lines.reduce((sum, line) => sum + line.length + 2, 0);
    expect(bytes).toBeGreaterThan(HISTORY_PAGE_BYTES_MAX / 3);
    expect(bytes).toBeLessThan(HISTORY_PAGE_BYTES_MAX * 1.1);
    expect(lines.filter((line) => line.endsWith(` PRIVMSG jun :${text}`))).toHaveLength(99);
  }
});

test("a multiline message with all tags costs each reader about 25 KB", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "batch", "draft/multiline", "message-tags").says("JOIN #tea");
  const jun = scene.guest("jun", "message-tags", "server-time").says("JOIN #tea");
  jun.hears();
  const tags = `@+reply=x;+draft/reply=${"r".repeat(2000)};+large=${"z".repeat(2000)} `;
  sends(mina, "#tea", Array(100).fill("y".repeat(80)), tags);
  const lines = jun.hears();
  expect(lines).toHaveLength(100);
  expect(lines[0]).toContain(";+reply=x;+draft/reply=rrr");
  expect(lines[0]).toContain("zzz ");
  expect(lines[99]).toBe(
    `@time=2026-11-22T00:30:00.003Z;+reply=x :mina!~mina@guest.test PRIVMSG #tea :${"y".repeat(80)}`,
  );
  expect(lines.join("\r\n").length).toBeLessThan(30_000);
});

test("metadata of many users is cut at a reply's limit, with a WARN", () => {
  const scene = new Scene();
  const room = "#crowd";
  const sora = scene.guest("sora", "draft/metadata-2").says(`JOIN ${room}`);
  const mina = scene.guest("mina", "draft/metadata-3").says(`JOIN ${room}`);
  const crowd = Array.from({ length: 300 }, (_, i) => scene.guest(`g${i}`).says(`JOIN ${room}`));
  const keys = Array.from({ length: 20 }, (_, i) => `k${i}`);
  const everybodySets = (value: string) => {
    for (const actor of crowd) for (const key of keys) userOf(actor).metadata.set(key, value);
  };
  for (const actor of [sora, mina]) actor.says(`METADATA * SUB ${keys.join(" ")}`).hears();
  everybodySets("x".repeat(280));
  const more = ":There is more: request fewer keys or targets at once";
  const answers = [
    [sora, `METADATA ${room} SYNC`, `WARN METADATA LIMIT_REACHED ${room} ${more}`],
    [mina, `METADATA ${room} SYNC`, `WARN METADATA LIMIT_REACHED ${room} `],
    [mina, "METADATA *ALL SYNC", "WARN METADATA LIMIT_REACHED *ALL "],
  ] as const;
  for (const [reader, line, end] of answers) {
    const lines = reader.says(line).hears();
    const bytes = lines.reduce((sum, { length }) => sum + length + 2, 0);
    expect(bytes).toBeGreaterThan(ANSWER_BYTES_MAX);
    expect(bytes).toBeLessThan(ANSWER_BYTES_MAX + 1000);
    expect(lines.at(-1)).toStartWith(`:tea.test ${end}`);
  }
  everybodySets("x");
  const heard = mina.says(`METADATA ${room} SYNC`).hears();
  expect(heard.filter((line) => line.includes(" 761 "))).toHaveLength(ROWS_MAX);
  expect(heard.at(-1)).toBe(`:tea.test WARN METADATA LIMIT_REACHED ${room} ${ROWS_MAX} ${more}`);
});

test("a session without subscriptions visits no members of a room", () => {
  const scene = new Scene();
  scene.guest("mina").says("JOIN #tea");
  const members = scene.server.state.rooms.byName("#tea")?.members;
  if (members === undefined) throw new Error("no such room");
  const keys = spyOn(members, "keys");
  const walks = (joins: Actor) => {
    keys.mockClear();
    joins.says("JOIN #tea");
    return keys.mock.calls.length;
  };
  const usual = walks(scene.guest("bora"));
  expect(walks(scene.guest("jun", "draft/metadata-2"))).toBe(usual);
  expect(walks(scene.guest("sora", "draft/metadata-3"))).toBe(usual);
});

function sends(actor: Actor, target: string, lines: readonly string[], opening = ""): void {
  const parts = lines.map((line) => `@batch=b PRIVMSG ${target} :${line}`);
  actor.says(`${opening}BATCH +b draft/multiline ${target}`, ...parts, "BATCH -b");
}

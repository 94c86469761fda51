import { expect, test } from "bun:test";
import { type Actor, OPENING_TIME, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/chathistory */

const CAPS = ["draft/chathistory", "batch", "server-time", "message-tags"];

/** A room in which jun sent "1" to "5", a minute apart, and mina, who reads. */
function teahouse(...caps: string[]) {
  const scene = new Scene();
  const jun = scene.person("jun").says("JOIN #tea");
  for (const text of ["1", "2", "3", "4", "5"]) {
    scene.passes(60_000);
    jun.says(`PRIVMSG #tea :${text}`);
  }
  const mina = scene.person("mina", ...(caps.length === 0 ? CAPS : caps)).says("JOIN #tea");
  mina.hears();
  jun.hears();
  return { scene, jun, mina };
}

/** The texts of a page, without the ends of its batch. */
function texts(mina: Actor): string {
  return mina
    .hears()
    .flatMap((line) => / PRIVMSG #tea :(.*)/.exec(line)?.[1] ?? [])
    .join("");
}

/** The history point this many minutes after the opening; text n was sent at minute n. */
function at(minutes: number): string {
  return `timestamp=${new Date(OPENING_TIME + minutes * 60_000).toISOString()}`;
}

test("a session with the capability gets no replay on joining", () => {
  const { mina } = teahouse();
  mina.says("PART #tea");
  mina.hears();
  mina.says("JOIN #tea");
  expect(mina.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
});

test("a page is a batch of type chathistory with the room's own name", () => {
  const { mina } = teahouse();
  mina.says("CHATHISTORY LATEST #TEA * 2");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    "@batch=1;time=2026-11-22T00:34:00.000Z;msgid=id00000000000007 :jun!u@jun000000001.account PRIVMSG #tea :4",
    "@batch=1;time=2026-11-22T00:35:00.000Z;msgid=id00000000000008 :jun!u@jun000000001.account PRIVMSG #tea :5",
    ":tea.test BATCH -1",
  ]);
});

test("without batch and server-time the lines are sent plain", () => {
  const { mina } = teahouse("draft/chathistory");
  mina.says("CHATHISTORY LATEST #tea * 2");
  expect(mina.hears()).toEqual([
    ":jun!u@jun000000001.account PRIVMSG #tea :4",
    ":jun!u@jun000000001.account PRIVMSG #tea :5",
  ]);
});

test("each subcommand returns its part of the conversation", () => {
  const { mina } = teahouse();
  const rows: [string, string][] = [
    ["LATEST #tea * 3", "345"],
    ["LATEST #tea * 100", "12345"],
    [`LATEST #tea ${at(3)} 100`, "45"],
    [`LATEST #tea ${at(3)} 1`, "5"],
    [`BEFORE #tea ${at(3)} 100`, "12"],
    [`BEFORE #tea ${at(3)} 1`, "2"],
    [`AFTER #tea ${at(3)} 100`, "45"],
    [`AFTER #tea ${at(3)} 1`, "4"],
    [`AROUND #tea ${at(3)} 3`, "234"],
    [`BETWEEN #tea ${at(1)} ${at(4)} 100`, "23"],
    [`BETWEEN #tea ${at(1)} ${at(5)} 2`, "23"],
    [`BETWEEN #tea ${at(5)} ${at(1)} 2`, "34"],
    [`latest #tea * 1`, "5"],
  ];
  for (const [asked, wanted] of rows) {
    expect([asked, texts(mina.says(`CHATHISTORY ${asked}`))]).toEqual([asked, wanted]);
  }
});

test("a point can be a msgid in place of a time", () => {
  const { mina } = teahouse();
  mina.says("CHATHISTORY AROUND #tea msgid=id00000000000006 1");
  const id = /msgid=([^; ]+)/.exec(mina.hears()[1] ?? "")?.[1];
  expect(id).toBe("id00000000000006");
  const rows: [string, string][] = [
    [`BEFORE #tea msgid=${id} 100`, "12"],
    [`AFTER #tea msgid=${id} 100`, "45"],
    [`AROUND #tea msgid=${id} 3`, "234"],
    [`LATEST #tea msgid=${id} 100`, "45"],
    [`BETWEEN #tea msgid=${id} ${at(5)} 100`, "4"],
    [`BETWEEN #tea ${at(5)} msgid=${id} 100`, "4"],
    [`BETWEEN #tea msgid=id00000000000004 msgid=id00000000000008 100`, "234"],
    [`BETWEEN #tea msgid=id00000000000004 msgid=id00000000000008 2`, "23"],
    [`BETWEEN #tea msgid=id00000000000008 msgid=id00000000000004 2`, "34"],
    [`BETWEEN #tea msgid=${id} msgid=${id} 100`, ""],
    [`LATEST #tea msgid=nothing 100`, ""],
    [`AROUND #tea msgid=nothing 100`, ""],
  ];
  for (const [asked, wanted] of rows) {
    expect([asked, texts(mina.says(`CHATHISTORY ${asked}`))]).toEqual([asked, wanted]);
  }
});

test("lines of a page have the msgid and time with which they were relayed", () => {
  const { jun, mina } = teahouse();
  jun.says("PRIVMSG #tea :6", "NOTICE #tea :7");
  const relayed = mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 2");
  const page = mina.hears().slice(1, -1);
  expect(page.map((line) => line.replace("batch=1;", ""))).toEqual(relayed);
});

test("a session without the capability may request a page as well", () => {
  const { scene } = teahouse();
  const sora = scene.guest("sora").says("JOIN #tea");
  sora.hears();
  expect(texts(sora.says("CHATHISTORY LATEST #tea * 2"))).toBe("45");
});

test("a page has at most the announced number of messages", () => {
  const scene = new Scene();
  const mina = scene.connect().introduces("mina", CAPS);
  const tokens = mina.hears().flatMap((line) => line.split(" "));
  expect(tokens).toContain("CHATHISTORY=200");
  expect(tokens).toContain("MSGREFTYPES=msgid,timestamp");
  mina.says("JOIN #tea");
  for (let i = 0; i < 205; i += 1) mina.says(`PRIVMSG #tea :x`);
  mina.hears();
  expect(texts(mina.says("CHATHISTORY LATEST #tea * 999999"))).toBe("x".repeat(200));
});

test("each error has its code", () => {
  const { mina } = teahouse();
  mina.says(
    "CHATHISTORY",
    "CHATHISTORY POUR #tea * 10",
    "CHATHISTORY LATEST #tea *",
    "CHATHISTORY LATEST #tea * 10 more",
    "CHATHISTORY LATEST #tea * many",
    "CHATHISTORY LATEST #tea * 0",
    "CHATHISTORY LATEST #tea * -1",
    "CHATHISTORY LATEST #tea yesterday 10",
    "CHATHISTORY LATEST #tea timestamp=2026-02-30T00:00:00.000Z 10",
    "CHATHISTORY LATEST #tea line=7 10",
    `CHATHISTORY BETWEEN #tea ${at(1)} line=7 10`,
    `CHATHISTORY BETWEEN #tea ${at(1)} ${at(2)} none`,
    "CHATHISTORY BEFORE #tea * 10",
    `CHATHISTORY BETWEEN #tea ${at(1)} * 10`,
    `CHATHISTORY BETWEEN #tea ${at(1)} 10`,
    "CHATHISTORY TARGETS * * 10",
    `CHATHISTORY TARGETS ${at(1)} msgid=x 10`,
  );
  expect(mina.hears()).toEqual([
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS :Unknown subcommand",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS POUR :Unknown subcommand",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST :Too few parameters",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST :Too many parameters",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST many :Give a number of messages",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST 0 :Give a number of messages",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST -1 :Give a number of messages",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST yesterday :Give a message as timestamp=… or msgid=…",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS LATEST timestamp=2026-02-30T00:00:00.000Z :Give a message as timestamp=… or msgid=…",
    ":tea.test FAIL CHATHISTORY INVALID_MSGREFTYPE LATEST #tea line=7 :Give a message as timestamp=… or msgid=…",
    ":tea.test FAIL CHATHISTORY INVALID_MSGREFTYPE BETWEEN #tea line=7 :Give a message as timestamp=… or msgid=…",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS BETWEEN none :Give a number of messages",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS BEFORE * :Only LATEST accepts *",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS BETWEEN * :Only LATEST accepts *",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS BETWEEN :Too few parameters",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS TARGETS :TARGETS takes two timestamps and a number",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS TARGETS :TARGETS takes two timestamps and a number",
  ]);
});

test("a room that the user isn't in, one that doesn't exist and an unknown nick are INVALID_TARGET", () => {
  const { scene, mina } = teahouse();
  scene.guest("sora").says("JOIN #milk");
  mina.says(
    "CHATHISTORY LATEST #milk * 10",
    "CHATHISTORY LATEST #none * 10",
    "CHATHISTORY LATEST nobody * 10",
  );
  expect(mina.hears()).toEqual([
    ":tea.test FAIL CHATHISTORY INVALID_TARGET LATEST #milk :Messages could not be retrieved",
    ":tea.test FAIL CHATHISTORY INVALID_TARGET LATEST #none :Messages could not be retrieved",
    ":tea.test FAIL CHATHISTORY INVALID_TARGET LATEST nobody :Messages could not be retrieved",
  ]);
});

test("a user who is kicked before the answer gets no page", () => {
  const { scene, jun, mina } = teahouse();
  scene.holding = true;
  mina.says("CHATHISTORY LATEST #tea * 10");
  jun.says("KICK #tea mina");
  mina.hears();
  scene.settle();
  expect(mina.hears()).toEqual([
    ":tea.test FAIL CHATHISTORY INVALID_TARGET LATEST #tea :Messages could not be retrieved",
  ]);
});

test("a session that closed before the answer gets nothing", () => {
  const { scene, mina } = teahouse();
  scene.holding = true;
  mina.says("CHATHISTORY LATEST #tea * 10").vanishes();
  mina.hears();
  scene.settle();
  expect(mina.hears()).toEqual([]);
});

test("history from before joining can be read as well", () => {
  const { scene } = teahouse();
  const sora = scene.guest("sora", ...CAPS).says("JOIN #tea");
  sora.hears();
  expect(texts(sora.says("CHATHISTORY LATEST #tea * 100"))).toBe("12345");
});

test("direct messages are one conversation for both users, and each line has the recipient as target", () => {
  const { scene, jun, mina } = teahouse();
  jun.says("PRIVMSG mina :hi", "NICK junho");
  scene.passes(1000);
  mina.says("PRIVMSG junho :hello");
  mina.hears();
  mina.says("CHATHISTORY LATEST JUNHO * 10", "CHATHISTORY LATEST jun * 1");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +1 chathistory JUNHO",
    "@batch=1;time=2026-11-22T00:35:00.001Z;msgid=id00000000000012 :jun!u@jun000000001.account PRIVMSG mina :hi",
    "@batch=1;time=2026-11-22T00:35:01.000Z;msgid=id00000000000013 :mina!u@mina00000001.account PRIVMSG junho :hello",
    ":tea.test BATCH -1",
    ":tea.test BATCH +2 chathistory junho",
    "@batch=2;time=2026-11-22T00:35:01.000Z;msgid=id00000000000013 :mina!u@mina00000001.account PRIVMSG junho :hello",
    ":tea.test BATCH -2",
  ]);
  const other = scene.person("jun", "draft/chathistory", "batch");
  expect(other.says("CHATHISTORY LATEST mina * 10").hears()).toEqual([
    ":tea.test BATCH +1 chathistory mina",
    "@batch=1 :jun!u@jun000000001.account PRIVMSG mina :hi",
    "@batch=1 :mina!u@mina00000001.account PRIVMSG junho :hello",
    ":tea.test BATCH -1",
  ]);
});

test("two people who never wrote to each other have an empty page", () => {
  const { scene, mina } = teahouse();
  scene.signUp("yuna");
  expect(mina.says("CHATHISTORY LATEST Yuna * 10").hears()).toEqual([
    ":tea.test BATCH +1 chathistory Yuna",
    ":tea.test BATCH -1",
  ]);
});

test("both users can read a guest's direct messages until the guest leaves, and no file has them", () => {
  const { scene, mina } = teahouse();
  const sora = scene.guest("sora", ...CAPS);
  const yuna = scene.guest("yuna", ...CAPS);
  const kept = scene.log.conversations().length;
  sora.says("PRIVMSG mina :hi", "@+draft/reply=x PRIVMSG yuna :psst");
  mina.says("NOTICE sora :welcome");
  sora.says("@+draft/react=🍵 TAGMSG mina", "@+typing=active TAGMSG mina");
  for (const one of [sora, mina, yuna]) one.hears();
  const expected = [
    "@batch=_;time=2026-11-22T00:35:00.000Z;msgid=_ :sora!~sora@guest.test PRIVMSG mina :hi",
    "@batch=_;time=2026-11-22T00:35:00.002Z;msgid=_ :mina!u@mina00000001.account NOTICE sora :welcome",
  ];
  const page = (reader: typeof sora, target: string) =>
    reader
      .says(`CHATHISTORY LATEST ${target} * 10`)
      .hears()
      .map((line) => line.replace(/(batch|msgid)=[^; ]+/g, "$1=_").replace(/;account=\w+/, ""))
      .slice(1, -1);
  expect(page(sora, "MINA")).toEqual(expected);
  expect(page(mina, "sora")).toEqual(expected);
  expect(page(yuna, "sora")).toEqual([
    "@batch=_;time=2026-11-22T00:35:00.001Z;msgid=_;+draft/reply=x :sora!~sora@guest.test PRIVMSG yuna :psst",
  ]);
  expect(page(yuna, "mina")).toEqual([]);
  expect(scene.log.conversations().length).toBe(kept);
  sora.says("QUIT");
  expect(mina.says("CHATHISTORY LATEST sora * 10").hears()).toEqual([
    ":tea.test FAIL CHATHISTORY INVALID_TARGET LATEST sora :Messages could not be retrieved",
  ]);
  expect(page(scene.guest("sora", ...CAPS), "mina")).toEqual([]);
});

test("with event-playback a guest's reactions are shown, and count towards the limit", () => {
  const { scene, mina } = teahouse();
  const sora = scene.guest("sora", ...CAPS, "draft/event-playback");
  for (let i = 0; i < 60; i += 1) sora.says(`PRIVMSG mina :${i}`);
  sora.says("@+draft/react=🍵 TAGMSG mina").hears();
  const commands = (page: string) =>
    sora
      .says(`CHATHISTORY ${page}`)
      .hears()
      .slice(1, -1)
      .map((line) => line.split(" ").slice(2).join(" "));
  expect(commands("LATEST mina * 2")).toEqual(["PRIVMSG mina :59", "TAGMSG mina"]);
  // Fifty are kept: the reaction and the newest 49 texts.
  expect(commands("AFTER mina timestamp=2026-11-22T00:00:00.000Z 1")).toEqual(["PRIVMSG mina :11"]);
  expect(commands("BEFORE mina timestamp=2026-11-22T00:35:00.013Z 2")).toEqual([
    "PRIVMSG mina :11",
    "PRIVMSG mina :12",
  ]);
  mina.hears();
  expect(mina.says("HISTORY sora 1").hears()[1]).toEndWith(" PRIVMSG mina :59");
});

test("TARGETS lists the user's conversations whose newest message is between two times, in order", () => {
  const { scene, jun, mina } = teahouse();
  scene.guest("sora").says("JOIN #milk", "PRIVMSG #milk :secret");
  scene.passes(60_000);
  jun.says("PRIVMSG mina :hi");
  scene.passes(60_000);
  mina.says("JOIN #cocoa", "PRIVMSG #cocoa :mmm");
  mina.hears();
  const all = `${at(0)} ${at(60)}`;
  mina.says(`CHATHISTORY TARGETS ${all} 10`);
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +1 draft/chathistory-targets",
    "@batch=1 :tea.test CHATHISTORY TARGETS #tea 2026-11-22T00:35:00.000Z",
    "@batch=1 :tea.test CHATHISTORY TARGETS jun 2026-11-22T00:36:00.001Z",
    "@batch=1 :tea.test CHATHISTORY TARGETS #cocoa 2026-11-22T00:37:00.002Z",
    ":tea.test BATCH -1",
  ]);
  mina.says(`CHATHISTORY TARGETS ${all} 1`, `CHATHISTORY TARGETS ${at(60)} ${at(0)} 1`);
  expect(mina.hears().filter((line) => line.includes("TARGETS"))).toEqual([
    "@batch=2 :tea.test CHATHISTORY TARGETS #tea 2026-11-22T00:35:00.000Z",
    "@batch=3 :tea.test CHATHISTORY TARGETS #cocoa 2026-11-22T00:37:00.002Z",
  ]);
  mina.says(`CHATHISTORY TARGETS ${at(5)} ${at(60)} 10`);
  expect(mina.hears().filter((line) => line.includes("TARGETS"))).toEqual([
    "@batch=4 :tea.test CHATHISTORY TARGETS jun 2026-11-22T00:36:00.001Z",
    "@batch=4 :tea.test CHATHISTORY TARGETS #cocoa 2026-11-22T00:37:00.002Z",
  ]);
});

test("TARGETS leaves out conversations with an older or newer last message, and answers with an empty batch when none is left", () => {
  const { jun, mina } = teahouse();
  const ask = (from: string, to: string) =>
    mina.says(`CHATHISTORY TARGETS ${from} ${to} 10`).hears().slice(1, -1);
  // There are messages between; what counts is the newest. Both ends are left out.
  for (const [from, to] of [
    [at(0), at(4)],
    [at(0), at(5)],
    [at(5), at(9)],
  ] as const) {
    expect(ask(from, to)).toEqual([]);
    expect(ask(to, from)).toEqual([]);
  }
  expect(ask(at(4), at(6))).toHaveLength(1);
  jun.says("TOPIC #tea :Green", "@+typing=active TAGMSG #tea");
  mina.hears();
  expect(ask(at(4), at(6))).toHaveLength(1);
  mina.says(`CHATHISTORY TARGETS ${at(0)} ${at(1)} 10`);
  expect(mina.hearsPlain().map((line) => line.replace(/[+-]\w+/, "#"))).toEqual([
    ":tea.test BATCH # draft/chathistory-targets",
    ":tea.test BATCH #",
  ]);
});

test("direct messages stay one conversation when either user changes nick", () => {
  const { jun, mina } = teahouse();
  mina.says("PRIVMSG jun :one", "NICK minsu", "PRIVMSG jun :two");
  jun.says("NICK junho", "PRIVMSG minsu :three");
  mina.hears();
  mina.says("CHATHISTORY LATEST junho * 10");
  expect(mina.hearsPlain().slice(1, -1)).toEqual([
    ":mina!u@mina00000001.account PRIVMSG junho :one",
    ":minsu!u@mina00000001.account PRIVMSG junho :two",
    ":junho!u@jun000000001.account PRIVMSG minsu :three",
  ]);
});

test("without event-playback a page has only PRIVMSG and NOTICE, and with it also other events, except RENAME", () => {
  const scene = new Scene();
  const jun = scene
    .person("jun", "message-tags")
    .says("JOIN #tea", "TOPIC #tea :Green", "MODE #tea +C");
  jun.says("PRIVMSG #tea :hi", "NOTICE #tea :hi", "@+draft/react=🍵 TAGMSG #tea");
  scene.guest("sora").says("JOIN #tea", "QUIT :bye");
  scene.guest("yuna").says("JOIN #tea", "PART #tea :later");
  scene.guest("ara").says("JOIN #tea");
  jun.says("KICK #tea ara :shh", "RENAME #tea #Tea");
  const mina = scene.person("mina", "draft/chathistory", "message-tags").says("JOIN #tea");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 50").hearsPlain()).toEqual([
    ":jun!u@jun000000001.account PRIVMSG #Tea :hi",
    ":jun!u@jun000000001.account NOTICE #Tea :hi",
  ]);
  mina.says("CAP REQ :draft/event-playback draft/channel-rename");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 50").hearsPlain()).toEqual([
    ":jun!u@jun000000001.account JOIN #Tea",
    ":jun!u@jun000000001.account TOPIC #Tea :Green",
    ":jun!u@jun000000001.account MODE #Tea +C",
    ":jun!u@jun000000001.account PRIVMSG #Tea :hi",
    ":jun!u@jun000000001.account NOTICE #Tea :hi",
    ":jun!u@jun000000001.account TAGMSG #Tea",
    ":sora!~sora@guest.test JOIN #Tea",
    ":sora!~sora@guest.test QUIT :Quit: bye",
    ":yuna!~yuna@guest.test JOIN #Tea",
    ":yuna!~yuna@guest.test PART #Tea later",
    ":ara!~ara@guest.test JOIN #Tea",
    ":jun!u@jun000000001.account KICK #Tea ara shh",
    ":mina!u@mina00000001.account JOIN #Tea",
  ]);
});

test("a TAGMSG without a reaction is stored only with +draft/persist", () => {
  const scene = new Scene();
  const caps = ["draft/chathistory", "draft/event-playback", "message-tags"];
  const jun = scene.person("jun", ...caps).says("JOIN #tea");
  jun.says("@+typing=active TAGMSG #tea", "@+x.test/poll=2;+draft/persist TAGMSG #tea");
  jun.hears();
  const page = jun.says("CHATHISTORY LATEST #tea * 10").hears();
  expect(page.filter((line) => line.includes(" TAGMSG "))).toEqual([
    expect.stringContaining("+x.test/poll=2;+draft/persist :jun!"),
  ]);
});

test("a file that can't be read is a MESSAGE_ERROR", () => {
  const { scene, mina } = teahouse();
  scene.log.page = () => null as never;
  expect(mina.says("CHATHISTORY LATEST #tea * 10").hears()).toEqual([
    ":tea.test FAIL CHATHISTORY MESSAGE_ERROR LATEST #tea :Messages could not be retrieved",
  ]);
});

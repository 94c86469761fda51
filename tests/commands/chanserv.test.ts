import { describe, expect, test } from "bun:test";
import { AUTO_RANKS_MAX } from "../../lib/chat-server/limits.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";

/** The texts of ChanServ's replies to a user. */
function answers(actor: Actor): string[] {
  return actor.hearsPlain().flatMap((line) => {
    const [source = "", verb = "", , ...words] = line.split(" ");
    const isNotice = source.startsWith(":ChanServ!") && verb === "NOTICE";
    return isNotice ? [words.join(" ").replace(/^:/, "")] : [];
  });
}

/** Mina's room, with Jun in it. */
function tea() {
  const scene = new Scene();
  const [mina, jun] = [scene.person("mina"), scene.person("jun")];
  for (const actor of [mina, jun]) actor.says("JOIN #tea");
  for (const actor of [mina, jun]) actor.hears();
  const ranks = (name: string) => {
    const { rooms, users } = scene.server.state;
    const user = users.byAccount(accountId(name));
    return user === null ? null : (rooms.byName("#tea")?.members.get(user)?.ranks ?? null);
  };
  return { scene, mina, jun, ranks };
}

test("OP and VOICE act like MODE, with the sender's rights in the room", () => {
  const { mina, jun, ranks } = tea();
  mina.says("PRIVMSG ChanServ :OP #tea jun", "CS VOICE #tea jun", "CS DEOP #tea jun");
  expect(jun.hears().map((line) => line.replace(/!\S+/, ""))).toEqual([
    ":mina MODE #tea +o jun",
    ":mina MODE #tea +v jun",
    ":mina MODE #tea -o jun",
  ]);
  jun.says("CS OP #tea", "CS DEVOICE #tea", "CS OP #tea mina", "CS OP #none", "CS OP");
  expect(answers(jun)).toEqual([
    "Only the room's ops may do that",
    "Only the room's ops may do that",
    "There is no such room",
    "Usage: /msg ChanServ OP <#room> [<nick> …]",
  ]);
  expect(ranks("jun")).toBe("");
});

describe("AMODE", () => {
  test("an account gets its auto-rank on every join, also after a restart", () => {
    const { scene, mina, jun, ranks } = tea();
    mina.says("CS AMODE #tea +o jun");
    expect(answers(mina)).toEqual(["jun gets +o when joining"]);
    expect(ranks("jun")).toBe("o");
    jun.hears();
    jun.says("PART #tea", "JOIN #tea");
    expect(jun.hears().map((line) => line.replace(/!\S+/, ""))).toEqual([
      ":jun PART #tea",
      ":jun JOIN #tea",
      ":ChanServ MODE #tea +o jun",
      ":tea.test 353 jun = #tea :~mina @jun",
      ":tea.test 366 jun #tea :End of the list",
    ]);
    expect(mina.hears().at(-1)).toBe(":ChanServ!services@tea.test MODE #tea +o jun");
    expect(scene.people).toContainEqual({
      kind: "ranked",
      account: accountId("jun"),
      conversation: expect.stringContaining("tea"),
      ranks: "o",
      entry: expect.objectContaining({ by: "mina", target: "+o", detail: "jun" }),
    });
    const after = scene.restart();
    const again = after.person("jun");
    again.says("PART #tea", "JOIN #tea");
    expect(again.hears().join("\n")).toContain("MODE #tea +o jun");
  });

  test("lists, adds and removes auto-ranks", () => {
    const { mina, jun } = tea();
    mina.says("CS AMODE #tea +h jun", "CS AMODE #tea +v jun", "CS AMODE #tea");
    mina.says("CS AMODE #tea -hv jun", "CS AMODE #tea", "CS AMODE #tea +x jun");
    mina.says("CS AMODE #tea +o nobody");
    expect(answers(mina)).toEqual([
      "jun gets +h when joining",
      "jun gets +hv when joining",
      "jun: +hv",
      "#tea has automatic ranks for 1 account",
      "jun has no automatic rank any more",
      "#tea has automatic ranks for 0 accounts",
      "Give + or -, and ranks out of q, a, o, h and v, such as +o",
      "There is no account nobody",
    ]);
    jun.hears();
    jun.says("PART #tea", "JOIN #tea");
    expect(jun.hears().join("\n")).not.toContain("MODE");
  });

  test("is for founders and admins, for ranks below their own; users may remove their own", () => {
    const { mina, jun, ranks } = tea();
    jun.says("CS AMODE #tea", "CS AMODE #tea +o jun");
    expect(answers(jun)).toEqual([
      "Only the room's ops can see that",
      "You can't give or take that rank in this room",
    ]);
    mina.says("CS AMODE #tea +a jun");
    jun.hears();
    jun.says("CS AMODE #tea +q jun", "CS AMODE #tea +o mina", "CS AMODE #tea -a jun");
    expect(answers(jun)).toEqual([
      "You can't give or take that rank in this room",
      "mina gets +o when joining",
      "jun has no automatic rank any more",
    ]);
    expect(ranks("mina")).toBe("qo");
  });

  test("has a limit, and changes nothing when the disk is full", () => {
    const { scene, mina } = tea();
    const room = scene.server.state.rooms.byName("#tea");
    for (let i = 0; i < AUTO_RANKS_MAX; i += 1) room?.autoRanks.set(`x${i}` as never, "v");
    mina.says("CS AMODE #tea +o jun");
    expect(answers(mina)).toEqual(["The room has too many automatic ranks"]);
    room?.autoRanks.clear();
    scene.diskFull = true;
    mina.says("CS AMODE #tea +o jun");
    expect(answers(mina)).toEqual(["The server can't store that right now. Try again in a moment"]);
    expect(room?.autoRanks.size).toBe(0);
  });

  test("is removed with the account", () => {
    const { scene, mina, jun } = tea();
    mina.says("CS AMODE #tea +o jun");
    jun.says("NS DROP jun-password");
    scene.signUp("jun");
    const other = scene.person("jun");
    other.says("JOIN #tea");
    expect(other.hears().join("\n")).not.toContain("MODE");
  });
});

test("REGISTER makes the founder a founder again after leaving", () => {
  const { mina, jun, ranks } = tea();
  jun.says("CS REGISTER #tea");
  expect(answers(jun)).toEqual(["Only the room's founder can do that"]);
  mina.says("CS REGISTER #tea", "PART #tea", "JOIN #tea");
  expect(answers(mina)).toEqual([
    "#tea exists as long as a user with an account is in it",
    "You stay its founder when you leave it and come back",
  ]);
  expect(ranks("mina")).toBe("q");
});

test("TRANSFER makes another user the founder, permanently", () => {
  const { scene, mina, jun, ranks } = tea();
  const sun = scene.guest("sun").says("JOIN #tea");
  jun.says("CS TRANSFER #tea jun");
  expect(answers(jun)).toEqual(["Only the room's founder can do that"]);
  mina.says("CS REGISTER #tea", "CS TRANSFER #tea sun", "CS TRANSFER #tea jun");
  expect(answers(mina).slice(2)).toEqual([
    "The new founder must be another member with an account",
    "jun is now the founder of #tea",
  ]);
  expect([ranks("mina"), ranks("jun")]).toEqual(["o", "q"]);
  expect(sun.hears().at(-1)?.replace(/!\S+/, "")).toBe(":mina MODE #tea +qo-q jun mina mina");
  mina.says("PART #tea", "JOIN #tea");
  expect(ranks("mina")).toBe("o");
});

test("CLEAR kicks all members whom the sender can kick", () => {
  const { mina, jun, scene } = tea();
  const sun = scene.guest("sun").says("JOIN #tea");
  sun.hears();
  jun.says("CS CLEAR #tea USERS");
  expect(answers(jun)).toEqual(["Only the room's ops may do that"]);
  mina.says("CS CLEAR #tea topics", "CS CLEAR #tea users tea is over", "CS CLEAR #tea USERS");
  expect(answers(mina)).toEqual(["Only USERS can be cleared", "There is nobody to kick"]);
  expect(sun.hears().at(-1)).toMatch(/KICK #tea sun :tea is over$/);
  expect(scene.server.state.rooms.byName("#tea")?.members.size).toBe(1);
});

test("DROP kicks all members and drops the room, after YES", () => {
  const { mina, jun, scene } = tea();
  jun.says("CS DROP #tea YES");
  mina.says("CS DROP #tea");
  expect(answers(jun)).toEqual(["Only the room's founder can do that"]);
  expect(answers(mina)).toEqual([
    "Everybody will be kicked, and nobody can read the room's history any more.",
    "To confirm: /msg ChanServ DROP #tea YES",
  ]);
  mina.says("CS DROP #tea YES");
  expect(answers(mina)).toEqual(["#tea was dropped"]);
  expect(scene.server.state.rooms.byName("#tea")).toBe(null);
  jun.says("JOIN #tea");
  expect(jun.hears().join("\n")).toContain("@jun".replace("@", "~"));
});

test("INFO shows rooms that the sender can see", () => {
  const { mina, jun, scene } = tea();
  mina.says("TOPIC #tea :green or black", "CS REGISTER #tea", "PART #tea");
  jun.hears();
  jun.says("CS INFO #tea");
  expect(answers(jun)).toEqual([
    "#tea was created at 2026-11-22T00:30:00.000Z",
    "Founder: mina",
    "Members: 1",
    "Topic: green or black",
  ]);
  const sun = scene.guest("sun");
  mina.says("JOIN #tea", "MODE #tea +s");
  sun.says("CS INFO #tea");
  expect(answers(sun)).toEqual(["There is no such room"]);
});

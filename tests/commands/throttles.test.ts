import { describe, expect, test } from "bun:test";
import { Scene } from "../scene.ts";
import { chanServAnswers } from "./chanserv-answers.ts";

function tea() {
  const scene = new Scene({ pingAfterMs: Number.POSITIVE_INFINITY });
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun").says("JOIN #tea");
  for (const actor of [mina, jun]) actor.hears();
  return { scene, mina, jun };
}

describe("slow mode (+W)", () => {
  test("lets people without a rank talk once in so many seconds", () => {
    const { scene, mina, jun } = tea();
    mina.says("MODE #tea +W 10");
    jun.hears();
    jun.says("PRIVMSG #tea :one", "PRIVMSG #tea :two", "NOTICE #tea :three");
    const wait = ":tea.test 404 jun #tea :That room is in slow mode (+W): wait 10 seconds";
    expect(jun.hears()).toEqual([wait]);
    scene.passes(9_500);
    jun.says("PRIVMSG #tea :four");
    expect(jun.hears()[0]).toEndWith("wait 1 second");
    scene.passes(500);
    expect(jun.says("PRIVMSG #tea :five").hears()).toEqual([]);
    mina.hears();
    mina.says("PRIVMSG #tea :a", "PRIVMSG #tea :b");
    expect(mina.hears()).toEqual([]);
  });

  test("takes a time with a unit from ChanServ", () => {
    const { mina } = tea();
    mina.says("CS SLOW #tea 10m", "CS SLOW #tea 30초", "CS SLOW #tea 7h");
    expect(mina.hears().map((line) => line.replace(/^\S+ /, ""))).toEqual([
      "MODE #tea +W 600",
      "MODE #tea +W 30",
      expect.stringContaining("Give a number of seconds from 1 to 21600"),
    ]);
  });

  test("leaving and coming back is no way around it, and the clock neither", () => {
    const { scene, mina, jun } = tea();
    mina.says("CS SLOW #tea 10");
    jun.says("PRIVMSG #tea :one", "PART #tea", "JOIN #tea");
    scene.setsClock(3_600_000);
    jun.hears();
    expect(jun.says("PRIVMSG #tea :two").hearsVerbs()).toEqual(["404"]);
  });

  test("typing and reactions don't count, and a refused message doesn't either", () => {
    const { mina, jun } = tea();
    mina.says("MODE #tea +Wg 10 spam");
    jun.says("CAP REQ message-tags");
    jun.hears();
    jun.says("@+typing=active TAGMSG #tea", "PRIVMSG #tea :spam", "PRIVMSG #tea :one");
    expect(jun.hears().map((line) => line.split(" ")[1])).toEqual(["404"]);
    jun.says("@+draft/react=x TAGMSG #tea");
    expect(jun.hears()).toEqual([]);
  });

  test("a half-op sets it, and a value that is none is refused", () => {
    const { mina, jun } = tea();
    mina.says("MODE #tea +h jun");
    jun.hears();
    jun.says(
      "MODE #tea +W 0",
      "MODE #tea +W 90000",
      "MODE #tea +W",
      "MODE #tea +W 5",
      "CS SLOW #tea off",
    );
    expect(jun.hearsVerbs()).toEqual(["696", "696", "696", "MODE", "MODE"]);
  });
});

describe("new accounts", () => {
  test("are kept from talking (+y) and joining (+Y) until they are old enough; guests always", () => {
    const scene = new Scene({ pingAfterMs: Number.POSITIVE_INFINITY });
    const mina = scene.person("mina").says("JOIN #tea", "MODE #tea +y 30m");
    const jun = scene.person("jun").says("JOIN #tea", "PRIVMSG #tea :hi");
    const refusal = "Only accounts that are at least 30m old may talk in that room (+y)";
    expect(jun.hears().at(-1)).toBe(`:tea.test 404 jun #tea :${refusal}`);
    mina.says("MODE #tea +Y 2h");
    const hana = scene.person("hana").says("JOIN #tea");
    const sora = scene.guest("sora").says("JOIN #tea");
    expect(hana.hearsVerbs()).toEqual(["474"]);
    expect(sora.hearsVerbs()).toEqual(["474"]);
    scene.passes(30 * 60_000);
    jun.hears();
    expect(jun.says("PRIVMSG #tea :hi").hears()).toEqual([]);
    scene.passes(90 * 60_000);
    expect(hana.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
    expect(sora.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
    mina.says("MODE #tea +I sora");
    expect(sora.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  });

  test("the age is checked when it is set", () => {
    const { mina } = tea();
    mina.says("MODE #tea +y soon", "MODE #tea +Y 0", "MODE #tea +y 91d", "MODE #tea +y");
    expect(mina.hearsVerbs()).toEqual(["696", "696", "696", "696"]);
  });
});

test("the join throttle (+j) lets so many in within so many seconds, and survives a restart", () => {
  const { scene, mina } = tea();
  mina.says("MODE #tea +j 2:60", "MODE #tea +j 0:60", "MODE #tea +j 5", "MODE #tea +j 5:60:1");
  expect(mina.hearsVerbs()).toEqual(["MODE", "696", "696", "696"]);
  const joins = (on: Scene, nick: string) => on.guest(nick).says("JOIN #tea").hears()[0];
  expect(joins(scene, "a1")).toContain(" JOIN #tea");
  expect(joins(scene, "a2")).toContain(" JOIN #tea");
  const sentence = "Too many people are joining that room. Try again in a while (+j)";
  expect(joins(scene, "a3")).toBe(`:tea.test 480 a3 #tea :${sentence}`);
  const hana = scene.person("hana");
  mina.says("INVITE hana #tea");
  hana.hears();
  expect(hana.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
  scene.passes(60_000);
  expect(joins(scene, "a4")).toContain(" JOIN #tea");
  for (const later of [scene.restart(), scene.crash()]) {
    for (const nick of ["b1", "b2"]) expect(joins(later, nick)).toContain(" JOIN #tea");
    expect(joins(later, "b3")).toContain(" 480 ");
  }
});

test("create-rooms says who may create a room", () => {
  const creates = (scene: Scene, who: "guest" | "member" | "owner") => {
    if (who === "owner") scene.signUp("owner", true);
    const actor = who === "guest" ? scene.guest("sora") : scene.person(who);
    return actor.says("JOIN #new").hearsVerbs()[0] === "JOIN";
  };
  for (const [createRooms, expected] of [
    ["everyone", [true, true, true]],
    ["members", [false, true, true]],
    ["owners", [false, false, true]],
  ] as const) {
    const results = (["guest", "member", "owner"] as const).map((who) =>
      creates(new Scene({ createRooms }), who),
    );
    expect(results).toEqual([...expected]);
  }
  const sora = new Scene({ createRooms: "members" }).guest("sora").says("JOIN #new");
  const sentence = "There is no such room, and only people with an account may create one";
  expect(sora.hears()).toEqual([`:tea.test 477 sora #new :${sentence}`]);
  const jun = new Scene({ createRooms: "owners" }).person("jun").says("JOIN #new");
  expect(jun.hearsVerbs()).toEqual(["481"]);
});

test("FILTER and SLOW without a rank, and with a wrong value, say what is wrong", () => {
  const { mina } = tea();
  mina.says("CS SLOW #tea soon", "CS FILTER #tea", "CS FILTER #tea word");
  expect(chanServAnswers(mina)).toEqual([
    "Give a number of seconds from 1 to 21600",
    "Nothing is filtered",
    "Give + or - before the word",
  ]);
});

describe("slow mode, over connections and restarts", () => {
  test("a restart, clean or not, begins no new count", () => {
    const { scene, mina, jun } = tea();
    mina.says("MODE #tea +W 3600");
    jun.says("PRIVMSG #tea :one");
    scene.passes(600_000);
    for (const later of [scene.restart(), scene.crash()]) {
      const again = later.person("jun");
      expect(again.says("PRIVMSG #tea :two").hears()[0]).toMatch(/wait 300[01] seconds/);
      later.passes(3_001_000);
      expect(again.says("PRIVMSG #tea :two").hears()).toEqual([]);
    }
  });

  test("a guest who comes back under another nick waits, and another guest of the address doesn't", () => {
    const { scene, mina } = tea();
    mina.says("MODE #tea +W 3600");
    const [gil, bora] = [scene.guest("gil"), scene.guest("bora")];
    gil.says("JOIN #tea", "PRIVMSG #tea :one").hears();
    bora.says("JOIN #tea").hears();
    expect(bora.says("PRIVMSG #tea :two").hears()).toEqual([]);
    gil.vanishes();
    const again = scene.guest("sun").says("JOIN #tea");
    again.hears();
    expect(again.says("PRIVMSG #tea :three").hearsVerbs()).toEqual(["404"]);
  });

  test("what could not be stored was not said", () => {
    const { scene, mina, jun } = tea();
    mina.says("MODE #tea +W 60");
    scene.diskFull = true;
    jun.says("PRIVMSG #tea :one");
    scene.diskFull = false;
    jun.hears();
    expect(jun.says("PRIVMSG #tea :two").hears()).toEqual([]);
  });
});

describe("the join throttle (+j), when one comes and goes", () => {
  test("holds back that one, and nobody else", () => {
    const { scene, mina } = tea();
    mina.says("MODE #tea +j 3:60");
    const jun = scene.person("bora");
    for (let round = 0; round < 5; round += 1) jun.says("JOIN #tea", "PART #tea");
    expect(jun.hearsVerbs().filter((verb) => verb === "480")).toHaveLength(2);
    for (const name of ["sun", "hana"]) {
      const other = scene.person(name).says("JOIN #tea");
      expect(other.hearsVerbs()).toContain("JOIN");
    }
    expect(scene.person("gil").says("JOIN #tea").hearsVerbs()).toEqual(["480"]);
  });

  test("counts all guests of an address as one, who joins too often", () => {
    const { scene, mina } = tea();
    mina.says("MODE #tea +j 3:60");
    for (const nick of ["ga", "na", "da"]) scene.guest(nick).says("JOIN #tea");
    expect(scene.guest("ra").says("JOIN #tea").hearsVerbs()).toEqual(["480"]);
    expect(scene.person("sun").says("JOIN #tea").hearsVerbs()).toContain("JOIN");
  });

  test("lets in whom the room gives a rank", () => {
    const { scene, mina } = tea();
    mina.says("CS REGISTER #tea", "MODE #tea +j 1:3600", "PART #tea");
    scene.person("sun").says("JOIN #tea");
    mina.hears();
    expect(mina.says("JOIN #tea").hearsVerbs()).toContain("JOIN");
  });
});

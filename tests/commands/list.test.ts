import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

const MINUTE = 60_000;

/** Mina and jun are in #tea, which is three hours old; #milk is ten minutes old and has a new topic. */
function house() {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea", "TOPIC #tea :Green");
  scene.guest("jun").says("JOIN #tea");
  scene.now += 170 * MINUTE;
  mina.says("JOIN #milk");
  scene.now += 9 * MINUTE;
  mina.says("TOPIC #milk :Cold");
  scene.now += MINUTE;
  mina.says("JOIN #cocoa");
  const sora = scene.guest("sora");
  const list = (asked: string) =>
    sora
      .says(`LIST ${asked}`)
      .hears()
      .filter((line) => line.includes(" 322 "))
      .map((line) => line.split(" ")[3]);
  return { scene, mina, sora, list };
}

test("LIST shows name, members and topic", () => {
  const { sora } = house();
  expect(sora.says("LIST").hears()).toEqual([
    ":tea.test 321 sora Room :Members  Topic",
    ":tea.test 322 sora #tea 2 Green",
    ":tea.test 322 sora #milk 1 Cold",
    ":tea.test 322 sora #cocoa 1 :",
    ":tea.test 323 sora :End of the list",
  ]);
});

test("LIST accepts names and masks", () => {
  const { list } = house();
  expect(list("#TEA")).toEqual(["#tea"]);
  expect(list("#m*,#none,#cocoa")).toEqual(["#milk", "#cocoa"]);
  expect(list("#none")).toEqual([]);
  expect(list("!#m*")).toEqual(["#tea", "#cocoa"]);
  expect(list("#?*,!*a")).toEqual(["#milk"]);
});

test("LIST filters by members, age, and time of the topic", () => {
  const { list } = house();
  expect(list(">1")).toEqual(["#tea"]);
  expect(list("<2")).toEqual(["#milk", "#cocoa"]);
  expect(list("C<60")).toEqual(["#milk", "#cocoa"]);
  expect(list("c>60")).toEqual(["#tea"]);
  expect(list("T<60")).toEqual(["#milk"]);
  expect(list("T>60")).toEqual(["#tea"]);
});

test("every filter must match, in one parameter or after the names", () => {
  const { list } = house();
  expect(list("C<60,T>0")).toEqual(["#milk"]);
  expect(list("#tea,#milk >1")).toEqual(["#tea"]);
});

test("no filter finds a secret room", () => {
  const { mina, list } = house();
  mina.says("MODE #milk +s");
  expect(list("T<60")).toEqual([]);
  expect(list("#milk")).toEqual([]);
});

test("more than eight masks and filters are refused", () => {
  const { sora, list } = house();
  expect(list(Array(8).fill(">0").join(","))).toHaveLength(3);
  const many = Array(9).fill("#a*").join(",");
  expect(sora.says(`LIST ${many}`).hears()).toEqual([
    `:tea.test 407 sora ${many} :Too many masks and filters at once`,
  ]);
});

test("a long LIST ends before it overflows the link, and says that there is more", () => {
  const scene = new Scene();
  const topic = "차".repeat(130);
  for (let person = 0; person < 8; person += 1) {
    const actor = scene.guest(`mina${person}`);
    for (let i = 0; i < 180; i += 1)
      actor.says(`JOIN #room${person}-${i}`, `TOPIC #room${person}-${i} :${topic}`);
  }
  for (const caps of [[], ["labeled-response", "batch"]]) {
    const sora = scene.guest(`sora${caps.length}`, ...caps);
    const lines = sora.says("@label=1 LIST").hears();
    const bytes = Buffer.byteLength(lines.join("\r\n"));
    expect(bytes).toBeGreaterThan(500_000);
    expect(bytes).toBeLessThan(600_000);
    expect(lines.join()).toContain("There are more rooms: search for some of them, as in LIST #t*");
    expect(sora.closed).toBe(false);
  }
});

import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/userhost-in-names */

test("NAMES shows nick!user@host after the prefix, or only the nick without the capability", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun", "userhost-in-names").says("JOIN #tea");
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test JOIN #tea",
    ":tea.test 353 jun = #tea :~mina!u@mina00000001.account jun!~jun@guest.test",
    ":tea.test 366 jun #tea :End of the list",
  ]);
  const sora = scene
    .guest("sora", "userhost-in-names", "multi-prefix")
    .says("JOIN #tea", "MODE #tea +v sora");
  sora.hears();
  scene.person("mina").says("MODE #tea +v mina");
  sora.hears();
  expect(sora.says("NAMES #tea").hears()).toEqual([
    ":tea.test 353 sora = #tea :~+mina!u@mina00000001.account jun!~jun@guest.test sora!~sora@guest.test",
    ":tea.test 366 sora #tea :End of the list",
  ]);
  const yuna = scene.guest("yuna").says("NAMES #tea");
  expect(yuna.hears()).toEqual([
    ":tea.test 353 yuna = #tea :~mina jun sora",
    ":tea.test 366 yuna #tea :End of the list",
  ]);
});

test("NAMES of a large room is several lines, each within 512 bytes", () => {
  const scene = new Scene();
  for (let i = 0; i < 40; i += 1) scene.guest(`visitor-${i}-with-a-long-name`).says("JOIN #tea");
  const mina = scene.guest("mina", "userhost-in-names").says("JOIN #tea");
  const lines = mina.hears().filter((line) => line.includes(" 353 "));
  expect(lines.length).toBeGreaterThan(4);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(510);
  const names = lines.flatMap((line) => line.split(" :")[1]?.split(" ") ?? []);
  expect(names).toHaveLength(41);
});

test("it is only a capability: PROTOCTL UHNAMES isn't supported", () => {
  const mina = new Scene().connect().introduces("mina");
  expect(mina.hears().join(" ")).not.toContain("UHNAMES");
  expect(mina.says("PROTOCTL UHNAMES").hears()).toEqual([
    ":tea.test 421 mina PROTOCTL :Unknown command",
  ]);
});

import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/multi-prefix */

test("NAMES and WHO show all ranks, highest first, or only the highest without the capability", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  scene.guest("jun").says("JOIN #tea");
  mina.says("MODE #tea +vhoa jun jun jun jun", "MODE #tea +v mina");
  const sora = scene.guest("sora", "multi-prefix").says("JOIN #tea");
  sora.hears();
  sora.says("NAMES #tea", "WHO #tea", "WHOIS jun");
  expect(sora.hears()).toEqual([
    ":tea.test 353 sora = #tea :~+mina &@%+jun sora",
    ":tea.test 366 sora #tea :End of the list",
    ":tea.test 352 sora #tea u mina00000001.account tea.test mina H~+ :0 mina",
    ":tea.test 352 sora #tea ~jun guest.test tea.test jun H&@%+ :0 jun",
    ":tea.test 352 sora #tea ~sora guest.test tea.test sora H :0 sora",
    ":tea.test 315 sora #tea :End of the list",
    ":tea.test 311 sora jun ~jun guest.test * jun",
    ":tea.test 319 sora jun &@%+#tea",
    ":tea.test 312 sora jun tea.test Teahouse",
    ":tea.test 671 sora jun :is using a secure connection",
    ":tea.test 318 sora jun :End of WHOIS",
  ]);
  const yuna = scene.guest("yuna").says("JOIN #tea");
  yuna.hears();
  yuna.says("NAMES #tea", "WHO #tea");
  expect(yuna.hears().slice(0, 3)).toEqual([
    ":tea.test 353 yuna = #tea :~mina &jun sora yuna",
    ":tea.test 366 yuna #tea :End of the list",
    ":tea.test 352 yuna #tea u mina00000001.account tea.test mina H~ :0 mina",
  ]);
});

test("without the capability WHOIS and WHOX show only the highest rank", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea", "MODE #tea +ov mina mina");
  const yuna = scene.guest("yuna").says("JOIN #tea");
  for (const one of [mina, yuna]) one.hears();
  yuna.says("WHOIS mina", "WHO mina %nf");
  const lines = yuna.hears();
  expect(lines.find((line) => line.includes(" 319 "))).toBe(":tea.test 319 yuna mina ~#tea");
  expect(lines.find((line) => line.includes(" 354 "))).toBe(":tea.test 354 yuna mina H~");
  yuna.says("CAP REQ :multi-prefix", "WHOIS mina", "WHO mina %nf");
  const all = yuna.hears();
  expect(all.find((line) => line.includes(" 319 "))).toBe(":tea.test 319 yuna mina ~@+#tea");
  expect(all.find((line) => line.includes(" 354 "))).toBe(":tea.test 354 yuna mina H~@+");
});

test("the order is that of PREFIX, however the ranks were given", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora", "multi-prefix").says("JOIN #tea");
  for (const letter of "vaoh") mina.says(`MODE #tea +${letter} jun`);
  const prefix = / PREFIX=\(\w+\)(\S+)/.exec(sora.says("VERSION").hears().join(" "))?.[1] ?? "";
  sora.says("NAMES #tea");
  const signs = / ([^ a-z]+)jun /.exec(sora.hears()[0] ?? "")?.[1] ?? "";
  expect(signs).toBe("&@%+");
  expect([...prefix].filter((sign) => signs.includes(sign)).join("")).toBe(signs);
});

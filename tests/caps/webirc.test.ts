import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/**
 * https://ircv3.net/specs/extensions/webirc, which isn't supported: a gateway with its password could claim any
 * address, and what it is made for, gateways from the web, is no part of this service.
 */
test("WEBIRC is an unknown command, and changes no address", () => {
  const mina = new Scene()
    .connect()
    .says("WEBIRC hunter2 gateway trusted.test 198.51.100.3 secure");
  expect(mina.hears()).toEqual([":tea.test 451 * :Introduce yourself first: NICK and USER"]);
  mina.introduces("mina").hears();
  mina.says("WEBIRC hunter2 gateway trusted.test 198.51.100.3", "WHOIS mina");
  const [unknown, ...whois] = mina.hears();
  expect(unknown).toBe(":tea.test 421 mina WEBIRC :Unknown command");
  expect(whois.join()).toContain("is connecting from 192.0.2.1");
  expect(whois.join()).not.toContain("trusted.test");
});

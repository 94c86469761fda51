import { expect, test } from "bun:test";
import {
  addressBlockOf,
  canonicalHost,
  isLoopback,
  isWithin,
  parseNetwork,
  plainAddress,
  widerNetworkOf,
} from "../../lib/protocol/address.ts";
import { parseDuration } from "../../lib/protocol/time.ts";

/** [typed, the one form; `null` for what is no host] */
test.each([
  ["Chat.Example.ORG.", "chat.example.org"],
  ["my_box", "my_box"],
  ["소담.한국", "xn--jk1bt0z.xn--3e0b707e"],
  ["3com.example", "3com.example"],
  ["1.2.3.4", "1.2.3.4"],
  ["2001:DB8:0:0:0::7", "2001:db8::7"],
  ["0:0:0:0:0:0:0:1", "::1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::ffff:c000:201", "192.0.2.1"],
  ["FE80::1%eth0", "fe80::1%eth0"],
  ["", null],
  [".", null],
  ["foo..bar", null],
  ["-foo.example", null],
  ["foo-.example", null],
  [`${"a".repeat(63)}.org`, `${"a".repeat(63)}.org`],
  [`${"a".repeat(64)}.org`, null],
  ["a.".repeat(126).concat("example"), null],
  ["192.0.2.300", null],
  ["1.2.3", null],
  ["010.1.1.1", null],
  ["0", null],
  ["0x7f", null],
  ["*", null],
  ["a b", null],
  ["a/b", null],
  ["user@host", null],
  ["$(id).org", null],
  ["::1::2", null],
  ["fe80::1%", null],
  ["fe80::1%a%b", null],
  ["1:2", null],
])("%j is the host %j", (typed, host) => {
  expect(canonicalHost(typed)).toBe(host);
  if (host !== null) expect(canonicalHost(host)).toBe(host);
});

test.each([
  ["192.0.2.0/24", "192.0.2.255", true],
  ["192.0.2.0/24", "192.0.3.0", false],
  ["192.0.2.7", "192.0.2.7", true],
  ["0.0.0.0/0", "255.255.255.255", true],
  ["::/0", "192.0.2.7", false],
  ["2001:db8::/32", "2001:DB8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::1", false],
  ["::1", "0:0:0:0:0:0:0:1", true],
  ["192.0.2.0/24", "192.0.2.0/25", true],
  ["192.0.2.0/25", "192.0.2.0/24", false],
])("%s holds %s: %p", (outer, inner, expected) => {
  const [one, other] = [parseNetwork(outer), parseNetwork(inner)];
  if (one === null || other === null) throw new Error("no network");
  expect(isWithin(one, other)).toBe(expected);
});

test.each([
  ..."tea 1.2.3 1.2.3.4.5 256.0.0.1 1.2.3.4/33 1.2.3.4/ 1.2.3.4/2/3 1:2:3:4:5:6:7".split(" "),
  ..."1:2:3:4:5:6:7:8:9 1::2::3 ::12345 ::/129 1:2:3:4:5:6:7:8:: ::g".split(" "),
  "",
])("%p is no network", (text) => {
  expect(parseNetwork(text)).toBe(null);
});

test.each([
  ["192.0.2.7", "192.0.2.7"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:db8:1:2::9", "2001:db8:1:2::/64"],
  ["2001:db8::1", "2001:db8:0:0::/64"],
  ["::1", "0:0:0:0::/64"],
  ["::ffff:192.0.2.7", "192.0.2.7"],
  ["mina", "mina"],
])("%s counts as %s", (address, counted) => {
  expect(addressBlockOf(address)).toBe(counted);
});

test("an IPv4 address over an IPv6 socket is written as IPv4", () => {
  expect(plainAddress("::ffff:192.0.2.7")).toBe("192.0.2.7");
  expect(plainAddress("2001:db8::1")).toBe("2001:db8::1");
});

test.each([
  ["30", 1_800_000],
  ["90s", 90_000],
  ["2h", 7_200_000],
  ["1d12h", 129_600_000],
  ["1w", 604_800_000],
  ["999999999w", 3_153_600_000_000],
  ["", null],
  ["h", null],
  ["2x", null],
  ["-1", null],
  ["jun", null],
])("the duration %p is %p ms", (text, expected) => {
  expect(parseDuration(text, 60_000)).toBe(expected);
});

test.each([
  ["localhost", true],
  ["127.0.0.1", true],
  ["127.9.9.9", true],
  ["::1", true],
  ["127.0.0.1.example.org", false],
  ["0.0.0.0", false],
  ["::", false],
  ["192.168.0.1", false],
])("%s is this machine: %p", (host, here) => {
  expect(isLoopback(host)).toBe(here);
});

test.each([
  ["192.0.2.7", "192.0.2.0/24"],
  ["::ffff:192.0.2.7", "192.0.2.0/24"],
  ["2001:db8:7:9::1", "2001:db8:7::/48"],
  ["::1", "0:0:0::/48"],
  ["a client", "a client"],
])("the network of %s is %s", (address, network) => {
  expect(widerNetworkOf(address)).toBe(network);
});

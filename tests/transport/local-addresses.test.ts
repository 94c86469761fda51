import { describe, expect, test } from "bun:test";
import { listenHost, localAddresses } from "../../lib/transport/local-addresses.ts";

/** "eth0 192.0.2.7 fe80::1": an interface and its addresses; "lo" is internal. */
function interfaces(...rows: readonly string[]) {
  return Object.fromEntries(
    rows.map((row) => {
      // A hardware address has two digits in each of six places.
      const mac = /(?:[0-9a-f]{2}:){5}[0-9a-f]{2}/.exec(row)?.[0] ?? "52:54:00:12:34:56";
      const [name = "", ...addresses] = row.replace(` ${mac}`, "").split(" ");
      const internal = /^lo/i.test(name);
      return [name.replaceAll("_", " "), addresses.map((address) => ({ address, internal, mac }))];
    }),
  );
}

const LO = "lo 127.0.0.1 ::1";

/** [why, interfaces, addresses in order] */
test.each([
  ["one network card", [LO, "eth0 192.168.1.5 fe80::1"], ["192.168.1.5"]],
  [
    "docker0 is listed first",
    [LO, "docker0 172.17.0.1", "br-0123456789ab 172.18.0.1", "enp3s0 192.168.1.5"],
    ["192.168.1.5", "172.17.0.1", "172.18.0.1"],
  ],
  ["inside of a container", [LO, "eth0 172.17.0.2"], ["172.17.0.2"]],
  ["docker alone", [LO, "docker0 172.17.0.1", "eth0 169.254.7.7"], ["172.17.0.1"]],
  ["link-local alone", [LO, "eth0 169.254.7.7 fe80::1"], []],
  ["link-local first", ["eth0 169.254.7.7", "wlan0 10.0.0.9"], ["10.0.0.9"]],
  ["IPv6 alone", [LO, "eth0 fe80::1 fd00::7 2001:db8::7"], ["2001:db8::7", "fd00::7"]],
  ["private IPv6 alone", [LO, "eth0 fe80::1 fd00::7"], ["fd00::7"]],
  [
    "both, of which IPv4 is shorter to type",
    [LO, "eth0 2001:db8::7 203.0.113.5"],
    ["203.0.113.5", "2001:db8::7"],
  ],
  [
    "a card with IPv6, and Docker with IPv4",
    [LO, "docker0 172.17.0.1", "eth0 2001:db8::7"],
    ["2001:db8::7", "172.17.0.1"],
  ],
  ["two cards", ["eth1 10.0.0.9", "eth0 203.0.113.5"], ["203.0.113.5", "10.0.0.9"]],
  [
    "a bridge that is the LAN",
    ["virbr0 192.168.122.1", "br0 192.168.1.5"],
    ["192.168.1.5", "192.168.122.1"],
  ],
  [
    "Tailscale",
    [LO, "tailscale0 100.101.102.103 fd7a:115c:a1e0::1", "wlp2s0 192.168.1.5"],
    ["192.168.1.5", "fd7a:115c:a1e0::1", "100.101.102.103"],
  ],
  ["Tailscale alone", [LO, "tailscale0 100.101.102.103"], ["100.101.102.103"]],
  [
    "a tunnel before a virtual network",
    ["docker0 172.17.0.1", "wg0 10.8.0.2"],
    ["10.8.0.2", "172.17.0.1"],
  ],
  [
    "macOS",
    [
      "lo0 127.0.0.1 fe80::1",
      "awdl0 fe80::2",
      "utun3 100.64.1.1",
      "bridge100 192.168.64.1",
      "en0 192.168.1.5",
    ],
    ["192.168.1.5", "100.64.1.1", "192.168.64.1"],
  ],
  [
    "Windows",
    [
      "vEthernet_(WSL_(Hyper-V_firewall)) 172.29.0.1",
      "VMware_Network_Adapter_VMnet8 192.168.80.1",
      "이더넷 192.168.1.5",
      "Loopback_Pseudo-Interface_1 127.0.0.1",
    ],
    ["192.168.1.5", "172.29.0.1", "192.168.80.1"],
  ],
  [
    "a hotspot that Windows makes",
    ["로컬_영역_연결*_1 192.168.137.1", "Wi-Fi 192.168.0.3"],
    ["192.168.0.3", "192.168.137.1"],
  ],
  ["a proxy's invented network", ["Meta 198.18.0.1", "이더넷 192.168.0.3"], ["192.168.0.3"]],
  [
    "Android: Wi-Fi before the telephone network",
    ["rmnet_data0 10.33.1.2", "v4-rmnet_data1 192.0.0.4", "wlan0 192.168.43.2"],
    ["192.168.43.2", "10.33.1.2"],
  ],
  [
    "Incus, jails and Home Assistant",
    ["incusbr0 10.2.0.1", "epair0a 10.0.5.2", "hassio 172.30.32.1", "em0 192.168.2.2"],
    ["192.168.2.2", "10.2.0.1", "10.0.5.2", "172.30.32.1"],
  ],
  [
    "a network of Docker's under a name of its own",
    ["mynet 172.19.0.1 02:42:11:22:33:44", "eth0 172.20.0.2"],
    ["172.20.0.2", "172.19.0.1"],
  ],
  [
    "IPv6 by old tunnels",
    ["eth0 2001:0:53aa:64c::1 2002:c000:204::1 2001:db8:1::5"],
    ["2001:db8:1::5", "2001:0:53aa:64c::1", "2002:c000:204::1"],
  ],
  ["the same address twice", ["eth0 10.0.0.9", "eth0:1 10.0.0.9"], ["10.0.0.9"]],
])("%s", (_, rows, ranked) => {
  const [first = "mybox", ...rest] = ranked;
  const listed = () => interfaces(...rows);
  expect(localAddresses(listed, () => "mybox")).toEqual([first, ...rest]);
});

describe("without a usable address it is", () => {
  test("localhost on a machine without a network", () => {
    expect(
      localAddresses(
        () => interfaces(LO),
        () => "mybox",
      ),
    ).toEqual(["localhost"]);
  });

  test("the machine's name where it has link-local addresses", () => {
    expect(
      localAddresses(
        () => interfaces(LO, "eth0 fe80::1"),
        () => "mybox",
      ),
    ).toEqual(["mybox"]);
  });

  test("the machine's name where the interfaces can't be listed", () => {
    const fails = (): never => {
      throw new Error("uv_interface_addresses returned Unknown system error 97");
    };
    expect(localAddresses(fails, () => "mybox")).toEqual(["mybox"]);
    expect(localAddresses(fails, () => "")).toEqual(["localhost"]);
    expect(localAddresses(fails, fails)).toEqual(["localhost"]);
  });
});

test("a machine's name that no link can have is left out", () => {
  expect(
    localAddresses(
      () => interfaces(LO, "eth0 fe80::1"),
      () => "Mina's box",
    ),
  ).toEqual(["localhost"]);
});

test("a machine that is reached by IPv6 listens on it", () => {
  expect(listenHost("0.0.0.0", ["2001:db8::7", "172.17.0.1"])).toBe("::");
  expect(listenHost("0.0.0.0", ["192.168.1.5", "2001:db8::7"])).toBe("0.0.0.0");
  expect(listenHost("127.0.0.1", ["2001:db8::7"])).toBe("127.0.0.1");
});

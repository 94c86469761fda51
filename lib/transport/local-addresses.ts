import { hostname, networkInterfaces } from "node:os";
import { canonicalHost, isWithin, parseNetwork } from "../protocol/address.ts";

/** An address of an interface, with what counts here. */
interface InterfaceAddress {
  readonly address: string;
  readonly internal: boolean;
  readonly mac?: string;
}

/** The machine's interfaces by name. */
type Interfaces = Readonly<Record<string, readonly InterfaceAddress[] | undefined>>;

/** Only containers and virtual machines of this very machine reach these. */
const VIRTUAL =
  /^(?:docker|br-[0-9a-f]{12}$|veth|virbr|vnet|vmnet|vmenet|vboxnet|mpqemubr|lxc|lxd|incus|hassio|epair|cni|flannel|cali|cilium|weave|podman|kube|nerdctl|dummy|ifb|bridge\d|anpi|vEthernet)|VMware|VirtualBox|Hyper-V|WSL|Host-Only/i;
/** How Docker begins the hardware addresses of its networks, whatever their names. */
const DOCKER_MAC = "02:42:";
/**
 * Only the members of a private network, a telephone network (Android's rmnet and ccmni) or a hotspot
 * (Windows' "Local Area Connection* 1") reach these; those of macOS's awdl and llw nobody does.
 */
const TUNNEL =
  /^(?:tun|tap|wg|utun|ppp|ipsec|gif|stf|sit|ip6tnl|gre|tailscale|ts\d|zt|ham|nordlynx|proton|awdl|llw|rmnet|ccmni|wwan|v4-|clat)|VPN|Tailscale|ZeroTier|WireGuard|Wintun|TAP-|Hamachi|Bluetooth|Teredo|Clash|\* \d+$/i;

/** [network, rank]; the first network that an address is in counts. `null`: no other machine reaches it. */
const NETWORKS = (
  [
    ["127.0.0.0/8", null],
    ["169.254.0.0/16", null],
    ["0.0.0.0/8", null],
    // A telephone's own end of IPv4 over IPv6 (CLAT), and the invented addresses of proxies such as Clash.
    ["192.0.0.0/24", null],
    ["198.18.0.0/15", null],
    ["100.64.0.0/10", 4],
    ["10.0.0.0/8", 1],
    ["172.16.0.0/12", 1],
    ["192.168.0.0/16", 1],
    ["0.0.0.0/0", 0],
    // Teredo and 6to4, which hardly work any more.
    ["2001::/32", 5],
    ["2002::/16", 5],
    ["2000::/3", 2],
    ["fc00::/7", 3],
  ] as const
).flatMap(([text, rank]) => {
  const network = parseNetwork(text);
  return network === null ? [] : [{ network, rank }];
});

/**
 * Returns the addresses by which other machines reach this one, the best first: of a network card before a
 * tunnel's, and a virtual network's last; public IPv4, private IPv4, public IPv6, private IPv6. Loopback and
 * link-local addresses are left out.
 */
function rankAddresses(interfaces: Interfaces): string[] {
  const ranked = Object.entries(interfaces).flatMap(([name, addresses]) =>
    (addresses ?? []).flatMap(({ address, internal, mac }) => {
      const parsed = parseNetwork(address);
      const known = NETWORKS.find(({ network }) => parsed !== null && isWithin(network, parsed));
      if (internal || known === undefined || known.rank === null) return [];
      return [{ address, rank: interfaceRank(name, mac) + known.rank }];
    }),
  );
  ranked.sort((a, b) => a.rank - b.rank);
  return [...new Set(ranked.map(({ address }) => address))];
}

/**
 * Returns the names and addresses by which other machines reach this one, the best first. Where the system
 * doesn't list its interfaces (a hardened unit, Android), or they have no usable address, it is the machine's
 * own name; on a machine without a network "localhost".
 */
export function localAddresses(
  list: () => Interfaces = networkInterfaces,
  ownName: () => string = hostname,
): readonly [string, ...string[]] {
  let interfaces: Interfaces | null = null;
  try {
    interfaces = list();
  } catch {
    // Only links and a new certificate need them, so this ends no start.
  }
  const [first, ...rest] = interfaces === null ? [] : rankAddresses(interfaces);
  if (first !== undefined) return [first, ...rest];
  const all = Object.values(interfaces ?? {}).flatMap((addresses) => addresses ?? []);
  const isAlone = interfaces !== null && all.every(({ internal }) => internal);
  return [(!isAlone && nameOrNull(ownName)) || "localhost"];
}

/**
 * Returns the address to listen on. "0.0.0.0" is every IPv4 address, by which nobody would reach a machine
 * whose best address is IPv6: there it is "::", which takes both.
 */
export function listenHost(host: string, [best]: readonly [string, ...string[]]): string {
  return host === "0.0.0.0" && best.includes(":") ? "::" : host;
}

/** Returns the machine's own name, in the letters that the name of a cluster's node may have. */
export function machineName(): string {
  return (nameOrNull(hostname) ?? "node").replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 32);
}

function interfaceRank(name: string, mac = ""): number {
  if (VIRTUAL.test(name) || mac.startsWith(DOCKER_MAC)) return 20;
  return TUNNEL.test(name) ? 10 : 0;
}

function nameOrNull(ownName: () => string): string | null {
  try {
    return canonicalHost(ownName());
  } catch {
    return null;
  }
}

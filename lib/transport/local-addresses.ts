import { networkInterfaces } from "node:os";

/**
 * Names under which others reach a server that listens on `host`, the one to give them first. A server that
 * listens everywhere has the machine's addresses; IPv4 alone: shorter to type.
 */
export function reachableNames(host: string): readonly [string, ...string[]] {
  const own = ownAddresses();
  if (host !== "0.0.0.0" && host !== "::") return [host, ...own];
  const [first = "localhost", ...others] = own;
  return [first, ...others];
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

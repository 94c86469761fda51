/** The servers that the user has been at, and which of them the next start connects to. */
import { formatLink, parseLink, type ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { hostOf, machineKey, serverKey } from "../app-context.ts";
import type { AppPorts, SavedState } from "../app-ports.ts";

/** Servers that are remembered; with more, those that were visited longest ago go. */
const SERVERS_MAX = 50;

type SavedPorts = Pick<AppPorts, "saved" | "save">;

/** Returns the servers that the user has been at, the last one first. */
export function visitedServers({ saved }: Pick<AppPorts, "saved">): ServerLink[] {
  const links = [...(saved.servers ?? []).toReversed(), ...(saved.startServers ?? [])];
  const byKey = new Map<string, ServerLink>();
  for (const text of [...links, saved.server ?? ""]) {
    const link = parseLink(text);
    if (link !== null && !byKey.has(serverKey(link))) byKey.set(serverKey(link), plainLink(link));
  }
  return [...byKey.values()];
}

/** Returns the link to where the user was last at a server: for a bouncer without a network, to the last one. */
export function lastPlace(ports: Pick<AppPorts, "saved">, link: ServerLink): ServerLink {
  if ((link.network ?? null) !== null) return link;
  const last = visitedServers(ports).find((visited) => machineKey(visited) === machineKey(link));
  const { network = null } = last ?? {};
  return network === null ? link : { ...link, network };
}

/** Remembers that the user was at a server. */
export function saveVisit(ports: SavedPorts, link: ServerLink): void {
  const others = (ports.saved.servers ?? []).filter((text) => !isServer(text, link));
  ports.save({ servers: [...others, formatLink(plainLink(link))].slice(-SERVERS_MAX) });
}

/** Remembers what a server calls itself or its network; "" isn't known. */
export function saveServerName(ports: SavedPorts, link: ServerLink, name: string): void {
  const key = serverKey(link);
  if (name === "" || ports.saved.names?.[key] === name) return;
  ports.save({ names: { ...ports.saved.names, [key]: name } });
}

/** Returns a server as a list shows it while it isn't open: its name and its address, or the address alone. */
export function listedName({ saved }: Pick<AppPorts, "saved">, link: ServerLink): string {
  const host = hostOf(link);
  const name = sanitize(saved.names?.[serverKey(link)] ?? "");
  return name === "" || name === host ? host : `${name} (${host})`;
}

/** Takes a server off the list. */
export function forgetVisit(ports: SavedPorts, link: ServerLink): void {
  ports.save({
    servers: (ports.saved.servers ?? []).filter((text) => !isServer(text, link)),
    names: withoutEntry(ports.saved.names, serverKey(link)),
  });
}

/** Returns the servers that a start connects to by itself, where there are several, besides the one that it begins with. */
export function otherStartServers(
  { saved }: Pick<AppPorts, "saved">,
  begin: ServerLink,
): ServerLink[] {
  const { server = "", startServers = [] } = saved;
  if (startServers.length === 0) return [];
  const all = [server, ...startServers].filter((text) => !isServer(text, begin));
  return all.flatMap((text) => parseLink(text) ?? []);
}

/** Returns whether the next start connects to a server. */
export function isStartServer({ saved }: Pick<AppPorts, "saved">, link: ServerLink): boolean {
  return [...(saved.startServers ?? []), saved.server ?? ""].some((text) => isServer(text, link));
}

/** Says whether the next start connects to a server. It begins with the one that was chosen first. */
export function setStartServer(ports: SavedPorts, link: ServerLink, isOn: boolean): void {
  const { server = "" } = ports.saved;
  const isFirst = isServer(server, link);
  const others = (ports.saved.startServers ?? []).filter((text) => !isServer(text, link));
  const text = formatLink(plainLink(link));
  if (isOn) {
    if (parseLink(server) === null) ports.save({ server: text });
    else if (!isFirst) ports.save({ startServers: [...others, text] });
    return;
  }
  const [next = "", ...rest] = others;
  ports.save(isFirst ? { server: next, startServers: rest } : { startServers: others });
}

/** Lets the next start begin with this server; where it connects to several, they stay. */
export function setFirstServer(ports: SavedPorts, link: ServerLink): void {
  const startServers = otherStartServers(ports, link).map((other) => formatLink(other));
  ports.save({ server: formatLink(plainLink(link)), startServers });
}

/** Returns the fields that have an entry of the user for each server, without this one's. `key`: see `serverKey`; `logIn`: see `logInKey`. */
export function withoutUser(saved: SavedState, key: string, logIn: string): SavedState {
  return {
    accounts: withoutEntry(saved.accounts, logIn),
    muted: withoutEntry(saved.muted, key),
    preferences: withoutEntry(saved.preferences, key),
    networks: withoutEntry(saved.networks, key),
    nicks: withoutEntry(saved.nicks, key),
    receiptsAt: withoutEntry(saved.receiptsAt, key),
    rooms: withoutEntry(saved.rooms, key),
    serviceLanguages: withoutEntry(saved.serviceLanguages, key),
  };
}

/** Returns a record without one of its entries. */
export function withoutEntry<Value>(
  entries: Readonly<Record<string, Value>> | undefined,
  key: string,
): Readonly<Record<string, Value>> {
  const { [key]: _, ...others } = entries ?? {};
  return others;
}

/** A link without what works once, and without the fingerprint, which is in known-servers.json. */
function plainLink({ host, port, network = null }: ServerLink): ServerLink {
  const named = network === null ? {} : { network };
  return { host, port, ...named, fingerprint: null, invitation: null, room: null };
}

function isServer(text: string, link: ServerLink): boolean {
  const saved = parseLink(text);
  return saved !== null && serverKey(saved) === serverKey(link);
}

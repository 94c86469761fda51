/** The networks of a bouncer that lists them. Each is a server of its own: see `serverKey`. */
import {
  type BouncerNetwork,
  isUnbound,
  listNetworks,
} from "../../member-client/bouncer-networks.ts";
import { networkName, type ServerLink } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, logInKey, machineKey, serverKey } from "../app-context.ts";
import type { SavedState } from "../app-ports.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { storedPasswords, storePasswords } from "../saved/stored-passwords.ts";
import type { OpenServers } from "../servers/open-servers.ts";

/** UTF-16 units of a network's name that stand before a number, so that the number isn't cut off. */
const NUMBERED_UNITS_MAX = 50;

/** Returns whether a server is known as a bouncer that lists its networks, and the id of this one isn't known. */
export function needsNetwork({ networks = {} }: SavedState, link: ServerLink): boolean {
  if (networks[serverKey(link)] !== undefined) return false;
  return Object.keys(networks).some((key) => key.startsWith(`${machineKey(link)}/`));
}

/**
 * Asks which of a bouncer's networks to use, unless the connection leads to one already or its link names one, and
 * connects to it. The choice is remembered. Without a choice the user stays with the bouncer itself.
 */
export async function chooseNetwork(app: App, connection: ServerConnection): Promise<void> {
  const { prompts, words } = app;
  const { session, link } = connection;
  if (!isUnbound(session)) return;
  const networks = await networksOf(connection);
  if (networks.length === 0) return;
  const { network = null } = link;
  const names = namesOf(networks, app.ports.saved, link);
  let chosen = networks.find(({ id }) => names.get(id) === network) ?? null;
  if (network !== null && chosen === null) {
    prompts.warn(words.elsewhere.noNetwork(sanitize(network)));
  }
  chosen ??= await prompts.select(
    words.elsewhere.network,
    networks.map((value) => ({ value, ...labelOf(app, value) })),
  );
  if (chosen === null) return;
  const place = saveNetwork(app, link, chosen, networks);
  connection.bindNetwork(chosen.id, place.network ?? null);
  // Gives the present connection up at once, which its listeners hear of before there is a new one.
  connection.reconnect();
  await awaitCallback<void>((done) => {
    const stopListening = connection.listen(({ kind }) => {
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stopListening();
      done();
    });
  });
}

/** Returns the bouncers among the open servers, one connection of each. */
export function openBouncers(servers: OpenServers): ServerConnection[] {
  const byMachine = new Map<string, ServerConnection>();
  for (const { connection } of servers.all) {
    if (connection.session.state.phase.kind !== "ready") continue;
    if (listsNetworks(connection) || connection.networkByPassword) {
      byMachine.set(machineKey(connection.link), connection);
    }
  }
  return [...byMachine.values()];
}

function listsNetworks({ session }: ServerConnection): boolean {
  return session.state.isupport.has("BOUNCER_NETID") || isUnbound(session);
}

/**
 * Asks which other network of an open bouncer to open. Resolves to its link, which can be opened like any server; null:
 * the user went back, or there is none.
 */
export async function askOtherNetwork(
  app: App,
  servers: OpenServers,
  connection: ServerConnection,
): Promise<ServerLink | null> {
  const { prompts, words } = app;
  if (!listsNetworks(connection)) {
    const name = await prompts.text(words.elsewhere.networkCalled);
    const network = networkName(name ?? "");
    const nowhere = { invitation: null, room: null, reset: null };
    return network === "" ? null : { ...connection.link, ...nowhere, network };
  }
  const networks = await networksOf(connection);
  const open = openNetworks(servers, connection);
  const others = networks.filter(({ id }) => !open.has(id));
  if (others.length === 0) {
    prompts.info(words.elsewhere.noOtherNetwork);
    return null;
  }
  const choice = await prompts.select<BouncerNetwork | "back">(words.elsewhere.network, [
    ...others.map((value) => ({ value, ...labelOf(app, value) })),
    { value: "back", label: words.back },
  ]);
  if (choice === null || choice === "back") return null;
  return saveNetwork(app, connection.link, choice, networks);
}

/** The ids of the networks of a bouncer that are open. */
function openNetworks(servers: OpenServers, { link }: ServerConnection): ReadonlySet<string> {
  const same = servers.all.filter(
    ({ connection }) => machineKey(connection.link) === machineKey(link),
  );
  return new Set(
    same.map(({ connection }) => connection.session.state.isupport.get("BOUNCER_NETID") ?? ""),
  );
}

function networksOf({ session }: ServerConnection): Promise<readonly BouncerNetwork[]> {
  return awaitCallback((done) => listNetworks(session, done));
}

function labelOf({ words }: App, { name, isConnected }: BouncerNetwork) {
  return {
    label: sanitize(name),
    ...(!isConnected && { hint: words.elsewhere.networkDown }),
  };
}

/**
 * Returns by their ids what the networks of a bouncer are called in addresses: by their names, with a number where several
 * have the same. No two share one, and each keeps what it was called when it was first chosen.
 */
function namesOf(
  networks: readonly BouncerNetwork[],
  { networks: savedIds = {} }: SavedState,
  link: ServerLink,
): ReadonlyMap<string, string> {
  const prefix = `${machineKey(link)}/`;
  const names = new Map<string, string>();
  const taken = new Set<string>();
  for (const { id, name } of networks) {
    const saved = Object.entries(savedIds)
      .filter(([key, savedId]) => savedId === id && key.startsWith(prefix))
      .map(([key]) => key.slice(prefix.length))
      .find((place) => isCalled(place, name));
    if (saved === undefined || taken.has(saved)) continue;
    names.set(id, saved);
    taken.add(saved);
  }
  for (const { id, name } of networks) {
    if (names.has(id)) continue;
    let number = 1;
    while (taken.has(numberedName(name, number))) number += 1;
    names.set(id, numberedName(name, number));
    taken.add(numberedName(name, number));
  }
  return names;
}

/** Whether a network of this name is called so in addresses, with or without a number. */
function isCalled(place: string, name: string): boolean {
  const number = Number(/-(\d{1,9})$/.exec(place)?.[1] ?? 1);
  return place === numberedName(name, 1) || place === numberedName(name, number);
}

function numberedName(name: string, number: number): string {
  const plain = networkName(name) || "network";
  return number === 1 ? plain : networkName(`${plain.slice(0, NUMBERED_UNITS_MAX)} ${number}`);
}

/**
 * Remembers the id of a network. Returns the link to it: of an earlier version's choice, which was saved for the bouncer
 * itself, that is the bouncer's.
 */
function saveNetwork(
  { ports }: App,
  link: ServerLink,
  network: BouncerNetwork,
  networks: readonly BouncerNetwork[],
): ServerLink {
  const bouncer = { ...link, network: null };
  const isEarlier = ports.saved.networks?.[machineKey(link)] === network.id;
  const name = namesOf(networks, ports.saved, link).get(network.id) ?? null;
  const place = isEarlier ? bouncer : { ...link, network: name };
  const networkIds = { ...ports.saved.networks, [serverKey(place)]: network.id };
  const before = logInKey(ports.saved, link);
  const after = logInKey({ networks: networkIds }, place);
  if (before === after) ports.save({ networks: networkIds });
  else moveLogIn(ports, networkIds, before, after);
  return { ...place, invitation: null, room: null, reset: null };
}

/**
 * Somebody named a network before it was known that all of this bouncer's have one log-in: it moves as that becomes known,
 * in one write.
 */
function moveLogIn(
  ports: App["ports"],
  networks: NonNullable<SavedState["networks"]>,
  before: string,
  after: string,
): void {
  const { [before]: account, ...accounts } = ports.saved.accounts ?? {};
  const moved = account === undefined ? {} : { accounts: { ...accounts, [after]: account } };
  ports.save({ networks, ...moved });
  const { account: user, password } = storedPasswords(ports, before);
  if (user === undefined || password === undefined) return;
  storePasswords(ports, after, { ...storedPasswords(ports, after), account: user, password });
  storePasswords(ports, before, null);
}

import type { Authenticator, NatsConnection } from "@nats-io/transport-node";
import type { FrameBus, Subject } from "../engine.ts";
import { reasonOf, refusalOf } from "./nats-errors.ts";
import type { NatsModules, NatsOptions, NatsRefusal } from "./nats-stream.ts";

const RECONNECT_MS = 250;
/** A connection that says nothing is given up after two of these. */
const PING_MS = 2000;
/** Credentials in one line: a user and a password, or the seed of a user's nkey. */
const USER_AND_PASSWORD = /^([^\s:]+):(\S+)$/;
const NKEY_SEED = /^SU[A-Z2-7]{56}$/;

/** NATS as a bus alone, without the log: for gateways, whose user of NATS may be kept from it. */
export class NatsBus implements FrameBus {
  readonly #connection: NatsConnection;
  readonly #onProblem: (text: string, cause: unknown) => void;
  readonly #watchers = new Set<(isConnected: boolean) => void>();
  #isConnected = true;

  /** @param reconnected is waited for before anybody is told that the connection is there again */
  constructor(
    connection: NatsConnection,
    onProblem: (text: string, cause: unknown) => void,
    reconnected: () => Promise<unknown> = async () => {},
  ) {
    this.#connection = connection;
    this.#onProblem = onProblem;
    void this.#watch(reconnected);
  }

  get messageBytesMax(): number {
    return this.#connection.info?.max_payload ?? 1 << 20;
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  publish(subject: Subject, bytes: Uint8Array): boolean {
    const isOpen = this.#isConnected && !this.#connection.isClosed();
    if (!isOpen || bytes.length > this.messageBytesMax) return false;
    this.#connection.publish(subject, bytes);
    return true;
  }

  subscribe(subject: Subject, listener: (bytes: Uint8Array) => void): () => void {
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) return listener(message.data.slice());
        this.#onProblem(`NATS refuses to listen to ${subject}: ${reasonOf(error)}`, error);
      },
    });
    return () => subscription.unsubscribe();
  }

  onConnection(listener: (isConnected: boolean) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  async close(): Promise<void> {
    this.#watchers.clear();
    await this.#connection.close();
  }

  async #watch(reconnected: () => Promise<unknown>): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === "disconnect") this.#setConnected(false);
      if (type !== "reconnect") continue;
      await reconnected();
      this.#setConnected(true);
    }
  }

  #setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return;
    this.#isConnected = isConnected;
    for (const watcher of [...this.#watchers]) watcher(isConnected);
  }
}

/** Connects to NATS as a bus alone. Resolves to a refusal when it can't be reached. Never rejects. */
export async function connectNatsBus(
  options: NatsOptions,
): Promise<{ readonly bus: NatsBus } | NatsRefusal> {
  try {
    const connection = await openConnection(await loadNats(), options);
    return { bus: new NatsBus(connection, options.onProblem ?? (() => {})) };
  } catch (error) {
    return refusalOf(options.urls, error);
  }
}

/** Opens a connection, which reconnects for ever. Rejects with NATS's errors. */
export function openConnection(
  modules: NatsModules,
  { urls, name, credentials = null, authority = null }: NatsOptions,
): Promise<NatsConnection> {
  const { transport } = modules;
  const isSecure = authority !== null || urls.some((url) => url.startsWith("tls://"));
  return transport.connect({
    servers: [...urls],
    name: `sodam ${name}`,
    ...(isSecure && { tls: authority === null ? {} : { ca: authority } }),
    ...(credentials !== null && { authenticator: authenticatorOf(credentials, modules) }),
    // With what the servers say of each other, a first attempt that they all refuse would never end.
    ignoreClusterUpdates: true,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    ignoreAuthErrorAbort: true,
    pingInterval: PING_MS,
    timeout: 5000,
  });
}

/**
 * Returns how to log in with the content of a credentials file: a line `user:password`, the seed of an nkey, or what NATS's
 * own tools write. What is none of these fails when it is used, as a damaged one does.
 */
function authenticatorOf(credentials: Uint8Array, { transport }: NatsModules): Authenticator {
  const text = new TextDecoder().decode(credentials).trim();
  if (NKEY_SEED.test(text)) return transport.nkeyAuthenticator(new TextEncoder().encode(text));
  const [, user, password] = USER_AND_PASSWORD.exec(text) ?? [];
  if (user === undefined) return transport.credsAuthenticator(credentials);
  return transport.usernamePasswordAuthenticator(user, password);
}

/** Loads the packages; not their WebSocket transport, which the core brings along and nothing here uses. */
export async function loadNats(): Promise<NatsModules> {
  try {
    const core = require.resolve("@nats-io/nats-core/internal");
    const webSockets = core.replace(/internal_mod\.js$/, "ws_transport.js");
    // The cast: all that is looked at is what it exports.
    require.cache[webSockets] ??= { exports: {}, loaded: true } as NodeJS.Module;
  } catch {
    // In a binary the packages are no files.
  }
  const transport = await import("@nats-io/transport-node");
  const jetstream = await import("@nats-io/jetstream");
  return { transport, jetstream };
}

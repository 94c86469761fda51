import { describe, expect, test } from "bun:test";
import type { AppPorts, ConnectOutcome, OpenConnectionHandlers } from "../../lib/app/app-ports.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { parseRoomName } from "../../lib/protocol/names.ts";
import { parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";
import { elapsedMs } from "../elapsed.ts";
import { SATURDAY } from "./team.ts";

/** Ports whose time passes only when a test says so, and the server at the other end. */
class World {
  now = SATURDAY;
  /** By how much the time of day was set ahead. */
  setAheadMs = 0;
  /** When it connected, in ms since the start. */
  readonly dialled: number[] = [];
  /** The lines that the client sent. */
  readonly heard: string[] = [];
  /** The outcomes of the next connections; afterwards all succeed. */
  readonly outcomes: ConnectOutcome[] = [];
  /** Fingerprints that were stored. */
  readonly remembered: string[] = [];
  isAuthorised = false;
  handlers: OpenConnectionHandlers | null = null;
  /** Those who are told when the process goes on. */
  readonly listeners = new Set<() => void>();
  #timers: { dueMs: number; action: () => void }[] = [];

  readonly ports = {
    ...{ saved: {}, history: null, encoding: null },
    now: () => this.now + this.setAheadMs,
    elapsed: () => elapsedMs(this.now - SATURDAY),
    random: () => 1,
    id: () => "id",
    after: (ms: number, action: () => void) => {
      const timer = { dueMs: this.now + ms, action };
      this.#timers.push(timer);
      return () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      };
    },
    connect: (_: ServerLink, handlers: OpenConnectionHandlers): Promise<ConnectOutcome> => {
      this.dialled.push(this.now - SATURDAY);
      const connection = {
        ...{ fingerprint: "ab".repeat(32), isAuthorised: this.isAuthorised },
        send: (line: string) => void this.heard.push(line),
        hold() {},
        close: () => void this.heard.push("(closed)"),
      };
      this.handlers = handlers;
      return Promise.resolve(this.outcomes.shift() ?? { kind: "connected", connection });
    },
    onContinue: (listener: () => void) => {
      this.listeners.add(listener);
      return () => this.listeners.delete(listener);
    },
    serverPassword: () => null,
    remember: (_: ServerLink, fingerprint: string, replaces: string | null) => {
      this.remembered.push(`${fingerprint} for ${replaces}`);
      return null;
    },
    // A connection uses no other port.
  } as unknown as AppPorts;

  /** Lets `ms` pass, and runs each timer that falls due meanwhile. */
  async passes(ms: number): Promise<void> {
    const end = this.now + ms;
    for (;;) {
      const due = this.#timers
        .filter(({ dueMs }) => dueMs <= end)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.now = Math.max(this.now, due.dueMs);
      due.action();
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    this.now = end;
  }

  get timerCount(): number {
    return this.#timers.length;
  }

  /** The process was stopped, and goes on. */
  continues(): void {
    for (const listener of this.listeners) listener();
  }

  says(...lines: string[]): void {
    for (const text of lines) this.handlers?.line({ kind: "text", text });
  }
}

function linkTo(text: string): ServerLink {
  const link = parseLink(text);
  if (link === null) throw new Error(`no link: ${text}`);
  return link;
}

const CHANGED = { kind: "changed", known: "aa", fingerprint: "bb", source: "memory" } as const;

async function connected({ isAuthorised = false } = {}): Promise<{
  world: World;
  connection: ServerConnection;
}> {
  const world = new World();
  world.isAuthorised = isAuthorised;
  const connection = new ServerConnection(world.ports, linkTo("chat.example"));
  expect((await connection.open()).kind).toBe("connected");
  return { world, connection };
}

describe("a connection", () => {
  test("negotiates as soon as it is connected", async () => {
    const { world } = await connected();
    expect(world.heard[0]).toBe("CAP LS 302");
  });

  test("that is ended by what its own tick has found leaves no timer behind", async () => {
    const { world, connection } = await connected();
    connection.listen(({ kind }) => {
      if (kind === "stalled") connection.end();
    });
    await world.passes(120_000);
    expect(world.heard).toContain("(closed)");
    expect(world.timerCount).toBe(0);
  });

  test("reconnects by itself with growing delays, once the user is logged in", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    const down = { kind: "failed", problem: "refused" } as const;
    world.outcomes.push(down, down);
    world.handlers?.closed("gone");
    await world.passes(10);
    expect(connection.session.state.phase).toEqual({
      ...{ kind: "waiting", retryElapsedMs: 500, attempt: 0, trouble: null },
    });
    await world.passes(10_000);
    expect(world.dialled).toEqual([0, 500, 1500, 3500]);
    expect(connection.connected).toBe(true);
  });

  test("doesn't reconnect before the log-in, where the user is asked", async () => {
    const { world } = await connected();
    world.handlers?.closed("gone");
    await world.passes(120_000);
    expect(world.dialled.length).toBe(1);
  });

  test("to a server with another certificate knows why, and tries once a minute", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    world.outcomes.push(CHANGED, { ...CHANGED }, CHANGED);
    world.handlers?.closed("gone");
    await world.passes(1000);
    expect(connection.trouble).toEqual(CHANGED);
    expect(connection.session.state.phase).toEqual({
      ...{ kind: "waiting", retryElapsedMs: 60_500, attempt: 1, trouble: "changed" },
    });
    const { trouble } = connection;
    await world.passes(60_000);
    // The same object: the screen reports each trouble once.
    expect(connection.trouble).toBe(trouble);
    await world.passes(60_000);
    expect(world.dialled).toEqual([0, 500, 60_500, 120_500]);
    await world.passes(60_000);
    expect([connection.connected, connection.trouble]).toEqual([true, null]);
  });

  test("reconnects at once when told to, whatever stopped it", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    world.outcomes.push(CHANGED);
    world.handlers?.closed("gone");
    await world.passes(5000);
    expect([connection.connected, world.dialled.length]).toEqual([false, 2]);
    connection.reconnect();
    await world.passes(0);
    expect([connection.connected, world.dialled.length]).toEqual([true, 3]);
    await world.passes(60_000);
    expect(world.dialled.length).toBe(3);
  });

  test("that is open is replaced when told to reconnect", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    connection.reconnect();
    connection.reconnect();
    await world.passes(5000);
    expect([connection.connected, world.dialled.length]).toEqual([true, 2]);
    expect(world.heard.filter((line) => line === "(closed)").length).toBe(1);
  });

  test("stops waiting when the user wants to reconnect", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    world.handlers?.closed("gone");
    await world.passes(1);
    connection.retryNow();
    await world.passes(0);
    expect(world.dialled).toEqual([0, 1]);
    await world.passes(5000);
    expect(world.dialled.length).toBe(2);
  });

  test("quits, and then calls no listener any more", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    connection.end("bye");
    expect(world.heard.slice(-2)).toEqual(["QUIT bye", "(closed)"]);
    world.handlers?.closed("gone");
    await world.passes(120_000);
    expect(world.dialled.length).toBe(1);
  });

  test("keeps lines that arrive before `connect` resolves", async () => {
    const world = new World();
    const connection = new ServerConnection(world.ports, linkTo("chat.example"));
    const opening = connection.open();
    world.says("ERROR :Too many connections");
    world.handlers?.closed("gone");
    await opening;
    expect(connection.session.state.phase).toEqual({
      ...{ kind: "offline", why: "lost", text: "Too many connections" },
    });
  });

  test("on which nothing is said for a minute is silent, and closed", async () => {
    const { world, connection } = await connected();
    await world.passes(59_000);
    expect([connection.problem, connection.connected]).toEqual([null, true]);
    await world.passes(2000);
    expect([connection.problem, connection.connected]).toEqual(["silent", false]);
    expect(connection.firstStep).toMatchObject({ kind: "disconnected", text: "" });
  });

  test("that waits for its next attempt makes it at once when the machine or the program wakes", async () => {
    const { world, connection } = await connected();
    connection.autoReconnect = true;
    const down = { kind: "failed", problem: "refused" } as const;
    world.outcomes.push(...Array.from({ length: 12 }, () => down));
    world.handlers?.closed("gone");
    await world.passes(300_000);
    const before = world.dialled.length;
    world.setAheadMs = 3_600_000;
    await world.passes(1000);
    expect(world.dialled.length).toBe(before + 1);
    world.continues();
    await world.passes(0);
    expect(world.dialled.length).toBe(before + 2);
    connection.end();
    expect(world.listeners.size).toBe(0);
  });

  test("tries again when the server was too busy to log in, and not when it refused", async () => {
    for (const [answer, dials] of [
      ["FAIL AUTHENTICATE TEMPORARILY_UNAVAILABLE :Busy", 2],
      [":s 904 * :SASL authentication failed", 1],
    ] as const) {
      const { world, connection } = await connected();
      connection.session.logIn({ kind: "password", account: "mina", password: "secret" });
      connection.autoReconnect = true;
      world.says(":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl", "AUTHENTICATE +", answer);
      await world.passes(1000);
      expect(world.dialled.length).toBe(dials);
    }
  });

  test("makes a link that holds the fingerprint, and what is asked for", async () => {
    const { connection } = await connected();
    const server = `sodam://chat.example:6697/fp-${"ab".repeat(32)}`;
    expect(connection.linkWith({ invitation: "code" })).toBe(`${server}/invite-code`);
    expect(connection.linkWith({ room: parseRoomName("#tea") })).toBe(`${server}/room-tea`);
  });

  test("makes a link without a fingerprint where an authority vouches for the server", async () => {
    const { connection } = await connected({ isAuthorised: true });
    expect(connection.linkWith({ invitation: "code" })).toBe(
      "sodam://chat.example:6697/invite-code",
    );
  });

  test.each([
    ["chat.example.org:443", "chat.example.org:443"],
    ["chat.example.org", "chat.example.org:6697"],
    ["[2001:db8::7]:7000", "2001-db8--7.ipv6-literal.net:7000"],
    ["no/address", "chat.example:6697"],
  ])("makes a link with the address that the owner announces: %s", async (announced, address) => {
    const { world, connection } = await connected({ isAuthorised: true });
    world.says(
      ":s 001 mina :Welcome",
      `:s 005 mina sodam.chat/ADDRESS=${announced} :are supported`,
    );
    expect(connection.linkWith({})).toBe(`sodam://${address}/`);
  });

  test("goes on with another certificate only when it is confirmed, and stores it", async () => {
    const { world, connection } = await connected();
    const fingerprint = "cd".repeat(32);
    expect(connection.confirm({ fingerprint }, "abababab")).toEqual({ kind: "wrong" });
    expect([world.remembered, connection.link.fingerprint]).toEqual([[], null]);
    const newLink = `sodam://chat.example/fp-${fingerprint}/invite-code`;
    expect(connection.confirm({ fingerprint, known: "aa" }, newLink).kind).toBe("confirmed");
    expect(connection.link).toMatchObject({ fingerprint, invitation: "code" });
    expect(world.remembered).toEqual([`${fingerprint} for aa`]);
    expect(world.heard.at(-1)).toBe("PASS code");
    connection.reconnect();
    await world.passes(0);
    expect(world.heard.filter((line) => line.startsWith("PASS"))).toEqual([
      "PASS code",
      "PASS code",
    ]);
  });
});

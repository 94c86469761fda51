import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AppendOutcome, LogFacts } from "../../lib/cluster/engine.ts";
import { connectNats, type NatsEngine } from "../../lib/cluster/nats/nats-engine.ts";
import type { NatsOptions } from "../../lib/cluster/nats/nats-stream.ts";
import { describeEngine, type EngineEnd, type EngineStage } from "../cluster/engine-contract.ts";
import { TestAuthority } from "../transport/test-authority.ts";
import { CuttableWay, NatsCluster, NatsServer, until } from "./nats-server.ts";

/* The engine's contract with a nats-server, and what is NATS's own. */

const server = new NatsServer();
beforeAll(() => server.start());
afterAll(() => server.remove());

let clusters = 0;

async function connect(url: string, name: string, position = 0): Promise<NatsEngine> {
  const connected = await connectNats({
    urls: [url],
    name,
    origin: { after: position, previous: null, hasMore: false, keyId: null },
  });
  if ("refused" in connected) throw new Error(connected.refused);
  return connected.engine;
}

async function natsStage(): Promise<EngineStage> {
  clusters += 1;
  const name = `contract-${clusters}`;
  const ends = new Map<EngineEnd, { readonly engine: NatsEngine; readonly way: CuttableWay }>();
  const open = async (): Promise<EngineEnd> => {
    const way = new CuttableWay(() => server.port);
    const engine = await connect(way.url, name);
    const end = { log: engine, bus: engine };
    ends.set(end, { engine, way });
    return end;
  };
  return {
    open,
    until,
    settle: () => Bun.sleep(150),
    async setConnected(end, isConnected) {
      const { engine, way } = ends.get(end) ?? {};
      way?.setCut(!isConnected);
      await until(() => engine?.isConnected === isConnected);
    },
    loseNextAnswer(end) {
      const { way } = ends.get(end) ?? {};
      if (way !== undefined) way.losesAnswer = true;
    },
    async reopen(end) {
      await end.log.close();
      return open();
    },
    async close() {
      for (const { engine, way } of ends.values()) {
        await engine.close();
        way.close();
      }
    },
  };
}

describeEngine("nats-server", natsStage);

describe("NATS", () => {
  /** Appends, and resolves to the outcome. */
  const append = (engine: NatsEngine, after: number, text: string): Promise<AppendOutcome> =>
    new Promise((done) => {
      engine.append({ id: `n-${text}-${after}`, bytes: Buffer.from(text), after }, done);
    });

  /** Follows, and notes what comes. */
  const follow = (engine: NatsEngine, after = 0) => {
    const heard = { entries: [] as string[], lost: null as LogFacts | null };
    engine.follow(after, {
      entry: ({ sequence, bytes }) => heard.entries.push(`${sequence} ${Buffer.from(bytes)}`),
      lost: (facts) => {
        heard.lost = facts;
      },
    });
    return heard;
  };

  /** Runs a play with a server of its own. */
  const withServer = async (
    config: string,
    storage: string,
    act: (own: NatsServer) => Promise<void>,
  ): Promise<void> => {
    const own = new NatsServer(config, storage);
    try {
      await own.start();
      await act(own);
    } finally {
      await own.remove();
    }
  };

  test("holds nothing on its disk of what was erased", async () => {
    await withServer("", "1TB", async (own) => {
      const engine = await connect(own.url, "hygiene");
      const isStored = async (text: string): Promise<boolean> => {
        const grep = Bun.spawn(["grep", "-rqa", text, own.store], { stderr: "ignore" });
        return (await grep.exited) === 0;
      };
      for (let n = 1; n <= 300; n += 1) await append(engine, n - 1, `text-${n}-${"x".repeat(300)}`);
      expect(await isStored("text-4-")).toBe(true);
      expect(await engine.erase([4, 299, 300])).toBe(true);
      // A purge alone leaves the bytes where they are.
      expect(await engine.cut(100)).toBe(true);
      expect(await engine.facts()).toMatchObject({ first: 101, last: 300 });
      for (const [n, isThere] of [
        [4, false],
        [299, false],
        [300, false],
        [298, true],
      ] as const) {
        expect([n, await isStored(`text-${n}-`)]).toEqual([n, isThere]);
      }
      await engine.close();
    });
  });

  test("may be killed or stopped: appends wait, and followers go on", async () => {
    await withServer("", "1TB", async (own) => {
      const engine = await connect(own.url, "killed");
      const other = await connect(own.url, "killed");
      const heard = follow(other);
      expect(await append(engine, 0, "a")).toEqual({ kind: "appended", sequence: 1 });
      await own.kill();
      await until(() => !engine.isConnected && !other.isConnected);
      const waiting = append(engine, 1, "b");
      await own.start();
      expect(await waiting).toEqual({ kind: "appended", sequence: 2 });
      own.signal("SIGSTOP");
      const stopped = append(engine, 2, "c");
      await Bun.sleep(3000);
      own.signal("SIGCONT");
      expect(await stopped).toEqual({ kind: "appended", sequence: 3 });
      expect(await append(engine, 3, "d")).toEqual({ kind: "appended", sequence: 4 });
      await until(() => heard.entries.length === 4);
      expect(heard.entries).toEqual(["1 a", "2 b", "3 c", "4 d"]);
      await engine.close();
      await other.close();
    });
  });

  test("of three servers may lose any one with kill -9, and keeps three copies", async () => {
    const cluster = new NatsCluster();
    try {
      await cluster.start();
      const engines: NatsEngine[] = [];
      // Until the three have agreed on a leader, JetStream answers nobody.
      while (engines.length < 2) {
        const connected = await connectNats({ urls: cluster.urls, name: "three" });
        if ("engine" in connected) engines.push(connected.engine);
      }
      const [writer, reader] = engines as [NatsEngine, NatsEngine];
      expect(engines.map(({ copies }) => copies)).toEqual([3, 3]);
      const heard = follow(reader);
      let after = 0;
      const appendSome = async (): Promise<void> => {
        for (let n = 0; n < 20; n += 1) {
          expect(await append(writer, after, `e${after + 1}`)).toEqual({
            ...{ kind: "appended", sequence: after + 1 },
          });
          after += 1;
        }
      };
      await appendSome();
      for (const each of cluster.servers) {
        const appending = appendSome();
        await each.kill();
        await appending;
        await each.start();
        await appendSome();
      }
      await until(() => heard.entries.length === after);
      const sequences = Array.from({ length: after }, (_, n) => `${n + 1} e${n + 1}`);
      expect(heard.entries).toEqual(sequences);
      for (const engine of engines) await engine.close();
    } finally {
      await cluster.remove();
    }
  });

  test("may lose its disk: the log goes on behind a node's position", async () => {
    await withServer("", "1TB", async (own) => {
      const engine = await connect(own.url, "lost");
      for (let n = 0; n < 5; n += 1) await append(engine, n, `e${n + 1}`);
      await own.kill();
      await engine.close();
      rmSync(own.store, { recursive: true });
      await own.start();
      const again = await connect(own.url, "lost", 5);
      expect(await append(again, 3, "late")).toEqual({ kind: "fenced" });
      expect(await append(again, 5, "e6")).toEqual({ kind: "appended", sequence: 6 });
      const [current, old, future] = [follow(again, 5), follow(again, 3), follow(again, 9)];
      await until(() => current.entries.length === 1 && old.lost !== null && future.lost !== null);
      expect(current.entries).toEqual(["6 e6"]);
      expect(old.lost).toMatchObject({ first: 6, last: 6 });
      expect(await again.erase([2, 6])).toBe(true);
      expect(await append(again, 6, "e7")).toEqual({ kind: "appended", sequence: 7 });
      expect(await again.cut(6)).toBe(true);
      expect(await again.facts()).toMatchObject({ first: 7, last: 7 });
      await again.close();
    });
  });

  test("gives the log less room where it has less", async () => {
    await withServer("", "1GB", async (own) => {
      const engine = await connect(own.url, "small");
      expect(await append(engine, 0, "a")).toEqual({ kind: "appended", sequence: 1 });
      expect(engine.copies).toBe(1);
      await engine.close();
    });
  });

  test("is refused with a sentence when it can't be used", async () => {
    const refusal = async (
      options: Partial<NatsOptions> & Pick<NatsOptions, "urls">,
    ): Promise<string> => {
      const connected = await connectNats({ name: "none", ...options });
      return "refused" in connected ? connected.refused : "";
    };
    expect(await refusal({ urls: ["nats://127.0.0.1:1"] })).toContain("connection refused");
    const urls = [server.url];
    expect(await refusal({ urls, origin: null })).toContain("Start a node first");
    expect(await refusal({ urls, name: "a.b" })).toContain("can't be called");
    expect(await refusal({ urls, credentials: Buffer.from("junk") })).toContain("credentials");
    await withServer("authorization { user: a, password: b }", "1TB", async (own) => {
      expect(await refusal({ urls: [own.url] })).toMatch(/authorization violation/i);
    });
    const noJetStream = new NatsServer("", "off");
    try {
      await noJetStream.start();
      expect(await refusal({ urls: [noJetStream.url] })).toContain("Start nats-server with -js");
      expect(await refusal({ urls: [noJetStream.url.replace("nats:", "tls:")] })).toMatch(/tls/i);
    } finally {
      await noJetStream.remove();
    }
  });

  test("is reached by TLS, and its certificate is checked", async () => {
    const folder = mkdtempSync(join(tmpdir(), "sodam-nats-tls-"));
    const authority = await TestAuthority.create();
    const { cert, key } = await authority.sign(["localhost"]);
    const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    try {
      const tls = `tls { cert_file: "${certFile}", key_file: "${keyFile}" }`;
      await withServer(tls, "1TB", async (own) => {
        const url = own.url.replace("nats:", "tls:").replace("127.0.0.1", "localhost");
        const untrusted = await connectNats({ urls: [url], name: "tls" });
        expect("refused" in untrusted && untrusted.refused).toContain("cannot be used");
        const connected = await connectNats({
          urls: [url],
          name: "tls",
          authority: authority.cert,
        });
        if ("refused" in connected) throw new Error(connected.refused);
        expect((await append(connected.engine, 0, "a")).kind).toBe("appended");
        await connected.engine.close();
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

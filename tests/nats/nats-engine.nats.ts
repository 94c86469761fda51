import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { connectNats, type NatsEngine } from "../../lib/cluster/nats-engine.ts";
import { describeEngine, type EngineEnd, type EngineStage } from "../cluster/engine-contract.ts";
import { CuttableWay, NatsServer, until } from "./nats-server.ts";

/* The engine's contract with a nats-server, and what is NATS's own. */

const server = new NatsServer();
beforeAll(() => server.start());
afterAll(() => server.remove());

let clusters = 0;

async function connect(url: string, name: string): Promise<NatsEngine> {
  const connected = await connectNats({ urls: [url], name });
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

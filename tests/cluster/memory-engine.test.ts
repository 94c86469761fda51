import { type MemoryConnection, MemoryEngine, World } from "../memory-engine.ts";
import { describeEngine, type EngineEnd, type EngineStage } from "./engine-contract.ts";

const WAIT_MS_MAX = 60_000;

async function memoryStage(): Promise<EngineStage> {
  const world = new World();
  const engine = new MemoryEngine(world);
  Object.assign(engine.faults, { delayMs: 5, bytesMax: 64 << 10 });
  const connections = new Map<EngineEnd, MemoryConnection>();
  const open = async (): Promise<EngineEnd> => {
    const connection = engine.connect();
    const end = { log: connection, bus: connection };
    connections.set(end, connection);
    return end;
  };
  return {
    open,
    async until(holds) {
      for (let waitedMs = 0; !holds(); waitedMs += 1) {
        if (waitedMs > WAIT_MS_MAX) throw new Error("it doesn't come");
        world.run(1);
      }
    },
    settle: async () => world.run(1000),
    async setConnected(end, isConnected) {
      connections.get(end)?.setConnected(isConnected);
    },
    loseNextAnswer() {
      engine.loseAnswers = 1;
    },
    async reopen(end) {
      await end.log.close();
      return open();
    },
    close: async () => {},
  };
}

describeEngine("memory", memoryStage);

import type { FrameBus } from "../../cluster/engine.ts";
import type { Log } from "../../settings/log.ts";
import { ownersNodeName } from "./open-node.ts";

/** What a node's log says of its cluster as it goes on. */

/** Notes when NATS is lost, and when it is reached again. */
export function noteConnections(engine: Pick<FrameBus, "onConnection">, note: Log): void {
  let lostAtMs = 0;
  engine.onConnection((isConnected) => {
    if (!isConnected) {
      lostAtMs = performance.now();
      return note("warn", "NATS is not reached any more: until it is, what people send waits");
    }
    const seconds = ((performance.now() - lostAtMs) / 1000).toFixed(1);
    note("info", `NATS is reached again, after ${seconds} s`);
  });
}

/** Notes whom the node follows: processes are named by their nodes. */
export function noteLeader(
  leader: string,
  { process, cluster }: { readonly process: string; readonly cluster: string },
  note: Log,
): void {
  const name = ownersNodeName(leader);
  // Itself, before it was started anew.
  if (name === ownersNodeName(process)) return;
  note("info", `this node follows ${name}, which leads the cluster ${cluster}`);
}

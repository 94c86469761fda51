import { ChildListener } from "../cluster/supervisor/child-listener.ts";
import type { Supervisor } from "../cluster/supervisor/supervisor.ts";
import { SupervisorConnection } from "../cluster/supervisor/supervisor-connection.ts";

/** How a supervisor hears who is alive, and lets gateways run empty. */
export interface SupervisorPeers {
  /** Tells these gateways to accept no connections any more. */
  retire(gateways: readonly number[]): void;
}

/** On one machine: the supervisor connects to the leader, which speaks for its gateways. */
export function leaderAsPeer(socket: string, supervisor: Supervisor): SupervisorPeers {
  const connection = new SupervisorConnection(socket, {
    report(report) {
      if (report.kind === "alive") return supervisor.alive(report.gateways);
      void supervisor
        .upgrade(report.part)
        .then((outcome) => connection.tell({ kind: "upgraded", ...outcome }));
    },
    greeting: () => ({ kind: "retire", gateways: supervisor.leaving }),
  });
  void connection.connect();
  return { retire: (gateways) => connection.tell({ kind: "retire", gateways }) };
}

/** In a cluster: each child connects to the supervisor, and speaks for itself. */
export function childrenAsPeers(
  socket: string,
  supervisor: Supervisor,
): SupervisorPeers & Pick<ChildListener, "gateways"> {
  const listener = new ChildListener(socket, {
    nameOf: (pid) => supervisor.nameOf(pid),
    alive: (child, silentMs) => supervisor.heard(child, silentMs),
    listening: (gateways) => supervisor.listening(gateways),
    upgrade: (part) =>
      void supervisor
        .upgrade(part)
        .then((outcome) => listener.tellNode({ kind: "upgraded", ...outcome })),
    leaving: () => supervisor.leaving,
  });
  return {
    // Those that are leaving are known by the supervisor.
    retire: () => listener.retire(),
    get gateways() {
      return listener.gateways;
    },
  };
}

import { LeaderWatch } from "../../lib/cluster/bus/leader-beat.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { NodeRegistry } from "../../lib/cluster/nodes/node-registry.ts";
import { Standby } from "../../lib/server-process/node/standby.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";

/* Each rule that a cluster holds, broken once. */

/** A way to break a rule: what the engine, nodes or gateways do otherwise. */
export interface ReplicaMutation {
  readonly broken: string;
  /** What the simulation is to say of it. */
  readonly findings: RegExp;
  /** The first play that finds it; the first of all if it is left out. */
  readonly seed?: number;
  readonly ignoresFence?: boolean;
  readonly forgetsIds?: boolean;
  readonly speaksBeforeAck?: boolean;
  readonly hurriesTakeover?: boolean;
  readonly storesOther?: boolean;
  readonly joinsAhead?: boolean;
  /** Changes a class. Returns what undoes it. */
  patch?(): () => void;
}

const LOST_OR_DOUBLED = /toEqual|missed|has lost|has heard .* twice/;

export const REPLICA_MUTATIONS: readonly ReplicaMutation[] = [
  {
    broken: "the log takes what is behind another entry",
    ...{ ignoresFence: true, findings: /two terms|the log has \d+ after|is no prefix/ },
  },
  {
    broken: "an append whose answer was lost is another one when it is asked for again",
    ...{ forgetsIds: true, ignoresFence: true, findings: /the log has|is no prefix/ },
  },
  {
    broken: "frames leave before their record is acknowledged",
    ...{ speaksBeforeAck: true, findings: /isn't in the log|missed|has lost|twice/ },
  },
  {
    broken: "a takeover doesn't wait for the gateways",
    ...{ hurriesTakeover: true, findings: /was disconnected/ },
  },
  {
    broken: "a new leader waits no longer for gateways of machines that it hears than for others",
    ...{ seed: 84, findings: /was disconnected/ },
    patch: () => replaced(NodeRegistry.prototype, "isSilent", () => () => true),
  },
  {
    broken: "a folder gets something else than the log",
    ...{ storesOther: true, findings: /is no prefix/ },
  },
  {
    broken: "a node that joins follows from a later sequence",
    ...{
      joinsAhead: true,
      findings: /misses|is no prefix|is at|was disconnected|another state|missed|has lost|twice/,
    },
  },
  {
    broken: "a new leader doesn't tell again what a gateway has missed",
    findings: LOST_OR_DOUBLED,
    patch: () => replaced(Standby.prototype, "turnsAfter", () => () => []),
  },
  {
    broken: "a new leader tells everything again",
    findings: LOST_OR_DOUBLED,
    patch: () =>
      replaced(Standby.prototype, "turnsAfter", (turnsAfter) => {
        return function (this: Standby) {
          return turnsAfter.call(this, 0);
        };
      }),
  },
  {
    broken: "a new leader doesn't know what was consumed",
    findings: /was disconnected|missed|has lost|twice/,
    patch: () =>
      replaced(SoftParts.prototype, "follow", (follow) => {
        return function (this: SoftParts, record) {
          return follow.call(this, { ...record, consumed: [] });
        };
      }),
  },
  {
    broken: "those who are taken over have no places",
    findings: /are connected, and counted/,
    patch: () => replaced(ConnectionPlaces.prototype, "restore", () => () => {}),
  },
  {
    broken: "a gateway obeys whoever spoke last",
    ...{ seed: 25, findings: /obeys|was disconnected/ },
    patch: obeyAnybody,
  },
];

/** Replaces a method. Returns what puts the old one back. */
function replaced<Of extends object, Name extends keyof Of>(
  prototype: Of,
  name: Name,
  make: (method: Of[Name]) => Of[Name],
): () => void {
  const method = prototype[name];
  prototype[name] = make(method);
  return () => {
    prototype[name] = method;
  };
}

function obeyAnybody(): () => void {
  const { prototype } = LeaderWatch;
  const newest = Object.getOwnPropertyDescriptor(prototype, "term") as PropertyDescriptor;
  const last = new WeakMap<LeaderWatch, number>();
  Object.defineProperty(prototype, "term", {
    configurable: true,
    get(this: LeaderWatch) {
      return last.get(this) ?? 0;
    },
  });
  const undo = replaced(prototype, "heard", () => {
    return function (this: LeaderWatch, term: number): boolean {
      const isOther = last.get(this) !== term;
      last.set(this, term);
      return isOther;
    };
  });
  return () => {
    undo();
    Object.defineProperty(prototype, "term", newest);
  };
}

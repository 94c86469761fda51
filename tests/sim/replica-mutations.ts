import { LeaderWatch } from "../../lib/cluster/bus/leader-beat.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import { Leadership } from "../../lib/cluster/leadership.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";
import { SealedTexts } from "../../lib/cluster/log/sealed-texts.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { LogTrim } from "../../lib/cluster/nodes/log-trim.ts";
import { Seal } from "../../lib/cluster/seal.ts";
import { ClusterSettings } from "../../lib/server-process/node/cluster-settings.ts";
import { Standby } from "../../lib/server-process/node/standby.ts";
import { ConnectionPlaces } from "../../lib/transport/connection-places.ts";
import { replaced } from "../patched-class.ts";

/* Each rule that a cluster holds, broken once. */

/** A way to break a rule: what the engine, nodes or gateways do otherwise. */
export interface ReplicaMutation {
  readonly broken: string;
  /** What the simulation is to say of it. */
  readonly findings: RegExp;
  /** The first play to try, where those before don't find it. Left out: 1. */
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
    broken: "a folder gets something else than the log",
    ...{ storesOther: true, findings: /is no prefix/ },
  },
  {
    broken: "a node that joins follows from a later sequence",
    ...{
      joinsAhead: true,
      findings: /would get \d+|misses|is no prefix|was disconnected|has other settings/,
    },
  },
  {
    broken: "a new leader doesn't tell again what a gateway has missed",
    seed: 29,
    findings: LOST_OR_DOUBLED,
    patch: () => replaced(Standby.prototype, "turnsAfter", () => () => []),
  },
  {
    broken: "a new leader tells everything again",
    findings: /has heard \S+ twice$/,
    patch: tellEverythingAgain,
  },
  {
    broken: "a new leader tells everything again to those who know no message-ids",
    findings: /has heard \S+ twice, without message-ids$/,
    patch: tellEverythingAgain,
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
    broken: "those of a gateway that has died stay",
    seed: 22,
    findings: /are connected, and counted/,
    patch: () => replaced(RemoteLinks.prototype, "ended", () => () => {}),
  },
  {
    broken: "a record that the log refuses is passed over",
    findings: /isn't in the log|the log has \d+ after|is no prefix/,
    patch: carryOnAfterRefusal,
  },
  {
    broken: "the log is cut before all nodes have saved it",
    findings: /the log was cut up to/,
    patch: () =>
      replaced(LogTrim.prototype, "trim", (trim) => {
        return function (this: LogTrim, { heard }) {
          return trim.call(this, { savedByAll: heard, heard });
        };
      }),
  },
  {
    broken: "what was taken back stays in the log",
    findings: /the log still has/,
    patch: () => replaced(LogTrim.prototype, "trim", () => () => Promise.resolve()),
  },
  {
    broken: "records aren't sealed",
    findings: /anybody can read a password's hash/,
    patch: unsealedRecords,
  },
  {
    broken: "the log has texts as they are that no disk may have",
    seed: 50,
    findings: /the folder of \w has "/,
    patch: () => replaced(SealedTexts.prototype, "seal", () => (value) => value),
  },
  {
    broken: "a node has settings of its own while it follows",
    findings: /has other settings/,
    patch: () => replaced(ClusterSettings.prototype, "follow", () => () => false),
  },
  {
    broken: "a gateway obeys whoever spoke last",
    seed: 36,
    findings: /obeys|was disconnected/,
    patch: obeyAnybody,
  },
];

function carryOnAfterRefusal(): () => void {
  const undo = replaced(Leadership.prototype, "appendAnswered", (appendAnswered) => {
    return function (this: Leadership, outcome) {
      return outcome.kind === "refused" ? [] : appendAnswered.call(this, outcome);
    };
  });
  const undoAppend = replaced(RecordAppender.prototype, "append", (append) => {
    return function (this: RecordAppender, id, bytes, done) {
      append.call(this, id, bytes, (outcome) => {
        const isPassedOver = outcome.kind === "refused" && !id.startsWith("lead");
        done(isPassedOver ? { kind: "appended", sequence: this.after } : outcome);
      });
    };
  });
  return () => {
    undoAppend();
    undo();
  };
}

/** Frames and reports stay sealed. */
function unsealedRecords(): () => void {
  const isOfRecords = (scope: string): boolean => scope.startsWith("term ");
  const undo = replaced(Seal.prototype, "seal", (seal) => {
    return function (this: Seal, bytes, scope, context) {
      return isOfRecords(scope) ? bytes : seal.call(this, bytes, scope, context);
    };
  });
  const undoOpen = replaced(Seal.prototype, "open", (open) => {
    return function (this: Seal, bytes, scope, context, keyId) {
      return isOfRecords(scope) ? { bytes } : open.call(this, bytes, scope, context, keyId);
    };
  });
  return () => {
    undoOpen();
    undo();
  };
}

function tellEverythingAgain(): () => void {
  return replaced(Standby.prototype, "turnsAfter", (turnsAfter) => {
    return function (this: Standby) {
      return turnsAfter.call(this, 0);
    };
  });
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

import { readDownMark } from "../../lib/cluster/frames/takeover-entries.ts";
import { GatewayLinks } from "../../lib/cluster/gateway/gateway-links.ts";
import { UnconsumedInput } from "../../lib/cluster/gateway/unconsumed-input.ts";
import { RemoteLinks } from "../../lib/cluster/leader/remote-links.ts";
import { RecordAppender } from "../../lib/cluster/log/record-appender.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import { TurnRecorder } from "../../lib/cluster/log/turn-recorder.ts";
import { replaced, replacedGetter } from "../patched-class.ts";

/* Each rule that a leader with a log of its own holds, broken once. */

/** A way to break a rule. */
export interface KillMutation {
  readonly broken: string;
  /** What the play is to say of it. */
  readonly findings: RegExp;
  /** Changes a class. Returns what undoes it. */
  patch(): () => void;
}

export const KILL_MUTATIONS: readonly KillMutation[] = [
  {
    broken: "a turn that needs several frames is heard as they come",
    findings: /has heard \S+ twice/,
    patch: () =>
      replaced(GatewayLinks.prototype, "receive", (receive) => {
        return function (this: GatewayLinks, frame) {
          const last = frame.at(-1);
          const isPart = last !== undefined && readDownMark(last)?.kind === "part";
          receive.call(this, isPart ? frame.slice(0, -1) : frame);
        };
      }),
  },
  {
    broken: "a gateway doesn't say again what no leader has consumed",
    findings: /has missed|has lost/,
    patch: () => replacedGetter(UnconsumedInput.prototype, "chunks", () => []),
  },
  {
    broken: "a new leader doesn't know what was consumed",
    findings: /twice|was disconnected|has missed|has lost/,
    patch: () =>
      replaced(SoftParts.prototype, "follow", (follow) => {
        return function (this: SoftParts, record) {
          follow.call(this, { ...record, consumed: [] });
        };
      }),
  },
  {
    broken: "frames leave before their record is written",
    findings: /has missed|has lost|twice/,
    patch: appendOneLater,
  },
  {
    broken: "the log is cut before it has all soft state again",
    findings: /was disconnected/,
    patch: () =>
      replaced(TurnRecorder.prototype, "restate", () => {
        return function (this: TurnRecorder, done) {
          done(this.lastSequence);
        };
      }),
  },
  {
    broken: "a new leader doesn't tell again what a gateway has missed",
    findings: /has missed|has lost/,
    patch: () =>
      replacedGetter(RemoteLinks.prototype, "heardRecord", () => Number.MAX_SAFE_INTEGER),
  },
];

/** Each record is written with the next one, as one that waits in a buffer. */
function appendOneLater(): () => void {
  const waiting = new WeakMap<RecordAppender, () => void>();
  return replaced(RecordAppender.prototype, "append", (append) => {
    return function (this: RecordAppender, id, bytes, done) {
      waiting.get(this)?.();
      waiting.set(this, () => append.call(this, id, bytes, () => {}));
      done({ kind: "appended", sequence: this.after + 1 });
    };
  });
}

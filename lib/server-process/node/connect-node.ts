import { beatSubject, readBeat } from "../../cluster/bus/leader-beat.ts";
import {
  FOUNDING_BEAT_MS,
  type FoundingClaim,
  foundingSubject,
  LISTEN_BEFORE_REPLACING_MS,
  LogFounding,
  readClaim,
  writeClaim,
} from "../../cluster/log/log-founding.ts";
import type { LogOrigin } from "../../cluster/log/log-origin.ts";
import { connectNatsBus } from "../../cluster/nats/nats-bus.ts";
import { connectNats, type NatsEngine } from "../../cluster/nats/nats-engine.ts";
import { isOfNats } from "../../cluster/nats/nats-errors.ts";
import type { NatsOptions, NatsRefusal } from "../../cluster/nats/nats-stream.ts";
import type { Log } from "../../settings/log.ts";
import type { ServerSettings } from "../../settings/server-settings.ts";
import { natsOptions } from "./nats-options.ts";

/** Between two attempts to reach NATS. */
const RETRY_MS = 1000;
/** Between two looks whether another node has made the log. */
const LOOK_MS = 500;

type ConnectSettings = Pick<ServerSettings, "cluster" | "nats" | "natsCreds" | "natsCa" | "data">;

type NewLog = Pick<NatsOptions, "origin" | "replacesLog">;

/**
 * Connects to NATS as soon as it can be used: a machine that starts may be there before it. Resolves to a refusal when
 * there is no log, or the owner has to do something.
 */
export async function connectNode(
  settings: ConnectSettings,
  newLog: NewLog,
  note: Log,
): Promise<{ readonly engine: NatsEngine } | NatsRefusal> {
  const options = optionsOf(settings, note);
  if ("refused" in options) return options;
  return untilReached(note, () => connectNats({ ...options, ...newLog }));
}

/** What {@link foundLog} knows of a folder. */
interface FoundingFolder {
  readonly claim: FoundingClaim;
  /** Returns how the log begins that this node makes, and makes the key of a new cluster. */
  origin(): LogOrigin | { readonly refused: string };
  /** Whether there is a log, which lacks what this folder has. Then nobody may lead. */
  readonly replacesLog: boolean;
}

/**
 * Connects to a log that this node, or another one, makes in place of one that NATS has lost: whoever has most of it.
 * Resolves to `null` when a node leads, so that the log stays as it is; to a refusal when it can't be made.
 */
export async function foundLog(
  settings: ConnectSettings,
  { claim, origin, replacesLog }: FoundingFolder,
  note: Log,
): Promise<{ readonly engine: NatsEngine } | { readonly refused: string } | null> {
  const options = optionsOf(settings, note);
  if ("refused" in options) return options;
  const reached = await untilReached(note, () => connectNatsBus(options));
  if ("refused" in reached) return reached;
  const { bus } = reached;
  const { cluster } = settings;
  const founding = new LogFounding(claim, performance.now(), replacesLog);
  const subject = foundingSubject(cluster);
  let isLed = false;
  bus.subscribe(subject, (bytes) => {
    const heard = readClaim(bytes);
    if (heard !== null) founding.heard(heard, performance.now());
  });
  bus.subscribe(beatSubject(cluster), (bytes) => {
    if (readBeat(bytes) === null) return;
    isLed = true;
    founding.heardLeader(performance.now());
  });
  if (replacesLog) {
    const seconds = LISTEN_BEFORE_REPLACING_MS / 1000;
    const text = `the log of the cluster ${cluster} lacks what this node's data folder has: unless another one leads, this node makes it anew in ${seconds} seconds`;
    note("warn", text);
  }
  let lastText = "";
  let lookedAtMs = performance.now();
  try {
    for (;;) {
      bus.publish(subject, writeClaim(claim));
      await Bun.sleep(FOUNDING_BEAT_MS);
      if (isLed && replacesLog) return null;
      if (performance.now() - lookedAtMs >= LOOK_MS) {
        lookedAtMs = performance.now();
        const log = replacesLog ? null : await connectNode(settings, { origin: null }, note);
        if (log !== null && !("refused" in log && log.why === "no-log")) return log;
      }
      const verdict = founding.verdict(performance.now());
      if (verdict.kind === "make") {
        const made = origin();
        if ("refused" in made) return made;
        if (claim.reached > 0) {
          const why = replacesLog ? "lacks what this node's data folder has" : "is lost";
          const text = `the log of the cluster ${cluster} ${why}: this node makes it anew`;
          note("warn", text);
        }
        return await connectNode(settings, { origin: made, replacesLog }, note);
      }
      const text = waitingText(verdict);
      if (text !== null && text !== lastText) note("warn", text);
      lastText = text ?? lastText;
    }
  } finally {
    await bus.close();
  }
}

function optionsOf(settings: ConnectSettings, note: Log): NatsOptions | NatsRefusal {
  const options = natsOptions(settings, (text, cause) =>
    note("error", text, isOfNats(cause) ? undefined : cause),
  );
  return "refused" in options ? { ...options, why: "wrong" } : options;
}

function waitingText(verdict: ReturnType<LogFounding["verdict"]>): string | null {
  switch (verdict.kind) {
    case "give-way":
      return `NATS has lost the log: ${verdict.node} has more of it than this node, and makes it anew`;
    case "wait-for-leader":
      return "NATS has lost the log: for half a minute this node waits for the one that led last, which may have more of it";
    case "wait":
    case "make":
      return null;
  }
}

async function untilReached<Reached extends object>(
  note: Log,
  connect: () => Promise<Reached | NatsRefusal>,
): Promise<Reached | NatsRefusal> {
  for (let lastText = ""; ; ) {
    const connected = await connect();
    if (!("refused" in connected) || connected.why !== "later") return connected;
    const text = `${connected.refused} It is tried again until it can be.`;
    if (text !== lastText) note("warn", text);
    lastText = text;
    await Bun.sleep(RETRY_MS);
  }
}

import type { AdminRow } from "../../protocol/admin/admin-answer.ts";
import { cutUtf8 } from "../../protocol/utf8.ts";
import { LINE_BYTES_MAX } from "../../protocol/wire/wire-limits.ts";
import { query, type Steps } from "../command.ts";
import { serverGauges } from "../metrics/server-gauges.ts";
import type { GatewayFacts } from "../process-ports.ts";
import { rehash } from "../rehash.ts";
import {
  type AdminContext,
  type AdminHandlers,
  type AdminResult,
  recordAct,
} from "./admin-handler.ts";

/** The console's commands about the server as a whole. */

/** Leaves room for the source, the verb and the longest nick. */
const NOTICE_BYTES_MAX = LINE_BYTES_MAX - 200;

export const STATUS_HANDLERS = {
  status,
  say,
  reload,
  check,
} satisfies AdminHandlers;

function* status({ state }: AdminContext): Steps<AdminResult> {
  const facts = yield* query({ kind: "process" });
  const gauges = serverGauges(state);
  const { version } = state.options;
  const { service } = facts;
  return {
    sentences: service.sentences,
    tables: service.tables,
    facts: {
      ...service.facts,
      ...{ version, pid: facts.pid },
      uptimeSeconds: Math.floor((state.elapsedMs - state.startedElapsedMs) / 1000),
      accounts: gauges.accounts,
      online: gauges.membersOnline,
      guests: gauges.guests,
      sessions: gauges.sessions,
      unregistered: gauges.unregistered,
      rooms: gauges.rooms,
      conversations: gauges.directConversations,
      memoryBytes: facts.memoryBytes,
      loopDelayMeanMs: facts.loopDelay.meanMs,
      loopDelayMaxMs: facts.loopDelay.maxMs,
      heldLines: gauges.heldLines,
      queries: gauges.queries,
      passwordsWaiting: facts.passwordsWaiting,
      outboxBytes: gauges.outboxBytes,
      diskFreeBytes: facts.disk?.freeBytes ?? null,
      appendFailures: facts.appendFailures,
      backupAt: facts.backupAt,
      bans: gauges.bans,
      ...gatewayFacts(facts.gateways),
      logLevel: facts.logLevel,
    },
  };
}

function gatewayFacts(gateways: readonly GatewayFacts[]): AdminRow {
  if (gateways.length === 0) return {};
  const accepting = gateways.filter(({ isLeaving }) => !isLeaving);
  const leaving = gateways.filter(({ isLeaving }) => isLeaving);
  return {
    gatewayConnections: accepting.map(({ links }) => links).join(", "),
    ...(leaving.length > 0 && {
      leavingGateways: leaving.map(({ number, links }) => `${number}: ${links}`).join(", "),
    }),
  };
}

/** Sends a notice to everybody who is connected. */
function say(context: AdminContext): AdminResult {
  const { state, words } = context;
  const text = cutUtf8(words.join(" "), NOTICE_BYTES_MAX);
  recordAct(context, "say", "", text);
  let sessions = 0;
  for (const session of state.sessions) {
    if (session.phase !== "registered") continue;
    const reply = state.unsolicitedReply(session);
    reply.line("NOTICE", [session.nickOrStar, text]);
    reply.end();
    sessions += 1;
  }
  return { done: ["said", sessions] };
}

function* reload(context: AdminContext): Steps<AdminResult> {
  const notes: string[] = [];
  recordAct(context, "rehash");
  const isApplied = yield* rehash(context.state, (sentence, level) => {
    if (level === "warn") notes.push(sentence);
  });
  return isApplied ? { done: ["reloaded"], notes } : { refused: ["notReloaded"], notes };
}

/** Checks the settings file as `reload` would, and changes nothing. */
function* check(): Steps<AdminResult> {
  const { ok, messages } = yield* query({ kind: "check" });
  return ok
    ? { done: ["settingsGood"], notes: messages }
    : { refused: ["settingsBad"], notes: messages };
}

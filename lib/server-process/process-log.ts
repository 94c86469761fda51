import type { TracePort } from "../chat-server/wire-trace.ts";
import type { BestEffortOutput } from "../file-manager/best-effort-output.ts";
import { type Log, LogFeed, makeLog, traceLine, withoutTexts } from "../settings/log.ts";
import type { ServerSettings } from "../settings/server-settings.ts";
import { makeOutputs } from "./process-output.ts";

/** What a running server writes. */
export interface ProcessLog {
  /** Writes a line to the server's log. */
  readonly log: Log;
  readonly trace: TracePort;
  /** The log's lines, for the owner's consoles. */
  readonly feed: LogFeed;
  /** Standard output, for what the owner is told once. */
  readonly startOutput: BestEffortOutput;
}

/** @param settings returns the settings in force */
export function openProcessLog(settings: () => ServerSettings): ProcessLog {
  const { logOutput, startOutput } = makeOutputs(Date.now);
  const feed = new LogFeed((line) => logOutput.write(line));
  const write = (line: string): void => feed.write(line);
  const level = () => settings().logLevel;
  return {
    log: makeLog(level, write, Date.now),
    trace(session, direction, line) {
      const shown = level() === "trace" ? line : withoutTexts("server", direction, line);
      write(traceLine(Date.now(), session, direction, shown));
    },
    ...{ feed, startOutput },
  };
}

#!/usr/bin/env bun
import { fsErrorSentence } from "./lib/file-manager/disk/fs-errors.ts";
import { readSettings } from "./lib/file-manager/disk/text-file.ts";
import { UnreadableRecord } from "./lib/protocol/unreadable-record.ts";
import { processRole } from "./lib/server-process/process-role.ts";
import { missingPackageSentence } from "./lib/settings/missing-package.ts";
import { parseServerArguments } from "./lib/settings/server-settings.ts";
import { parseTask } from "./lib/settings/server-task.ts";
import { programName } from "./lib/transport/program-name.ts";
import { crash, exitOnFault, exitWithError } from "./lib/transport/shutdown.ts";

/*
 * Reads the command line, and loads what it asks for: each file of lib/server-process is one way to run. Most processes
 * need one of them, and a gateway none of the conversation.
 */

/** Prints something, runs one of the owner's tasks, or serves. */
async function main(argv: readonly string[]): Promise<void> {
  const role = processRole(process.env);
  if (role !== null && "refused" in role) return exitWithError([role.refused], 1);
  if (role?.kind === "gateway") {
    const { serveAsGateway } = await import("./lib/server-process/gateway.ts");
    return serveAsGateway(role);
  }
  if (argv[0] === "admin" || argv[0] === "upgrade" || argv[0] === "status") {
    const { runConsole } = await import("./lib/server-process/console.ts");
    return runConsole(argv[0] === "admin" ? argv.slice(1) : argv);
  }
  const isGateway = argv[0] === "gateway";
  const task = isGateway ? null : parseTask(argv, programName("server.ts"));
  if (task !== null && "refused" in task) return exitWithError(task.refused, 2);
  const parsed = parseServerArguments(task?.flags ?? argv.slice(isGateway ? 1 : 0), readSettings);
  if ("refused" in parsed) return exitWithError(parsed.refused, 2);
  if ("show" in parsed) {
    const { show } = await import("./lib/server-process/owner-tasks.ts");
    return show(parsed.show);
  }
  const { settings } = parsed;
  if (task !== null) {
    const { runTask } = await import("./lib/server-process/owner-tasks.ts");
    return runTask(task, settings);
  }
  const isSupervised = settings.gateways !== null || settings.nats.length > 0;
  if (isGateway || (role === null && isSupervised && !settings.check)) {
    const { supervise } = await import("./lib/server-process/supervise.ts");
    return supervise(settings, isGateway);
  }
  const { serve } = await import("./lib/server-process/serve.ts");
  await serve(parsed, argv, role);
  // The pipe to the supervisor would keep a leader that was refused.
  if (role !== null && process.exitCode !== undefined) process.exit();
}

/** Ends a start or a task. What the system refused is told in a sentence; anything else is a fault of ours. */
function fail(error: unknown): void {
  const unreadable = error instanceof UnreadableRecord ? error.message : null;
  const sentence = fsErrorSentence(error) ?? missingPackageSentence(error) ?? unreadable;
  if (sentence === null) crash(error);
  exitWithError([sentence], 1);
  process.exit();
}

exitOnFault();
// Not awaited at the top level: there, Bun prints an uncaught error and continues.
main(process.argv.slice(2)).catch(fail);

import { openDataFolder } from "../file-manager/data-folder.ts";
import { leaveCluster } from "../file-manager/record-log/cluster-state.ts";
import { AccountStore } from "../member-server/account-store.ts";
import { isTrustedProxy } from "../protocol/address.ts";
import type { Log } from "../settings/log.ts";
import type { AcceptedSettings, ServerSettings } from "../settings/server-settings.ts";
import { listenFailureMessage } from "../settings/startup-messages.ts";
import { makeCloaks } from "../transport/ids.ts";
import { ListenError } from "../transport/listen-error.ts";
import { listenHost } from "../transport/local-addresses.ts";
import { openListeners } from "../transport/open-listeners.ts";
import { exitWithError } from "../transport/shutdown.ts";
import { ChatService } from "./chat-service.ts";
import type { Leading } from "./leading.ts";
import { prepareStart } from "./prepare-start.ts";
import { ProcessQueries } from "./process-queries.ts";
import type { ProcessRole } from "./process-role.ts";
import { runServer } from "./run-server.ts";
import { gatewaySettings } from "./settings-in-force.ts";
import { folderStorage } from "./storage.ts";

/**
 * Builds the server from its parts and starts it, or exits with the reason why it can't.
 *
 * @param role what a supervisor made of this process; `null` without one: then its connections are its own
 */
export async function serve(
  accepted: AcceptedSettings,
  argv: readonly string[],
  role: ProcessRole | null,
): Promise<void> {
  const start = await prepareStart(accepted, argv, role);
  if (start === null) return;
  if (role !== null && start.given.nats.length > 0) {
    const { serveAsNode } = await import("./node/node-process.ts");
    return serveAsNode(start, role);
  }
  const { settings, given, output, words, addresses, certificate } = start;
  const { log } = output;
  const onProblem = (text: string, cause: unknown): void => log("error", text, cause);
  const leading = role === null ? null : await prepareToLead(role, given, log);
  const options = {
    ...{ ...given, makeStore: AccountStore.of, onProblem, now: Date.now() },
    ...(leading !== null && { openLog: leading.openLog }),
  };
  const isFollowing = leading !== null && role?.isCandidate === true;
  const stored = await (isFollowing
    ? leading.follow(options)
    : openDataFolder(given.data, options));
  if ("refused" in stored) {
    const { refused, heldBy = null } = { heldBy: null, ...stored };
    return exitWithError([heldBy === null ? refused : words.dataInUse(heldBy, given.data)], 1);
  }
  for (const report of stored.reports) log("warn", report);
  if (leaveCluster(given.data)) {
    log("warn", `${given.data} was a node's folder: it has left its cluster`);
  }

  const queries = new ProcessQueries(settings, log);
  const service = new ChatService({
    ...{ settings, output, stored, answerProcess: queries.answer },
    storage:
      leading !== null || "takePlace" in stored
        ? null
        : folderStorage(stored, given.fsync === "always"),
    processes: role?.gateways ?? 1,
  });
  const data = "takePlace" in stored ? await stored.takePlace(service.server) : stored;
  if ("refused" in data) return exitWithError([data.refused], 1);
  const { limits } = service;
  const host = listenHost(given.host, addresses);
  const shared = { limits, hostOf: makeCloaks(certificate.key), traffic: queries.traffic };
  const led = await leading?.lead({
    ...shared,
    ...{ service, data, certificate, note: log },
    settings: () => gatewaySettings(settings.current, host),
  });
  const listeners =
    led ??
    (await openListeners({ ...given, host }, certificate, {
      ...{ ...shared, handlers: service.handlers() },
      isProxy: (address) => isTrustedProxy(address, settings.current.trustedProxies),
    }));
  if (listeners instanceof ListenError) {
    await data.close();
    return exitWithError([listenFailureMessage(listeners, given, words)], 1);
  }
  await runServer({
    ...start,
    ...{ data, service, queries, listeners },
    led: led instanceof ListenError ? undefined : led,
  });
}

/** Loads what only a leader needs. */
async function prepareToLead(
  role: ProcessRole,
  settings: ServerSettings,
  log: Log,
): Promise<Leading> {
  const { Leading } = await import("./leading.ts");
  return new Leading(role, settings, log);
}

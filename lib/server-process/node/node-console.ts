import type { Server } from "../../chat-server/server.ts";
import { openAdminSocket } from "../../file-manager/admin-socket.ts";
import type { AdminAnswer, AdminRequest } from "../../protocol/admin/admin-answer.ts";
import {
  ADMIN_COMMANDS,
  type AdminCommandRow,
  adminCommandName,
} from "../../protocol/admin/admin-commands.ts";
import type { Log, LogFeed } from "../../settings/log.ts";
import type { ServerSettings } from "../../settings/server-settings.ts";
import { SERVER_TABLE } from "../../settings/server-table.ts";
import { listenForConsoles } from "../../transport/admin-listener.ts";
import { answerUpgrade, type UpgradeProcesses } from "../console-upgrade.ts";

/** What the console of a node needs. */
interface NodeConsoleOptions {
  /** Path of the data folder. */
  readonly folder: string;
  readonly server: Server;
  readonly feed: LogFeed;
  readonly note: Log;
  readonly isLeading: () => boolean;
  /** Returns the name of the node that leads; `null` for nobody. */
  readonly leader: () => string | null;
  /** Reads the settings again that are about this node alone. See `SettingsInForce.reloadLocal`. */
  readonly reloadLocal: () => { readonly isApplied: boolean; readonly messages: readonly string[] };
  /** Replaces this node, which answers no more then, or its gateways, by what is on disk now. */
  readonly upgrade: UpgradeProcesses;
  readonly setLogLevel: (level: ServerSettings["logLevel"]) => void;
}

/**
 * Opens the owner's console of a node: one that follows says how it is, shows its log and sets how much is logged, and
 * names the node that leads for anything else.
 */
export function openNodeConsole(options: NodeConsoleOptions): { close(): void } {
  const { folder, feed, note } = options;
  const opened = openAdminSocket(folder, (path) =>
    listenForConsoles(path, {
      administer: (request, respond) => administer(options, request, respond),
      followLog: (send) => feed.follow(send),
    }),
  );
  if (!("refused" in opened)) return opened;
  note("warn", opened.refused);
  return { close() {} };
}

function administer(
  { server, isLeading, leader, reloadLocal, upgrade, setLogLevel }: NodeConsoleOptions,
  request: AdminRequest,
  respond: (answer: AdminAnswer) => void,
): void {
  const name = adminCommandName(request.command);
  const row: AdminCommandRow | null = name === null ? null : ADMIN_COMMANDS[name];
  if (isLeading() || row === null || row.onStandby === true) {
    return server.administer(request, respond);
  }
  if (name === "upgrade") return answerUpgrade(request.words, upgrade, respond);
  if (name === "log-level") {
    const level = logLevel(request.words[0] ?? "");
    if (level !== undefined) {
      setLogLevel(level);
      return respond({ kind: "done", sentence: ["logLevelSet", level], notes: [] });
    }
  }
  if (name !== "reload") {
    return respond({ kind: "refused", sentence: ["onStandby", leader()], notes: [] });
  }
  const { isApplied, messages } = reloadLocal();
  respond({
    kind: "refused",
    sentence: isApplied ? ["reloadedOnStandby", leader()] : ["notReloaded"],
    notes: messages,
  });
}

function logLevel(text: string): ServerSettings["logLevel"] | undefined {
  const { choices } = SERVER_TABLE["log-level"];
  return choices.find((choice) => choice === (text === "warning" ? "warn" : text));
}

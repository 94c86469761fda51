import type { QueryAnswers } from "../chat-server/server-ports.ts";
import type { GatewaySettings } from "../cluster/gateway-entries.ts";
import { readSettings } from "../file-manager/disk/text-file.ts";
import { refuseLostFiles, reloadSettings } from "../settings/reload-settings.ts";
import {
  parseServerArguments,
  type ServerArguments,
  type ServerSettings,
} from "../settings/server-settings.ts";
import { checkSettings } from "./check-start.ts";

/** Owns the settings in force: those of the start, with later reloads. */
export class SettingsInForce {
  #current: ServerSettings;
  readonly #argv: readonly string[];
  readonly #readFile = refuseLostFiles(readSettings);

  /** @param argv the command line that named them */
  constructor(settings: ServerSettings, argv: readonly string[]) {
    this.#current = settings;
    this.#argv = argv;
    this.#readFile(settings.config);
  }

  get current(): ServerSettings {
    return this.#current;
  }

  /** Reads the settings file again. Returns what the owner should know; `isApplied` is `false` when the old ones stay. */
  reload(): { readonly isApplied: boolean; readonly messages: readonly string[] } {
    const { settings, messages } = reloadSettings(this.#current, this.#read());
    if (settings !== null) this.#current = settings;
    return { isApplied: settings !== null, messages };
  }

  /** Checks what {@link reload} would do, and does none of it. */
  check(): QueryAnswers["check"] {
    return checkSettings(this.#current, this.#read());
  }

  /** Sets how much is logged, until the settings are read again. */
  setLogLevel(logLevel: ServerSettings["logLevel"]): void {
    this.#current = { ...this.#current, logLevel };
  }

  #read(): ServerArguments {
    return parseServerArguments(this.#argv, this.#readFile);
  }
}

/**
 * Returns what gateways need to know of the settings: no more, since some are secret.
 *
 * @param host the address of this machine on which to listen
 */
export function gatewaySettings(
  { plain, proxy, ...settings }: ServerSettings,
  host: string,
): Omit<GatewaySettings, "certificate"> {
  const { maxConnections, maxConnectionsPerAddress, floodControl } = settings;
  const { exemptNetworks, trustedProxies } = settings;
  return {
    ...{ host, plainHost: plain?.host ?? null, proxyHost: proxy?.host ?? null },
    ...{ maxConnections, maxConnectionsPerAddress, floodControl, exemptNetworks, trustedProxies },
  };
}

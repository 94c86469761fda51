import type { QueryAnswers } from "../chat-server/server-ports.ts";
import type { GatewaySettings } from "../cluster/frames/gateway-entries.ts";
import { readSettings } from "../file-manager/disk/text-file.ts";
import { isLiveSetting, refuseLostFiles, reloadSettings } from "../settings/reload-settings.ts";
import {
  parseServerArguments,
  type ServerArguments,
  type ServerSettings,
} from "../settings/server-settings.ts";
import { isSharedSetting, type SharedSettings } from "../settings/shared-settings.ts";
import { checkSettings } from "./check-start.ts";

/** How a reload ended; `isApplied` is `false` when the old settings stay. `messages` are for the owner. */
interface Reload {
  readonly isApplied: boolean;
  readonly messages: readonly string[];
}

/** Owns the settings in force: those of the start, with later reloads, and on a node of a cluster those of the cluster. */
export class SettingsInForce {
  #current: ServerSettings;
  /** What this process was given itself, as it was last read. */
  #own: ServerSettings;
  readonly #argv: readonly string[];
  readonly #readFile = refuseLostFiles(readSettings);

  /** @param argv the command line that named them */
  constructor(settings: ServerSettings, argv: readonly string[]) {
    this.#current = settings;
    this.#own = settings;
    this.#argv = argv;
    this.#readFile(settings.config);
  }

  get current(): ServerSettings {
    return this.#current;
  }

  /** What the command line and the settings file say, as they were last read. */
  get own(): ServerSettings {
    return this.#own;
  }

  /** Takes settings of the cluster in place of its own. */
  adopt(shared: SharedSettings): void {
    this.#current = { ...this.#current, ...shared };
  }

  /** Takes its own again. */
  adoptOwn(): void {
    this.#current = { ...this.#own, logLevel: this.#current.logLevel };
  }

  /** Reads the settings file again. */
  reload(): Reload {
    return this.#reload(isLiveSetting);
  }

  /** Reads the settings file again, and applies what is about this machine alone. */
  reloadLocal(): Reload {
    const { isApplied, messages } = this.#reload(
      (name) => isLiveSetting(name) && !isSharedSetting(name),
    );
    // The cluster's are told by the leader.
    const local = messages.filter((sentence) => !isSharedSetting(sentence.split(" ", 1)[0] ?? ""));
    return { isApplied, messages: isApplied ? local : messages };
  }

  /** Checks what {@link reload} would do, and does none of it. */
  check(): QueryAnswers["check"] {
    return checkSettings(this.#current, this.#read());
  }

  /** Sets how much is logged, until the settings are read again. */
  setLogLevel(logLevel: ServerSettings["logLevel"]): void {
    this.#current = { ...this.#current, logLevel };
  }

  #reload(isLive: (name: string) => boolean): Reload {
    const read = this.#read();
    const { settings, messages } = reloadSettings(this.#current, read, isLive);
    if (settings !== null && "settings" in read) {
      this.#current = settings;
      this.#own = read.settings;
    }
    return { isApplied: settings !== null, messages };
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

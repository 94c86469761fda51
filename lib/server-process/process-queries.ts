import { resolve4 } from "node:dns/promises";
import type {
  GatewayFacts,
  ProcessFacts,
  ProcessQuery,
  ServiceStatus,
  UpgradeAnswer,
  UpgradedPart,
} from "../chat-server/process-ports.ts";
import type { QueryAnswers } from "../chat-server/server-ports.ts";
import type { DataFolder } from "../file-manager/data-folder.ts";
import { isInNetworks } from "../protocol/address.ts";
import type { Log } from "../settings/log.ts";
import { elapsed } from "../transport/clock.ts";
import { Dnsbl } from "../transport/dnsbl.ts";
import { LoopDelay } from "../transport/loop-delay.ts";
import { Traffic } from "../transport/traffic.ts";
import type { SettingsInForce } from "./settings-in-force.ts";

/** What is known once the server listens. */
export interface ListeningFacts {
  readonly address: ProcessFacts["address"];
  readonly data: Pick<DataFolder, "facts">;
  /** The processes that hold the connections; empty when this one does. */
  gateways(): readonly GatewayFacts[];
  /** How the service's processes and machines are. */
  service(): Promise<ServiceStatus>;
  /** Reads the settings file again, and applies it to everything. */
  reload(): QueryAnswers["settings"];
  /** The log level has changed. */
  applyLogLevel(): void;
  /** Replaces processes of the server; left out where there is one, which holds the connections. */
  upgrade?(part: UpgradedPart): Promise<UpgradeAnswer>;
}

/** Answers what the chat server asks its process. */
export class ProcessQueries {
  /** Counts what all connections read and write. */
  readonly traffic = new Traffic();
  readonly #settings: SettingsInForce;
  readonly #dnsbl: Dnsbl;
  readonly #loopDelay = new LoopDelay();
  #listening: ListeningFacts | null = null;

  constructor(settings: SettingsInForce, log: Log) {
    this.#settings = settings;
    this.#dnsbl = new Dnsbl({
      ...{ resolve: resolve4, elapsed, wait: Bun.sleep },
      note: (text) => log("warn", text),
    });
  }

  /** The server listens: from now on all queries are answered. */
  begin(listening: ListeningFacts): void {
    this.#listening = listening;
  }

  /** What the process tells of itself. */
  get facts(): ProcessFacts {
    const { address, data, gateways } = this.#whileListening();
    return {
      ...{ pid: process.pid, memoryBytes: process.memoryUsage.rss() },
      ...{ loopDelay: this.#loopDelay.read(), traffic: this.traffic, gateways: gateways() },
      ...{ logLevel: this.#settings.current.logLevel, address },
      ...data.facts,
    };
  }

  answer = async (query: ProcessQuery): Promise<QueryAnswers[ProcessQuery["kind"]]> => {
    const settings = this.#settings;
    switch (query.kind) {
      case "settings":
        return this.#whileListening().reload();
      case "check":
        return settings.check();
      case "process":
        return { ...this.facts, service: await this.#whileListening().service() };
      case "log-level":
        settings.setLogLevel(query.level);
        this.#whileListening().applyLogLevel();
        return { done: true };
      case "upgrade": {
        const upgraded = this.#whileListening().upgrade?.(query.part);
        return upgraded ?? { outcome: "impossible", how: null };
      }
      case "dns-listing": {
        const { exemptNetworks, dnsbl } = settings.current;
        const isExempt = isInNetworks(query.address, exemptNetworks);
        return { listing: await this.#dnsbl.lookUp(query.address, isExempt ? [] : dnsbl) };
      }
    }
  };

  #whileListening(): ListeningFacts {
    if (this.#listening === null) throw new Error("nobody asks before the server listens");
    return this.#listening;
  }
}

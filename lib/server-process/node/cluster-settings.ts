import type { RecordedPart } from "../../cluster/log/record.ts";
import { isJsonObject } from "../../protocol/json-decoder.ts";
import type { Log } from "../../settings/log.ts";
import {
  decodeSharedSettings,
  differingSettings,
  type SharedSettings,
  sharedSettings,
} from "../../settings/shared-settings.ts";
import type { SettingsInForce } from "../settings-in-force.ts";

/** The key of the part of the log that has the cluster's settings. */
const SETTINGS_PART = "node:settings";

/** What {@link ClusterSettings} needs of its node. */
interface ClusterSettingsOptions {
  readonly settings: SettingsInForce;
  /** The node's name, as its owner gave it. */
  readonly node: string;
  /** SHA-256, lower-case hexadecimal. */
  digest(text: string): string;
  readonly note: Log;
}

/** The cluster's settings, and the node whose own they were. */
interface Published {
  readonly node: string;
  readonly settings: SharedSettings;
}

/**
 * The settings that all nodes of a cluster share, on one of them. They are those of the node that led first, and from each
 * reload on those of whoever led then. They come with the log, and stay in force on the node that leads next.
 */
export class ClusterSettings {
  readonly #options: ClusterSettingsOptions;
  #published: Published | null = null;
  /** Whether the log has yet to be told. */
  #isNew = false;
  /** What the owner was told last of what differs. */
  #told = "";

  constructor(options: ClusterSettingsOptions) {
    this.#options = options;
  }

  /** The names of the settings that this node's own file or flags have otherwise. */
  get differing(): readonly string[] {
    if (this.#published === null) return [];
    const { settings, digest } = this.#options;
    return differingSettings(sharedSettings(settings.own, digest), this.#published.settings);
  }

  /** Takes parts of the log. Returns whether the settings in force have changed. */
  follow(parts: readonly RecordedPart[]): boolean {
    const part = parts.findLast(({ key }) => key === SETTINGS_PART);
    const published = part === undefined ? null : decodePublished(part.value);
    if (published === null) return false;
    const before = JSON.stringify(this.#published);
    this.#published = published;
    if (JSON.stringify(published) === before) return false;
    this.#options.settings.adopt(published.settings);
    this.#tellWhatDiffers();
    return true;
  }

  /** The node leads. Its own settings hold, if the cluster has none yet or has those of this node. */
  lead(): void {
    const { settings, node } = this.#options;
    if (this.#published !== null && this.#published.node !== node) return;
    settings.adoptOwn();
    this.publish();
  }

  /** The node's own settings are the cluster's from now on. */
  publish(): void {
    const { settings, node, digest } = this.#options;
    this.#published = { node, settings: sharedSettings(settings.own, digest) };
    this.#isNew = true;
    this.#told = "";
  }

  /** The node has read its own settings again, and follows. */
  reread(): void {
    this.#tellWhatDiffers();
  }

  /** Returns what the next record has to tell. */
  takeParts(): readonly RecordedPart[] {
    if (!this.#isNew) return [];
    this.#isNew = false;
    return [{ key: SETTINGS_PART, value: this.#published }];
  }

  #tellWhatDiffers(): void {
    const names = this.differing.join(", ");
    if (names === this.#told) return;
    this.#told = names;
    if (names === "") return;
    this.#options.note(
      "warn",
      `this node's own settings differ from the cluster's, which hold here, too: ${names}`,
    );
  }
}

function decodePublished(value: unknown): Published | null {
  if (!isJsonObject(value) || typeof value["node"] !== "string") return null;
  return { node: value["node"], settings: decodeSharedSettings(value["settings"]) };
}

import {
  array,
  type Decoder,
  isJsonObject,
  nonEmptyString,
  nullable,
  object,
  oneOf,
  record,
  string,
} from "../protocol/json-decoder.ts";
import { OPERATOR_RIGHTS } from "../protocol/operator-rights.ts";
import { settingName } from "./reload-settings.ts";
import { ENGLISH } from "./sentences.ts";
import { passwordDigest, type ServerSettings } from "./server-settings.ts";
import { SERVER_TABLE } from "./server-table.ts";
import { readValue, settingRow } from "./setting.ts";

/*
 * The settings that all nodes of a cluster share: what people feel of them. They travel in the log of the cluster, so that
 * it doesn't matter who leads. What is about a machine alone (`local` in the table) doesn't.
 */

/** The settings of a cluster, by their names in camel case. A newer node may have more. */
export type SharedSettings = Partial<ServerSettings>;

const rights = array(oneOf(...OPERATOR_RIGHTS));

/** Those that aren't as the table has them, once they are read. */
const DECODERS: Readonly<Record<string, Decoder<unknown>>> = {
  serverPassword: nullable(object({ digest: nonEmptyString })),
  motd: array(string),
  dnsbl: array(object({ zone: string, action: oneOf("login", "refuse") })),
  operators: array(object({ name: string, passwordHash: string, grade: nullable(string), rights })),
  grades: record(rights),
};

/** Whether a setting is one of the cluster. */
export function isSharedSetting(name: string): boolean {
  if (Object.hasOwn(DECODERS, keyOf(name))) return true;
  const row = settingRow(SERVER_TABLE, name);
  return row !== null && row.local !== true;
}

/**
 * Returns what others get of a node's settings: of the server's password only the digest.
 *
 * @param digest SHA-256, lower-case hexadecimal
 */
export function sharedSettings(
  settings: ServerSettings,
  digest: (text: string) => string,
): SharedSettings {
  const password = passwordDigest(settings.serverPassword, digest);
  const shared = Object.entries(settings).filter(([key]) => isSharedSetting(settingName(key)));
  return {
    ...Object.fromEntries(shared),
    serverPassword: password === null ? null : { digest: password },
  };
}

/** Reads shared settings of another node. What this version doesn't know, or can't take, is left out. */
export function decodeSharedSettings(value: unknown): SharedSettings {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => isValid(key, each)),
  ) as SharedSettings;
}

/** Returns the names of the settings that differ, in order. What one of both doesn't have doesn't count. */
export function differingSettings(one: SharedSettings, other: SharedSettings): string[] {
  const others: Readonly<Record<string, unknown>> = other;
  return Object.entries(one)
    .filter(([key, value]) => Object.hasOwn(others, key) && !isSame(value, others[key]))
    .map(([key]) => settingName(key))
    .sort();
}

function isValid(key: string, value: unknown): boolean {
  const decode = Object.hasOwn(DECODERS, key) ? DECODERS[key] : undefined;
  if (decode !== undefined) return decode(value) !== undefined;
  const row = settingRow(SERVER_TABLE, settingName(key));
  if (row === null || row.local === true) return false;
  const isDefault = isSame(value, row.default);
  return isDefault || "value" in readValue(row, value, ENGLISH);
}

/** Settings are plain values, and lists of objects whose fields are in one order. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function keyOf(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

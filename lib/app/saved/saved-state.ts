import type { ServerLink } from "../../protocol/server-link.ts";
import { machineKey } from "../app-context.ts";
import type { SavedState, ServiceLanguageChoice } from "../app-ports.ts";

/**
 * Reads saved state from JSON that may have been edited by hand. Invalid fields count as missing, and the
 * user is asked again.
 */
export function parseSavedState(json: unknown): SavedState {
  const {
    server,
    servers,
    startServers,
    language,
    accounts,
    bell,
    receipts,
    receiptsAt,
    muted,
    preferences,
    plain,
    names,
    nicks,
    rooms,
    encodings,
    serviceLanguages,
    networks,
    scriptsOff,
  } = parseRecord(json, isAnything);
  return {
    ...(isText(server) && { server }),
    ...(isTextList(servers) && { servers }),
    ...(isTextList(startServers) && { startServers }),
    ...(isText(language) && { language }),
    ...(isBoolean(bell) && { bell }),
    ...(isBoolean(receipts) && { receipts }),
    ...(receiptsAt !== undefined && { receiptsAt: parseRecord(receiptsAt, isBoolean) }),
    accounts: parseRecord(accounts, isText),
    muted: parseRecord(muted, isTextList),
    ...(preferences !== undefined && { preferences: parseTexts(preferences) }),
    ...(isTextList(plain) && { plain }),
    ...(isTextList(scriptsOff) && { scriptsOff }),
    ...(networks !== undefined && { networks: parseRecord(networks, isText) }),
    ...(encodings !== undefined && { encodings: parseRecord(encodings, isText) }),
    ...(serviceLanguages !== undefined && {
      serviceLanguages: parseRecord(serviceLanguages, isLanguageChoice),
    }),
    ...(names !== undefined && { names: parseRecord(names, isText) }),
    ...(nicks !== undefined && { nicks: parseRecord(nicks, isText) }),
    ...(rooms !== undefined && { rooms: parseRecord(rooms, isTextList) }),
  };
}

/** Returns whether others on a server ("host:port") may see how far the user has read. */
export function sharesReceipts({ receipts, receiptsAt }: SavedState, server: string): boolean {
  return receiptsAt?.[server] ?? receipts === true;
}

/** Returns whether the user logs in to a server, or a network of it, by this device's certificate. */
export function remembersDevice({ accounts = {} }: SavedState, link: ServerLink): boolean {
  const machine = machineKey(link);
  return Object.keys(accounts).some((key) => key === machine || key.startsWith(`${machine}/`));
}

/** Returns the entries of a JSON object whose values `isValid` accepts; none for anything but an object. */
export function parseRecord<Value>(
  json: unknown,
  isValid: (value: unknown) => value is Value,
): Readonly<Record<string, Value>> {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return {};
  const entries = Object.entries(json);
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => isValid(entry[1])));
}

/** Returns for each server its texts by name. */
function parseTexts(json: unknown): NonNullable<SavedState["preferences"]> {
  const entries = Object.entries(parseRecord(json, isAnything));
  return Object.fromEntries(entries.map(([server, texts]) => [server, parseRecord(texts, isText)]));
}

/** Returns whether a JSON value is a string. */
export function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isLanguageChoice(value: unknown): value is ServiceLanguageChoice {
  const { language, toldBy } = parseRecord(value, isAnything);
  return isText(language) && (toldBy === null || isText(toldBy));
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === "boolean";
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isAnything(_value: unknown): _value is unknown {
  return true;
}

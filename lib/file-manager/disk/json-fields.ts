import { isJsonObject, type JsonObject } from "../../protocol/json-decoder.ts";

/*
 * Looks at single fields of a JSON value that may be anything. A whole record is checked by the decoders in
 * json-decoder.ts.
 */

/** Returns the objects in a list of JSON; none if it is no list. */
export function listOf(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Returns a field of a JSON object; `undefined` where there is none, or no object. */
export function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** Returns the finite number in a field of a parsed JSON value, or `null` if there is none. */
export function numberIn(value: unknown, key: string): number | null {
  const field = fieldOf(value, key);
  return typeof field === "number" && Number.isFinite(field) ? field : null;
}

/** Returns the non-empty string in a field of a parsed JSON value, or `null` if there is none. */
export function textIn(value: unknown, key: string): string | null {
  const field = fieldOf(value, key);
  return typeof field === "string" && field !== "" ? field : null;
}

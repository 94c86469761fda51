/*
 * Looks at single fields of a JSON value that may be anything. A whole record is checked by the decoders in
 * json-decoder.ts.
 */

/** Decodes every entry of an array. Returns `null` when it is no array, or `decode` returns `null` for an entry. */
export function listOf<T>(value: unknown, decode: (entry: unknown) => T | null): T[] | null {
  if (!Array.isArray(value)) return null;
  const decoded: T[] = [];
  for (const entry of value) {
    const item = decode(entry);
    if (item === null) return null;
    decoded.push(item);
  }
  return decoded;
}

/** Returns a field of a JSON object; `undefined` where there is none, or no object. */
export function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** Returns the finite number in a field, or `null`. */
export function numberIn(value: unknown, key: string): number | null {
  const field = fieldOf(value, key);
  return typeof field === "number" && Number.isFinite(field) ? field : null;
}

/** Returns the string of at least one character in a field, or `null`. */
export function textIn(value: unknown, key: string): string | null {
  const field = fieldOf(value, key);
  return typeof field === "string" && field !== "" ? field : null;
}

/** Reading JSON that somebody may have edited: each door looks, and answers that it isn't so. */

/** Every entry decoded, or `null` when it is no list, or one of them is wrong. */
export function listOf<T>(value: unknown, decode: (entry: unknown) => T | null): T[] | null {
  if (!Array.isArray(value)) return null;
  const decoded: T[] = [];
  for (const entry of value) {
    const one = decode(entry);
    if (one === null) return null;
    decoded.push(one);
  }
  return decoded;
}

/** A field of a JSON object; `undefined` where there is none. */
export function fieldOf(value: unknown, key: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[key];
}

/** A finite number in a field, or `null`. */
export function numberIn(value: unknown, key: string): number | null {
  const field = fieldOf(value, key);
  return typeof field === "number" && Number.isFinite(field) ? field : null;
}

/** A text with at least one letter in a field, or `null`. */
export function textIn(value: unknown, key: string): string | null {
  const field = fieldOf(value, key);
  return typeof field === "string" && field !== "" ? field : null;
}

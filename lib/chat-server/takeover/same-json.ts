/**
 * Returns whether two values have the same JSON, without making it: this is asked with each line that somebody sends.
 * The order of an object's fields doesn't count, and what is `undefined` counts as left out.
 */
export function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!isCompound(a) || !isCompound(b)) return false;
  if (Array.isArray(a)) return Array.isArray(b) && isSameArray(a, b);
  return !Array.isArray(b) && isSameObject(a, b);
}

function isCompound(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isSameArray(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) {
    if (!isSameJson(a[index], b[index])) return false;
  }
  return true;
}

function isSameObject(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
): boolean {
  for (const key in a) if (!isSameJson(a[key], b[key])) return false;
  for (const key in b) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

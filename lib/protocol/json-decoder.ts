/**
 * Checks a JSON value: returns it with its type, or `undefined` when it is anything else. JSON itself has no
 * `undefined`, so it never means a value.
 */
export type Decoder<T> = (value: unknown) => T | undefined;

/** The type that a decoder returns for a valid value. */
export type Decoded<D> = D extends Decoder<infer T> ? T : never;

type Fields = Readonly<Record<string, Decoder<unknown>>>;
type DecodedFields<F extends Fields> = { readonly [K in keyof F]: Decoded<F[K]> };
type Flat<T> = { readonly [K in keyof T]: T[K] };

/** Returns the JSON value of a text, for a decoder; `undefined` for what is no JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A JSON object, before its fields are checked. */
export type JsonObject = { [key: string]: unknown };

/** Whether a value is a JSON object: not `null`, and no array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A string, which may be empty. */
export const string: Decoder<string> = (value) => (typeof value === "string" ? value : undefined);

/** A string of at least one character. */
export const nonEmptyString: Decoder<string> = (value) =>
  typeof value === "string" && value !== "" ? value : undefined;

/** A finite number. */
export const number: Decoder<number> = (value) =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

/** `true` or `false`. */
export const boolean: Decoder<boolean> = (value) =>
  typeof value === "boolean" ? value : undefined;

/**
 * A non-empty string as a branded type such as `AccountName`. The brand's own rules are not applied again: the name
 * passed them when it was first stored, and a rule that has become stricter must not lock existing users out.
 */
export function storedName<T extends string>(): Decoder<T> {
  return nonEmptyString as Decoder<T>;
}

/** One of the listed strings. */
export function oneOf<const T extends string>(...allowed: readonly T[]): Decoder<T> {
  return (value) => allowed.find((each) => each === value);
}

/** `null`, or what `decode` accepts. */
export function nullable<T>(decode: Decoder<T>): Decoder<T | null> {
  return (value) => (value === null ? null : decode(value));
}

/** Accepts what `decode` accepts, and returns `fallback` for a missing value. */
export function withDefault<T, F>(decode: Decoder<T>, fallback: F): Decoder<T | F> {
  return (value) => (value === undefined ? fallback : decode(value));
}

/** An array in which `decode` accepts every entry. */
export function array<T>(decode: Decoder<T>): Decoder<T[]> {
  return (value) => {
    if (!Array.isArray(value)) return undefined;
    const entries = value as unknown[];
    // Most are as they are: a start decodes millions, and copies none of them.
    let decoded: T[] | null = null;
    for (let index = 0; index < entries.length; index += 1) {
      const item = decode(entries[index]);
      if (item === undefined) return undefined;
      if (decoded === null && item !== entries[index]) decoded = entries.slice(0, index) as T[];
      decoded?.push(item);
    }
    return decoded ?? (entries as T[]);
  };
}

/** An object used as a map: any keys, and values that `decode` accepts. */
export function record<T>(decode: Decoder<T>): Decoder<Readonly<Record<string, T>>> {
  return (value) => {
    if (!isJsonObject(value)) return undefined;
    let isSame = true;
    for (const key in value) {
      const item = decode(value[key]);
      if (item === undefined) return undefined;
      isSame &&= item === value[key];
    }
    if (isSame) return value as Record<string, T>;
    // Not by assignment: a key may be "__proto__".
    const decoded = Object.entries(value).map(([key, entry]) => [key, decode(entry)] as const);
    return Object.fromEntries(decoded) as Record<string, T>;
  };
}

/**
 * An object with these fields. Fields that are not listed are left out of the result, and so is an optional field that
 * is missing; an optional field that is there must be right.
 *
 * @example
 * const decodeCertificate = object({ fingerprint: nonEmptyString, addedAt: number }, { label: string });
 * decodeCertificate({ fingerprint: "f1", addedAt: 9 }); // { fingerprint: "f1", addedAt: 9 }
 * decodeCertificate({ fingerprint: "" }); // undefined
 */
export function object<R extends Fields, O extends Fields = Record<never, never>>(
  required: R,
  optional?: O,
): Decoder<Flat<DecodedFields<R> & Partial<DecodedFields<O>>>> {
  const fields = Object.entries({ ...required, ...optional }).map(([key, decode]) => ({
    key,
    decode,
    isOptional: optional !== undefined && Object.hasOwn(optional, key),
  }));
  return (value) => {
    if (!isJsonObject(value)) return undefined;
    let others = 0;
    for (const _ in value) others += 1;
    let isSame = true;
    for (let index = 0; index < fields.length; index += 1) {
      const { key, decode, isOptional } = fields[index] as (typeof fields)[number];
      const raw = value[key];
      if (isOptional && raw === undefined) continue;
      const field = decode(raw);
      if (field === undefined) return undefined;
      others -= 1;
      isSame &&= field === raw;
    }
    // The casts: each field has just been checked.
    type Result = Flat<DecodedFields<R> & Partial<DecodedFields<O>>>;
    if (isSame && others === 0) return value as Result;
    const decoded: JsonObject = {};
    for (const { key, decode, isOptional } of fields) {
      const raw = value[key];
      if (!isOptional || raw !== undefined) decoded[key] = decode(raw);
    }
    return decoded as Result;
  };
}

type Variants = Readonly<Record<string, Decoder<object>>>;
type DecodedVariant<V extends Variants> = {
  [K in keyof V]: Flat<{ readonly kind: K } & Decoded<V[K]>>;
}[keyof V];

/**
 * An object whose `kind` names one of the variants, and whose other fields that variant's decoder accepts.
 *
 * @example
 * const decodeChange = byKind({ nick: object({ nick: nonEmptyString }), forgotten: object({}) });
 * decodeChange({ kind: "nick", nick: "mina" }); // { kind: "nick", nick: "mina" }
 */
export function byKind<V extends Variants>(variants: V): Decoder<DecodedVariant<V>> {
  return (value) => {
    if (!isJsonObject(value)) return undefined;
    const { kind } = value;
    if (typeof kind !== "string" || !Object.hasOwn(variants, kind)) return undefined;
    const fields = variants[kind]?.(value);
    // The cast: `kind` names the variant that has just accepted the fields.
    return fields === undefined ? undefined : ({ kind, ...fields } as DecodedVariant<V>);
  };
}

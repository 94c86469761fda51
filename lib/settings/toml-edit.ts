/**
 * Changes single values in the text of a TOML file that a person wrote. Comments, order, unknown keys and line ends stay as
 * they are.
 */

/** A value as it stands in a settings file. */
export type TomlValue = string | number | boolean | readonly string[];

/** One `key = value` or `[table]`, from the start of its line to behind its line end. */
interface Statement {
  readonly kind: "pair" | "table" | "tables";
  /** The whole name: a pair's with that of its table before it. */
  readonly path: readonly string[];
  readonly start: number;
  readonly end: number;
  /** Where a pair's value stands. */
  readonly valueStart: number;
  readonly valueEnd: number;
}

/**
 * Returns the text with another value of a key, or without it (null). A new key comes behind the last one of its table, and a
 * new table at the end. Returns null where that can't be done without touching anything else: the file isn't valid,
 * or the table is written inline.
 *
 * @param path the key, with its table before it: `["mouse"]`, `["bind", "ctrl-g"]`
 */
export function editToml(
  text: string,
  path: readonly [string] | readonly [string, string],
  value: TomlValue | null,
): string | null {
  const before = parse(text);
  const statements = before === null ? null : statementsOf(text);
  if (before === null || statements === null) return null;
  const edited = applyEdit(text, statements, path, value);
  // What was read must be what is read now, but for this one value.
  const after = edited === null ? null : parse(edited);
  return after !== null && isEqual(after, withValue(before, path, value)) ? edited : null;
}

function applyEdit(
  text: string,
  statements: readonly Statement[],
  path: readonly string[],
  value: TomlValue | null,
): string | null {
  const pair = statements.find((each) => each.kind === "pair" && isSame(each.path, path));
  if (pair !== undefined) {
    // A comment behind the value stays.
    const behind = text.slice(pair.valueEnd, pair.end).trimStart();
    if (value === null) return text.slice(0, pair.start) + behind + text.slice(pair.end);
    return text.slice(0, pair.valueStart) + formatValue(value) + text.slice(pair.valueEnd);
  }
  if (value === null) return text;
  const lineEnd = text.includes("\r\n") ? "\r\n" : "\n";
  const table = path.slice(0, -1);
  const line = `${formatKey(path.at(-1) ?? "")} = ${formatValue(value)}${lineEnd}`;
  const header = statements.findIndex(
    ({ kind, path: name }) => kind === "table" && isSame(name, table),
  );
  if (table.length === 0 || header >= 0) {
    const rest = statements.slice(header + 1);
    const next = rest.findIndex(({ kind }) => kind !== "pair");
    const last = (next < 0 ? rest : rest.slice(0, next)).at(-1) ?? statements[header];
    // Before the first table, but behind the comment at the top of the file.
    if (last === undefined) return insertAt(text, startOfFirst(text, statements), line, lineEnd);
    return insertAt(text, last.end, line, lineEnd);
  }
  const dotted = statements.findLast(
    ({ kind, path: name }) => kind === "pair" && isSame(name.slice(0, -1), table),
  );
  const shown = path.map(formatKey).join(".");
  if (dotted !== undefined) {
    return insertAt(text, dotted.end, `${shown} = ${formatValue(value)}${lineEnd}`, lineEnd);
  }
  const gap = text.trim() === "" ? "" : lineEnd;
  return insertAt(
    text,
    text.length,
    `${gap}[${table.map(formatKey).join(".")}]${lineEnd}${line}`,
    lineEnd,
  );
}

/** Returns where a file's first pair may come: at its end, or before a table and the comment right above it. */
function startOfFirst(text: string, statements: readonly Statement[]): number {
  const first = statements[0];
  if (first === undefined) return text.length;
  const above = text.slice(0, first.start).replace(/(?:(?<=^|\n)[ \t]*#[^\n]*\n)+$/, "");
  const written = above.trimEnd();
  return written === "" ? 0 : lineAfter(text, written.length);
}

function insertAt(text: string, index: number, line: string, lineEnd: string): string {
  const before = text.slice(0, index);
  const after = text.slice(index);
  const isLineStart = before === "" || before.endsWith("\n") || before === "\ufeff";
  // A table stands apart from what comes before it.
  const gap = before === "" && after !== "" ? lineEnd : "";
  return before + (isLineStart ? "" : lineEnd) + line + gap + after;
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

function formatKey(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : formatText(key);
}

function formatValue(value: TomlValue): string {
  if (typeof value === "string") return formatText(value);
  if (typeof value === "object") return `[${value.map(formatText).join(", ")}]`;
  return String(value);
}

/** Formats a basic string; JSON's escapes are TOML's, but for DEL. */
function formatText(text: string): string {
  return JSON.stringify(text.toWellFormed()).replaceAll("\x7f", "\\u007f");
}

type Parsed = Readonly<Record<string, unknown>>;

function parse(text: string): Parsed | null {
  try {
    return Bun.TOML.parse(text.replace(/^\ufeff/, "")) as Parsed;
  } catch {
    return null;
  }
}

/** Compares what two files say; the order of names doesn't count. */
function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) {
    return Object.is(a, b);
  }
  if (a instanceof Date || b instanceof Date) return String(a) === String(b);
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length || Array.isArray(a) !== Array.isArray(b)) return false;
  return names.every(
    (name) => Object.hasOwn(b, name) && isEqual((a as Parsed)[name], (b as Parsed)[name]),
  );
}

/** Returns what the file has to say after the edit. */
function withValue(before: Parsed, path: readonly string[], value: TomlValue | null): Parsed {
  const [name = "", ...rest] = path;
  const { [name]: own, ...others } = before;
  if (rest.length > 0) {
    const table = typeof own === "object" && own !== null ? (own as Parsed) : {};
    if (own === undefined && value === null) return before;
    return { ...others, [name]: withValue(table, rest, value) };
  }
  return value === null ? others : { ...others, [name]: value };
}

/** Returns the statements in order; null for what isn't TOML. */
function statementsOf(text: string): Statement[] | null {
  const statements: Statement[] = [];
  let table: readonly string[] = [];
  let index = text.startsWith("\ufeff") ? 1 : 0;
  while (index < text.length) {
    const start = index;
    index = skip(text, index, /[ \t]*/y);
    if (/[\r\n#]/.test(text[index] ?? "\n")) {
      index = lineAfter(text, index);
      continue;
    }
    const brackets = text.startsWith("[[", index) ? 2 : text[index] === "[" ? 1 : 0;
    const key = readPath(text, index + brackets);
    if (key === null) return null;
    if (brackets > 0) {
      table = key.path;
      index = lineAfter(text, key.end);
      const kind = brackets === 1 ? "table" : "tables";
      statements.push({ kind, path: table, start, end: index, valueStart: index, valueEnd: index });
      continue;
    }
    const valueStart = skip(text, key.end + 1, /[ \t]*/y);
    const valueEnd = endOfValue(text, valueStart);
    if (text[key.end] !== "=" || valueEnd === null) return null;
    index = lineAfter(text, valueEnd);
    const path = [...table, ...key.path];
    statements.push({ kind: "pair", path, start, end: index, valueStart, valueEnd });
  }
  return statements;
}

function skip(text: string, index: number, pattern: RegExp): number {
  pattern.lastIndex = index;
  pattern.test(text);
  return pattern.lastIndex;
}

function lineAfter(text: string, index: number): number {
  const lineEnd = text.indexOf("\n", index);
  return lineEnd < 0 ? text.length : lineEnd + 1;
}

const KEY_PART = /[ \t]*(?:([A-Za-z0-9_-]+)|"((?:[^"\\\n]|\\.)*)"|'([^'\n]*)')[ \t]*/y;

/** Reads a dotted key; `end` is the index of the "=" or "]" behind it. */
function readPath(text: string, index: number): { path: string[]; end: number } | null {
  const path: string[] = [];
  let end = index;
  for (;;) {
    KEY_PART.lastIndex = end;
    const match = KEY_PART.exec(text);
    if (match === null) return null;
    const [, bare, quoted, literal] = match;
    path.push(bare ?? literal ?? unquote(quoted ?? ""));
    end = KEY_PART.lastIndex;
    if (text[end] !== ".") return { path, end };
    end += 1;
  }
}

function unquote(text: string): string {
  const parsed = parse(`key = "${text}"`);
  return String(parsed?.["key"] ?? text);
}

const STRING = /"""[\s\S]*?(?<!\\)(?:\\\\)*"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;

/** Returns the index behind a value: arrays and texts may go over several lines. */
function endOfValue(text: string, start: number): number | null {
  let depth = 0;
  let index = start;
  let end = start;
  while (index < text.length) {
    const sign = text[index] ?? "";
    STRING.lastIndex = index;
    if ((sign === '"' || sign === "'") && STRING.test(text)) {
      index = STRING.lastIndex;
      end = index;
      continue;
    }
    if (sign === "#") {
      if (depth === 0) break;
      index = lineAfter(text, index);
      continue;
    }
    if (sign === "\n" && depth === 0) break;
    if (sign === "[" || sign === "{") depth += 1;
    if (sign === "]" || sign === "}") depth -= 1;
    index += 1;
    if (!/\s/.test(sign)) end = index;
  }
  return depth === 0 && end > start ? end : null;
}

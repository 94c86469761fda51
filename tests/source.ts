/** The project's source, for the tests of its own rules. Works on text: the formatter keeps it regular. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const ROOT = resolve(import.meta.dir, "..");

/** The two scripts and all of lib/, by path from the project's folder. */
export const SOURCE_FILES: readonly string[] = [
  "server.ts",
  "client.ts",
  ...typeScriptIn("lib").sort(),
];
export const TEST_FILES: readonly string[] = typeScriptIn("tests").sort();

function typeScriptIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((path) => join(folder, path))
    .filter((path) => path.endsWith(".ts"));
}

const texts = new Map<string, string>();

export function textOf(path: string): string {
  const known = texts.get(path);
  if (known !== undefined) return known;
  const text = readFileSync(join(ROOT, path), "utf8");
  texts.set(path, text);
  return text;
}

/** Returns a file's code without its comments: a comment may name what the code may not use. */
export function codeOf(path: string): string {
  return textOf(path)
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/(^|\s)\/\/.*$/gm, "$1");
}

/** Returns a file's code without comments and without the text of its strings and templates. */
export function identifiersOf(path: string): string {
  const code = codeOf(path);
  let result = "";
  /** Braces that are open in the code of each template that we are inside of. */
  const templates: number[] = [];
  for (let index = 0; index < code.length; index += 1) {
    const letter = code[index] ?? "";
    const depth = templates.at(-1);
    if (letter === '"') {
      const end = /(?:[^"\\\n]|\\.)*"/y;
      end.lastIndex = index + 1;
      index = end.test(code) ? end.lastIndex - 1 : index;
      result += '""';
    } else if (letter === "`" || (letter === "}" && depth === 0)) {
      if (letter === "}") templates.pop();
      const end = /(?:[^`\\$]|\\.|\$(?!\{))*(?:`|\$\{)/y;
      end.lastIndex = index + 1;
      index = end.test(code) ? end.lastIndex - 1 : index;
      if (code[index] === "{") templates.push(0);
      result += " ";
    } else {
      if (depth !== undefined && letter === "{") templates[templates.length - 1] = depth + 1;
      if (depth !== undefined && letter === "}") templates[templates.length - 1] = depth - 1;
      result += letter;
    }
  }
  return result;
}

export interface Import {
  /** As it is written: `./access.ts`, or a package. */
  readonly from: string;
  /** The imported file from the project's folder, or null for a package. */
  readonly path: string | null;
  readonly names: readonly string[];
  readonly isType: boolean;
}

export function importsOf(path: string): Import[] {
  const code = codeOf(path);
  const imports: Import[] = [];
  const add = (from: string, names: readonly string[], isType: boolean) => {
    const target = from.startsWith(".")
      ? relative(ROOT, resolve(ROOT, dirname(path), from)).replaceAll("\\", "/")
      : null;
    imports.push({ from, path: target, names, isType });
  };
  for (const [, type, clause = "", from = ""] of code.matchAll(
    /(?:import|export)\s+(type\s+)?([^"';]*?)\s*from\s+"([^"]+)"/g,
  )) {
    const words = (/\{([^}]*)\}/.exec(clause)?.[1]?.split(",") ?? [])
      .map((word) => word.trim())
      .filter((word) => word !== "");
    const allTypes = words.length > 0 && words.every((word) => word.startsWith("type "));
    const names = words.map((word) => word.replace(/^type /, "").replace(/ as .*$/, ""));
    add(from, names, type !== undefined || allTypes);
  }
  for (const [, from = ""] of code.matchAll(/\bimport\(\s*"([^"]+)"\s*\)/g))
    add(from, ["*"], false);
  return imports;
}

export interface Export {
  readonly path: string;
  readonly name: string;
  readonly isType: boolean;
  /** Its docstring, without the comment's delimiters; "" for none. */
  readonly docstring: string;
}

const EXPORT =
  /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*\n)?(?:^\/\/.*\n)*^export (?:declare )?(?:abstract )?(?:async )?(function\*?|const|let|class|interface|type) (\w+)/gm;

export function exportsOf(path: string): Export[] {
  return [...textOf(path).matchAll(EXPORT)].map(([, comment = "", kind = "", name = ""]) => ({
    path,
    name,
    isType: kind === "interface" || kind === "type" || kind === "class",
    docstring: comment.replace(/^\s*\/?\*+\/?|\*\/\s*$/gm, "").trim(),
  }));
}

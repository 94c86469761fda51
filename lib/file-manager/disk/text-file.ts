import { readFileSync } from "node:fs";

/** A small file's text, or `null` when there is none that can be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** The first line of standard input, without its end. What comes behind it is not read. */
export async function readFirstLine(): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of Bun.stdin.stream()) {
    text += decoder.decode(bytes, { stream: true });
    if (text.includes("\n")) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}

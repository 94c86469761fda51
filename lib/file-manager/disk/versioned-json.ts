import { readFileSync } from "node:fs";
import type { Decoder, JsonObject } from "../../protocol/json-decoder.ts";
import { fsErrorText, isMissing } from "./fs-errors.ts";
import { fieldOf } from "./json-fields.ts";

/** Why a file isn't used: a sentence for the owner, with its path and what to do. */
export interface RefusedFile {
  readonly refused: string;
}

/**
 * Reads a JSON file that carries its `format` number; `null` when the file doesn't exist. Returns a refusal, with a
 * sentence for the owner, when the file is unreadable, damaged, or of a newer format. Changes nothing.
 *
 * @param format the format that this version knows
 */
export function readVersionedJson(
  path: string,
  format: number,
): { readonly content: unknown } | RefusedFile | null {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (isMissing(error)) return null;
    if (error instanceof SyntaxError) return damaged(path, `it is no JSON (${error.message})`);
    return {
      refused: `${path} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  const written = fieldOf(content, "format");
  if (typeof written === "number" && written > format) {
    return {
      refused: `${path} was written by a newer version (format ${written}; this one knows ${format}). Start that version, or put back a copy made before it; nothing was changed.`,
    };
  }
  return written === format ? { content } : damaged(path, `it has no "format": ${format}`);
}

/** Refuses a damaged file. `problem` is part of a sentence, without a full stop. */
export function damaged(path: string, problem: string): RefusedFile {
  return {
    refused: `${path} is damaged: ${problem}. Mend it or put back a copy, then start again; nothing was changed.`,
  };
}

/** Returns the problem with the list under `key`: which entry `decode` refuses (by `null` or `undefined`). */
export function wrongEntry(content: unknown, key: string, decode: Decoder<unknown>): string {
  const entries = fieldOf(content, key);
  if (!Array.isArray(entries)) return `it has no list of "${key}"`;
  const index = entries.findIndex((entry) => decode(entry) === undefined);
  return `something is missing or wrong in number ${index + 1} of its "${key}"`;
}

/** Writes the content of users.json or rooms.json: one entry of a list a line. */
export function formatRecords(content: JsonObject): string {
  const fields = Object.entries(content).map(([key, value]) => {
    const entries = Array.isArray(value) ? value.map((entry) => `\n${JSON.stringify(entry)}`) : [];
    const text = entries.length > 0 ? `[${entries.join(",")}\n]` : JSON.stringify(value);
    return `${JSON.stringify(key)}: ${text}`;
  });
  return `{\n${fields.join(",\n")}\n}\n`;
}

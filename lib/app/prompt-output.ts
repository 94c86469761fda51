import { Writable } from "node:stream";
import { FieldCursor } from "../terminal/field-cursor.ts";
import type { Stdout } from "../terminal/tty.ts";

/** What prompts write to: the terminal, with the real cursor on the field that one types in. */
export function promptOutput(stdout: Stdout): Writable {
  const cursor = new FieldCursor();
  const output = new Writable({
    decodeStrings: false,
    write(chunk: string | Uint8Array, _, done) {
      const text = typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
      stdout.write(cursor.follow(text, stdout.columns || 80));
      done();
    },
  });
  // Prompts ask their output for its size, and hear of changes.
  Object.defineProperties(output, {
    isTTY: { value: true },
    columns: { get: () => stdout.columns },
    rows: { get: () => stdout.rows },
  });
  stdout.on("resize", () => output.emit("resize"));
  return output;
}

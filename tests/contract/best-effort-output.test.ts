import { expect, test } from "bun:test";
import { BestEffortOutput } from "../../lib/file-manager/best-effort-output.ts";

/** A stream whose writes end when the test says so. */
class FakeStream {
  readonly texts: string[] = [];
  readonly #waiting: ((error?: Error | null) => void)[] = [];
  hasErrorListener = false;
  throws: Error | null = null;

  on(_event: "error", _listener: () => void): void {
    this.hasErrorListener = true;
  }

  write(text: string, done: (error?: Error | null) => void): boolean {
    if (this.throws !== null) throw this.throws;
    this.texts.push(text);
    this.#waiting.push(done);
    return true;
  }

  end(error: Error | null): void {
    for (const done of this.#waiting.splice(0)) done(error);
  }
}

function errorOf(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function outputTo(stream: FakeStream): BestEffortOutput {
  return new BestEffortOutput(stream, (count, reason) => `[${count} lost: ${reason}]\n`);
}

test("lines that can't be written are counted, and the next written line says so", () => {
  const stream = new FakeStream();
  const output = outputTo(stream);
  expect(stream.hasErrorListener).toBe(true);
  output.write("one\n");
  stream.end(null);
  output.write("two\n");
  output.write("three\n");
  stream.end(errorOf("ENOSPC"));
  output.write("four\n");
  stream.end(errorOf("ENOSPC"));
  stream.texts.length = 0;
  output.write("five\n");
  stream.end(null);
  output.write("six\n");
  expect(stream.texts).toEqual(["\n[3 lost: the disk is full]\nfive\n", "six\n"]);
});

test("a stream that throws costs the line alone", () => {
  const stream = new FakeStream();
  const output = outputTo(stream);
  for (const code of ["EPIPE", "EIO", "EBADF", "EAGAIN"]) {
    stream.throws = errorOf(code);
    output.write("lost\n");
  }
  stream.throws = null;
  output.write("written\n");
  expect(stream.texts).toEqual(["\n[4 lost: the disk is busy]\nwritten\n"]);
});

test("a reader that stops gets no more than a bounded amount", () => {
  const stream = new FakeStream();
  const output = outputTo(stream);
  const line = `${"x".repeat(1023)}\n`;
  for (let written = 0; written < 4096; written += 1) output.write(line);
  expect(stream.texts.length).toBe(1025);
  stream.end(null);
  output.write("on\n");
  expect(stream.texts.at(-1)).toBe("\n[3071 lost: its reader takes nothing]\non\n");
});

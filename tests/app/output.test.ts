import { expect, test } from "bun:test";
import { Output } from "../../lib/app/pipe/output.ts";
import type { Stdout } from "../../lib/terminal/restore-on-exit.ts";

function outputTo(written: string[]): Output {
  const stdout = {
    on() {},
    write(text: string, done: () => void) {
      written.push(text);
      done();
    },
    // The output uses nothing else of it.
  } as unknown as Stdout;
  return new Output(stdout, () => "closed");
}

test("a server whose answer has no end is cut off, and that is a failure", async () => {
  const written: string[] = [];
  const output = outputTo(written);
  output.unitsMax = 10;
  let closed = 0;
  output.onClosed(() => {
    closed += 1;
  });
  await output.write("0123456789");
  expect(output.failure).toBeNull();
  await output.write("x");
  await output.write("y");
  expect([written.join(""), output.failure, output.isClosed, closed]).toEqual([
    "0123456789",
    "endless",
    true,
    1,
  ]);
});

test("without a limit everything is written", async () => {
  const written: string[] = [];
  const output = outputTo(written);
  for (const text of ["a", "", "b"]) await output.write(text);
  expect(written).toEqual(["a", "b"]);
  expect(output.failure).toBeNull();
});

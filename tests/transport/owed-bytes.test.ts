import { expect, test } from "bun:test";
import { OWED_BYTES_STEP, OwedBytes } from "../../lib/transport/owed-bytes.ts";

/** When the server is asked to close readers: on a later turn, each time the sum has grown. */

function counted() {
  const later: (() => void)[] = [];
  let asked = 0;
  const owed = new OwedBytes(
    () => {
      asked += 1;
    },
    (run) => void later.push(run),
  );
  const turn = () => {
    for (const run of later.splice(0)) run();
    return asked;
  };
  return { owed, turn };
}

test("nobody is asked while little is owed", () => {
  const { owed, turn } = counted();
  owed.change(OWED_BYTES_STEP - 1);
  expect(turn()).toBe(0);
});

test("the server is asked once for each step that the sum has grown, on a later turn", () => {
  const { owed, turn } = counted();
  for (let i = 0; i < 4; i += 1) owed.change(OWED_BYTES_STEP / 2);
  expect(turn()).toBe(1);
  owed.change(OWED_BYTES_STEP - 1);
  expect(turn()).toBe(1);
  owed.change(1);
  expect(turn()).toBe(2);
});

test("what was sent counts no more", () => {
  const { owed, turn } = counted();
  owed.change(OWED_BYTES_STEP);
  expect(turn()).toBe(1);
  owed.change(-OWED_BYTES_STEP);
  expect(owed.bytes).toBe(0);
  owed.change(OWED_BYTES_STEP);
  expect(turn()).toBe(2);
});

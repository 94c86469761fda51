import { afterAll, afterEach, describe, expect, spyOn, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BEGINS_AGAIN } from "../../../lib/cluster/supervisor/handover.ts";
import { fetchToBeginAgain } from "../../../lib/server-process/node/begin-again.ts";
import { parseServerArguments } from "../../../lib/settings/server-settings.ts";

/** Thrown where the process would end. */
class Ended extends Error {
  readonly code: unknown;

  constructor(code: unknown) {
    super(`ended with ${code}`);
    this.code = code;
  }
}

const data = mkdtempSync(join(tmpdir(), "sodam-begin-again-"));
const parsed = parseServerArguments(["--data", data, "--nats", "nats://127.0.0.1:1"], () => null);
const undo: (() => void)[] = [];
afterAll(() => rmSync(data, { recursive: true, force: true }));
afterEach(() => {
  for (const each of undo.splice(0)) each();
});

/** Lets a node fetch its folder, which closes its files by `release`. Returns how it ends, and what it says. */
async function fetches(release: () => Promise<void>) {
  const notes: string[] = [];
  const errors: string[] = [];
  const exit = spyOn(process, "exit").mockImplementation((code) => {
    throw new Ended(code);
  });
  const write = spyOn(process.stderr, "write").mockImplementation((text) => {
    errors.push(String(text));
    return true;
  });
  undo.push(
    () => exit.mockRestore(),
    () => write.mockRestore(),
  );
  if (!("settings" in parsed)) throw new Error("the arguments are refused");
  const note = (_: string, text: string): void => void notes.push(text);
  const engine = { close: () => Promise.resolve() };
  const ended = await fetchToBeginAgain(parsed.settings, { release }, engine, "b", note, 1).catch(
    (error: unknown) => error,
  );
  return { code: ended instanceof Ended ? ended.code : ended, notes, errors };
}

describe("a node whose folder is to be fetched anew", () => {
  test("says so once its files are closed, and why if it can't be", async () => {
    const { code, notes } = await fetches(() => Promise.resolve());
    expect(notes).toEqual([
      "the data folder is fetched anew from b",
      expect.stringContaining("cluster.key"),
    ]);
    expect(code).toBe(BEGINS_AGAIN);
  });

  test("says that it isn't when its files can't be closed in time", async () => {
    const { code, notes } = await fetches(() => new Promise(() => {}));
    expect(notes).toEqual([
      "the data folder is not fetched anew from b, since its files can't be closed: this node begins again with what it has",
    ]);
    expect(code).toBe(BEGINS_AGAIN);
  });

  test("ends as after a fault when closing them fails", async () => {
    const { code, notes, errors } = await fetches(() => Promise.reject(new Error("no such disk")));
    expect([code, notes]).toEqual([70, []]);
    expect(errors.join("")).toContain("no such disk");
  });
});

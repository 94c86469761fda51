import { describe, expect, test } from "bun:test";
import { parseSavedState } from "../../lib/app/saved/saved-state.ts";
import { SavedStateFile } from "../../lib/app/saved/saved-state-file.ts";

test("reads what was saved as it is", () => {
  const kept = {
    server: "sodam://tea.example:6697",
    language: "ko",
    accounts: { "tea.example:6697": "mina" },
    bell: false,
    receipts: true,
    muted: { "tea.example:6697": ["#tea"] },
  };
  expect(parseSavedState({ format: 1, ...kept })).toEqual(kept);
});

test.each([
  [null],
  ["text"],
  [[1, 2]],
  [{ server: 7, language: null, bell: "no", accounts: "mina", muted: 3, receipts: 1 }],
  [{ accounts: { "tea.example:6697": 7 }, muted: { "tea.example:6697": "#tea" } }],
  [{ muted: { "tea.example:6697": [1] } }],
])("%j holds no saved state", (value) => {
  expect(parseSavedState(value)).toEqual({ accounts: {}, muted: {} });
});

describe("two clients of one person", () => {
  /** A file that both of them have, and that may be read-only. */
  function shared() {
    const file = {
      json: "null",
      isWritable: true,
      read: (): unknown => JSON.parse(file.json),
      write(content: object): boolean {
        if (file.isWritable) file.json = JSON.stringify(content);
        return file.isWritable;
      },
    };
    return file;
  }

  test("keep what the other has saved meanwhile", () => {
    const file = shared();
    const [one, other] = [new SavedStateFile(file), new SavedStateFile(file)];
    one.save({ nicks: { "irc.one:6697": "mina" }, plain: ["irc.one:6697"], bell: false });
    other.save({ nicks: { "irc.two:6697": "mina_" }, plain: ["irc.two:6697"], language: "ko" });
    const both = { "irc.one:6697": "mina", "irc.two:6697": "mina_" };
    const saved = { bell: false, language: "ko", plain: ["irc.one:6697", "irc.two:6697"] };
    expect(new SavedStateFile(file).state).toMatchObject({ ...saved, nicks: both });
    one.save({ nicks: {}, plain: [] });
    expect(new SavedStateFile(file).state).toMatchObject({
      ...{ plain: ["irc.two:6697"], nicks: { "irc.two:6697": "mina_" } },
    });
  });

  test("keep what each has set of one server", () => {
    const file = shared();
    const [one, other] = [new SavedStateFile(file), new SavedStateFile(file)];
    one.save({ preferences: { "irc.one:6697": { "#tea level": "all" } } });
    other.save({ preferences: { "irc.one:6697": { "#cake level": "nothing" } } });
    expect(new SavedStateFile(file).state.preferences).toEqual({
      "irc.one:6697": { "#tea level": "all", "#cake level": "nothing" },
    });
  });

  test("keep everything for their own run where the file can't be written or read", () => {
    const file = shared();
    const one = new SavedStateFile(file);
    one.save({ bell: true });
    file.isWritable = false;
    one.save({ language: "ko" });
    one.save({ receipts: false });
    expect(one.state).toMatchObject({ bell: true, language: "ko", receipts: false });
    file.isWritable = true;
    file.json = "null";
    one.save({ bell: false });
    expect(one.state).toMatchObject({ bell: false, language: "ko", receipts: false });
  });
});

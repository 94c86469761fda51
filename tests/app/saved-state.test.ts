import { expect, test } from "bun:test";
import { parseSavedState } from "../../lib/app/saved/saved-state.ts";

test("stored state is read back unchanged", () => {
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
])("nothing of %j is valid", (value) => {
  expect(parseSavedState(value)).toEqual({ accounts: {}, muted: {} });
});

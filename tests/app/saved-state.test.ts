import { expect, test } from "bun:test";
import { parseSavedState } from "../../lib/app/saved/saved-state.ts";

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

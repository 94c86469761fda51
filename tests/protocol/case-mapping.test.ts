import { expect, test } from "bun:test";
import { foldBy } from "../../lib/protocol/case-mapping.ts";
import { fold } from "../../lib/protocol/names.ts";

/** https://modern.ircdocs.horse/#casemapping-parameter */
test.each([
  ["ascii", "[Jun]\\~", "[jun]\\~"],
  ["rfc1459", "[Jun]\\~", "{jun}|^"],
  [undefined, "[Jun]\\~", "{jun}|^"],
  ["strict-rfc1459", "[Jun]\\~", "{jun}|~"],
  ["rfc1459-strict", "[Jun]\\~", "{jun}|~"],
  ["RFC1459", "A^B", "a^b"],
  ["ascii", "ÉÄ", "ÉÄ"],
  ["rfc7613", "ÉÄ[", "éä["],
  ["anything", "ÉÄ[", "éä["],
] as const)("CASEMAPPING=%s folds %s to %s", (mapping, name, folded) => {
  expect<string>(foldBy(mapping)(name)).toBe(folded);
});

test("a name that is folded stays as it is", () => {
  for (const mapping of ["ascii", "rfc1459", "strict-rfc1459", undefined, "rfc7613"]) {
    const foldName = foldBy(mapping);
    for (const name of ["[Jun]\\~", "민수", "ÀÉ", "#Tea{|}"]) {
      expect<string>(foldName(foldName(name))).toBe(foldName(name));
    }
  }
});

test("Unicode mappings fold as ours", () => {
  expect(foldBy("precis")("Straße")).toBe(fold("Straße"));
});

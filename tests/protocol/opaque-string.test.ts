import { describe, expect, test } from "bun:test";
import { mapPassword, opaqueString } from "../../lib/protocol/opaque-string.ts";

describe("one password that is typed in several forms is one OpaqueString", () => {
  test.each([
    ["café au lait", "cafe\u0301 au lait", "a letter and its accent apart"],
    ["보리차 한 잔", "보리차 한 잔".normalize("NFD"), "Hangul as jamo"],
    [
      "보리차 한 잔",
      "\u1107\u1169\u1105\u1175\u110e\u1161 \u1112\u1161\u11ab \u110c\u1161\u11ab",
      "jamo",
    ],
    ["tea pot", "tea\u00a0pot", "a no-break space"],
    ["tea pot", "tea\u3000pot", "an ideographic space"],
    ["tea pot", "tea\u2003pot", "an em space"],
    ["tea pot", "tea\u202fpot", "a narrow no-break space"],
    ["\u00c5ngstr\u00f6m", "\u212bngstro\u0308m", "a compatibility sign with a canonical form"],
  ])("%s is also %j: %s", (expected, typed) => {
    expect(opaqueString(typed)).toBe(expected);
    expect(opaqueString(expected)).toBe(expected);
  });

  // The examples of RFC 8265, table 3 and 4.
  test.each([
    "correct horse battery staple",
    "Correct Horse Battery Staple",
    "πßå",
    "Jack of \u2666s",
  ])("%j is itself", (password) => expect(opaqueString(password)).toBe(password));
  test("an Ogham space is a plain one", () => {
    expect(opaqueString("foo\u1680bar")).toBe("foo bar");
  });
});

test("case, width and compatibility forms stay different", () => {
  const forms = ["tea12", "TEA12", "tea１２", "ｔｅａ12", "tea①②", "tea¹²"];
  expect(new Set(forms.map((form) => opaqueString(form)))).toEqual(new Set(forms));
});

describe("a text that can't be an OpaqueString is refused", () => {
  test.each([
    ["", "empty"],
    ["my cat is a \u0009by", "a control character: RFC 8265's own example"],
    ["tea\u0000pot", "a NUL"],
    ["tea\u007fpot", "DEL"],
    ["tea\u0085pot", "a C1 control"],
    ["tea\u200bpot", "a zero-width space"],
    ["tea\u2764\ufe0f", "a variation selector"],
    ["tea\u202epot", "a bidi override"],
    ["tea\ufeff", "a byte order mark"],
    ["tea\u00adpot", "a soft hyphen"],
    ["tea\ue000", "private use"],
    ["tea\u{e0041}", "a tag character"],
    ["tea\u0378", "unassigned"],
    ["tea\uffff", "a noncharacter"],
    ["tea\ud800", "half a surrogate pair"],
    ["tea\u2028pot", "a line separator"],
    ["\u1100\u1100", "jamo that make no syllable"],
    ["tea\u0640", "a tatweel"],
    ["tea\u3031", "a vertical repeat mark"],
    ["👨\u200d👩", "a joiner between emoji"],
    ["a·b", "a middle dot that isn't between two l"],
    ["tea・pot", "a katakana middle dot without Japanese"],
    ["\u0661\u06f2", "digits of both Arabic kinds"],
    ["a\u05f3", "a Hebrew geresh after another script"],
  ])("%j: %s", (password) => {
    expect(opaqueString(password)).toBeNull();
  });
});

test.each([
  ["col·lecció", "a middle dot between two l"],
  ["コーヒー・紅茶", "a katakana middle dot among Japanese"],
  ["क्\u200dष", "a joiner behind a virama"],
  ["می\u200cخواهم", "a non-joiner in Persian"],
  ["ㅂㅓㅈㅓ ㅋㅋ", "letters of Hangul that stand alone"],
  ["🍵 tea", "an emoji"],
  ["pass\u{1f1f0}\u{1f1f7}", "a flag"],
])("%j is allowed: %s", (password) => {
  expect(opaqueString(password)).toBe(password);
});

test("mapping leaves what isn't allowed where it is, as the earlier form of a hash needs", () => {
  expect(mapPassword("tea\u3000\u2764\ufe0f")).toBe("tea \u2764\ufe0f");
  expect(mapPassword("")).toBe("");
});

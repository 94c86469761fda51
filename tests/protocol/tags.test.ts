import { expect, test } from "bun:test";
import {
  escapeTagValue,
  formatTags,
  isClientTag,
  isTagKey,
  parseTags,
} from "../../lib/protocol/wire/tags.ts";

/** message-tags, "Escaping values" */
const ESCAPES: [string, string][] = [
  [";", "\\:"],
  [" ", "\\s"],
  ["\\", "\\\\"],
  ["\r", "\\r"],
  ["\n", "\\n"],
  ["plain", "plain"],
  ["", ""],
  ["a;b c\\d\r\ne", "a\\:b\\sc\\\\d\\r\\ne"],
  ["\\s", "\\\\s"],
  ["한글 띄어쓰기", "한글\\s띄어쓰기"],
];
test.each(ESCAPES)("%j is written %j and read back", (value, written) => {
  expect(escapeTagValue(value)).toBe(written);
  expect(parseTags(`key=${written}`).get("key")).toBe(value);
});

test.each([
  ["a\\bc", "abc", "an unknown escape is its letter"],
  ["abc\\", "abc", "a lone backslash at the end is dropped"],
  ["\\", "", "even when it is all there is"],
  ["\\\\\\", "\\", "behind an escaped one, too"],
])("%j is read as %j: %s", (written, value) => {
  expect(parseTags(`key=${written}`).get("key")).toBe(value);
});

test.each([
  ["", {}],
  ["a", { a: "" }],
  ["a=", { a: "" }],
  ["a=b=c", { a: "b=c" }],
  ["a;b=1;;c", { a: "", b: "1", c: "" }],
  ["=x;a=1", { a: "1" }],
  ["a;b=2", { a: "", b: "2" }],
  ["+draft/react=👍;vendor/x=1", { "+draft/react": "👍", "vendor/x": "1" }],
])("parseTags reads %j", (text, tags: Record<string, string>) => {
  expect(Object.fromEntries(parseTags(text))).toEqual(tags);
});

test("formatTags keeps the order and leaves = out for an empty value", () => {
  const tags = new Map([
    ["b", "1"],
    ["a", ""],
  ]);
  expect(formatTags(tags)).toBe("b=1;a");
  expect(formatTags(new Map())).toBe("");
});

test("only tags that begin with + are the clients' own", () => {
  expect(isClientTag("+typing")).toBe(true);
  expect(isClientTag("time")).toBe(false);
  expect(isClientTag("")).toBe(false);
});

test.each(["a", "+a", "+draft/react", "sodam.chat/edited", "+chat.example/x-1", "A9-"])(
  "%s is a tag's key",
  (key) => {
    expect(isTagKey(key)).toBe(true);
    expect(parseTags(`${key}=1`).get(key)).toBe("1");
  },
);

test.each([
  ...["", "+", "/", "+/a", "a/", "a//b", "a/b/c", "++a", "a b", "a_b", "a+b", "열쇠"],
  ...[
    "a\u0000",
    "a\u0007b",
    "+a\u001b[2J",
    "a\u007f",
    "a\u0085",
    "a\u200b",
    "__proto__",
    "a:b",
    "@a",
  ],
])("a tag whose key is %j is dropped", (key) => {
  expect(isTagKey(key)).toBe(false);
  expect([...parseTags(`first;${key}=1;+last=2`).keys()]).toEqual(["first", "+last"]);
});

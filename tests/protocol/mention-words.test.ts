import { expect, test } from "bun:test";
import { mentions } from "../../lib/protocol/mention.ts";

const MENTIONS: readonly (readonly [string, string, boolean])[] = [
  ["민수야 밥 먹자", "민수", true],
  ["@민수님 확인 부탁드려요", "민수", true],
  ["그건 민수가 했어요", "민수", true],
  ["민수한테서 들었어", "민수", true],
  ["민수, 안녕", "민수", true],
  ["(민수)", "민수", true],
  ["민수", "민수", true],
  ["민수🎉", "민수", true],
  ["민수기 좋아", "민수", false],
  ["김민수 씨", "민수", false],
  ["민수야말로지금", "민수", false],
  ["hey Jane!", "jane", true],
  ["janet", "jane", false],
  ["mary-jane", "jane", false],
  ["janet and jane", "jane", true],
  ["jane이 왔어", "jane", true],
  ["anything", "", false],
];

for (const [text, nick, expected] of MENTIONS) {
  test(`"${text}" ${expected ? "names" : "doesn't name"} "${nick}"`, () => {
    expect(mentions(text, nick)).toBe(expected);
  });
}

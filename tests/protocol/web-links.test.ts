import { describe, expect, test } from "bun:test";
import { findLinks, maskLinks } from "../../lib/protocol/web-links.ts";
import { Prng } from "../prng.ts";
import { letters } from "./letters.ts";

/** The links of a text, as they stand in it. */
function linksIn(text: string): string[] {
  return findLinks(text).map(({ start, end }) => text.slice(start, end));
}

const CI = "https://ci.example/412";
const LINKS: readonly (readonly [text: string, ...links: string[]])[] = [
  ...[
    "에서",
    "에서는요!",
    "은 ",
    "를,",
    "입니다.",
    "이에요~",
    "까지만",
    "ㅋㅋㅋ",
    "(어제)",
    "👍",
  ].map((suffix) => [`${CI}${suffix}`, CI] as const),
  [`${CI}に ある`, CI],
  ["https://ci.example에서 봐요", "https://ci.example"],
  ["http://localhost:3000은", "http://localhost:3000"],
  ["https://ko.wikipedia.org/wiki/서울 봐요", "https://ko.wikipedia.org/wiki/서울"],
  ["https://ko.wikipedia.org/wiki/서울에서 봐요", "https://ko.wikipedia.org/wiki/서울"],
  ["https://ko.wikipedia.org/wiki/제주도", "https://ko.wikipedia.org/wiki/제주도"],
  ["https://namu.wiki/w/서울(영화)", "https://namu.wiki/w/서울(영화)"],
  ["https://x.example/ab은행/foo", "https://x.example/ab은행/foo"],
  ["https://x.example/Q3보고서.pdf", "https://x.example/Q3보고서.pdf"],
  ["https://x.example/a?q=가나&r=은#는", "https://x.example/a?q=가나&r=은#는"],
  ["https://x.example/%EC%84%9C에서", "https://x.example/%EC%84%9C"],
  ["https://한국.한국에서", "https://한국.한국"],
  ["https://x.example/2024기사", "https://x.example/2024기사"],
  ["https://abc가.example/a", "https://abc가.example/a"],
  // Brackets and quotes.
  ["(https://en.wikipedia.org/wiki/A_(b))", "https://en.wikipedia.org/wiki/A_(b)"],
  ["(see https://x.example/a_(b).)", "https://x.example/a_(b)"],
  ["https://x.example/a_(b)에서", "https://x.example/a_(b)"],
  ["https://x.example/a(b c)", "https://x.example/a"],
  ["[here](https://x.example/a)", "https://x.example/a"],
  ["{https://x.example/?a[]=1}", "https://x.example/?a[]=1"],
  ["https://[::1]:6697/a", "https://[::1]:6697/a"],
  ["<https://x.example>", "https://x.example"],
  ["「https://x.example/a」에서", "https://x.example/a"],
  ["“https://x.example/a”", "https://x.example/a"],
  ["'https://x.example/a'", "https://x.example/a"],
  ["https://x.example/Hobson's_choice", "https://x.example/Hobson's_choice"],
  ["**https://x.example/a**", "https://x.example/a"],
  // Marks behind an address.
  ...[".", ",", "!", "?", "。", "、", "...", "?!", "~", "…", ")", "」"].map(
    (mark) => [`https://x.example/a${mark}`, "https://x.example/a"] as const,
  ),
  ["https://x.example/a。https://x.example/b", "https://x.example/a", "https://x.example/b"],
  ["https://x.example/a\u200bb \u001b[31m", "https://x.example/a"],
  ["보기https://x.example/a", "https://x.example/a"],
  ["https:// http://? http:///a"],
  // Particles behind a slash or another sign, and behind Hangul.
  ["https://ci.example/에서 봐요", "https://ci.example/"],
  ["https://ci.example/가 느려요", "https://ci.example/"],
  ["https://ci.example/docs/를 보세요", "https://ci.example/docs/"],
  ["https://ko.wikipedia.org/wiki/도로", "https://ko.wikipedia.org/wiki/도로"],
  ["https://ko.wikipedia.org/wiki/이야기", "https://ko.wikipedia.org/wiki/이야기"],
  ["https://namu.wiki/w/C++는", "https://namu.wiki/w/C++"],
  ["https://x.example/a_b_를", "https://x.example/a_b_"],
  ["https://x.example/50%는", "https://x.example/50%"],
  ["https://x.example/a~ㅋㅋ", "https://x.example/a"],
  ["https://ko.wikipedia.org/wiki/대한민국을 봐요", "https://ko.wikipedia.org/wiki/대한민국"],
  ["https://ko.wikipedia.org/wiki/고양이는", "https://ko.wikipedia.org/wiki/고양이"],
  ["https://x.example/문서/회의록은", "https://x.example/문서/회의록"],
  ...["고양이", "가을", "신라면세점", "제주도", "산은"].map((page) => {
    const link = `https://namu.wiki/w/${page}`;
    return [link, link] as const;
  }),
  // Marks of other scripts behind an address, and addresses in a row.
  ...["·", "،", "؟", "।", "→", "|", "||", "\\"].map(
    (mark) => [`https://x.example/a${mark}`, "https://x.example/a"] as const,
  ),
  ...[",", ";", "|", " | "].map(
    (mark) =>
      [
        `https://x.example/a${mark}https://x.example/b`,
        "https://x.example/a",
        "https://x.example/b",
      ] as const,
  ),
  [
    "https://x.example/?u=https://y.example,https://z.example",
    "https://x.example/?u=https://y.example,https://z.example",
  ],
  [
    "https://web.archive.example/2020/https://x.example/a",
    "https://web.archive.example/2020/https://x.example/a",
  ],
];

describe("links", () => {
  for (const [text, ...links] of LINKS) {
    test(`${JSON.stringify(text)} has ${links.join(" and ") || "none"}`, () => {
      expect(linksIn(text)).toEqual(links);
    });
  }

  test.each([
    ["https://x.example/a?b=c%20d", "https://x.example/a?b=c%20d"],
    ["HTTPS://X.example/A", "https://X.example/A"],
    ["https://ko.wikipedia.org/wiki/서울", "https://ko.wikipedia.org/wiki/%EC%84%9C%EC%9A%B8"],
    ["https://x.example/\u1109\u1165", "https://x.example/%EC%84%9C"],
    ["https://한국.한국:8080/길", "https://xn--3e0b707e.xn--3e0b707e:8080/%EA%B8%B8"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    ["https://x.example/é\ud800", "https://x.example/%C3%A9"],
  ])("the target of %s is %s", (text, target) => {
    expect(findLinks(text).map((link) => link.target)).toEqual([target]);
  });

  test("are in order, end in no space or control, and have targets in printable ASCII", () => {
    const prng = new Prng(52);
    const random = letters(53);
    const bits = [
      "https://",
      "x.example",
      "/",
      "(",
      ")",
      "에서",
      "서울",
      "]",
      "\u001b",
      "\u0007",
      "'",
      " ",
      ".",
      "é",
    ];
    for (let n = 0; n < 3000; n += 1) {
      const text = Array.from({ length: 12 }, () =>
        prng.chance(80) ? prng.pick(bits) : random(2),
      ).join("");
      let previousEnd = 0;
      for (const { start, end, target } of findLinks(text)) {
        expect(start).toBeGreaterThanOrEqual(previousEnd);
        expect(text.slice(start, end)).toMatch(/^https?:\/\/\P{Cc}+$/u);
        expect(target).toMatch(/^https?:\/\/[!-~]+$/);
        previousEnd = end;
      }
      expect(maskLinks(text)).toHaveLength(text.length);
    }
  });

  test.each([
    ["brackets that are never closed", "", "http://a([{", ""],
    ["addresses with such brackets", "", "http://가.한국[a](", ""],
    ["signs that an address doesn't end in", "http://a/", "€'", "b"],
    ["such signs in ASCII", "http://a/", "~'", "b"],
    ["quotes", "", "'http://a", ""],
    ["particles", "", "http://a에서는 ", ""],
  ])("are found in a message as long as can be, full of %s", (_, before, middle, after) => {
    const text = before + middle.repeat(Math.floor(65_536 / middle.length)) + after;
    const started = process.cpuUsage();
    expect(maskLinks(text)).toHaveLength(text.length);
    // Some 20 ms; by the square of the length it was 3 to 12 s.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(1);
  });
});

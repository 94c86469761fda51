import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Terminal } from "@xterm/headless";
import { drawPictures, PICTURES } from "../pictures/draw-screens.ts";
import { DARK, screenSvg } from "../pictures/screen-svg.ts";
import { ROOT } from "./program.ts";

/** The pictures of docs/screens are those of today's client: `bun run screens` draws them again. */

test("the pictures show what the client shows, and nothing else lies beside them", async () => {
  const drawn = await drawPictures();
  expect(readdirSync(PICTURES).toSorted()).toEqual([...drawn.keys()].toSorted());
  const outdated = [...drawn].filter(
    ([name, svg]) => readFileSync(join(PICTURES, name), "utf8") !== svg,
  );
  const names = outdated.map(([name]) => name);
  expect(names, "these are out of date: bun run screens draws them again").toEqual([]);
}, 120_000);

test("each letter stands in its column, and a wide one has two", async () => {
  const terminal = new Terminal({ cols: 10, rows: 2, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write("가 b<\x1b[7m나\x1b[0m\r\n\x1b[1;31mred\x1b[38;2;1;2;3m!", resolve);
  });
  const svg = screenSvg(terminal, DARK, false, "a title");
  const elements = svg.match(/<(?:text|rect x)[\s\S]*?(?:<\/text>|\/>)/g);
  expect(elements).toEqual([
    '<rect x="42" y="0" width="16.8" height="18" fill="#d4d7dd"/>',
    '<text x="8.4" y="13.5" text-anchor="middle" fill="#d4d7dd">가</text>',
    '<text x="25.2" y="13.5" textLength="16.8" fill="#d4d7dd">b&lt;</text>',
    '<text x="50.4" y="13.5" text-anchor="middle" fill="#16181d">나</text>',
    '<text x="0" y="31.5" textLength="25.2" fill="#ff8b92" font-weight="bold">red</text>',
    '<text x="25.2" y="31.5" textLength="8.4" fill="#010203" font-weight="bold">!</text>',
  ]);
  terminal.dispose();
});

test("both READMEs show pictures that are there, each with words for those who don't see it", () => {
  for (const page of ["README.md", "README.ko.md"]) {
    const text = readFileSync(join(ROOT, page), "utf8");
    const images = [...text.matchAll(/!\[([^\]]*)\]\(docs\/screens\/([\w-]+\.svg)\)/g)];
    expect(images.length, page).toBeGreaterThanOrEqual(3);
    for (const [, words = "", name = ""] of images) {
      expect(words.length, `${page}: ${name}`).toBeGreaterThan(15);
      expect(readdirSync(PICTURES)).toContain(name);
    }
  }
});

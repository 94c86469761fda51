import { expect, test } from "bun:test";
import { drawScreens } from "./screens.ts";

for (const { name, rows } of await drawScreens()) {
  test(`the screen is the one in screens/${name}`, async () => {
    const known = await Bun.file(new URL(`screens/${name}`, import.meta.url)).text();
    expect(rows.join("\n")).toBe(known.slice(0, -1));
  });
}

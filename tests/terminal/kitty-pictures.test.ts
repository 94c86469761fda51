import { expect, test } from "bun:test";
import { KittyPictures } from "../../lib/terminal/pictures/kitty-pictures.ts";
import { type DrawnPicture, drawPicture } from "../../lib/terminal/pictures/picture.ts";
import { finish } from "../../lib/terminal/pictures/pixels.ts";
import { LOOKS } from "./picture-samples.ts";

/** A picture whose file has so many bytes. */
function pictureOf(bytes: number): DrawnPicture {
  const source = {
    ...{ width: 8, height: 8, png: new Uint8Array(bytes) },
    pixels: () => {
      throw new Error("kitty decodes it itself");
    },
  };
  return finish(drawPicture(source, { columns: 2, rows: 1 }, LOOKS.kitty));
}

/** Sends pictures one after the other, and returns how many the terminal was to forget meanwhile. */
function forgottenOf(count: number, bytes: number): number {
  const pictures = new KittyPictures(1, (sequence) => sequence);
  const sent = Array.from({ length: count }, () => pictures.send([pictureOf(bytes)])).join("");
  return sent.split("a=d,d=I").length - 1;
}

test("a terminal forgets pictures when they are many, or their files large", () => {
  expect(forgottenOf(32, 100)).toBe(0);
  expect(forgottenOf(40, 100)).toBe(8);
  expect(forgottenOf(10, 2 << 20)).toBe(2);
});

test("what is in view stays, however large it is", () => {
  const pictures = new KittyPictures(1, (sequence) => sequence);
  const inView = [pictureOf(12 << 20), pictureOf(12 << 20)];
  expect(pictures.send(inView)).not.toContain("a=d");
  expect(inView.map((picture) => pictures.idOf(picture) !== null)).toEqual([true, true]);
});

test("a picture that a terminal has keeps no pixels here", () => {
  expect(pictureOf(100).image).toEqual({
    kind: "kitty",
    source: { width: 8, height: 8, png: new Uint8Array(100) },
  });
});

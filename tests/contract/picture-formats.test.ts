import { beforeAll, describe, expect, test } from "bun:test";
import { describeFile } from "../../lib/file-manager/client/pictures/describe-file.ts";
import { decodePicture } from "../../lib/file-manager/client/pictures/picture-decoder.ts";
import { shrinkPicture } from "../../lib/file-manager/client/pictures/shrink-picture.ts";
import { drawPicture } from "../../lib/terminal/pictures/picture.ts";
import { finish, type Pixels } from "../../lib/terminal/pictures/pixels.ts";
import { makeNoise, makePicture, withExif } from "../media-files.ts";
import {
  makeCmykJpeg,
  makeDeepPng,
  makeEmptyContainer,
  makeGif,
  makePalettePng,
  withClaimedSize,
} from "../odd-pictures.ts";
import { LOOKS } from "../terminal/picture-samples.ts";

/** Pictures of all kinds from the sender's file to the receiver's pixels, and what isn't shown. */

const BOX = { width: 600, height: 400 };
const [RED, GREEN, BLUE, CYAN, CLEAR, GREY] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [0, 255, 255, 255],
  [0, 0, 0, 0],
  [128, 128, 128, 255],
] as const;

let jpeg: Uint8Array;
beforeAll(async () => {
  jpeg = await makePicture(800, 600, "jpeg");
});

/** The pixels that somebody sees to whom these bytes are sent. */
async function seen(bytes: Uint8Array): Promise<Pixels> {
  const { preview } = await describeFile(bytes, "picture");
  const decoded = await decodePicture(preview ?? bytes, BOX);
  if (decoded.kind === "failed") throw new Error(decoded.why);
  return finish(decoded.pixels());
}

/** The same where the sender wants pictures to be made smaller. */
async function seenSmaller(bytes: Uint8Array): Promise<Pixels> {
  const copy = await shrinkPicture(bytes);
  return seen(copy.kind === "smaller" ? copy.bytes : bytes);
}

/** The colours at the top left and at the bottom right, each channel one of 0, 128 and 255; clear has no colour. */
function cornersOf({ data }: Pixels): number[][] {
  return [data.slice(0, 4), data.slice(-4)].map((pixel) =>
    pixel[3] === 0
      ? [...CLEAR]
      : [...pixel].map((value) => [0, 128, 255][Math.round(value / 127)] ?? 0),
  );
}

describe.each([
  ["sent as it is", seen],
  ["made smaller first", seenSmaller],
])("a picture that is %s", (_, see) => {
  test.each([
    [
      "a moving GIF: its first frame",
      () =>
        makeGif(
          [
            [0, 0, 1, 1],
            [2, 2, 2, 2],
          ],
          true,
        ),
      [2, 2],
      [RED, GREEN],
    ],
    ["a GIF", () => makeGif([[2, 0, 0, 1]], false), [2, 2], [BLUE, GREEN]],
    ["a PNG with 16 bits", () => makeDeepPng(3, 2, [0, 0xffff, 0, 0xffff]), [3, 2], [GREEN, GREEN]],
    [
      "a clear PNG with 16 bits",
      () => makeDeepPng(3, 2, [0, 0xffff, 0, 0]),
      [3, 2],
      [CLEAR, CLEAR],
    ],
    ["a PNG with a palette", () => makePalettePng(5, 4, 2), [5, 4], [BLUE, BLUE]],
    ["a PNG with a clear colour", () => makePalettePng(5, 4, 3), [5, 4], [CLEAR, CLEAR]],
    [
      "a large PNG with a clear colour",
      () => makePalettePng(400, 400, 3),
      [400, 400],
      [CLEAR, CLEAR],
    ],
    [
      "a JPEG as presses print it",
      () => makeCmykJpeg([true, true, false, false]),
      [8, 8],
      [BLUE, BLUE],
    ],
    ["a JPEG that was held on its side", () => withExif(jpeg, "37.5 N"), [300, 400], [CYAN, RED]],
    [
      "a JPEG that is cut off: as far as it goes",
      () => jpeg.subarray(0, jpeg.length / 2),
      [533, 400],
      [BLUE, GREY],
    ],
    [
      "a JPEG that claims to be larger",
      () => withClaimedSize(jpeg, 1600, 1200),
      [533, 400],
      [BLUE, GREY],
    ],
    [
      "a JPEG that claims to be smaller",
      () => withClaimedSize(jpeg, 16, 16),
      [16, 16],
      [BLUE, BLUE],
    ],
  ] as const)("is shown if it is %s", async (_, make, [width, height], corners) => {
    const pixels = await see(make());
    expect([pixels.width, pixels.height]).toEqual([width, height]);
    expect(cornersOf(pixels)).toEqual(corners.map((colour) => [...colour]));
  });
});

test.each([
  ["AVIF without content", () => makeEmptyContainer("avif"), /unknown-kind|damaged/],
  ["HEIC without content", () => makeEmptyContainer("heic"), /unknown-kind|damaged/],
  ["a JPEG that claims to be a bomb", () => withClaimedSize(jpeg, 60_000, 60_000), /^too-large$/],
  ["a JPEG without lines", () => withClaimedSize(jpeg, 800, 0), /^damaged$/],
  ["a JPEG of which there is no more than the header", () => jpeg.subarray(0, 300), /^damaged$/],
  ["a GIF that is cut off", () => makeGif([[0, 0, 1, 1]], false).subarray(0, 40), /^damaged$/],
])("%s isn't shown, and it is known why", async (_, make, why) => {
  const decoded = await decodePicture(make(), BOX);
  expect(decoded).toMatchObject({ kind: "failed", why: expect.stringMatching(why) });
  expect(await shrinkPicture(make())).toEqual({ kind: "kept", why: "unreadable" });
});

test("a PNG and a WebP that are cut off aren't shown", async () => {
  for (const whole of [await makeNoise(300, 200), await makePicture(800, 600, "webp")]) {
    const decoded = await decodePicture(whole.subarray(0, whole.length / 2), BOX);
    expect(decoded).toEqual({ kind: "failed", why: "damaged" });
  }
});

test("a GIF that moves only once isn't made a still one", async () => {
  expect(
    await shrinkPicture(
      makeGif(
        [
          [0, 0, 0, 0],
          [1, 1, 1, 1],
        ],
        false,
      ),
    ),
  ).toEqual({
    ...{ kind: "kept", why: "animated" },
  });
});

test.each([
  ["dark", [22, 24, 29]],
  ["light", [255, 255, 255]],
] as const)("on a %s background, that is what shows through a picture", async (_, background) => {
  const decoded = await decodePicture(makePalettePng(8, 16, 3), BOX);
  if (decoded.kind === "failed") throw new Error(decoded.why);
  for (const look of [LOOKS.iterm, LOOKS.sixel]) {
    const area = { columns: 2, rows: 2 };
    const { blocks, image } = finish(drawPicture(decoded, area, { ...look, background }));
    expect(blocks[0]).toContain(`48;2;${background.join(";")}m`);
    if (image.kind === "sixel") expect([...image.pixels.palette]).toEqual([...background]);
    else if (image.kind === "iterm")
      expect([...finish(image.pixels()).data.slice(0, 3)]).toEqual([...background]);
  }
});

import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode } from "fast-png";
import { describeFile } from "../../lib/file-manager/client/pictures/describe-file.ts";
import { mediaSeconds } from "../../lib/file-manager/client/pictures/media-length.ts";
import { decodePicture } from "../../lib/file-manager/client/pictures/picture-decoder.ts";
import { shrinkPicture } from "../../lib/file-manager/client/pictures/shrink-picture.ts";
import { PREVIEW_BYTES_MAX } from "../../lib/protocol/file-facts.ts";
import { finish } from "../../lib/terminal/pictures/pixels.ts";
import {
  type MediaKind,
  makeMedia,
  makeNoise,
  makePicture,
  makePngBomb,
  withExif,
} from "../media-files.ts";

const folder = mkdtempSync(join(tmpdir(), "sodam-pictures-"));

/** Writes a file and returns its path: a sender's file is seldom in memory. */
function fileOf(name: string, bytes: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

test("a large picture is described by its size and a preview, from a file as from bytes", async () => {
  const jpeg = await makePicture(3000, 2000, "jpeg");
  for (const source of [jpeg, fileOf("large.jpg", jpeg)]) {
    const { preview, ...facts } = await describeFile(source);
    expect(facts).toEqual({ type: "image/jpeg", width: 3000, height: 2000 });
    expect(await new Bun.Image(preview ?? "").metadata()).toEqual({
      ...{ format: "webp", width: 960, height: 640 },
    });
  }
});

test("a picture that is held on its side is described as it is shown", async () => {
  const jpeg = withExif(await makePicture(80, 60, "jpeg"), "37.5 N 127 E");
  expect(await describeFile(jpeg)).toEqual({
    type: "image/jpeg",
    width: 60,
    height: 80,
    preview: null,
  });
});

test("a picture that is no larger than a preview needs none", async () => {
  const { preview, type } = await describeFile(await makePicture(400, 300));
  expect([preview, type]).toEqual([null, "image/png"]);
});

test("the preview of noise is made smaller until it is small enough", async () => {
  const { preview } = await describeFile(await makeNoise(1600, 1100));
  expect(preview?.length).toBeGreaterThan(1000);
  expect(preview?.length).toBeLessThanOrEqual(PREVIEW_BYTES_MAX);
});

test("of a bomb and a damaged picture only the type is told", async () => {
  const png = await makeNoise(300, 300);
  for (const picture of [makePngBomb(60_000, 60_000), png.subarray(0, 200)]) {
    expect((await describeFile(picture)).preview).toBeNull();
    expect((await describeFile(picture)).type).toBe("image/png");
  }
  expect((await describeFile(makePngBomb(60_000, 60_000))).width).toBeUndefined();
});

test.each<[MediaKind, string]>([
  ["wav", "audio/wav"],
  ["mp3", "audio/mpeg"],
  ["ogg", "audio/ogg"],
  ["mp4", "video/mp4"],
  ["webm", "video/webm"],
])("the length of %s is told, whether it is a file or in memory", async (kind, type) => {
  const media = makeMedia(kind, 21);
  for (const source of [media, fileOf(`film.${kind}`, media)]) {
    expect(await describeFile(source, `film.${kind}`)).toEqual({
      type,
      seconds: 21,
      preview: null,
    });
  }
});

test("a film whose length nothing here can read has none, and is still sent", async () => {
  const missing = () => Promise.reject(new Error("Cannot find package 'music-metadata'"));
  expect(await mediaSeconds(makeMedia("webm", 21), missing)).toBeNull();
});

test("a film that is cut off, or whose header lies, has no length", async () => {
  const whole = makeMedia("mp4", 9);
  expect(await describeFile(whole.slice(0, 30))).toEqual({ type: "video/mp4", preview: null });
  const lying = makeMedia("webm", 1e12);
  expect(await describeFile(lying)).toEqual({ type: "video/webm", preview: null });
});

test("the pixels of a large picture come in slices", async () => {
  const decoded = await decodePicture(await makePicture(1200, 900), { width: 1200, height: 900 });
  if (decoded.kind === "failed") throw new Error(decoded.why);
  const slices = [...decoded.pixels()];
  expect(slices.length).toBe(4);
});

test("a picture's pixels are those that another decoder reads", async () => {
  for (const type of ["png", "jpeg", "webp"] as const) {
    const decoded = await decodePicture(await makePicture(301, 203, type), {
      width: 120,
      height: 120,
    });
    if (decoded.kind === "failed") throw new Error(decoded.why);
    const { width, height, data } = decode(decoded.png);
    const pixels = finish(decoded.pixels());
    expect(pixels).toEqual({ width, height, data: new Uint8Array(data) });
    expect([decoded.width, decoded.height]).toEqual([width, height]);
    expect([width, height]).toEqual([120, 81]);
    // Red grows to the right, blue to the left, green downwards.
    const [red, green, blue, alpha] = pixels.data.slice(-4);
    expect([red, green, blue, alpha].map((value) => Math.round((value ?? 0) / 16))).toEqual([
      16, 16, 0, 16,
    ]);
  }
});

test("a grey picture, one with a palette, and a tiny one are decoded as well", async () => {
  const png = await makePicture(40, 30);
  const palette = await new Bun.Image(png).png({ palette: true, colors: 8 }).bytes();
  const grey = await new Bun.Image(png).modulate({ saturation: 0 }).jpeg().bytes();
  for (const picture of [palette, grey, await makePicture(1, 1)]) {
    expect(await decodePicture(picture, { width: 20, height: 20 })).toMatchObject({
      kind: "picture",
    });
  }
});

test("a small picture isn't made larger", async () => {
  const decoded = await decodePicture(await makePicture(7, 5), { width: 600, height: 400 });
  expect(decoded).toMatchObject({ kind: "picture", width: 7, height: 5 });
});

test.each([
  ["a bomb", makePngBomb(60_000, 60_000), "too-large"],
  ["a damaged one", makePngBomb(300, 300), "damaged"],
  ["no picture", Buffer.from("hello, I am no picture at all"), "unknown-kind"],
  ["nothing", new Uint8Array(0), "damaged"],
])("%s can't be decoded, and it is said why", async (_, picture, why) => {
  expect(await decodePicture(picture, { width: 100, height: 100 })).toEqual({
    ...{ kind: "failed", why: why as "damaged" },
  });
});

test("a smaller copy says nothing of place and camera, and is turned", async () => {
  const photo = withExif(await makePicture(3200, 2000, "jpeg"), "Seoul, my kitchen");
  expect(Buffer.from(photo).includes("my kitchen")).toBe(true);
  const copy = await shrinkPicture(fileOf("photo.jpg", photo));
  if (copy.kind === "kept") throw new Error(copy.why);
  expect(Buffer.from(copy.bytes).includes("my kitchen")).toBe(false);
  expect(Buffer.from(copy.bytes).includes("Exif")).toBe(false);
  expect(await new Bun.Image(copy.bytes).metadata()).toEqual({
    ...{ format: "jpeg", width: 1600, height: 2560 },
  });
});

test("what moves, what is no picture and what can't be read stays as it is, and it is said why", async () => {
  const gif = Buffer.concat([
    Buffer.from("GIF89a\x01\0\x01\0\0\0\0", "latin1"),
    Buffer.from("\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", "latin1"),
  ]);
  expect(await shrinkPicture(gif)).toEqual({ kind: "kept", why: "animated" });
  expect(await shrinkPicture(Buffer.from("a text"))).toEqual({ kind: "kept", why: "no-picture" });
  expect(await shrinkPicture(makePngBomb(60_000, 60_000))).toEqual({
    kind: "kept",
    why: "unreadable",
  });
});

test.each([
  [
    "webp",
    "RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x02\0\0\0ANIM",
    "RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x0a\0\0\0ANIM",
  ],
  [
    "webp",
    "RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x32\0\0\0ANIM",
    "RIFF\0\0\0\0WEBPVP8X\n\0\0\0\x36\0\0\0ANIM",
  ],
  ["png", "\x89PNG\r\n\x1a\nacTL IDAT", "\x89PNG\r\n\x1a\nacTL IDAT eXIf"],
  ["gif", "GIF89a  NETSCAPE2.0", "GIF89a  NETSCAPE2.0 XMP DataXMP"],
])("a moving %s with a place in it isn't taken for one without", async (ending, plain, placed) => {
  // What names the place stands at the end of a long one.
  const long = (text: string): Uint8Array => {
    const [start = "", end = ""] = text.split(/(?<=IDAT|NETSCAPE2\.0)/);
    return Buffer.concat([Buffer.from(start, "latin1"), Buffer.alloc(200_000), Buffer.from(end)]);
  };
  const why = async (text: string): Promise<unknown[]> => [
    await shrinkPicture(long(text)),
    await shrinkPicture(fileOf(`moving.${ending}`, long(text))),
  ];
  expect(await why(plain)).toEqual(Array(2).fill({ kind: "kept", why: "animated" }));
  expect(await why(placed)).toEqual(Array(2).fill({ kind: "kept", why: "unreadable" }));
});

test("a screenshot stays a PNG, pixel for pixel", async () => {
  const screenshot = await makeNoise(200, 100);
  const copy = await shrinkPicture(screenshot);
  if (copy.kind === "kept") throw new Error(copy.why);
  expect([copy.type, copy.extension]).toEqual(["image/png", "png"]);
  const rgb = (png: Uint8Array): unknown => {
    const { data, channels } = decode(png);
    return [...data].filter((_, index) => index % channels < 3);
  };
  expect(rgb(copy.bytes)).toEqual(rgb(screenshot));
});

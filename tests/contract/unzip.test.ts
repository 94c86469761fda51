import { expect, test } from "bun:test";
import { strToU8, zipSync } from "fflate";
import { isZip, unzip } from "../../lib/file-manager/import/input/unzip.ts";

const all = () => true;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function unpacked(zip: Uint8Array, accepts: (name: string) => boolean = all): [string, string][] {
  const files = unzip(zip, accepts);
  if ("refused" in files) throw new Error(files.refused);
  return [...files].map(([name, bytes]) => [name, text(bytes)]);
}

/** A zip with one file whose name is these bytes, not marked as UTF-8. */
function zipNamed(name: Uint8Array): Uint8Array {
  const placeholder = "n".repeat(name.length);
  const zip = zipSync({ [placeholder]: strToU8("hi") });
  const start = strToU8(placeholder);
  for (let index = 0; index < zip.length; index += 1)
    if (start.every((byte, offset) => zip[index + offset] === byte)) zip.set(name, index);
  return zip;
}

test("a zip's files are unpacked by their paths, packed and stored ones", () => {
  const long = "가나다 ".repeat(1000);
  const zip = zipSync({
    "general/2026-11-22.json": strToU8(long),
    "users.json": [strToU8("[]"), { level: 0 }],
  });
  expect(isZip(zip)).toBe(true);
  expect(isZip(zipSync({}))).toBe(true);
  for (const text of ["[]", "PK: hello", ""]) expect(isZip(strToU8(text))).toBe(false);
  expect(unpacked(zip)).toEqual([
    ["general/2026-11-22.json", long],
    ["users.json", "[]"],
  ]);
});

test("only the accepted files of a zip are unpacked", () => {
  const zip = zipSync({
    "a.json": strToU8("[]"),
    "picture.png": strToU8("png"),
    "empty/": new Uint8Array(),
  });
  expect(unpacked(zip, (name) => name.endsWith(".json"))).toEqual([["a.json", "[]"]]);
});

test("names in a zip are UTF-8, marked or not, or Windows-949", () => {
  expect(unpacked(zipSync({ "수다/1.txt": strToU8("hi") }))).toEqual([["수다/1.txt", "hi"]]);
  expect(unpacked(zipNamed(strToU8("수다.txt".normalize("NFD"))))).toEqual([["수다.txt", "hi"]]);
  const windows949 = Uint8Array.of(0xbc, 0xf6, 0xb4, 0xd9, 0x2e, 0x74, 0x78, 0x74);
  expect(unpacked(zipNamed(windows949))).toEqual([["수다.txt", "hi"]]);
  const neither = Uint8Array.of(0xff, 0x2e, 0x74);
  expect(unpacked(zipNamed(neither))).toEqual([["ÿ.t", "hi"]]);
});

test("a zip that unpacks to more than the bound is refused, before anything is unpacked", () => {
  const zip = zipSync({ "a.json": new Uint8Array(2 * 1024 ** 2), "b.json": new Uint8Array(1) });
  expect(zip.length).toBeLessThan(10_000);
  const refused = "holds more than 1 MiB when it is unpacked. Unpack only what you need";
  expect(unzip(zip, all, 1024 ** 2)).toEqual({ refused });
  expect(unzip(zip, (name) => name === "b.json", 1024 ** 2)).toEqual(
    new Map([["b.json", new Uint8Array(1)]]),
  );
});

test("an entry that claims to be smaller than it is unpacks to what it claims", () => {
  const zip = zipSync({ "a.json": new Uint8Array(1024 ** 2) });
  const view = new DataView(zip.buffer, zip.byteOffset);
  const directory = view.getUint32(zip.length - 22 + 16, true);
  view.setUint32(directory + 24, 100, true);
  expect(unzip(zip, all)).toEqual(new Map([["a.json", new Uint8Array(100)]]));
});

test("a zip that is cut off, garbled or locked is refused", () => {
  const zip = zipSync({
    "a.json": strToU8("a text that is long enough to be packed, packed, packed"),
  });
  const refused = "is no zip, damaged, or locked with a password. Unpack it yourself";
  expect(unzip(zip.slice(0, -10), all)).toEqual({ refused });
  expect(unzip(Uint8Array.of(0x50, 0x4b), all)).toEqual({ refused });
  const garbled = zip.slice();
  garbled.fill(0xff, 40, 60);
  expect(unzip(garbled, all)).toHaveProperty("refused");
});

import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileNameOf } from "../../lib/file-manager/disk/file-name.ts";
import { fold } from "../../lib/protocol/names.ts";
import { Prng } from "../prng.ts";

const NAMES_MAX = 20_000;
/** Pieces that make names which some file system takes for each other, or doesn't take. */
const PIECES = [
  ..."aAbZ019#._-~%+ @&'\"/\\:*?<>|\0\x7f\n",
  ...["é", "e\u0301", "ß", "ẞ", "ss", "İ", "ı", "i\u0307", "Σ", "ς", "σ", "ﬁ", "fi", "K", "Å", "Å"],
  ...["가", "가".normalize("NFD"), "각", "ㄱ", "ㅋㅋ", "힣", "수다방", "ａ", "が", "か\u3099"],
  ...["\u200d", "\u200c", "\ufeff", "\u3164", "\u115f", "\u034f", "\ufe0f", "\u00ad", "\u2060"],
  ...["☕", "☕\ufe0f", "👍", "👍🏽", "👨‍👩‍👧", "🇰🇷", "\ud800", "\udfff"],
  ...["con", "NUL", "com1", "COM¹", "lpt9", "aux.txt", "..", "%2e", "%u", "%41", "~1"],
];

/**
 * What the most forgiving file system takes for the same: case, normal form and ignorable characters are
 * lost.
 */
function asSeenByDisks(name: string): string[] {
  const visible = name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "");
  return [visible.toLowerCase(), visible.toUpperCase()].flatMap((text) => [
    text.normalize("NFC"),
    text.normalize("NFD"),
  ]);
}

test("names that differ when folded differ on every disk, and those that don't are the same", () => {
  const random = new Prng(1234);
  const folderOf = new Map<string, string>();
  const seenAs = new Map<string, string>();
  for (let made = 0; made < NAMES_MAX; made += 1) {
    const length = made % 50 === 0 ? 40 + random.below(80) : 1 + random.below(6);
    const name = Array.from({ length }, () => random.pick(PIECES)).join("");
    const folder = fileNameOf(name);
    const key = fold(name);
    expect(folderOf.get(key) ?? folder).toBe(folder);
    folderOf.set(key, folder);
    for (const seen of asSeenByDisks(folder)) {
      expect(`${seenAs.get(seen) ?? key}`).toBe(key);
      seenAs.set(seen, key);
    }
  }
  expect(folderOf.size).toBeGreaterThan(NAMES_MAX / 2);
});

test("every name can be a folder's, here and under Windows", () => {
  const random = new Prng(99);
  const root = mkdtempSync(join(tmpdir(), "file-names-"));
  const folders = new Set<string>();
  for (let made = 0; made < 500; made += 1) {
    const pieces = Array.from({ length: random.below(60) }, () => random.pick(PIECES));
    folders.add(fileNameOf(pieces.join("")));
  }
  for (const folder of folders) {
    expect(folder).not.toMatch(/[<>:"/\\|?*]|\p{Cc}|^[.-]|[. ]$/u);
    expect(folder).not.toMatch(/^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\.|$)/i);
    expect(Buffer.byteLength(folder.normalize("NFD"))).toBeLessThanOrEqual(255);
    mkdirSync(join(root, folder));
  }
  expect(readdirSync(root).length).toBe(folders.size);
  rmSync(root, { recursive: true });
});

test("ordinary names stay readable", () => {
  const names = ["#수다방", "#dev-ops", "#dev.ops", "minsu_2", "#카페☕", "jun"];
  expect(names.map(fileNameOf)).toEqual(names);
  expect(fileNameOf("#Tea Room")).toBe("#tea+room");
  expect(fileNameOf("CON")).toBe("%63on");
});

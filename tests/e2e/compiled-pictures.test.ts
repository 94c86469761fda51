import { expect, test } from "bun:test";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { makeMedia, makePicture } from "../media-files.ts";

const LIB = resolve(import.meta.dir, "../../lib");

test("a compiled binary reads a picture, draws it, and tells a film's length", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sodam-compiled-"));
  const [picture, film] = [join(folder, "shot.png"), join(folder, "film.mp4")];
  writeFileSync(picture, await makePicture(80, 40));
  writeFileSync(film, makeMedia("mp4", 21));
  const script = join(folder, "show.ts");
  writeFileSync(
    script,
    `import { describeFile } from ${JSON.stringify(`${LIB}/file-manager/client/pictures/describe-file.ts`)};
import { decodePicture } from ${JSON.stringify(`${LIB}/file-manager/client/pictures/picture-decoder.ts`)};
import { drawHalfBlocks } from ${JSON.stringify(`${LIB}/terminal/pictures/half-blocks.ts`)};
import { finish } from ${JSON.stringify(`${LIB}/terminal/pictures/pixels.ts`)};
const read = await decodePicture(process.argv[2], { width: 8, height: 4 });
if (read.kind === "failed") throw new Error(read.why);
const look = { depth: "24-bit", background: [0, 0, 0], isWide: false };
const rows = finish(drawHalfBlocks(finish(read.pixels()), { columns: 4, rows: 1 }, look));
const { seconds } = await describeFile(process.argv[3]);
console.log(JSON.stringify({ rows, seconds }));`,
  );
  const binary = join(folder, "show");
  const build = Bun.spawnSync([
    ...[process.execPath, "build", "--compile", "--minify", script, "--outfile", binary],
  ]);
  expect(build.exitCode).toBe(0);
  const { stdout } = Bun.spawnSync([binary, picture, film]);
  const { rows, seconds } = JSON.parse(stdout.toString());
  expect(seconds).toBe(21);
  expect(rows).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: cells begin with one.
  expect(rows[0].match(/\x1b\[38;2;\d+;\d+;\d+;48;2;\d+;\d+;\d+m▀/g)).toHaveLength(4);
}, 60_000);

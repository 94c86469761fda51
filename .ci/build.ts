import { readdirSync } from "node:fs";
import { $ } from "bun";

/**
 * Builds binaries that stand alone, both scripts for each system: `bun run build [TARGET…]`.
 *
 *     bun run build              all systems, into dist/
 *     bun run build linux-x64    one of them
 *
 * Their checksums are in dist/SHA256SUMS: `cd dist && sha256sum --check SHA256SUMS`.
 */
const TARGETS = ["linux-x64", "linux-arm64", "darwin-arm64", "windows-x64"];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((target) => !TARGETS.includes(target));
if (unknown.length > 0) {
  process.stderr.write(`Unknown: ${unknown.join(", ")}. There are: ${TARGETS.join(", ")}\n`);
  process.exit(2);
}
/** Threads, which are files of their own also in a binary; each is found under this path there. */
const THREADS: Readonly<Record<string, readonly string[]>> = {
  server: ["./lib/file-manager/search/search-worker.ts", "./lib/file-manager/files/file-thread.ts"],
  client: [],
};

for (const target of wanted.length > 0 ? wanted : TARGETS) {
  for (const script of ["server", "client"]) {
    const out = `dist/sodam-${script}-${target}`;
    // Somebody's .env in the folder where the binary runs is none of its business, nor is a bunfig.toml, which can
    // name code to be run first.
    await $`${process.execPath} build --compile --minify --no-compile-autoload-dotenv --no-compile-autoload-bunfig --target=bun-${target} ${script}.ts ${THREADS[script] ?? []} --outfile ${out}`.quiet();
    process.stdout.write(`${out}\n`);
  }
}

const sums = readdirSync("dist")
  .filter((name) => name.startsWith("sodam-"))
  .sort()
  .map(async (name) => {
    const hash = new Bun.CryptoHasher("sha256");
    for await (const bytes of Bun.file(`dist/${name}`).stream()) hash.update(bytes);
    return `${hash.digest("hex")}  ${name}\n`;
  });
await Bun.write("dist/SHA256SUMS", (await Promise.all(sums)).join(""));
process.stdout.write("dist/SHA256SUMS\n");

import { expect, test } from "bun:test";
import { cpSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Folder, ROOT, run } from "./program.ts";

/** A clone without packages, on a machine that reaches no registry. */

class Clone extends Folder {
  constructor() {
    super();
    for (const part of ["server.ts", "client.ts", "lib", "package.json", "bun.lock"]) {
      cpSync(join(ROOT, part), this.at(part), { recursive: true });
    }
  }

  run(...words: string[]) {
    return this.runIn("C.UTF-8", ...words);
  }

  runIn(locale: string, ...words: string[]) {
    // The port where nobody listens: what is fetched fails at once.
    const registry = "http://127.0.0.1:9/";
    const env = {
      ...{ LC_ALL: locale, BUN_CONFIG_REGISTRY: registry, NPM_CONFIG_REGISTRY: registry },
      ...{ BUN_INSTALL_CACHE_DIR: this.at("cache"), HOME: this.path, XDG_CACHE_HOME: this.at("x") },
    };
    return run([process.execPath, ...words], { cwd: this.path, env });
  }
}

const SENTENCE =
  'The package unhomoglyph is missing, and could not be fetched: type "bun install" in the folder of server.ts where a package registry can be reached, and start again.\n';

test.each([[[]], [["--check"]], [["--guests"]]])(
  "a server without its packages says so at the start, and makes nothing: %p",
  async (flags) => {
    using clone = new Clone();
    const started = await clone.run("server.ts", ...flags, "--port", "0");
    expect(started).toEqual({ code: 1, stdout: "", stderr: SENTENCE });
    expect(readdirSync(clone.path)).not.toContain("data");
    expect(existsSync(clone.at("certs"))).toBe(false);
  },
);

test("what needs no package works without them", async () => {
  using clone = new Clone();
  expect(await clone.run("server.ts", "--version")).toMatchObject({ code: 0, stderr: "" });
  expect(await clone.run("client.ts", "--help")).toMatchObject({ code: 0, stderr: "" });
});

test("a task or a client without its packages says so in one sentence, in the reader's language", async () => {
  using clone = new Clone();
  const imported = await clone.run("server.ts", "import", "slack", "server.ts", "#tea");
  expect(imported.code).toBe(1);
  expect(imported.stderr).toMatch(/^The package \w+ is missing, .* start again\.\n$/);
  const english = await clone.run("client.ts", "127.0.0.1:9", "tail", "#tea");
  expect(english).toMatchObject({ code: 1, stdout: "" });
  expect(english.stderr).toMatch(
    /^The package kleur is missing, .* client\.ts .* start again\.\n$/,
  );
  const korean = await clone.runIn("ko_KR.UTF-8", "client.ts", "127.0.0.1:9", "tail", "#tea");
  expect(korean.stderr).toContain("패키지 kleur");
});

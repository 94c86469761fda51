import { expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLink } from "../../lib/transport/open-link.ts";

const LINK = "https://chat.example/a?b=c&d='$(x)'";

/** A desktop whose program for addresses writes down what it was given, and ends with `code`. */
class Desktop implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "sodam-open-"));
  readonly environment: Record<string, string>;

  constructor(code: number) {
    const script = `#!/bin/sh\nprintf '%s\\n' "$#" "$@" > "${this.#folder}/opened"\nexit ${code}\n`;
    for (const name of ["xdg-open", "open"]) {
      writeFileSync(join(this.#folder, name), script);
      chmodSync(join(this.#folder, name), 0o755);
    }
    this.environment = { DISPLAY: ":0", PATH: this.#folder };
  }

  get opened(): string | null {
    const path = join(this.#folder, "opened");
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

test("an address is handed to the desktop's program as it is, by no shell", async () => {
  using desktop = new Desktop(0);
  expect(await openLink(LINK, desktop.environment)).toBe(true);
  expect(desktop.opened).toBe(`1\n${LINK}\n`);
});

test("a program that fails, or isn't there, has opened nothing", async () => {
  using desktop = new Desktop(3);
  expect(await openLink(LINK, desktop.environment)).toBe(false);
  expect(await openLink(LINK, { DISPLAY: ":0", PATH: "/nowhere" })).toBe(false);
});

test.if(process.platform === "linux")("without a desktop nothing is started", async () => {
  using desktop = new Desktop(0);
  const { PATH = "" } = desktop.environment;
  expect(await openLink(LINK, { PATH })).toBe(false);
  expect(desktop.opened).toBeNull();
});

test("only web addresses are opened", async () => {
  using desktop = new Desktop(0);
  for (const link of ["file:///etc/passwd", "--help", "javascript:alert(1)", "https://a b", ""]) {
    expect(await openLink(link, desktop.environment)).toBe(false);
  }
  expect(desktop.opened).toBeNull();
});

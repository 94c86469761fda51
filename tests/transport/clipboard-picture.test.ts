import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { clipboardPicture } from "../../lib/transport/clipboard-picture.ts";

/** Programs that stand for wl-paste and xclip: their first argument but one says what they are asked. */
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-clipboard-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function install(name: string, offers: string, picture: string): void {
  const script = `#!/bin/sh
case "$*" in
  *--list-types*|*TARGETS*) ${offers} ;;
  *) ${picture} ;;
esac
`;
  writeFileSync(join(folder, name), script);
  chmodSync(join(folder, name), 0o755);
}

function read(more: Record<string, string>) {
  return clipboardPicture({ PATH: [folder, "/usr/bin", "/bin"].join(delimiter), ...more });
}

test("a picture is read by wl-paste on Wayland, in the best form that is offered", async () => {
  install("wl-paste", "printf 'text/html\\nimage/jpeg\\nimage/png\\n'", 'printf "bytes of $*"');
  const picture = await read({ WAYLAND_DISPLAY: "wayland-0" });
  expect(picture.kind === "picture" && new TextDecoder().decode(picture.bytes)).toBe(
    "bytes of --no-newline --type image/png",
  );
  expect(picture.kind === "picture" && picture.extension).toBe("png");
});

test("a picture is read by xclip on X11", async () => {
  install("xclip", "printf 'TARGETS\\nimage/jpeg\\n'", 'printf "bytes of $*"');
  const picture = await read({ DISPLAY: ":0" });
  expect(picture.kind === "picture" && picture.extension).toBe("jpg");
});

test("a clipboard without a picture, a program that fails, and none at all are told apart", async () => {
  install("wl-paste", "printf 'text/plain\\n'", "exit 1");
  expect(await read({ WAYLAND_DISPLAY: "wayland-0" })).toEqual({ kind: "none" });
  install("wl-paste", "exit 1", "exit 1");
  expect(await read({ WAYLAND_DISPLAY: "wayland-0" })).toEqual({ kind: "none" });
  install("wl-paste", "printf 'image/png\\n'", "exit 1");
  expect(await read({ WAYLAND_DISPLAY: "wayland-0" })).toEqual({ kind: "failed" });
  install("wl-paste", "printf 'image/png\\n'", "cat /dev/zero");
  expect(await read({ WAYLAND_DISPLAY: "wayland-0" })).toEqual({ kind: "too-large" });
  expect(await read({})).toEqual({ kind: "no-program" });
  expect(await clipboardPicture({ PATH: "/nowhere", DISPLAY: ":0" })).toEqual({
    kind: "no-program",
  });
});

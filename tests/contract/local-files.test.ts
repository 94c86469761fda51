import { afterAll, beforeAll, expect, test } from "bun:test";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadFolder } from "../../lib/file-manager/client/download-folder.ts";
import { listFolder, lookAtFile, readHead } from "../../lib/file-manager/client/local-files.ts";

let home = "";

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "sodam-files-"));
  mkdirSync(join(home, "sub"));
  writeFileSync(join(home, "our plan.pdf"), "%PDF-1.7");
  writeFileSync(join(home, "empty.txt"), "");
  // As a Mac writes it.
  writeFileSync(join(home, "회의록.txt".normalize("NFD")), "minutes");
  symlinkSync("sub", join(home, "link"));
  symlinkSync("nowhere", join(home, "broken"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

test("a file is found by its path below the home folder, with its size and absolute path", () => {
  const content = join(home, "our plan.pdf");
  const look = { kind: "file", file: { name: "our plan.pdf", size: 8, content } } as const;
  expect(lookAtFile("~/our plan.pdf", home)).toEqual(look);
  expect(lookAtFile(content, "/nowhere")).toEqual(look);
});

test("a name whose letters are in parts on the disk is found as it is typed", () => {
  const look = lookAtFile("~/회의록.txt", home);
  expect(look.kind === "file" && look.file.name).toBe("회의록.txt");
});

test("what can't be sent is told apart", () => {
  const kindOf = (path: string) => lookAtFile(path, home).kind;
  expect(["~/sub", "~/link", "~/empty.txt", "~/none.txt", "~/broken", "~"].map(kindOf)).toEqual([
    ...["folder", "folder", "empty", "none", "none", "folder"],
  ] as never);
  if (process.platform !== "win32") expect(kindOf("/dev/null")).toBe("special");
});

test("a file that may not be read is no file to send", () => {
  const path = join(home, "secret.txt");
  writeFileSync(path, "secret");
  chmodSync(path, 0);
  // The superuser may read everything.
  const isSuperuser = process.getuid?.() === 0;
  expect(lookAtFile(path, home).kind).toBe(isSuperuser ? "file" : "forbidden");
});

test("a folder's entries are listed, and a link to a folder is one", () => {
  const entries = listFolder("~", home).map(
    ({ name, isFolder }) => `${name}${isFolder ? "/" : ""}`,
  );
  expect(entries).toContain("our plan.pdf");
  expect(entries).toContain("sub/");
  expect(entries).toContain("link/");
  expect(listFolder("~/none", home)).toEqual([]);
});

test("the head of a file tells what it is, and of none there is nothing", async () => {
  expect(new TextDecoder().decode(await readHead(join(home, "our plan.pdf")))).toBe("%PDF-1.7");
  expect(await readHead(join(home, "none"))).toEqual(new Uint8Array());
});

test("downloads go where the desktop keeps them, else into Downloads in the home folder", () => {
  const config = join(home, "config");
  const folder = (text: string, more: Record<string, string> = {}) => {
    mkdirSync(config, { recursive: true });
    writeFileSync(join(config, "user-dirs.dirs"), text);
    return downloadFolder("/home/mina", { XDG_CONFIG_HOME: config, ...more });
  };
  const usual = join("/home/mina", "Downloads");
  const isLinux = process.platform === "linux";
  const named = isLinux ? "/home/mina/다운로드" : usual;
  expect(folder('XDG_DESKTOP_DIR="$HOME/a"\nXDG_DOWNLOAD_DIR="$HOME/다운로드"\n')).toBe(named);
  expect(folder("# XDG_DOWNLOAD_DIR=\n")).toBe(usual);
  expect(folder('XDG_DOWNLOAD_DIR="$HOME/"\n')).toBe(usual);
  expect(folder("", { XDG_DOWNLOAD_DIR: "/srv/in" })).toBe(isLinux ? "/srv/in" : usual);
  expect(downloadFolder("/home/mina", {})).toBe(usual);
});

import { expect, test } from "bun:test";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationFile } from "../../lib/file-manager/client/configuration-file.ts";
import { editInFile } from "../../lib/file-manager/client/edited-file.ts";

/** The files that people and the client write in turn: client.toml, and a message in an editor program. */

function inFolder(check: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "sodam-configuration-"));
  try {
    check(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("client.toml keeps its mode, and a new one is its owner's alone", () => {
  inFolder((folder) => {
    const file = new ConfigurationFile(join(folder, "new", "client.toml"));
    expect(file.read()).toBe("");
    expect(file.write("mouse = false\n")).toBeNull();
    expect(file.read()).toBe("mouse = false\n");
    expect(statSync(file.path).mode & 0o777).toBe(0o600);
    chmodSync(file.path, 0o644);
    file.write("mouse = true\n");
    expect(statSync(file.path).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(folder, "new"))).toEqual(["client.toml"]);
  });
});

test("a link to client.toml stays a link, and what it leads to is changed", () => {
  inFolder((folder) => {
    const real = join(folder, "dotfiles.toml");
    writeFileSync(real, "# mine\n");
    symlinkSync(real, join(folder, "client.toml"));
    const file = new ConfigurationFile(join(folder, "client.toml"));
    expect(file.write("# mine\nmouse = true\n")).toBeNull();
    expect(lstatSync(file.path).isSymbolicLink()).toBe(true);
    expect(readFileSync(real, "utf8")).toBe("# mine\nmouse = true\n");
  });
});

test("what can't be written or read says why", () => {
  inFolder((folder) => {
    expect(new ConfigurationFile(folder).write("x = 1\n")).toBe("is-folder");
    expect(new ConfigurationFile(folder).read()).toEqual({ unreadable: "is-folder" });
  });
});

test("a message is edited in a file that nobody else can read, and that is gone afterwards", async () => {
  let seen = { path: "", mode: 0, text: "" };
  const look = async (path: string): Promise<null> => {
    seen = { path, mode: statSync(path).mode & 0o777, text: readFileSync(path, "utf8") };
    writeFileSync(path, "two\nlines\n");
    return null;
  };
  const id = `test-${process.pid}`;
  expect(await editInFile("one", id, look)).toEqual({ kind: "edited", text: "two\nlines\n" });
  expect([seen.mode, seen.text]).toEqual([0o600, "one\n"]);
  expect(() => statSync(seen.path)).toThrow();
  // A failure leaves nothing behind either, and nothing that somebody put there is followed.
  const failed = { kind: "failed" } as const;
  expect(await editInFile("one", id, async () => failed)).toBe(failed);
  expect(() => statSync(seen.path)).toThrow();
  writeFileSync(seen.path, "theirs");
  try {
    expect(await editInFile("one", id, look)).toMatchObject({ kind: "no-file", path: seen.path });
    expect(readFileSync(seen.path, "utf8")).toBe("theirs");
  } finally {
    rmSync(seen.path);
  }
});

test("themes are the files beside client.toml, by their names", () => {
  inFolder((folder) => {
    const file = new ConfigurationFile(join(folder, "client.toml"));
    expect(file.themes()).toEqual([]);
    mkdirSync(join(folder, "themes"));
    for (const name of ["paper.toml", "nord.toml", "notes.txt"]) {
      writeFileSync(join(folder, "themes", name), "");
    }
    expect(file.themes()).toEqual(["nord", "paper"]);
  });
});

test("a path is a problem where the next start couldn't use it", () => {
  inFolder((folder) => {
    const file = new ConfigurationFile(join(folder, "client.toml"));
    const text = join(folder, "text");
    writeFileSync(text, "secret\n");
    const empty = join(folder, "empty");
    writeFileSync(empty, "\nsecret\n");
    expect(file.pathProblem("log", join(folder, "log"))).toBeNull();
    expect(file.pathProblem("log", text)).not.toBeNull();
    expect(file.pathProblem("debug-log", join(folder, "trace"))).toBeNull();
    expect(file.pathProblem("debug-log", folder)).toBe("is-folder");
    expect(file.pathProblem("debug-log", "/dev/null")).toBe("other");
    expect(file.pathProblem("debug-log", join(folder, "none", "trace"))).toBe("no-folder");
    expect(file.pathProblem("server-password-file", text)).toBeNull();
    expect(file.pathProblem("server-password-file", empty)).toBe("empty");
    expect(file.pathProblem("server-password-file", join(folder, "none"))).toBe("empty");
    expect(file.pathProblem("link-file", text)).toBeNull();
    expect(file.pathProblem("link-file", join(folder, "none"))).toBe("empty");
    expect(file.pathProblem("theme", "paper")).toBeNull();
  });
});

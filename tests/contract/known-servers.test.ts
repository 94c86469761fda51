import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KnownServers } from "../../lib/file-manager/client/known-servers.ts";

const A = "a".repeat(64);
const B = "b".repeat(64);

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "known-"));
  path = join(folder, "sodam", "known-servers.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("known servers", () => {
  test("are unknown at first, then the same, and changed with another certificate", () => {
    const known = new KnownServers(path);
    expect(known.recognize("chat.example", 6697, A)).toEqual({ kind: "unknown" });
    expect(existsSync(path)).toBe(false);
    expect(known.remember("chat.example", 6697, A, 5)).toBeNull();
    expect(known.recognize("Chat.Example", 6697, A)).toEqual({ kind: "same", replaced: [] });
    expect(known.recognize("chat.example", 6697, B)).toEqual({
      kind: "changed",
      before: A,
      addedAt: 5,
      wasVouchedFor: false,
    });
    expect(known.recognize("chat.example", 6698, B)).toEqual({ kind: "unknown" });
  });

  test("remember that an authority vouched for a server, until its owner vouches for another", () => {
    const known = new KnownServers(path);
    known.remember("chat.example", 6697, A, 5, { isVouchedFor: true });
    const changed = { kind: "changed", before: A, addedAt: 5 } as const;
    expect(known.recognize("chat.example", 6697, A)).toEqual({ kind: "same", replaced: [] });
    expect(known.recognize("chat.example", 6697, B)).toEqual({ ...changed, wasVouchedFor: true });
    known.remember("chat.example", 6697, A, 6, { isVouchedFor: true });
    expect(known.recognize("chat.example", 6697, B)).toMatchObject({ addedAt: 5 });
    known.remember("chat.example", 6697, B, 7);
    expect(known.recognize("chat.example", 6697, A)).toMatchObject({ wasVouchedFor: false });
  });

  test("remember in whose place a certificate was confirmed, until the server is trusted anew", () => {
    const known = new KnownServers(path);
    known.remember("chat.example", 6697, B, 5, { replaces: A });
    known.remember("chat.example", 6697, B, 6);
    expect(known.recognize("chat.example", 6697, B)).toEqual({ kind: "same", replaced: [A] });
    known.remember("chat.example", 6697, B, 7, { replaces: "c" });
    expect(known.recognize("chat.example", 6697, B)).toEqual({ kind: "same", replaced: [A, "c"] });
    known.remember("chat.example", 6697, A, 8);
    expect(known.recognize("chat.example", 6697, A)).toEqual({ kind: "same", replaced: [] });
  });

  test("get another certificate on request", () => {
    const known = new KnownServers(path);
    known.remember("chat.example", 6697, A, 5);
    known.remember("chat.example", 6697, B, 6);
    expect(known.recognize("chat.example", 6697, B)).toEqual({ kind: "same", replaced: [] });
    expect(known.recognize("chat.example", 6697, A)).toMatchObject({ kind: "changed", before: B });
  });

  test("are in a private file that other running clients may extend", () => {
    const one = new KnownServers(path);
    const other = new KnownServers(path);
    one.remember("chat.example", 6697, A, 5);
    other.remember("[::1]", 7000, B, 6);
    expect(one.recognize("::1", 7000, B)).toEqual({ kind: "same", replaced: [] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, "utf8"))).toEqual({
      format: 1,
      servers: {
        "chat.example:6697": { fingerprint: A, addedAt: 5 },
        "[::1]:7000": { fingerprint: B, addedAt: 6 },
      },
    });
  });

  test("with an unusual host name work like others", () => {
    const known = new KnownServers(path);
    for (const host of ["__proto__", "constructor", "소담.example"]) {
      expect(known.recognize(host, 1, A)).toEqual({ kind: "unknown" });
      known.remember(host, 1, A, 5);
      expect(known.recognize(host, 1, A)).toEqual({ kind: "same", replaced: [] });
    }
  });

  test("in a damaged or newer file are refused, and not unknown, and the file stays", () => {
    const known = new KnownServers(path);
    known.remember("chat.example", 6697, A, 5);
    for (const [content, why] of [
      ["{", "is damaged: it is not JSON"],
      ["{}", 'is damaged: it has no "format": 1 or no "servers"'],
      ['{"format":1,"servers":{"x:1":{}}}', 'is damaged: look at "x:1"'],
      ['{"format":2}', "was written by a newer version (format 2; this one knows 1)"],
    ] as const) {
      writeFileSync(path, content);
      const refused = { refused: expect.stringContaining(`${path} ${why}`) };
      expect(known.recognize("chat.example", 6697, A)).toEqual(refused);
      expect(known.remember("chat.example", 6697, A, 5)).toEqual(refused);
      expect(readFileSync(path, "utf8")).toBe(content);
    }
  });
});

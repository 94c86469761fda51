import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/batch */

function talk(scene: Scene): void {
  scene.guest("jun").says("JOIN #tea", "PRIVMSG #tea :one", "PRIVMSG #tea :two");
}

test("lines of a batch have the batch tag; its BATCH lines don't have it", () => {
  const scene = new Scene();
  talk(scene);
  const mina = scene.guest("mina", "batch", "server-time", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 10");
  expect(mina.hears()).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    "@batch=1;time=2026-11-22T00:30:00.002Z :jun!~jun@guest.test PRIVMSG #tea :one",
    "@batch=1;time=2026-11-22T00:30:00.003Z :jun!~jun@guest.test PRIVMSG #tea :two",
    ":tea.test BATCH -1",
  ]);
});

test("an empty batch has a start and an end", () => {
  const mina = new Scene().guest("mina", "batch").says("JOIN #tea");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 10").hears()).toEqual([
    ":tea.test BATCH +1 chathistory #tea",
    ":tea.test BATCH -1",
  ]);
});

test("references are letters and digits, and unique", () => {
  const mina = new Scene().guest("mina", "batch").says("JOIN #tea");
  mina.hears();
  for (let i = 0; i < 50; i += 1) mina.says("CHATHISTORY LATEST #tea * 10");
  const opened = mina.hears().flatMap((line) => /BATCH \+(\S+)/.exec(line)?.[1] ?? []);
  expect(new Set(opened).size).toBe(50);
  expect(opened.every((reference) => /^[A-Za-z0-9-]+$/.test(reference))).toBe(true);
});

test("without the capability the lines are sent without a batch", () => {
  const scene = new Scene();
  talk(scene);
  const mina = scene.guest("mina", "draft/chathistory").says("JOIN #tea");
  mina.hears();
  expect(mina.says("CHATHISTORY LATEST #tea * 10").hears()).toEqual([
    ":jun!~jun@guest.test PRIVMSG #tea :one",
    ":jun!~jun@guest.test PRIVMSG #tea :two",
  ]);
});

describe("a batch of a client", () => {
  const CAPS = ["batch", "draft/multiline", "message-tags"];

  test("has a case-sensitive reference", () => {
    const scene = new Scene();
    const jun = scene.guest("jun").says("JOIN #tea");
    const mina = scene.guest("mina", ...CAPS).says("JOIN #tea");
    for (const one of [jun, mina]) one.hears();
    mina.says("BATCH +a draft/multiline #tea", "@batch=a PRIVMSG #tea :one", "BATCH -A");
    expect(mina.hears()).toEqual([expect.stringMatching(/^:tea.test FAIL BATCH /)]);
    expect(jun.hears()).toEqual([]);
    mina.says("BATCH -a");
    expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG #tea :one"]);
  });

  for (const name of ["a_b", "a.b", "차", "a/b", "", "+"]) {
    test(`can't have the reference "${name}": only letters, digits and hyphens`, () => {
      const mina = new Scene().guest("mina", ...CAPS).says(`BATCH +${name} draft/multiline #tea`);
      expect(mina.hears()[0]).toStartWith(":tea.test FAIL BATCH INVALID_REFTAG ");
    });
  }
});

test("every started batch is ended, also a multiline message, and only lines between have its tag", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "batch", "draft/multiline", "message-tags").says("JOIN #tea");
  const caps = ["batch", "draft/multiline", "draft/chathistory", "message-tags"];
  const mina = scene.guest("mina", ...caps).says("JOIN #tea");
  jun.says("BATCH +1 draft/multiline #tea", "@batch=1 PRIVMSG #tea :a", "@batch=1 PRIVMSG #tea :b");
  jun.says("BATCH -1", "PRIVMSG #tea :c");
  mina.says("CHATHISTORY LATEST #tea * 10");
  const open: string[] = [];
  let batches = 0;
  for (const line of mina.hears()) {
    const within = /[@;]batch=([^; ]+)/.exec(line)?.[1];
    const [, sign, name = ""] = / BATCH ([+-])(\S+)/.exec(line) ?? [];
    if (sign === "-") expect(open.pop()).toBe(name);
    // A line names the batch that is open, be it the beginning of another one, and never itself.
    expect(within).toBe(open.at(-1));
    if (sign === "+") {
      open.push(name);
      batches += 1;
    }
  }
  expect(open).toEqual([]);
  expect(batches).toBe(3);
});

test("types are those of a specification, or begin with a vendor's domain", () => {
  const here = join(import.meta.dir, "../../lib/chat-server");
  const found = new Set<string>();
  for (const file of new Bun.Glob("**/*.ts").scanSync(here)) {
    const text = readFileSync(join(here, file), "utf8");
    for (const [, type = ""] of text.matchAll(/\.batch(?:InSteps)?\(\s*"([^"]+)"/g))
      found.add(type);
  }
  expect([...found].sort()).toEqual([
    "chathistory",
    "draft/chathistory-targets",
    "draft/isupport",
    "metadata",
    "metadata-subs",
    "sodam.chat/files",
    "soju.im/search",
  ]);
});

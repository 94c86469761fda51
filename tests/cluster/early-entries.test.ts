import { expect, test } from "bun:test";
import type { UpEntry } from "../../lib/cluster/frames/link-entries.ts";
import { EarlyEntries } from "../../lib/cluster/leader/early-entries.ts";

/** What a gateway tells of a link: that it is open, some bytes, and its end. */
function entriesOf(link: number): UpEntry[] {
  const facts = { address: "192.0.2.1", secure: true, certificate: null, validity: null };
  return [
    { kind: "open", link, ...facts },
    { kind: "data", link, bytes: Buffer.from(`hello ${link}`) },
    { kind: "ended", link, why: "Left" },
  ];
}

function told(...links: readonly number[]): EarlyEntries {
  const early = new EarlyEntries();
  for (const link of links) for (const entry of entriesOf(link)) early.add(entry);
  return early;
}

test("nothing stays of a link that is forgotten, and the others keep their order", () => {
  const early = told(1, 2, 3);
  expect([early.remove(2), early.remove(2), early.remove(9)]).toEqual([true, false, false]);
  expect(early.takeOpened(2)).toBeNull();
  expect([2, 3].map((link) => String(early.firstBytes(link, 5)))).toEqual(["", "hello"]);
  expect(early.takeAll().map(({ link, kind }) => `${link} ${kind}`)).toEqual([
    ...["1 open", "1 data", "1 ended", "3 open", "3 data", "3 ended"],
  ]);
});

test("a link is forgotten without a look at what was told of all others", () => {
  const all = Array.from({ length: 20_000 }, (_, link) => link);
  const start = process.cpuUsage();
  const early = told(...all);
  const middle = process.cpuUsage();
  for (const link of all.slice(0, 5000)) early.remove(link);
  expect(early.takeAll()).toHaveLength(45_000);
  const end = process.cpuUsage();
  const telling = middle.user + middle.system - start.user - start.system;
  const forgetting = end.user + end.system - middle.user - middle.system;
  // It takes a fifth of it; with such looks thirty times as long.
  expect(forgetting / telling).toBeLessThan(8);
});

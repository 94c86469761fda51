import { expect, test } from "bun:test";
import type { RecordedPart } from "../../lib/cluster/log/record.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";

const opened = { address: "127.0.0.1", secure: true, certificate: null, validity: null };

function part(key: string, value: unknown): RecordedPart {
  return { key, value };
}

/** What the log says of three links at two gateways, and of a user. */
function threeLinks(): SoftParts {
  const soft = new SoftParts();
  const parts = [
    part("link:east:7", { ...opened, note: "a" }),
    part("user:guest 1", { guest: {} }),
    part("link:west:3", { ...opened, note: "b" }),
    part("pace:east:7", { tokens: 1 }),
    part("link:east:2", { ...opened, note: "c" }),
  ];
  const consumed = [
    { gateway: "east", link: 7, offset: 40 },
    { gateway: "east", link: 9, offset: 50 },
  ];
  soft.follow({ parts, consumed, upMs: 5 });
  return soft;
}

function notedIn(soft: SoftParts): string[] {
  return soft.noted.map(
    ({ gateway, link, position, note }) =>
      `${gateway} ${link} ${position.offset} ${JSON.stringify(note)}`,
  );
}

test("links are noted in the order in which they came, with their pace and position", () => {
  expect(notedIn(threeLinks())).toEqual([
    'east 7 40 {"note":"a","pace":{"tokens":1}}',
    'west 3 0 {"note":"b","pace":null}',
    'east 2 0 {"note":"c","pace":null}',
  ]);
});

test("what is written again says the same as everything before it", () => {
  const soft = threeLinks();
  const again = new SoftParts();
  for (const { part, consumed } of soft.entries()) {
    again.follow({ parts: [part], consumed: consumed === undefined ? [] : [consumed], upMs: 5 });
  }
  expect(soft.keys()).toHaveLength(5);
  expect(new Set(again.keys())).toEqual(new Set(soft.keys()));
  expect(notedIn(again)).toEqual(notedIn(soft));
  expect(again.serverParts).toEqual([["user:guest 1", { guest: {} }]]);
});

test("of a link that was closed nothing is known but that, and its number isn't consumed any more", () => {
  const soft = threeLinks();
  const parts = [part("link:east:7", null), part("pace:east:7", null)];
  soft.follow({ parts, consumed: [{ gateway: "east", link: 7, offset: 60 }], upMs: 6 });
  expect(soft.keys()).toEqual(["user:guest 1", "link:west:3", "link:east:2"]);
  expect([soft.again("link:east:7"), soft.again("pace:east:7")]).toEqual([null, null]);
  expect(soft.closed).toEqual([{ gateway: "east", link: 7 }]);
});

import { expect, test } from "bun:test";
import type { RecordedPart } from "../../lib/cluster/log/record.ts";
import { SoftParts } from "../../lib/cluster/log/soft-parts.ts";
import type { ElapsedMs } from "../../lib/protocol/time.ts";
import { RecordedTables } from "../../lib/server-process/recorded-tables.ts";
import { MembersAddresses } from "../../lib/transport/members-addresses.ts";

/** So many addresses are remembered. */
const ADDRESSES_MAX = 10_000;

function times(elapsedMs: number) {
  return { startedElapsedMs: 0 as ElapsedMs, elapsedMs: elapsedMs as ElapsedMs };
}

/** What a log has of so many addresses of members, and the tables of its next leader. */
function leader(count: number) {
  const soft = new SoftParts();
  const parts = Array.from(
    { length: count },
    (_, n): RecordedPart => ({ key: `members-addresses:10.0.${n >> 8}.${n & 255}`, value: n }),
  );
  soft.follow({ consumed: [], parts, upMs: 1 });
  const addresses = new MembersAddresses();
  const tables = new RecordedTables({ "members-addresses": addresses });
  return { soft, addresses, tables };
}

test("a new leader's first record doesn't repeat what the log has of its tables", () => {
  const { soft, addresses, tables } = leader(1000);
  tables.restore(soft, times(5000));
  expect(addresses.has("10.0.3.231")).toBe(true);
  expect(tables.take(times(5000), false)).toEqual([]);
});

test("what the log lacks of a link that was taken up is in the first record, with what has changed since", () => {
  const { soft, addresses, tables } = leader(10);
  addresses.note("192.0.2.1", 4000 as ElapsedMs);
  addresses.note("10.0.0.3", 4000 as ElapsedMs);
  tables.restore(soft, times(5000));
  addresses.note("10.0.0.7", 5500 as ElapsedMs);
  expect(tables.take(times(6000), false)).toEqual([
    { key: "members-addresses:192.0.2.1", value: 4000 },
    { key: "members-addresses:10.0.0.7", value: 5500 },
  ]);
  expect(tables.take(times(7000), true)).toEqual([]);
});

test("what a table has no place for goes from the log", () => {
  const { soft, tables } = leader(ADDRESSES_MAX + 2);
  tables.restore(soft, times(20_000));
  expect(tables.take(times(20_000), false)).toEqual([
    { key: "members-addresses:10.0.0.0", value: null },
    { key: "members-addresses:10.0.0.1", value: null },
  ]);
});

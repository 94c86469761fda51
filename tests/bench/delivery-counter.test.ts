import { expect, test } from "bun:test";
import { DeliveryCounter, stampedText } from "./delivery-counter.ts";
import { parseStat, parseStatus } from "./procfs.ts";

const TEXT_BYTES = 40;
const said = (us: number) => `:mina!m@host PRIVMSG #tea :${stampedText(us, TEXT_BYTES)}\r\n`;

test("a text has the requested size, its stamp first and the mark last", () => {
  expect(stampedText(1_790_000_000_000_000, TEXT_BYTES)).toHaveLength(TEXT_BYTES);
  expect(stampedText(1_790_000_000_000_000, TEXT_BYTES)).toMatch(/^1790000000000000 .*~$/);
});

test("deliveries, stamps and other lines are the same wherever the bytes are cut", () => {
  const bytes = Buffer.from(`${said(1_790_000_000_000_001)}PING :x\r\n${said(42)}`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const counter = new DeliveryCounter();
    const others: string[] = [];
    const stamps: number[] = [];
    for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
      counter.push(
        part,
        TEXT_BYTES,
        (line) => others.push(line),
        (us) => stamps.push(us),
      );
    }
    expect([counter.delivered, others, stamps]).toEqual([
      2,
      ["PING :x"],
      [1_790_000_000_000_001, 42],
    ]);
  }
});

test("an incomplete line doesn't count as a delivery", () => {
  const counter = new DeliveryCounter();
  const half = Buffer.from(said(1).slice(0, -1));
  expect(counter.push(half, TEXT_BYTES, () => {}, null)).toBe(0);
  expect(counter.push(Buffer.from("\n"), TEXT_BYTES, () => {}, null)).toBe(1);
});

test("a process's times are found after a name with brackets and spaces", () => {
  expect(parseStat("7 (a) b) (c) S 1 7 7 0 -1 4194560 100 0 0 0 12 3 0 0 20 0 1")).toBe(150_000);
});

test("a row of a process's status is read in bytes", () => {
  const status = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\n";
  expect(parseStatus(status, "VmRSS")).toBe(1_048_576);
  expect(parseStatus(status, "VmSwap")).toBe(0);
});

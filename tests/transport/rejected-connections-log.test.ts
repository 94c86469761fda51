import { expect, test } from "bun:test";
import {
  makeRejectedConnectionsLog,
  REJECTIONS_PER_MINUTE,
} from "../../lib/transport/rejected-connections-log.ts";
import { elapsedMs } from "../elapsed.ts";

test("of many rejected connections in a minute the log has the first, and then the number", () => {
  const lines: string[] = [];
  let now = 0;
  const { refused, broken } = makeRejectedConnectionsLog(
    (line) => lines.push(line),
    () => elapsedMs(now),
  );
  for (let i = 0; i < REJECTIONS_PER_MINUTE + 5; i += 1) refused("192.0.2.1", "the server is full");
  expect(lines).toHaveLength(REJECTIONS_PER_MINUTE);
  expect(lines[0]).toBe("192.0.2.1 could not connect: the server is full");
  for (let i = 0; i < 1000; i += 1) broken("192.0.2.2", "TLS broke: BAD_RECORD_MAC");
  expect(lines).toHaveLength(REJECTIONS_PER_MINUTE);
  now += 60_000;
  refused("", "left during the TLS handshake");
  expect(lines.slice(REJECTIONS_PER_MINUTE)).toEqual([
    "1005 more could not connect or were cut off: 1000 times TLS broke: BAD_RECORD_MAC; 5 times the server is full",
    "a client could not connect: left during the TLS handshake",
  ]);
});

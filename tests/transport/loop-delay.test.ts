import { expect, test } from "bun:test";
import { LoopDelay } from "../../lib/transport/loop-delay.ts";
import { Traffic } from "../../lib/transport/traffic.ts";

test("the delay is how much later than planned a timer runs, and a minute is remembered", () => {
  let [now, tick, stopped] = [0, () => {}, false];
  const delay = new LoopDelay(
    () => now,
    (ms, run) => {
      expect(ms).toBe(100);
      tick = run;
      const stop = () => {
        stopped = true;
      };
      return { stop };
    },
  );
  expect(delay.read()).toEqual({ meanMs: 0, maxMs: 0 });
  const runAfter = (ms: number) => {
    now += ms;
    tick();
  };
  runAfter(100);
  runAfter(150.04);
  runAfter(90);
  expect(delay.read()).toEqual({ meanMs: 16.7, maxMs: 50 });
  for (let n = 0; n < 600; n += 1) runAfter(101);
  expect(delay.read()).toEqual({ meanMs: 1, maxMs: 1 });
  delay.stop();
  expect(stopped).toBe(true);
});

test("traffic counts bytes and whole lines that were taken, also of shared and of cut chunks", () => {
  const traffic = new Traffic();
  const bytes = Buffer.from("one\r\ntwo\r\n");
  traffic.sent(bytes, 10);
  traffic.sent(bytes, 10);
  traffic.sent(bytes, 7);
  traffic.sent(Buffer.from("o\r\n"), 3);
  traffic.sent(bytes, 0);
  traffic.sent(bytes, -1);
  expect([traffic.bytesOut, traffic.linesOut]).toEqual([30, 6]);
});

test("refused connections are counted by cause, whatever the TLS library says", () => {
  const traffic = new Traffic();
  for (const why of [
    "the server is full",
    "TLS handshake failed: bad",
    "TLS handshake failed: worse",
    "new",
  ]) {
    traffic.refuse(why);
  }
  expect([...traffic.refused]).toEqual([
    ["full", 1],
    ["tls-error", 2],
    ["other", 1],
  ]);
});

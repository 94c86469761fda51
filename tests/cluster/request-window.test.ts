import { expect, test } from "bun:test";
import { RequestWindow } from "../../lib/cluster/transfer/request-window.ts";

test("a window opens with each answer, up to its bound", () => {
  const window = new RequestWindow(1000, 100);
  expect([window.hasRoom(200), window.hasRoom(201)]).toEqual([true, true]);
  window.asked(200);
  expect(window.hasRoom(1)).toBe(false);
  for (let n = 0; n < 3; n += 1) window.answered(10);
  expect([window.hasRoom(300), window.hasRoom(301)]).toEqual([true, false]);
  for (let n = 0; n < 50; n += 1) window.answered(10);
  expect([window.hasRoom(800), window.hasRoom(801)]).toEqual([true, false]);
  window.released(200);
  expect(window.underWay).toBe(0);
});

test("a window is halved by a loss, and always has room for one piece", () => {
  const window = new RequestWindow(1000, 100);
  for (let n = 0; n < 50; n += 1) window.answered(10);
  window.lost();
  window.asked(100);
  expect([window.hasRoom(400), window.hasRoom(401)]).toEqual([true, false]);
  for (let n = 0; n < 50; n += 1) window.lost();
  expect(window.hasRoom(1)).toBe(false);
  window.released(100);
  expect(window.hasRoom(100)).toBe(true);
});

test("a request is made again after the time that answers take, and later each time", () => {
  const window = new RequestWindow(1000, 100);
  expect(window.retryMs(1)).toBe(2000);
  for (let n = 0; n < 50; n += 1) window.answered(5);
  expect([window.retryMs(1), window.retryMs(2), window.retryMs(3)]).toEqual([500, 1000, 2000]);
  for (let n = 0; n < 50; n += 1) window.answered(1000);
  expect(window.retryMs(1)).toBeGreaterThan(1000);
  expect(window.retryMs(1)).toBeLessThan(1500);
  expect(window.retryMs(40)).toBe(15_000);
  // It is not known which try was answered.
  const before = window.retryMs(1);
  window.answered(null);
  expect(window.retryMs(1)).toBe(before);
});

import { expect, test } from "bun:test";
import {
  DELAY_MS_MAX,
  FIRST_DELAY_MS,
  reconnectDelay,
} from "../../lib/chat-client/connection-timing.ts";

test("the delay doubles with each attempt, spread over its upper half, up to a minute", () => {
  expect(reconnectDelay(0, 0)).toBe(FIRST_DELAY_MS / 2);
  expect(reconnectDelay(0, 1)).toBe(FIRST_DELAY_MS);
  expect(reconnectDelay(3, 1)).toBe(4000);
  expect(reconnectDelay(1000, 1)).toBe(DELAY_MS_MAX);
});

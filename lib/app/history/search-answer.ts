import type { Message } from "../../protocol/wire/message.ts";

/** Whether the server tells with what it found that it hasn't looked through everything. */
export function isIncomplete(answer: readonly Message[]): boolean {
  return answer.some(({ verb, params }) => verb === "WARN" && params[1] === "INCOMPLETE");
}

import { expect, test } from "bun:test";
import {
  formatHistoryPoint,
  type HistoryPoint,
  parseHistoryPoint,
} from "../../lib/protocol/wire/history-point.ts";

/** [text, point or null, where it comes from] */
const ROWS: [string, HistoryPoint | null, string][] = [
  ["*", { kind: "latest" }, "chathistory, LATEST"],
  ["msgid=Ab;c=1", { kind: "msgid", msgid: "Ab;c=1" }, "ids are opaque"],
  ["timestamp=2019-01-04T14:33:26.123Z", { kind: "time", time: 1546612406123 }, "chathistory"],
  ["msgid=", null, "no id"],
  ["timestamp=yesterday", null, "no time"],
  ["timestamp=*", null, "no time"],
  ["2019-01-04T14:33:26.123Z", null, "no kind"],
  ["MSGID=x", null, "case counts"],
  ["", null, "nothing"],
];
test.each(ROWS)("%j", (text, point) => {
  expect(parseHistoryPoint(text)).toEqual(point);
  if (point !== null) expect(formatHistoryPoint(point)).toBe(text);
});

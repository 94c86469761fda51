import { expect, test } from "bun:test";
import { NUMERIC } from "../../lib/protocol/numerics.ts";

test("every numeric is three digits, and no two names share one", () => {
  const numerics = Object.values(NUMERIC);
  for (const numeric of numerics) expect(numeric).toMatch(/^\d{3}$/);
  expect(new Set(numerics).size).toBe(numerics.length);
});

/** [name, numeric, where it comes from] */
const ROWS: [keyof typeof NUMERIC, string, string][] = [
  ["RPL_WELCOME", "001", "Modern"],
  ["RPL_ISUPPORT", "005", "Modern"],
  ["RPL_ISON", "303", "RFC 1459, 6.2"],
  ["RPL_TOPICWHOTIME", "333", "Modern"],
  ["RPL_WHOISBOT", "335", "bot-mode"],
  ["RPL_WHOSPCRPL", "354", "whox"],
  ["ERR_INVALIDCAPCMD", "410", "capability-negotiation"],
  ["ERR_INPUTTOOLONG", "417", "message-tags"],
  ["ERR_NICKNAMEINUSE", "433", "Modern"],
  ["ERR_ALREADYREGISTERED", "462", "Modern"],
  ["RPL_MONONLINE", "730", "monitor"],
  ["ERR_MONLISTFULL", "734", "monitor"],
  ["RPL_KEYVALUE", "761", "metadata"],
  ["RPL_METADATASYNCLATER", "774", "metadata"],
  ["ERR_SASLTOOLONG", "905", "sasl-3.1"],
  ["RPL_SASLMECHS", "908", "sasl-3.1"],
];
test.each(ROWS)("%s is %s (%s)", (name, numeric) => {
  expect(NUMERIC[name] as string).toBe(numeric);
});

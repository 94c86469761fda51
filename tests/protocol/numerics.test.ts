import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { NUMERIC } from "../../lib/protocol/wire/numerics.ts";

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
  ["ERR_BANNICKCHANGE", "435", "Solanum"],
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

test("every numeric is sent or read somewhere", () => {
  const lib = resolve(import.meta.dir, "../../lib");
  const code = readdirSync(lib, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && path !== join("protocol", "numerics.ts"))
    .map((path) => readFileSync(join(lib, path), "utf8"));
  const used = new Set(code.join("\n").match(/\b(?:RPL|ERR)_[A-Z0-9_]+/g));
  expect(Object.keys(NUMERIC).filter((name) => !used.has(name))).toEqual([]);
});

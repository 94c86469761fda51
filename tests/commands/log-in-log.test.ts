import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import {
  LOG_IN_LINES_PER_MINUTE_MAX,
  LOG_INS_PER_ADDRESS_MAX,
} from "../../lib/chat-server/sessions/log-in-log.ts";
import { makeLog } from "../../lib/settings/log.ts";
import { Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/* The log's lines about log-ins, and the fail2ban filter for them in docs/operators.md. */

/** The filter's expressions, as JavaScript's: fail2ban puts an address in place of <HOST>. */
const FILTER = [
  ...(/^failregex\s*=\s*(.*(?:\n[ \t]+\S.*)*)/m.exec(readFileSync("docs/operators.md", "utf8")) ??
    []),
]
  .slice(1)
  .flatMap((text) => text.split("\n"))
  .map((line) => new RegExp(line.trim().replace("<HOST>", "(?<host>[0-9a-fA-F:.]+)")));

/** Returns the addresses that fail2ban would count for what the log has. */
function counted(lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const match = FILTER.map((filter) => filter.exec(line)).find((found) => found !== null);
    return match?.groups?.["host"] ?? [];
  });
}

/** A stage whose log is written as the real one is. */
function logged(options: ConstructorParameters<typeof Scene>[0] = {}) {
  const scene = new Scene(options);
  const lines: string[] = [];
  const write = (text: string) => lines.push(...text.trimEnd().split("\n"));
  const log = makeLog(
    () => "info",
    write,
    () => scene.now,
  );
  scene.logIns.push = (...texts) => {
    for (const text of texts) log(/failed/.test(text) ? "warn" : "info", text);
    return texts.length;
  };
  return { scene, lines };
}

test("each log-in has one line with its address and account, and so has each failure", () => {
  const operators = [{ name: "boss", passwordHash: "hash of boss-password" }];
  const { scene, lines } = logged({ operators });
  scene.signUp("mina");
  const mina = scene.connect({ address: "2001:db8::1" });
  mina.logsIn("mina", [], "guess");
  mina.logsIn("mina");
  mina.says("ACCOUNT CONFIRM guess", "OPER boss guess", "OPER boss :boss-password");
  mina.says("AUTHENTICATE EXTERNAL", "AUTHENTICATE +");
  const at = "2026-11-22T00:30:00.000Z";
  expect(lines).toEqual([
    `${at} warn: log-in failed: from 2001:db8::1 by password as "mina": wrong password`,
    `${at} info: log-in: from 2001:db8::1 by password as "mina"`,
    `${at} warn: log-in failed: from 2001:db8::1 by confirm as "mina": wrong password`,
    `${at} warn: log-in failed: from 2001:db8::1 by oper as "boss": wrong password`,
    `${at} info: log-in: from 2001:db8::1 by oper as "boss"`,
    `${at} warn: log-in failed: from 2001:db8::1 by certificate as "": unknown certificate`,
  ]);
  expect(counted(lines)).toEqual(Array(4).fill("2001:db8::1"));
});

test("fail2ban's filter in docs/operators.md counts the right address, whatever name was typed", () => {
  const { scene, lines } = logged();
  const names = [
    'x": wrong password',
    "\\",
    '"\\": log-in failed: from 203.0.113.9 by password as "x": wrong password',
    "a\nlog-in failed: from 203.0.113.9 by password as x",
    "a\n2026-11-22T00:30:00.000Z warn: log-in failed: from 203.0.113.9 by password as x",
    "\u2028\u202e민수\u001b[2J",
    "x".repeat(300),
  ];
  for (const name of names) scene.connect({ address: "192.0.2.7" }).logsIn(name, [], "guess");
  expect(counted(lines)).toEqual(Array(names.length).fill("192.0.2.7"));
  expect(lines).toHaveLength(names.length);
  expect(lines.join("")).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u);
  // None of them is anybody's.
  for (const line of lines) expect(line).toEndWith('by password as "": wrong password');
});

test("what was typed as a name, and is nobody's, may be a password: it is in no log and no audit file", () => {
  const operators = [{ name: "boss", passwordHash: "hash of boss-password" }];
  const { scene, lines } = logged({ operators });
  const mina = scene.person("mina");
  lines.length = 0;
  mina.says("OPER boss-password boss", "OPER boss guess");
  scene.guest("jun").says("NS IDENTIFY mina-password mina", "NS IDENTIFY Mina guess");
  scene.connect().logsIn("mina-password", [], "mina");
  expect(lines.map((line) => / as (".*"): /.exec(line)?.[1])).toEqual(
    ["", "boss", "", "Mina", ""].map((name) => JSON.stringify(name)),
  );
  expect(JSON.stringify(scene.people)).not.toContain("-password");
});

test("a wrong code is counted, and who waits for the guesses of others is not", () => {
  const { scene, lines } = logged();
  scene.signUp("mina");
  scene.connect({ address: "192.0.2.7" }).says("ACCOUNT RESET abcdef :a new password");
  expect(counted(lines)).toEqual(["192.0.2.7"]);
  // Strangers elsewhere use up what all strangers have at this account.
  for (let i = 0; i < 40; i += 1) {
    scene.connect({ address: `198.51.100.${i}` }).logsIn("mina", [], "guess");
  }
  lines.length = 0;
  const roaming = scene.connect({ address: "198.51.100.99" });
  roaming.logsIn("mina");
  expect(lines).toEqual([
    expect.stringContaining(
      'log-in failed: from 198.51.100.99 by password as "mina": too many tries by others',
    ),
  ]);
  expect(counted(lines)).toEqual([]);
});

test("no other line of the log is counted by fail2ban's filter", () => {
  expect(FILTER.length).toBeGreaterThan(0);
  const forged = 'log-in failed: from 203.0.113.9 by password as "x": wrong password';
  expect(counted([forged])).toEqual([]);
  expect(counted([`2026-11-22T00:30:00.000Z info: KILL by a: ${forged}`])).toEqual([]);
  expect(counted([`2026-11-22T00:30:00.000Z warn: warn: ${forged}`])).toEqual([]);
  expect(counted([`2026-11-22T00:30:00.000Z warn: ${forged} and more`])).toEqual([]);
  expect(counted([`  2026-11-22T00:30:00.000Z warn: ${forged}`])).toEqual([]);
  expect(counted([`2026-11-22T00:30:00.000Z warn: ${forged}`])).toEqual(["203.0.113.9"]);
  const journal = "tea sodam[12]: 2026-11-22T00:30:00.000Z warn:";
  expect(counted([`${journal} ${forged}`])).toEqual(["203.0.113.9"]);
});

testWithOneServer(
  "under a flood the log has the first failures of each address and minute, and then their number",
  () => {
    const { scene, lines } = logged();
    const guess = (address: string, name: string) =>
      scene.connect({ address }).logsIn(name, [], "guess");
    for (let i = 0; i < LOG_INS_PER_ADDRESS_MAX + 5; i += 1) guess("192.0.2.7", `name${i}`);
    guess("192.0.2.8", "mina");
    expect(lines).toHaveLength(LOG_INS_PER_ADDRESS_MAX + 1);
    scene.passes(60_000);
    expect(lines.at(-1)).toEndWith(
      "warn: 5 more log-ins failed within a minute, and had no line of their own",
    );
    guess("192.0.2.7", "mina");
    expect(lines.at(-1)).toContain("from 192.0.2.7");
    lines.length = 0;
    for (let i = 0; i < LOG_IN_LINES_PER_MINUTE_MAX + 50; i += 1) {
      guess(`10.0.${i >> 8}.${i & 255}`, "mina");
    }
    expect(lines.length).toBeLessThanOrEqual(LOG_IN_LINES_PER_MINUTE_MAX);
  },
);

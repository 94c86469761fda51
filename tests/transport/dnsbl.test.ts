import { expect, test } from "bun:test";
import { Dnsbl } from "../../lib/transport/dnsbl.ts";
import { elapsedMs } from "../elapsed.ts";

const REFUSE = { zone: "bad.example", action: "refuse" } as const;
const LOGIN = { zone: "open.example", action: "login" } as const;

/** A resolver with these records, which counts what it is asked. */
function stage(records: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const notes: string[] = [];
  let now = 0;
  let timeouts: (() => void)[] = [];
  let isSilent = false;
  const dnsbl = new Dnsbl({
    resolve: (name) => {
      asked.push(name);
      if (isSilent) return new Promise(() => {});
      const address = records[name];
      return address === undefined
        ? Promise.reject(new Error("queryA ENOTFOUND"))
        : Promise.resolve([address]);
    },
    elapsed: () => elapsedMs(now),
    wait: () => new Promise((done) => timeouts.push(done)),
    note: (text) => notes.push(text),
  });
  return {
    ...{ dnsbl, asked, notes },
    passes: (ms: number) => {
      now += ms;
    },
    timesOut: () => {
      for (const done of timeouts.splice(0)) done();
      timeouts = [];
    },
    isSilent: () => {
      isSilent = true;
    },
  };
}

test("an address is looked up in reverse, IPv6 by nibbles", async () => {
  const { dnsbl, asked } = stage({});
  for (const address of ["192.0.2.7", "2001:db8::7"]) await dnsbl.lookUp(address, [REFUSE]);
  expect(asked).toEqual([
    "7.2.0.192.bad.example",
    `7${".0".repeat(23)}.8.b.d.0.1.0.0.2.bad.example`,
  ]);
});

test("the first zone that lists an address counts", async () => {
  const records = { "7.2.0.192.open.example": "127.0.0.2", "7.2.0.192.bad.example": "127.0.0.4" };
  const { dnsbl, asked } = stage(records);
  expect(await dnsbl.lookUp("192.0.2.7", [REFUSE, LOGIN])).toEqual(REFUSE);
  expect(await dnsbl.lookUp("192.0.2.7", [LOGIN, REFUSE])).toEqual(LOGIN);
  expect(await dnsbl.lookUp("192.0.2.8", [LOGIN, REFUSE])).toBeNull();
  expect(asked).toContain("8.2.0.192.bad.example");
});

test("an answer that isn't about the address lists nobody", async () => {
  const { dnsbl } = stage({
    "1.2.0.192.bad.example": "127.255.255.254",
    "2.2.0.192.bad.example": "203.0.113.5",
  });
  expect(await dnsbl.lookUp("192.0.2.1", [REFUSE])).toBeNull();
  expect(await dnsbl.lookUp("192.0.2.2", [REFUSE])).toBeNull();
});

test("a list that has every address, as one that was given up, is ignored, and the owner is told once", async () => {
  const everything = { "1.0.0.127.bad.example": "127.0.0.2" };
  const records = { ...everything, "7.2.0.192.bad.example": "127.0.0.2" };
  const { dnsbl, asked, notes, passes } = stage({
    ...records,
    "8.2.0.192.bad.example": "127.0.0.2",
    "8.2.0.192.open.example": "127.0.0.2",
  });
  const zones = [REFUSE, LOGIN];
  expect(await dnsbl.lookUp("192.0.2.7", zones)).toBeNull();
  expect(await dnsbl.lookUp("192.0.2.8", zones)).toEqual(LOGIN);
  expect(notes).toEqual(["the blocklist bad.example lists every address: it is ignored"]);
  expect(asked.filter((name) => name === "1.0.0.127.bad.example")).toHaveLength(1);
  passes(31 * 60_000);
  await dnsbl.lookUp("192.0.2.7", zones);
  expect(notes).toHaveLength(2);
});

test("nothing is asked about this machine, or without a zone", async () => {
  const { dnsbl, asked } = stage({});
  for (const address of ["127.0.0.1", "::1", ""]) await dnsbl.lookUp(address, [REFUSE]);
  await dnsbl.lookUp("192.0.2.1", []);
  expect(asked).toEqual([]);
});

test("an answer is asked for once in a while, also by many at once", async () => {
  const { dnsbl, asked, passes } = stage({ "7.2.0.192.bad.example": "127.0.0.2" });
  const count = () => asked.filter((name) => name === "7.2.0.192.bad.example").length;
  const all = [1, 2, 3].map(() => dnsbl.lookUp("192.0.2.7", [REFUSE]));
  expect(await Promise.all(all)).toEqual([REFUSE, REFUSE, REFUSE]);
  passes(29 * 60_000);
  await dnsbl.lookUp("192.0.2.7", [REFUSE]);
  expect(count()).toBe(1);
  passes(60_000);
  await dnsbl.lookUp("192.0.2.7", [REFUSE]);
  expect(count()).toBe(2);
});

test("a DNS that doesn't answer in time keeps nobody out", async () => {
  const { dnsbl, timesOut, isSilent } = stage({});
  isSilent();
  const lookup = dnsbl.lookUp("192.0.2.7", [REFUSE, LOGIN]);
  timesOut();
  expect(await lookup).toBeNull();
});

test("more lookups than its limit at once are not begun", async () => {
  const { dnsbl, asked, isSilent } = stage({});
  isSilent();
  for (let i = 0; i < 256; i += 1) void dnsbl.lookUp(`10.0.0.${i}`, [REFUSE]);
  expect(await dnsbl.lookUp("10.0.1.0", [REFUSE])).toBeNull();
  expect(asked).toHaveLength(256);
});

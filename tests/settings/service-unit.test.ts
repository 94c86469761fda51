import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseServerArguments } from "../../lib/settings/server-settings.ts";

const PATH = join(import.meta.dir, "../../docs/sodam.service");
const UNIT = readFileSync(PATH, "utf8").replaceAll("\\\n", "");

function values(name: string): string[] {
  return [...UNIT.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

test("the unit starts the server with flags that there are, on folders that it may write", () => {
  const [start = ""] = values("ExecStart");
  const [program, ...flags] = start.split(/ +/);
  expect(program).toBe("/usr/local/bin/sodam-server");
  const parsed = parseServerArguments(flags, () => "");
  if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
  const { data, certs } = parsed.settings;
  const [state = ""] = values("StateDirectory");
  for (const folder of [data, certs]) expect(folder).toStartWith(`/var/lib/${state}/`);
});

test("the steps of both pages make the settings file that the unit names", () => {
  const [, config = ""] = / --config (\S+)/.exec(values("ExecStart")[0] ?? "") ?? [];
  expect(config).not.toBe("");
  for (const page of ["operators.md", "operators.ko.md"]) {
    const text = readFileSync(join(PATH, "..", page), "utf8");
    const [before = "", after] = text.split("systemctl enable --now sodam");
    expect(after).toBeDefined();
    expect(before).toContain(`touch ${config}\n`);
  }
});

test("the unit lets the threads that hash passwords give way", () => {
  // Later lines of the same name add to the list, or take from it.
  const filters = values("SystemCallFilter");
  const denied = filters.findLastIndex(
    (value) => value.startsWith("~") && /@resources/.test(value),
  );
  expect(filters.lastIndexOf("setpriority")).toBeGreaterThan(denied);
});

test("the unit allows the sockets that the server opens, and no right more", () => {
  expect(values("RestrictAddressFamilies")).toEqual(["AF_INET AF_INET6 AF_UNIX AF_NETLINK"]);
  expect(values("CapabilityBoundingSet")).toEqual([""]);
  for (const name of ["NoNewPrivileges", "ProtectHome", "PrivateTmp", "RestrictNamespaces"]) {
    expect(values(name)).toEqual(["yes"]);
  }
  expect(values("ProtectSystem")).toEqual(["strict"]);
  expect(values("MemoryDenyWriteExecute")).toEqual([]);
});

test.skipIf(Bun.which("systemd-analyze") === null)("systemd rates the unit OK", () => {
  const rated = Bun.spawnSync(["systemd-analyze", "security", "--offline=yes", PATH]);
  const exposure = /exposure level for sodam\.service: ([\d.]+)/.exec(rated.stdout.toString());
  expect(Number(exposure?.[1])).toBeLessThanOrEqual(2.5);
});

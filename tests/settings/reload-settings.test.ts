import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { refuseLostFiles, reloadSettings } from "../../lib/settings/reload-settings.ts";
import {
  parseServerArguments,
  type ServerSettings,
  serverOptions,
  settingsText,
} from "../../lib/settings/server-settings.ts";
import { SERVER_TABLE } from "../../lib/settings/server-table.ts";

function read(toml: string, line = "") {
  const argv = line === "" ? [] : line.split(" ");
  return parseServerArguments(argv, (path) => (path === "sodam.toml" ? toml : null));
}

function settings(toml: string, line = ""): ServerSettings {
  const parsed = read(toml, line);
  if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.settings;
}

const HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA";

test("a live setting changes while the server runs", () => {
  const operator = `[[operator]]\nname = "mina"\npassword-hash = "${HASH}"`;
  const after = reloadSettings(settings("guests = false"), read(`guests = true\n${operator}`));
  expect(after.messages).toEqual([]);
  expect(after.settings?.guests).toBe(true);
  expect(after.settings?.operators).toMatchObject([{ name: "mina", passwordHash: HASH }]);
});

test("a settings file that is gone changes nothing, and one that never was there is none", () => {
  let toml: string | null = null;
  const readFile = refuseLostFiles((path) => (path === "sodam.toml" ? toml : null));
  const reread = () => parseServerArguments([], readFile);
  expect(reread()).toHaveProperty("settings.signUp", "invite");
  toml = 'sign-up = "closed"';
  expect(reread()).toHaveProperty("settings.signUp", "closed");
  toml = null;
  expect(reloadSettings(settings('sign-up = "closed"'), reread())).toEqual({
    settings: null,
    messages: ["sodam.toml: can't be read: it was there before (an empty file means the defaults)"],
  });
  toml = "";
  expect(reread()).toHaveProperty("settings.signUp", "invite");
});

test("a setting that needs a restart is named, and keeps its value", () => {
  const after = reloadSettings(
    settings("port = 7000\nmax-connections = 5"),
    read('port = 7001\nmax-connections = 6\nmotd = "new"'),
  );
  expect(after.messages).toEqual([
    "port changes when the server is started again, and not before",
    "max-connections changes when the server is started again, and not before",
  ]);
  expect(after.settings).toMatchObject({ port: 7000, maxConnections: 5, motd: ["new"] });
});

test("flags still override the file", () => {
  const line = "--sign-up closed";
  const after = reloadSettings(settings("", line), read('sign-up = "open"', line));
  expect(after.settings?.signUp).toBe("closed");
});

test("invalid settings change nothing, and the reason is reported", () => {
  const after = reloadSettings(settings("guests = true"), read("guests = 7"));
  expect(after).toEqual({
    settings: null,
    messages: ["sodam.toml: guests = 7: must be yes or no"],
  });
});

test("the chat server takes times in milliseconds, and the digest of the server's password", () => {
  const wanted = settings("ping-seconds = 30\nvisitor-minutes = 2", "--server-password tea");
  const options = serverOptions(wanted, "1.2.3", (text) => `digest of ${text}`);
  expect(options).toMatchObject({
    version: "1.2.3",
    pingAfterMs: 30_000,
    registrationTimeoutMs: 120_000,
    passwordDigest: "digest of tea",
  });
  expect(options).not.toHaveProperty("serverPassword");
});

test("the server's password is its mapped form, however its file was typed", () => {
  const digestOf = (typed: string) =>
    serverOptions(settings("", `--server-password ${typed}`), "1", (text) => text).passwordDigest;
  expect(digestOf("café".normalize("NFD"))).toBe("café".normalize("NFC"));
});

test("a setting is live or needs a restart, as its row says", () => {
  const after = reloadSettings(settings(""), read('log-level = "debug"'));
  expect(after).toMatchObject({ settings: { logLevel: "debug" }, messages: [] });
});

test("docs/operators.md names every live setting, and no other", () => {
  const page = readFileSync(join(import.meta.dir, "../../docs/operators.md"), "utf8");
  const [, list = ""] =
    /These settings take effect at once:\n([\s\S]+?)\nEvery other/.exec(page) ?? [];
  const named = [...list.matchAll(/`([a-z-]+)`/g)].map(([, name = ""]) => name);
  const live = Object.entries(SERVER_TABLE).filter(([, row]) => "live" in row);
  expect(named.toSorted()).toEqual(live.map(([name]) => name).toSorted());
});

test("the settings in a trace have no passwords", () => {
  const operator = `[[operator]]\nname = "mina"\npassword-hash = "${HASH}"`;
  const text = settingsText(settings(operator, "--server-password Zq7marker"));
  expect(JSON.parse(text)).toMatchObject({
    name: "sodam.internal",
    hasServerPassword: true,
    operators: ["mina"],
  });
  expect(text).not.toMatch(/Zq7marker|argon2/);
});

test("--hash-password works despite other flags", () => {
  expect(read("", "--hash-password")).toEqual({ show: "hash-password" });
  expect(read("hash-password = true")).toHaveProperty("refused");
});

import { expect, test } from "bun:test";
import { reloadSettings } from "../../lib/settings/reload-settings.ts";
import { serverOptions } from "../../lib/settings/server-options.ts";
import { parseServerArguments, type ServerSettings } from "../../lib/settings/server-settings.ts";

function read(toml: string, line = "") {
  const argv = line === "" ? [] : line.split(" ");
  return parseServerArguments(argv, (path) => (path === "sodam.toml" ? toml : null));
}

function settings(toml: string, line = ""): ServerSettings {
  const given = read(toml, line);
  if (!("settings" in given)) throw new Error(JSON.stringify(given));
  return given.settings;
}

const HASH = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$aGFzaA";

test("what can change while the server runs is changed", () => {
  const operator = `[[operator]]\nname = "mina"\npassword-hash = "${HASH}"`;
  const after = reloadSettings(settings("guests = false"), read(`guests = true\n${operator}`));
  expect(after.said).toEqual([]);
  expect(after.settings?.guests).toBe(true);
  expect(after.settings?.operators).toEqual([{ name: "mina", passwordHash: HASH }]);
});

test("what takes a new start is said by name, and stays as it was", () => {
  const after = reloadSettings(
    settings("port = 7000\nmax-connections = 5"),
    read('port = 7001\nmax-connections = 6\nmotd = "new"'),
  );
  expect(after.said).toEqual([
    "port changes when the server is started again, and not before",
    "max-connections changes when the server is started again, and not before",
  ]);
  expect(after.settings).toMatchObject({ port: 7000, maxConnections: 5, motd: ["new"] });
});

test("flags stay above the file", () => {
  const line = "--sign-up closed";
  const after = reloadSettings(settings("", line), read('sign-up = "open"', line));
  expect(after.settings?.signUp).toBe("closed");
});

test("wrong settings change nothing, and are said", () => {
  const after = reloadSettings(settings("guests = true"), read("guests = 7"));
  expect(after).toEqual({
    settings: null,
    said: ["sodam.toml: guests = 7: must be yes or no"],
  });
});

test("the conversation takes times in milliseconds, and the digest of the server's password", () => {
  const given = settings("ping-seconds = 30\nvisitor-minutes = 2", "--server-password tea");
  const options = serverOptions(given, "1.2.3", (text) => `digest of ${text}`);
  expect(options).toMatchObject({
    version: "1.2.3",
    pingAfterMs: 30_000,
    visitorMs: 120_000,
    passwordDigest: "digest of tea",
  });
  expect(options).not.toHaveProperty("serverPassword");
});

test("--hash-password is a thing to show, whatever else is given", () => {
  expect(read("", "--hash-password")).toEqual({ show: "hash-password" });
  expect(read("hash-password = true")).toHaveProperty("refused");
});

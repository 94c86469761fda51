import { describe, expect, test } from "bun:test";
import { ClusterSettings } from "../../lib/server-process/node/cluster-settings.ts";
import { SettingsInForce } from "../../lib/server-process/settings-in-force.ts";
import { parseServerArguments, type ServerSettings } from "../../lib/settings/server-settings.ts";
import { SERVER_TABLE } from "../../lib/settings/server-table.ts";
import {
  decodeSharedSettings,
  differingSettings,
  isSharedSetting,
  sharedSettings,
} from "../../lib/settings/shared-settings.ts";
import { makeIds } from "../../lib/transport/ids.ts";

/** The settings that all nodes of a cluster share. */

const { digest } = makeIds();

function settingsOf(toml: string): ServerSettings {
  const parsed = parseServerArguments([], (path) => (path === "sodam.toml" ? toml : null));
  if (!("settings" in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.settings;
}

const HASH = `$argon2id$v=19$m=65536,t=2,p=1$${"a".repeat(22)}$${"b".repeat(43)}`;
const EVERYTHING = `
motd = "tea\\nand more tea"
server-password = "kettle on the stove"
dnsbl = ["dnsbl.example.org=login"]
exempt-networks = ["192.0.2.0/24"]
guests = true
sign-up = "open"
max-connections = 500
network = "Tea"
[[grade]]
name = "brewer"
rights = ["kick"]
[[operator]]
name = "boss"
password-hash = "${HASH}"
grade = "brewer"
`;

describe("shared settings", () => {
  test("are those that people feel, and not those of a machine", () => {
    const shared = Object.keys(SERVER_TABLE).filter(isSharedSetting);
    for (const name of ["motd", "sign-up", "guests", "create-rooms", "max-connections", "dnsbl"]) {
      expect(shared).toContain(name);
    }
    for (const name of ["host", "port", "public-host", "data", "certs", "nats", "log-level"]) {
      expect(shared).not.toContain(name);
    }
    expect(["operators", "grades", "server-password"].every(isSharedSetting)).toBe(true);
    expect(["constructor", "no-such-setting"].some(isSharedSetting)).toBe(false);
  });

  test("are read as they were written, and of the server's password only the digest is told", () => {
    for (const toml of ["", EVERYTHING]) {
      const shared = sharedSettings(settingsOf(toml), digest);
      const json = JSON.stringify(shared);
      expect(json).not.toContain("kettle on the stove");
      expect(decodeSharedSettings(JSON.parse(json))).toEqual(shared);
    }
  });

  test("leave out what this version doesn't know, or can't take", () => {
    const wrong = {
      ...{ guests: "perhaps", maxConnections: -1, motd: 7, operators: [{ name: "boss" }] },
      ...{ port: 1, shoeSize: 42, signUp: "by post", serverPassword: "plain text" },
    };
    expect(decodeSharedSettings({ ...wrong, replayLines: 5 })).toEqual({ replayLines: 5 });
    for (const value of [null, 7, "x", []]) expect(decodeSharedSettings(value)).toEqual({});
  });

  test("that differ are named as the settings file spells them", () => {
    const one = sharedSettings(settingsOf(EVERYTHING), digest);
    const other = sharedSettings(settingsOf('server-password = "another"'), digest);
    expect(differingSettings(one, other)).toEqual([
      ...["dnsbl", "exempt-networks", "grades", "guests", "max-connections", "motd", "network"],
      ...["operators", "server-password", "sign-up"],
    ]);
    expect(differingSettings(one, one)).toEqual([]);
    // An older node has fewer of them.
    expect(differingSettings(one, { guests: true })).toEqual([]);
  });
});

/** A node of a cluster, as far as its settings go. */
function nodeOf(name: string, toml: string) {
  const settings = new SettingsInForce(settingsOf(toml), []);
  const notes: string[] = [];
  const note = (_: string, text: string): void => void notes.push(text);
  return { settings, notes, shared: new ClusterSettings({ settings, node: name, digest, note }) };
}

describe("the settings of a cluster", () => {
  test("are those of the node that led first, on whoever follows and leads next", () => {
    const [a, b] = [nodeOf("a", 'motd = "of a"'), nodeOf("b", 'motd = "of b"\nguests = true')];
    a.shared.lead();
    const parts = a.shared.takeParts();
    expect(a.shared.takeParts()).toEqual([]);
    expect(b.shared.follow(parts)).toBe(true);
    expect(b.shared.follow(parts)).toBe(false);
    expect(b.settings.current).toMatchObject({ motd: ["of a"], guests: false });
    expect(b.shared.differing).toEqual(["guests", "motd"]);
    expect(b.notes).toEqual([
      "this node's own settings differ from the cluster's, which hold here, too: guests, motd",
    ]);
    b.shared.lead();
    expect(b.settings.current.motd).toEqual(["of a"]);
    expect(b.shared.takeParts()).toEqual([]);
    expect(a.shared.differing).toEqual([]);
  });

  test("are the own ones of a node that is started anew, if the cluster has those of that node", () => {
    const [before, after] = [nodeOf("a", 'motd = "old"'), nodeOf("a", 'motd = "new"')];
    before.shared.lead();
    after.shared.follow(before.shared.takeParts());
    expect(after.settings.current.motd).toEqual(["old"]);
    after.shared.lead();
    expect(after.settings.current.motd).toEqual(["new"]);
    expect(after.shared.takeParts()).toMatchObject([{ value: { settings: { motd: ["new"] } } }]);
  });

  test("become those of a leader that reads its own again", () => {
    const [a, b] = [nodeOf("a", 'motd = "of a"'), nodeOf("b", 'motd = "of b"')];
    a.shared.lead();
    b.shared.follow(a.shared.takeParts());
    b.shared.lead();
    b.shared.publish();
    expect(b.shared.differing).toEqual([]);
    a.shared.follow(b.shared.takeParts());
    expect(a.settings.current.motd).toEqual(["of b"]);
    expect(a.shared.differing).toEqual(["motd"]);
  });

  test("are not taken from what is none", () => {
    const { settings, shared } = nodeOf("a", 'motd = "of a"');
    for (const value of [null, 7, { settings: {} }]) {
      expect(shared.follow([{ key: "node:settings", value }])).toBe(false);
    }
    expect(shared.follow([{ key: "node:other", value: {} }])).toBe(false);
    expect(settings.current.motd).toEqual(["of a"]);
  });
});

import { expect, test } from "bun:test";
import type { AppPorts, SavedState } from "../../lib/app/app-ports.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { savePreferences } from "../../lib/app/saved/saved-preferences.ts";
import { fold } from "../../lib/protocol/names.ts";

/** One run of the client: the saved state before it, and after it. */
function run(kept: SavedState) {
  const memory = { kept };
  const ports = {
    now: () => 0,
    elapsed: () => 0,
    id: () => "id",
    after: () => () => {},
    get saved() {
      return memory.kept;
    },
    save(more: SavedState) {
      memory.kept = { ...memory.kept, ...more };
    },
    // It uses no other port.
    serverPassword: () => null,
  } as unknown as AppPorts;
  const link = { host: "Tea.test", port: 6697, fingerprint: null, invitation: null, room: null };
  const connection = new ServerConnection(ports, link);
  savePreferences(connection, ports);
  const comes = (text: string) => connection.session.receive({ kind: "text", text });
  const isMuted = (name: string) => connection.session.state.conversations.get(fold(name))?.muted;
  comes(":s 001 jun :hi");
  comes(":jun!u@h JOIN #Tea");
  return { memory, session: connection.session, comes, isMuted };
}

const SERVER = "tea.test:6697";
const TEA = fold("#tea");

test("a muted room is muted in the next run, until it is unmuted", () => {
  const first = run({ bell: true });
  expect(first.isMuted("#tea")).toBe(false);
  first.session.preferences.set(TEA, "level", "nothing");
  expect(first.memory.kept).toEqual({
    bell: true,
    muted: {},
    preferences: { [SERVER]: { "#tea level": "nothing" } },
  });
  const next = run(first.memory.kept);
  expect(next.isMuted("#tea")).toBe(true);
  next.comes(":jun!u@h RENAME #Tea #Green :");
  expect(next.memory.kept.preferences).toEqual({ [SERVER]: { "#green level": "nothing" } });
  next.session.preferences.set(fold("#green"), "level", "");
  expect(next.memory.kept.preferences).toEqual({ [SERVER]: {} });
});

test("what an earlier version has muted stays muted", () => {
  const client = run({ muted: { [SERVER]: ["#tea"], "other.test:6697": ["#tea"] } });
  expect(client.isMuted("#tea")).toBe(true);
  client.session.preferences.set("*", "highlight", "tea");
  expect(client.memory.kept).toEqual({
    muted: { "other.test:6697": ["#tea"] },
    preferences: { [SERVER]: { "#tea level": "nothing", "* highlight": "tea" } },
  });
});

test("a person stays muted under another nick, and a stranger under the old one isn't", () => {
  const client = run({});
  client.comes(":s 005 jun MONITOR=100 :are supported");
  client.comes(":bo!u@h PRIVMSG jun :hi");
  client.session.preferences.set(fold("bo"), "level", "nothing");
  client.comes(":bo!u@h NICK bob");
  expect(client.memory.kept.preferences).toEqual({ [SERVER]: { "bob level": "nothing" } });
  client.comes(":kim!u@h PRIVMSG jun :hi");
  client.comes(":s 731 jun :bob");
  client.comes(":kim!u@h NICK bob");
  expect(client.isMuted("bob (1)")).toBe(true);
  expect(client.isMuted("bob")).toBe(false);
  expect(client.memory.kept.preferences).toEqual({ [SERVER]: {} });
});

test("blocked people and words are those of this server alone, and are there in the next run", () => {
  const first = run({});
  first.session.preferences.setBlocked("kim!*@*", true);
  first.session.preferences.set("*", "spare", "spoiler");
  const next = run(first.memory.kept);
  next.comes(":kim!u@h PRIVMSG #Tea :one");
  next.comes(":bo!u@h PRIVMSG #Tea :a spoiler");
  next.comes(":bo!u@h PRIVMSG #Tea :two");
  const { lines = [], unread } = next.session.state.conversations.get(TEA) ?? {};
  expect(lines.map(({ folded }) => folded)).toEqual(["blocked", "spared", null]);
  expect(unread).toBe(1);
});

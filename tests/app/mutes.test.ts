import { expect, test } from "bun:test";
import type { AppPorts, SavedState } from "../../lib/app/app-ports.ts";
import { ServerConnection } from "../../lib/app/connection/server-connection.ts";
import { saveMutes } from "../../lib/app/saved/mutes.ts";
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
  saveMutes(connection, ports);
  const comes = (text: string) => connection.session.receive({ kind: "text", text });
  const isMuted = (name: string) => connection.session.state.conversations.get(fold(name))?.muted;
  comes(":s 001 jun :hi");
  comes(":jun!u@h JOIN #Tea");
  return { memory, session: connection.session, comes, isMuted };
}

test("a muted room is muted in the next run, until it is unmuted", () => {
  const first = run({ bell: true });
  expect(first.isMuted("#tea")).toBe(false);
  first.session.setMuted(fold("#tea"), true);
  expect(first.memory.kept).toEqual({ bell: true, muted: { "tea.test:6697": ["#tea"] } });
  const next = run(first.memory.kept);
  expect(next.isMuted("#tea")).toBe(true);
  next.comes(":jun!u@h RENAME #Tea #Green :");
  expect(next.memory.kept.muted).toEqual({ "tea.test:6697": ["#green"] });
  next.session.setMuted(fold("#green"), false);
  expect(next.memory.kept.muted).toEqual({ "tea.test:6697": [] });
});

test("a person stays muted under another nick, and a stranger under the old one isn't", () => {
  const client = run({});
  client.comes(":s 005 jun MONITOR=100 :are supported");
  client.comes(":bo!u@h PRIVMSG jun :hi");
  client.session.setMuted(fold("bo"), true);
  client.comes(":bo!u@h NICK bob");
  expect(client.memory.kept.muted).toEqual({ "tea.test:6697": ["bob"] });
  client.comes(":kim!u@h PRIVMSG jun :hi");
  client.comes(":s 731 jun :bob");
  client.comes(":kim!u@h NICK bob");
  expect(client.isMuted("bob (1)")).toBe(true);
  expect(client.isMuted("bob")).toBe(false);
  expect(client.memory.kept.muted).toEqual({ "tea.test:6697": [] });
});

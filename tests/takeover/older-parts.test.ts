import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** A node that starts has files that may be newer than its soft state: it follows what comes after that once more. */

test("an account keeps its nick when the parts still have the guest who signed up by it", () => {
  const town = new Scene();
  const mina = town.person("mina");
  const { identity } = mina.session.user ?? {};
  const guest = {
    identity: { ...identity, account: null, accountId: null },
    ...{ modes: "", rooms: [] },
  };
  const { takeover, state } = town.server;
  takeover.follow({ changes: [], parts: [["user:guest 9", { guest }]], upMs: 0 });
  expect(`${mina.session.user?.nick}`).toBe("mina");
  takeover.follow({ changes: [], parts: [["user:guest 9", null]], upMs: 0 });
  expect(state.users.byKey("guest 9")).toBeNull();
  expect(mina.says("PING :x").hears().at(-1)).toBe(":tea.test PONG tea.test x");
  expect(`${mina.session.user?.nick}`).toBe("mina");
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Client, ClientKind } from "./client.ts";
import { IRSSI } from "./irssi.ts";
import type { Peer } from "./peer.ts";
import { ROOM, Stage } from "./stage.ts";
import { WEECHAT } from "./weechat.ts";

const KINDS: readonly ClientKind[] = [WEECHAT, IRSSI];

describe("WeeChat and irssi on a server that is replaced while they talk", () => {
  const stage = new Stage("--gateways", "2");
  const people: { kind: ClientKind; client: Client }[] = [];
  let mina: Peer;

  beforeAll(async () => {
    mina = await stage.open();
    mina.says("INVITATION CREATE *");
    const invitation = (await mina.hears("INVITATION CREATED")).split(" ")[4] ?? null;
    for (const kind of KINDS) {
      const client = await kind.start(stage, { ...stage.server.link, invitation });
      people.push({ kind, client });
      await client.signUp();
      await client.screen.types(`/join ${ROOM}`);
      await mina.hears(`JOIN ${ROOM}`);
      await client.goTo(ROOM);
    }
  });
  afterAll(() => stage.end());

  for (const args of [[], ["--gateways"], []]) {
    test(`they notice nothing of "${["upgrade", ...args].join(" ")}"`, async () => {
      for (const { client } of people) await client.clear();
      const upgrading = stage.server.upgrade(...args);
      for (const { kind, client } of people)
        await client.screen.types(`${kind.name}: 지금 바꾸는 중`);
      expect(await upgrading).toContain("Nobody was disconnected.");
      for (const { kind, client } of people) await client.screen.types(`${kind.name}: 다 바꿨음`);
      for (const reader of people) {
        for (const { kind } of people) {
          for (const text of ["지금 바꾸는 중", "다 바꿨음"]) {
            await reader.client.screen.shows(`${kind.name}: ${text}`);
            expect(await reader.client.screen.count(`${kind.name}: ${text}`)).toBe(1);
          }
        }
        expect(await reader.client.screen.count("has quit")).toBe(0);
      }
    });
  }
});

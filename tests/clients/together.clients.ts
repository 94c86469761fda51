import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CATGIRL } from "./catgirl.ts";
import type { Client, ClientKind } from "./client.ts";
import { IRSSI } from "./irssi.ts";
import type { Peer } from "./peer.ts";
import { ROOM, Stage } from "./stage.ts";
import { WEECHAT } from "./weechat.ts";

const KINDS: readonly ClientKind[] = [WEECHAT, IRSSI, CATGIRL];

describe("WeeChat, irssi and catgirl in one room", () => {
  const stage = new Stage();
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

  test("each message is shown once in all other clients, under the right nick", async () => {
    for (const { kind, client } of people) {
      await client.screen.types(`저는 ${kind.name} 쓰는 ${kind.nick}`);
      await mina.hears(`저는 ${kind.name} 쓰는 ${kind.nick}`);
    }
    for (const reader of people) {
      for (const { kind } of people) {
        const row = await reader.client.screen.shows(`저는 ${kind.name} 쓰는`);
        expect(row.split(kind.nick)).toHaveLength(3);
        expect(await reader.client.screen.count(`저는 ${kind.name} 쓰는`)).toBe(1);
      }
    }
  });

  test("after the server was killed and restarted, all of them meet in the room again", async () => {
    for (const { client } of people) {
      await client.willLogIn("PLAIN");
      await client.goTo("server");
      await client.leave();
      await client.comeBack();
    }
    mina.end();
    mina = await stage.killAndStart();
    for (const { kind, client } of people) {
      mina.says(`MONITOR + ${kind.nick}`);
      await mina.hears(new RegExp(` 730 mina :?${kind.nick}!`));
      await client.goTo(ROOM);
    }
    for (const { kind, client } of people) await client.screen.types(`${kind.nick} 다시 왔음`);
    for (const reader of people) {
      for (const { kind } of people) await reader.client.screen.shows(`${kind.nick} 다시 왔음`);
    }
  });
});

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { parseRoomName } from "../../lib/protocol/names.ts";
import { formatLink } from "../../lib/protocol/server-link.ts";
import { Person } from "../e2e/person.ts";
import { Folder } from "../e2e/program.ts";
import type { Client, ClientKind } from "./client.ts";
import { IRSSI } from "./irssi.ts";
import type { Peer } from "./peer.ts";
import { ROOM, Stage } from "./stage.ts";
import { WEECHAT } from "./weechat.ts";

const KINDS: readonly ClientKind[] = [WEECHAT, IRSSI];
const OURS = "민수";
const UPGRADES = [[], ["--gateways"], []];

describe("WeeChat, irssi and our client on a server that is replaced while they talk", () => {
  const stage = new Stage("--gateways", "2");
  const folder = new Folder();
  const people: { kind: ClientKind; client: Client }[] = [];
  let ours: Person;
  let mina: Peer;

  beforeAll(async () => {
    mina = await stage.open();
    mina.says("INVITATION CREATE *");
    const invitation = (await mina.hears("INVITATION CREATED")).split(" ")[4] ?? null;
    const link = { ...stage.server.link, invitation };
    for (const kind of KINDS) {
      const client = await kind.start(stage, link);
      people.push({ kind, client });
      await client.signUp();
      await client.screen.types(`/join ${ROOM}`);
      await mina.hears(`JOIN ${ROOM}`);
      await client.goTo(ROOM);
    }
    ours = new Person(OURS, formatLink({ ...link, room: parseRoomName(ROOM) }), folder);
    await ours.signsUp();
    await mina.hears(`${OURS}!`);
  });
  afterAll(async () => {
    ours?.[Symbol.dispose]();
    await stage.end();
    folder[Symbol.dispose]();
  });

  /** How often our client has connected, or tried to. */
  const connects = (): number => ours.screen.written.split(ko.screen.connecting).length - 1;
  const rowsOfOurs = (text: string): number =>
    ours.screen.rows().filter((row) => row.endsWith(` ${text}`)).length;

  for (const [index, args] of UPGRADES.entries()) {
    test(`they notice nothing of "${["upgrade", ...args].join(" ")}"`, async () => {
      const texts = [`지금 바꾸는 중 ${index}`, `다 바꿨음 ${index}`];
      const before = connects();
      const say = async (text: string | undefined): Promise<void> => {
        for (const { kind, client } of people) await client.screen.types(`${kind.name}: ${text}`);
        ours.types(`${OURS}: ${text}`);
      };
      for (const { client } of people) await client.clear();
      const upgrading = stage.server.upgrade(...args);
      await say(texts[0]);
      expect(await upgrading).toContain("Nobody was disconnected.");
      await say(texts[1]);
      const names = [...KINDS.map(({ name }) => name), OURS];
      for (const said of names.flatMap((name) => texts.map((text) => `${name}: ${text}`))) {
        for (const { client } of people) {
          await client.screen.shows(said);
          expect(await client.screen.count(said)).toBe(1);
        }
        await ours.screen.until(() => rowsOfOurs(said) > 0);
        expect(rowsOfOurs(said)).toBe(1);
      }
      for (const { client } of people) expect(await client.screen.count("has quit")).toBe(0);
      expect(connects()).toBe(before);
    });
  }
});

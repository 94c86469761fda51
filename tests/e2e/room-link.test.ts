import { afterAll, beforeAll, expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { type Running, serverLink, signUp, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";
import type { Stranger } from "./stranger.ts";

/** Links that name a room. Jun is in it, and hears who comes. */

const folder = new Folder();
let server: Running;
let jun: Stranger;

beforeAll(async () => {
  server = await startServer(folder, ["--guests", "--sign-up", "open"]);
  jun = await signUp(server, "jun");
  for (const room of ["#tea", "#수다방", "#vault"]) jun.says(`JOIN ${room}`);
  await jun.hears(/ 366 \S+ #vault/);
  jun.says("MODE #vault +i");
  await jun.hears(/MODE #vault \+i/);
});

afterAll(async () => {
  await jun[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

test("a guest who opens a link lands in its room", async () => {
  using guest = new Person("손님", `${serverLink(server)}/room-tea`, folder);
  // Entering as a guest is chosen already.
  await guest.answers(ko.menu.title("127.0.0.1"), "");
  await guest.answers(ko.guest.name, "손님");
  await jun.hears(/:손님!\S+ JOIN #tea/);
  await guest.says("안녕하세요");
  await jun.hears(/:손님!\S+ PRIVMSG #tea :안녕하세요/);
}, 30_000);

test("who signs up by a link lands in its room, and makes such a link there", async () => {
  const link = `${serverLink(server)}/invite-x/room64-7IiY64uk67Cp`;
  using mina = new Person("민아", link, folder);
  await mina.signsUp();
  await jun.hears(/:민아!\S+ JOIN #수다방/);
  await mina.says("왔어요");
  mina.types("/링크");
  await mina.isTold(new RegExp(`bun client.ts ${serverLink(server)}/room64-7IiY64uk67Cp`));
  // Copied, which the chat then says.
  mina.types("\x1b[B");
  await mina.isTold(new RegExp(ko.pointing.copied));
  expect(mina.screen.written).toContain("\x1b]52;c;");
  mina.types("/종료");
  expect(await mina.screen.exited).toBe(0);

  // A link leads a member of one room into another at once.
  using later = new Person("민아", `${serverLink(server)}/room-tea`, folder);
  await jun.hears(/:민아!\S+ JOIN #tea/);
  await later.says("여기도요");
  await jun.hears(/PRIVMSG #tea :여기도요/);
}, 30_000);

test("a link into a room that isn't open leads to the rooms, and says why", async () => {
  using hana = new Person("하나", `${serverLink(server)}/room-vault`, folder);
  await hana.answers(ko.menu.title("127.0.0.1"), "");
  await hana.answers(ko.guest.name, "하나");
  await hana.isTold(/초대/);
  await hana.answers(ko.rooms.title("하나"), "\x03");
}, 30_000);

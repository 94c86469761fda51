import { expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { serverLink, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** A user in the rooms menu sees what arrives meanwhile. */

const { menu, rooms } = ko;
const DOWN = "\x1b[B";

test("the open menu shows a new invitation and a new message, and enters by them", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "개발팀");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, DOWN);
  minsu.types("/초대장 new");
  const invitation = await minsu.isTold(/sodam:\/\/\S+\/invite-[\w-]+/);
  await minsu.answers(menu.whenRead, "");

  using jieun = new Person("지은", invitation, folder);
  await jieun.signsUp();
  await jieun.reads(new RegExp(`● ${rooms.find}`));
  // Only its owner invites people to a server.
  const screen = jieun.screen.rows().join("\n");
  expect(screen).not.toContain(rooms.invite);
  minsu.types("/초대 지은");
  await jieun.reads(/○ #개발팀 — 민수 님이 초대했습니다/);
  // The selection has stayed on its choice.
  await jieun.reads(new RegExp(`● ${rooms.find}`));
  minsu.types("/msg 지은 들어와요");
  await jieun.reads(/○ @민수 · /);
  await jieun.reads(new RegExp(`● ${rooms.find}`));
  expect(jieun.screen.rows().filter((row) => row.includes(rooms.title("지은")))).toHaveLength(1);
  // The server still knows the invitation, and who made it, when the client has been restarted.
  jieun.screen.type("\x1b[A\x03");
  await jieun.answers(rooms.quitAsk, "\x03");
  await jieun.screen.exited;
  using back = new Person("지은", serverLink(server), folder);
  await back.reads(/● @민수/);
  await back.reads(/○ #개발팀 — 민수 님이 초대했습니다/);
  await back.answers(rooms.title("지은"), DOWN);
  await back.reads(/\[개발팀\]/);
}, 60_000);

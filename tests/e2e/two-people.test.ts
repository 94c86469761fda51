import { expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { serverLink, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** Two people, each in a terminal of their own, from the owner's link to a client that is killed. */

const { menu, signUp, rooms } = ko;

test("two people sign up by links and talk; one whose client is killed misses nothing", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.isTold(new RegExp(RegExp.escape(signUp.owner)));
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "수다방");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("안녕하세요, 여러분");

  minsu.types("/초대장 new");
  const invitation = await minsu.isTold(/sodam:\/\/\S+\/invite-\w+/);
  expect(invitation).toContain(serverLink(server));
  // Not the bare link: a shell would cut it at its &.
  await minsu.isTold(/bun client\.ts sodam:\/\/\S+\/invite-[\w-]+/);
  await minsu.answers(menu.whenRead, "");

  const jieun = new Person("지은", invitation, folder);
  await jieun.signsUp();
  await jieun.answers(rooms.title("지은"), "");
  await jieun.answers(rooms.which, "");
  await jieun.reads(/민수 +안녕하세요, 여러분/);
  await jieun.says("반가워요 👋");
  await minsu.reads(/지은 +반가워요 👋/);
  jieun.screen.kill("SIGKILL");
  await jieun.screen.exited;
  jieun[Symbol.dispose]();
  await minsu.says("어디 갔어요?");

  // The device is remembered: no password, and the room is still theirs.
  using back = new Person("지은", serverLink(server), folder);
  await back.answers(rooms.title("지은"), "");
  await back.reads(/민수 +어디 갔어요\?/);
  await back.says("돌아왔어요");
  await minsu.reads(/지은 +돌아왔어요/);
  for (const person of [minsu, back]) {
    person.types("/quit");
    expect(await person.screen.exited).toBe(0);
  }
}, 60_000);

import { test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** One account on two devices, each with a configuration folder of its own. */

const { menu, rooms, logIn, receipts, firstContact, screen } = ko;

test("a second device that has just trusted the server lists the direct conversations, read ones too", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  minsu.types("/초대장 new");
  const invitation = await minsu.isTold(/sodam:\/\/\S+\/invite-\w+\S*/);
  await minsu.answers(menu.whenRead, "");
  using jieun = new Person("지은", invitation, folder);
  await jieun.signsUp();
  await jieun.reads(new RegExp(RegExp.escape(screen.connected)));
  minsu.types("/msg 지은");
  await minsu.reads(/^\[지은\]/);
  await minsu.says("내일 봐요");

  // Only the address: the certificate is unknown here, and is trusted first.
  using laptop = new Person("민수의 노트북", `127.0.0.1:${server.port}`, folder);
  await laptop.answers(firstContact.ask, "");
  await laptop.answers(menu.title("127.0.0.1"), "");
  await laptop.answers(logIn.account, "민수");
  await laptop.answers(logIn.password, "correct horse 말");
  await laptop.answers(logIn.remember, "");
  await laptop.answers(receipts.ask, "");
  await laptop.reads(/dm:지은/);
}, 60_000);

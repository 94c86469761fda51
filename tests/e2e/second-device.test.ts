import { test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { signUp, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** One account on two devices, each with a configuration folder of its own. */

const { menu, rooms, logIn, firstContact, screen, attention } = ko;

/** Logs an account in on a device that doesn't know the server yet. */
async function logsIn(laptop: Person, account: string): Promise<void> {
  // Only the address: the certificate is unknown here, and is trusted first.
  await laptop.answers(firstContact.ask, "");
  await laptop.answers(menu.title("127.0.0.1"), "");
  await laptop.answers(logIn.account, account);
  await laptop.answers(logIn.password, "correct horse 말");
  await laptop.answers(logIn.remember, "");
}

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

  using laptop = new Person("민수의 노트북", `127.0.0.1:${server.port}`, folder);
  await logsIn(laptop, "민수");
  await laptop.reads(/[○●] @지은/);
}, 60_000);

test("blocked people, words, levels, the order of rooms and shared drafts are the same on two devices", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  minsu.types("/create 밥");
  await minsu.reads(/^\[밥\]/);
  using laptop = new Person("민수의 노트북", `127.0.0.1:${server.port}`, folder);
  await logsIn(laptop, "민수");
  await laptop.answers(rooms.title("민수"), "");
  await laptop.reads(/^\[차\]/);
  await using jieun = await signUp(server, "지은");
  jieun.says("JOIN #차");
  await jieun.hears(/ 366 /);

  // Blocked on one device: folded away on both, before and after, until it is opened.
  jieun.says("PRIVMSG #차 :첫 광고");
  await laptop.reads(/지은 +첫 광고/);
  minsu.types("/차단 지은");
  await minsu.reads(new RegExp(RegExp.escape(attention.blocked("지은", true))));
  await laptop.reads(new RegExp(RegExp.escape(screen.hidden.blocked(1))));
  jieun.says("PRIVMSG #차 :@민수 둘째 광고");
  await laptop.reads(new RegExp(RegExp.escape(screen.hidden.blocked(2))));
  laptop.screen.type("\x1b[1;5A");
  await laptop.reads(/▸ . 차단한 사람/);
  laptop.types("");
  await laptop.reads(/지은 +▸ 첫 광고/);
  laptop.screen.type("f");
  await laptop.reads(new RegExp(RegExp.escape(screen.hidden.blocked(2))));
  laptop.screen.type("\x1b");
  await laptop.screen.until(() => !laptop.screen.rows().some((row) => row.includes("▸ ·")));
  laptop.types("/차단해제 지은");
  await laptop.reads(/지은 +첫 광고/);

  // The order of the rooms, the level and the words.
  laptop.types("/이동 아래");
  await minsu.reads(/^▸1 밥/);
  await laptop.reads(/^▸2 차/);
  laptop.types("/알림 끔");
  await minsu.reads(/^ 2 차 .*🔕/);
  laptop.types("/강조 배포");
  await laptop.reads(new RegExp(RegExp.escape(attention.words.highlight.list("배포"))));
  minsu.types("/강조");
  await minsu.reads(new RegExp(RegExp.escape(attention.words.highlight.list("배포"))));

  // A draft that both devices share.
  for (const device of [minsu, laptop]) {
    device.types("/set share-drafts yes");
    await device.reads(/share-drafts/);
  }
  laptop.screen.type("쓰다 만 글");
  await laptop.reads(/^\[차\] 쓰다 만 글/);
  minsu.screen.type("\x1b2");
  await minsu.reads(/^\[차\] 쓰다 만 글/);
}, 60_000);

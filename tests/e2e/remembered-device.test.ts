import { expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { serverLink, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** What a device that logs in by itself asks and says when its user comes back. */

const { menu, rooms, logIn, logOut, guest, firstContact, security } = ko;
const DOWN = "\x1b[B";

/** Leaves the program from its menu. */
async function quits(person: Person): Promise<void> {
  person.screen.type("\x03");
  await person.answers(rooms.quitAsk, "\x03");
  await person.screen.exited;
}

test("a device is warned of another new one, in words, and never of itself", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using desktop = new Person("민수", server.link, folder);
  await desktop.signsUp();
  await desktop.reads(new RegExp(`◆.*${RegExp.escape(rooms.title("민수"))}`));
  await quits(desktop);
  {
    using laptop = new Person("노트북", `127.0.0.1:${server.port}`, folder);
    await laptop.answers(firstContact.ask, "");
    await laptop.answers(menu.title("127.0.0.1"), "");
    await laptop.answers(logIn.account, "민수");
    await laptop.answers(logIn.password, "correct horse 말");
    // What is asked once for a person is not asked on a second device.
    await laptop.answers(logIn.remember, "");
    await laptop.reads(new RegExp(`◆.*${RegExp.escape(rooms.title("민수"))}`));
    await quits(laptop);
  }
  using again = new Person("노트북", "", folder);
  await again.reads(new RegExp(`◆.*${RegExp.escape(rooms.title("민수"))}`));
  expect(again.screen.rows().join("\n")).not.toContain(security.device.slice(0, 20));
  using back = new Person("민수", "", folder);
  // "2026년 11월 30일 오후 7:14: 새 기기가 …"
  await back.reads(/\d년 \d+월 \d+일 오[전후] \d+:\d\d: 새 기기가/);
}, 60_000);

test("after a log-out that keeps the device, one Enter logs in again", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  // Up from the second entry, to the one before the last.
  await minsu.answers(rooms.title("민수"), "\x1b[A\x1b[A\x1b[A");
  await minsu.answers(logOut.ask, "");
  await minsu.reads(new RegExp(`● ${RegExp.escape(menu.logInAs("민수"))}`));
  await minsu.answers(menu.title("127.0.0.1"), "");
  await minsu.reads(new RegExp(`◆.*${RegExp.escape(rooms.title("민수"))}`));
}, 60_000);

test("a guest finds the name that they had", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--guests", "--sign-up", "open"]);
  for (const typed of ["나그네", ""]) {
    using visitor = new Person("손님", serverLink(server), folder);
    await visitor.answers(menu.title("127.0.0.1"), `${DOWN}${DOWN}`);
    await visitor.answers(guest.name, typed);
    await visitor.reads(new RegExp(`◆.*${RegExp.escape(rooms.title("나그네"))}`));
    await quits(visitor);
  }
}, 60_000);

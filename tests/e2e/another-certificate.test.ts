import { expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { fingerprintEnd } from "../../lib/protocol/fingerprint.ts";
import { serverLink, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** A server that is started again with another certificate, and then as it was. */

const { confirm, rooms, screen } = ko;

test("another certificate is told all the time, and nothing that was typed meanwhile is lost", async () => {
  using folder = new Folder();
  const right = await startServer(folder);
  const link = serverLink(right);
  const again = ["--port", String(right.port)];
  using mina = new Person("민아", right.link, folder);
  await mina.signsUp();
  await mina.answers(rooms.title("민아"), "");
  await mina.answers(rooms.newName, "수다방");
  await mina.answers(rooms.topicOf, "");
  await mina.answers(rooms.publicly, "");
  await mina.says("안녕하세요");
  await right[Symbol.asyncDispose]();

  const wrong = await startServer(folder, [...again, "--certs", folder.at("other certs")]);
  mina.types("/다시연결");
  const lasting = new RegExp(RegExp.escape(screen.trouble.changed));
  await mina.reads(lasting);
  await mina.isTold(/인증서가 전과 다릅니다/);
  mina.types("들리나요?");
  await mina.reads(/⏳ +(?:나 +)?들리나요\?/);
  await mina.reads(lasting);
  mina.types("/종료");
  expect(await mina.screen.exited).toBe(0);
  expect(mina.screen.rows().join("\n")).toContain(rooms.unsentKept(1));
  await wrong[Symbol.asyncDispose]();

  await using back = await startServer(folder, again);
  using later = new Person("민아", link, folder);
  await later.answers(rooms.title("민아"), "");
  // It stands in the input line; Enter sends it, and then it is no draft any more.
  await later.reads(/\[수다방\] 들리나요\?/);
  later.types("");
  await later.reads(/✓ +(?:나 +)?들리나요\?/);
  await back[Symbol.asyncDispose]();

  // One who stays is back by themselves, or at once when they ask for it.
  await using other = await startServer(folder, [...again, "--certs", folder.at("other certs")]);
  later.types("/다시연결");
  await later.reads(lasting);
  later.types("여보세요?");
  await later.reads(/⏳ +(?:나 +)?여보세요\?/);
  await other[Symbol.asyncDispose]();
  await using last = await startServer(folder, again);
  later.types("/다시연결");
  await later.reads(/✓ +(?:나 +)?여보세요\?/);
  later.types("/종료");
  expect(await later.screen.exited).toBe(0);
  expect(later.screen.rows().join("\n")).not.toContain("보내지 못한");
  expect(last.port).toBe(right.port);
}, 60_000);

test("a server with a new certificate is gone on with once the end of its fingerprint is typed", async () => {
  using folder = new Folder();
  const first = await startServer(folder);
  const again = ["--port", String(first.port), "--certs", folder.at("other certs")];
  using mina = new Person("민아", first.link, folder);
  await mina.signsUp();
  await mina.answers(rooms.title("민아"), "");
  await mina.answers(rooms.newName, "수다방");
  await mina.answers(rooms.topicOf, "");
  await mina.answers(rooms.publicly, "");
  await mina.says("안녕하세요");
  await first[Symbol.asyncDispose]();

  await using second = await startServer(folder, again);
  mina.types("/다시연결");
  await mina.reads(new RegExp(RegExp.escape(screen.trouble.changed)));
  mina.types("/신뢰 0000 0000 0000 0000");
  await mina.isTold(/지금 보이는 인증서와 맞지 않습니다/);
  mina.types(`/신뢰 ${fingerprintEnd(second.fingerprint).toUpperCase()}`);
  mina.types("새 인증서로");
  await mina.reads(/✓ +(?:나 +)?새 인증서로/);
  mina.types("/종료");
  expect(await mina.screen.exited).toBe(0);

  // The host alone is enough from now on.
  using later = new Person("민아", `127.0.0.1:${first.port}`, folder);
  await later.answers(rooms.title("민아"), "");
  await later.reads(/새 인증서로/);
}, 60_000);

test("a link with another certificate than the remembered one is asked about, by default no", async () => {
  using folder = new Folder();
  const first = await startServer(folder);
  const again = ["--port", String(first.port), "--certs", folder.at("other certs")];
  using mina = new Person("민아", first.link, folder);
  await mina.signsUp();
  await mina.answers(rooms.title("민아"), "\u001b");
  mina.screen.end();
  await first[Symbol.asyncDispose]();

  await using second = await startServer(folder, again);
  const forged = serverLink(second);
  using warned = new Person("민아", forged, folder);
  await warned.reads(/위조된 링크도 이렇게 보입니다/);
  await warned.answers(confirm.askLink, "");
  await warned.reads(new RegExp(ko.menu.tryAgain));
  warned.screen.end();

  // The answer was no, so it is asked again.
  using sure = new Person("민아", forged, folder);
  await sure.screen.until(() => sure.screen.rows().some((row) => row.includes(confirm.askLink)));
  sure.screen.type("y");
  await sure.reads(new RegExp(ko.rooms.title("민아")));
}, 60_000);

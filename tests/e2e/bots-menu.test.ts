import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { ko } from "../../lib/app/i18n/ko.ts";
import { serverLink, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { CLIENT, Folder, run } from "./program.ts";

/** The pages of bots and of invitations, opened from the chat, and what a bot's tokens are good for. */

const { menu, rooms, bots, profile } = ko;
const TOKEN = /sodam-bot-[a-z0-9]+/;

test("/봇 makes a bot and shows its token once, makes another token, and removes it after a question", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "배포");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("안녕하세요");
  const send = async (token: string, text: string): Promise<number> => {
    writeFileSync(folder.at("token"), token);
    const args = ["send", "#배포", text, "--account", "배포봇", "--password-file", "token"];
    return (await run([...CLIENT, serverLink(server), ...args], { cwd: folder.path })).code;
  };
  // Other questions begin with the same words.
  const chooses = async (question: string, keys: string): Promise<void> => {
    await minsu.reads(new RegExp(`^◆ +${question}$`));
    minsu.types(keys);
  };

  minsu.types("/봇");
  await chooses(bots.title, "");
  await minsu.answers(bots.name, "배포봇");
  // Without the room's sign.
  await minsu.answers(bots.rooms, "배포");
  await minsu.answers(bots.rights, " fly");
  await minsu.reads(/"fly" 권한은 없습니다/);
  minsu.types("\x7f\x7f\x7f\x7f\r");
  await minsu.answers(profile.currentPassword, "correct horse 말");
  const first = await minsu.isTold(TOKEN);
  await minsu.answers(menu.whenRead, "");
  expect(await send(first, "봇입니다")).toBe(0);
  await minsu.reads(/배포봇 +봇입니다/);

  minsu.types("/봇");
  await chooses(bots.title, "\x1b[B");
  await chooses("배포봇", "");
  await minsu.answers(profile.currentPassword, "correct horse 말");
  const second = await minsu.isTold(new RegExp(`(?!${first})${TOKEN.source}`));
  await minsu.answers(menu.whenRead, "");
  expect(await send(first, "옛 토큰")).toBe(3);
  expect(await send(second, "새 토큰")).toBe(0);
  await minsu.reads(/새 토큰/);

  // Without the right to read, it is told why it gets nothing.
  const args = [
    "export",
    "#배포",
    "--account",
    "배포봇",
    "--password-file",
    "token",
    "--lang",
    "ko",
  ];
  const told = await run([...CLIENT, serverLink(server), ...args], { cwd: folder.path });
  expect(told.stderr).toContain(`대화 기록을 읽지 못했습니다. ${ko.failures.BOT_NOT_ALLOWED("")}`);

  // Whoever only looks is back in the chat at once.
  minsu.types("/봇");
  await chooses(bots.title, "\x1b[B\x1b[B");
  await minsu.says("보기만 했어요");

  minsu.types("/bots");
  await chooses(bots.title, "\x1b[B");
  await chooses("배포봇", "\x1b[B");
  await minsu.answers(bots.removeAsk("배포봇"), "\x1b[D");
  await minsu.isTold(new RegExp(RegExp.escape(bots.removed("배포봇"))));
  await minsu.answers(menu.whenRead, "");
  expect(await send(second, "없는 봇")).toBe(3);
}, 60_000);

test("the link that the page of /초대장 makes stays on the screen until it was read", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "배포");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("안녕하세요");
  minsu.types("/초대장");
  await minsu.reads(new RegExp(`^◆ +${profile.invitations}$`));
  minsu.types("");
  await minsu.answers(profile.invitationUses, "3");
  await minsu.answers(profile.invitationHours, "");
  await minsu.isTold(/invite-[a-z0-9]+/);
  await minsu.answers(menu.whenRead, "");
  minsu.types("보냈어요");
  await minsu.reads(/✓ +보냈어요/);
}, 60_000);

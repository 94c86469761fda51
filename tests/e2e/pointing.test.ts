import { expect, test } from "bun:test";
import { ko } from "../../lib/app/i18n/ko.ts";
import { startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** Two people who point at messages: keys, the mouse, the clipboard, a thread, and a person's menu. */

const { menu, rooms, screen, pointing, person } = ko;
const CTRL_UP = "\x1b[1;5A";
const ESCAPE = "\x1b";

/** Presses a key that has to arrive by itself, and waits for what it brings. */
async function press(who: Person, key: string, row: RegExp): Promise<void> {
  who.screen.type(key);
  await who.reads(row);
}

test("what one points at is answered, edited, reacted to, copied and moderated, for all to see", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder, { TMUX: "" });
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("금요일에 배포할까요?");
  minsu.types("/초대장 new");
  const invitation = await minsu.isTold(/sodam:\/\/\S+\/invite-\w+\S*/);
  await minsu.answers(menu.whenRead, "");
  using jieun = new Person("지은", invitation, folder);
  await jieun.signsUp();
  await jieun.reads(/민수 +금요일에 배포할까요\?/);

  // A reply by the key on the selected message, with the Hangul layout on.
  await press(jieun, CTRL_UP, /▸ 금요일에 배포할까요\?/);
  await jieun.reads(new RegExp(`r ${pointing.actions.reply} `));
  await press(jieun, "ㄱ", /↳ 민수: 금요일에/);
  jieun.types("네");
  await minsu.reads(/지은 +↳ 나: 금요일에 배포할까요\?/);
  await jieun.reads(/[✓1] +나 +↳ 민수: 금요일에/);

  // An edit and a reaction.
  await press(jieun, CTRL_UP, /▸ 네/);
  await press(jieun, "e", new RegExp(RegExp.escape(screen.editing)));
  jieun.types(", 좋아요");
  await minsu.reads(/네, 좋아요 \(수정됨\)/);
  await press(minsu, CTRL_UP, /▸ 네, 좋아요/);
  await press(minsu, "👍", /👍 1/);
  await jieun.reads(/👍 1/);

  // The click that brings the window to the front selects nothing, so that what is typed then is typed.
  const shown = await minsu.screen.sees("네, 좋아요");
  minsu.screen.type(`\x1b[O\x1b[I\x1b[<0;60;${shown + 1}M`);
  await minsu.says("pdr 다시 왔어요");
  await press(minsu, `${CTRL_UP}`, /▸ pdr 다시 왔어요/);
  await press(minsu, "k", /▸ 네, 좋아요/);
  minsu.screen.type(ESCAPE);
  await minsu.screen.until(() => !minsu.screen.rows().some((row) => row.includes("▸ ")));

  // The clipboard.
  await press(minsu, `${CTRL_UP}k`, /▸ 네, 좋아요/);
  await press(minsu, "c", new RegExp(RegExp.escape(pointing.copied)));
  expect(minsu.screen.written).toContain(
    `\x1b]52;c;${Buffer.from("네, 좋아요").toString("base64")}\x07`,
  );

  // A thread, entered by Enter on its first message, and left by Escape.
  await press(minsu, `${CTRL_UP}g`, /▸ 금요일에 배포할까요\?/);
  await press(minsu, "\r", /#차 ⤷ 나: 금요일에 배포할까요\? · 답글 1개 +Esc #차/);
  await minsu.reads(/^\[차 ⤷ 금요일에 배포할/);
  await minsu.says("그럼 17시에");
  await press(minsu, ESCAPE, /^\[차\]/);
  await jieun.reads(/⤷ 답글 2개/);

  // A click on the number of replies.
  const row = await jieun.screen.sees("⤷ 답글 2개");
  const column = Bun.stringWidth((jieun.screen.rows()[row] ?? "").split("⤷")[0] ?? "");
  await press(jieun, `\x1b[<0;${column + 2};${row + 1}M`, /#차 ⤷ 민수: 금요일에/);
  await press(jieun, ESCAPE, /^\[차\]/);

  // Moderation from a person's menu, in sentences.
  minsu.types("/사람메뉴 지은");
  const mute = new RegExp(`(\\d) +${RegExp.escape(person.acts.mute)}`);
  await minsu.reads(mute);
  const [, digit = ""] = mute.exec(minsu.screen.rows().join("\n")) ?? [];
  await press(minsu, digit, /10분/);
  await press(minsu, "1", new RegExp(RegExp.escape(person.summary("mute", "지은", "10m"))));
  minsu.types("시끄러움");
  await minsu.reads(/지은 님은 10분 동안 말할 수 없습니다/);
  await jieun.reads(/민수 님이 지은 님을 말하지 못하게 했습니다/);

  for (const each of [minsu, jieun]) {
    each.types("/quit");
    expect(await each.screen.exited).toBe(0);
  }
}, 60_000);

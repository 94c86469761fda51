import { expect, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ko } from "../../lib/app/i18n/ko.ts";
import { startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** A long message in an editor program, in the real client: the terminal is the program's, and comes back. */

const { rooms } = ko;
const CTRL_X_CTRL_E = "\x18\x05";

/** An editor that shows the message and its file's mode, reads a line, and adds it. */
const EDITOR = `#!/bin/sh
for file; do :; done
printf 'editing %s: ' "$1"; stat -c 'mode %a' "$file"; cat "$file"
read -r line || exit 3
[ "$line" = fail ] && exit 1
printf '%s\\n' "$line" >> "$file"
`;

function leftovers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith("sodam-message-"));
}

test("Ctrl-X Ctrl-E opens the message in $VISUAL, the connection lives on, and the screen comes back", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  const script = join(folder.path, "my editor.sh");
  writeFileSync(script, EDITOR);
  chmodSync(script, 0o755);
  const before = leftovers();
  using minsu = new Person("민수", server.link, folder, { VISUAL: `'${script}' "two words"` });
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("안녕하세요");

  minsu.screen.type("첫째 줄");
  await minsu.reads(/\] 첫째 줄/);
  minsu.screen.type(CTRL_X_CTRL_E);
  await minsu.reads(/editing two words: mode 600/);
  // What is typed now is the program's, and so is Ctrl-C, which ends it alone.
  minsu.screen.type("\x03");
  await minsu.reads(/my editor\.sh.* 오류로 끝나서/);
  await minsu.reads(/\] 첫째 줄/);
  minsu.screen.type(CTRL_X_CTRL_E);
  await minsu.reads(/editing two words/);
  minsu.screen.type("둘째 줄\r");
  await minsu.reads(/\] 첫째 줄/);
  minsu.screen.type("\r");
  await minsu.reads(/✓ +(?:나 +)?첫째 줄/);
  await minsu.reads(/│ +둘째 줄/);
  expect(leftovers()).toEqual(before);
});

test("an editor that is missing says so, and the message stays", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  mkdirSync(join(folder.path, "empty"), { recursive: true });
  using minsu = new Person("민수", server.link, folder, { VISUAL: "no-such-editor -w" });
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("안녕하세요");
  minsu.screen.type("그대로");
  await minsu.reads(/\] 그대로/);
  minsu.screen.type(CTRL_X_CTRL_E);
  await minsu.reads(/no-such-editor/);
  await minsu.reads(/\] 그대로/);
});

import { expect, test } from "bun:test";
import { signUp, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

test("of two conversations side by side only the one with the cursor is read", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #tea,#cake");
  await mina.hears(/ 366 mina #cake /);
  using sua = new Person("수아", `${server.link}/room-tea`, folder);
  await sua.signsUp();
  await sua.reads(/#tea · 2명/);
  sua.types("/입장 #cake");
  await sua.reads(/│#cake · 2명/);
  sua.types("/나란히 #tea");
  await sua.reads(/│▸ #cake · 2명.*│ {2}#tea · 2명/);
  mina.says("PRIVMSG #tea :옆에서 보이나요?");
  mina.says("PRIVMSG #cake :여기는요?");
  await sua.reads(/│.*옆에서 보이나요\?/);
  await sua.reads(/여기는요\?.*│/);
  await sua.reads(/새 메시지 1/);
  await sua.reads(/^ ?\d tea +1 │/);
  sua.screen.type("초안");
  sua.screen.type("\x1bw");
  await sua.reads(/│ {2}#cake · 2명.*│▸ #tea · 2명/);
  await sua.screen.until(() => !sua.screen.rows().some((row) => /^.?\d tea +1 │/.test(row)));
  sua.types("잘 보여요");
  await mina.hears(/PRIVMSG #tea :잘 보여요/);
  expect(sua.screen.rows().at(-1)).toMatch(/^\[cake\] 초안 +│\[tea\]/);
  // Narrower, there is one; wider again, both.
  sua.screen.resize(100, 30);
  await sua.screen.until(() => !sua.screen.rows().some((row) => row.includes("[cake]")));
  sua.screen.resize(160, 40);
  await sua.reads(/^\[cake\] 초안 +│\[tea\]/);
}, 60_000);

test("with NO_COLOR the chat has no colours either, after the menus", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  await using mina = await signUp(server, "mina");
  mina.says("JOIN #tea");
  await mina.hears(/ 366 mina #tea /);
  using sua = new Person("수아", `${server.link}/room-tea`, folder, { NO_COLOR: "1" });
  await sua.signsUp();
  await sua.reads(/#tea · 2명/);
  mina.says("PRIVMSG #tea :@수아 안녕하세요");
  await sua.reads(/@수아 안녕하세요/);
  const styles = sua.screen.written.split("\x1b[").map((part) => /^[\d;]*m/.exec(part)?.[0] ?? "");
  expect(styles.filter((style) => /\b(?:3[0-8]|9[0-7])\b/.test(style))).toEqual([]);
  expect(sua.screen.written).toContain("\x1b[1;4m@수아");
}, 60_000);

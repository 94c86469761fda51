import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ko } from "../../lib/app/i18n/ko.ts";
import { startServer } from "./house.ts";
import { Person } from "./person.ts";
import { Folder } from "./program.ts";

/** Somebody writes a theme while the client runs. */

const { rooms } = ko;

test("/set theme reads the theme's file again, and says what is wrong with it once", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  const themes = join(folder.at("home of 민수"), "sodam", "themes");
  mkdirSync(themes, { recursive: true });
  const rowsWith = (pattern: RegExp): number =>
    minsu.screen.rows().filter((row) => pattern.test(row)).length;

  minsu.types("/set theme mine");
  await minsu.reads(/--theme mine: .*mine\.toml 파일이 없습니다/);
  minsu.types("/set mouse no");
  await minsu.reads(/mouse = no/);
  await minsu.says("첫째");
  expect(rowsWith(/--theme mine/)).toBe(1);

  writeFileSync(join(themes, "mine.toml"), 'accent = "sparkling"');
  minsu.types("/set theme mine");
  await minsu.reads(/accent = "sparkling"/);
  writeFileSync(join(themes, "mine.toml"), 'accent = "bold"');
  minsu.types("/set theme mine");
  await minsu.screen.until(() => rowsWith(/· theme = mine/) === 3);
  await minsu.says("둘째");
  expect(rowsWith(/--theme mine/)).toBe(1);
  expect(rowsWith(/accent = /)).toBe(1);
}, 60_000);

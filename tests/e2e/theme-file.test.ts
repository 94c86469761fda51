import { expect, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ko } from "../../lib/app/i18n/ko.ts";
import { startServer } from "./house.ts";
import { Person } from "./person.ts";
import { CLIENT, Folder } from "./program.ts";

/** How the chat looks while the client runs: a theme that is being written, and a slow terminal's background. */

const { rooms } = ko;
const WHITE = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\";
const CTRL_L = "\x0c";
/** Of the prompt, on a light background with 256 colours. */
const LIGHT_ACCENT = "38;5;23m";
const COLOUR_OF_256 = "38;5;";
const COLOUR_OF_24_BITS = "38;2;";

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

  minsu.types("/set theme 숲");
  await minsu.reads(/theme 숲: .*숲\.toml 파일이 없습니다/);
  minsu.types("/set mouse no");
  await minsu.reads(/mouse = no/);
  await minsu.says("첫째");
  expect(rowsWith(/theme 숲:/)).toBe(1);

  writeFileSync(join(themes, "숲.toml"), 'accent = "sparkling"');
  minsu.types("/set theme 숲");
  await minsu.reads(/accent = "sparkling"/);
  writeFileSync(join(themes, "숲.toml"), 'accent = "bold"');
  minsu.types("/set theme 숲");
  await minsu.screen.until(() => rowsWith(/· theme = 숲/) === 3);
  await minsu.says("둘째");
  expect(rowsWith(/theme 숲:/)).toBe(1);
  expect(rowsWith(/accent = /)).toBe(1);
}, 60_000);

test("a terminal that answers too late has its colours when the screen is drawn the next time", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  using minsu = new Person("민수", server.link, folder);
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("첫째");
  expect(minsu.screen.written).not.toContain(LIGHT_ACCENT);
  minsu.screen.type(WHITE);
  minsu.types("둘째");
  await minsu.reads(/✓ +(?:나 +)?둘째/);
  minsu.screen.type(CTRL_L);
  await minsu.screen.until(() => minsu.screen.written.includes(LIGHT_ACCENT));
}, 60_000);

test("a tmux that doesn't answer keeps no chat from opening, and its answer counts from then on", async () => {
  using folder = new Folder();
  await using server = await startServer(folder);
  const waiting = folder.at("waiting");
  writeFileSync(waiting, "");
  const bin = folder.at("bin");
  mkdirSync(bin);
  const tmux = `#!/bin/sh\ntrap '' TERM\nwhile [ -e "${waiting}" ]; do sleep 0.05; done\necho "256,RGB|0|||"\n`;
  writeFileSync(join(bin, "tmux"), tmux, { mode: 0o755 });
  const environment = {
    ...{ TMUX: "/tmp/tmux,1,0", COLORTERM: "truecolor", PATH: `${bin}:${process.env["PATH"]}` },
  };
  const themes = join(folder.at("home of 민수"), "sodam", "themes");
  mkdirSync(themes, { recursive: true });
  writeFileSync(join(themes, "mine.toml"), 'accent = "#0a5a5a"');
  using minsu = new Person(
    "민수",
    server.link,
    folder,
    environment,
    [],
    [...CLIENT, "--theme", "mine"],
  );
  await minsu.signsUp();
  await minsu.answers(rooms.title("민수"), "");
  await minsu.answers(rooms.newName, "차");
  await minsu.answers(rooms.topicOf, "");
  await minsu.answers(rooms.publicly, "");
  await minsu.says("첫째");
  expect(minsu.screen.written).toContain(COLOUR_OF_256);
  expect(minsu.screen.written).not.toContain(COLOUR_OF_24_BITS);
  rmSync(waiting);
  await minsu.screen.until(() => {
    const isUsed = minsu.screen.written.includes(COLOUR_OF_24_BITS);
    if (!isUsed) minsu.screen.type(CTRL_L);
    return isUsed;
  });
}, 60_000);

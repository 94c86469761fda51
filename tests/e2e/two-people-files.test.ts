import { expect, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { ko } from "../../lib/app/i18n/ko.ts";
import { makeMedia, makePicture } from "../media-files.ts";
import { halfBlocksAt } from "./answering-terminal.ts";
import { serverLink, startServer } from "./house.ts";
import { Person } from "./person.ts";
import { blocksOn } from "./picture-stage.ts";
import { Folder } from "./program.ts";

/** Two people send each other a screenshot, a log and a film, one in Korean and one in English. */

const LOG = Array.from({ length: 40 }, (_, line) => `step ${line + 1}: 완료\n`).join("");

test("a screenshot, a log and a film go both ways: each is seen, saved, and found again", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  const room = (way: string) => `${serverLink(server)}${way}/room-tea`;
  const home = folder.at("home");
  mkdirSync(home);
  const env = { HOME: home, COLORTERM: "truecolor" };
  using minsu = new Person("민수", server.link, folder, env);
  await minsu.signsUp();
  await minsu.answers(ko.rooms.title("민수"), "");
  await minsu.answers(ko.rooms.newName, "tea");
  await minsu.answers(ko.rooms.topicOf, "");
  await minsu.answers(ko.rooms.publicly, "");
  {
    using signing = new Person("jun", room("/invite-x"), folder, env);
    await signing.signsUp();
    await minsu.reads(/jun/);
    signing.types("/종료");
    await signing.screen.exited;
  }
  // His device is remembered. He reads English.
  using jun = new Person("jun", room(""), folder, { ...env, LC_ALL: "en_US.UTF-8" });
  await jun.reads(/logged in as jun/);

  // A screenshot, from Korean to English. The first picture is asked about.
  writeFileSync(folder.at("화면.png"), await makePicture(160, 80));
  minsu.types(`/파일 ${folder.at("화면.png")} 이 화면 보세요`);
  await minsu.reads(new RegExp(ko.files.shrink));
  minsu.screen.type("n");
  await jun.reads(/민수 .*이 화면 보세요/);
  await jun.reads(/화면\.png · .* · picture 160×80/);
  await minsu.reads(/화면\.png · .* · 사진 160×80/);
  const hasPicture = (person: Person): boolean => {
    const area = blocksOn(person.screen.screen);
    if (area === null || area.columns < 8) return false;
    const { data } = halfBlocksAt(person.screen.screen, area);
    // Its left is blue, and its right red.
    return (data[2] ?? 0) > 200 && (data[(area.columns - 1) * 4] ?? 0) > 200;
  };
  for (const person of [minsu, jun]) {
    await person.screen.until(() => hasPicture(person), "for the picture");
  }
  jun.types("/save");
  await jun.reads(/화면\.png is saved: /);
  const saved = readFileSync(`${home}/Downloads/화면.png`);
  expect(saved.equals(readFileSync(folder.at("화면.png")))).toBe(true);

  // A log, from English to Korean: its first lines are seen.
  writeFileSync(folder.at("build.log"), LOG);
  jun.types(`/file ${folder.at("build.log")} it broke`);
  await minsu.reads(/jun .*it broke/);
  await minsu.reads(/build\.log · /);
  await minsu.reads(/step 1: 완료/);
  minsu.types("/받기");
  await minsu.reads(/저장했습니다: build\.log/);
  expect(readFileSync(`${home}/Downloads/build.log`, "utf8")).toBe(LOG);

  // A film: its length is told.
  const film = makeMedia("mp4", 83);
  writeFileSync(folder.at("demo.mp4"), film);
  minsu.types(`/파일 ${folder.at("demo.mp4")}`);
  await jun.reads(/demo\.mp4 · .*1:23/);
  await minsu.reads(/demo\.mp4 · .*1:23/);

  // All of them are found again, in a page that tells when and by whom.
  const isListed = (name: string): boolean =>
    jun.screen.rows().some((row) => row.includes(`${name} · `) && /\d\d-\d\d \d\d:\d\d/.test(row));
  const names = ["demo.mp4", "build.log", "화면.png"];
  jun.types("/files");
  await jun.screen.until(() => names.every(isListed), "for the list of files");
  jun.screen.type("type:film");
  await jun.screen.until(() => names.filter(isListed).join() === "demo.mp4", "for the film alone");
}, 120_000);

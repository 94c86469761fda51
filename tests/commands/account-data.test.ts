import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

test("ACCOUNT DATA lists what the server stores about an account, without the password's hash", () => {
  const scene = new Scene();
  scene.signUp("mina", true);
  const mina = scene.person("mina", "draft/metadata-2", "draft/read-marker");
  const jun = scene.person("jun");
  mina.says("JOIN #tea", "METADATA * SET draft/display-name :Mina", "SILENCE +rude!*@*");
  jun.says("JOIN #tea", "PRIVMSG mina :hi");
  jun.says("JOIN #cake", "INVITE mina #cake");
  mina.says("PRIVMSG jun :hello", "INVITATION CREATE 3", "AWAY :tea");
  mina.hears();
  mina.says("ACCOUNT DATA");
  const heard = mina.hears();
  const lines = heard.map((line) => line.replace(":tea.test NOTE ACCOUNT ", ""));
  const time = "2026-11-22T00:30:00.000Z";
  expect(lines.filter((line) => !line.startsWith("DATA INVITATION"))).toEqual([
    `DATA ACCOUNT mina ${time} owner :`,
    "DATA ID mina00000001 :",
    "DATA ADDRESS 2026-11-22T00:30:00.000Z :",
    "DATA NICK mina mina",
    expect.stringMatching(/^DATA MODES \w+ :$/),
    "DATA SETTING draft/display-name Mina",
    "DATA BLOCKED rude!*@* :",
    expect.stringMatching(/^DATA ROOM #tea q \S+Z \* :$/),
    expect.stringMatching(/^DATA INVITED #cake 2026\S+Z jun!u@\S+\.account$/),
    expect.stringMatching(/^DATA DIRECT jun 2026\S+Z :$/),
    "DATA_END :End of your data",
  ]);
  expect(lines.find((line) => line.startsWith("DATA INVITATION"))).toMatch(/ 0\/3$/);
  expect(heard.join()).not.toContain("hash of");
});

test("ACCOUNT DATA needs a log-in", () => {
  const guest = new Scene().guest("sun");
  guest.says("ACCOUNT DATA");
  expect(guest.hears()).toEqual([":tea.test FAIL ACCOUNT ACCOUNT_REQUIRED :Log in first"]);
});

test("a report from a room that one was kicked from has the name that it had, if the room is secret now", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #den", "PRIVMSG #den :rude words");
  const jun = scene.person("jun", "sodam.chat/account").says("JOIN #den");
  jun.says("CS REPORT #den mina rude");
  mina.says("RENAME #den #cellar");
  jun.hears();
  expect(jun.says("ACCOUNT DATA").hears().join("\n")).toMatch(/DATA REPORT \S+ \S+ #cellar mina/);
  mina.says("KICK #cellar jun", "MODE #cellar +s", "RENAME #cellar #attic");
  jun.hears();
  const data = jun.says("ACCOUNT DATA").hears().join("\n");
  expect(data).toMatch(/DATA REPORT \S+ \S+ #den mina/);
  expect(data).not.toContain("#attic");
});

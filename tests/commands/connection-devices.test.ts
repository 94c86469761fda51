import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

test("a second session is sent its nick, and each of its rooms", () => {
  const scene = new Scene();
  const mina = scene
    .person("mina")
    .says("NICK minsu", "JOIN #tea", "TOPIC #tea :Green", "JOIN #milk");
  mina.hears();
  const phone = scene.connect().logsIn("mina", ["draft/read-marker"]);
  const lines = phone.hears();
  expect(lines).toContain(":tea.test 001 minsu :Welcome to Teahouse, minsu");
  expect(lines.slice(lines.findIndex((line) => line.includes(" 221 ")) + 1)).toEqual([
    ":minsu!u@mina00000001.account JOIN #tea",
    ":tea.test 332 minsu #tea Green",
    ":tea.test 333 minsu #tea minsu 1795307400",
    ":tea.test MARKREAD #tea *",
    ":tea.test 353 minsu = #tea ~minsu",
    ":tea.test 366 minsu #tea :End of the list",
    ":minsu!u@mina00000001.account JOIN #milk",
    ":tea.test MARKREAD #milk *",
    ":tea.test 353 minsu = #milk ~minsu",
    ":tea.test 366 minsu #milk :End of the list",
  ]);
  expect(mina.hears()).toEqual([]);
});

test("the first session chooses the nick, and is greeted with it", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea").vanishes();
  const jun = scene.guest("jun").says("JOIN #tea");
  jun.hears();
  const mina = scene
    .connect()
    .says(
      "CAP REQ :sasl",
      "AUTHENTICATE PLAIN",
      `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`,
    );
  mina.says("NICK minsu", "USER mina 0 * :Mina", "CAP END");
  const lines = mina.hears();
  expect(lines).toContain(":tea.test 001 minsu :Welcome to Teahouse, minsu");
  expect(lines.filter((line) => line.includes(" NICK "))).toEqual([]);
  expect(lines.slice(-3)).toEqual([
    ":minsu!u@mina00000001.account JOIN #tea",
    ":tea.test 353 minsu = #tea :~minsu jun",
    ":tea.test 366 minsu #tea :End of the list",
  ]);
  expect(jun.hears()).toEqual([":mina!u@mina00000001.account NICK minsu"]);
});

test("JOIN, PART, NICK and TOPIC are sent to every session of the user", () => {
  const scene = new Scene();
  const [mina, phone] = [scene.person("mina"), scene.person("mina")];
  mina.says("JOIN #tea", "TOPIC #tea :Green", "NICK minsu", "PART #tea :later");
  expect(mina.hears()).toEqual([
    ":mina!u@mina00000001.account JOIN #tea",
    ":tea.test 353 mina = #tea ~mina",
    ":tea.test 366 mina #tea :End of the list",
    ":mina!u@mina00000001.account TOPIC #tea :Green",
    ":mina!u@mina00000001.account NICK minsu",
    ":minsu!u@mina00000001.account PART #tea later",
  ]);
  expect(phone.hears()).toEqual([
    ":mina!u@mina00000001.account JOIN #tea",
    ":tea.test 353 mina = #tea ~mina",
    ":tea.test 366 mina #tea :End of the list",
    ":mina!u@mina00000001.account TOPIC #tea :Green",
    ":mina!u@mina00000001.account NICK minsu",
    ":minsu!u@mina00000001.account PART #tea later",
  ]);
});

test("direct messages are sent to every session of the recipient", () => {
  const scene = new Scene();
  const devices = [scene.person("mina"), scene.person("mina")];
  scene.person("jun").says("PRIVMSG mina :hi");
  for (const device of devices)
    expect(device.hears()).toEqual([":jun!u@jun000000001.account PRIVMSG mina :hi"]);
});

test("an account without sessions stays a member, and reads the messages later", () => {
  const scene = new Scene();
  const jun = scene.person("jun").says("JOIN #tea");
  const mina = scene.person("mina").says("JOIN #tea");
  jun.hears();
  mina.says("QUIT :bye");
  expect(jun.hears()).toEqual([]);
  jun.says("NAMES #tea", "PRIVMSG #tea :still there?", "PRIVMSG mina :psst");
  expect(jun.hears()).toEqual([
    ":tea.test 353 jun = #tea :~jun mina",
    ":tea.test 366 jun #tea :End of the list",
    ":tea.test 301 jun mina disconnected",
  ]);
  const again = scene.connect().logsIn("mina", ["draft/chathistory"]);
  again.hears();
  again.says("CHATHISTORY LATEST #tea * 1", "CHATHISTORY LATEST jun * 1");
  expect(again.hears()).toEqual([
    ":jun!u@jun000000001.account PRIVMSG #tea :still there?",
    ":jun!u@jun000000001.account PRIVMSG mina :psst",
  ]);
});

test("an account has at most twenty sessions", () => {
  const scene = new Scene();
  for (let i = 0; i < 20; i += 1) scene.person("mina");
  const device = scene.connect().logsIn("mina");
  expect(device.hears().slice(-2)).toEqual([
    ":tea.test 903 * :You are logged in",
    "ERROR :Too many devices of this account are connected",
  ]);
  expect(device.closed).toBe(true);
});

test("a restart keeps rooms, topics, ranks, members and markers; guests and their rooms are gone", () => {
  const before = new Scene();
  const mina = before.person("mina").says("JOIN #tea", "TOPIC #tea :Green", "MODE #tea +k sesame");
  before.person("jun").says("JOIN #tea sesame");
  before.guest("sora").says("JOIN #tea sesame", "JOIN #milk");
  mina.says("MODE #tea +o jun", "PRIVMSG #tea :hi");
  const scene = before.restart();
  const phone = scene.connect().logsIn("mina", ["server-time"]);
  const lines = phone.hears();
  expect(lines.slice(lines.findIndex((line) => line.includes(" 221 ")) + 1)).toEqual([
    "@time=2026-11-22T00:30:00.001Z :mina!u@mina00000001.account JOIN #tea",
    ":tea.test 332 mina #tea Green",
    ":tea.test 333 mina #tea mina 1795307400",
    ":tea.test 353 mina = #tea :~mina @jun",
    ":tea.test 366 mina #tea :End of the list",
    "@time=2026-11-22T00:30:00.007Z :mina!u@mina00000001.account PRIVMSG #tea :hi",
  ]);
  phone.says("MODE #tea", "LIST");
  expect(phone.hears()).toEqual([
    ":tea.test 324 mina #tea +knt sesame",
    ":tea.test 329 mina #tea 1795307400",
    ":tea.test 321 mina Room :Members  Topic",
    ":tea.test 322 mina #tea 2 Green",
    ":tea.test 323 mina :End of the list",
  ]);
});

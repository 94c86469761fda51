import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/message-ids */

test("a message has the same msgid in echo, relay and history", () => {
  const scene = new Scene();
  const caps = ["message-tags", "echo-message", "draft/chathistory"];
  const mina = scene.guest("mina", ...caps).says("JOIN #tea");
  const jun = scene.guest("jun", ...caps).says("JOIN #tea");
  mina.hears();
  jun.hears();
  mina.says("PRIVMSG #tea :hi");
  const [line = ""] = mina.hears();
  expect(line).toBe("@msgid=id00000000000005 :mina!~mina@guest.test PRIVMSG #tea :hi");
  expect(jun.hears()).toEqual([line]);
  expect(jun.says("CHATHISTORY LATEST #tea * 1").hears()).toEqual([line]);
});

test("every PRIVMSG, NOTICE and TAGMSG has its own msgid, also direct and to guests", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "message-tags");
  scene.person("jisu");
  const mina = scene.person("mina", "message-tags", "echo-message");
  mina.says(
    "PRIVMSG jun :a",
    "NOTICE jun :a",
    "@+a TAGMSG jun",
    "PRIVMSG jisu :a",
    "NOTICE jisu :a",
  );
  const ids = [...mina.hears(), ...jun.hears()].map(
    (line) => /msgid=([^; ]+)/.exec(line)?.[1] ?? "",
  );
  expect(ids).toHaveLength(8);
  expect(new Set(ids).size).toBe(5);
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]{16}$/);
});

test("other events of a room have msgids as well", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "message-tags").says("JOIN #tea");
  jun.hears();
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.says("TOPIC #tea :Green", "MODE #tea +v mina", "KICK #tea mina");
  mina.hears();
  expect(jun.hears()).toEqual([
    "@msgid=id00000000000004 :mina!~mina@guest.test JOIN #tea",
    "@msgid=id00000000000005 :jun!~jun@guest.test TOPIC #tea :Green",
    "@msgid=id00000000000006 :jun!~jun@guest.test MODE #tea +v mina",
    "@msgid=id00000000000007 :jun!~jun@guest.test KICK #tea mina jun",
  ]);
});

test("without message-tags there are no msgids", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "server-time").says("JOIN #tea");
  jun.hears();
  scene.guest("mina").says("JOIN #tea", "PRIVMSG #tea :hi");
  expect(jun.hears().some((line) => line.includes("msgid"))).toBe(false);
});

test("a msgid can be a parameter: it has no colon at its start and no space", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "message-tags", "echo-message", "draft/message-redaction");
  mina.says("JOIN #tea", "PRIVMSG #tea :hi");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  expect(id).toMatch(/^[^:\s][^\s]*$/);
  mina.says(`REDACT #tea ${id}`);
  expect(mina.hears()).toEqual([expect.stringContaining(` REDACT #tea ${id}`)]);
});

test("msgids are case-sensitive", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "message-tags", "echo-message", "draft/message-redaction");
  mina.says("JOIN #tea", "PRIVMSG #tea :hi");
  const id = /msgid=([^; ]+)/.exec(mina.hears().at(-1) ?? "")?.[1] ?? "";
  mina.says(`REDACT #tea ${id.toUpperCase()}`);
  expect(mina.hears()[0]).toStartWith(":tea.test FAIL REDACT UNKNOWN_MSGID #tea ID0");
});

test("enabling and disabling the capability starts and stops them", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.hears();
  for (const change of ["", "message-tags", "-message-tags"]) {
    if (change !== "") jun.says(`CAP REQ :${change}`);
    mina.says("PRIVMSG #tea :hi");
  }
  expect(jun.hears().filter((line) => line.includes("PRIVMSG"))).toEqual([
    ":mina!~mina@guest.test PRIVMSG #tea :hi",
    "@msgid=id00000000000006 :mina!~mina@guest.test PRIVMSG #tea :hi",
    ":mina!~mina@guest.test PRIVMSG #tea :hi",
  ]);
});

test("echo-message is offered as well, so that senders learn the msgids of their messages", () => {
  const offered = new Scene().connect().says("CAP LS 302").hears().join(" ");
  for (const cap of ["message-tags", "echo-message"])
    expect(offered).toMatch(new RegExp(`[ :]${cap} `));
});

test("after a restart new msgids are different, and history has the earlier ones unchanged", () => {
  const before = new Scene();
  const caps = ["message-tags", "echo-message", "draft/chathistory"];
  before.person("mina", ...caps).says("JOIN #tea", "PRIVMSG #tea :one");
  const scene = before.restart();
  const mina = scene.person("mina", ...caps).says("PRIVMSG #tea :two");
  const [echo = ""] = mina.hears();
  mina.says("CHATHISTORY LATEST #tea * 2");
  const [one = "", two = ""] = mina.hears();
  expect(two).toBe(echo);
  expect(one).not.toBe(two);
  expect(one).toEndWith("PRIVMSG #tea :one");
});

import { describe, expect, test } from "bun:test";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/labeled-response */

const LABELS = ["labeled-response", "batch"];

test("a reply of one line has the label", () => {
  const mina = new Scene().guest("mina", ...LABELS).says("@label=a1 PING :tea");
  expect(mina.hears()).toEqual(["@label=a1 :tea.test PONG tea.test tea"]);
});

test("a reply of several lines is one batch, whose start has the label", () => {
  const mina = new Scene().guest("mina", ...LABELS).says("@label=a1 JOIN #tea");
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test BATCH +1 labeled-response",
    "@batch=1 :mina!~mina@guest.test JOIN #tea",
    "@batch=1 :tea.test 353 mina = #tea @mina",
    "@batch=1 :tea.test 366 mina #tea :End of the list",
    ":tea.test BATCH -1",
  ]);
});

test("a command without a reply gets ACK", () => {
  const mina = new Scene().guest("mina", ...LABELS);
  mina.says("@label=a1 PONG :tea", "@label=a2 NOTICE mina");
  expect(mina.hears()).toEqual(["@label=a1 :tea.test ACK", "@label=a2 :tea.test ACK"]);
});

test("a batch that is the whole reply has the label itself", () => {
  const mina = new Scene().guest("mina", ...LABELS, "draft/chathistory");
  mina.says("JOIN #tea");
  mina.hears();
  mina.says("@label=h1 CHATHISTORY LATEST #tea * 10");
  expect(mina.hears()).toEqual([
    "@label=h1 :tea.test BATCH +1 chathistory #tea",
    ":tea.test BATCH -1",
  ]);
});

test("a batch beside other lines is nested in the labelled batch, start and end", () => {
  const scene = new Scene();
  scene.guest("jun").says("JOIN #tea", "PRIVMSG #tea :first flush");
  const mina = scene.guest("mina", ...LABELS).says("@label=a1 JOIN #tea");
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test BATCH +2 labeled-response",
    "@batch=2 :mina!~mina@guest.test JOIN #tea",
    "@batch=2 :tea.test 353 mina = #tea :@jun mina",
    "@batch=2 :tea.test 366 mina #tea :End of the list",
    "@batch=2 :tea.test BATCH +1 chathistory #tea",
    "@batch=1 :jun!~jun@guest.test PRIVMSG #tea :[00:30] first flush",
    "@batch=2 :tea.test BATCH -1",
    ":tea.test BATCH -2",
  ]);
});

test("errors have the label as well", () => {
  const mina = new Scene().guest("mina", ...LABELS);
  mina.says(
    "@label=a1 PRIVMSG nobody :hi",
    "@label=a2 POUR",
    "@label=a3 JOIN",
    "@label=a4 CHATHISTORY POUR",
  );
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test 401 mina nobody :Nobody here has that name",
    "@label=a2 :tea.test 421 mina POUR :Unknown command",
    "@label=a3 :tea.test 461 mina JOIN :Not enough parameters",
    "@label=a4 :tea.test FAIL CHATHISTORY INVALID_PARAMS POUR :Unknown subcommand",
  ]);
});

test("labels work before registration as well", () => {
  const mina = new Scene().connect().says("CAP REQ :labeled-response batch");
  mina.hears();
  mina.says("@label=a1 JOIN #tea", "@label=a2 NICK mina", "@label=a3 CAP LIST");
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test 451 * :Introduce yourself first: NICK and USER",
    "@label=a2 :tea.test ACK",
    "@label=a3 :tea.test CAP mina LIST :labeled-response batch",
  ]);
});

test("with echo-message the echo has the label, and lines to other users never have", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", ...LABELS, "echo-message");
  const jun = scene.guest("jun", ...LABELS, "message-tags");
  mina.says("JOIN #tea");
  jun.says("JOIN #tea");
  mina.hears();
  jun.hears();
  mina.says("@label=a1 PRIVMSG #tea :hi");
  expect(mina.hears()).toEqual(["@label=a1 :mina!~mina@guest.test PRIVMSG #tea :hi"]);
  expect(jun.hears()).toEqual(["@msgid=id00000000000005 :mina!~mina@guest.test PRIVMSG #tea :hi"]);
});

test("without echo-message a message gets ACK", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", ...LABELS);
  scene.guest("jun");
  mina.says("@label=a1 PRIVMSG jun :hi");
  expect(mina.hears()).toEqual(["@label=a1 :tea.test ACK"]);
});

test("of a message to oneself only the echo has the label", () => {
  const scene = new Scene();
  const mina = scene.person("mina", ...LABELS, "echo-message").says("@label=a1 PRIVMSG mina :note");
  expect(mina.hears()).toEqual([
    ":mina!u@mina00000001.account PRIVMSG mina :note",
    "@label=a1 :mina!u@mina00000001.account PRIVMSG mina :note",
  ]);
  const jun = scene.guest("jun", ...LABELS, "echo-message").says("@label=a1 PRIVMSG jun :note");
  expect(jun.hears()).toEqual([
    ":jun!~jun@guest.test PRIVMSG jun :note",
    "@label=a1 :jun!~jun@guest.test PRIVMSG jun :note",
  ]);
});

test("a label is opaque: it is sent back unchanged", () => {
  const mina = new Scene().guest("mina", ...LABELS);
  mina.says("@label=a\\:b\\sc\\\\d PING :tea", "@label=차-한-잔 PING :tea");
  expect(mina.hears()).toEqual([
    "@label=a\\:b\\sc\\\\d :tea.test PONG tea.test tea",
    "@label=차-한-잔 :tea.test PONG tea.test tea",
  ]);
});

test("a label has at most 64 bytes; a longer or an empty one is ignored", () => {
  const mina = new Scene().guest("mina", ...LABELS);
  const label = "x".repeat(64);
  mina.says(
    `@label=${label} PING :1`,
    `@label=${label}x PING :2`,
    "@label= PING :3",
    "@label PING :4",
  );
  expect(mina.hears()).toEqual([
    `@label=${label} :tea.test PONG tea.test 1`,
    ":tea.test PONG tea.test 2",
    ":tea.test PONG tea.test 3",
    ":tea.test PONG tea.test 4",
  ]);
});

test("without the capability, or without batch, labels are ignored", () => {
  for (const caps of [["batch"], ["labeled-response"], ["message-tags"]]) {
    const mina = new Scene()
      .guest("mina", ...caps)
      .says("@label=a1 PING :tea", "@label=a2 PONG :tea");
    expect(mina.hears()).toEqual([":tea.test PONG tea.test tea"]);
  }
});

test("the two capabilities may be requested in any order", () => {
  const mina = new Scene().guest("mina", "labeled-response").says("CAP REQ :batch");
  mina.hears();
  expect(mina.says("@label=a1 PING :tea").hears()).toEqual([
    "@label=a1 :tea.test PONG tea.test tea",
  ]);
});

test("a delayed reply has its label, and a labelled QUIT is answered once, by its ERROR", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", ...LABELS);
  mina.says("JOIN #tea");
  mina.hears();
  scene.holding = true;
  mina.says("@label=a1 CHATHISTORY LATEST #tea * 10", "@label=a2 PING :tea");
  expect(mina.hears()).toEqual([]);
  scene.settle();
  expect(mina.hears()).toEqual([
    "@label=a1 :tea.test BATCH +1 chathistory #tea",
    ":tea.test BATCH -1",
    "@label=a2 :tea.test PONG tea.test tea",
  ]);
  mina.says("@label=a3 QUIT :bye");
  expect(mina.hears()).toEqual(["@label=a3 ERROR :Quit: bye"]);
});

test("a refusal that closes the connection is answered once", () => {
  const scene = new Scene({ passwordDigest: "0".repeat(64) });
  const mina = scene
    .connect()
    .says("CAP REQ :labeled-response batch", "NICK mina", "USER mina 0 * :Mina");
  mina.hears();
  const bytes: string[] = [];
  mina.session.link.send = (chunk) => void bytes.push(Buffer.from(chunk).toString());
  mina.says("@label=a1 CAP END");
  expect(bytes).toEqual([
    "@label=a1 :tea.test 464 mina :This server asks for a password, and that wasn't it\r\n",
    "ERROR :Bad password\r\n",
  ]);
});

describe("the label of a command is on exactly one reply", () => {
  const ALL = [...LABELS, "message-tags", "echo-message", "setname", "draft/read-marker"];
  const MORE = [
    "draft/message-redaction",
    "sodam.chat/edit",
    "draft/metadata-2",
    "draft/channel-rename",
  ];

  /** The owner in a room with jun: a command of hers, and whether the answer is a batch. */
  const COMMANDS: readonly (readonly [string, string])[] = [
    ["NICK minsu", "NICK"],
    ["SETNAME :Mina Kim", "SETNAME"],
    ["AWAY :tea", "306"],
    ["AWAY", "305"],
    ["MODE mina +i", "MODE"],
    ["MODE mina", "221"],
    ["MODE #tea +m", "MODE"],
    ["MODE #tea", "BATCH"],
    ["TOPIC #tea :Green", "TOPIC"],
    ["TOPIC #tea", "331"],
    ["NAMES #tea", "BATCH"],
    ["LIST", "BATCH"],
    ["WHO #tea", "BATCH"],
    ["WHOIS jun", "BATCH"],
    ["WHOIS nobody", "BATCH"],
    ["WHOWAS nobody", "BATCH"],
    ["ISON jun", "303"],
    ["USERHOST jun", "302"],
    ["KICK #tea jun :out", "KICK"],
    ["INVITE sora #tea", "341"],
    ["PART #tea :bye", "PART"],
    ["JOIN #tea", "ACK"],
    ["JOIN #milk,#coffee", "BATCH"],
    ["RENAME #tea #coffee", "RENAME"],
    ["PRIVMSG #tea :hi", "PRIVMSG"],
    ["PRIVMSG #tea,jun :hi", "BATCH"],
    ["NOTICE #tea :hi", "NOTICE"],
    ["NOTICE nobody :hi", "ACK"],
    ["@+typing=active TAGMSG #tea", "TAGMSG"],
    ["TAGMSG #tea", "ACK"],
    ["MARKREAD #tea", "MARKREAD"],
    ["MARKREAD #tea timestamp=2026-11-22T00:30:00.002Z", "MARKREAD"],
    ["METADATA * SET mood :fine", "761"],
    ["MONITOR + jun", "730"],
    ["MONITOR - jun", "ACK"],
    ["MONITOR C", "ACK"],
    ["WALLOPS :tea", "WALLOPS"],
    ["PRIVMSG NickServ :INFO", "BATCH"],
    ["CAP LIST", "CAP"],
    ["CAP LS 302", "BATCH"],
    ["CAP REQ :-labeled-response", "CAP"],
    ["CAP REQ :-batch", "CAP"],
    ["CAP END", "ACK"],
    ["AUTHENTICATE PLAIN", "AUTHENTICATE"],
    ["AUTHENTICATE *", "906"],
    ["USER mina 0 * :mina", "462"],
    ["PONG :tea", "ACK"],
    ["PING :tea", "PONG"],
    ["QUIT :bye", "ERROR"],
  ];

  for (const [command, verb] of COMMANDS) {
    test(`${command}: ${verb}`, () => {
      const scene = new Scene();
      scene.signUp("mina", true);
      const mina = scene.person("mina", ...ALL, ...MORE).says("JOIN #tea");
      for (const nick of ["jun", "sora"])
        scene.guest(nick).says(nick === "jun" ? "JOIN #tea" : "PING");
      mina.hears();
      mina.says(command.startsWith("@") ? `@label=a;${command.slice(1)}` : `@label=a ${command}`);
      const labelled = mina.hears().filter((line) => line.includes("label=a"));
      expect(labelled.map((line) => parseMessage(line)?.verb)).toEqual([verb]);
    });
  }
});

test("only the start of a batch has the label; its type is labeled-response or that of the reply", () => {
  const mina = new Scene()
    .guest("mina", ...LABELS)
    .says("@label=a WHO mina", "@label=b WHOIS mina");
  const ends = mina.hears().filter((line) => line.includes(" BATCH "));
  expect(ends).toEqual([
    "@label=a :tea.test BATCH +1 labeled-response",
    ":tea.test BATCH -1",
    "@label=b :tea.test BATCH +2 labeled-response",
    ":tea.test BATCH -2",
  ]);
});

test("standard replies have the label", () => {
  const mina = new Scene().guest("mina", ...LABELS, "standard-replies").says("@label=a SETNAME :");
  expect(mina.hears()).toEqual([
    "@label=a :tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
  ]);
});

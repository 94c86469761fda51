import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { type Actor, passwordOf, Scene } from "../scene.ts";

/** A server dies when its record is written, and before its frames have left: what people would have heard is told again. */

function scene(): Scene {
  return new Scene({}, undefined, null, "by hand");
}

/** Sends lines, loses what is heard of them, and lets another server take over. Returns what was lost. */
function losesAnswers(town: Scene, actor: Actor, ...lines: string[]): string[] {
  actor.says(...lines);
  const lost = actor.hears();
  town.takesOver(new Map([[actor, lines]]));
  return lost;
}

test.each([
  [["PING :x"]],
  [["CAP LIST"]],
  [["WHO #tea"]],
  [["NAMES #tea"]],
  [["MODE #tea"]],
  [["TOPIC #tea"]],
  [["WHOIS jun"]],
  [["MONITOR + jun"]],
  [["METADATA * LIST"]],
  [["CHATHISTORY LATEST #tea * 5"]],
  [["@label=a PING :x"]],
  [["@label=a NAMES #tea", "@label=b PING :y"]],
])("a question whose answer was lost is answered again: %p", (lines) => {
  const town = scene();
  const jun = town.person("jun").says("JOIN #tea", "PRIVMSG #tea :hello");
  const mina = town.person("mina", "labeled-response", "batch", "message-tags", "server-time");
  mina.says("JOIN #tea", "TOPIC #tea :tea");
  for (const actor of [jun, mina]) actor.hears();
  town.takesOver();
  const lost = losesAnswers(town, mina, ...lines);
  expect(lost.length).toBeGreaterThan(0);
  expect(mina.hears().map(withoutBatch)).toEqual(lost.map(withoutBatch));
  expect(jun.hears()).toEqual([]);
});

/** The numbers of batches count on. */
function withoutBatch(line: string): string {
  return line.replace(/(batch=|BATCH [+-])\w+/g, "$1");
}

test("an own message has its label, and is told once", () => {
  const town = scene();
  const caps = ["labeled-response", "batch", "echo-message", "message-tags", "draft/multiline"];
  const mina = town.person("mina", ...(caps as ["batch"]));
  const other = town.person("mina", "echo-message");
  const jun = town.person("jun");
  for (const actor of [mina, other, jun]) actor.says("JOIN #tea").hears();
  jun.hears();
  town.takesOver();
  for (const actor of [mina, other, jun]) actor.hears();
  const lost = losesAnswers(
    town,
    mina,
    ...["@label=1 PRIVMSG #tea :one", "PRIVMSG #tea :two"],
    ...["@label=2 BATCH +b draft/multiline #tea", "@batch=b PRIVMSG #tea :three"],
    ...["@batch=b PRIVMSG #tea :four", "BATCH -b"],
  );
  expect(lost.filter((line) => line.startsWith("@label="))).toHaveLength(2);
  expect(mina.hears()).toEqual(lost);
  const messages = (actor: Actor) => actor.hears().filter((line) => line.includes("PRIVMSG"));
  expect(messages(jun)).toHaveLength(4);
  expect(messages(other)).toHaveLength(4);
});

test("a message of a session without echo-message is answered under its label", () => {
  const town = scene();
  const mina = town.person("mina", "labeled-response", "batch").says("JOIN #tea");
  mina.hears();
  town.takesOver();
  const lost = losesAnswers(town, mina, "@label=1 PRIVMSG #tea :one");
  expect(lost).toEqual(["@label=1 :tea.test ACK"]);
  expect(mina.hears()).toEqual(lost);
});

test("who has joined a room is sent its topic and members", () => {
  const town = scene();
  const jun = town.guest("jun").says("JOIN #tea", "TOPIC #tea :tea");
  const mina = town.guest("mina");
  for (const actor of [jun, mina]) actor.hears();
  town.takesOver();
  losesAnswers(town, mina, "JOIN #tea");
  const again = mina.hears();
  expect(again[0]).toBe(":mina!~mina@guest.test JOIN #tea");
  for (const numeric of [" 332 ", " 353 ", " 366 "]) {
    expect(again.filter((line) => line.includes(numeric))).toHaveLength(1);
  }
});

test("a greeting that was lost is sent, and nothing twice", () => {
  const town = scene();
  const jun = town.person("jun").says("JOIN #tea");
  const mina = town.person("mina").says("JOIN #tea");
  mina.says("QUIT");
  jun.hears();
  town.takesOver();
  const again = town.connect();
  const lines = [
    ...["CAP REQ :sasl", "NICK mina", "USER mina 0 * :Mina", "AUTHENTICATE PLAIN"],
    `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`,
    "CAP END",
  ];
  const lost = losesAnswers(town, again, ...lines);
  expect(lost.some((line) => line.includes(" 001 "))).toBe(true);
  const heard = again.hears();
  for (const numeric of [" 001 ", " 376 ", " 353 ", " JOIN "]) {
    const count = (all: readonly string[]) => all.filter((line) => line.includes(numeric)).length;
    expect([numeric, count(heard)]).toEqual([numeric, count(lost)]);
  }
});

test("a guest's NICK that completed the registration is greeted, and a rename isn't", () => {
  const town = scene();
  const guest = town.connect().says("USER guest 0 * :Guest");
  town.takesOver();
  const lost = losesAnswers(town, guest, "NICK guest");
  expect(guest.hears()).toEqual(lost);
  town.takesOver();
  losesAnswers(town, guest, "NICK visitor");
  expect(guest.hears()).toEqual([":guest!~guest@guest.test NICK visitor"]);
});

test("a log-in whose answer was lost is answered", () => {
  const town = scene();
  town.person("mina");
  const again = town.connect();
  again.says("CAP REQ :sasl", "NICK mina", "USER mina 0 * :Mina", "AUTHENTICATE PLAIN").hears();
  town.takesOver();
  const payload = encodePlain("mina", passwordOf("mina"))[0];
  const lost = losesAnswers(town, again, `AUTHENTICATE ${payload}`);
  expect(lost.map((line) => line.split(" ")[1])).toEqual(["900", "903"]);
  expect(again.hears()).toEqual(lost);
  const wrong = town.connect();
  wrong.says("CAP REQ :sasl", "NICK mina2", "USER mina 0 * :Mina", "AUTHENTICATE PLAIN").hears();
  town.takesOver();
  losesAnswers(town, wrong, `AUTHENTICATE ${encodePlain("mina", "not-hers")[0]}`);
  expect(wrong.hears().map((line) => line.split(" ")[1])).toEqual(["904"]);
});

test("of what can't be run twice, those with a label are told that it was interrupted", () => {
  const town = scene();
  const mina = town.person("mina", "labeled-response", "batch", "standard-replies");
  mina.says("JOIN #tea").hears();
  town.takesOver();
  losesAnswers(town, mina, "@label=1 INVITE jun #tea", "KICK #tea jun");
  expect(mina.hears()).toEqual([
    "@label=1 :tea.test FAIL INVITE INTERRUPTED :The server was replaced while it did that. See whether it was done, and send it again if not",
  ]);
});

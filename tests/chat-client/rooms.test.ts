import { expect, test } from "bun:test";
import { fold } from "../../lib/protocol/names.ts";
import { labelOf, Stage } from "./stage.ts";

function tea(stage = new Stage().ready("", "PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,fl,imnst")): Stage {
  stage.server(
    ":민수!u@h JOIN #tea",
    ":s 332 민수 #tea :leaves",
    ":s 353 민수 = #tea :~@mina +jun",
    ":s 353 민수 = #tea :민수",
    ":s 366 민수 #tea :end",
  );
  stage.sent();
  return stage;
}

const nicks = (stage: Stage) => [...stage.at("#tea").members.values()].map(({ nick }) => nick);

test("joining a room loads its topic and its members with their ranks", () => {
  const stage = tea();
  expect(stage.at("#tea")).toMatchObject({ joined: true, topic: "leaves", kind: "room" });
  expect(nicks(stage)).toEqual(["mina", "jun", "민수"]);
  expect(stage.at("#tea").members.get(fold("MINA"))?.ranks).toBe("~@");
  expect(stage.at("#tea").members.get(fold("jun"))?.ranks).toBe("+");
});

test("joins, parts, nick changes and kicks each add a line", () => {
  const stage = tea();
  stage.server(
    ":sora!u@h JOIN #tea sora :Sora",
    ":jun!u@h NICK jun2",
    ":mina!u@h KICK #tea jun2 :noise",
    ":sora!u@h PART #tea :later",
    ":mina!u@h QUIT :gone",
  );
  expect(nicks(stage)).toEqual(["민수"]);
  const lines = stage
    .at("#tea")
    .lines.map(({ kind, nick, kickedNick: whom, text }) => [kind, nick, whom, text]);
  expect(lines).toEqual([
    ["joined", "sora", null, ""],
    ["nick", "jun", null, "jun2"],
    ["kicked", "mina", "jun2", "noise"],
    ["left", "sora", null, "later"],
    ["quit", "mina", null, "gone"],
  ]);
});

test("modes change ranks and the room's settings", () => {
  const stage = tea();
  stage.server(":mina!u@h MODE #tea +oi-v+b jun jun x!*@*");
  expect(stage.at("#tea").members.get(fold("jun"))?.ranks).toBe("@");
  expect(stage.at("#tea").modes).toBe("i");
  expect(stage.last("#tea")).toMatchObject({ kind: "mode", text: "+oi-v+b jun jun x!*@*" });
});

test("the modes of a room are asked for once it is on screen, and known only then", () => {
  const stage = tea();
  stage.server(":s 001 민수 :hi");
  expect(stage.at("#tea").areModesKnown).toBe(false);
  const asked = (): string[] => stage.sent().filter((line) => line.includes("MODE #tea"));
  stage.session.commands.show(fold("#tea"));
  const [line = ""] = asked();
  expect(line).toEndWith("MODE #tea");
  stage.server(`@label=${labelOf(line)} :s 324 민수 #tea +ins`);
  expect(stage.at("#tea")).toMatchObject({ areModesKnown: true, modes: "ins" });
  stage.session.commands.show(fold("#tea"));
  expect(asked()).toEqual([]);
});

test("being kicked empties the member list and emits an event", () => {
  const stage = tea();
  stage.server(":mina!u@h KICK #tea 민수 :bye");
  expect(stage.at("#tea")).toMatchObject({ joined: false });
  expect(stage.at("#tea").members.size).toBe(0);
  expect(stage.told("kicked")).toEqual([
    { kind: "kicked", key: fold("#tea"), by: "mina", reason: "bye" },
  ]);
});

test("a renamed room, or a nick change, moves the conversation with its lines", () => {
  const stage = tea();
  stage.server(":mina!u@h PRIVMSG 민수 :psst", ":mina!u@h NICK Mina_", ":s RENAME #tea #coffee :");
  expect(stage.at("mina_").lines.map(({ kind, text }) => [kind, text])).toEqual([
    ["said", "psst"],
    ["nick", "Mina_"],
  ]);
  expect(stage.session.state.conversations.has(fold("mina"))).toBe(false);
  expect(stage.at("#coffee").name).toBe("#coffee");
  expect([...stage.session.state.conversations.keys()].map(String)).toEqual([
    "*",
    "#coffee",
    "mina_",
  ]);
});

test("the user's own new nick applies everywhere", () => {
  const stage = tea();
  stage.server(":민수!u@h NICK minsu", ":mina!u@h PRIVMSG #tea :minsu, hi");
  expect(stage.session.state.me.nick).toBe("minsu");
  expect(stage.last("#tea").mention).toBe(true);
  expect(nicks(stage)).toContain("minsu");
});

test("AWAY, WHO and ACCOUNT update presence", () => {
  const stage = tea(
    new Stage().ready("away-notify account-notify server-time", "PREFIX=(qaohv)~&@%+ WHOX BOT=B"),
  );
  stage.server(":s 354 민수 7 jun G 0", ":s 354 민수 7 mina HB mina");
  expect(stage.at("#tea").members.get(fold("jun"))).toMatchObject({ away: true, account: null });
  expect(stage.at("#tea").members.get(fold("mina"))).toMatchObject({ bot: true, account: "mina" });
  stage.now += 60_000;
  // Counted by this machine's monotonic clock: the server's time of day may differ.
  stage.server("@time=2026-11-22T03:02:00.000Z :mina!u@h AWAY :lunch", ":jun!u@h ACCOUNT jun");
  expect(stage.at("#tea").members.get(fold("mina"))).toMatchObject({
    away: true,
    awaySinceElapsedMs: 60_000,
  });
  expect(stage.at("#tea").members.get(fold("jun"))?.account).toBe("jun");
});

test("presence is requested after joining, with away-notify", () => {
  const stage = new Stage().ready("away-notify", "WHOX");
  stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수", ":s 366 민수 #tea :end");
  expect(stage.sent()).toEqual(["WHO #tea %tnfa,7"]);
});

test("a room that was renamed while offline is followed, with its lines", () => {
  const stage = new Stage();
  stage.ready().server(":민수!m@h JOIN #tea", ":준!j@h PRIVMSG #tea :hi");
  stage.sent();
  stage.session.closed("lost");
  stage.ready("draft/channel-rename message-tags");
  stage.session.commands.join("#tea");
  stage.sent();
  stage.server(":s FAIL JOIN CHANNEL_RENAMED #tea #coffee :The channel has been renamed");
  expect(stage.sent()).toEqual(["JOIN #coffee"]);
  stage.server(":민수!m@h JOIN #coffee");
  expect(stage.texts("#coffee")).toContain("hi");
  expect(stage.session.state.conversations.has("#tea" as never)).toBe(false);
});

test("a refusal is shown in the conversation of the command, and told when there is none", () => {
  const stage = tea(new Stage().ready("batch labeled-response"));
  stage.session.commands.topic("#tea", "leaves");
  const topic = /label=(\S+)/.exec(stage.sent().at(-1) ?? "")?.[1];
  stage.server(`@label=${topic} :s 482 민수 #tea :Only ops can do that`);
  expect(stage.last("#tea")).toMatchObject({ kind: "error", code: "482" });
  expect(stage.told("refused")).toMatchObject([{ key: "#tea", code: "482" }]);
  // A few refusals have later numerics. This one was shown as its parameters: "#tea W 10초 Give a number …".
  stage.session.commands.mode("#tea", "+W", "10초");
  const mode = /label=(\S+)/.exec(stage.sent().at(-1) ?? "")?.[1];
  stage.server(`@label=${mode} :s 696 민수 #tea W 10초 :Give a number of seconds`);
  expect(stage.last("#tea")).toMatchObject({ kind: "error", code: "696" });
  stage.session.commands.join("#secret");
  const [sent] = stage.sent();
  const label = /label=(\S+)/.exec(sent ?? "")?.[1];
  expect(sent).toBe(`@label=${label} JOIN #secret`);
  stage.server(`@label=${label} :s 473 민수 #secret :Cannot join`);
  expect(stage.told("refused").slice(2)).toEqual([
    {
      kind: "refused",
      key: null,
      verb: "JOIN",
      code: "473",
      text: "Cannot join",
      params: ["민수", "#secret", "Cannot join"],
    },
  ]);
  expect(stage.session.state.conversations.get(fold("*"))?.lines).toEqual([]);
});

test("an invitation emits an event", () => {
  const stage = tea();
  stage.server(":mina!u@h INVITE 민수 #cake");
  expect(stage.told("invited")).toEqual([{ kind: "invited", room: "#cake", by: "mina" }]);
});

test("rooms are joined again on a server that doesn't remember them", () => {
  const stage = tea();
  stage.session.closed("reset");
  expect(stage.at("#tea").joined).toBe(false);
  stage.session.opened();
  stage.server(":s 421 * CAP :unknown", ":s 001 민수 :hi", ":s 422 민수 :none");
  expect(stage.sent()).toContain("JOIN #tea");
});

test("rooms are listed, with labels and without", () => {
  const heard: unknown[] = [];
  const lines = [":s 321 민수 Channel :Users", ":s 322 민수 #tea 3 :leaves", ":s 323 민수 :end"];
  const plain = new Stage().ready("", "");
  plain.session.commands.list("", (rooms) => heard.push(rooms));
  expect(plain.sent()).toEqual(["LIST"]);
  plain.server(...lines);
  const labelled = new Stage().ready("batch labeled-response", "");
  labelled.session.commands.list("*te*", (rooms) => heard.push(rooms));
  const [sent] = labelled.sent();
  labelled.server(`@label=${/label=(\S+)/.exec(sent ?? "")?.[1]} :s BATCH +l labeled-response`);
  labelled.server(...lines.map((line) => `@batch=l ${line}`), ":s BATCH -l");
  const rooms = [{ name: "#tea", members: 3, topic: "leaves" }];
  expect(heard).toEqual([rooms, rooms]);
  expect(plain.texts("*")).not.toContain("leaves");
});

test("a request without an answer is lost after a minute, or with the connection", () => {
  const stage = new Stage().ready("batch labeled-response", "");
  const heard: string[] = [];
  stage.session.commands.whois("jun", (answer) => heard.push(answer.kind));
  stage.now += 60_000;
  stage.session.tick();
  expect(heard).toEqual(["lost"]);
  stage.session.commands.whois("jun", (answer) => heard.push(answer.kind));
  stage.session.closed("reset");
  expect(heard).toEqual(["lost", "lost"]);
});

test("a message isn't lost while the server answers nothing, but stays connected", () => {
  const stage = new Stage().ready("batch labeled-response echo-message message-tags", "");
  stage.server(":s PONG s :0");
  stage.now += 30_000;
  stage.session.tick();
  const pings = stage.sent();
  stage.session.commands.say("jun", "are you here?");
  const [sent] = stage.sent();
  for (let n = 0; n < 20; n += 1) {
    stage.now += 30_000;
    stage.session.tick();
    stage.server("PING :waiting");
    pings.push(...stage.sent().filter((line) => line.startsWith("PING ")));
  }
  expect(stage.session.state.unansweredElapsedMs).not.toBeNull();
  // It answers in order, and goes on after a second.
  const echo = `@label=${labelOf(sent)};msgid=m1 :민수!u@h PRIVMSG jun :are you here?`;
  stage.server(`:s PONG s :${pings[0]?.split(" ")[1]}`);
  stage.now += 1000;
  stage.session.tick();
  stage.server(echo);
  expect(stage.texts("jun")).toEqual(["are you here?"]);
  for (const ping of pings.slice(1)) stage.server(`:s PONG s :${ping.split(" ")[1]}`);
  expect(stage.session.state.latencyMs).toBe(1000);
});

test("a message counts as unanswered until the server has it, whatever else it says", () => {
  const stage = new Stage().ready("batch labeled-response echo-message message-tags", "");
  const since = () => stage.session.state.unansweredElapsedMs;
  stage.session.tick();
  expect(since()).toBeNull();
  stage.session.commands.say("jun", "are you here?");
  const [sent] = stage.sent();
  stage.session.tick();
  const sentElapsedMs = since();
  expect(sentElapsedMs).not.toBeNull();
  stage.now += 7000;
  stage.server("NOTICE * :The server can't answer at the moment.");
  stage.session.tick();
  expect(since()).toBe(sentElapsedMs);
  stage.server(`@label=${labelOf(sent)};msgid=m1 :민수!u@h PRIVMSG jun :are you here?`);
  stage.session.tick();
  expect(since()).toBeNull();
});

test("a raw line is one line, whatever was pasted", () => {
  const stage = tea();
  stage.session.commands.raw("VERSION\r\nQUIT");
  expect(stage.sent()).toEqual(["VERSION"]);
});

test("the pinned text is requested once, shown, and set", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.server(":s CAP * LS :draft/metadata-2", ":s CAP * ACK :draft/metadata-2");
  stage.server(":s 001 민수 :hi", ":s 422 민수 :none");
  expect(stage.sent()).toContain("METADATA * SUB sodam.chat/pinned");
  stage.server(":민수!u@h JOIN #tea", ":s METADATA #tea sodam.chat/pinned * :금요일 17시");
  expect(stage.at("#tea").pinned).toBe("금요일 17시");
  stage.server(":s METADATA #tea sodam.chat/pinned *");
  expect(stage.at("#tea").pinned).toBeNull();
  stage.sent();
  stage.session.commands.pin("#tea", "배포는 금요일");
  stage.session.commands.pin("#tea", "");
  expect(stage.sent()).toEqual([
    "METADATA #tea SET sodam.chat/pinned :배포는 금요일",
    "METADATA #tea SET sodam.chat/pinned",
  ]);
});

test("people in direct conversations are monitored, and their presence is shown", () => {
  const stage = new Stage().ready("", "MONITOR=100");
  const key = stage.session.commands.openDirect("jun");
  expect(stage.sent()).toEqual(["MONITOR + jun"]);
  stage.server(":s 730 민수 :jun!u@h");
  expect(stage.at("jun").online).toBe(true);
  stage.server(":s 731 민수 :jun");
  expect(stage.at("jun").online).toBe(false);
  stage.session.commands.closeConversation(key);
  expect(stage.sent()).toEqual(["MONITOR - jun"]);
  expect(stage.told("conversation-removed")).toEqual([{ kind: "conversation-removed", key }]);
});

test("the server's own conversation is empty until the server sends a message there", () => {
  const stage = new Stage();
  stage.session.connecting();
  stage.session.opened();
  stage.server(":s CAP * LS :", ":s 001 민수 :hi", ":s 002 민수 :host", ":s 003 민수 :created");
  stage.server(":s 004 민수 s v i o", ":s 251 민수 :There are 2 people", ":s 254 민수 3 :rooms");
  stage.server(":s 265 민수 1 1 :People here: 1, at most 1", ":s 422 민수 :none", ":s 221 민수 +Z");
  expect(stage.at("*").lines).toEqual([]);
  stage.server(":s 375 민수 :- Message", ":s 372 민수 :- Lunch at noon", ":s 376 민수 :End");
  stage.server(":s 372 민수 :- Lunch at noon");
  expect(stage.texts("*")).toEqual(["Lunch at noon"]);
  stage.server(":s 381 민수 :You are an operator", ":s NOTE * HELLO x :be kind");
  expect(stage.texts("*").slice(1)).toEqual(["x be kind"]);
});

test("read receipts are stored for members who share them, while they are members", () => {
  const stage = new Stage({ receipts: true });
  stage.session.opened();
  stage.server(":s CAP * LS :batch sodam.chat/read-receipts");
  expect(stage.sent().at(-1)).toBe("CAP REQ :batch sodam.chat/read-receipts");
  stage.server(
    ":s CAP * ACK :batch sodam.chat/read-receipts",
    ":s 001 민수 :hi",
    ":s 422 민수 :no",
  );
  stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수 mina jun", ":s 366 민수 #tea :end");
  const read = (nick: string, point: string) => stage.server(`:s READ #tea ${nick} ${point}`);
  read("mina", "timestamp=2026-11-22T01:00:00.000Z");
  read("jun", "timestamp=2026-11-22T01:05:00.000Z");
  read("nobody", "timestamp=2026-11-22T01:05:00.000Z");
  read("민수", "timestamp=2026-11-22T01:05:00.000Z");
  const readers = () => [...stage.at("#tea").readers.keys()].map(String);
  expect(readers()).toEqual(["mina", "jun"]);
  stage.server(":jun!u@h NICK june", ":mina!u@h PART #tea");
  expect([...stage.at("#tea").readers]).toEqual([[fold("june"), Date.UTC(2026, 10, 22, 1, 5)]]);
  read("june", "*");
  expect(readers()).toEqual([]);
  read("june", "timestamp=2026-11-22T01:05:00.000Z");
  stage.sent();
  stage.session.setReceipts(false);
  expect(stage.sent()).toEqual(["CAP REQ -sodam.chat/read-receipts"]);
  expect(readers()).toEqual([]);
});

test("direct messages have one reader, also after a nick change", () => {
  const stage = new Stage().ready();
  stage.session.commands.openDirect("mina");
  const read = (nick: string) =>
    stage.server(`:s READ mina ${nick} timestamp=2026-11-22T01:00:00Z`);
  read("jun");
  expect(stage.at("mina").readers.size).toBe(0);
  read("mina");
  stage.server(":mina!u@h NICK minji");
  expect([...stage.at("minji").readers.keys()]).toEqual([fold("minji")]);
});

test("an invitation that the server sends again after a reconnection is shown once", () => {
  const stage = new Stage().ready("", "");
  const line = (time: string) => `@time=2026-11-22T00:30:0${time}Z :mina!u@h INVITE 민수 #tea`;
  stage.server(line("0.000"), line("0.000"), line("5.000"));
  expect(stage.told("invited")).toHaveLength(2);
});

test("an invitation is stored as a line of the server's conversation", () => {
  const stage = new Stage().ready("", "");
  stage.server(":mina!u@h INVITE 민수 #tea");
  expect(stage.told("invited")).toEqual([{ kind: "invited", room: "#tea", by: "mina" }]);
  expect(stage.last("*")).toMatchObject({
    kind: "info",
    code: "INVITED",
    params: ["mina", "#tea"],
  });
});

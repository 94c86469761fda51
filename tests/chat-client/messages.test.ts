import { expect, test } from "bun:test";
import { fold } from "../../lib/protocol/names.ts";
import { labelOf, Stage } from "./stage.ts";

const JOINED = [":민수!u@h JOIN #tea", ":s 353 민수 = #tea :@mina 민수", ":s 366 민수 #tea :end"];
/** Answers the page that the client asks for on joining with an empty one. */
function emptyPage(stage: Stage): Stage {
  for (const line of stage.sent().filter((sent) => sent.includes("CHATHISTORY"))) {
    const target = line.split(" ")[3];
    stage.server(`@label=${labelOf(line)} :s BATCH +e chathistory ${target}`, ":s BATCH -e");
  }
  return stage;
}

test("an own line is being sent until its labelled echo arrives", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  const [key] = stage.session.commands.say("#tea", "안녕");
  const [sent] = stage.sent();
  expect(sent).toBe(`@label=${labelOf(sent)} PRIVMSG #tea 안녕`);
  expect(stage.last("#tea")).toMatchObject({ key, status: "sending", text: "안녕", own: true });
  stage.server(
    `@label=${labelOf(sent)};msgid=m1;time=2026-11-22T01:00:05.000Z :민수!u@h PRIVMSG #tea :안녕`,
  );
  expect(stage.at("#tea").lines).toHaveLength(1);
  expect(stage.last("#tea")).toMatchObject({ key, status: "sent", msgid: "m1" });
  expect(stage.at("#tea").unread).toBe(0);
});

test("a refused line is marked failed with the reason, and can be sent again", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  const [key = ""] = stage.session.commands.say("#tea", "x");
  stage.server(`@label=${labelOf(stage.sent()[0])} :s 404 민수 #tea :Cannot send`);
  expect(stage.last("#tea")).toMatchObject({
    status: "failed",
    problem: "Cannot send",
    code: "404",
  });
  expect(stage.told("refused")).toEqual([]);
  expect(stage.session.commands.retry(fold("#tea"), key)).toBe(true);
  const [again] = stage.sent();
  expect(again).toEndWith("PRIVMSG #tea x");
  stage.server(`@label=${labelOf(again)};msgid=m2 :민수!u@h PRIVMSG #tea x`);
  expect(stage.last("#tea")).toMatchObject({ key, status: "sent", msgid: "m2", problem: "" });
  expect(stage.session.commands.retry(fold("#tea"), key)).toBe(false);
});

test("without echo and labels an own line is sent once a later PING is answered, or fails by the numeric", () => {
  const stage = new Stage().ready("", "").server(":s PONG s :0", ...JOINED);
  stage.now += 5;
  stage.session.commands.say("#tea", "hi");
  expect(stage.sent()).toEqual(["PRIVMSG #tea hi", "PING 5"]);
  expect(stage.last("#tea")).toMatchObject({ status: "sending", text: "hi", own: true });
  // Sent after the PING: its answer says nothing about this one.
  stage.session.commands.say("#tea", "again");
  expect(stage.sent()).toEqual(["PRIVMSG #tea again"]);
  stage.now += 5;
  stage.server(":s PONG s :5");
  expect(
    stage
      .at("#tea")
      .lines.slice(-2)
      .map(({ status }) => status),
  ).toEqual(["sent", "sending"]);
  expect(stage.sent()).toEqual(["PING 10"]);
  stage.session.closed("gone");
  expect(stage.last("#tea").status).toBe("unsure");
});

test("without echo and labels an own line fails by the numeric", () => {
  const stage = new Stage().ready("", "").server(":s PONG s :0", ...JOINED);
  stage.now += 5;
  stage.session.commands.say("#tea", "hi");
  stage.server(":s 404 민수 #tea :Cannot send", ":s PONG s :5");
  expect(stage.last("#tea")).toMatchObject({ status: "failed", problem: "Cannot send" });
  expect(stage.at("#tea").lines).toHaveLength(1);
});

test("with echo but no labels an own line is recognized by its text", () => {
  const stage = new Stage().ready("echo-message message-tags").server(...JOINED);
  stage.session.commands.say("#tea", "hi");
  expect(stage.sent()).toEqual(["PRIVMSG #tea hi"]);
  stage.server("@msgid=m1 :민수!u@h PRIVMSG #tea :hi");
  expect(stage.at("#tea").lines).toHaveLength(1);
  expect(stage.last("#tea")).toMatchObject({ status: "sent", msgid: "m1" });
});

test("a message of mine from another device is shown as my own", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server("@msgid=m1 :민수!u@h PRIVMSG #tea :from the phone");
  expect(stage.last("#tea")).toMatchObject({ own: true, status: "sent" });
  stage.server("@msgid=m2 :민수!u@h PRIVMSG mina :to her");
  expect(stage.last("mina")).toMatchObject({ own: true, text: "to her" });
});

test("several lines are sent as one multiline batch where that is offered", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  const keys = stage.session.commands.say("#tea", "one\n\ntwo", { replyTo: "m0" });
  expect(keys).toHaveLength(1);
  const sent = stage.sent();
  const reference = /BATCH \+(\S+)/.exec(sent[0] ?? "")?.[1];
  const label = labelOf(sent[0]);
  expect(sent).toEqual([
    `@+reply=m0;label=${label} BATCH +${reference} draft/multiline #tea`,
    `@batch=${reference} PRIVMSG #tea one`,
    `@batch=${reference} PRIVMSG #tea :`,
    `@batch=${reference} PRIVMSG #tea two`,
    `BATCH -${reference}`,
  ]);
  stage.server(
    `@label=${label};msgid=m1;+reply=m0 :민수!u@h BATCH +z draft/multiline #tea`,
    "@batch=z :민수!u@h PRIVMSG #tea :one",
    "@batch=z :민수!u@h PRIVMSG #tea :",
    "@batch=z :민수!u@h PRIVMSG #tea :two",
    ":s BATCH -z",
  );
  expect(stage.at("#tea").lines).toHaveLength(1);
  expect(stage.last("#tea")).toMatchObject({
    status: "sent",
    msgid: "m1",
    text: "one\n\ntwo",
    replyTo: "m0",
  });
});

test("a long text is split between letters, and every line fits", () => {
  const stage = new Stage().ready("", "").server(...JOINED);
  const text = "가나다라마바사아자차카타파하".repeat(30);
  stage.session.commands.say("#tea", text);
  const sent = stage.sent();
  expect(sent.length).toBeGreaterThan(1);
  for (const line of sent) {
    expect(Buffer.byteLength(`:민수!u@h ${line}\r\n`)).toBeLessThanOrEqual(512);
  }
  expect(sent.map((line) => line.replace(/^PRIVMSG #tea :?/, "")).join("")).toBe(text);
  expect(stage.texts("#tea").join("")).toBe(text);
});

test("all text is in NFC, also text that arrived decomposed", () => {
  const stage = new Stage().ready("", "").server(...JOINED);
  stage.session.commands.say("#tea", "한글".normalize("NFD"));
  expect(stage.sent()[0]).toBe("PRIVMSG #tea 한글");
  stage.server(`:mina!u@h PRIVMSG #tea :${"수다".normalize("NFD")}`);
  expect(stage.texts("#tea")).toContain("수다");
});

test("counts unread lines and mentions; reading resets both and sends MARKREAD", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server(
    "@msgid=1;time=2026-11-22T01:00:01.000Z :mina!u@h PRIVMSG #tea :hello",
    "@msgid=2;time=2026-11-22T01:00:02.000Z :mina!u@h PRIVMSG #tea :민수야 밥 먹자",
    "@msgid=3;time=2026-11-22T01:00:03.000Z :jun!u@h JOIN #tea",
  );
  expect([stage.at("#tea").unread, stage.at("#tea").mentions]).toEqual([2, 1]);
  expect(stage.told("notify").map(({ line, why }) => [line.text, why])).toEqual([
    ["민수야 밥 먹자", "mention"],
  ]);
  stage.session.commands.markRead(fold("#tea"));
  expect([stage.at("#tea").unread, stage.at("#tea").mentions]).toEqual([0, 0]);
  const [sent] = stage.sent();
  expect(sent).toEndWith("MARKREAD #tea timestamp=2026-11-22T01:00:03.000Z");
  stage.session.commands.markRead(fold("#tea"));
  expect(stage.sent()).toEqual([]);
});

test("a text mentions me only if no member's longer name is meant, also once it is edited", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server(
    "@msgid=1 :mina!u@h PRIVMSG #tea :민수도 어디?",
    ":민수도!u@h JOIN #tea",
    "@msgid=2 :mina!u@h PRIVMSG #tea :민수도 어디?",
    "@msgid=3 :mina!u@h PRIVMSG #tea :민수도 어디? 민수한테도",
  );
  const mentions = () =>
    ["1", "2", "3"].map((msgid) => {
      const line = stage.at("#tea").lines.find((each) => each.msgid === msgid);
      return line?.mention;
    });
  expect(mentions()).toEqual([true, false, true]);
  stage.server(
    "@msgid=4 :mina!u@h EDIT #tea 1 :민수도 어디?",
    "@msgid=5 :mina!u@h EDIT #tea 2 :민수가 어디?",
  );
  expect(mentions()).toEqual([false, true, true]);
});

test("a read marker of another device applies here", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server(
    "@msgid=1;time=2026-11-22T01:00:01.000Z :mina!u@h PRIVMSG #tea :a",
    "@msgid=2;time=2026-11-22T01:00:02.000Z :mina!u@h PRIVMSG #tea :b",
    ":s MARKREAD #tea timestamp=2026-11-22T01:00:01.000Z",
  );
  expect(stage.at("#tea").unread).toBe(1);
  stage.server(":s UNREAD #tea 7 2", ":s UNREAD jun 3 3");
  expect([stage.at("#tea").unread, stage.at("#tea").mentions]).toEqual([7, 2]);
  expect(stage.at("jun").unread).toBe(3);
});

test.each([
  ["rfc1459", ["[jun]", "é", "É"]],
  ["ascii", ["[jun]", "{jun}", "é", "É"]],
] as const)(
  "who has reacted, and who types, is one person or two by CASEMAPPING=%s",
  (mapping, reacting) => {
    const stage = new Stage().ready("message-tags server-time", `CASEMAPPING=${mapping}`);
    stage.server(":민수!u@h JOIN #tea", "@msgid=1 :jun!u@h PRIVMSG #tea :hi");
    for (const nick of ["[jun]", "{jun}", "é", "É"]) {
      stage.server(`@+reply=1;+draft/react=👍 :${nick}!u@h TAGMSG #tea`);
    }
    expect(stage.last("#tea").reactions.get("👍")).toEqual([...reacting]);
    stage.server("@+reply=1;+draft/unreact=👍 :{jun}!u@h TAGMSG #tea");
    expect(stage.last("#tea").reactions.get("👍")?.includes("[jun]")).toBe(mapping === "ascii");
    stage.server("@+typing=active :[jun]!u@h TAGMSG #tea", ":{jun}!u@h PRIVMSG #tea :done");
    expect(stage.at("#tea").typing.has("[jun]")).toBe(mapping === "ascii");
  },
);

test("reactions, edits and deletions change the line that they name", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server("@msgid=1 :mina!u@h PRIVMSG #tea :hello");
  stage.server(
    "@+reply=1;+draft/react=👍 :jun!u@h TAGMSG #tea",
    "@+reply=1;+draft/react=👍 :jun!u@h TAGMSG #tea",
    "@+reply=1;+draft/react=👍 :sora!u@h TAGMSG #tea",
  );
  expect([...stage.last("#tea").reactions]).toEqual([["👍", ["jun", "sora"]]]);
  stage.server("@+reply=1;+draft/unreact=👍 :jun!u@h TAGMSG #tea");
  expect([...stage.last("#tea").reactions]).toEqual([["👍", ["sora"]]]);
  stage.server("@time=2026-11-22T01:00:05.000Z :mina!u@h EDIT #tea 1 :hello there");
  const editedAt = Date.UTC(2026, 10, 22, 1, 0, 5);
  expect(stage.last("#tea")).toMatchObject({ text: "hello there", edited: true, editedAt });
  stage.server(":jun!u@h REDACT #tea 1 :oops");
  expect(stage.last("#tea").redactedBy).toBe("jun");
  expect(stage.last("#tea")).toMatchObject({ text: "", redacted: true });
});

test("editing, deleting, reacting and typing send their commands", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  const tea = fold("#tea");
  stage.session.commands.edit(tea, "1", "더 나은 말");
  stage.session.commands.redact(tea, "1");
  stage.session.commands.react(tea, "1", "🎉");
  stage.session.commands.sendTyping(tea, "active");
  stage.session.commands.sendTyping(tea, "active");
  const bare = stage.sent().map((line) => line.replace(/;?label=[^; ]+/, "").replace("@ ", ""));
  expect(bare).toEqual([
    "EDIT #tea 1 :더 나은 말",
    "REDACT #tea 1",
    "@+reply=1;+draft/react=🎉 TAGMSG #tea",
    "@+typing=active TAGMSG #tea",
  ]);
});

test("typing ends after six seconds, or when the message arrives", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server("@+typing=active :mina!u@h TAGMSG #tea", "@+typing=active :jun!u@h TAGMSG #tea");
  expect([...stage.at("#tea").typing.keys()]).toEqual(["mina", "jun"]);
  stage.server("@msgid=1 :mina!u@h PRIVMSG #tea :so");
  expect([...stage.at("#tea").typing.keys()]).toEqual(["jun"]);
  stage.now += 6_000;
  stage.session.tick();
  expect(stage.at("#tea").typing.size).toBe(0);
});

test("CTCP ACTION is an action, and other CTCP adds no line", () => {
  const stage = new Stage().ready("", "").server(...JOINED);
  stage.server(
    ":mina!u@h PRIVMSG #tea :\x01ACTION waves\x01",
    ":x!u@h PRIVMSG 민수 :\x01VERSION\x01",
  );
  expect(stage.last("#tea")).toMatchObject({ kind: "action", text: "waves" });
  expect(stage.session.state.conversations.has(fold("x"))).toBe(false);
  stage.session.commands.sendAction("#tea", "waves back");
  expect(stage.sent()).toEqual(["PRIVMSG #tea :\x01ACTION waves back\x01"]);
});

test("the server's own messages are in its own conversation", () => {
  const stage = new Stage().ready("", "");
  stage.server(":irc.example NOTICE 민수 :*** maintenance", ":bot!u@h NOTICE 민수 :psst");
  expect(stage.texts("*").slice(-2)).toEqual(["*** maintenance", "psst"]);
});

test("pending lines stay at the end in their order, also when the server's clock is ahead", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.session.commands.say("#tea", "one");
  stage.session.commands.say("#tea", "two");
  const [one, two] = stage.sent();
  stage.server(
    "@msgid=m0;time=2026-11-22T01:10:00.000Z :mina!u@h PRIVMSG #tea :before",
    `@label=${labelOf(one)};msgid=m1;time=2026-11-22T01:10:01.000Z :민수!u@h PRIVMSG #tea :one`,
  );
  expect(stage.texts("#tea")).toEqual(["before", "one", "two"]);
  stage.server(`@label=${labelOf(two)} :s 404 민수 #tea :Cannot send`);
  expect(stage.at("#tea").lines.find((line) => line.text === "two")?.status).toBe("failed");
});

test("an edit in the history says when it was", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  stage.server(
    "@msgid=1;sodam.chat/edited=2026-11-22T00:31:00.000Z :mina!u@h PRIVMSG #tea :new text",
  );
  const editedAt = Date.UTC(2026, 10, 22, 0, 31);
  expect(stage.last("#tea")).toMatchObject({ edited: true, editedAt });
});

test("a service's answer to a question adds no line; its other notices do", () => {
  const stage = emptyPage(new Stage().ready().server(...JOINED));
  const answers: string[] = [];
  stage.session.ask("CS", ["BANS", "#tea"], ({ kind }) => answers.push(kind));
  const label = labelOf(stage.sent().at(-1) ?? "");
  stage.server(`@label=${label} :ChanServ!s@s NOTICE 민수 :Nobody is banned`);
  expect(answers).toEqual(["answered"]);
  expect(stage.at("*").lines).toEqual([]);
  stage.server(":ChanServ!s@s NOTICE 민수 :A report waits");
  expect(stage.at("*").lines).toHaveLength(1);
});

test("the server's own conversation is called by the network, or else by the server", () => {
  const stage = new Stage().ready("message-tags server-time", "");
  expect(stage.at("*").name).toBe("s");
  stage.server(":tea.example 005 민수 NETWORK=찻집 :are supported");
  expect(stage.at("*").name).toBe("찻집");
  stage.server(":tea.example 005 민수 NETWORK=#tea :are supported");
  expect(stage.at("*").name).toBe("찻집");
});

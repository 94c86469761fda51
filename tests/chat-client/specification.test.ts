import { describe, expect, test } from "bun:test";
import { SILENCE_MS_MAX } from "../../lib/chat-client/connection-timing.ts";
import { WANTED_CAPS } from "../../lib/chat-client/registration/capability-requests.ts";
import { fold } from "../../lib/protocol/names.ts";
import { labelOf, Stage } from "./stage.ts";

/** The demands of ratified specifications on clients, one by one. Those with other tests aren't repeated. */

const JOINED = [":민수!u@h JOIN #tea", ":s 353 민수 = #tea :@mina 민수", ":s 366 민수 #tea :end"];
const TEA = fold("#tea");

/** https://ircv3.net/specs/extensions/capability-negotiation */
describe("capability-negotiation", () => {
  function asking(list: string): Stage {
    const stage = new Stage();
    stage.session.opened();
    stage.server(`:s CAP * LS :${list}`);
    return stage;
  }

  test("CAP LS 302 is sent first, and NICK and USER without waiting for its answer", () => {
    const stage = new Stage();
    stage.session.opened();
    expect(stage.sent().map((line) => line.split(" ")[0])).toEqual(["CAP", "NICK", "USER"]);
  });

  test("spaces at a list's end, and repeated ones, are ignored", () => {
    const stage = asking("batch  server-time   ");
    expect(stage.sent().at(-1)).toBe("CAP REQ :server-time batch");
    stage.server(":s CAP * ACK :server-time  batch ");
    expect([...stage.session.state.caps]).toEqual(["server-time", "batch"]);
  });

  test("the last value of a capability listed twice counts", () => {
    const stage = new Stage({ logIn: { kind: "password", account: "a", password: "b" } });
    stage.session.opened();
    stage.server(":s CAP * LS * :sasl=EXTERNAL", ":s CAP * LS :sasl=PLAIN", ":s CAP * ACK :sasl");
    expect(stage.sent().at(-1)).toBe("AUTHENTICATE PLAIN");
  });

  test("names are compared whole and case-sensitively", () => {
    expect(asking("Batch BATCH draft/batch batch/x server-timed").sent().at(-1)).toBe("CAP END");
  });

  test("REQ lines are short enough for one ACK", () => {
    const stage = asking(WANTED_CAPS.join(" "));
    const asked = stage.sent().filter((line) => line.startsWith("CAP REQ"));
    expect(asked.length).toBeGreaterThan(1);
    const ack = ":a-server-with-a-name-of-sixty-three-letters-that-is-not-short. CAP * ACK ";
    for (const line of asked) {
      expect(`${ack}${line.slice("CAP REQ ".length)}\r\n`.length).toBeLessThanOrEqual(512);
    }
  });

  test("capabilities change with the last ACK of a set, and not before", () => {
    const stage = asking("batch server-time echo-message");
    stage.server(":s CAP * ACK :server-time batch");
    expect([...stage.session.state.caps]).toEqual([]);
    expect(stage.sent()).not.toContain("CAP END");
    stage.server(":s CAP * ACK :echo-message");
    expect([...stage.session.state.caps]).toEqual(["server-time", "echo-message", "batch"]);
    expect(stage.sent()).toEqual(["CAP END"]);
  });

  test("a new capability is requested if it is wanted, and a new value is stored", () => {
    const stage = new Stage().ready("batch draft/multiline=max-bytes=100,max-lines=2 message-tags");
    stage.server(":s CAP 민수 NEW :echo-message x/y");
    expect(stage.sent()).toEqual(["CAP REQ echo-message"]);
    stage.server(
      ":s CAP 민수 ACK :echo-message",
      ":s CAP 민수 NEW :draft/multiline=max-bytes=9000,max-lines=9",
    );
    expect(stage.sent()).toEqual([]);
    expect([...stage.session.state.caps]).toContain("echo-message");
    stage.server(...JOINED);
    stage.session.commands.say("#tea", "one\ntwo\nthree");
    expect(stage.sent().filter((line) => line.includes("BATCH +"))).toHaveLength(1);
  });

  test("a removed capability is disabled at once, without a REQ, and the session continues", () => {
    const stage = new Stage().ready(
      "batch labeled-response echo-message draft/multiline=max-bytes=4096 sasl",
    );
    stage.server(...JOINED);
    stage.sent();
    stage.server(
      ":s CAP 민수 DEL :labeled-response echo-message draft/multiline sasl  nothing-known ",
    );
    expect(stage.sent()).toEqual([]);
    stage.session.commands.say("#tea", "one\ntwo");
    const sent = stage.sent();
    expect(sent.filter((text) => !text.startsWith("PING"))).toEqual([
      "PRIVMSG #tea one",
      "PRIVMSG #tea two",
    ]);
    expect(stage.last("#tea").status).toBe("sending");
  });

  test("a pending answer is still matched after its capability is removed", () => {
    const stage = new Stage().ready("batch labeled-response echo-message").server(...JOINED);
    stage.session.commands.say("#tea", "hi");
    const label = labelOf(stage.sent().at(-1));
    stage.server(":s CAP 민수 DEL :labeled-response", `@label=${label} :민수!u@h PRIVMSG #tea :hi`);
    expect(stage.last("#tea").status).toBe("sent");
  });
});

/** https://ircv3.net/specs/extensions/sasl-3.1 and sasl-3.2 */
describe("sasl", () => {
  function awaitingLogin(sasl: string, logIn: "password" | "certificate" = "password"): Stage {
    const stage = new Stage({
      logIn:
        logIn === "password"
          ? { kind: "password", account: "a", password: "b".repeat(300) }
          : { kind: "certificate", account: "a" },
    });
    stage.session.opened();
    stage.server(`:s CAP * LS :${sasl}`);
    if (sasl.includes("sasl")) stage.server(":s CAP * ACK :sasl");
    return stage;
  }
  const problems = (stage: Stage) => stage.told("log-in-failed").map(({ problem }) => problem.kind);

  /** The offered mechanisms, and the action of a client with a password. */
  for (const [sasl, sent] of [
    ["sasl", "AUTHENTICATE PLAIN"],
    ["sasl=", "AUTHENTICATE PLAIN"],
    ["sasl=PLAIN", "AUTHENTICATE PLAIN"],
    ["sasl=EXTERNAL,FOO,PLAIN,SCRAM-SHA-256", "AUTHENTICATE PLAIN"],
    ["sasl=EXTERNAL,PLAINER", "CAP REQ sasl"],
  ] as const) {
    test(`${sasl}: ${sent}`, () => {
      const stage = awaitingLogin(sasl);
      expect(stage.sent().at(-1)).toBe(sent);
      expect(problems(stage)).toEqual(sent.startsWith("CAP") ? ["not-offered"] : []);
    });
  }

  test("AUTHENTICATE waits for sasl to be granted, and CAP END for the log-in to be over", () => {
    const stage = awaitingLogin("sasl");
    expect(stage.sent().slice(3)).toEqual(["CAP REQ sasl", "AUTHENTICATE PLAIN"]);
    stage.server("AUTHENTICATE +");
    expect(stage.sent()).not.toContain("CAP END");
    stage.server(":s 903 * :ok");
    expect(stage.sent()).toEqual(["CAP END"]);
  });

  test("a response is sent in pieces of 400 bytes, the last one shorter, or +", () => {
    const stage = awaitingLogin("sasl");
    stage.sent();
    stage.server(":s AUTHENTICATE +");
    const pieces = stage.sent().map((line) => line.slice("AUTHENTICATE ".length));
    for (const piece of pieces.slice(0, -1)) expect(piece).toHaveLength(400);
    const last = pieces.at(-1) ?? "";
    expect(last === "+" || last.length < 400).toBe(true);
    const all = pieces.filter((piece) => piece !== "+").join("");
    expect(Buffer.from(all, "base64").toString()).toBe(`\0a\0${"b".repeat(300)}`);
  });

  test("a server that never answers is given up, at any stage of the log-in", () => {
    for (const lines of [[], ["AUTHENTICATE +"]]) {
      const stage = awaitingLogin("sasl");
      stage.server(...lines);
      stage.now += SILENCE_MS_MAX - 1;
      stage.session.tick();
      expect(stage.told("stalled")).toEqual([]);
      stage.now += 1;
      stage.session.tick();
      expect(stage.told("stalled")).toHaveLength(1);
    }
  });

  test("an unsupported mechanism isn't reported as a wrong password", () => {
    for (const logIn of ["password", "certificate"] as const) {
      const stage = awaitingLogin("sasl", logIn);
      stage.server(":s 908 * SCRAM-SHA-256 :are available", ":s 904 * :failed");
      expect(problems(stage)).toEqual(["not-offered"]);
    }
  });

  test("without sasl a log-in doesn't continue as a guest", () => {
    // The specification says "disconnect"; this client asks NickServ after the welcome, and without one it waits
    // for the user's choice.
    const stage = awaitingLogin("batch");
    stage.server(":s CAP * ACK :batch");
    expect(stage.sent()).toContain("CAP END");
    stage.server(":s 001 a :hi", ":s 422 a :none", ":s 401 a NickServ :No such nick");
    expect(problems(stage)).toEqual(["other"]);
    expect(stage.session.state.phase).toEqual({ kind: "logging-in", awaitingLogin: true });
    expect(stage.told("ready")).toEqual([]);
  });

  test("without sasl a log-in on a server of ours fails at once", () => {
    const stage = awaitingLogin("batch sodam.chat/account");
    stage.server(":s CAP * ACK :batch sodam.chat/account");
    expect(problems(stage)).toEqual(["not-offered"]);
    expect(stage.sent()).not.toContain("CAP END");
  });
});

/** https://ircv3.net/specs/extensions/message-tags */
describe("message-tags", () => {
  test("a TAGMSG with unknown tags adds no line, and opens no conversation", () => {
    const stage = new Stage().ready("message-tags").server(...JOINED);
    stage.server("@+x=1 :mina!u@h TAGMSG #tea", "@+x=1 :jun!u@h TAGMSG 민수", "TAGMSG #tea");
    expect(stage.at("#tea").lines).toEqual([]);
    expect(stage.session.state.conversations.has(fold("jun"))).toBe(false);
  });

  test("unusual tags, repeated, empty or with odd escapes, don't break a message", () => {
    const stage = new Stage().ready("message-tags").server(...JOINED);
    stage.server("@;=;a/b/c=;+;msgid=x;msgid=y\\;é=1 :mina!u@h PRIVMSG #tea :hi");
    expect(stage.last("#tea")).toMatchObject({ msgid: "y", text: "hi" });
  });

  test("no line is sent with more than 4094 bytes of tags", () => {
    const stage = new Stage()
      .ready("message-tags echo-message batch labeled-response")
      .server(...JOINED);
    stage.sent();
    const id = "가".repeat(1400);
    stage.server(`@msgid=${id} :mina!u@h PRIVMSG #tea :hi`);
    stage.session.commands.say("#tea", "yes", { replyTo: id });
    stage.session.commands.react(TEA, id, "🍵");
    const sent = stage.sent();
    expect(sent.map((line) => line.replace(/^@\S+ /, ""))).toEqual(["PRIVMSG #tea yes"]);
    for (const line of sent) expect(Buffer.byteLength(line.split(" ")[0] ?? "")).toBeLessThan(4096);
    expect(labelOf(sent[0])).not.toBe("");
  });
});

/** https://ircv3.net/specs/extensions/message-ids */
describe("message-ids", () => {
  const COMPOSED = "\u00e9";
  const DECOMPOSED = "e\u0301";

  test("a msgid is compared, stored and sent unchanged: neither folded nor normalized", () => {
    const stage = new Stage()
      .ready("message-tags draft/message-redaction sodam.chat/edit")
      .server(...JOINED);
    stage.sent();
    for (const id of [COMPOSED, DECOMPOSED, "A", "a"]) {
      stage.server(`@msgid=${id} :민수!u@h PRIVMSG #tea :${id.length} ${id}`);
    }
    expect(stage.at("#tea").lines.map((line) => line.msgid)).toEqual([
      COMPOSED,
      DECOMPOSED,
      "A",
      "a",
    ]);
    stage.session.commands.redact(TEA, DECOMPOSED);
    stage.session.commands.edit(TEA, "a", "tea");
    expect(stage.sent()).toEqual([`REDACT #tea ${DECOMPOSED}`, "EDIT #tea a tea"]);
    stage.server(`:민수!u@h REDACT #tea ${DECOMPOSED}`, ":민수!u@h EDIT #tea a :tea");
    stage.server(`@+reply=${COMPOSED};+draft/react=🍵 :jun!u@h TAGMSG #tea`);
    expect(
      stage.at("#tea").lines.map((line) => [line.redacted, line.edited, line.reactions.size]),
    ).toEqual([
      [false, false, 1],
      [true, false, 0],
      [false, false, 0],
      [false, true, 0],
    ]);
  });

  test("a repeated message is one line, and a different one with the same msgid does no harm", () => {
    const stage = new Stage().ready("message-tags").server(...JOINED);
    for (let i = 0; i < 2; i += 1) stage.server("@msgid=x :mina!u@h PRIVMSG #tea :hi");
    expect(stage.texts("#tea")).toEqual(["hi"]);
    stage.server("@msgid=x :mina!u@h PRIVMSG 민수 :hi");
    expect(stage.texts("mina")).toEqual(["hi"]);
  });
});

/** https://ircv3.net/specs/extensions/batch */
describe("batch", () => {
  test("batch references are opaque and case-sensitive; nested batches end first", () => {
    const stage = new Stage().ready("batch message-tags").server(...JOINED);
    stage.server(
      ":s BATCH +A example.com/foo",
      "@batch=A :mina!u@h PRIVMSG #tea :one",
      ":s BATCH +a example.com/bar x y z",
      "@batch=a :mina!u@h PRIVMSG #tea :three",
      ":mina!u@h PRIVMSG #tea :not in a batch",
      "@batch=A :s BATCH +in example.com/foo",
      "@batch=in :mina!u@h PRIVMSG #tea :two",
      "@batch=A :s BATCH -in",
    );
    expect(stage.texts("#tea")).toEqual(["not in a batch"]);
    stage.server(":s BATCH -A");
    expect(stage.texts("#tea")).toEqual(["not in a batch", "one", "two"]);
    stage.server(":s BATCH -a");
    expect(stage.texts("#tea").at(-1)).toBe("three");
  });

  test("an empty batch has no effect", () => {
    const stage = new Stage()
      .ready("batch")
      .server(...JOINED, ":s BATCH +1 netsplit a b", ":s BATCH -1");
    expect(stage.at("#tea").lines).toEqual([]);
  });
});

/** https://ircv3.net/specs/extensions/labeled-response */
test("labels have at most 64 bytes, and are unique", () => {
  const stage = new Stage().ready().server(...JOINED);
  for (let i = 0; i < 20; i += 1) stage.session.commands.say("#tea", `${i}`);
  const labels = stage
    .sent()
    .map(labelOf)
    .filter((label) => label !== "");
  expect(labels.length).toBeGreaterThanOrEqual(20);
  expect(new Set(labels).size).toBe(labels.length);
  for (const label of labels) expect(Buffer.byteLength(label)).toBeLessThanOrEqual(64);
});

/** https://ircv3.net/specs/extensions/sts */
test("sts is never requested, however it is offered, and a DEL of it changes nothing", () => {
  const stage = new Stage();
  stage.session.opened();
  stage.server(":s CAP * LS :sts=unknown,duration=31536000,port=6697,foo=bar batch");
  stage.server(":s CAP * ACK :batch", ":s CAP 민수 NEW :sts=duration=0", ":s CAP 민수 DEL :sts");
  expect(stage.sent().join(" ")).not.toContain("sts");
});

/** https://ircv3.net/specs/extensions/setname */
test("the own real name changes only when the server confirms it, and SETNAME may be sent by hand", () => {
  const stage = new Stage().ready("");
  stage.session.commands.raw("SETNAME :Mina Kim");
  expect(stage.sent()).toEqual(["SETNAME :Mina Kim"]);
});

/** https://ircv3.net/specs/extensions/whox */
test("WHOX with a value is WHOX, and its token has at most three digits", () => {
  for (const token of ["WHOX", "WHOX=1"]) {
    const stage = new Stage().ready("away-notify", token).server(...JOINED);
    const [who = ""] = stage.sent().filter((line) => line.startsWith("WHO "));
    expect(who).toMatch(/^WHO #tea %\w*t\w*,\d{1,3}$/);
  }
});

/** https://ircv3.net/specs/extensions/server-time */
test("a message has the time of its tag, or else the present time", () => {
  const stage = new Stage().ready("server-time").server(...JOINED);
  stage.server("@time=2026-11-21T09:00:00.001Z :mina!u@h PRIVMSG #tea :yesterday");
  expect(stage.last("#tea").time).toBe(Date.UTC(2026, 10, 21, 9, 0, 0, 1));
  stage.server(":mina!u@h PRIVMSG #tea :now", "@time=soon :mina!u@h PRIVMSG #tea :soon");
  expect(
    stage
      .at("#tea")
      .lines.slice(-2)
      .map((line) => line.time),
  ).toEqual([stage.now, stage.now]);
});

/** https://ircv3.net/specs/extensions/account-notify */
test("ACCOUNT * means no account", () => {
  const stage = new Stage()
    .ready("account-notify extended-join")
    .server(":민수!u@h JOIN #tea * :민수", ...JOINED.slice(1));
  stage.server(":mina!u@h ACCOUNT mina");
  expect(stage.at("#tea").members.get(fold("mina"))?.account).toBe("mina");
  stage.server(":mina!u@h ACCOUNT *");
  expect(stage.at("#tea").members.get(fold("mina"))?.account ?? null).toBeNull();
});

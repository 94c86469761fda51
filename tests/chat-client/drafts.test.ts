import { describe, expect, test } from "bun:test";
import { WANTED_CAPS } from "../../lib/chat-client/registration/capability-requests.ts";
import { fold } from "../../lib/protocol/names.ts";
import { labelOf, Stage } from "./stage.ts";

/**
 * The demands of the drafts and https://modern.ircdocs.horse on clients, one by one. Those with other tests
 * isn't here again.
 */

const JOINED = [":민수!u@h JOIN #tea", ":s 353 민수 = #tea :@mina 민수", ":s 366 민수 #tea :end"];
const TEA = fold("#tea");

/** In the room, with the latest page of it. */
function teahouse(page: readonly string[] = [], isupport?: string): Stage {
  const stage = new Stage().ready(undefined, isupport).server(...JOINED);
  const label = labelOf(stage.sent().find((line) => line.includes("CHATHISTORY LATEST")));
  stage.server(`@label=${label} :s BATCH +h chathistory #tea`);
  stage.server(...page.map((line) => line.replace("@", "@batch=h;")), ":s BATCH -h");
  stage.sent();
  return stage;
}

function said(number: number, tags = ""): string {
  return `@time=2026-11-22T00:00:0${number}.000Z;msgid=m${number}${tags} :mina!u@h PRIVMSG #tea :${number}`;
}

/** https://ircv3.net/specs/extensions/chathistory */
describe("chathistory", () => {
  test("context lines are shown, but paging doesn't continue from one", () => {
    const context = ";draft/chathistory-context";
    const stage = teahouse([said(5, context), said(2), said(9, context)]);
    stage.session.history.loadOlder(TEA);
    expect(stage.sent().at(-1)).toEndWith("CHATHISTORY BEFORE #tea msgid=m2 50");
    expect(stage.texts("#tea")).toContain("9");
  });

  test("catching up doesn't continue from one either", () => {
    const stage = teahouse([said(1)]);
    stage.session.closed("lost");
    stage.ready();
    stage.server(...JOINED);
    const ask = () => stage.sent().find((line) => line.includes("CHATHISTORY AFTER #tea"));
    const first = ask();
    expect(first).toContain(" msgid=m1 ");
    stage.server(`@label=${labelOf(first)} :s BATCH +h chathistory #tea`);
    stage.server(said(2).replace("@", "@batch=h;"));
    stage.server(said(9, ";draft/chathistory-context").replace("@", "@batch=h;"), ":s BATCH -h");
    expect(ask()).toContain(" msgid=m2 ");
  });

  test.each([
    ["CHATHISTORY=50", "msgid=m2 50"],
    ["CHATHISTORY=50 MSGREFTYPES=timestamp", "timestamp=2026-11-22T00:00:02.000Z 50"],
    ["CHATHISTORY=50 MSGREFTYPES=line,msgid,timestamp", "msgid=m2 50"],
    ["CHATHISTORY=10", "msgid=m2 10"],
    ["CHATHISTORY=0", "msgid=m2 50"],
  ])("with %s a page is requested by %s", (tokens, asked) => {
    const stage = teahouse([said(2)], `${tokens} NETWORK=Sodam`);
    stage.session.history.loadOlder(TEA);
    expect(stage.sent().at(-1)).toEndWith(`CHATHISTORY BEFORE #tea ${asked}`);
  });
});

/** https://ircv3.net/specs/extensions/multiline and https://ircv3.net/specs/extensions/client-batch */
describe("multiline", () => {
  function says(text: string, value: string): string[] {
    const stage = new Stage().ready(`batch labeled-response message-tags draft/multiline=${value}`);
    stage.server(...JOINED);
    stage.sent();
    stage.session.commands.say("#tea", text, { replyTo: "m0" });
    return stage.sent();
  }

  test("unknown keys are ignored, and without max-bytes no batch is sent", () => {
    for (const value of ["tea,max-bytes=99,milk=2,max-lines=9", "max-lines=9,max-bytes=99,"]) {
      expect(says("one\ntwo", value)[0]).toContain(" BATCH +");
    }
    expect(says("one\ntwo", "max-lines=9").join()).not.toContain("BATCH");
  });

  test("a batch isn't interleaved or nested, and has client tags only on its start", () => {
    const lines = says(`${"x".repeat(600)}\n\ntwo`, "max-bytes=4096,max-lines=9");
    expect(lines[0]).toMatch(/^@\S*\+reply=m0\S* BATCH \+(\S+) draft\/multiline #tea$/);
    expect(lines.at(-1)).toMatch(/^BATCH -/);
    const inside = lines.slice(1, -1);
    expect(inside.length).toBeGreaterThan(3);
    for (const line of inside) {
      expect(line).toMatch(/^@batch=\S+?(;draft\/multiline-concat)? PRIVMSG #tea /);
      expect(line).not.toMatch(/multiline-concat PRIVMSG #tea :?$/);
    }
  });

  test("a text of blank lines isn't sent", () => {
    expect(says("\n\n\n", "max-bytes=4096")).toEqual([]);
  });
});

/** https://ircv3.net/specs/extensions/read-marker */
describe("read-marker", () => {
  test("the marker is the time of a confirmed message, never of a pending line", () => {
    const stage = teahouse([said(1)]);
    stage.server(said(3));
    stage.session.commands.say("#tea", "hello");
    stage.sent();
    stage.session.commands.markRead(TEA);
    expect(stage.sent()).toEqual([
      expect.stringMatching(/ MARKREAD #tea timestamp=2026-11-22T00:00:03\.000Z$/),
    ]);
  });

  test("without server-time no marker is sent", () => {
    const stage = new Stage().ready("draft/read-marker message-tags batch").server(...JOINED);
    stage.server("@msgid=m1 :mina!u@h PRIVMSG #tea :1");
    stage.sent();
    stage.session.commands.markRead(TEA);
    expect([stage.sent(), stage.at("#tea").unread]).toEqual([[], 0]);
  });

  test("* and an older time don't move the marker back", () => {
    const stage = teahouse([said(1)]);
    stage.server(said(3), ":s MARKREAD #tea timestamp=2026-11-22T00:00:03.000Z");
    stage.server(":s MARKREAD #tea *", ":s MARKREAD #tea timestamp=2026-11-22T00:00:01.000Z");
    expect([stage.at("#tea").unread, stage.at("#tea").readMarker]).toEqual([
      0,
      Date.UTC(2026, 10, 22, 0, 0, 3),
    ]);
  });
});

/** https://ircv3.net/specs/extensions/message-redaction */
describe("message-redaction", () => {
  test("a REDACT of a message in another conversation changes nothing", () => {
    const stage = teahouse([said(1)]);
    stage.server(
      ":mina!u@h PRIVMSG 민수 :hi",
      ":mina!u@h REDACT mina m1",
      ":mina!u@h REDACT #milk m1",
    );
    expect(stage.at("#tea").lines.at(-1)).toMatchObject({ text: "1", redacted: false });
    stage.server(":mina!u@h REDACT #tea m1");
    expect(stage.at("#tea").lines.at(-1)).toMatchObject({ redacted: true });
  });

  test("REDACT is sent without a reason, also for other users' messages", () => {
    const stage = teahouse([said(1)]);
    stage.session.commands.redact(TEA, "m1");
    expect(stage.sent().at(-1)).toEndWith(" REDACT #tea m1");
  });
});

/** https://ircv3.net/specs/extensions/metadata */
describe("metadata", () => {
  test("the older capability isn't requested as well", () => {
    expect(WANTED_CAPS).toContain("draft/metadata-2");
    expect(WANTED_CAPS).not.toContain("metadata-notify");
  });

  test("on RPL_METADATASYNCLATER the pinned text is requested", () => {
    const stage = new Stage().ready("draft/metadata-2 batch labeled-response").server(...JOINED);
    stage.sent();
    stage.server(":s 774 민수 #tea 4");
    const [asked] = stage.sent();
    expect(asked).toEndWith(" METADATA #tea GET sodam.chat/pinned");
    stage.server(
      `@label=${labelOf(asked)} :s BATCH +1 metadata #tea`,
      "@batch=1 :s 761 민수 #tea sodam.chat/pinned * :Mind the kettle",
      ":s BATCH -1",
    );
    expect(stage.at("#tea").pinned).toBe("Mind the kettle");
    expect(stage.at("*").lines).toEqual([]);
  });
});

/** https://ircv3.net/specs/extensions/extended-isupport */
test("extended-isupport: 005 is read from its batch, also before 001, and -TOKEN removes a token", () => {
  const stage = new Stage();
  stage.session.connecting();
  stage.session.opened();
  stage.server(
    ":s CAP * LS :batch draft/extended-isupport",
    ":s CAP * ACK :batch draft/extended-isupport",
    ":s BATCH +1 draft/isupport",
    "@batch=1 :s 005 * NETWORK=Tea CHATHISTORY=7 :are supported",
    ":s BATCH -1",
  );
  expect(stage.session.state.network).toBe("Tea");
  stage.server(":s 001 민수 :hi", ":s 422 민수 :none", ":s BATCH +2 draft/isupport");
  expect(stage.at("*").name).toBe("Tea");
  stage.server("@batch=2 :s 005 민수 NETWORK=Milk -CHATHISTORY :are supported", ":s BATCH -2");
  expect(stage.session.state.network).toBe("Milk");
});

/** https://modern.ircdocs.horse */
describe("Modern IRC", () => {
  test("sent lines have no source, and leave room for CR LF", () => {
    const stage = teahouse([said(1)]);
    const { session } = stage;
    session.commands.say("#tea", "x".repeat(2000));
    session.commands.topic("#tea", "Green");
    session.commands.kick("#tea", "mina", "shh");
    session.commands.away("out");
    session.commands.raw("WHO #tea");
    session.quit("bye");
    const sent = stage.sent();
    expect(sent.length).toBeGreaterThan(7);
    for (const line of sent) {
      const body = line.replace(/^@\S+ /, "");
      expect(body).not.toStartWith(":");
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(510);
    }
  });

  test("a message is handled the same without a source, and with extra parameters", () => {
    const stage = new Stage();
    stage.session.connecting();
    stage.session.opened();
    stage.server(
      "CAP * LS :",
      "001 민수 more :hi",
      "005 민수 NETWORK=Tea :are supported",
      "422 민수 :none",
    );
    stage.server(":민수!u@h JOIN #tea", "353 민수 = #tea :@mina 민수 ", "366 민수 #tea more :end");
    stage.server("332 민수 #tea :Green", "333 민수 #tea mina 1795307400 more words", "PING tea");
    expect(stage.sent().at(-1)).toBe("PONG tea");
    const { topic, topicBy, members } = stage.at("#tea");
    expect([topic, topicBy, members.size]).toEqual(["Green", "mina", 2]);
  });

  test("the nick is the one in 001, whatever was requested", () => {
    const stage = new Stage();
    stage.session.connecting();
    stage.session.opened();
    stage.server(":s CAP * LS :", ":s 001 민수2 :hi", ":s 422 민수2 :none");
    expect(stage.session.state.me.nick).toBe("민수2");
  });

  test("PONG has only the token", () => {
    const stage = new Stage().ready("");
    stage.server(":s PING tok :s");
    expect(stage.sent()).toEqual(["PONG tok"]);
  });

  test("a room list needs no 321, and may be interleaved with other lines", () => {
    for (const caps of ["", "labeled-response batch"]) {
      const stage = new Stage().ready(caps).server(...JOINED);
      stage.sent();
      let rooms: readonly { readonly name: string }[] | null = null;
      stage.session.commands.list("", (found) => {
        rooms = found;
      });
      const label = labelOf(stage.sent().at(-1));
      const open = caps === "" ? [] : [`@label=${label} :s BATCH +1 labeled-response`];
      const tag = caps === "" ? "" : "@batch=1 ";
      stage.server(...open, `${tag}:s 322 민수 #tea 2 :Green`, ":mina!u@h PRIVMSG #tea :hi");
      stage.server(`${tag}:s 323 민수 :End`, ...(caps === "" ? [] : [":s BATCH -1"]));
      expect(rooms).toEqual([{ name: "#tea", members: 2, topic: "Green" }] as never);
      expect(stage.texts("#tea")).toContain("hi");
    }
  });
});

/** Any server: a message goes to the person on the screen, as far as the server tells who has a nick. */
import { describe, expect, test } from "bun:test";
import { labelOf, Stage } from "./stage.ts";

describe("with any server", () => {
  const CAPS = "message-tags server-time echo-message batch labeled-response account-tag";

  function withJun(caps = CAPS, account = "") {
    const stage = new Stage().ready(caps, "MONITOR=100 NETWORK=Elsewhere");
    const tag = account === "" ? "" : `@account=${account} `;
    stage.server(`${tag}:jun!u@h PRIVMSG 민수 :hello`);
    return stage;
  }

  test("a nick that went offline is asked for before anything is sent", () => {
    const stage = withJun();
    stage.server(":s 731 민수 :jun").sent();
    stage.session.commands.say("jun", "for your eyes");
    const [whois] = stage.sent();
    expect(whois).toEndWith(" WHOIS jun jun");
    const label = labelOf(whois);
    stage.server(
      `@label=${label} :s BATCH +1 labeled-response`,
      "@batch=1 :s 311 민수 jun u other.host * :Jun",
      "@batch=1 :s 318 민수 jun :End",
      ":s BATCH -1",
    );
    expect(stage.sent()).toEqual([]);
    expect(stage.last("jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
  });

  test("a message on its way to the old nick, which nobody has, goes to the new one", () => {
    const stage = withJun();
    stage.session.commands.say("jun", "for your eyes");
    const label = labelOf(stage.sent()[0]);
    stage.server(":jun!u@h NICK june", `@label=${label} :s 401 민수 jun :No such nick`);
    const again = stage.sent().filter((line) => line.includes("PRIVMSG"));
    expect(again).toEqual([expect.stringContaining("PRIVMSG june :for your eyes")]);
    expect(stage.last("june")).toMatchObject({ text: "for your eyes", status: "sending" });
    stage.server(`@label=${labelOf(again[0])} :s 401 민수 june :No such nick`);
    expect(stage.sent().filter((line) => line.includes("PRIVMSG"))).toEqual([]);
    expect(stage.last("june")).toMatchObject({ status: "failed", code: "401" });
  });

  test("the same account is the same person", () => {
    const stage = withJun(CAPS, "Jun");
    stage.server(":s 731 민수 :jun").sent();
    stage.session.commands.say("jun", "for your eyes");
    const label = labelOf(stage.sent()[0]);
    stage.server(
      `@label=${label} :s BATCH +1 labeled-response`,
      "@batch=1 :s 311 민수 jun u other.host * :Jun",
      "@batch=1 :s 330 민수 jun jun :is logged in as",
      "@batch=1 :s 318 민수 jun :End",
      ":s BATCH -1",
    );
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG jun :for your eyes")]);
  });

  test("a message by another account under the nick opens a conversation of its own", () => {
    const stage = withJun(CAPS, "jun");
    stage.server(":s 731 민수 :jun", "@account=other :jun!u@h PRIVMSG 민수 :hi");
    expect(stage.texts("jun")).toEqual(["hi"]);
    expect(stage.at("jun (1)")).toMatchObject({ former: true, kind: "direct" });
  });

  test("a message by the same account makes the nick certain again", () => {
    const stage = withJun(CAPS, "jun");
    stage.server(":s 731 민수 :jun", "@account=jun :jun!u@h PRIVMSG 민수 :back").sent();
    stage.session.commands.say("jun", "welcome");
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG jun welcome")]);
  });

  test("someone who takes the nick in a room without having been seen leaves is noticed", () => {
    const stage = withJun();
    stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수 bo", ":s 366 민수 #tea :End");
    stage.server(":bo!u@h NICK jun").sent();
    stage.session.commands.say("jun", "for your eyes");
    expect(stage.sent()).toEqual([expect.stringContaining("WHOIS jun jun")]);
  });

  test("a first message to a nick that nobody was seen under is sent at once", () => {
    const stage = new Stage().ready(CAPS, "MONITOR=100");
    stage.session.commands.openDirect("bo");
    stage.server(":s 731 민수 :bo").sent();
    stage.session.commands.say("bo", "hi");
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG bo hi")]);
  });

  test("where the server's list of watched nicks is full, each message is checked first", () => {
    const stage = withJun(CAPS, "jun");
    stage.server(":s 734 민수 100 jun :Monitor list is full").sent();
    stage.session.commands.say("jun", "one");
    stage.session.commands.say("jun", "two");
    const [first, whois] = stage.sent();
    expect([first, whois]).toEqual([
      expect.stringContaining("PRIVMSG jun one"),
      expect.stringContaining("WHOIS jun jun"),
    ]);
    const label = labelOf(whois);
    stage.server(
      `@label=${label} :s BATCH +1 labeled-response`,
      "@batch=1 :s 311 민수 jun u h * :Jun",
      "@batch=1 :s 318 민수 jun :End",
      ":s BATCH -1",
    );
    const [held] = stage.at("jun").lines.filter(({ text }) => text === "two");
    expect(held).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
  });

  test("a nick change moves the watch on the nick", () => {
    const stage = withJun();
    stage.sent();
    stage.server(":jun!u@h NICK june");
    expect(stage.sent().map((line) => line.replace(/^@\S+ /, ""))).toEqual([
      "MONITOR - jun",
      "MONITOR + june",
    ]);
  });

  test("without MONITOR, a nick that left the last shared room is asked for first", () => {
    const stage = new Stage().ready(CAPS, "NETWORK=Elsewhere");
    stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수 jun", ":s 366 민수 #tea :End");
    stage.server(":jun!u@h PRIVMSG 민수 :hello").sent();
    stage.session.commands.say("jun", "one");
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG jun one")]);
    stage.server(":jun!u@h PART #tea").sent();
    stage.session.commands.say("jun", "two");
    expect(stage.sent()).toEqual([expect.stringContaining("WHOIS jun jun")]);
  });

  describe("that watches nobody", () => {
    /** Answers the WHOIS that was just sent, without labels. */
    function answers(stage: Stage, ...lines: string[]): void {
      expect(stage.sent()).toEqual(["WHOIS jun jun"]);
      stage.server(...lines, ":s 318 민수 jun :End");
    }

    test("a message to somebody at another address is held, and sent on demand", () => {
      const stage = new Stage().ready("", "NETWORK=Elsewhere");
      stage.server(":jun!u@h PRIVMSG 민수 :hello").sent();
      stage.session.commands.say("jun", "for your eyes");
      answers(stage, ":s 311 민수 jun u other.host * :Jun");
      expect(stage.sent()).toEqual([]);
      expect(stage.last("jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
      stage.session.commands.retry(stage.at("jun").key, stage.last("jun").key);
      expect(stage.sent()).toEqual(["PRIVMSG jun :for your eyes"]);
      stage.session.commands.say("jun", "again");
      answers(stage, ":s 311 민수 jun u other.host * :Jun");
      expect(stage.sent()).toEqual(["PRIVMSG jun again"]);
    });

    test("a message to the same address is sent", () => {
      const stage = new Stage().ready("", "NETWORK=Elsewhere");
      stage.server(":jun!u@h PRIVMSG 민수 :hello").sent();
      stage.session.commands.say("jun", "for your eyes");
      answers(stage, ":s 311 민수 jun u h * :Jun");
      expect(stage.sent()).toEqual(["PRIVMSG jun :for your eyes"]);
    });

    test("a message to somebody in a shared room is sent at once", () => {
      const stage = new Stage().ready("", "NETWORK=Elsewhere");
      stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수 jun", ":s 366 민수 #tea :End");
      stage.server(":jun!u@h PRIVMSG 민수 :hello").sent();
      stage.session.commands.say("jun", "hi");
      expect(stage.sent()).toEqual(["PRIVMSG jun hi"]);
    });
  });
});

/** A message goes to the person on the screen, and never in silence to whoever has the nick by now. */
import { describe, expect, test } from "bun:test";
import { deleteAccount } from "../../lib/member-client/account.ts";
import { labelOf, Stage } from "./stage.ts";
import { type Device, Wires } from "./wires.ts";

/** Mina, who has an account, and a guest to whom she has written; they share no room. */
function minaAndGuest() {
  const wires = new Wires({ guests: true });
  const mina = wires.person("mina");
  const guest = wires.device({ nick: "jun" });
  mina.does((session) => {
    session.openDirect("jun");
    session.say("jun", "hello jun");
  });
  guest.does((session) => session.say("mina", "hello mina"));
  expect(mina.said("jun")).toEqual(["hello jun", "hello mina"]);
  return { wires, mina, guest };
}

/** Everything that a device was told in direct messages. */
function heard(device: Device): string[] {
  return [...device.session.state.conversations.values()]
    .filter(({ kind }) => kind === "direct")
    .flatMap(({ lines }) => lines)
    .filter(({ own, kind }) => !own && kind === "said")
    .map(({ text }) => text);
}

function ends(mina: Device, name: string) {
  const { status, code, text } = mina.at(name).lines.at(-1) ?? {};
  return { status, code, text };
}

function keys(device: Device): string[] {
  return [...device.session.state.conversations.keys()].map(String).filter((key) => key !== "*");
}

describe("with our server", () => {
  test("the conversation follows a guest to a new nick, with a line that says so", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    expect(keys(mina)).toEqual(["june"]);
    expect(mina.at("june").lines.at(-1)).toMatchObject({ kind: "nick", nick: "jun", text: "june" });
    mina.does((session) => session.say(mina.at("june").name, "for your eyes"));
    expect(heard(guest)).toEqual(["hello jun", "for your eyes"]);
    expect(heard(stranger)).toEqual([]);
    stranger.does((session) => session.say("mina", "I am another"));
    expect(keys(mina)).toEqual(["june", "jun"]);
    expect(mina.said("jun")).toEqual(["I am another"]);
  });

  test("after the guest has left, a message is held, and sent to the next one of that nick when asked", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.quit());
    guest.breaks();
    const stranger = wires.device({ nick: "jun" });
    mina.does((session) => session.say("jun", "for your eyes"));
    expect(ends(mina, "jun")).toEqual({
      status: "failed",
      code: "PEER_CHANGED",
      text: "for your eyes",
    });
    mina.does((session) => session.sendTyping(mina.at("jun").key, "active"));
    const [first] = mina.at("jun").lines;
    mina.does((session) => session.react(mina.at("jun").key, first?.msgid ?? "", "👍"));
    expect(ends(mina, "jun")).toMatchObject({ status: "sent", code: "PEER_CHANGED" });
    expect(stranger.session.state.conversations.size).toBe(1);
    const held = mina.at("jun").lines.find(({ status }) => status === "failed");
    mina.does((session) => session.retry(mina.at("jun").key, held?.key ?? ""));
    expect(heard(stranger)).toEqual(["for your eyes"]);
    mina.does((session) => session.say("jun", "who are you?"));
    expect(heard(stranger)).toEqual(["for your eyes", "who are you?"]);
  });

  test("while nobody has the nick, a message fails and isn't left to whoever takes it", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.quit());
    guest.breaks();
    mina.does((session) => session.say("jun", "are you there?"));
    expect(ends(mina, "jun")).toMatchObject({ status: "failed", code: "401" });
    const stranger = wires.device({ nick: "jun" });
    expect(heard(stranger)).toEqual([]);
  });

  test("a stranger who writes gets a conversation of their own, and the old one can't be written in", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.quit());
    guest.breaks();
    const stranger = wires.device({ nick: "jun" });
    stranger.does((session) => session.say("mina", "I am another"));
    expect(keys(mina)).toEqual(["jun (1)", "jun"]);
    expect(mina.said("jun")).toEqual(["I am another"]);
    expect(mina.said("jun (1)")).toEqual(["hello jun", "hello mina"]);
    mina.does((session) => session.say(mina.at("jun (1)").name, "for your eyes"));
    expect(ends(mina, "jun (1)")).toMatchObject({ status: "failed", code: "PEER_LEFT" });
    const held = mina.at("jun (1)").lines.at(-1);
    mina.does((session) => session.retry(mina.at("jun (1)").key, held?.key ?? ""));
    expect(ends(mina, "jun (1)")).toMatchObject({ status: "failed", code: "PEER_LEFT" });
    mina.does((session) => session.markRead(mina.at("jun (1)").key));
    mina.does((session) => session.say("jun", "hello stranger"));
    expect(heard(stranger)).toEqual(["hello stranger"]);
  });

  test("what was written without a connection is held when another has the nick afterwards", () => {
    const { wires, mina, guest } = minaAndGuest();
    mina.breaks();
    mina.does((session) => session.say("jun", "for your eyes"));
    guest.does((session) => session.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    mina.connect();
    expect(ends(mina, "jun")).toEqual({
      status: "failed",
      code: "PEER_CHANGED",
      text: "for your eyes",
    });
    expect(heard(stranger)).toEqual([]);
    expect(heard(guest)).toEqual(["hello jun"]);
    stranger.does((session) => session.say("mina", "I am another"));
    expect(mina.said("jun")).toEqual(["I am another"]);
    expect(mina.said("jun (1)")).toEqual(["hello jun", "hello mina", "for your eyes"]);
  });

  test("a message whose answer was lost isn't sent again to another", () => {
    const { wires, mina, guest } = minaAndGuest();
    mina.session.say("jun", "for your eyes");
    // Neither the message nor an answer arrives.
    mina.breaks();
    guest.does((session) => session.quit());
    guest.breaks();
    const stranger = wires.device({ nick: "jun" });
    mina.connect();
    expect(ends(mina, "jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
    expect(heard(stranger)).toEqual([]);
  });

  test("the same guest gets what was written without a connection, without a question", () => {
    const { mina, guest } = minaAndGuest();
    mina.breaks();
    mina.does((session) => session.say("jun", "I am back"));
    guest.does((session) => session.say("mina", "still there?"));
    mina.connect();
    expect(heard(guest)).toEqual(["hello jun", "I am back"]);
    expect(mina.said("jun")).toEqual(["hello jun", "hello mina", "still there?", "I am back"]);
  });

  test("a person with an account is never in doubt, connected or not", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    mina.does((session) => session.openDirect("jun"));
    mina.does((session) => session.say("jun", "one"));
    jun.breaks();
    mina.does((session) => session.say("jun", "two"));
    mina.breaks();
    mina.does((session) => session.say("jun", "three"));
    mina.connect();
    mina.does((session) => session.say("jun", "four"));
    jun.connect();
    expect(mina.statuses("jun")).toEqual(["sent", "sent", "sent", "sent"]);
    expect(jun.said("mina")).toEqual(["one", "two", "three", "four"]);
  });

  test("a later account of the same name is another person", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    jun.does((session) => session.say("mina", "hello mina"));
    mina.does((session) => session.say("jun", "hello jun"));
    mina.breaks();
    mina.does((session) => session.say("jun", "for your eyes"));
    jun.does((session) => deleteAccount(session, "jun-password", () => {}));
    expect([...wires.scene.members.accounts()].map(({ name }) => String(name))).toEqual(["mina"]);
    const stranger = wires.person("jun");
    mina.connect();
    expect(ends(mina, "jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
    expect(heard(stranger)).toEqual([]);
  });

  test("who has blocked the user isn't given away by a question", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    jun.does((session) => session.raw("SILENCE +mina"));
    mina.does((session) => session.openDirect("jun"));
    mina.does((session) => session.say("jun", "one"));
    mina.breaks();
    mina.does((session) => session.say("jun", "two"));
    mina.connect();
    expect(mina.statuses("jun")).toEqual(["sent", "sent"]);
  });

  test("a person with an account under another nick is found again by the account", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    jun.does((session) => session.setNick("jun-away"));
    mina.does((session) => session.openDirect("jun-away"));
    mina.does((session) => session.say("jun-away", "one"));
    mina.breaks();
    mina.does((session) => session.say("jun-away", "two"));
    mina.connect();
    expect(mina.statuses("jun-away")).toEqual(["sent", "sent"]);
    mina.breaks();
    mina.does((session) => session.say("jun-away", "for your eyes"));
    jun.does((session) => session.setNick("jun"));
    const stranger = wires.device({ nick: "jun-away" });
    mina.connect();
    expect(ends(mina, "jun-away")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
    expect(heard(stranger)).toEqual([]);
    expect(jun.said("mina")).toEqual(["one", "two"]);
  });

  test("a guest who takes the nick of an earlier one gets no part of that conversation", () => {
    const { wires, mina, guest } = minaAndGuest();
    const other = wires.device({ nick: "seoyeon" });
    other.does((session) => session.say("mina", "seoyeon here"));
    guest.does((session) => session.quit());
    guest.breaks();
    other.does((session) => session.setNick("jun"));
    expect(keys(mina)).toEqual(["jun (1)", "jun"]);
    expect(mina.said("jun (1)")).toEqual(["hello jun", "hello mina"]);
    expect(mina.said("jun")).toEqual(["seoyeon here"]);
    mina.does((session) => session.say("jun", "hello seoyeon"));
    expect(heard(other)).toEqual(["hello seoyeon"]);
  });

  test("two who swap their nicks keep their conversations", () => {
    const { wires, mina, guest } = minaAndGuest();
    const other = wires.device({ nick: "seoyeon" });
    other.does((session) => session.say("mina", "seoyeon here"));
    guest.does((session) => session.setNick("tmp"));
    other.does((session) => session.setNick("jun"));
    guest.does((session) => session.setNick("seoyeon"));
    expect(mina.said("seoyeon")).toEqual(["hello jun", "hello mina"]);
    expect(mina.said("jun")).toEqual(["seoyeon here"]);
    mina.does((session) => session.say("seoyeon", "to the first"));
    mina.does((session) => session.say("jun", "to the second"));
    expect(heard(guest)).toEqual(["hello jun", "to the first"]);
    expect(heard(other)).toEqual(["to the second"]);
  });

  test("the old name of somebody who is called otherwise now is asked about", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    mina.does((session) => session.openDirect("jun"));
    mina.does((session) => session.say("jun", "for your eyes"));
    expect(ends(mina, "jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
    expect(heard(stranger)).toEqual([]);
    const held = mina.at("jun").lines.at(-1);
    mina.does((session) => session.retry(mina.at("jun").key, held?.key ?? ""));
    expect(heard(stranger)).toEqual(["for your eyes"]);
  });

  test("once the stranger has written under the old name, nothing is asked", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    mina.does((session) => session.openDirect("jun"));
    stranger.does((session) => session.say("mina", "I am another"));
    mina.does((session) => session.say("jun", "hello stranger"));
    expect(heard(stranger)).toEqual(["hello stranger"]);
  });

  test("services are never in doubt", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    mina.does((session) => session.openDirect("NickServ"));
    mina.does((session) => session.say("NickServ", "HELP"));
    expect(mina.statuses("NickServ").slice(0, 1)).toEqual(["sent"]);
    const answers = () => mina.at("NickServ").lines.filter(({ own }) => !own).length;
    const before = answers();
    mina.breaks();
    mina.does((session) => session.say("NickServ", "HELP"));
    mina.connect();
    expect(mina.statuses("NickServ")).not.toContain("failed");
    expect(answers()).toBeGreaterThan(before);
  });

  test("who is blocked isn't told the new nick", () => {
    const { mina, guest } = minaAndGuest();
    guest.does((session) => session.raw("SILENCE +mina"));
    guest.does((session) => session.setNick("june"));
    expect(keys(mina)).toEqual(["jun"]);
  });
});

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
    stage.session.say("jun", "for your eyes");
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
    stage.session.say("jun", "for your eyes");
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
    stage.session.say("jun", "for your eyes");
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
    stage.session.say("jun", "welcome");
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG jun welcome")]);
  });

  test("someone who takes the nick in a room without having been seen leaves is noticed", () => {
    const stage = withJun();
    stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수 bo", ":s 366 민수 #tea :End");
    stage.server(":bo!u@h NICK jun").sent();
    stage.session.say("jun", "for your eyes");
    expect(stage.sent()).toEqual([expect.stringContaining("WHOIS jun jun")]);
  });

  test("a first message to a nick that nobody was seen under is sent at once", () => {
    const stage = new Stage().ready(CAPS, "MONITOR=100");
    stage.session.openDirect("bo");
    stage.server(":s 731 민수 :bo").sent();
    stage.session.say("bo", "hi");
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG bo hi")]);
  });

  test("where the server's list of watched nicks is full, each message is checked first", () => {
    const stage = withJun(CAPS, "jun");
    stage.server(":s 734 민수 100 jun :Monitor list is full").sent();
    stage.session.say("jun", "one");
    stage.session.say("jun", "two");
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
    stage.session.say("jun", "one");
    expect(stage.sent()).toEqual([expect.stringContaining("PRIVMSG jun one")]);
    stage.server(":jun!u@h PART #tea").sent();
    stage.session.say("jun", "two");
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
      stage.session.say("jun", "for your eyes");
      answers(stage, ":s 311 민수 jun u other.host * :Jun");
      expect(stage.sent()).toEqual([]);
      expect(stage.last("jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
      stage.session.retry(stage.at("jun").key, stage.last("jun").key);
      expect(stage.sent()).toEqual(["PRIVMSG jun :for your eyes"]);
      stage.session.say("jun", "again");
      answers(stage, ":s 311 민수 jun u other.host * :Jun");
      expect(stage.sent()).toEqual(["PRIVMSG jun again"]);
    });

    test("a message to the same address is sent", () => {
      const stage = new Stage().ready("", "NETWORK=Elsewhere");
      stage.server(":jun!u@h PRIVMSG 민수 :hello").sent();
      stage.session.say("jun", "for your eyes");
      answers(stage, ":s 311 민수 jun u h * :Jun");
      expect(stage.sent()).toEqual(["PRIVMSG jun :for your eyes"]);
    });

    test("a message to somebody in a shared room is sent at once", () => {
      const stage = new Stage().ready("", "NETWORK=Elsewhere");
      stage.server(":민수!u@h JOIN #tea", ":s 353 민수 = #tea :민수 jun", ":s 366 민수 #tea :End");
      stage.server(":jun!u@h PRIVMSG 민수 :hello").sent();
      stage.session.say("jun", "hi");
      expect(stage.sent()).toEqual(["PRIVMSG jun hi"]);
    });
  });
});

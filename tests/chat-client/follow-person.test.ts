/** Our server: a message goes to the person on the screen, and never unasked to a later user of the nick. */
import { describe, expect, test } from "bun:test";
import { deleteAccount } from "../../lib/member-client/account.ts";
import { type Device, Wires } from "./wires.ts";

/** Mina, who has an account, and a guest to whom she has written; they share no room. */
function minaAndGuest() {
  const wires = new Wires({ guests: true });
  const mina = wires.person("mina");
  const guest = wires.device({ nick: "jun" });
  mina.does((session) => {
    session.commands.openDirect("jun");
    session.commands.say("jun", "hello jun");
  });
  guest.does((session) => session.commands.say("mina", "hello mina"));
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
    guest.does((session) => session.commands.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    expect(keys(mina)).toEqual(["june"]);
    expect(mina.at("june").lines.at(-1)).toMatchObject({ kind: "nick", nick: "jun", text: "june" });
    mina.does((session) => session.commands.say(mina.at("june").name, "for your eyes"));
    expect(heard(guest)).toEqual(["hello jun", "for your eyes"]);
    expect(heard(stranger)).toEqual([]);
    stranger.does((session) => session.commands.say("mina", "I am another"));
    expect(keys(mina)).toEqual(["june", "jun"]);
    expect(mina.said("jun")).toEqual(["I am another"]);
  });

  test("after the guest has left, a message is held, and sent to the next one of that nick when asked", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.quit());
    guest.breaks();
    const stranger = wires.device({ nick: "jun" });
    mina.does((session) => session.commands.say("jun", "for your eyes"));
    expect(ends(mina, "jun")).toEqual({
      status: "failed",
      code: "PEER_CHANGED",
      text: "for your eyes",
    });
    mina.does((session) => session.commands.sendTyping(mina.at("jun").key, "active"));
    const [first] = mina.at("jun").lines;
    mina.does((session) => session.commands.react(mina.at("jun").key, first?.msgid ?? "", "👍"));
    expect(ends(mina, "jun")).toMatchObject({ status: "sent", code: "PEER_CHANGED" });
    expect(stranger.session.state.conversations.size).toBe(1);
    const held = mina.at("jun").lines.find(({ status }) => status === "failed");
    mina.does((session) => session.commands.retry(mina.at("jun").key, held?.key ?? ""));
    expect(heard(stranger)).toEqual(["for your eyes"]);
    mina.does((session) => session.commands.say("jun", "who are you?"));
    expect(heard(stranger)).toEqual(["for your eyes", "who are you?"]);
  });

  test("while nobody has the nick, a message fails and isn't left to whoever takes it", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.quit());
    guest.breaks();
    mina.does((session) => session.commands.say("jun", "are you there?"));
    expect(ends(mina, "jun")).toMatchObject({ status: "failed", code: "401" });
    const stranger = wires.device({ nick: "jun" });
    expect(heard(stranger)).toEqual([]);
  });

  test("a stranger who writes gets a conversation of their own, and the old one can't be written in", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.quit());
    guest.breaks();
    const stranger = wires.device({ nick: "jun" });
    stranger.does((session) => session.commands.say("mina", "I am another"));
    expect(keys(mina)).toEqual(["jun (1)", "jun"]);
    expect(mina.said("jun")).toEqual(["I am another"]);
    expect(mina.said("jun (1)")).toEqual(["hello jun", "hello mina"]);
    mina.does((session) => session.commands.say(mina.at("jun (1)").name, "for your eyes"));
    expect(ends(mina, "jun (1)")).toMatchObject({ status: "failed", code: "PEER_LEFT" });
    const held = mina.at("jun (1)").lines.at(-1);
    mina.does((session) => session.commands.retry(mina.at("jun (1)").key, held?.key ?? ""));
    expect(ends(mina, "jun (1)")).toMatchObject({ status: "failed", code: "PEER_LEFT" });
    mina.does((session) => session.commands.markRead(mina.at("jun (1)").key));
    mina.does((session) => session.commands.say("jun", "hello stranger"));
    expect(heard(stranger)).toEqual(["hello stranger"]);
  });

  test("what was written without a connection is held when another has the nick afterwards", () => {
    const { wires, mina, guest } = minaAndGuest();
    mina.breaks();
    mina.does((session) => session.commands.say("jun", "for your eyes"));
    guest.does((session) => session.commands.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    mina.connect();
    expect(ends(mina, "jun")).toEqual({
      status: "failed",
      code: "PEER_CHANGED",
      text: "for your eyes",
    });
    expect(heard(stranger)).toEqual([]);
    expect(heard(guest)).toEqual(["hello jun"]);
    stranger.does((session) => session.commands.say("mina", "I am another"));
    expect(mina.said("jun")).toEqual(["I am another"]);
    expect(mina.said("jun (1)")).toEqual(["hello jun", "hello mina", "for your eyes"]);
  });

  test("a message whose answer was lost isn't sent again to another", () => {
    const { wires, mina, guest } = minaAndGuest();
    mina.session.commands.say("jun", "for your eyes");
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
    mina.does((session) => session.commands.say("jun", "I am back"));
    guest.does((session) => session.commands.say("mina", "still there?"));
    mina.connect();
    expect(heard(guest)).toEqual(["hello jun", "I am back"]);
    expect(mina.said("jun")).toEqual(["hello jun", "hello mina", "still there?", "I am back"]);
  });

  test("a person with an account is never in doubt, connected or not", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    mina.does((session) => session.commands.openDirect("jun"));
    mina.does((session) => session.commands.say("jun", "one"));
    jun.breaks();
    mina.does((session) => session.commands.say("jun", "two"));
    mina.breaks();
    mina.does((session) => session.commands.say("jun", "three"));
    mina.connect();
    mina.does((session) => session.commands.say("jun", "four"));
    jun.connect();
    expect(mina.statuses("jun")).toEqual(["sent", "sent", "sent", "sent"]);
    expect(jun.said("mina")).toEqual(["one", "two", "three", "four"]);
  });

  test("a later account of the same name is another person", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    jun.does((session) => session.commands.say("mina", "hello mina"));
    mina.does((session) => session.commands.say("jun", "hello jun"));
    mina.breaks();
    mina.does((session) => session.commands.say("jun", "for your eyes"));
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
    jun.does((session) => session.commands.raw("SILENCE +mina"));
    mina.does((session) => session.commands.openDirect("jun"));
    mina.does((session) => session.commands.say("jun", "one"));
    mina.breaks();
    mina.does((session) => session.commands.say("jun", "two"));
    mina.connect();
    expect(mina.statuses("jun")).toEqual(["sent", "sent"]);
  });

  test("a person with an account under another nick is found again by the account", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    const jun = wires.person("jun");
    jun.does((session) => session.commands.setNick("jun-away"));
    mina.does((session) => session.commands.openDirect("jun-away"));
    mina.does((session) => session.commands.say("jun-away", "one"));
    mina.breaks();
    mina.does((session) => session.commands.say("jun-away", "two"));
    mina.connect();
    expect(mina.statuses("jun-away")).toEqual(["sent", "sent"]);
    mina.breaks();
    mina.does((session) => session.commands.say("jun-away", "for your eyes"));
    jun.does((session) => session.commands.setNick("jun"));
    const stranger = wires.device({ nick: "jun-away" });
    mina.connect();
    expect(ends(mina, "jun-away")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
    expect(heard(stranger)).toEqual([]);
    expect(jun.said("mina")).toEqual(["one", "two"]);
  });

  test("a guest who takes the nick of an earlier one gets no part of that conversation", () => {
    const { wires, mina, guest } = minaAndGuest();
    const other = wires.device({ nick: "seoyeon" });
    other.does((session) => session.commands.say("mina", "seoyeon here"));
    guest.does((session) => session.quit());
    guest.breaks();
    other.does((session) => session.commands.setNick("jun"));
    expect(keys(mina)).toEqual(["jun (1)", "jun"]);
    expect(mina.said("jun (1)")).toEqual(["hello jun", "hello mina"]);
    expect(mina.said("jun")).toEqual(["seoyeon here"]);
    mina.does((session) => session.commands.say("jun", "hello seoyeon"));
    expect(heard(other)).toEqual(["hello seoyeon"]);
  });

  test("two who swap their nicks keep their conversations", () => {
    const { wires, mina, guest } = minaAndGuest();
    const other = wires.device({ nick: "seoyeon" });
    other.does((session) => session.commands.say("mina", "seoyeon here"));
    guest.does((session) => session.commands.setNick("tmp"));
    other.does((session) => session.commands.setNick("jun"));
    guest.does((session) => session.commands.setNick("seoyeon"));
    expect(mina.said("seoyeon")).toEqual(["hello jun", "hello mina"]);
    expect(mina.said("jun")).toEqual(["seoyeon here"]);
    mina.does((session) => session.commands.say("seoyeon", "to the first"));
    mina.does((session) => session.commands.say("jun", "to the second"));
    expect(heard(guest)).toEqual(["hello jun", "to the first"]);
    expect(heard(other)).toEqual(["to the second"]);
  });

  test("the old name of somebody who is called otherwise now is asked about", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.commands.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    mina.does((session) => session.commands.openDirect("jun"));
    mina.does((session) => session.commands.say("jun", "for your eyes"));
    expect(ends(mina, "jun")).toMatchObject({ status: "failed", code: "PEER_CHANGED" });
    expect(heard(stranger)).toEqual([]);
    const held = mina.at("jun").lines.at(-1);
    mina.does((session) => session.commands.retry(mina.at("jun").key, held?.key ?? ""));
    expect(heard(stranger)).toEqual(["for your eyes"]);
  });

  test("once the stranger has written under the old name, nothing is asked", () => {
    const { wires, mina, guest } = minaAndGuest();
    guest.does((session) => session.commands.setNick("june"));
    const stranger = wires.device({ nick: "jun" });
    mina.does((session) => session.commands.openDirect("jun"));
    stranger.does((session) => session.commands.say("mina", "I am another"));
    mina.does((session) => session.commands.say("jun", "hello stranger"));
    expect(heard(stranger)).toEqual(["hello stranger"]);
  });

  test("services are never in doubt", () => {
    const wires = new Wires({ guests: true });
    const mina = wires.person("mina");
    mina.does((session) => session.commands.openDirect("NickServ"));
    mina.does((session) => session.commands.say("NickServ", "HELP"));
    expect(mina.statuses("NickServ").slice(0, 1)).toEqual(["sent"]);
    const answers = () => mina.at("NickServ").lines.filter(({ own }) => !own).length;
    const before = answers();
    mina.breaks();
    mina.does((session) => session.commands.say("NickServ", "HELP"));
    mina.connect();
    expect(mina.statuses("NickServ")).not.toContain("failed");
    expect(answers()).toBeGreaterThan(before);
  });

  test("who is blocked isn't told the new nick", () => {
    const { mina, guest } = minaAndGuest();
    guest.does((session) => session.commands.raw("SILENCE +mina"));
    guest.does((session) => session.commands.setNick("june"));
    expect(keys(mina)).toEqual(["jun"]);
  });
});

describe("a message that is on its way while the nick changes hands", () => {
  /** Mina and Jun, whose nick is tea, have written to each other. */
  function minaAndTea() {
    const wires = new Wires();
    const [mina, jun, sora] = [wires.person("mina"), wires.person("jun"), wires.person("sora")];
    jun.does((session) => session.commands.setNick("tea"));
    jun.does((session) => session.commands.say("mina", "hello"));
    mina.does((session) => session.commands.say("tea", "hi"));
    return { wires, mina, jun, sora };
  }

  test("goes to the person, under the new nick", () => {
    const { wires, mina, jun, sora } = minaAndTea();
    mina.session.commands.say("tea", "for Jun alone");
    jun.session.commands.setNick("coffee");
    jun.carry();
    sora.session.commands.setNick("tea");
    sora.carry();
    wires.carry();
    expect(heard(sora)).toEqual([]);
    expect(heard(jun)).toEqual(["hi", "for Jun alone"]);
    expect(mina.statuses("coffee").at(-1)).toBe("sent");
  });

  test("goes to nobody else either when the person hasn't written yet", () => {
    const wires = new Wires();
    const [mina, jun, sora] = [wires.person("mina"), wires.person("jun"), wires.person("sora")];
    jun.does((session) => session.commands.setNick("tea"));
    mina.does((session) => session.commands.openDirect("tea"));
    mina.session.commands.say("tea", "for Jun alone");
    jun.session.commands.setNick("coffee");
    jun.carry();
    sora.session.commands.setNick("tea");
    sora.carry();
    wires.carry();
    expect(heard(sora)).toEqual([]);
  });

  test("is held when the person has gone, and nobody gets it unasked", () => {
    const { wires, mina, sora } = minaAndTea();
    mina.session.commands.say("tea", "for Jun alone");
    const phone = wires.scene.person("jun");
    phone.says("ACCOUNT CONFIRM :jun-password", "ACCOUNT DELETE");
    sora.session.commands.setNick("tea");
    sora.carry();
    wires.carry();
    expect(heard(sora)).toEqual([]);
    expect(ends(mina, "tea")).toEqual({
      status: "failed",
      code: "PEER_CHANGED",
      text: "for Jun alone",
    });
  });
});

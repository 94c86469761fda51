/** Our client and our server together, in memory: both ends of every promise. */
import { expect, test } from "bun:test";
import { LogInAttempt } from "../../lib/member-client/log-in.ts";
import { checkName, type SignUpOutcome, signUp } from "../../lib/member-client/sign-up.ts";
import { fold } from "../../lib/protocol/names.ts";

import { type Device, Wires } from "./wires.ts";

test("a sign-up during registration ends logged in, under the account's name", () => {
  const wires = new Wires();
  const door = wires.device({ wait: true });
  const heard: unknown[] = [];
  door.does((session) => checkName(session, "민수", (outcome) => heard.push(outcome)));
  const done = (outcome: SignUpOutcome) => heard.push(outcome);
  door.does((session) => signUp(session, { account: "민수", password: "열려라 참깨" }, done));
  expect(heard).toEqual([{ kind: "free" }, { kind: "done", account: "민수" }]);
  expect(door.session.state.phase).toEqual({ kind: "ready" });
  expect(door.session.state.me).toMatchObject({ nick: "민수", account: "민수" });
});

test("where a sign-up needs registration first, the second attempt after the welcome succeeds", () => {
  const wires = new Wires({ guests: true, registerBeforeConnect: false });
  const door = wires.device({ wait: true });
  const heard: unknown[] = [];
  const done = (outcome: SignUpOutcome) => heard.push(outcome);
  const asked = { account: "민수", password: "열려라 참깨" };
  door.does((session) => signUp(session, asked, done));
  door.does((session) => session.continueAsGuest("민수"));
  door.does((session) => signUp(session, asked, done));
  expect(heard).toEqual([{ kind: "inside-first" }, { kind: "done", account: "민수" }]);
  expect(door.session.state.phase).toEqual({ kind: "ready" });
  expect(door.session.state.me).toMatchObject({ nick: "민수", account: "민수" });
});

test("an invitation is required if the owner says so, and can be sent during registration", () => {
  const wires = new Wires({ signUp: "invite" });
  const invitation = wires.scene.ownerCode();
  const door = wires.device({ wait: true });
  const heard: unknown[] = [];
  const done = (outcome: SignUpOutcome) => heard.push(outcome);
  const asked = { account: "민수", password: "열려라 참깨" };
  door.does((session) => signUp(session, asked, done));
  door.does((session) => signUp(session, { ...asked, invitation }, done));
  expect(heard).toEqual([{ kind: "invitation-required" }, { kind: "done", account: "민수" }]);
});

test("a wrong password, then the right one, on one connection", () => {
  const wires = new Wires();
  wires.scene.signUp("mina");
  const door = wires.device({ wait: true });
  const heard: unknown[] = [];
  for (const password of ["no", "mina-password"]) {
    door.does((session) => {
      const logIn = { kind: "password", account: "mina", password } as const;
      door.attempt = new LogInAttempt(session, logIn, (outcome) => heard.push(outcome));
    });
  }
  expect(heard).toEqual([{ kind: "wrong" }, { kind: "ok", account: "mina", nick: "mina" }]);
});

test("two users send messages, and each sees each line once", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  mina.does((session) => session.commands.say("#tea", "anyone for tea, jun?"));
  expect([jun.at("#tea").unread, jun.at("#tea").mentions]).toEqual([1, 1]);
  jun.does((session) => session.commands.say("#tea", "yes"));
  expect([jun.at("#tea").unread, jun.at("#tea").mentions]).toEqual([0, 0]);
  jun.does((session) => session.commands.say("mina", "psst"));
  expect(mina.said("#tea")).toEqual(["anyone for tea, jun?", "yes"]);
  expect(jun.said("#tea")).toEqual(["anyone for tea, jun?", "yes"]);
  expect(mina.said("jun")).toEqual(["psst"]);
  expect(jun.statuses("#tea")).not.toContain("sending");
});

test("two devices of one user show the same, and reading on one marks as read on both", () => {
  const wires = new Wires();
  const phone = wires.person("mina").does((session) => session.commands.join("#tea"));
  const laptop = wires.person("mina");
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  jun.does((session) => session.commands.say("#tea", "hello"));
  expect(laptop.at("#tea").unread).toBe(1);
  phone.does((session) => session.commands.markRead(fold("#tea")));
  expect(laptop.at("#tea").unread).toBe(0);
  jun.does((session) => session.commands.say("#tea", "again"));
  expect(laptop.at("#tea").unread).toBe(1);
  phone.does((session) => session.commands.say("mina", "note to myself"));
  phone.does((session) => session.commands.say("#tea", "from the phone"));
  expect(laptop.at("#tea").unread).toBe(0);
  expect(laptop.said("#tea")).toEqual(["hello", "again", "from the phone"]);
  for (const device of [phone, laptop]) expect(device.said("mina")).toEqual(["note to myself"]);
  expect(laptop.at("#tea").lines.at(-1)).toMatchObject({ own: true });
});

test("messages missed while disconnected are loaded afterwards, once and in order", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  jun.does((session) => session.commands.say("#tea", "0"));
  mina.breaks();
  for (let i = 1; i <= 230; i += 1) jun.does((session) => session.commands.say("#tea", `${i}`));
  jun.does((session) => session.commands.say("mina", "are you there?"));
  mina.connect();
  jun.does((session) => session.commands.say("#tea", "231"));
  expect(mina.said("#tea")).toEqual(Array.from({ length: 232 }, (_, i) => `${i}`));
  expect(mina.said("jun")).toEqual(["are you there?"]);
});

test("a line whose echo was lost is neither lost nor duplicated", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  mina.session.commands.say("#tea", "arrives");
  mina.breaksBeforeAnswer();
  expect(mina.at("#tea").lines.at(-1)).toMatchObject({ text: "arrives", status: "unsure" });
  mina.connect();
  expect(mina.said("#tea")).toEqual(["arrives"]);
  mina.session.commands.say("#tea", "is lost on the way");
  mina.breaks();
  mina.session.commands.say("#tea", "typed offline");
  mina.connect();
  const all = ["arrives", "is lost on the way", "typed offline"];
  expect(mina.said("#tea")).toEqual(all);
  expect(jun.said("#tea")).toEqual(all);
  expect(new Set(mina.statuses("#tea"))).toEqual(new Set(["sent"]));
});

test("edits, deletions and reactions arrive, live and from history", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  mina.does((session) => session.commands.say("#tea", "helo"));
  mina.does((session) => session.commands.say("#tea", "oops"));
  const tea = fold("#tea");
  const [first, second] = mina.at("#tea").lines.filter((line) => line.kind === "said");
  mina.does((session) => session.commands.edit(tea, first?.msgid ?? "", "hello"));
  mina.does((session) => session.commands.redact(tea, second?.msgid ?? ""));
  jun.does((session) => session.commands.react(tea, first?.msgid ?? "", "👍"));
  for (const device of [mina, jun]) {
    const [line, gone] = device.at("#tea").lines.filter((one) => one.kind === "said");
    expect(line).toMatchObject({ text: "hello", edited: true });
    expect([...(line?.reactions ?? [])]).toEqual([["👍", ["jun"]]]);
    expect(gone).toMatchObject({ text: "", redacted: true });
  }
  const late = wires.person("jun");
  const line = late.at("#tea").lines.find((one) => one.kind === "said");
  expect(line).toMatchObject({ text: "hello" });
  expect([...(line?.reactions ?? [])]).toEqual([["👍", ["jun"]]]);
});

test("older pages lead back to the first line", () => {
  const wires = new Wires();
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  for (let i = 0; i < 120; i += 1) jun.does((session) => session.commands.say("#tea", `${i}`));
  const later = wires.person("jun", { pageSize: 30 });
  expect(later.said("#tea")).toHaveLength(30);
  const tea = fold("#tea");
  for (let i = 0; i < 10 && !later.at("#tea").oldestReached; i += 1) {
    later.does((session) => session.history.loadOlder(tea));
  }
  expect(later.said("#tea")).toEqual(Array.from({ length: 120 }, (_, i) => `${i}`));
  expect(later.at("#tea").oldestReached).toBe(true);
});

test("a text of several lines is one message at both ends, live and from history", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  const text = `first\n\n  ${"아주 긴 줄 ".repeat(60).trim()}\nlast`;
  mina.does((session) => session.commands.say("#tea", text));
  mina.does((session) => session.commands.say("jun", "to\nyou"));
  const late = wires.person("jun");
  for (const device of [mina, jun, late]) expect(device.said("#tea")).toEqual([text]);
  expect(jun.said("mina")).toEqual(["to\nyou"]);
  expect(mina.statuses("#tea")).not.toContain("sending");
});

test("members see a pinned text, also those who join later or reconnect", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  const jun = wires.person("jun").does((session) => session.commands.join("#tea"));
  mina.does((session) => session.commands.pin("#tea", "Mind the kettle"));
  const sora = wires.person("sora").does((session) => session.commands.join("#tea"));
  const late = wires.person("jun");
  for (const device of [mina, jun, sora, late]) {
    expect(device.at("#tea").pinned).toBe("Mind the kettle");
  }
  mina.does((session) => session.commands.pin("#tea", ""));
  for (const device of [mina, jun, sora, late]) expect(device.at("#tea").pinned).toBeNull();
});

test("an edited message is marked as edited in history as well", () => {
  const wires = new Wires();
  const mina = wires.person("mina").does((session) => session.commands.join("#tea"));
  mina.does((session) => session.commands.say("#tea", "helo"));
  const [line] = mina.at("#tea").lines.filter(({ kind }) => kind === "said");
  mina.does((session) => session.commands.edit(fold("#tea"), line?.msgid ?? "", "hello"));
  const late = wires.person("mina");
  const [again] = late.at("#tea").lines.filter(({ kind }) => kind === "said");
  expect(again).toMatchObject({ text: "hello", edited: true });
});

test("turning read receipts on shows how far the other person has read direct messages, at once", () => {
  const wires = new Wires();
  const [mina, jun] = [wires.person("mina"), wires.person("jun")];
  const read = (device: Device, other: string) => device.at(other).readers.get(fold(other)) ?? null;
  mina.does((session) => session.commands.say("jun", "hi"));
  jun.does((session) => session.setReceipts(true));
  expect(read(jun, "mina")).toBeNull();
  mina.does((session) => session.setReceipts(true));
  const before = read(mina, "jun");
  expect(before).not.toBeNull();
  const said = mina.at("jun").lines.at(-1)?.time ?? 0;
  expect(before ?? said).toBeLessThan(said);
  jun.does((session) => session.commands.markRead(fold("mina")));
  wires.scene.passes(1000);
  wires.carry();
  expect(read(mina, "jun")).toBe(said);
  jun.does((session) => session.setReceipts(false));
  wires.scene.passes(1000);
  wires.carry();
  expect(mina.at("jun").readers.size).toBe(0);
});

test("who writes to somebody away is told so once, until they answer or say something else", () => {
  const wires = new Wires();
  const [mina, jun] = [wires.person("mina"), wires.person("jun")];
  const awayTexts = () =>
    mina
      .at("jun")
      .lines.flatMap(({ code, params }) => (code === "301" ? (params.at(-1) ?? "") : []));
  const says = (text: string) => mina.does((session) => session.commands.say("jun", text));
  jun.does((session) => session.commands.away("lunch"));
  says("hi");
  says("are you there?");
  expect(awayTexts()).toEqual(["lunch"]);
  jun.does((session) => session.commands.away("dinner"));
  says("hello?");
  expect(awayTexts()).toEqual(["lunch", "dinner"]);
  jun.does((session) => session.commands.say("mina", "soon"));
  says("good");
  expect(awayTexts()).toEqual(["lunch", "dinner", "dinner"]);
});

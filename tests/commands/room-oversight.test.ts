import { expect, test } from "bun:test";
import { AUDIT_ENTRIES_MAX } from "../../lib/chat-server/limits.ts";
import { Scene } from "../scene.ts";
import { chanServAnswers, shortLines } from "./chanserv-answers.ts";

/** Mina's room with Jun, on Owner's server. */
function tea() {
  const scene = new Scene({ pingAfterMs: Number.POSITIVE_INFINITY });
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun", "message-tags", "echo-message").says("JOIN #tea");
  for (const actor of [owner, mina, jun]) actor.hears();
  return { scene, owner, mina, jun };
}

test("the audit log has who did which moderation when, for ops and the owner, over restarts", () => {
  const { scene, owner, mina, jun } = tea();
  jun.says("PRIVMSG #tea :rude");
  const msgid = /msgid=(\w+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  mina.says(
    "TOPIC #tea :Tea",
    "MODE #tea +mk secret",
    "MODE #tea +v jun",
    "CS MUTE #tea jun 1h rude",
  );
  mina.says(`REDACT #tea ${msgid} :rude`, "KICK #tea jun :out", "RENAME #tea #coffee");
  const acts = [
    "mina: topic Tea",
    "mina: mode +m",
    "mina: mode +k",
    "mina: mode +v jun",
    "mina: mode -v jun",
    "mina: mode +b ~m:~a:jun rude until 2026-11-22T01:30:00.000Z",
    "mina: redact jun rude",
    "mina: kick jun out",
    "mina: rename #coffee",
  ];
  for (const later of [scene, scene.restart(), scene.crash()]) {
    const [op, boss] =
      later === scene ? [mina, owner] : [later.person("mina"), later.person("owner")];
    for (const reader of [op, boss]) {
      reader.hears();
      reader.says("CS LOG #coffee");
      expect(chanServAnswers(reader).map((line) => line.replace(/^\S+ /, ""))).toEqual(acts);
    }
    op.says("AUDIT #coffee 2");
    expect(op.hears()).toEqual([
      expect.stringMatching(/^:tea.test NOTE AUDIT ENTRY #coffee \S+Z mina kick jun \* :?out$/),
      expect.stringMatching(/^:tea.test NOTE AUDIT ENTRY #coffee \S+Z mina rename #coffee \* :$/),
      ":tea.test NOTE AUDIT END #coffee :End of the audit log",
    ]);
  }
  jun.hears();
  jun.says("AUDIT #coffee", "CS LOG #coffee");
  expect(jun.hearsVerbs()).toEqual(["482", "NOTICE"]);
});

test("AMODE is in the audit log where it happened, also after a restart and a crash", () => {
  const { scene, mina } = tea();
  mina.says("TOPIC #tea :one", "CS AMODE #tea +v jun", "CS AMODE #tea +v jun");
  scene.passes(1000);
  mina.says("TOPIC #tea :two", "CS AMODE #tea -v jun", "TOPIC #tea :three");
  const before = scene.server.state.rooms.byName("#tea")?.auditLog ?? [];
  expect(
    before
      .filter(({ act }) => act !== "mode")
      .map(({ act, target, detail }) => [act, target, detail]),
  ).toEqual([
    ["topic", "", "one"],
    ["auto-rank", "+v", "jun"],
    ["topic", "", "two"],
    ["auto-rank", "-", "jun"],
    ["topic", "", "three"],
  ]);
  for (const later of [scene.restart(), scene.crash(), scene.crash().restart()]) {
    expect(later.server.state.rooms.byName("#tea")?.auditLog).toEqual(before);
  }
  const op = scene.restart().person("mina");
  op.hears();
  op.says("AUDIT #tea");
  expect(op.hears().join("\n")).toMatch(/ENTRY #tea \S+ mina auto-rank - \* :?jun/);
});

test("one's own redaction and ChanServ's automatic ranks are no moderation", () => {
  const { mina, jun } = tea();
  mina.says("CS AMODE #tea +v jun");
  jun.says("PRIVMSG #tea :oops");
  const msgid = /msgid=(\w+)/.exec(jun.hears().at(-1) ?? "")?.[1];
  jun.says(`REDACT #tea ${msgid}`, "PART #tea", "JOIN #tea");
  mina.hears();
  mina.says("CS LOG #tea");
  expect(chanServAnswers(mina)).toEqual([expect.stringMatching(/ mina: auto-rank \+v jun$/)]);
});

test("the audit log holds the newest acts, and drops the oldest", () => {
  const { scene, mina } = tea();
  for (let n = 0; n < AUDIT_ENTRIES_MAX + 5; n += 1) mina.says(`TOPIC #tea :topic ${n}`);
  const log = scene.server.state.rooms.byName("#tea")?.auditLog ?? [];
  expect(log.length).toBe(AUDIT_ENTRIES_MAX);
  expect(log[0]?.detail).toBe("topic 5");
});

test("a closed room can be read by its members; nobody talks in it or joins it, until it is reopened", () => {
  const { scene, owner, mina, jun } = tea();
  jun.says("CS CLOSE #tea");
  expect(chanServAnswers(jun)).toEqual(["Only the room's founder can do that"]);
  owner.says("CS CLOSE #tea Moved to #coffee");
  expect(chanServAnswers(owner)).toEqual(["#tea is closed"]);
  expect(shortLines(mina)).toEqual([
    ":ChanServ NOTICE #tea :owner closed this room: Moved to #coffee",
  ]);
  for (const later of [scene, scene.restart(), scene.crash()]) {
    const [op, member] =
      later === scene ? [mina, jun] : [later.person("mina"), later.person("jun")];
    const hana = later.person("hana");
    op.hears();
    op.says("PRIVMSG #tea :hello?", "INVITE hana #tea");
    expect(op.hears()[0]).toBe(":tea.test 404 mina #tea :That room is closed: Moved to #coffee");
    hana.hears();
    expect(hana.says("JOIN #tea", "KNOCK #tea").hearsVerbs()).toEqual(["474", "404"]);
    member.hears();
    expect(member.says("HISTORY #tea").hears().join()).toContain("owner closed this room");
  }
  mina.hears();
  owner.hears();
  owner.says("CS REOPEN #tea", "CS LOG #tea 2");
  expect(chanServAnswers(owner).map((line) => line.replace(/^\S+ /, ""))).toEqual([
    "is open again",
    "owner: close Moved to #coffee",
    "owner: reopen",
  ]);
  expect(mina.says("PRIVMSG #tea :back").hearsVerbs()).toEqual(["NOTICE"]);
});

test("a founder opens the room that a founder has closed, and changes its topic meanwhile", () => {
  const { mina, jun } = tea();
  mina.says("MODE #tea +a jun", "CS CLOSE #tea", "TOPIC #tea :closed for the holidays");
  jun.hears();
  jun.says("TOPIC #tea :open!", "RENAME #tea #tea2", "METADATA #tea SET note :open!");
  expect(jun.hears().map((line) => line.split(" :").at(-1))).toEqual([
    "That room is closed",
    "That room is closed",
    "You can't change that",
  ]);
  mina.hears();
  mina.says("CS REOPEN #tea");
  expect(chanServAnswers(mina)).toContain("#tea is open again");
});

test("what an operator has closed stays closed, whatever its founder does, until an operator opens or drops it", () => {
  const { scene, owner, mina, jun } = tea();
  owner.says("CS CLOSE #tea").hears();
  mina.hears();
  const refusal = "An operator of this server has closed that room. Only operators can change that";
  mina.says("CS REOPEN #tea", "CS DROP #tea YES");
  expect(chanServAnswers(mina)).toEqual([refusal, refusal]);
  mina.says("TOPIC #tea :words", "RENAME #tea #words", "METADATA #tea SET note :words");
  expect(mina.hearsVerbs()).toEqual(["404", "FAIL", "FAIL"]);
  mina.says("PART #tea");
  jun.says("PART #tea");
  for (const later of [scene, scene.restart(), scene.crash()]) {
    const founder = later === scene ? mina : later.person("mina");
    founder.hears();
    expect(founder.says("JOIN #tea").hearsVerbs()).toEqual(["474"]);
  }
  owner.hears();
  owner.says("CS REOPEN #tea");
  mina.says("JOIN #tea");
  expect(mina.hears().join("\n")).toContain("JOIN #tea");
  owner.says("CS CLOSE #tea", "CS DROP #tea YES");
  mina.hears();
  expect(mina.says("JOIN #tea").hearsVerbs()[0]).toBe("JOIN");
});

test("TAKEOVER makes an operator the founder of a room whose founder has gone, as its log shows", () => {
  const { owner, mina, jun } = tea();
  jun.says("CS TAKEOVER #tea");
  expect(chanServAnswers(jun)).toEqual(["Only the operators of this server may do that"]);
  owner.says("CS TAKEOVER #tea");
  expect(chanServAnswers(owner)).toEqual(["#tea has a founder: mina"]);
  mina.says("PART #tea");
  jun.hears();
  owner.says("CS TAKEOVER #tea");
  expect(shortLines(jun)).toEqual([
    ":owner JOIN #tea",
    ":owner MODE #tea +q owner",
    ":ChanServ NOTICE #tea :owner, an operator of this server, is now the founder",
  ]);
  owner.hears();
  owner.says("CS LOG #tea 1");
  expect(chanServAnswers(owner)[0]).toEndWith(" owner: mode +q owner");
});

test("TAKEOVER leaves the room to a founder who is only away, until the account is deleted", () => {
  const { owner, mina } = tea();
  mina.says("CS REGISTER #tea", "PART #tea");
  owner.says("CS TAKEOVER #tea");
  expect(chanServAnswers(owner)).toEqual(["#tea has a founder: mina"]);
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
  owner.says("CS TAKEOVER #tea");
  expect(chanServAnswers(owner).at(-1)).toBe("You are now the founder of #tea");
});

test("DROP by an operator kicks everybody with a sentence, and the name is free", () => {
  const { owner, jun } = tea();
  owner.says("CS DROP #tea YES Not allowed here");
  expect(chanServAnswers(owner)).toEqual(["#tea was dropped"]);
  expect(shortLines(jun)).toEqual([
    ":owner KICK #tea mina :Not allowed here",
    ":owner KICK #tea jun :Not allowed here",
  ]);
  jun.says("JOIN #tea");
  expect(jun.hearsVerbs()).toEqual(["JOIN", "353", "366"]);
});

test("an operator closes for good what its founder has closed", () => {
  const { owner, mina } = tea();
  mina.says("CS CLOSE #tea for now");
  owner.says("CS CLOSE #tea spam");
  for (const actor of [owner, mina]) actor.hears();
  mina.says("CS REOPEN #tea");
  expect(chanServAnswers(mina)).toEqual([
    "An operator of this server has closed that room. Only operators can change that",
  ]);
  owner.says("CS CLOSE #tea");
  expect(chanServAnswers(owner)).toEqual(["#tea is closed already"]);
});

test("ops don't kick the members of a closed room, who go on reading it", () => {
  const { owner, mina, jun } = tea();
  owner.says("CS CLOSE #tea spam");
  for (const actor of [mina, jun]) actor.hears();
  mina.says("KICK #tea jun :spam", "CS CLEAR #tea USERS spam");
  expect(mina.hears()[0]).toBe(":tea.test 404 mina #tea :That room is closed");
  expect(jun.hears()).toEqual([]);
});

test("a report about an op of the room waits for the operators of the server", () => {
  const { scene, owner, mina, jun } = tea();
  const half = scene.person("half").says("JOIN #tea");
  mina.says("MODE #tea +h half");
  mina.says("CAP REQ :message-tags echo-message");
  mina.hears();
  mina.says("PRIVMSG #tea :rude");
  const msgid = /msgid=(\w+)/.exec(mina.hears().join("\n"))?.[1];
  jun.says(`REPORT #tea ${msgid} :rude`);
  const id = / SENT #tea \w+ (\w+) /.exec(jun.hears().join("\n"))?.[1];
  half.hears();
  expect(half.says(`REPORTS DONE ${id}`).hears()).toEqual([
    `:tea.test FAIL REPORTS ABOUT_AN_OP ${id} :That report is about an op of the room: the server's operators handle it`,
  ]);
  half.says(`CS REPORTS DONE ${id}`);
  expect(chanServAnswers(half)[0]).toContain("the server's operators");
  owner.hears();
  expect(owner.says(`REPORTS DONE ${id}`).hears()[0]).toContain("NOTE REPORTS DONE");
});

test("the guests of one address neither use up the reports of all nor knock without end", () => {
  const scene = new Scene({ floodControl: true, pingAfterMs: Number.POSITIVE_INFINITY });
  const mina = scene.person("mina", "message-tags", "echo-message").says("JOIN #tea");
  const ids = Array.from({ length: 12 }, (_, index) => {
    mina.hears();
    mina.says(`PRIVMSG #tea :rude ${index}`);
    return /msgid=(\w+)/.exec(mina.hears().join("\n"))?.[1];
  });
  const from = (address: string, nick: string) => {
    const guest = scene.connect({ address });
    return guest.introduces(nick, []);
  };
  const gil = from("192.0.2.7", "gil").says("JOIN #tea");
  const bora = from("203.0.113.7", "bora").says("JOIN #tea");
  for (const id of ids) gil.says(`REPORT #tea ${id}`);
  expect(gil.hears().filter((line) => line.includes("LIMIT_REACHED"))).toHaveLength(2);
  bora.says(`REPORT #tea ${ids[0]}`);
  expect(bora.hears().at(-1)).toContain("NOTE REPORT SENT");
  mina.says("MODE #tea +A");
  mina.hears();
  for (const nick of ["ga", "na", "da", "ra", "ma", "sa"])
    from("192.0.2.7", nick).says("JOIN #tea");
  expect(mina.hearsVerbs().filter((verb) => verb === "710")).toHaveLength(5);
  from("203.0.113.8", "sun").says("JOIN #tea");
  expect(mina.hearsVerbs()).toContain("710");
});

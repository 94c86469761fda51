import { describe, expect, test } from "bun:test";
import { REPORTS_PER_REPORTER_MAX } from "../../lib/chat-server/limits.ts";
import type { Nick } from "../../lib/protocol/names.ts";
import { chanServAnswers, shortLines } from "../commands/chanserv-answers.ts";
import { type Actor, Scene } from "../scene.ts";

/* Our own extension sodam.chat/report: see docs/protocol.md. */

/** Mina's room with Jun and Hana, on Owner's server. */
function tea() {
  const scene = new Scene();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const mina = scene.person("mina").says("JOIN #tea");
  const jun = scene.person("jun", "message-tags", "echo-message").says("JOIN #tea");
  const hana = scene.person("hana").says("JOIN #tea");
  for (const actor of [owner, mina, jun, hana]) actor.hears();
  return { scene, owner, mina, jun, hana };
}

function say(actor: Actor, target: string, text: string): string {
  actor.says(`PRIVMSG ${target} :${text}`);
  return /msgid=(\w+)/.exec(actor.hears().at(-1) ?? "")?.[1] ?? "";
}

/** The reports that an actor sees, without their times. */
function reports(actor: Actor): string[] {
  return actor
    .says("REPORTS")
    .hearsPlain()
    .map((line) => line.replace(/ [\d-]+T[\d:.]+Z/, "").split(" NOTE REPORTS ")[1] ?? line);
}

test("a report reaches the room's ops and the owner as the message was, edited or redacted or not", () => {
  const { scene, owner, mina, jun, hana } = tea();
  const msgid = say(jun, "#tea", "buy my stuff");
  hana.says(`REPORT #tea ${msgid} :spam`);
  const note = hana.hears().at(-1) ?? "";
  expect(note).toContain(`NOTE REPORT SENT #tea ${msgid} `);
  const id = note.split(" ")[6] ?? "";
  for (const handler of [owner, mina]) {
    const [notice = ""] = shortLines(handler).slice(-1);
    expect(notice).toStartWith(":ChanServ NOTICE ");
    expect(notice).toContain(":hana reports a message in #tea by jun (spam)");
  }
  jun.says(`EDIT #tea ${msgid} :nothing`, `REDACT #tea ${msgid}`);
  const expected = [
    `REPORT ${id} #tea jun hana ${msgid} spam`,
    `TEXT ${id} :buy my stuff`,
    "END :End of the reports",
  ];
  expect(jun.hears().join()).not.toContain("reports");
  for (const later of [scene, scene.restart(), scene.crash()]) {
    const [ownerThere, minaThere] =
      later === scene ? [owner, mina] : [later.person("owner"), later.person("mina")];
    for (const handler of [ownerThere, minaThere]) {
      handler.hears();
      expect(reports(handler)).toEqual(expected);
    }
  }
  mina.says(`REPORTS DONE ${id}`, `REPORTS DONE ${id}`);
  expect(shortLines(mina).map((line) => line.split(" :")[1])).toEqual([
    "The report is handled",
    "There is no such report",
  ]);
  expect(reports(owner)).toEqual(["END :End of the reports"]);
  expect(reports(scene.restart().person("owner"))).toEqual(["END :End of the reports"]);
});

describe("who sees a report", () => {
  test("a direct message reaches the owner alone, and nothing but that message", () => {
    const { owner, mina, jun, hana } = tea();
    say(jun, "hana", "first");
    const msgid = say(jun, "hana", "rude");
    hana.hears();
    hana.says(`REPORT jun ${msgid}`);
    owner.hears();
    const [report = "", ...rest] = reports(owner);
    expect(report).toMatch(/^REPORT \w+ \* jun hana \w+ :$/);
    expect(rest.join()).toMatch(/^TEXT \w+ :?rude,END/);
    mina.hears();
    expect(reports(mina)).toEqual(["END :End of the reports"]);
  });

  test("an op doesn't see one about themselves", () => {
    const { owner, mina, jun, hana } = tea();
    mina.says("MODE #tea +o jun");
    jun.hears();
    const msgid = say(jun, "#tea", "rude");
    hana.says(`REPORT #tea ${msgid}`);
    expect(jun.hears().join()).not.toContain("reports");
    expect(reports(jun)).toEqual(["END :End of the reports"]);
    mina.hears();
    expect(reports(mina).length).toBe(3);
    owner.hears();
    expect(reports(owner).length).toBe(3);
  });

  test("who was away is told on coming back", () => {
    const { scene, mina, jun, hana } = tea();
    mina.says("QUIT");
    hana.says(`REPORT #tea ${say(jun, "#tea", "rude")}`);
    const lines = scene.connect().logsIn("mina").hears();
    expect(lines).toContain(":tea.test NOTICE mina :1 report waits to be handled: see REPORTS");
  });
});

test("only what one can read can be reported, once, and so often", () => {
  const { scene, jun, hana } = tea();
  const msgid = say(jun, "#tea", "rude");
  const sora = scene.guest("sora").says(`REPORT #tea ${msgid}`);
  expect(sora.hears().join()).toContain("There is no such room or person");
  hana.hears();
  hana.says("REPORT #tea nothing", `REPORT #tea ${msgid}`, `REPORT #tea ${msgid}`);
  for (let n = 1; n < REPORTS_PER_REPORTER_MAX; n += 1) {
    hana.says(`REPORT #tea ${say(jun, "#tea", `rude ${n}`)}`);
  }
  const last = say(jun, "#tea", "rudest");
  hana.says(`REPORT #tea ${last}`);
  const answers = hana.hears().filter((line) => line.includes(" REPORT "));
  const refusals = answers.map((line) => line.split(" :")[1]);
  expect(refusals.filter((sentence) => !sentence?.startsWith("Your report was sent"))).toEqual([
    "There is no such message",
    "You have reported that message",
    "Too many reports are waiting. Report it later",
  ]);
});

test("a guest's direct message can be reported, too", () => {
  const { scene, owner, hana } = tea();
  const sora = scene.guest("sora", "message-tags", "echo-message");
  const msgid = say(sora, "hana", "psst");
  hana.says(`REPORT sora ${msgid} :who is that`);
  owner.hears();
  expect(reports(owner)[0]).toMatch(/^REPORT \w+ \* sora hana \w+ :who is that$/);
});

test("ChanServ's REPORT and REPORTS do the same for ordinary clients", () => {
  const { mina, jun, hana } = tea();
  const msgid = say(jun, "#tea", "rude");
  hana.hears();
  hana.says(`PRIVMSG ChanServ :REPORT #tea ${msgid} very rude`);
  expect(chanServAnswers(hana)).toEqual([
    "Your report was sent to those who can do something about it",
  ]);
  mina.hears();
  mina.says("CS REPORTS");
  const [report = "", text, help] = chanServAnswers(mina);
  expect(report).toContain("hana reports a message in #tea by jun (very rude), sent at ");
  expect([text, help]).toEqual([
    "  <jun> rude",
    "REPORTS DONE <id> removes a report that is handled",
  ]);
  mina.says(`CS REPORTS DONE ${report.split(":")[0]}`, "CS REPORTS");
  expect(chanServAnswers(mina).at(-1)).toBe("No report waits for you");
});

test("ChanServ's REPORT takes a nick for their newest message, since many clients show no msgids", () => {
  const { scene, owner, jun, hana } = tea();
  const sora = scene.guest("sora");
  const msgids = [say(jun, "#tea", "fine"), say(jun, "#tea", "rude")];
  say(jun, "hana", "ruder");
  sora.says("PRIVMSG hana :rudest");
  hana.says("CS REPORT #tea JUN", "CS REPORT jun jun spam", "CS REPORT sora sora");
  owner.hears();
  const lines = reports(owner);
  expect(lines[0]).toContain(` #tea jun hana ${msgids[1]} `);
  expect(lines.filter((line) => line.startsWith("TEXT")).map((line) => line.split(" ")[2])).toEqual(
    ["rude", "ruder", "rudest"],
  );
  hana.hears();
  hana.says("CS REPORT #tea nobody");
  expect(chanServAnswers(hana)).toEqual(["There is no such message"]);
});

test("reports are in the reporter's own data, and lose the reporter with the account", () => {
  const { owner, jun, hana, scene } = tea();
  const msgid = say(jun, "#tea", "rude");
  hana.says(`REPORT #tea ${msgid} :zqreason`, "ACCOUNT CONFIRM :hana-password", "ACCOUNT DATA");
  expect(hana.hears().join("\n")).toMatch(/DATA REPORT \w+ \S+ #tea jun zqreason/);
  hana.says("ACCOUNT DELETE");
  owner.hears();
  for (const later of [scene, scene.restart(), scene.crash()]) {
    const reader = later === scene ? owner : later.person("owner");
    reader.hears();
    expect(reports(reader)[0]).toMatch(/^REPORT \w+ #tea jun \* \w+ :$/);
  }
});

test("the list of bans says until when and why, to sessions with the capability alone", () => {
  const { scene, mina } = tea();
  mina.says("CS MUTE #tea jun 1h too loud", "MODE #tea +b bad!*@*");
  mina.hears();
  expect(mina.says("MODE #tea +b").hears()[0]).toBe(
    ":tea.test 367 mina #tea ~m:~a:jun mina 1795307400",
  );
  const phone = scene.person("mina", "sodam.chat/report");
  expect(phone.says("MODE #tea +b").hears()).toEqual([
    ":tea.test 367 mina #tea ~m:~a:jun mina 1795307400 1795311000 :too loud",
    ":tea.test 367 mina #tea bad!*@* mina 1795307400 * :",
    ":tea.test 368 mina #tea :End of the list",
  ]);
  const outsider = scene.person("sora", "sodam.chat/report");
  expect(outsider.says("MODE #tea +b").hears()[0]).toBe(
    ":tea.test 367 sora #tea ~m:~a:jun mina 1795307400 1795311000 :",
  );
});

test("REPORTS says how many more there are than an answer can hold, and how to get at them", () => {
  const scene = new Scene();
  scene.signUp("owner", true);
  const owner = scene.person("owner");
  const { reports } = scene.server.state;
  const by = { nick: "jun" as Nick, account: null };
  for (let n = 0; n < 900; n += 1) {
    reports.add({
      ...{ id: `r${n}`, time: scene.now, by, author: by, conversation: null, room: null },
      ...{ msgid: `m${n}`, sentAt: scene.now, text: "x".repeat(2000), reason: "" },
    });
  }
  owner.hears();
  const lines = owner.says("REPORTS").hears();
  const shown = lines.filter((line) => line.includes(" REPORTS REPORT ")).length;
  expect(lines.slice(-2)).toEqual([
    `:tea.test NOTE REPORTS MORE ${900 - shown} :There are more reports: handle these first`,
    ":tea.test NOTE REPORTS END :End of the reports",
  ]);
  owner.says("CS REPORTS");
  expect(owner.hears().at(-2)).toEndWith(":There are more reports: handle these first");
});

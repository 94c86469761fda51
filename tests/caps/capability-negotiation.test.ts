import { expect, test } from "bun:test";
import { isCap } from "../../lib/protocol/caps.ts";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/capability-negotiation */

/** What stands behind the last colon of a line, as words. */
function words(line: string | undefined): string[] {
  return line?.slice(line.lastIndexOf(" :") + 2).split(" ") ?? [];
}

test("LS 302 lists capabilities with their values, in lines of which all but the last have a *", () => {
  const lines = new Scene().connect().says("CAP LS 302").hears();
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(510);
  const starts = lines.map((line) => line.slice(0, line.lastIndexOf(" :")));
  expect(starts.at(-1)).toBe(":tea.test CAP * LS");
  expect(new Set(starts.slice(0, -1))).toEqual(new Set([":tea.test CAP * LS *"]));
  const offered = lines.flatMap(words);
  expect(offered).toContain("sasl=PLAIN,EXTERNAL");
  expect(offered).toContain("message-tags");
  const names = offered.map((one) => one.split("=")[0] ?? "");
  expect(names.every(isCap)).toBe(true);
  expect(new Set(names).size).toBe(names.length);
});

test("everything that is listed is granted, all but STS", () => {
  const names = new Scene().connect().says("CAP LS 302").hears().flatMap(words);
  const mina = new Scene().connect().says("CAP LS 302");
  mina.hears();
  for (const name of names.map((one) => one.split("=")[0])) {
    expect(mina.says(`CAP REQ :${name}`).hears()).toEqual([`:tea.test CAP * ACK :${name}`]);
  }
});

test("before 302 the list is one line without values, and begins with what was ratified", () => {
  const [line, ...more] = new Scene().connect().says("CAP LS").hears();
  expect(more).toEqual([]);
  expect(line).toStartWith(":tea.test CAP * LS :sasl message-tags server-time account-tag batch ");
  expect(line?.length).toBeLessThanOrEqual(510);
  expect(line).not.toContain("=");
});

test("the version is a number: a higher one than ours means all of ours", () => {
  const mina = new Scene().connect().says("CAP LS 307", "CAP LIST");
  expect(mina.hears().at(-1)).toEqual(":tea.test CAP * LIST :cap-notify");
});

test("a lower version later is answered in its own way, and the higher one stays", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  const first = mina.hears();
  mina.says("CAP LS 301");
  const [line, ...more] = mina.hears();
  expect(more).toEqual([]);
  expect(line).toStartWith(":tea.test CAP * LS :sasl message-tags ");
  mina.says("CAP LS 302");
  expect(mina.hears()).toEqual(first);
  expect(mina.session.capVersion).toBe(302);
});

test("LS, and REQ alike, suspend the registration until END", () => {
  for (const opening of ["CAP LS", "CAP LS 302", "CAP REQ :batch"]) {
    const mina = new Scene().connect().says(opening);
    mina.hears();
    mina.says("NICK mina", "USER mina 0 * :Mina");
    expect(mina.hears()).toEqual([]);
    mina.says("CAP END");
    expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
  }
});

test("without CAP, NICK and USER are enough", () => {
  const mina = new Scene().connect().says("NICK mina", "USER mina 0 * :Mina");
  expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
});

test("REQ is granted as a whole, or refused as a whole", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :multi-prefix  batch ", "CAP REQ :server-time tea-ceremony", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :multi-prefix batch",
    ":tea.test CAP * NAK :server-time tea-ceremony",
    ":tea.test CAP * LIST :multi-prefix batch",
  ]);
});

test("REQ takes capabilities back, and doesn't mind those that are there or not there already", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :batch chghost", "CAP REQ :batch", "CAP REQ :-chghost -setname", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :batch chghost",
    ":tea.test CAP * ACK :batch",
    ":tea.test CAP * ACK :-chghost -setname",
    ":tea.test CAP * LIST :batch",
  ]);
});

test("a capability's case counts", () => {
  const mina = new Scene().connect().says("CAP REQ :Batch");
  expect(mina.hears()).toEqual([":tea.test CAP * NAK :Batch"]);
});

test("an empty REQ is granted", () => {
  expect(new Scene().connect().says("CAP REQ :").hears()).toEqual([":tea.test CAP * ACK :"]);
});

test("a long REQ is acknowledged in several lines, and refused in one, each short enough", () => {
  const mina = new Scene().connect();
  const asked = Array(27).fill("userhost-in-names").join(" ");
  const acks = mina.says(`CAP REQ :${asked}`).hears();
  expect(acks).toHaveLength(2);
  const naks = mina.says(`CAP REQ :${asked} tea`).hears();
  expect(naks).toHaveLength(1);
  for (const line of [...acks, ...naks]) expect(line.length).toBeLessThanOrEqual(510);
  expect(acks.every((line) => line.startsWith(":tea.test CAP * ACK :userhost-in-names "))).toBe(
    true,
  );
  expect(naks[0]).toStartWith(":tea.test CAP * NAK :userhost-in-names ");
});

test("STS is nobody's to ask for", () => {
  expect(new Scene().connect().says("CAP REQ :sts").hears()).toEqual([":tea.test CAP * NAK :sts"]);
});

test("cap-notify comes with 302, and can't be switched off then", () => {
  const mina = new Scene().connect().says("CAP LS 302");
  mina.hears();
  mina.says("CAP LIST", "CAP REQ :cap-notify", "CAP REQ :-cap-notify", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * LIST :cap-notify",
    ":tea.test CAP * ACK :cap-notify",
    ":tea.test CAP * NAK :-cap-notify",
    ":tea.test CAP * LIST :cap-notify",
  ]);
});

test("before 302 cap-notify is asked for and switched off like any other", () => {
  const mina = new Scene().connect();
  mina.says("CAP REQ :cap-notify", "CAP REQ :-cap-notify", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * ACK :cap-notify",
    ":tea.test CAP * ACK :-cap-notify",
    ":tea.test CAP * LIST :",
  ]);
});

test("LIST begins empty, and names what was granted", () => {
  const mina = new Scene().connect().says("CAP LIST", "CAP REQ :away-notify", "CAP LIST");
  expect(mina.hears()).toEqual([
    ":tea.test CAP * LIST :",
    ":tea.test CAP * ACK :away-notify",
    ":tea.test CAP * LIST :away-notify",
  ]);
});

test("CAP is taken after the registration as well, where END means nothing", () => {
  const mina = new Scene().guest("mina");
  mina.says("CAP LS 302", "CAP REQ :batch", "CAP END", "CAP LIST");
  expect(mina.hears().slice(-2)).toEqual([
    ":tea.test CAP mina ACK :batch",
    ":tea.test CAP mina LIST :cap-notify batch",
  ]);
  mina.says("PING :still here");
  expect(mina.hears()).toEqual([":tea.test PONG tea.test :still here"]);
});

test("END before NICK and USER ends the negotiation and nothing else", () => {
  const mina = new Scene().connect().says("CAP LS 302", "CAP END");
  mina.hears();
  mina.says("NICK mina");
  expect(mina.hears()).toEqual([]);
  mina.says("USER mina 0 * :Mina");
  expect(mina.hears()[0]).toBe(":tea.test 001 mina :Welcome to Teahouse, mina");
});

test("answers name the nick once there is one", () => {
  const mina = new Scene().connect().says("NICK mina", "CAP LIST");
  expect(mina.hears()).toEqual([":tea.test CAP mina LIST :"]);
});

test("an unknown subcommand is named, and a missing one missed", () => {
  const mina = new Scene().connect().says("CAP POUR", "CAP");
  expect(mina.hears()).toEqual([
    ":tea.test 410 * POUR :There is no such CAP command",
    ":tea.test 461 * CAP :Not enough parameters",
  ]);
});

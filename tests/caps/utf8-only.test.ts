import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/utf8-only */

const KOREAN_IN_EUC_KR = Buffer.from([0xc2, 0xf7]);

test("UTF8ONLY is announced", () => {
  const mina = new Scene().connect().introduces("mina");
  expect(mina.hears().some((line) => line.includes(" UTF8ONLY "))).toBe(true);
});

test("a line that is not UTF-8 is dropped whole, and its sender gets FAIL", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.hears();
  mina.hears();
  for (const start of ["PRIVMSG #tea :", "TOPIC #tea :", "SETNAME :", "@+a="]) {
    mina.sends(Buffer.concat([Buffer.from(start), KOREAN_IN_EUC_KR, Buffer.from("\r\n")]));
  }
  expect(jun.hears()).toEqual([]);
  expect(mina.hears()).toEqual(
    ["PRIVMSG", "TOPIC", "SETNAME", "*"].map(
      (verb) =>
        `:tea.test FAIL ${verb} INVALID_UTF8 :That line was not valid UTF-8 and was ignored`,
    ),
  );
  mina.says("PRIVMSG #tea :차");
  expect(jun.hears()).toEqual([":mina!~mina@guest.test PRIVMSG #tea :차"]);
});

test("the FAIL has the label of the dropped line", () => {
  const scene = new Scene();
  const mina = scene.guest("mina", "labeled-response", "batch").says("JOIN #tea");
  mina.hears();
  const start = Buffer.from("@label=차 PRIVMSG #tea :");
  mina.sends(Buffer.concat([start, KOREAN_IN_EUC_KR, Buffer.from("\r\n")]));
  expect(mina.hears()).toEqual([
    "@label=차 :tea.test FAIL PRIVMSG INVALID_UTF8 :That line was not valid UTF-8 and was ignored",
  ]);
});

test("the same happens before registration", () => {
  const mina = new Scene()
    .connect()
    .sends(Buffer.concat([Buffer.from("USER m 0 * :"), KOREAN_IN_EUC_KR, Buffer.from("\n")]));
  expect(mina.hears()).toEqual([
    ":tea.test FAIL USER INVALID_UTF8 :That line was not valid UTF-8 and was ignored",
  ]);
});

test("a cut text ends between characters, at whatever byte it begins", () => {
  const scene = new Scene();
  const jun = scene.guest("jun", "away-notify").says("JOIN #tea", "MODE #tea -t");
  const mina = scene.guest("mina").says("JOIN #tea");
  for (const start of ["", "x", "xx", "xxx"]) {
    jun.hears();
    const long = `${start}${"차".repeat(100)}${"🍵".repeat(45)}`;
    mina.says(`PRIVMSG #tea :${long}`, `TOPIC #tea :${long}`, `AWAY :${long}`);
    jun.says("TOPIC #tea");
    const lines = jun.hears();
    for (const line of lines) {
      expect(line).not.toContain("\ufffd");
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    }
    expect(lines).toHaveLength(5);
  }
});

/** Every command that could relay a client's bytes. None of them is relayed or stored. */
for (const start of [
  "PRIVMSG #tea :",
  "NOTICE #tea :",
  "PRIVMSG jun :",
  "TOPIC #tea :",
  "KICK #tea jun :",
  "PART #tea :",
  "QUIT :",
  "AWAY :",
  "SETNAME :",
  "NICK ",
  "MODE #tea +k ",
  "INVITE jun ",
  "METADATA * SET mood :",
  "@+a=1;+b=",
  "HISTORY #tea ",
  "WALLOPS :",
]) {
  test(`"${start}" with a text in another encoding isn't relayed`, () => {
    const scene = new Scene();
    const jun = scene.guest("jun", "message-tags", "away-notify", "setname").says("JOIN #tea");
    const mina = scene.guest("mina", "message-tags").says("JOIN #tea", "MODE #tea -t");
    jun.says("MODE #tea +o mina");
    for (const one of [jun, mina]) one.hears();
    mina.sends(Buffer.concat([Buffer.from(start), KOREAN_IN_EUC_KR, Buffer.from("\r\n")]));
    expect(jun.hears()).toEqual([]);
    expect(mina.hears()).toEqual([expect.stringMatching(/^:tea\.test FAIL \S+ INVALID_UTF8 :/)]);
    expect(mina.closed).toBe(false);
  });
}

test("a SASL name or password in another encoding is a wrong password", () => {
  const mina = new Scene().connect().says("AUTHENTICATE PLAIN");
  const payload = Buffer.concat([Buffer.from("\0"), KOREAN_IN_EUC_KR, Buffer.from("\0password")]);
  mina.says(`AUTHENTICATE ${payload.toString("base64")}`);
  expect(mina.hears().at(-1)).toBe(":tea.test 904 * :Wrong name or password. Try again");
});

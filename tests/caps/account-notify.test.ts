import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/account-notify */

const [PIECE = ""] = encodePlain("mina", passwordOf("mina"));

test("a guest who logs in gets ACCOUNT for their own session", () => {
  for (const caps of [["account-notify"], []]) {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.guest("minsu", ...caps).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${PIECE}`);
    const heard = mina.hears().filter((line) => line.includes(" ACCOUNT "));
    expect(heard).toEqual(caps.length === 0 ? [] : [":minsu!u@mina00000001.account ACCOUNT mina"]);
  }
});

test("others in the guest's rooms see the guest leave, and get no ACCOUNT", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const jun = scene.guest("jun", "account-notify").says("JOIN #tea");
  const mina = scene.guest("minsu", "account-notify").says("JOIN #tea");
  jun.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${PIECE}`, "JOIN #tea");
  expect(jun.hears()).toEqual([
    ":minsu!~minsu@guest.test QUIT :Logged in",
    ":minsu!u@mina00000001.account JOIN #tea",
  ]);
});

test("signing up logs in, and sends the same lines", () => {
  for (const caps of [["account-notify"], []]) {
    const mina = new Scene().guest("mina", ...caps).says("REGISTER * * :open sesame street");
    const heard = mina.hears().filter((line) => line.includes(" ACCOUNT "));
    expect(heard).toEqual(caps.length === 0 ? [] : [":mina!u@000000000001.account ACCOUNT mina"]);
  }
});

test("changing from one account to another is announced", () => {
  const scene = new Scene();
  scene.signUp("sora");
  const mina = scene.person("mina", "account-notify").says("AUTHENTICATE PLAIN");
  mina.says(`AUTHENTICATE ${encodePlain("sora", passwordOf("sora"))[0]}`);
  expect(mina.hears().filter((line) => line.includes(" ACCOUNT "))).toEqual([
    ":sora!u@sora00000001.account ACCOUNT sora",
  ]);
});

test("* can't be an account's name, since it stands for no account", () => {
  const mina = new Scene().guest("mina").says("NICK *", "REGISTER * * :open sesame street");
  expect(mina.hears().some((line) => line.includes(" REGISTER SUCCESS mina "))).toBe(true);
  const jun = new Scene().guest("jun").says("REGISTER *x* * :open sesame street");
  expect(jun.hears()[0]).toContain(" FAIL REGISTER BAD_ACCOUNT_NAME ");
});

test("WHOX, with which a client learns accounts, is available and has the account", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  jun.hears();
  expect(jun.says("WHO #tea %na").hears().slice(0, 2)).toEqual([
    ":tea.test 354 jun mina mina",
    ":tea.test 354 jun jun 0",
  ]);
});

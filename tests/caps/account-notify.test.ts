import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/account-notify */

const [PIECE = ""] = encodePlain("mina", passwordOf("mina"));

test("a guest who logs in hears their account", () => {
  for (const caps of [["account-notify"], []]) {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.guest("minsu", ...caps).says("AUTHENTICATE PLAIN", `AUTHENTICATE ${PIECE}`);
    const heard = mina.hears().filter((line) => line.includes(" ACCOUNT "));
    expect(heard).toEqual(caps.length === 0 ? [] : [":minsu!u@107wzr6.account ACCOUNT mina"]);
  }
});

test("the others in the guest's rooms see the guest leave, so that nobody there has a new account", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const jun = scene.guest("jun", "account-notify").says("JOIN #tea");
  const mina = scene.guest("minsu", "account-notify").says("JOIN #tea");
  jun.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${PIECE}`, "JOIN #tea");
  expect(jun.hears()).toEqual([
    ":minsu!~minsu@guest.test QUIT :Logged in",
    ":minsu!u@107wzr6.account JOIN #tea",
  ]);
});

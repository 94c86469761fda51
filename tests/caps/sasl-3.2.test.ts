import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/sasl-3.2 */

test("LS names the mechanisms to who can read values, and sasl alone to who can't", () => {
  const scene = new Scene();
  expect(scene.connect().says("CAP LS 302").hears()[0]).toContain(" :sasl=PLAIN,EXTERNAL ");
  expect(scene.connect().says("CAP LS").hears()[0]).toContain(" :sasl message-tags ");
});

test("a guest who is here may log in later, and becomes one of the account's devices", () => {
  const scene = new Scene();
  const yuna = scene.guest("yuna", "account-notify");
  const phone = scene.person("mina").says("JOIN #tea");
  yuna.says("JOIN #tea,#garden");
  const mina = scene.guest("jun", "account-notify", "chghost").says("JOIN #garden");
  for (const one of [yuna, phone, mina]) one.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 900 jun jun!~jun@guest.test mina :You are now logged in as mina",
    ":jun!~jun@guest.test PART #garden :Logged in",
    ":jun!~jun@guest.test NICK mina",
    ":mina!~jun@guest.test CHGHOST u 107wzr6.account",
    ":mina!u@107wzr6.account ACCOUNT mina",
    ":mina!u@107wzr6.account JOIN #tea",
    ":tea.test 353 mina = #tea :~mina yuna",
    ":tea.test 366 mina #tea :End of the list",
    ":tea.test 903 mina :You are logged in",
  ]);
  expect(yuna.hears()).toEqual([":jun!~jun@guest.test QUIT :Logged in"]);
  expect(phone.hears()).toEqual([]);
});

test("a guest's nick goes along if the account has nobody else here, and the account's rooms hear of it", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea").vanishes();
  const yuna = scene.guest("yuna", "away-notify").says("JOIN #tea");
  const mina = scene.guest("minsu");
  yuna.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  expect(mina.hears()).toEqual([
    "AUTHENTICATE +",
    ":tea.test 900 minsu minsu!~minsu@guest.test mina :You are now logged in as mina",
    ":minsu!u@107wzr6.account JOIN #tea",
    ":tea.test 353 minsu = #tea :~minsu yuna",
    ":tea.test 366 minsu #tea :End of the list",
    ":tea.test 903 minsu :You are logged in",
  ]);
  expect(yuna.hears()).toEqual([
    ":mina!u@107wzr6.account NICK minsu",
    ":minsu!u@107wzr6.account AWAY",
  ]);
});

test("who is logged in can't become somebody else: 907", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("AUTHENTICATE PLAIN");
  expect(mina.hears()).toEqual([":tea.test 907 mina :You are logged in already"]);
});

test("an account that goes while its password is being looked at is nobody's", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const mina = scene.connect().says("NICK mina", "AUTHENTICATE PLAIN");
  mina.hears();
  scene.holding = true;
  mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  scene.members.apply({ kind: "deleted", name: "mina" as never });
  scene.settle();
  expect(mina.hears()).toEqual([":tea.test 904 mina :Name and password don't fit. Try again"]);
});

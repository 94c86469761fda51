import { expect, test } from "bun:test";
import { encodePlain } from "../../lib/protocol/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/chghost */

test("a host changes by logging in alone: oneself hears CHGHOST with the capability, and nothing without", () => {
  for (const caps of [["chghost"], []]) {
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.guest("minsu", ...caps).says("AUTHENTICATE PLAIN");
    mina.says(`AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
    const heard = mina.hears().filter((line) => line.includes("CHGHOST"));
    expect(heard).toEqual(
      caps.length === 0 ? [] : [":minsu!~minsu@guest.test CHGHOST u 107wzr6.account"],
    );
  }
});

test("others saw the guest leave, and see the account come: nobody in a room ever has another host", () => {
  const scene = new Scene();
  scene.signUp("mina");
  const jun = scene.guest("jun", "chghost").says("JOIN #tea");
  const mina = scene.guest("minsu").says("JOIN #tea");
  jun.hears();
  mina.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
  expect(jun.hears()).toEqual([":minsu!~minsu@guest.test QUIT :Logged in"]);
});

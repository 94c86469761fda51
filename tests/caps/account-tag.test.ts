import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/account-tag */

function teahouse(...caps: string[]) {
  const scene = new Scene();
  const mina = scene.person("mina").says("JOIN #tea");
  const guest = scene.guest("jun").says("JOIN #tea");
  const sora = scene.guest("sora", ...caps).says("JOIN #tea");
  const all = [mina, guest, sora];
  for (const one of all) one.hears();
  const happen = () => {
    mina.says(
      "PRIVMSG #tea :hi",
      "NOTICE #tea :hi",
      "PRIVMSG sora :hi",
      "TOPIC #tea :Green",
      "MODE #tea +m",
      "JOIN #milk",
      "INVITE sora #milk",
      "NICK minsu",
      "AWAY :tea",
      "SETNAME :Mina Kim",
      "KICK #tea jun",
      "PART #tea",
    );
    guest.says("PRIVMSG sora :hi");
    return sora.hears();
  };
  return { happen };
}

test("all that somebody with an account does carries the account; what a guest does carries none", () => {
  expect(teahouse("account-tag", "away-notify", "setname").happen()).toEqual([
    "@account=mina :mina!u@107wzr6.account PRIVMSG #tea :hi",
    "@account=mina :mina!u@107wzr6.account NOTICE #tea :hi",
    "@account=mina :mina!u@107wzr6.account PRIVMSG sora :hi",
    "@account=mina :mina!u@107wzr6.account TOPIC #tea :Green",
    "@account=mina :mina!u@107wzr6.account MODE #tea +m",
    "@account=mina :mina!u@107wzr6.account INVITE sora #milk",
    "@account=mina :mina!u@107wzr6.account NICK minsu",
    "@account=mina :minsu!u@107wzr6.account AWAY :tea",
    "@account=mina :minsu!u@107wzr6.account SETNAME :Mina Kim",
    "@account=mina :minsu!u@107wzr6.account KICK #tea jun minsu",
    "@account=mina :minsu!u@107wzr6.account PART #tea",
    ":jun!~jun@guest.test PRIVMSG sora :hi",
  ]);
});

test("without the capability nothing does", () => {
  expect(
    teahouse("away-notify", "setname")
      .happen()
      .filter((line) => line.startsWith("@")),
  ).toEqual([]);
});

test("JOIN carries it, too", () => {
  const scene = new Scene();
  const sora = scene.guest("sora", "account-tag").says("JOIN #tea");
  sora.hears();
  scene.person("mina").says("JOIN #tea");
  expect(sora.hears()).toEqual(["@account=mina :mina!u@107wzr6.account JOIN #tea"]);
});

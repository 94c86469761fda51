import { describe, expect, test } from "bun:test";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

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

test("all lines of a user with an account have the account tag; lines of a guest don't", () => {
  expect(teahouse("account-tag", "away-notify", "setname").happen()).toEqual([
    "@account=mina :mina!u@mina00000001.account PRIVMSG #tea :hi",
    "@account=mina :mina!u@mina00000001.account NOTICE #tea :hi",
    "@account=mina :mina!u@mina00000001.account PRIVMSG sora :hi",
    "@account=mina :mina!u@mina00000001.account TOPIC #tea :Green",
    "@account=mina :mina!u@mina00000001.account MODE #tea +m",
    "@account=mina :mina!u@mina00000001.account INVITE sora #milk",
    "@account=mina :mina!u@mina00000001.account NICK minsu",
    "@account=mina :minsu!u@mina00000001.account AWAY :tea",
    "@account=mina :minsu!u@mina00000001.account SETNAME :Mina Kim",
    "@account=mina :minsu!u@mina00000001.account KICK #tea jun minsu",
    "@account=mina :minsu!u@mina00000001.account PART #tea",
    ":jun!~jun@guest.test PRIVMSG sora :hi",
  ]);
});

test("without the capability nothing has the tag", () => {
  expect(
    teahouse("away-notify", "setname")
      .happen()
      .filter((line) => line.startsWith("@")),
  ).toEqual([]);
});

test("JOIN has the tag as well", () => {
  const scene = new Scene();
  const sora = scene.guest("sora", "account-tag").says("JOIN #tea");
  sora.hears();
  scene.person("mina").says("JOIN #tea");
  expect(sora.hears()).toEqual(["@account=mina :mina!u@mina00000001.account JOIN #tea"]);
});

describe("the tag is on every command of a user", () => {
  const CAPS = "account-tag message-tags batch draft/multiline draft/channel-rename setname".split(
    " ",
  );
  const MORE = ["draft/message-redaction", "sodam.chat/edit", "chghost", "account-notify"];

  /** Mina is the owner and an operator; sora, whose modes block nothing, receives her lines. */
  function stage() {
    const scene = new Scene();
    scene.signUp("mina", true);
    const mina = scene.person("mina", ...CAPS, ...MORE).says("JOIN #tea");
    const sora = scene.guest("sora", ...CAPS, ...MORE).says("JOIN #tea", "MODE sora +w");
    for (const one of [mina, sora]) one.hears();
    return { mina, sora };
  }

  const DOINGS: readonly (readonly [string, readonly string[]])[] = [
    ["PRIVMSG", ["PRIVMSG #tea :hi"]],
    ["NOTICE", ["NOTICE sora :hi"]],
    ["TAGMSG", ["@+typing=active TAGMSG #tea"]],
    [
      "BATCH",
      [
        "BATCH +1 draft/multiline #tea",
        "@batch=1 PRIVMSG #tea :a",
        "@batch=1 PRIVMSG #tea :b",
        "BATCH -1",
      ],
    ],
    ["MODE", ["MODE #tea +n", "MODE #tea -n"]],
    ["WALLOPS", ["WALLOPS :tea is ready"]],
    ["INVITE", ["JOIN #milk", "INVITE sora #milk"]],
    ["PART", ["PART #tea"]],
    ["RENAME", ["RENAME #tea #coffee"]],
    ["KILL", ["KILL sora :out"]],
  ];

  for (const [verb, lines] of DOINGS) {
    test(verb, () => {
      const { mina, sora } = stage();
      mina.says(...lines);
      const [first = ""] = sora.hears().filter((line) => line.includes(` ${verb} `));
      expect(first).toMatch(/^@account=mina(?:;\S*)? :mina!/);
    });
  }

  test("REDACT and EDIT", () => {
    const { mina, sora } = stage();
    mina.says("PRIVMSG #tea :hi");
    const id = /msgid=(\w+)/.exec(sora.hears()[0] ?? "")?.[1] ?? "";
    mina.says(`EDIT #tea ${id} :hello`, `REDACT #tea ${id}`);
    for (const line of sora.hears())
      expect(line).toMatch(/^@account=mina;\S* :mina!\S+ (EDIT|REDACT) /);
  });

  test("QUIT to members of shared rooms", () => {
    // Accounts don't quit their rooms; a guest who logs in does, and has no account until then.
    const scene = new Scene();
    scene.signUp("mina");
    const sora = scene.guest("sora", "account-tag").says("JOIN #tea");
    const jun = scene.guest("jun").says("JOIN #tea");
    sora.hears();
    jun.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain("mina", passwordOf("mina"))[0]}`);
    expect(sora.hears()).toEqual([":jun!~jun@guest.test QUIT :Logged in"]);
  });
});

test("copies to a user's own sessions have the tag as well", () => {
  const scene = new Scene();
  scene.signUp("mina", true);
  const phone = scene.person("mina", "account-tag", "message-tags");
  const mina = scene.person("mina", "account-tag", "message-tags").says("JOIN #tea");
  mina.says("MODE mina +i", "SILENCE +jun", "SETNAME :Mina", "NICK minsu", "INVITE jun #tea");
  scene.guest("jun");
  mina.says("INVITE jun #tea", "UNINVITE jun #tea", "PART #tea");
  const own = [...phone.hears(), ...mina.hears()].filter((line) => line.includes(":min"));
  const verbs = own.map((line) => parseMessage(line)?.verb);
  expect(new Set(verbs)).toEqual(new Set("JOIN MODE SILENCE NICK UNINVITE PART".split(" ")));
  for (const line of own) expect(line).toMatch(/^@account=mina[; ]/);
});

test("ACCOUNT has the previous account's tag, or none", () => {
  const scene = new Scene();
  for (const name of ["mina", "sora"]) scene.signUp(name);
  const jun = scene.guest("jun", "account-tag", "account-notify");
  const watcher = scene.guest("yuna", "account-tag", "account-notify", "extended-monitor");
  watcher.says("MONITOR + jun").hears();
  for (const name of ["mina", "sora"]) {
    jun.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${encodePlain(name, passwordOf(name))[0]}`);
  }
  const told = (lines: string[]) =>
    lines.filter((line) => line.includes(" ACCOUNT ")).map((line) => line.replace(/:\S+ /, ""));
  expect(told(jun.hears())).toEqual(["ACCOUNT mina", "@account=mina ACCOUNT sora"]);
  expect(told(watcher.hears())).toEqual(["ACCOUNT mina"]);
});

test("numerics that a user causes for others have the tag: a knock, and a message held back by +g", () => {
  for (const caps of [["account-tag"], []]) {
    const scene = new Scene();
    const sora = scene.guest("sora", ...caps).says("JOIN #tea", "MODE #tea +i", "MODE sora +g");
    sora.hears();
    scene.person("mina").says("KNOCK #tea", "PRIVMSG sora :hi");
    scene.guest("jun").says("PRIVMSG sora :hi");
    scene.passes(120_000);
    const lines = sora.hears().filter((line) => / (710|718) /.test(line));
    expect(lines.map((line) => line.replace(/ :tea.test (\d+) .*$/, " $1"))).toEqual(
      caps.length === 0
        ? [expect.stringMatching(/^:.* 710 /), expect.stringMatching(/^:.* 718 /)]
        : ["@account=mina 710", "@account=mina 718"],
    );
  }
});

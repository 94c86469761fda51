import { expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/standard-replies */

test("errors of base commands without a numeric are FAIL with the capability, and 400 without", () => {
  for (const caps of [["standard-replies"], []]) {
    const scene = new Scene();
    const mina = scene.guest("mina", ...caps).says("JOIN #tea");
    mina.hears();
    scene.diskFull = true;
    mina.says(
      "PRIVMSG #tea :hi",
      "TOPIC #tea :Green",
      "JOIN #milk",
      "PART #tea",
      "HISTORY #tea many",
    );
    const [type, say] = caps.length === 0 ? ["400 mina", ""] : ["FAIL", "TEMPORARILY_UNAVAILABLE "];
    const why = "The server can't store that right now. Try again in a moment";
    expect(mina.hears()).toEqual([
      `:tea.test ${type} PRIVMSG ${say}#tea :${why}`,
      `:tea.test ${type} TOPIC ${say}#tea :${why}`,
      `:tea.test ${type} JOIN ${say}#milk :${why}`,
      `:tea.test ${type} PART ${say}#tea :${why}`,
      `:tea.test ${type} HISTORY ${say === "" ? "" : "INVALID_PARAMS "}#tea many :Give a number of messages (50), or a time (30m, 2h, 7d)`,
    ]);
  }
});

test("standard numerics, and FAIL of other specifications, are the same with and without", () => {
  const mina = new Scene().guest("mina", "standard-replies");
  mina.says("JOIN", "PRIVMSG nobody :hi", "CHATHISTORY", "MARKREAD", "SETNAME :");
  expect(mina.hears()).toEqual([
    ":tea.test 461 mina JOIN :Not enough parameters",
    ":tea.test 401 mina nobody :Nobody here has that name",
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS :Unknown subcommand",
    ":tea.test FAIL MARKREAD NEED_MORE_PARAMS :Give a room or a nick",
    ":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
  ]);
  const jun = new Scene().guest("jun").says("CHATHISTORY", "MARKREAD", "SETNAME :");
  expect(jun.hears()).toEqual([
    ":tea.test FAIL CHATHISTORY INVALID_PARAMS :Unknown subcommand",
    ":tea.test FAIL MARKREAD NEED_MORE_PARAMS :Give a room or a nick",
    ":tea.test FAIL SETNAME INVALID_REALNAME :A real name has 1 to 150 bytes",
  ]);
});

// With * there is no command, and so no numeric: it is FAIL for all clients, as those of UTF8ONLY and of
// account-registration expect it.
test("an error about an unreadable line has * as its command", () => {
  const mina = new Scene().guest("mina", "standard-replies");
  mina.sends(Buffer.from([0x50, 0xff, 0x0a])).sends(Buffer.from("PING \0\r\n"));
  expect(mina.hears()).toEqual([
    ":tea.test FAIL * INVALID_UTF8 :That line was not valid UTF-8 and was ignored",
    ":tea.test FAIL * INVALID_LINE :That line contained a NUL character and was ignored",
  ]);
});

test("commands whose specification has no standard replies answer 400 without the capability", () => {
  const scene = new Scene();
  scene.signUp("mina", true);
  for (const caps of [["standard-replies"], []]) {
    const mina = scene.person("mina", ...caps).says("JOIN #tea");
    scene.guest("jun");
    mina.hears();
    mina.says("UNKLINE nobody!*@*", "KLINE *!*@* :all", "UNINVITE jun #tea");
    const starts = mina.hears().map((line) => line.split(" ").slice(1, 4).join(" "));
    expect(starts).toEqual(
      caps.length === 0
        ? ["400 mina UNKLINE", "400 mina KLINE", "400 mina UNINVITE"]
        : ["FAIL UNKLINE NO_SUCH_BAN", "FAIL KLINE OWN_TARGET", "FAIL UNINVITE NOT_INVITED"],
    );
    mina.vanishes();
  }
});

test("a reply has a command, a code, any context, and a description", () => {
  const mina = new Scene().guest("mina", "standard-replies", "sodam.chat/account");
  mina.says(
    "setname :",
    "CHATHISTORY pour #tea",
    "REDACT #tea x",
    "MARKREAD",
    "ACCOUNT CHECK tea",
    "ACCOUNT DELETE",
  );
  const lines = mina.hears();
  expect(lines).toHaveLength(6);
  for (const line of lines) {
    expect(line).toMatch(/^:tea\.test (FAIL|WARN|NOTE) [A-Z]+ [A-Z][A-Z_]+( [^: ]\S*)* :\S.*$/);
  }
});

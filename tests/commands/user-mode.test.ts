import { describe, expect, test } from "bun:test";
import type { PersonChange } from "../../lib/chat-server/server-ports.ts";
import { applyPersonChange } from "../../lib/chat-server/snapshot/apply-person-change.ts";
import { ownModes } from "../../lib/chat-server/users/user-modes.ts";
import { accountId } from "../account-ids.ts";
import { Scene } from "../scene.ts";

describe("the user's own modes", () => {
  test("are shown, changed, and sent to every session", () => {
    const scene = new Scene();
    const phone = scene.person("mina");
    const laptop = scene.person("mina");
    phone.says("MODE mina", "MODE MINA +iR", "MODE mina -i+i", "MODE mina -R+B");
    const [modes, ...changes] = phone.hears();
    expect(modes).toBe(":tea.test 221 mina +Z");
    const seen = changes.map((line) => line.replace(/!\S+/, ""));
    expect(seen).toEqual([":mina MODE mina +Ri", ":mina MODE mina +B-R"]);
    expect(laptop.hears()).toEqual(changes);
  });

  test("users can't set +o or +Z themselves", () => {
    const scene = new Scene();
    const mina = scene.connect({ secure: false });
    mina.introduces("mina");
    mina.hears();
    mina.says("MODE mina +oZ", "MODE mina");
    expect(mina.hears()).toEqual([":tea.test 221 mina +"]);
  });

  test("unknown letters get one 501, and the others are applied", () => {
    const mina = new Scene().guest("mina");
    mina.says("MODE mina +xyi");
    expect(mina.hears()).toEqual([
      ":mina!~mina@guest.test MODE mina +i",
      ":tea.test 501 mina :Unknown user mode",
    ]);
  });

  test("are kept over a restart, for users with an account", () => {
    const scene = new Scene();
    scene.person("mina").says("MODE mina +BRiw", "MODE mina -w");
    const again = scene.restart();
    const mina = again.connect().logsIn("mina");
    expect(mina.hears()).toContain(":tea.test 221 mina +BRZi");
    expect(again.server.state.userCounts.count("i")).toBe(1);
    mina.says("LUSERS");
    expect(mina.hears()[0]).toBe(
      ":tea.test 251 mina :There are 0 people and 1 invisible on 1 server",
    );
  });

  test("are restored from the journal, and deleted with the account", () => {
    const scene = new Scene();
    scene.person("mina");
    const { state } = scene.server;
    const after = (change: PersonChange) => {
      applyPersonChange(state, change);
      const user = state.users.byAccount(accountId("mina"));
      return user === null ? null : ownModes(user);
    };
    const account = accountId("mina");
    expect(after({ kind: "modes", account, modes: "Bgx" })).toBe("Bg");
    expect(after({ kind: "modes", account, modes: "iR" })).toBe("Ri");
    expect(after({ kind: "forgotten", account })).toBe("");
  });

  test("don't change when they can't be stored", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    scene.diskFull = true;
    mina.says("MODE mina +iB", "MODE mina");
    expect(mina.hears()).toEqual([
      ":tea.test 400 mina MODE mina :The server can't store that right now. Try again in a moment",
      ":tea.test 221 mina +Z",
    ]);
  });

  test("of other users can't be shown or changed", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    scene.guest("jun");
    mina.says("MODE jun", "MODE jun +i", "MODE nobody");
    expect(mina.hears()).toEqual([
      ":tea.test 502 mina :You can only see and change your own modes",
      ":tea.test 502 mina :You can only see and change your own modes",
      ":tea.test 401 mina nobody :Nobody here has that name",
    ]);
  });
});

/** https://ircv3.net/specs/extensions/bot-mode */
describe("bots (+B)", () => {
  test("their lines have the bot tag, for sessions with message-tags", () => {
    const scene = new Scene();
    const robo = scene.guest("robo");
    const jun = scene.guest("jun", "message-tags");
    const sun = scene.guest("sun");
    for (const actor of [robo, jun, sun]) actor.says("JOIN #tea");
    robo.says("MODE robo +B");
    for (const actor of [jun, sun]) actor.hears();
    robo.says("PRIVMSG #tea :beep", "TOPIC #tea :tin");
    expect(jun.hears()).toEqual([
      expect.stringMatching(/^@msgid=\w+;bot :robo!~robo@guest\.test PRIVMSG #tea :beep$/),
      expect.stringMatching(/^@msgid=\w+;bot :robo!~robo@guest\.test TOPIC #tea :tin$/),
    ]);
    expect(sun.hears().join()).not.toContain("bot ");
    robo.says("MODE robo -B", "PRIVMSG #tea :human");
    expect(jun.hears()[0]).not.toContain(";bot");
  });
});

describe("messages from users with an account only (+R)", () => {
  test("a guest's are refused, a NOTICE without an error; an account's arrive", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.guest("jun");
    const sun = scene.person("sun");
    mina.says("MODE mina +R");
    mina.hears();
    jun.says("PRIVMSG mina :hello", "NOTICE mina :hello");
    expect(jun.hears()).toEqual([
      ":tea.test 531 jun mina :They take messages only from people with an account (+R)",
    ]);
    expect(mina.hears()).toEqual([]);
    sun.says("PRIVMSG mina :hello");
    expect(mina.hears()[0]).toEndWith("PRIVMSG mina :hello");
  });
});

describe("no CTCP requests (+T)", () => {
  test("a request is refused, also from accepted users; /me and other messages arrive", () => {
    const scene = new Scene();
    const mina = scene.person("mina").says("MODE mina +Tg", "ACCEPT jun");
    const jun = scene.guest("jun");
    mina.says("ACCEPT jun").hears();
    jun.says(
      "PRIVMSG mina :\x01VERSION\x01",
      "NOTICE mina :\x01VERSION 1\x01",
      "PRIVMSG mina :\x01ACTION waves\x01",
      "PRIVMSG mina :hello",
    );
    expect(jun.hears()).toEqual([":tea.test 531 jun mina :They take no CTCP requests (+T)"]);
    expect(mina.hears()).toEqual([
      ":jun!~jun@guest.test PRIVMSG mina :\x01ACTION waves\x01",
      ":jun!~jun@guest.test PRIVMSG mina :hello",
    ]);
  });
});

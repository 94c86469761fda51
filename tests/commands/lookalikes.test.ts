import { describe, expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** Nicks, accounts and rooms that look like others. */

/** A name, and others that can be mistaken for it. */
const LOOKALIKES: readonly (readonly [name: string, lookalike: string])[] = [
  ["lobby", "Iobby"],
  ["paul", "pau1"],
  ["paul", "pau\u3163"],
  ["mina", "rnina"],
  ["oo", "ㅇㅇ"],
  ["tea", "ТЕА"],
];

describe("a nick", () => {
  test.each(LOOKALIKES)("can't look like a guest's: %s, %s", (name, lookalike) => {
    const scene = new Scene();
    scene.guest(name);
    const other = scene.connect().introduces(lookalike);
    expect(other.hears()[0]).toStartWith(`:tea.test 433 * ${lookalike} `);
    const third = scene.guest("third").says(`NICK ${lookalike}`);
    expect(third.hears()[0]).toStartWith(`:tea.test 433 third ${lookalike} `);
  });

  test.each(LOOKALIKES)(
    "can't look like the nick that a member took: %s, %s",
    (name, lookalike) => {
      const scene = new Scene();
      scene.person("jun").says(`NICK ${name}`);
      expect(scene.connect().introduces(lookalike).hears()[0]).toContain(" 433 ");
      const member = scene.person("seoyeon").says(`NICK ${lookalike}`);
      expect(member.hears()[0]).toContain(" 433 ");
      const visitor = scene.connect().says(`NICK x`, `ACCOUNT CHECK ${lookalike}`);
      expect(visitor.hears()[0]).toContain("FAIL ACCOUNT ACCOUNT_NAME_LOOKALIKE");
    },
  );

  test("is free again when whoever has the other one is gone, or has another", () => {
    const scene = new Scene();
    const guest = scene.guest("lobby");
    guest.says("NICK kettle");
    scene.guest("Iobby").vanishes();
    guest.says("NICK lobby");
    expect(guest.hearsVerbs()).toEqual(["NICK", "NICK"]);
    guest.vanishes();
    expect(scene.connect().introduces("Iobby").hears()[0]).toContain(" 001 ");
  });

  test("can be one's own in other letters", () => {
    const guest = new Scene().guest("lobby");
    expect(guest.says("NICK Iobby").hearsVerbs()).toEqual(["NICK"]);
  });
});

test("an account isn't made when somebody took a nick that looks like it while the password was hashed", () => {
  const scene = new Scene();
  const guest = scene.guest("other");
  const visitor = scene.connect().says("CAP LS 302", "NICK paul", "USER u 0 * :u");
  scene.holding = true;
  visitor.says("REGISTER * * :a long password");
  guest.says("NICK pau1");
  scene.holding = false;
  scene.settle();
  expect(visitor.hears().at(-1)).toContain("FAIL REGISTER ACCOUNT_NAME_LOOKALIKE paul");
  expect([...scene.members.accounts()]).toEqual([]);
});

test("an account isn't renamed to the look of a guest's nick, or of one that a member took", () => {
  const scene = new Scene();
  scene.signUp("boss", true);
  scene.guest("lobby");
  scene.person("jun").says("NICK kettle");
  const boss = scene.person("boss", "sodam.chat/account");
  scene.signUp("seo");
  for (const name of ["1obby", "kett1e", "lobby"]) boss.says(`ACCOUNT RENAME seo ${name}`);
  const codes = boss.hears().map((line) => / FAIL ACCOUNT (\S+) /.exec(line)?.[1]);
  expect(codes).toEqual(["ACCOUNT_NAME_LOOKALIKE", "ACCOUNT_NAME_LOOKALIKE", "ACCOUNT_EXISTS"]);
  expect(boss.says("ACCOUNT RENAME jun kett1e").hears().at(-1)).toContain("RENAMED jun kett1e");
});

describe("a room", () => {
  test.each(LOOKALIKES)("isn't created with the look of another: #%s, #%s", (name, lookalike) => {
    const scene = new Scene();
    const [mina, jun] = [scene.guest("m1"), scene.guest("j1").says(`JOIN #${name}`)];
    mina.says(`JOIN #${lookalike}`);
    expect(mina.hears()).toEqual([
      `:tea.test 479 m1 #${lookalike} :That name looks like the name of a room that exists. Choose another`,
    ]);
    jun.says("JOIN #den");
    jun.hears();
    jun.says(`RENAME #den #${lookalike}`);
    expect(jun.hears()[0]).toContain("That name looks like the name of a room that exists");
    jun.says(`RENAME #${name} #${lookalike}`);
    expect(jun.hears().join()).toContain(lookalike);
    expect(mina.says(`JOIN #${name}x`, `JOIN #${lookalike}`).hearsVerbs()).toContain("JOIN");
  });

  test("may look like one that is empty by now, or was renamed", () => {
    const scene = new Scene();
    const mina = scene.guest("mina").says("JOIN #lobby", "PART #lobby", "JOIN #Iobby");
    expect(mina.hears().some((line) => line.endsWith(" JOIN #Iobby"))).toBe(true);
    mina.says("RENAME #Iobby #den").hears();
    const jun = scene.guest("jun").says("JOIN #lobby");
    expect(jun.hears()[0]).toEndWith(" JOIN #lobby");
  });
});

describe("names from before a rule", () => {
  test("an account keeps its name, logs in, and gets it back as a nick", () => {
    const scene = new Scene();
    scene.signUp("dev-команда");
    const member = scene.connect().logsIn("dev-команда");
    expect(member.session.user?.nick as string).toBe("dev-команда");
    member.says("NICK kettle", "NICK dev-команда");
    expect(member.session.user?.nick as string).toBe("dev-команда");
    const after = scene.restart().connect().logsIn("dev-команда");
    expect(after.session.user?.nick as string).toBe("dev-команда");
    const friend = scene.person("mina").says("PRIVMSG dev-команда :hi", "MONITOR + dev-команда");
    expect(friend.hears().some((line) => line.includes(" 730 "))).toBe(true);
  });

  test("two accounts that look alike both keep their names as nicks", () => {
    const scene = new Scene();
    scene.signUp("paul");
    scene.signUp("pau1");
    for (const name of ["paul", "pau1"]) {
      const member = scene.connect().logsIn(name);
      expect(member.session.user?.nick as string).toBe(name);
      member.says("NICK kettle", `NICK ${name}`);
      expect(member.session.user?.nick as string).toBe(name);
    }
  });

  test("nobody else takes such a name: neither a guest, nor a member on the way in", () => {
    const scene = new Scene();
    const guest = scene
      .connect()
      .says("CAP LS 302", "NICK dev-команда", "USER u 0 * :u", "CAP END");
    expect(guest.hears().at(-1)).toContain(" 432 ");
    scene.signUp("mina");
    const mina = scene.connect();
    mina.says("CAP LS 302", "NICK dev-команда", "CAP REQ sasl").logsIn("mina");
    expect(mina.session.user?.nick as string).toBe("mina");
  });

  test("a room with such a name is joined, also after a restart", () => {
    const scene = new Scene();
    scene.person("mina").says("JOIN #den");
    const room = scene.server.state.rooms.byName("#den");
    if (room !== null) scene.server.state.rooms.rename(room, "#dev-команда" as never);
    for (const stage of [scene, scene.restart()]) {
      const jun = stage.person("jun").says("JOIN #dev-команда");
      expect(jun.hearsVerbs()).toContain("JOIN");
      jun.says("PART #dev-команда");
    }
  });
});

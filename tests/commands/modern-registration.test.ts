import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { parseMessage } from "../../lib/protocol/wire/message.ts";
import { type Actor, Scene } from "../scene.ts";

/**
 * https://modern.ircdocs.horse/#connection-registration and #connection-messages, with the format of what the
 * server says: clauses that registration.test.ts and its neighbours have no row for.
 */

describe("a line of the server", () => {
  /** All replies to every command without, with one and with several parameters. */
  function talkative(): { actor: Actor; bytes: string } {
    const scene = new Scene();
    scene.person("jun").says("JOIN #tea", "TOPIC #tea :  Green  tea ");
    const actor = scene.connect().introduces("mina").says("JOIN #tea");
    let bytes = "";
    for (const verb of [...COMMANDS.keys(), "POUR"].filter((one) => one !== "QUIT")) {
      actor.says(verb, `${verb} #tea`, `${verb} jun :a b`, `${verb} : :`, `${verb} #tea jun * :x`);
      bytes += actor
        .hears()
        .map((line) => `${line}\r\n`)
        .join("");
    }
    return { actor, bytes };
  }
  const { bytes } = talkative();
  const said = bytes.slice(0, -2).split("\r\n");

  test("has at most 512 bytes and ends with CR LF, with no other CR or LF", () => {
    expect(said.length).toBeGreaterThan(300);
    for (const line of said) {
      expect(line).not.toMatch(/[\r\n\0]/);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
      expect(line).not.toBe("");
    }
  });

  test("has one space between parameters, at most 15 of them, and a colon where the last one needs it", () => {
    for (const line of said) {
      const message = parseMessage(line);
      expect(message).not.toBeNull();
      expect(message?.params.length).toBeLessThanOrEqual(15);
      const middle = line.slice(1).split(" :")[0] ?? "";
      expect(middle).not.toContain("  ");
    }
  });

  test("has no tags without a capability", () => {
    for (const line of said) expect(line).not.toStartWith("@");
  });

  test("as a numeric has three digits, the server as its source, and the recipient first", () => {
    const numerics = said.filter((line) => /^\S+ \d/.test(line));
    expect(numerics.length).toBeGreaterThan(200);
    for (const line of numerics) expect(line).toMatch(/^:tea\.test \d{3} mina( |$)/);
  });

  test("about an unknown command is 421, also for server-to-server commands", () => {
    const mina = new Scene().guest("mina");
    for (const verb of ["POUR", "CONNECT", "SQUIT", "RESTART", "SERVICE", "SQUERY", "WEBIRC"]) {
      expect(mina.says(`${verb} a b`).hears()).toEqual([
        `:tea.test 421 mina ${verb} :Unknown command`,
      ]);
    }
  });
});

describe("registration", () => {
  test("ends with 001 to 004, 005, the counts, the message of the day and the modes, in this order", () => {
    for (const motd of [["Mind the kettle."], []]) {
      const verbs = new Scene({ motd }).connect().introduces("mina").hearsVerbs();
      const order = [...new Set(verbs)];
      expect(order.slice(0, 7)).toEqual(["001", "002", "003", "004", "005", "251", "255"]);
      expect(order.slice(-4)).toEqual(
        motd.length > 0 ? ["375", "372", "376", "221"] : ["265", "266", "422", "221"],
      );
    }
  });

  test("has the user's nick in 001, which may differ from the requested one", () => {
    const scene = new Scene();
    scene.person("mina").says("NICK minsu");
    const phone = scene.connect().logsIn("mina");
    expect(phone.hears().find((line) => line.includes(" 001 "))).toStartWith(
      ":tea.test 001 minsu ",
    );
  });

  test("has no host in 001", () => {
    const [welcome] = new Scene().connect().introduces("mina").hears();
    expect(welcome).not.toMatch(/[!@]|guest/);
  });

  test("has the modes of CHANMODES, PREFIX and MODE in 004", () => {
    const words = new Scene().connect().introduces("mina").hears()[3]?.split(" ") ?? [];
    expect(words.slice(0, 5)).toEqual([":tea.test", "004", "mina", "tea.test", "sodam-0.0.0"]);
    expect(words).toHaveLength(8);
    for (const letter of words[7] ?? "") expect(words[6]).toContain(letter);
  });

  test("accepts letters, digits, []{}\\| and more in a nick, also a digit first", () => {
    for (const nick of ["Mina7", "7mina", "[mina]", "{mina}", "mi\\na", "mi|na", "_mi-na", "`^"]) {
      expect(new Scene().connect().introduces(nick).hears()[0]).toContain(` 001 ${nick} `);
    }
  });

  test.each([..." ,*?!@.#:$~&%+"])("refuses a nick with %j at its start or inside", (letter) => {
    for (const nick of [`${letter}mina`, `mi${letter}na`]) {
      const mina = new Scene().guest("jun").says(`NICK :${nick}`);
      expect(mina.hears()[0]).toMatch(/^:tea\.test 432 jun /);
    }
  });

  test("relays NICK with the old nick as its source", () => {
    const scene = new Scene();
    const jun = scene.guest("jun").says("JOIN #tea");
    const mina = scene.guest("mina").says("JOIN #tea");
    for (const actor of [jun, mina]) actor.hears();
    mina.says("NICK minsu");
    for (const actor of [jun, mina]) {
      expect(actor.hears()).toEqual([":mina!~mina@guest.test NICK minsu"]);
    }
  });
});

test("PONG has the server's name and the PING's token", () => {
  const mina = new Scene().guest("mina");
  for (const [token, shown] of [
    ["tea", "tea"],
    [":a  b ", ":a  b "],
    ["::)", "::)"],
    ["tea.test other.test", "tea.test"],
  ]) {
    expect(mina.says(`PING ${token}`).hears()).toEqual([`:tea.test PONG tea.test ${shown}`]);
  }
});

test('a lost connection is a QUIT with its reason, without the prefix "Quit: "', () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea");
  const mina = scene.guest("mina").says("JOIN #tea");
  jun.hears();
  mina.vanishes();
  expect(jun.hears()).toEqual([":mina!~mina@guest.test QUIT :Connection lost"]);
  const sora = scene.guest("sora").says("JOIN #tea");
  jun.hears();
  scene.passes(130_000);
  jun.says("PONG").hears();
  scene.passes(61_000);
  expect(jun.hears()).toEqual([":sora!~sora@guest.test QUIT :Ping timeout: 191 seconds"]);
  expect(sora.hears().at(-1)).toBe("ERROR :Ping timeout: 191 seconds");
});

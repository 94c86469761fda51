import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";

/** Numeric and text of each line, without the server and the requesting nick. */
function told(actor: Actor): string[] {
  return actor.hearsPlain().map((line) => line.replace(/^:tea\.test (\d+) \S+ /, "$1 "));
}

describe("WHOIS", () => {
  test("shows the public facts about a user", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("JOIN #tea");
    scene.passes(65_000);
    jun.says("WHOIS MINA");
    expect(told(jun)).toEqual([
      "311 mina ~mina guest.test * mina",
      "319 mina @#tea",
      "312 mina tea.test Teahouse",
      "671 mina :is using a secure connection",
      "318 MINA :End of WHOIS",
    ]);
  });

  test("addresses, certificates, modes and idle time are shown only to the user themselves", () => {
    const scene = new Scene();
    const mina = scene.connect({ address: "192.0.2.7", secure: false, certificate: "ab12" });
    mina.introduces("mina");
    mina.says("MODE mina +Bi");
    mina.hears();
    mina.says("WHOIS mina");
    expect(told(mina)).toEqual([
      "311 mina ~mina guest.test * mina",
      "312 mina tea.test Teahouse",
      "335 mina :is a bot",
      "276 mina :has client certificate fingerprint ab12",
      "378 mina :is connecting from 192.0.2.7",
      "379 mina :is using modes +Bi",
      "317 mina 0 1795307400 :seconds idle, signon time",
      "318 mina :End of WHOIS",
    ]);
    scene.passes(5000);
    const jun = scene.guest("jun");
    jun.says("WHOIS mina");
    jun.says("WHO mina %nl");
    const lines = jun.hears();
    expect(lines.join()).not.toMatch(/192|ab12| 379 | 317 /);
    expect(lines).toContain(":tea.test 354 jun mina 0");
  });

  test("secret rooms are shown only to their members; with +i only shared rooms are shown", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("JOIN #tea,#den,#open", "MODE #den +s");
    const rooms = () => {
      jun.hears();
      jun.says("WHOIS mina");
      return told(jun).filter((line) => line.startsWith("319"));
    };
    expect(rooms()).toEqual(["319 mina :@#tea @#open"]);
    jun.says("JOIN #den");
    expect(rooms()).toEqual(["319 mina :@#tea @#den @#open"]);
    mina.says("MODE mina +i");
    expect(rooms()).toEqual(["319 mina @#den"]);
  });

  test("with multi-prefix every rank is shown", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    mina.says("JOIN #tea", "MODE #tea +ov mina mina");
    const [jun, sun] = [scene.guest("jun"), scene.guest("sun", "multi-prefix")];
    for (const actor of [jun, sun]) actor.says("WHOIS mina");
    expect(told(jun)[1]).toBe("319 mina ~#tea");
    expect(told(sun)[1]).toBe("319 mina ~@+#tea");
  });

  test("rooms that don't fit in a line are sent in several", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const names = Array.from({ length: 40 }, (_, i) => `#room-${i}-${"x".repeat(20)}`);
    for (const name of names) mina.says(`JOIN ${name}`);
    mina.hears();
    mina.says("WHOIS mina");
    const lines = mina.hears().filter((line) => line.includes(" 319 "));
    for (const line of lines) expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
    expect(lines.flatMap((line) => line.replace(/^.* :/, "").split(" "))).toEqual(
      names.map((name) => `@${name}`),
    );
  });

  test("an account without a session is away, even when the server has just started", () => {
    const before = new Scene();
    before.signUp("boram");
    const mina = before.person("mina");
    mina.says("JOIN #tea");
    mina.vanishes();
    for (const scene of [before, before.restart()]) {
      const jun = scene.guest("jun");
      jun.says("WHOIS mina", "WHOIS boram");
      const lines = told(jun);
      expect(lines).toContain("301 mina :Offline: will read messages later");
      expect(lines).toContain("319 mina ~#tea");
      expect(lines).toContain("330 boram boram :is logged in as");
      expect(lines).toContain("301 boram :Offline: will read messages later");
      expect(lines.some((line) => line.startsWith("317"))).toBe(false);
    }
  });

  test("an unknown nick, an unknown server and a missing nick get errors", () => {
    const jun = new Scene().guest("jun");
    jun.says(
      "WHOIS nobody",
      "WHOIS tea.test jun",
      "WHOIS jun jun",
      "WHOIS coffee.test jun",
      "WHOIS",
    );
    const lines = told(jun);
    expect(lines.slice(0, 2)).toEqual([
      "401 nobody :Nobody here has that name",
      "318 nobody :End of WHOIS",
    ]);
    expect(lines.filter((line) => line.startsWith("311")).length).toBe(2);
    expect(lines.slice(-3)).toEqual([
      "402 coffee.test :There is no such server",
      "318 jun :End of WHOIS",
      "431 :No nick given",
    ]);
  });
});

describe("WHOWAS", () => {
  test("lists the former users of a nick, the last one first", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    scene.guest("mina").says("NICK minji");
    scene.passes(1000);
    const other = scene.guest("mina");
    other.says("SETNAME :another", "QUIT");
    jun.says("WHOWAS MINA", "WHOWAS mina 1");
    const [newer, older] = [
      "314 mina ~mina guest.test * another",
      "314 mina ~mina guest.test * mina",
    ];
    expect(told(jun)).toEqual([
      newer,
      "312 mina tea.test :Sun, 22 Nov 2026 00:30:01 GMT",
      older,
      "312 mina tea.test :Sun, 22 Nov 2026 00:30:00 GMT",
      "369 MINA :End of WHOWAS",
      newer,
      "312 mina tea.test :Sun, 22 Nov 2026 00:30:01 GMT",
      "369 mina :End of WHOWAS",
    ]);
  });

  test("an unused nick gets 406", () => {
    const jun = new Scene().guest("jun");
    jun.says("WHOWAS jun", "WHOWAS");
    expect(told(jun)).toEqual([
      "406 jun :Nobody had that nick lately",
      "369 jun :End of WHOWAS",
      "431 :No nick given",
    ]);
  });
});

test("WHOWAS knows nothing of an account that was deleted, under any of its nicks", () => {
  const scene = new Scene();
  const mina = scene.person("mina").says("SETNAME :Mina Kim", "NICK kettle", "NICK mina");
  mina.says("ACCOUNT CONFIRM :mina-password", "ACCOUNT DELETE");
  const heard = scene.person("jun").says("WHOWAS mina,kettle").hearsPlain();
  expect(heard.filter((line) => line.includes(" 406 "))).toHaveLength(2);
  expect(heard.join()).not.toContain("Kim");
});

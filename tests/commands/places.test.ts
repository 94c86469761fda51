import { describe, expect, test } from "bun:test";
import type { Standing } from "../../lib/chat-server/server-ports.ts";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/* Whose place a connection has, and how the time of strangers shortens when places run out. */

/** Returns a list to which each standing is added that a connection gets from now on. */
function standingsOf({ session }: Actor): Standing[] {
  const standings: Standing[] = [];
  const { link } = session;
  const setStanding = link.setStanding?.bind(link);
  link.setStanding = (standing) => {
    standings.push(standing);
    return setStanding?.(standing) ?? true;
  };
  return standings;
}

const DEVICE = "d".repeat(64);

function stage(): Scene {
  const scene = new Scene();
  scene.signUp("mina");
  const certificate = { fingerprint: DEVICE, label: "", addedAt: scene.now };
  scene.members.apply({ kind: "certificate-added", id: accountId("mina"), certificate });
  return scene;
}

describe("a connection", () => {
  testWithOneServer("has a member's place from its log-in on, by password or by signing up", () => {
    const scene = stage();
    const mina = scene.connect();
    const minas = standingsOf(mina);
    mina.logsIn("mina");
    expect(minas).toEqual(["member"]);
    const jun = scene.connect();
    const juns = standingsOf(jun);
    jun.says("NICK jun", "REGISTER * * :a long enough sentence");
    expect(juns).toEqual(["member"]);
  });

  test("of a member's device has one before it logs in", () => {
    const scene = stage();
    expect(scene.connect({ certificate: DEVICE }).session.memberPlaceOf).toBe(accountId("mina"));
    expect(scene.connect({ certificate: "e".repeat(64) }).session.memberPlaceOf).toBeNull();
  });

  test("of one account has a member's place only up to a limit, and gives it back", () => {
    const scene = stage();
    const devices = Array.from({ length: 60 }, () => scene.connect({ certificate: DEVICE }));
    const members = () => devices.filter(({ session }) => session.memberPlaceOf !== null);
    expect(members()).toHaveLength(40);
    for (const device of devices) device.vanishes();
    expect(scene.server.state.memberPlaces.size).toBe(0);
  });

  testWithOneServer(
    "has a guest's place as a guest, noted again with each message, and none when they are full",
    () => {
      const scene = stage();
      const guest = scene.connect();
      const standings = standingsOf(guest);
      guest.introduces("jun");
      guest.says("JOIN #tea", "PRIVMSG #tea :hi");
      expect(standings).toEqual(["guest", "guest"]);
      const late = scene.connect();
      scene.areGuestsFull = true;
      late.introduces("hana");
      expect(late.hears()).toEqual([
        "ERROR :The server is full of guests: log in, or try again later",
      ]);
      expect(scene.server.state.users.byNick("hana" as never)).toBeNull();
    },
  );
});

describe("the time of a stranger", () => {
  /** How many seconds a connection that sends these lines stays at a pressure. */
  function stays(pressure: number, ...lines: string[]): number {
    const scene = new Scene({ guests: false });
    const stranger = scene.connect();
    scene.pressure = pressure;
    stranger.says(...lines);
    for (let second = 1; second <= 1000; second += 1) {
      scene.passes(1000);
      if (stranger.closed) return second - 1;
    }
    return 1000;
  }

  test("is ten minutes while half of the places are free, and shortens to half a minute", () => {
    const times = [0, 0.5, 0.75, 0.9, 1].map((pressure) => stays(pressure, "NICK eve"));
    expect(times).toEqual([600, 600, 315, 144, 30]);
  });

  test("is a minute for one who sends nothing, and shortens to ten seconds", () => {
    expect([0, 0.75, 1].map((pressure) => stays(pressure))).toEqual([60, 35, 10]);
  });

  test("isn't shortened for one who has logged in, or for members", () => {
    const scene = stage();
    const mina = scene.connect();
    scene.pressure = 1;
    mina.logsIn("mina");
    scene.passes(60_000);
    expect(mina.closed).toBe(false);
  });

  test("of a guest who says nothing has no end while places are free, and then ten minutes", () => {
    const scene = stage();
    const guest = scene.connect();
    guest.introduces("jun");
    for (let minute = 0; minute < 15; minute += 1) {
      scene.passes(60_000);
      guest.says("PONG x");
    }
    expect(guest.closed).toBe(false);
    scene.pressure = 1;
    scene.passes(1);
    expect(guest.hears().at(-1)).toBe(
      "ERROR :The server is full, and you have said nothing for long. Come back when you like",
    );
  });
});

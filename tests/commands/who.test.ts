import { describe, expect, test } from "bun:test";
import { accountId } from "../account-ids.ts";
import { type Actor, Scene } from "../scene.ts";

function told(actor: Actor): string[] {
  return actor.hearsPlain().map((line) => line.replace(/^:tea\.test (\d+) \S+ /, "$1 "));
}

/** Nicks in the answers to WHO. */
function found(actor: Actor, mask: string): string[] {
  actor.hears();
  actor.says(`WHO ${mask} %n`);
  return told(actor)
    .filter((line) => line.startsWith("354"))
    .map((line) => line.slice(4));
}

describe("WHO", () => {
  test("lists a room with flags: away, ranks, bots", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.guest("jun", "multi-prefix");
    mina.says("JOIN #tea", "MODE mina +B", "MODE #tea +o mina", "AWAY :tea");
    jun.says("JOIN #tea");
    jun.hears();
    mina.hears();
    const host = scene.server.state.users.byAccount(accountId("mina"))?.identity.host;
    jun.says("WHO #TEA");
    expect(told(jun)).toEqual([
      `352 #tea u ${host} tea.test mina G~@B :0 mina`,
      "352 #tea ~jun guest.test tea.test jun H :0 jun",
      "315 #TEA :End of the list",
    ]);
    mina.says("WHO #tea");
    expect(told(mina)[0]).toContain(" mina G~B ");
  });

  test("shows one user by nick, with a room that the requesting user can see", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("JOIN #den", "MODE #den +s");
    jun.says("WHO mina");
    expect(told(jun)).toEqual([
      "352 * ~mina guest.test tea.test mina H :0 mina",
      "315 mina :End of the list",
    ]);
    mina.says("JOIN #tea");
    jun.says("WHO mina");
    expect(told(jun)[0]).toBe("352 #tea ~mina guest.test tea.test mina H@ :0 mina");
  });

  test("masks match nicks, user names, hosts and real names", () => {
    const scene = new Scene();
    const jun = scene.person("jun");
    scene.guest("mina").says("SETNAME :Kim");
    scene.guest("minsu");
    expect(found(jun, "min*")).toEqual(["mina", "minsu"]);
    expect(found(jun, "K?m")).toEqual(["mina"]);
    expect(found(jun, "~mins*@guest.test")).toEqual(["minsu"]);
    expect(found(jun, "*")).toEqual(["jun", "mina", "minsu"]);
    expect(found(jun, "nobody")).toEqual([]);
  });

  test("masks match invisible users only for members of their rooms", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    const sun = scene.guest("sun");
    mina.says("JOIN #tea", "MODE mina +i");
    sun.says("JOIN #tea");
    for (const mask of ["m*", "*"]) {
      expect(found(jun, mask)).not.toContain("mina");
      expect(found(sun, mask)).toContain("mina");
      expect(found(mina, mask)).toContain("mina");
    }
    expect(found(jun, "#tea")).toEqual(["sun"]);
    // By their name they are asked for, and not found.
    expect(found(jun, "mina")).toEqual(["mina"]);
    jun.says("NAMES #tea");
    expect(told(jun)[0]).toBe("353 = #tea sun");
    expect(found(sun, "#tea")).toEqual(["mina", "sun"]);
  });

  test("a secret room is empty for non-members", () => {
    const scene = new Scene();
    const mina = scene.guest("mina");
    const jun = scene.guest("jun");
    mina.says("JOIN #den", "MODE #den +s");
    expect(found(jun, "#den")).toEqual([]);
    expect(found(mina, "#den")).toEqual(["mina"]);
  });

  test("an account without a session is shown as away in its rooms, and not found elsewhere", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const jun = scene.guest("jun");
    mina.says("JOIN #tea");
    mina.vanishes();
    expect(found(jun, "mina")).toEqual([]);
    expect(found(jun, "*")).toEqual(["jun"]);
    jun.says("JOIN #tea");
    jun.hears();
    jun.says("WHO #tea %nf");
    expect(told(jun)[0]).toBe("354 mina G~");
  });

  test("o lists only operators", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    jun.says("WHO * o");
    expect(told(jun)).toEqual(["315 * :End of the list"]);
  });
});

import { describe, expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/sts */

const DAY = 86_400;

function listed(scene: Scene, secure: boolean, version = " 302"): string {
  return scene.connect({ secure }).says(`CAP LS${version}`).hears().join(" ");
}

describe("the policy", () => {
  test("is told on a secure connection, with the duration that the owner set", () => {
    const scene = new Scene({ stsSeconds: 30 * DAY });
    expect(listed(scene, true)).toContain(` sts=duration=${30 * DAY}`);
  });

  test("of duration 0 takes an earlier one back", () => {
    expect(listed(new Scene({ stsSeconds: 0 }), true)).toContain(" sts=duration=0");
  });

  test("isn't told without being set", () => {
    expect(listed(new Scene(), true)).not.toContain("sts");
  });

  test("isn't told on loopback's plain text, nor to clients that know no values", () => {
    const scene = new Scene({ stsSeconds: 30 * DAY });
    expect(listed(scene, false)).not.toContain("sts");
    expect(listed(scene, true, "")).not.toContain("sts");
  });

  test("is not granted: CAP REQ gets NAK", () => {
    const mina = new Scene({ stsSeconds: 30 * DAY }).connect();
    mina.says("CAP LS 302").hears();
    expect(mina.says("CAP REQ :sts").hears()).toEqual([":tea.test CAP * NAK :sts"]);
  });
});

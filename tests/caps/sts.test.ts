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

describe("the value", () => {
  const tokensOf = (seconds: number) =>
    / sts=(\S+)/.exec(`${listed(new Scene({ stsSeconds: seconds }), true)} `)?.[1]?.split(",") ??
    [];

  test("is a list of keys, each at most once, with one whole number of seconds", () => {
    for (const seconds of [0, 1, 90 * DAY]) {
      const tokens = tokensOf(seconds);
      expect(tokens).toEqual([`duration=${seconds}`]);
      expect(new Set(tokens.map((token) => token.split("=")[0])).size).toBe(tokens.length);
    }
  });

  test("has no preload, which is for owners who ask for it, and no port, which says to leave plain text", () => {
    const keys = tokensOf(30 * DAY).map((token) => token.split("=")[0]);
    expect(keys).not.toContain("preload");
    expect(keys).not.toContain("port");
  });
});

test("the policy is never taken back by CAP DEL, also when it isn't set any more", () => {
  const scene = new Scene({ stsSeconds: 30 * DAY });
  scene.signUp("mina", true);
  const mina = scene.connect().logsIn("mina", ["cap-notify"]);
  mina.hears();
  scene.settings = { options: { ...scene.server.state.options, stsSeconds: null }, said: [] };
  mina.says("REHASH");
  expect(mina.hears().join("\n")).not.toContain(" CAP ");
});

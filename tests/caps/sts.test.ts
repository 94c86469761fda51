import { describe, expect, test } from "bun:test";
import { Scene } from "../scene.ts";

/** https://ircv3.net/specs/extensions/sts */

const DAY = 86_400;

function listed(scene: Scene, secure: boolean, version = " 302"): string {
  return scene.connect({ secure }).says(`CAP LS${version}`).hears().join(" ");
}

describe("the policy", () => {
  test("is announced on a TLS connection, with the duration from the settings", () => {
    const scene = new Scene({ stsSeconds: 30 * DAY });
    expect(listed(scene, true)).toContain(` sts=duration=${30 * DAY}`);
  });

  test("of duration 0 revokes an earlier one", () => {
    expect(listed(new Scene({ stsSeconds: 0 }), true)).toContain(" sts=duration=0");
  });

  test("isn't announced without the setting", () => {
    expect(listed(new Scene(), true)).not.toContain("sts");
  });

  test("isn't announced on plain text on loopback, or to clients without CAP 302", () => {
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

  test("has no preload, which owners must request, and no port, which is only for plain text", () => {
    const keys = tokensOf(30 * DAY).map((token) => token.split("=")[0]);
    expect(keys).not.toContain("preload");
    expect(keys).not.toContain("port");
  });
});

test("the policy is never withdrawn by CAP DEL, even when the setting is removed", () => {
  const scene = new Scene({ stsSeconds: 30 * DAY });
  scene.signUp("mina", true);
  const mina = scene.connect().logsIn("mina", ["cap-notify"]);
  mina.hears();
  scene.settings = { options: { ...scene.server.state.options, stsSeconds: null }, messages: [] };
  mina.says("REHASH");
  expect(mina.hears().join("\n")).not.toContain(" CAP ");
});

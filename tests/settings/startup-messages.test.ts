import { expect, test } from "bun:test";
import { parseServerArguments, type ServerSettings } from "../../lib/settings/server-settings.ts";
import { startWords } from "../../lib/settings/start-words.ts";
import {
  clockWarning,
  gatewaysProblem,
  type ListenFailure,
  listenFailureMessage,
  startupMessage,
} from "../../lib/settings/startup-messages.ts";

function settings(line: string): ServerSettings {
  const given = parseServerArguments(line.split(" "), () => null);
  if (!("settings" in given)) throw new Error(JSON.stringify(given));
  return given.settings;
}

const ENGLISH = startWords("en");

const both = settings("--port 7000 --plain 127.0.0.1:6667");

function sentence(kind: ListenFailure["kind"], hostname: string, port: number): string {
  return listenFailureMessage(
    { kind, hostname, port, message: "no luck", cause: "EMFILE" },
    both,
    ENGLISH,
  );
}

test("an error on listening names the port and its setting", () => {
  expect(sentence("in-use", "0.0.0.0", 7000)).toContain(
    "port 7000 already. Stop it, or choose another port with --port.",
  );
  expect(sentence("in-use", "127.0.0.1", 6667)).toContain(
    "port 6667 already. Stop it, or choose another port with --plain.",
  );
  expect(sentence("not-allowed", "127.0.0.1", 6667)).toContain("above 1023 with --plain");
  expect(sentence("no-such-address", "0.0.0.0", 7000)).toContain("no address 0.0.0.0");
  expect(sentence("other", "0.0.0.0", 7000)).toBe("no luck (EMFILE)");
});

test("a clock that was never set is reported, and no other", () => {
  expect(clockWarning(10_000)).toMatch(/clock says 1970-01-01T00:00:10.000Z, so it isn't set/);
  expect(clockWarning(Date.UTC(2026, 10, 1))).toBeNull();
});

test("the startup message has the addresses, the fingerprint's end and the command", () => {
  const tls = { hostname: "0.0.0.0", port: 7000 };
  const plain = { hostname: "127.0.0.1", port: 6667 };
  const facts = { tls, plain, command: "./sodam-client sodam://x", fingerprint: null };
  expect(
    startupMessage({ ...facts, plain: null, isInviting: false }, ENGLISH)
      .split("\n")
      .slice(1),
  ).toEqual(["", "  ./sodam-client sodam://x", ""]);
  expect(
    startupMessage(
      {
        ...facts,
        fingerprint: `${"0".repeat(48)}1a2b3c4d5e6f7081`,
        isInviting: true,
      },
      ENGLISH,
    ),
  ).toContain(
    "Plain text on 127.0.0.1 port 6667.\nThe fingerprint of its certificate ends in 1a2b 3c4d 5e6f 7081.\nNobody owns this server yet.",
  );
});

test("the start speaks Korean, and the command is the same", () => {
  const facts = {
    ...{ tls: { hostname: "0.0.0.0", port: 7000 }, plain: null, isInviting: true },
    ...{ command: "bun client.ts sodam://x", fingerprint: `${"0".repeat(48)}1a2b3c4d5e6f7081` },
  };
  expect(startupMessage(facts, startWords("ko")).split("\n")).toEqual([
    "Sodam 0.1.0 서버를 시작했습니다: 0.0.0.0, 포트 7000 (TLS)",
    "인증서 지문의 끝자리: 1a2b 3c4d 5e6f 7081",
    "아직 서버의 주인이 없습니다. 이 링크로 가입하면 주인이 되어 다른 사람을 초대할 수 있습니다:",
    "",
    "  bun client.ts sodam://x",
    "",
  ]);
  expect(Object.keys(startWords("ko"))).toEqual(Object.keys(ENGLISH));
});

test("gateways are refused where the system doesn't spread connections, and only when wanted", () => {
  const [wanted, none] = [settings("--gateways 2"), settings("--port 7000")];
  for (const platform of ["darwin", "win32", "freebsd"]) {
    expect(gatewaysProblem(wanted, platform, ENGLISH)).toBe(
      "--gateways works on Linux alone: other systems don't share a port's connections out among processes. Start the server without it.",
    );
    expect(gatewaysProblem(wanted, platform, startWords("ko"))).toContain("Linux에서만");
    expect(gatewaysProblem(none, platform, ENGLISH)).toBeNull();
  }
  expect(gatewaysProblem(wanted, "linux", ENGLISH)).toBeNull();
});

test("the startup message says how many gateways there are", () => {
  const tls = { hostname: "0.0.0.0", port: 7000 };
  const facts = { tls, plain: null, command: "c", fingerprint: null, isInviting: false };
  const lines = (gateways: number) =>
    startupMessage({ ...facts, gateways }, ENGLISH)
      .split("\n")
      .slice(1, -3);
  expect(lines(0)).toEqual([]);
  expect(lines(1)).toEqual(["1 gateway holds the connections."]);
  expect(lines(4)).toEqual(["4 gateways hold the connections."]);
});

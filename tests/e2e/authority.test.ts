import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { ko } from "../../lib/app/i18n/ko.ts";
import { TestAuthority } from "../transport/test-authority.ts";
import { passwordOf } from "./house.ts";
import { CLIENT, Folder, Program, run, SERVER } from "./program.ts";
import { Pty } from "./pty.ts";
import { Stranger } from "./stranger.ts";

/**
 * A server whose certificate is an authority's: it is renewed with another key, moves to a self-made one, and
 * back.
 */

const authority = await TestAuthority.create();
const folder = new Folder();
const extraCa = folder.at("authority.pem");
let port = 0;
let server: Program;
/** What the server printed last. */
let printed = "";

beforeAll(async () => {
  writeFileSync(extraCa, authority.cert);
  await put(await authority.sign(["localhost"]));
  await start("--sign-up", "open");
  // By TLS, as anybody who trusts no authority.
  await using mina = await Stranger.connect(port);
  mina.says("NICK mina");
  mina.says("USER mina 0 * :mina");
  mina.says("CAP REQ :sasl draft/account-registration");
  mina.says(`REGISTER * * :${passwordOf("mina")}`);
  await mina.hears(/REGISTER SUCCESS/);
  mina.says("CAP END");
  await mina.hears(/ (376|422) /);
  mina.says("JOIN #ops");
  await mina.hears(/ 366 /);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function put({ cert, key }: { cert: string; key: string }): Promise<void> {
  mkdirSync(folder.at("certs"), { recursive: true });
  writeFileSync(folder.at("certs", "cert.pem"), cert);
  writeFileSync(folder.at("certs", "key.pem"), key);
}

async function start(...args: readonly string[]): Promise<void> {
  const flags = ["--host", "127.0.0.1", "--port", String(port), "--password-cost", "test"];
  server = new Program([...SERVER, ...flags, ...args], { cwd: folder.path });
  [printed] = await server.sees(/[\s\S]*sodam:\/\/\S+\n/);
  port = Number(/ port (\d+)/.exec(printed)?.[1]);
}

async function restart(...args: readonly string[]): Promise<void> {
  await server[Symbol.asyncDispose]();
  await start(...args);
}

/**
 * Sends a message as mina from a device with its own memory, that trusts the authority unless told otherwise.
 */
function send(target: string, device: string, trusting = true, flags: readonly string[] = []) {
  return run([...CLIENT, target, "send", "#ops", "hello", "--account", "mina", ...flags], {
    cwd: folder.path,
    env: {
      SODAM_PASSWORD: passwordOf("mina"),
      XDG_CONFIG_HOME: folder.at(device),
      ...(trusting && { NODE_EXTRA_CA_CERTS: extraCa }),
    },
  });
}

const memory = (device: string): string =>
  readFileSync(folder.at(device, "sodam", "known-servers.json"), "utf8");

describe("where an authority vouches for the name", () => {
  test("the server's links have that name and no fingerprint", () => {
    expect(printed).toMatch(/\n {2}bun client\.ts sodam:\/\/localhost:\d+\/invite-\w+\n/);
    expect(printed).not.toContain("fingerprint");
  });

  test("a renewed certificate with another key is no obstacle, by whatever link or memory", async () => {
    const before = readFileSync(folder.at("certs", "cert.pem"), "utf8");
    const { fingerprint256 } = new X509Certificate(before);
    const fp = fingerprint256.replaceAll(":", "").toLowerCase();
    const links = [
      `sodam://localhost:${port}/`,
      `sodam://localhost:${port}/fp-${fp}`,
      `sodam://localhost:${port}/#fp=${fp}`,
      `localhost:${port}`,
    ];
    for (const [device, link] of links.entries()) {
      expect(await send(link, `device ${device}`)).toEqual({ code: 0, stdout: "", stderr: "" });
    }
    await put(await authority.sign(["localhost"]));
    await restart();
    for (const [device, link] of links.entries()) {
      expect(await send(link, `device ${device}`)).toEqual({ code: 0, stdout: "", stderr: "" });
      expect(memory(`device ${device}`)).not.toContain(fp);
    }
  });

  test("it doesn't count for an address that isn't in the certificate, or for who doesn't trust it", async () => {
    for (const [target, trusting] of [
      [`127.0.0.1:${port}`, true],
      [`localhost:${port}`, false],
    ] as const) {
      const { code, stderr } = await send(target, "new device", trusting);
      expect([code, stderr]).toEqual([3, expect.stringContaining("isn't known to this device")]);
    }
  });

  test("a certificate that ends soon is reported at the start", async () => {
    await put(await authority.sign(["localhost"], 10));
    await restart();
    await server.sees(/warn: the certificate in certs ends on .*: renew it/);
  });
});

describe("when nobody vouches for it any more", () => {
  beforeAll(async () => {
    rmSync(folder.at("certs"), { recursive: true });
    await restart("--public-host", "localhost");
  });

  const ending = (): string =>
    / ends in ([0-9a-f]{4}(?: [0-9a-f]{4}){3})\./.exec(printed)?.[1] ?? "none";

  test("a script is refused, with the command that trusts the new certificate", async () => {
    const { code, stderr } = await send(`localhost:${port}`, "device 0");
    expect(code).toBe(3);
    expect(stderr).toContain("An authority vouched for");
    expect(stderr).toContain(`If they are ${ending()}`);
    expect(stderr).not.toContain(".json");
    const trusting = /bun client\.ts --trust ([0-9a-f]{16})(?: --\S+ \S+)* (\S+) send "#ops"/.exec(
      stderr,
    );
    const [, end = "", link = ""] = trusting ?? [];
    // Anybody can write a link, so it isn't enough.
    const refused = await send(link, "device 0");
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining("The link names")]);
    expect((await send(link, "device 0", true, ["--trust", end])).code).toBe(0);
    expect((await send(`localhost:${port}`, "device 0")).code).toBe(0);
  });

  test("a link with another fingerprint is told apart from what was known", async () => {
    const other = `sodam://localhost:${port}/fp-${"0".repeat(64)}`;
    const { code, stderr } = await send(other, "device of a link");
    expect([code, stderr]).toEqual([3, expect.stringContaining("certificate than the link says")]);
  });

  test("the menu takes the end of the fingerprint, refuses another, and remembers it", async () => {
    const old = `sodam://localhost:${port}/fp-${"0".repeat(64)}`;
    const command = [...CLIENT, old, "--config-dir", folder.at("device 1", "sodam")];
    const open = (): Pty => {
      const screen = new Pty(command, { LC_ALL: "ko_KR.UTF-8", NODE_EXTRA_CA_CERTS: extraCa });
      screen.resize(60, 40);
      return screen;
    };
    const screen = open();
    await screen.sees(`localhost:${port} 서버의 인증서가 링크에`);
    const question = await screen.sees("새 링크를 붙여 넣거나");
    // A question that is longer than a row goes on behind the bar, and its field stands below.
    const below = screen.rows().slice(question + 1, question + 3);
    expect(below.map((row) => row.slice(0, 3))).toEqual(["│  ", "│  "]);
    expect(below[0]).toContain("뒤로)");
    await screen.until(() => screen.cursor().row === question + 2 && screen.cursor().column === 3);
    screen.type("00000000\r");
    await screen.sees(ko.confirm.wrong.slice(0, 20));
    screen.type(`${"\x7f".repeat(8)}${ending()}\r`);
    await screen.sees(ko.menu.title("localhost"));
    screen.type("\x03");
    await screen.sees(ko.rooms.quitAsk);
    screen.type("\x03");
    await screen.exited;
    screen.end();
    expect((await send(`localhost:${port}`, "device 1")).code).toBe(0);
    // The same old link isn't asked about again.
    const again = open();
    await again.sees(ko.menu.title("localhost"));
    again.end();
    expect((await send(old, "device 1")).code).toBe(0);
  }, 30_000);

  test("a device that knew the authority's certificate says so", async () => {
    const command = [
      ...CLIENT,
      `localhost:${port}`,
      "--config-dir",
      folder.at("device 2", "sodam"),
    ];
    const screen = new Pty(command, { LC_ALL: "ko_KR.UTF-8" });
    screen.resize(60, 40);
    await screen.sees(`전에는 인증 기관이 localhost:${port} 서버를`);
    screen.end();
  }, 30_000);

  test("the owner's task shows what to read out", async () => {
    const { code, stdout } = await run([...SERVER, "fingerprint"], { cwd: folder.path });
    expect(code).toBe(0);
    expect(stdout).toContain(`Its last 16 characters: ${ending()}`);
  });

  test("an authority's new certificate is accepted again", async () => {
    await put(await authority.sign(["localhost"]));
    await restart();
    expect((await send(`localhost:${port}`, "device 0")).code).toBe(0);
  });
});

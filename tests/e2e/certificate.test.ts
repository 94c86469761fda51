import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { clientCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { selfSigned } from "../../lib/file-manager/certificates/self-signed.ts";
import { pipe, serverLink, signUp, startServer } from "./house.ts";
import { CLIENT, Folder, run } from "./program.ts";
import { Stranger } from "./stranger.ts";

/** A device that logs in by its certificate (SASL EXTERNAL). */

async function certificateIn(folder: string): Promise<{ cert: string; key: string }> {
  const made = clientCertificate(folder, "laptop");
  if ("refused" in made) throw new Error(made.refused);
  return { cert: made.cert, key: made.key };
}

test("only a certificate that was added logs in", async () => {
  using folder = new Folder();
  await using server = await startServer(folder, ["--sign-up", "open"]);
  const certificate = await certificateIn(folder.at("laptop"));
  await (await signUp(server, "mina"))[Symbol.asyncDispose]();

  await addDevice(server.port, certificate);

  expect(await external(server.port, certificate)).toContain("logged in as mina");
  const other = await certificateIn(folder.at("other"));
  expect(await external(server.port, other)).toContain(" 904 ");
  expect(await external(server.port, undefined)).toContain(" 904 ");

  // A pipe command needs no password on such a device.
  const config = folder.at(".config", "sodam");
  mkdirSync(folder.at(".config"), { recursive: true });
  await Bun.$`cp -r ${folder.at("laptop")} ${config}`.quiet();
  const place = `127.0.0.1:${server.port}`;
  writeFileSync(
    folder.at(".config", "sodam", "kept.json"),
    JSON.stringify({ format: 1, accounts: { [place]: "mina" } }),
  );
  const args = ["send", "mina", "note to self"];
  const sent = await run([...CLIENT, serverLink(server), ...args], { cwd: folder.path });
  expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a server's certificate that has ended is no obstacle, and a device's is refused with a reason", async () => {
  using folder = new Folder();
  const ended = (use: "server" | "client") => {
    const [from, until] = [Date.UTC(2016, 0, 1), Date.UTC(2026, 0, 1)];
    return selfSigned({ commonName: "ended", names: ["127.0.0.1"], use, from, until });
  };
  const pair = ended("server");
  mkdirSync(folder.at("certs"));
  writeFileSync(folder.at("certs", "cert.pem"), pair.cert);
  writeFileSync(folder.at("certs", "key.pem"), pair.key);
  await using server = await startServer(folder, ["--sign-up", "open"]);
  expect(server.program.stderr).not.toContain("certificate");
  await (await signUp(server, "mina"))[Symbol.asyncDispose]();
  const sent = await pipe(server, folder, "mina", ["send", "mina", "note to self"]);
  expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
  const device = ended("client");
  const refused = await addDevice(server.port, device).catch(String);
  expect(refused).toContain("CERT_EXPIRED");
});

/** Lets mina's device log in by this certificate. */
async function addDevice(port: number, certificate: { cert: string; key: string }): Promise<void> {
  await using laptop = await Stranger.connect(port, { certificate });
  laptop.says("CAP REQ :sasl sodam.chat/account");
  laptop.says("NICK mina");
  laptop.says("USER mina 0 * :Mina");
  laptop.says("AUTHENTICATE PLAIN");
  laptop.says(`AUTHENTICATE ${btoa("\0mina\0mina-password")}`);
  await laptop.hears(/ 903 /);
  laptop.says("CAP END");
  await laptop.hears(/ 422 /);
  laptop.says("ACCOUNT CONFIRM :mina-password");
  await laptop.hears(/NOTE ACCOUNT CONFIRMED/);
  laptop.says("ACCOUNT CERT ADD :laptop");
  const answer = await laptop.hears(/(?:NOTE|FAIL) ACCOUNT CERT_/);
  if (!answer.includes("CERT_ADDED")) throw new Error(answer);
  await laptop[Symbol.asyncDispose]();
}

/** The server's answer to EXTERNAL. */
async function external(
  port: number,
  certificate: { cert: string; key: string } | undefined,
): Promise<string> {
  await using device = await Stranger.connect(
    port,
    certificate === undefined ? {} : { certificate },
  );
  device.says("CAP REQ sasl");
  device.says("AUTHENTICATE EXTERNAL");
  device.says("AUTHENTICATE +");
  return await device.hears(/ (900|904) /);
}

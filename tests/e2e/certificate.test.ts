import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { clientCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { serverLink, signUp, startServer } from "./house.ts";
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

  await using laptop = await Stranger.connect(server.port, { certificate });
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
  await laptop.hears(/NOTE ACCOUNT CERT_ADDED/);
  await laptop[Symbol.asyncDispose]();

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

import { afterEach, beforeEach, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remembersDevice } from "../../lib/app/saved/saved-state.ts";
import { clientCertificate } from "../../lib/file-manager/certificates/certificates.ts";
import { DeviceCertificates } from "../../lib/file-manager/client/device-certificate-files.ts";
import { parseLink, type ServerLink } from "../../lib/protocol/server-link.ts";

const LIBERA = linkOf("irc.libera.chat");
const OFTC = linkOf("irc.oftc.net");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sodam-devices-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function linkOf(text: string): ServerLink {
  const link = parseLink(text);
  if (link === null) throw new Error(text);
  return link;
}

/** What a new run of the client shows to a server. */
function shown(link: ServerLink, isRemembered = false) {
  const certificate = new DeviceCertificates(folder).for(link, isRemembered);
  if ("refused" in certificate) throw new Error(certificate.refused);
  return certificate;
}

test("two servers see two certificates, which stay, and in which nothing is the same but their form", () => {
  const [libera, oftc] = [shown(LIBERA), shown(OFTC)];
  expect(libera.fingerprint).not.toBe(oftc.fingerprint);
  expect(shown(LIBERA).fingerprint).toBe(libera.fingerprint);
  expect(shown(linkOf("irc.libera.chat:7000")).fingerprint).not.toBe(libera.fingerprint);
  expect(new X509Certificate(libera.cert).subject).toBe("CN=sodam");
  expect(statSync(libera.keyPath).mode & 0o777).toBe(0o600);
});

test("the networks of a bouncer see one, since it is the bouncer that looks at it", () => {
  const network = linkOf("irc.libera.chat/oftc");
  expect(shown(network).fingerprint).toBe(shown(LIBERA).fingerprint);
});

test("a server that knows the one of earlier versions goes on seeing it, until the log-in there is forgotten", () => {
  const earlier = clientCertificate(folder, "laptop");
  if ("refused" in earlier) throw new Error(earlier.refused);
  const saved = { accounts: { "irc.libera.chat:6697": "mina" } };
  expect(remembersDevice(saved, LIBERA)).toBe(true);
  expect(remembersDevice(saved, linkOf("irc.libera.chat/oftc"))).toBe(true);
  expect(remembersDevice(saved, OFTC)).toBe(false);
  expect(shown(LIBERA, true).fingerprint).toBe(earlier.fingerprint);
  expect(shown(OFTC, false).fingerprint).not.toBe(earlier.fingerprint);
  const own = shown(LIBERA, false).fingerprint;
  expect(own).not.toBe(earlier.fingerprint);
  // It is remembered by its own one from then on.
  expect(shown(LIBERA, true).fingerprint).toBe(own);
});

test("a host that isn't there leaves no certificate behind, and one that was there before keeps its own", () => {
  const certificates = new DeviceCertificates(folder);
  const mistyped = linkOf("irc.libera.chta");
  for (let attempt = 0; attempt < 2; attempt += 1) {
    expect(certificates.for(mistyped, false)).toHaveProperty("fingerprint");
    certificates.attempted(mistyped, false);
    expect(readdirSync(join(folder, "certificates"))).toEqual([]);
  }
  const { fingerprint } = shown(LIBERA);
  certificates.for(LIBERA, false);
  certificates.for(OFTC, false);
  for (const isConnected of [true, false]) {
    certificates.attempted(OFTC, isConnected);
    certificates.attempted(LIBERA, false);
  }
  expect(readdirSync(join(folder, "certificates"))).toHaveLength(2);
  expect(shown(LIBERA).fingerprint).toBe(fingerprint);
});

test("a forgotten server's certificate is gone, and half a pair is named", () => {
  const libera = shown(LIBERA);
  const certificates = new DeviceCertificates(folder);
  certificates.forget(LIBERA);
  expect(existsSync(libera.keyPath)).toBe(false);
  expect(readdirSync(join(folder, "certificates"))).toEqual([]);
  expect(shown(LIBERA).fingerprint).not.toBe(libera.fingerprint);
  const oftc = shown(OFTC);
  writeFileSync(oftc.keyPath, "no key");
  expect(new DeviceCertificates(folder).for(OFTC, true)).toHaveProperty("refused");
});

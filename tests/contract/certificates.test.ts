import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  clientCertificate,
  loadCertificate,
  renewedCertificate,
  serverCertificate,
} from "../../lib/file-manager/certificates/certificates.ts";
import { TestAuthority } from "../transport/test-authority.ts";

type Certificate = Exclude<ReturnType<typeof serverCertificate>, { readonly refused: string }>;

const NOW = Date.UTC(2026, 10, 22, 1, 2, 3);
const DAY_MS = 24 * 3_600_000;

let folder: string;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "certs-")), "certs");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true, force: true }));

const cert = () => join(folder, "cert.pem");
const key = () => join(folder, "key.pem");

function made(names: readonly string[] = []): Certificate {
  const pair = serverCertificate(folder, names, NOW);
  if ("refused" in pair) throw new Error(pair.refused);
  return pair;
}

function device(label: string): Certificate {
  const pair = clientCertificate(folder, label, NOW);
  if ("refused" in pair) throw new Error(pair.refused);
  return pair;
}

describe("the server's certificate", () => {
  test("is created on the first run, with a private key, and stays the same", () => {
    const first = made(["chat.example"]);
    expect(first.isNew).toBe(true);
    expect(first.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(statSync(key()).mode & 0o777).toBe(0o600);
    expect(statSync(cert()).mode & 0o777).toBe(0o644);
    const { fingerprint, cert: text, key: secret } = first;
    expect(made(["other.example"])).toMatchObject({
      ...{ fingerprint, cert: text, key: secret, isNew: false },
    });
  });

  test("is finished by the next start when the first one was killed between key and certificate", () => {
    const first = made();
    renameSync(cert(), join(folder, ".cert.pem.new"));
    expect(made().fingerprint).toBe(first.fingerprint);
    expect(readdirSync(folder).sort()).toEqual(["cert.pem", "key.pem"]);
    // Killed before the key was there.
    renameSync(cert(), join(folder, ".cert.pem.new"));
    rmSync(key());
    const second = made();
    expect(second.isNew).toBe(true);
    expect(second.fingerprint).not.toBe(first.fingerprint);
    // What somebody left there that is no part of the pair changes nothing.
    writeFileSync(join(folder, ".cert.pem.new"), first.cert);
    expect(made().fingerprint).toBe(second.fingerprint);
    expect(readFileSync(cert(), "utf8")).toBe(second.cert);
  });

  test("says for which hosts it is: for names and addresses, and not for its common name", async () => {
    const own = made(["chat.example", "10.0.0.5", "2001:db8::7"]);
    const hosts = ["chat.example", "CHAT.example", "10.0.0.5", "2001:db8:0::7", "localhost"];
    expect(hosts.filter((host) => !own.covers(host))).toEqual([]);
    const others = [
      "other.example",
      "a.chat.example",
      "10.0.0.6",
      "2001:db8::8",
      "example",
      "fe80::1%eth0",
      "",
    ];
    expect(others.filter((host) => own.covers(host))).toEqual([]);
    const authority = await TestAuthority.create();
    const signed = await authority.sign(["*.example.org", "192.0.2.7"], 90, "chat.example");
    mkdirSync(folder, { recursive: true });
    writeFileSync(cert(), `${signed.cert}${authority.cert}`);
    writeFileSync(key(), signed.key);
    const put = made(["chat.example"]);
    expect(put.isSelfSigned).toBe(false);
    expect(put.hostNames).toEqual(["*.example.org"]);
    expect([put.covers("chat.example.org"), put.covers("192.0.2.7")]).toEqual([true, true]);
    expect([put.covers("chat.example"), put.covers("example.org")]).toEqual([false, false]);
  });

  test("is an authority's also when both have the same name", async () => {
    const authority = await TestAuthority.create();
    const subject = new X509Certificate(authority.cert).subject.replace("CN=", "");
    const signed = await authority.sign(["chat.example"], 90, subject);
    mkdirSync(folder, { recursive: true });
    writeFileSync(cert(), signed.cert);
    writeFileSync(key(), signed.key);
    expect(made().isSelfSigned).toBe(false);
  });

  test("is not made anew while the server runs and somebody replaces the files", () => {
    const { fingerprint } = made(["chat.example"]);
    expect(renewedCertificate(folder)).toMatchObject({ fingerprint });
    rmSync(cert());
    expect(renewedCertificate(folder)).toMatchObject({
      refused: expect.stringContaining(`${cert()} is missing, though ${key()} is there`),
    });
    rmSync(key());
    expect(renewedCertificate(folder)).toEqual({
      refused: `There is no certificate in ${folder} any more; the one in use stays. Put one there, or the next start makes one.`,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  test("stands before those that issued it, or the order is named", async () => {
    const authority = await TestAuthority.create();
    const signed = await authority.sign(["chat.example"]);
    mkdirSync(folder, { recursive: true });
    writeFileSync(cert(), `${authority.cert}${signed.cert}`);
    writeFileSync(key(), signed.key);
    expect(serverCertificate(folder, [], NOW)).toEqual({
      refused: `${cert()} has its certificates in the wrong order: put the server's own first, then the one that issued it, and so on. Then start again.`,
    });
    writeFileSync(cert(), authority.cert);
    expect(serverCertificate(folder, [], NOW)).toMatchObject({
      refused: expect.stringContaining("is not the key of"),
    });
  });

  test("is loaded without being made", () => {
    expect(loadCertificate(folder)).toEqual({
      refused: `There is no certificate in ${folder} yet: the first start makes one.`,
    });
    expect(existsSync(cert())).toBe(false);
    const { fingerprint } = made(["chat.example"]);
    expect(loadCertificate(folder)).toMatchObject({ fingerprint, isNew: false });
  });

  test("is made later when half of the pair could not be written", () => {
    // Stands where the certificate is written before it gets its name.
    const obstacle = join(folder, ".cert.pem.new");
    mkdirSync(obstacle, { recursive: true });
    expect(serverCertificate(folder, [], NOW)).toEqual({
      refused: `No certificate can be written in ${folder}: it is a folder. Put that right, then start again.`,
    });
    rmSync(obstacle, { recursive: true });
    expect(readdirSync(folder)).toEqual([]);
    made();
  });

  test("names its hosts and addresses, and lasts ten years", () => {
    const pair = made(["chat.example", "민수.example", "10.0.0.5", "[fe80::1]", "0.0.0.0", "a b"]);
    const x509 = new X509Certificate(pair.cert);
    expect(x509.subject).toBe("CN=chat.example");
    expect(x509.subjectAltName).toBe(
      "DNS:chat.example, DNS:xn--lg3bu5i.example, IP Address:10.0.0.5, IP Address:FE80:0:0:0:0:0:0:1, " +
        "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
    );
    expect(x509.publicKey.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    expect(x509.verify(x509.publicKey)).toBe(true);
    expect(x509.validToDate.getTime()).toBe(NOW + 3652 * DAY_MS);
    expect(x509.validFromDate.getTime()).toBe(NOW - DAY_MS);
  });

  test("works: the client sees its fingerprint, and the server sees the client certificate's", async () => {
    const server = made();
    const client = device("민아의 노트북, CN=server");
    const seen = Promise.withResolvers<string>();
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      tls: { ...tlsOf(server), requestCert: true, rejectUnauthorized: false },
      socket: {
        data: () => undefined,
        handshake: (socket) => seen.resolve(fingerprintOf(socket.getPeerCertificate())),
      },
    });
    const met = Promise.withResolvers<string>();
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: listener.port,
      tls: { ...tlsOf(client), rejectUnauthorized: false },
      socket: {
        data: () => undefined,
        handshake: (peer) => met.resolve(fingerprintOf(peer.getPeerCertificate())),
      },
    });
    expect(await met.promise).toBe(server.fingerprint);
    expect(await seen.promise).toBe(client.fingerprint);
    socket.terminate();
    listener.stop(true);
  });

  test("may be the operator's own pair, with its CA certificates after it in cert.pem", () => {
    const own = made(["own.example"]);
    const authority = device("authority");
    writeFileSync(cert(), own.cert + authority.cert);
    const pair = made();
    expect(pair.fingerprint).toBe(own.fingerprint);
    expect(pair.cert).toBe(own.cert + authority.cert);
    expect(pair.isNew).toBe(false);
  });
});

describe("a pair that can't be used is refused, and left as it is:", () => {
  function refusal(): string {
    const before = content();
    const pair = serverCertificate(folder, []);
    expect(content()).toEqual(before);
    if (!("refused" in pair)) throw new Error("it was taken");
    return pair.refused;
  }

  function content(): string[] {
    return readdirSync(folder).map((name) => name + readFileSync(join(folder, name), "utf8"));
  }

  test("the key is missing", () => {
    made();
    rmSync(key());
    expect(refusal()).toStartWith(`${key()} is missing, though ${cert()} is there.`);
  });

  test("the certificate is missing", () => {
    made();
    rmSync(cert());
    expect(refusal()).toStartWith(`${cert()} is missing, though ${key()} is there.`);
  });

  test("the key is another certificate's", () => {
    made();
    device("laptop");
    renameSync(join(folder, "device-key.pem"), key());
    expect(refusal()).toStartWith(`${key()} is not the key of ${cert()}.`);
  });

  test("one of them isn't PEM", () => {
    const pair = made();
    writeFileSync(cert(), pair.key);
    expect(refusal()).toStartWith(`${cert()} is no certificate in PEM form.`);
    writeFileSync(cert(), pair.cert);
    writeFileSync(key(), "");
    expect(refusal()).toStartWith(`${key()} is no private key in PEM form`);
  });
});

function tlsOf(pair: Certificate): { cert: string; key: string } {
  return { cert: pair.cert, key: pair.key };
}

function fingerprintOf(peer: unknown): string {
  if (typeof peer !== "object" || peer === null || !("fingerprint256" in peer)) return "none";
  return String(peer.fingerprint256).replaceAll(":", "").toLowerCase();
}

test("a device's certificate is made anew once it has expired, and not before", () => {
  const { fingerprint } = device("laptop");
  const years = (count: number) => clientCertificate(folder, "laptop", NOW + count * 365 * DAY_MS);
  expect(years(9)).toMatchObject({ fingerprint, isNew: false });
  const renewed = years(11);
  expect(renewed).toMatchObject({ isNew: true });
  expect(years(12)).toMatchObject({ ...renewed, isNew: false });
  expect(renewed).not.toMatchObject({ fingerprint });
});

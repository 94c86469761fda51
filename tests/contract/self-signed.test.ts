import { describe, expect, test } from "bun:test";
import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  type CertificateRequest,
  selfSigned,
} from "../../lib/file-manager/certificates/self-signed.ts";

const ORDER: CertificateRequest = {
  commonName: "chat.example",
  names: ["chat.example", "127.0.0.1", "::1"],
  use: "server",
  from: Date.UTC(2026, 0, 2, 3, 4, 5),
  until: Date.UTC(2036, 0, 2, 3, 4, 5),
};

function made(order: Partial<CertificateRequest> = {}): X509Certificate {
  const { cert, key } = selfSigned({ ...ORDER, ...order });
  const read = new X509Certificate(cert);
  expect(read.verify(read.publicKey)).toBe(true);
  expect(read.checkPrivateKey(createPrivateKey(key))).toBe(true);
  return read;
}

describe("a self-signed certificate", () => {
  for (const hostname of ["127.0.0.1", "localhost"]) {
    test(`passes a strict check of ${hostname}`, async () => {
      const now = Date.now();
      const names = ["localhost", "127.0.0.1"];
      const { cert, key } = selfSigned({ ...ORDER, names, from: now - 1e6, until: now + 1e6 });
      const listener = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        tls: { cert, key },
        socket: { data: () => undefined },
      });
      const { promise, resolve } = Promise.withResolvers<Error | null>();
      const socket = await Bun.connect({
        hostname: "127.0.0.1",
        port: listener.port,
        tls: { ca: cert, serverName: hostname, rejectUnauthorized: true },
        socket: {
          data: () => undefined,
          handshake: (_, ok, error) => resolve(ok ? null : error),
          close: () => resolve(new Error("closed")),
        },
      });
      expect(await promise).toBeNull();
      socket.terminate();
      listener.stop(true);
    });
  }

  test("has the extended key usage of servers or clients, and only digitalSignature", () => {
    expect(made({ use: "server" }).keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(made({ use: "client" }).keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
    expect(made().ca).toBe(false);
    // RFC 5280, 4.2.1.3: the first bit of nine, and critical.
    expect(made().raw.toString("hex")).toContain("0603551d0f0101ff040403020780");
  });

  test("is valid from and until the given times, before and after 2050", () => {
    for (const until of [ORDER.until, Date.UTC(2049, 11, 31), Date.UTC(2050, 0, 1)]) {
      const { validFromDate, validToDate } = made({ until });
      expect([validFromDate.getTime(), validToDate.getTime()]).toEqual([ORDER.from, until]);
    }
  });

  test("accepts any host name or nick", () => {
    expect(made({ commonName: "민아의 노트북, CN=server" }).subject).toBe(
      "CN=민아의 노트북\\, CN=server",
    );
    expect(made({ commonName: "" }).subject).toBe("CN=sodam");
    expect(made({ commonName: "🍵".repeat(70) }).subject).toBe(`CN=${"🍵".repeat(64)}`);
  });

  test("has all alternative names, each once", () => {
    expect(made({ names: [] }).subjectAltName).toBeUndefined();
    // Their lengths are written in one byte, in two and in three.
    for (const count of [1, 9, 10, 19, 20, 300]) {
      const hosts = Array.from({ length: count }, (_, n) => `host-${n}.example`);
      const told = hosts.map((host) => `DNS:${host}`).join(", ");
      expect(made({ names: [...hosts, ...hosts] }).subjectAltName).toBe(told);
    }
  });

  test("has a unique positive serial number", () => {
    const numbers = Array.from({ length: 50 }, () => made().serialNumber);
    expect(new Set(numbers).size).toBe(50);
    for (const number of numbers) expect(number).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});

import "reflect-metadata";
import { webcrypto } from "node:crypto";
import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import type { TestCertificate } from "./test-certificate.ts";

const DAY_MS = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

cryptoProvider.set(webcrypto as unknown as Crypto);

/** A certificate authority that a client may trust, and that signs certificates for hosts. */
export class TestAuthority {
  /** PEM of its own certificate. */
  readonly cert: string;
  readonly #keys: CryptoKeyPair;

  private constructor(cert: string, keys: CryptoKeyPair) {
    this.cert = cert;
    this.#keys = keys;
  }

  static async create(): Promise<TestAuthority> {
    const keys = await makeKeys();
    const now = Date.now();
    const certificate = await X509CertificateGenerator.createSelfSigned({
      name: NAME,
      notBefore: new Date(now - DAY_MS),
      notAfter: new Date(now + 365 * DAY_MS),
      signingAlgorithm: ALGORITHM,
      keys,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
      ],
    });
    return new TestAuthority(`${certificate.toString("pem")}\n`, keys);
  }

  /** Signs a certificate with a new key for these host names and addresses, which ends in so many days. */
  async sign(names: readonly string[], days = 90, subject = names[0]): Promise<TestCertificate> {
    const keys = await makeKeys();
    const now = Date.now();
    const certificate = await X509CertificateGenerator.create({
      subject: `CN=${subject}`,
      issuer: NAME,
      notBefore: new Date(now - 90 * DAY_MS),
      notAfter: new Date(now + days * DAY_MS),
      signingAlgorithm: ALGORITHM,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      extensions: [
        new SubjectAlternativeNameExtension(
          names.map((value) => ({ type: /^[\d.]+$|:/.test(value) ? "ip" : "dns", value })),
        ),
      ],
    });
    const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
    const digest = new Bun.CryptoHasher("sha256").update(certificate.rawData).digest("hex");
    return {
      cert: `${certificate.toString("pem")}\n`,
      key: `-----BEGIN PRIVATE KEY-----\n${key.toString("base64")}\n-----END PRIVATE KEY-----\n`,
      fingerprint: digest,
    };
  }
}

const NAME = "CN=An authority of the tests";

function makeKeys(): Promise<CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

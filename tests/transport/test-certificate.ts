import { X509Certificate } from "node:crypto";
import { selfSigned } from "../../lib/file-manager/certificates/self-signed.ts";

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 over the DER bytes, made without the code under test. */
  readonly fingerprint: string;
}

/** A self-signed P-256 certificate for `host` (a name or an address). */
export function makeTestCertificate(host: string): TestCertificate {
  const now = Date.now();
  const order = { commonName: host, names: [host], use: "server" } as const;
  const pair = selfSigned({ ...order, from: now - DAY_MS, until: now + DAY_MS });
  const { raw } = new X509Certificate(pair.cert);
  return { ...pair, fingerprint: new Bun.CryptoHasher("sha256").update(raw).digest("hex") };
}

const DAY_MS = 86_400_000;

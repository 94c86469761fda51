import "reflect-metadata";
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 over the DER bytes, made without the code under test. */
  readonly fingerprint: string;
}

/** A self-signed P-256 certificate for `host` (a name or 127.0.0.1). */
export async function makeTestCertificate(host: string): Promise<TestCertificate> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const day = 86_400_000;
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${host}`,
    keys,
    signingAlgorithm: algorithm,
    serialNumber: "01",
    notBefore: new Date(Date.now() - day),
    notAfter: new Date(Date.now() + day),
    extensions: [
      new SubjectAlternativeNameExtension([
        { type: /^[\d.]+$/.test(host) ? "ip" : "dns", value: host },
      ]),
    ],
  });
  const digest = await crypto.subtle.digest("SHA-256", certificate.rawData);
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    cert: certificate.toString("pem"),
    key: PemConverter.encode(pkcs8, "PRIVATE KEY"),
    fingerprint: Buffer.from(digest).toString("hex"),
  };
}

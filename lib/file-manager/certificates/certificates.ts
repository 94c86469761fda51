import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fsErrorText, isMissing } from "../disk/fs-errors.ts";
import { PRIVATE_FILE, replaceFileSync } from "../disk/replace-file.ts";
import { type CertificateRequest, selfSigned } from "./self-signed.ts";

/** A certificate and its key, ready for TLS. */
export interface Certificate {
  /** PEM; may be followed by the certificates of the authorities above it. */
  readonly cert: string;
  /** PEM, private. */
  readonly key: string;
  /** SHA-256 of the (first) certificate, lower-case hexadecimal, no colons. */
  readonly fingerprint: string;
  /** When it ends, in milliseconds since 1970. */
  readonly expiresAt: number;
  /** Whether it vouches for itself, and no authority does. */
  readonly isSelfSigned: boolean;
  /** Whether it was made just now. */
  readonly isNew: boolean;
}

/**
 * The server's certificate: the pair `cert.pem` and `key.pem` in a folder. Made on the first run, and the
 * same ever after; a pair of the owner's own can lie there in its place.
 *
 * @param names under which the server is reached, host names and addresses; localhost is added.
 * @example
 * const pair = serverCertificate("certs", ["chat.example"]);
 * if ("refused" in pair) return pair.refused;
 */
export function serverCertificate(
  folder: string,
  names: readonly string[],
): Certificate | { readonly refused: string } {
  return certificate(join(folder, "cert.pem"), join(folder, "key.pem"), folder, {
    commonName: names[0] ?? "sodam",
    names: [...names, "localhost", "127.0.0.1", "::1"],
    use: "server",
  });
}

/**
 * The certificate by which this device logs in: `device-cert.pem` and `device-key.pem` in a folder.
 *
 * @param label what the person calls the device; it stands in the certificate, and the server sees it.
 */
export function clientCertificate(
  folder: string,
  label: string,
): Certificate | { readonly refused: string } {
  return certificate(join(folder, "device-cert.pem"), join(folder, "device-key.pem"), folder, {
    commonName: label,
    names: [],
    use: "client",
  });
}

function certificate(
  certPath: string,
  keyPath: string,
  folder: string,
  order: Omit<CertificateRequest, "from" | "until">,
): Certificate | { readonly refused: string } {
  const cert = readIfThere(certPath);
  const key = readIfThere(keyPath);
  if (typeof cert === "object" && cert !== null) return cert;
  if (typeof key === "object" && key !== null) return key;
  if (cert !== null && key !== null) return checked(certPath, cert, keyPath, key);
  if (cert !== null || key !== null) {
    const [missing, there] = cert === null ? [certPath, keyPath] : [keyPath, certPath];
    return {
      refused: `${missing} is missing, though ${there} is there. Put it back, or move ${there} away to have a new pair made, then start again.`,
    };
  }
  const now = Date.now();
  const made = selfSigned({ ...order, from: now - DAY_MS, until: now + LASTS_MS });
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceFileSync(keyPath, made.key, PRIVATE_FILE);
    replaceFileSync(certPath, made.cert, PUBLIC_FILE);
  } catch (error) {
    return {
      refused: `No certificate can be written in ${folder}: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  const pair = checked(certPath, made.cert, keyPath, made.key);
  return "refused" in pair ? pair : { ...pair, isNew: true };
}

function checked(
  certPath: string,
  cert: string,
  keyPath: string,
  key: string,
): Certificate | { readonly refused: string } {
  let first: X509Certificate;
  try {
    first = new X509Certificate(cert);
  } catch {
    return { refused: `${certPath} is no certificate in PEM form. ${PUT_PAIR}` };
  }
  let isPair: boolean;
  try {
    isPair = first.checkPrivateKey(createPrivateKey(key));
  } catch {
    return {
      refused: `${keyPath} is no private key in PEM form without a passphrase. ${PUT_PAIR}`,
    };
  }
  if (!isPair) return { refused: `${keyPath} is not the key of ${certPath}. ${PUT_PAIR}` };
  return {
    cert,
    key,
    fingerprint: first.fingerprint256.replaceAll(":", "").toLowerCase(),
    expiresAt: first.validToDate.getTime(),
    isSelfSigned: first.issuer === first.subject,
    isNew: false,
  };
}

function readIfThere(path: string): string | null | { readonly refused: string } {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    return {
      refused: `${path} cannot be read: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
}

/** A certificate is shown to whoever connects. */
const PUBLIC_FILE = 0o644;
const DAY_MS = 24 * 3_600_000;
/** Ten years: people have trusted this certificate and no authority, and a new one would alarm them. */
const LASTS_MS = 3652 * DAY_MS;
const PUT_PAIR =
  "Put a certificate and its key there, or move both away to have a new pair made, then start again.";

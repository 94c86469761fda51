import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseNetwork } from "../../protocol/address.ts";
import { fsErrorText, isMissing } from "../disk/fs-errors.ts";
import {
  PRIVATE_FILE,
  removeLeftover,
  replaceFileSync,
  syncFolderSync,
  temporaryOf,
} from "../disk/replace-file.ts";
import { type CertificateRequest, selfSigned } from "./self-signed.ts";

/*
 * The server's certificate, at the start and at its renewal: SIGHUP or REHASH loads the pair again, and
 * `swapCertificate` of transport/listen.ts shows it to new connections.
 */

/** File mode of certificates: they are public. */
const PUBLIC_FILE_MODE = 0o644;
const DAY_MS = 24 * 3_600_000;
/**
 * Ten years: clients trust this certificate itself on first use, and a new one would alarm their
 * users.
 */
const VALIDITY_MS = 3652 * DAY_MS;
const PEM_BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const PUT_PAIR =
  "Put a certificate and its key there, or move both away to have a new pair made, then start again.";

/** A certificate and its private key, ready to be passed to TLS. */
export interface Certificate {
  /** PEM; may contain the chain of issuing certificates after the first one. */
  readonly cert: string;
  /** PEM; secret. */
  readonly key: string;
  /** Where the key lies. */
  readonly keyPath: string;
  /** SHA-256 of the (first) certificate, lower-case hexadecimal, no colons. */
  readonly fingerprint: string;
  /** Whether it is signed with its own key, so that no authority vouches for it. */
  readonly isSelfSigned: boolean;
  /** Whether this call generated it. */
  readonly isNew: boolean;
  /** The host names in it; may have wildcards. */
  readonly hostNames: readonly string[];
  /** Its beginning and its end, in milliseconds since 1970. */
  readonly validFrom: number;
  readonly validTo: number;
  /** Returns whether it is for this host name or address. */
  covers(host: string): boolean;
}

/** Loads the server's certificate; `null` where there is none yet. Makes none. */
export function findCertificate(folder: string): Certificate | { readonly refused: string } | null {
  return loadPair(join(folder, "cert.pem"), join(folder, "key.pem"));
}

/** Loads the server's certificate; where there is none, `refused` says so. */
export function loadCertificate(folder: string): Certificate | { readonly refused: string } {
  return (
    findCertificate(folder) ?? {
      refused: `There is no certificate in ${folder} yet: the first start makes one.`,
    }
  );
}

/**
 * Loads the server's certificate again while it runs. Unlike a start it makes none: where both files are
 * gone, somebody is probably replacing them, and the one in use stays.
 */
export function renewedCertificate(folder: string): Certificate | { readonly refused: string } {
  return (
    findCertificate(folder) ?? {
      refused: `There is no certificate in ${folder} any more; the one in use stays. Put one there, or the next start makes one.`,
    }
  );
}

/**
 * Loads the server's certificate from `cert.pem` and `key.pem` in a folder. If neither file exists,
 * generates a self-signed pair and writes it; the operator may put their own pair there instead.
 * `refused` is a sentence that names the file and what to do: one file is missing, unreadable, not
 * PEM, or the two are no pair.
 *
 * @param names host names and addresses under which clients reach the server; localhost is added.
 * @param now milliseconds since 1970; a new certificate is valid from a day before
 * @example
 * const pair = serverCertificate("certs", ["chat.example"]);
 * if ("refused" in pair) return pair.refused;
 */
export function serverCertificate(
  folder: string,
  names: readonly string[],
  now = Date.now(),
): Certificate | { readonly refused: string } {
  return loadOrGenerate(join(folder, "cert.pem"), join(folder, "key.pem"), folder, {
    commonName: names[0] ?? "sodam",
    names: [...names, "localhost", "127.0.0.1", "::1"],
    use: "server",
    ...validityFrom(now),
  });
}

/**
 * Loads this device's certificate for logging in from `device-cert.pem` and `device-key.pem` in a
 * folder, or generates it if neither exists or it has expired. Fails as {@link serverCertificate} does.
 *
 * @param label the name that the user gave the device; the server sees it in the certificate.
 * @param now milliseconds since 1970; a new certificate is valid from a day before
 */
export function clientCertificate(
  folder: string,
  label: string,
  now = Date.now(),
): Certificate | { readonly refused: string } {
  return loadOrGenerate(join(folder, "device-cert.pem"), join(folder, "device-key.pem"), folder, {
    commonName: label,
    names: [],
    use: "client",
    ...validityFrom(now),
  });
}

/** A day early, for clients whose clock is slow. */
function validityFrom(now: number): Pick<CertificateRequest, "from" | "until"> {
  return { from: now - DAY_MS, until: now + VALIDITY_MS };
}

function loadOrGenerate(
  certPath: string,
  keyPath: string,
  folder: string,
  request: CertificateRequest,
): Certificate | { readonly refused: string } {
  try {
    finishPair(certPath, keyPath);
  } catch {
    // Then what is there decides.
  }
  const loaded = loadPair(certPath, keyPath);
  // Servers refuse a device whose certificate has expired: a new one can be remembered in its place.
  const isEnded = loaded !== null && !("refused" in loaded) && hasEnded(loaded, request);
  if (loaded !== null && !isEnded) return loaded;
  const generated = selfSigned(request);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    replaceFileSync(temporaryOf(certPath), generated.cert, PUBLIC_FILE_MODE);
    replaceFileSync(keyPath, generated.key, PRIVATE_FILE);
    finishPair(certPath, keyPath);
  } catch (error) {
    // Half a pair would stop every later start.
    for (const path of [temporaryOf(certPath), certPath, keyPath]) removeLeftover(path);
    return {
      refused: `No certificate can be written in ${folder}: ${fsErrorText(error)}. Put that right, then start again.`,
    };
  }
  const pair = checkPair(certPath, generated.cert, keyPath, generated.key);
  return "refused" in pair ? pair : { ...pair, isNew: true };
}

/** Returns whether a device's certificate that it signed itself has expired when it would be made anew. */
function hasEnded({ cert, isSelfSigned }: Certificate, { use, from }: CertificateRequest): boolean {
  if (use !== "client" || !isSelfSigned) return false;
  return Date.parse(new X509Certificate(cert).validTo) < from + DAY_MS;
}

/**
 * Puts a certificate that was made into its place, beside its key. A start that was killed before leaves this to the
 * next one: a key alone, or with the certificate of another, would stop it.
 */
function finishPair(certPath: string, keyPath: string): void {
  const made = temporaryOf(certPath);
  const cert = readIfThere(made);
  const key = readIfThere(keyPath);
  if (typeof cert !== "string" || typeof key !== "string") return;
  if ("refused" in checkPair(made, cert, keyPath, key)) return;
  renameSync(made, certPath);
  syncFolderSync(dirname(certPath));
}

/** Returns `null` where neither file is there. */
function loadPair(
  certPath: string,
  keyPath: string,
): Certificate | { readonly refused: string } | null {
  const cert = readIfThere(certPath);
  const key = readIfThere(keyPath);
  if (typeof cert === "object" && cert !== null) return cert;
  if (typeof key === "object" && key !== null) return key;
  if (cert !== null && key !== null) return checkPair(certPath, cert, keyPath, key);
  if (cert === null && key === null) return null;
  const [missing, there] = cert === null ? [certPath, keyPath] : [keyPath, certPath];
  return {
    refused: `${missing} is missing, though ${there} is there. Put it back, or move ${there} away to have a new pair made, then start again.`,
  };
}

function checkPair(
  certPath: string,
  cert: string,
  keyPath: string,
  key: string,
): Certificate | { readonly refused: string } {
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(cert);
  } catch {
    return { refused: `${certPath} is no certificate in PEM form. ${PUT_PAIR}` };
  }
  let isPair: boolean;
  try {
    isPair = parsed.checkPrivateKey(createPrivateKey(key));
  } catch {
    return {
      refused: `${keyPath} is no private key in PEM form without a passphrase. ${PUT_PAIR}`,
    };
  }
  if (!isPair) {
    return issuersIn(cert).some((issuer) => issuer.checkPrivateKey(createPrivateKey(key)))
      ? {
          refused: `${certPath} has its certificates in the wrong order: put the server's own first, then the one that issued it, and so on. Then start again.`,
        }
      : { refused: `${keyPath} is not the key of ${certPath}. ${PUT_PAIR}` };
  }
  return {
    cert,
    key,
    keyPath,
    fingerprint: parsed.fingerprint256.replaceAll(":", "").toLowerCase(),
    isSelfSigned: parsed.issuer === parsed.subject && parsed.verify(parsed.publicKey),
    isNew: false,
    hostNames: [...(parsed.subjectAltName ?? "").matchAll(/DNS:([^,\s"]+)/g)].map(
      ([, name = ""]) => name,
    ),
    validFrom: Date.parse(parsed.validFrom),
    validTo: Date.parse(parsed.validTo),
    covers: (host) => isFor(parsed, host),
  };
}

/** Returns the certificates of a file behind the first one. */
function issuersIn(pem: string): X509Certificate[] {
  const [, ...rest] = pem.match(PEM_BLOCK) ?? [];
  return rest.flatMap((block) => {
    try {
      return [new X509Certificate(block)];
    } catch {
      return [];
    }
  });
}

/** Clients don't look at the common name any more, so it counts for nothing here either. */
function isFor(certificate: X509Certificate, host: string): boolean {
  try {
    const name =
      parseNetwork(host) === null
        ? certificate.checkHost(host, { subject: "never" })
        : certificate.checkIP(host);
    return name !== undefined;
  } catch {
    // "fe80::1%eth0" and other hosts that no certificate can be for.
    return false;
  }
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

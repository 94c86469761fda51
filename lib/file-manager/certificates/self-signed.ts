import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { domainToASCII } from "node:url";
import { parseNetwork, plainAddress } from "../../protocol/address.ts";

/** The content of a certificate to generate. */
export interface CertificateRequest {
  /** Subject and issuer; cut to 64 characters. */
  readonly commonName: string;
  /** Host names and IP addresses for subjectAltName; entries that are neither are left out. */
  readonly names: readonly string[];
  readonly use: "server" | "client";
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/**
 * Generates a P-256 key and a self-signed X.509 v3 certificate for it (RFC 5280), both as PEM.
 *
 * Written by hand because the first start waits for it: a general certificate package took 140 ms
 * to load and 30 ms for this one certificate, and brought eighteen other packages along.
 */
export function selfSigned(request: CertificateRequest): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const letters = [...request.commonName].slice(0, COMMON_NAME_LETTERS_MAX).join("") || "sodam";
  const name = sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from(letters)))));
  const alternatives = sequence(...alternativeNames(request.names));
  const extensions = sequence(
    sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence())),
    sequence(KEY_USAGE, TRUE, octets(DIGITAL_SIGNATURE)),
    sequence(EXTENDED_KEY_USAGE, octets(sequence(USES[request.use]))),
    ...(alternatives.length > 2 ? [sequence(SUBJECT_ALT_NAME, octets(alternatives))] : []),
  );
  const toBeSigned = sequence(
    element(0xa0, VERSION_3),
    element(0x02, serialNumber()),
    algorithm,
    name,
    sequence(time(request.from), time(request.until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, extensions),
  );
  const der = sequence(toBeSigned, algorithm, bits(sign("sha256", toBeSigned, privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Encodes IP addresses as bytes and host names as ASCII (punycode), without duplicates. */
function alternativeNames(names: readonly string[]): Iterable<Buffer> {
  const encoded = new Map<string, Buffer>();
  for (const name of names) {
    const bare = plainAddress(name.replace(/^\[|\]$/g, ""));
    const address = parseNetwork(bare);
    const host = domainToASCII(bare);
    if (address !== null) {
      const digits = address.value.toString(16).padStart(address.bits / 4, "0");
      // Zero is the wildcard address: a server listens on it, but nobody connects to it.
      if (address.value !== 0n) encoded.set(digits, element(0x87, Buffer.from(digits, "hex")));
    } else if (host !== "") encoded.set(host, element(0x82, Buffer.from(host)));
  }
  return encoded.values();
}

/** Returns a positive serial number that always has sixteen bytes: the first two bits are 01. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8() & 0x3f) | 0x40);
  return bytes;
}

// The rest encodes DER (ITU-T X.690), as far as this certificate needs it.

function element(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const long = length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...(length < 0x80 ? [length] : long)), content]);
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

function octets(content: Uint8Array): Buffer {
  return element(0x04, content);
}

function bits(content: Uint8Array): Buffer {
  return element(0x03, Buffer.concat([Buffer.of(0), content]));
}

/**
 * Encodes a time: UTCTime with a two-digit year until 2049, GeneralizedTime after that (RFC 5280,
 * section 4.1.2.5).
 */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\.\d+Z$|[-:T]/g, "");
  const isShort = digits < "2050";
  return element(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`));
}

function hex(digits: string): Buffer {
  return Buffer.from(digits, "hex");
}

/** X.520's upper bound of a common name. */
const COMMON_NAME_LETTERS_MAX = 64;
const TRUE = hex("0101ff");
const VERSION_3 = hex("020102");
/** keyUsage bit string with digitalSignature alone set. */
const DIGITAL_SIGNATURE = hex("03020780");
/** Object identifier 1.2.840.10045.4.3.2. */
const ECDSA_WITH_SHA256 = hex("06082a8648ce3d040302");
/** Object identifier 2.5.4.3. */
const COMMON_NAME = hex("0603550403");
/** Object identifiers 2.5.29.19, .15, .37 and .17. */
const BASIC_CONSTRAINTS = hex("0603551d13");
const KEY_USAGE = hex("0603551d0f");
const EXTENDED_KEY_USAGE = hex("0603551d25");
const SUBJECT_ALT_NAME = hex("0603551d11");
/** Object identifiers 1.3.6.1.5.5.7.3.1 and .2. */
const USES = {
  server: hex("06082b06010505070301"),
  client: hex("06082b06010505070302"),
} as const;

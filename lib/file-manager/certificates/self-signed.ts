import { generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { domainToASCII } from "node:url";
import { parseNetwork, plainAddress } from "../../protocol/address.ts";

/** What is to stand in a certificate. */
export interface CertificateRequest {
  /** Whose it is. */
  readonly commonName: string;
  /** Host names and addresses; what is neither is left out. */
  readonly names: readonly string[];
  readonly use: "server" | "client";
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly until: number;
}

/**
 * Makes a key on P-256, and a certificate by which it vouches for itself (RFC 5280); both as PEM.
 *
 * Written out here because the first start waits for it: a package for certificates of every kind took 140 ms to
 * load and 30 ms for this one, and brought eighteen others along.
 */
export function selfSigned(order: CertificateRequest): { cert: string; key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const letters = [...order.commonName].slice(0, COMMON_NAME_LETTERS_MAX).join("") || "sodam";
  const name = sequence(element(0x31, sequence(COMMON_NAME, element(0x0c, Buffer.from(letters)))));
  const names = sequence(...alternativeNames(order.names));
  const extensions = sequence(
    sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence())),
    sequence(KEY_USAGE, TRUE, octets(DIGITAL_SIGNATURE)),
    sequence(EXTENDED_KEY_USAGE, octets(sequence(USES[order.use]))),
    ...(names.length > 2 ? [sequence(SUBJECT_ALT_NAME, octets(names))] : []),
  );
  const body = sequence(
    element(0xa0, VERSION_3),
    element(0x02, serialNumber()),
    algorithm,
    name,
    sequence(time(order.from), time(order.until)),
    name,
    publicKey.export({ type: "spki", format: "der" }),
    element(0xa3, extensions),
  );
  const der = sequence(body, algorithm, bits(sign("sha256", body, privateKey)));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    cert: ["-----BEGIN CERTIFICATE-----", ...lines, "-----END CERTIFICATE-----", ""].join("\n"),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

/** Addresses as their bytes, and host names in the letters of DNS, each once. */
function alternativeNames(names: readonly string[]): Iterable<Buffer> {
  const found = new Map<string, Buffer>();
  for (const name of names) {
    const bare = plainAddress(name.replace(/^\[|\]$/g, ""));
    const address = parseNetwork(bare);
    const host = domainToASCII(bare);
    if (address !== null) {
      const digits = address.value.toString(16).padStart(address.bits / 4, "0");
      // Zero is every address: one listens on it, and nobody is reached under it.
      if (address.value !== 0n) found.set(digits, element(0x87, Buffer.from(digits, "hex")));
    } else if (host !== "") found.set(host, element(0x82, Buffer.from(host)));
  }
  return found.values();
}

/** Positive, and of sixteen bytes whatever the dice say: the first bits are 01. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8() & 0x3f) | 0x40);
  return bytes;
}

// The rest is DER (ITU-T X.690), as much of it as this certificate needs.

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

/** Years are written by two digits until 2049, and by four after that. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\.\d+Z$|[-:T]/g, "");
  const isShort = digits < "2050";
  return element(isShort ? 0x17 : 0x18, Buffer.from(`${isShort ? digits.slice(2) : digits}Z`));
}

const hex = (digits: string): Buffer => Buffer.from(digits, "hex");

/** X.520 ends a common name here. */
const COMMON_NAME_LETTERS_MAX = 64;
const TRUE = hex("0101ff");
const VERSION_3 = hex("020102");
/** Of the nine uses, the first alone. */
const DIGITAL_SIGNATURE = hex("03020780");
/** 1.2.840.10045.4.3.2 */
const ECDSA_WITH_SHA256 = hex("06082a8648ce3d040302");
/** 2.5.4.3 */
const COMMON_NAME = hex("0603550403");
/** 2.5.29.… 19, 15, 37, 17 */
const BASIC_CONSTRAINTS = hex("0603551d13");
const KEY_USAGE = hex("0603551d0f");
const EXTENDED_KEY_USAGE = hex("0603551d25");
const SUBJECT_ALT_NAME = hex("0603551d11");
/** 1.3.6.1.5.5.7.3.… 1, 2 */
const USES = {
  server: hex("06082b06010505070301"),
  client: hex("06082b06010505070302"),
} as const;

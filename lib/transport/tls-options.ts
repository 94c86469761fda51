/** What both ends speak: TLS 1.3, and TLS 1.2 with forward secrecy and authenticated encryption alone. */
import { constants } from "node:crypto";

/**
 * TLS 1.2's suites, by OpenSSL's names: no CBC (Lucky 13), and no RSA key exchange, by which a stolen key reads
 * what was said before. Those of TLS 1.3 are all of this kind, and are not listed.
 */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");
/** Not in the types of Bun, which takes the number of the protocol. */
const TLS_1_3 = { minVersion: 0x0304 };

/**
 * TLS options of a server. Without session tickets: one that is copied from a device would log in as its
 * certificate without having the key, and a whole handshake costs 0.2 ms.
 */
export const SERVER_TLS = {
  ciphers: CIPHERS,
  secureOptions: constants.SSL_OP_NO_TICKET,
} as const;

/**
 * Returns the TLS options of a client. No certificate is rejected here, since our own code decides. With a certificate
 * of its own it speaks TLS 1.3 alone: TLS 1.2 would show that to a server before the server has proved who it
 * is, and to everybody on the way.
 */
export function clientTls(
  certificate: { readonly cert: string; readonly key: string } | undefined,
) {
  return {
    ...{ rejectUnauthorized: false, ciphers: CIPHERS },
    ...(certificate !== undefined && { ...certificate, ...TLS_1_3 }),
  };
}

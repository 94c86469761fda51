import { selfSigned } from "../../../lib/file-manager/certificates/self-signed.ts";
import type { CertificatePair } from "../../../lib/transport/listen.ts";

/** Makes a server's certificate, with a key of its own. */
export function certificate(commonName: string): CertificatePair {
  return selfSigned({
    ...{ commonName, names: ["localhost"], use: "server" as const },
    ...{ from: Date.UTC(2020, 0, 1), until: Date.UTC(2090, 0, 1) },
  });
}

/** A certificate's key, where nobody looks at the certificate. Its fingerprint is "", which makes messages short. */
export const KEY_ALONE: CertificatePair = { cert: "", key: certificate("key").key };

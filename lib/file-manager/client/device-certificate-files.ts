import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Certificate, clientCertificate } from "../certificates/certificates.ts";
import { serverFolderName } from "../disk/file-name.ts";

/** What a server sees in a certificate besides its key: the name of the machine would tell who it is. */
const COMMON_NAME = "sodam";

/**
 * Owns the certificates by which this device logs in, one for each server: with one for all, servers could tell that two
 * of their users are the same person. Earlier versions had one, `device-cert.pem` in the client's folder; servers that
 * know it go on getting it. Each is made when it is first wanted.
 */
export class DeviceCertificates {
  readonly #folder: string;
  readonly #loaded = new Map<string, Certificate | { readonly refused: string }>();
  /** Folders that this run made for servers that it hasn't reached yet. */
  readonly #unused = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Returns the certificate for a server, or why there is none. The networks of a bouncer have one.
   *
   * @param isRemembered whether the user logs in there by the device: then it may know the one of earlier versions
   */
  for(
    server: { readonly host: string; readonly port: number },
    isRemembered: boolean,
  ): Certificate | { readonly refused: string } {
    const own = this.#folderOf(server);
    const isEarlier =
      isRemembered && !existsSync(own) && existsSync(join(this.#folder, "device-cert.pem"));
    const folder = isEarlier ? this.#folder : own;
    const loaded = this.#loaded.get(folder);
    if (loaded !== undefined) return loaded;
    const certificate = clientCertificate(folder, COMMON_NAME);
    this.#loaded.set(folder, certificate);
    if (folder === own && !("refused" in certificate) && certificate.isNew) this.#unused.add(own);
    return certificate;
  }

  /** Notes how an attempt to connect ended. A certificate that was made for it is removed if no server was there to see it. */
  attempted(server: { readonly host: string; readonly port: number }, isConnected: boolean): void {
    const wasUnused = this.#unused.delete(this.#folderOf(server));
    if (wasUnused && !isConnected) this.forget(server);
  }

  /** Removes the certificate of a server. That of earlier versions stays for others. */
  forget(server: { readonly host: string; readonly port: number }): void {
    const folder = this.#folderOf(server);
    this.#loaded.delete(folder);
    rmSync(folder, { recursive: true, force: true });
  }

  #folderOf({ host, port }: { readonly host: string; readonly port: number }): string {
    return join(this.#folder, "certificates", serverFolderName({ host, port }));
  }
}

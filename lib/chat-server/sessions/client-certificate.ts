import { certificateProblem } from "../../member-server/certificate-validity.ts";
import { noteDeviceSeen } from "../../member-server/device-certificates.ts";
import { query, runSteps, type Steps } from "../command.ts";
import type { Link } from "../server-ports.ts";
import type { State } from "../state.ts";
import type { Session } from "./session.ts";

/**
 * Returns the fingerprint of a connection's client certificate, or `null` if it has none that can be used now: an
 * expired one proves nothing.
 */
export function usableCertificate({ now }: State, link: Link): string | null {
  return certificateProblem(link.certificateValidity, now) === null ? link.certificate : null;
}

/** Returns whether a connection is from one of its account's devices, however it logged in. */
export function isOwnDevice(state: State, { link, accountId }: Session): boolean {
  const certificate = usableCertificate(state, link);
  return certificate !== null && state.accounts.byCertificate(certificate)?.id === accountId;
}

/** Remembers in the background when a device was last here, if a session has the certificate of one of its account's. */
export function noteDevice(state: State, session: Session): void {
  const account = state.accounts.byId(session.accountId);
  if (account === null) return;
  const changes = noteDeviceSeen(account, usableCertificate(state, session.link), state.now);
  if (changes.length === 0) return;
  state.runInBackground(
    runSteps(
      (function* (): Steps {
        // If the disk refuses, the list of devices is less exact.
        yield* query({ kind: "save-accounts", changes });
      })(),
    ),
  );
}

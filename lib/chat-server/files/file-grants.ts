import type { AccountId } from "../../protocol/account-id.ts";
import type { FileFacts } from "../../protocol/file-facts.ts";
import type { ElapsedMs } from "../../protocol/time.ts";
import type { ClientTags, ConversationId } from "../event.ts";
import type { Session } from "../sessions/session.ts";

/** How long a token waits for its connection. */
export const TOKEN_MS = 60_000;
/** Files that one account sends and gets at once; the others wait at its clients. */
const TRANSFERS_MAX = 4;
/** Previews are small, and a screen shows several. */
const PREVIEW_TRANSFERS_MAX = 8;
/** Files of all together that move at once: each may have a megabyte in memory. */
const ALL_TRANSFERS_MAX = 200;
/** What the payers of guests begin with: see `filePayer`. No account's id does. */
export const GUESTS_AT = "guests at ";
/**
 * When so many move, nobody begins a second one, and guests none: whoever has many accounts shall not keep out all others,
 * and many addresses are cheaper than accounts.
 */
const CROWDED_TRANSFERS = 150;
/** Uploads of one session that broke off, and can still be cancelled. */
const BROKEN_MAX = 20;

/** What every permission to carry a file has. */
interface GrantBase {
  /** The file's id: of one that is sent, the id that it will have. */
  readonly id: string;
  /** Opens one connection. */
  readonly token: string;
  /** The session that was granted it, and with which it ends. */
  readonly session: Session;
  /** In whose budget of transfers it counts. */
  readonly payer: string;
  readonly expiresElapsedMs: number;
  /** The session of the connection that carries the bytes; `null` before it comes, and when it has broken. */
  carrier: Session | null;
  /** Whether the token was used. */
  isUsed: boolean;
}

/** A permission to send a file to somewhere. */
export interface UploadGrant extends GrantBase {
  readonly kind: "PUT";
  readonly account: AccountId;
  /** The room or nick, as it was given, and the conversation that it was then; `null` for the first direct message. */
  readonly target: string;
  readonly conversation: ConversationId | null;
  readonly file: FileFacts;
  readonly caption: string;
  readonly tags: ClientTags;
  /** How many bytes are there already. */
  readonly offset: number;
  /** Its sender has given it up. */
  isCancelled?: true;
}

/** A permission to get a file, or its preview. */
export interface FetchGrant extends GrantBase {
  readonly kind: "GET";
  readonly isPreview: boolean;
}

/** A permission to carry a file, for one connection. */
export type FileGrant = UploadGrant | FetchGrant;

/** What several uploads will take, of the bytes that they were granted. */
interface Reserved {
  readonly account: number;
  readonly conversation: number;
  readonly server: number;
}

/**
 * Owns the permissions to send and get files: each has a token for one connection, is short-lived until that comes, and
 * ends with the session that was granted it. They are in memory alone: a server that takes this one's place knows none.
 */
export class FileGrants {
  readonly #byToken = new Map<string, FileGrant>();
  readonly #bySession = new Map<Session, Set<FileGrant>>();
  readonly #byPayer = new Map<string, Set<FileGrant>>();
  /** Where files of these hashes are being put, whose messages come next. */
  readonly places = new Map<string, string>();
  /** Those that count. */
  readonly #uploads = new Set<UploadGrant>();
  /** How many count. */
  #count = 0;

  /** Takes a new permission in. */
  add(grant: FileGrant): void {
    this.#byToken.set(grant.token, grant);
    addTo(this.#bySession, grant.session, grant);
    addTo(this.#byPayer, grant.payer, grant);
    this.#count += 1;
    if (grant.kind === "PUT") this.#uploads.add(grant);
  }

  /** Returns whether a payer may begin another file, or preview, beside those that are under way, or may begin. */
  hasPlace(payer: string, isPreview: boolean, elapsedMs: ElapsedMs): boolean {
    this.#expire(elapsedMs);
    const own = [...(this.#byPayer.get(payer) ?? [])];
    if (this.#count >= ALL_TRANSFERS_MAX) return false;
    const isCrowded = this.#count >= CROWDED_TRANSFERS;
    if (isCrowded && (own.length > 0 || payer.startsWith(GUESTS_AT))) return false;
    const alike = own.filter((grant) => isPreviewGrant(grant) === isPreview);
    return alike.length < (isPreview ? PREVIEW_TRANSFERS_MAX : TRANSFERS_MAX);
  }

  /** Returns what the uploads that are under way, or may begin, will add to an account, a conversation and the server. */
  reserved(
    account: AccountId,
    conversation: ConversationId | null,
    elapsedMs: ElapsedMs,
  ): Reserved {
    this.#expire(elapsedMs);
    const sums = { account: 0, conversation: 0, server: 0 };
    for (const upload of this.#uploads) {
      const bytes = upload.file.size + (upload.file.preview ?? 0);
      sums.server += bytes;
      if (upload.account === account) sums.account += bytes;
      if (conversation !== null && upload.conversation === conversation) sums.conversation += bytes;
    }
    return sums;
  }

  /** Uses a token for the connection of a session; `null` for a wrong one, or one that is used or too old. */
  take(
    token: string,
    kind: FileGrant["kind"],
    carrier: Session,
    elapsedMs: ElapsedMs,
  ): FileGrant | null {
    this.#expire(elapsedMs);
    const grant = this.#byToken.get(token);
    if (grant?.kind !== kind) return null;
    this.#byToken.delete(token);
    grant.isUsed = true;
    grant.carrier = carrier;
    return grant;
  }

  /** Returns a session's permission to send the file of this id, also after its connection broke; or `null`. */
  uploadOf(session: Session, id: string): UploadGrant | null {
    for (const grant of this.#bySession.get(session) ?? []) {
      if (grant.kind === "PUT" && grant.id === id) return grant;
    }
    return null;
  }

  /** A permission was used, or isn't wanted any more. */
  end(grant: FileGrant): void {
    this.#release(grant);
    removeFrom(this.#bySession, grant.session, grant);
  }

  /** The connection that carried it broke. What has arrived of an upload can still be cancelled. */
  broke(grant: FileGrant): void {
    grant.carrier = null;
    this.#release(grant);
    const others = [...(this.#bySession.get(grant.session) ?? [])];
    const broken = others.filter(({ isUsed, carrier }) => isUsed && carrier === null);
    const [oldest] = broken;
    if (grant.kind === "GET") removeFrom(this.#bySession, grant.session, grant);
    else if (oldest !== undefined && broken.length > BROKEN_MAX) this.end(oldest);
  }

  /** Ends all permissions of a session that closes. Returns the sessions of the connections that carry them. */
  endSession(session: Session): readonly Session[] {
    const grants = [...(this.#bySession.get(session) ?? [])];
    for (const grant of grants) this.end(grant);
    return grants.flatMap(({ carrier }) => carrier ?? []);
  }

  /** Those whose connection didn't come in time. They are in the order of their ends, since all have the same time. */
  #expire(elapsedMs: ElapsedMs): void {
    for (const grant of this.#byToken.values()) {
      if (grant.expiresElapsedMs > elapsedMs) return;
      this.end(grant);
    }
  }

  #release(grant: FileGrant): void {
    this.#byToken.delete(grant.token);
    if (removeFrom(this.#byPayer, grant.payer, grant)) this.#count -= 1;
    if (grant.kind === "PUT") this.#uploads.delete(grant);
  }
}

function addTo<Key>(map: Map<Key, Set<FileGrant>>, key: Key, grant: FileGrant): void {
  const grants = map.get(key);
  if (grants === undefined) map.set(key, new Set([grant]));
  else grants.add(grant);
}

/** Returns whether it was there. */
function removeFrom<Key>(map: Map<Key, Set<FileGrant>>, key: Key, grant: FileGrant): boolean {
  const grants = map.get(key);
  const wasThere = grants?.delete(grant) ?? false;
  if (grants?.size === 0) map.delete(key);
  return wasThere;
}

function isPreviewGrant(grant: FileGrant): boolean {
  return grant.kind === "GET" && grant.isPreview;
}

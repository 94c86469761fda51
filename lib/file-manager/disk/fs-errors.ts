/** The true cause of each error that local disks, network folders, memory cards and FUSE give. */
const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: "permission is missing",
  EPERM: "the system does not permit it",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file has reached the largest size allowed",
  EIO: "the disk reported an error",
  EMFILE: "this process has too many files open",
  ENFILE: "the system has too many files open",
  ENOMEM: "the system is out of memory",
  ENOENT: "the file or its folder does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  ENOTEMPTY: "the folder is not empty",
  EEXIST: "something is there already",
  ELOOP: "its symbolic links lead in a circle",
  ENAMETOOLONG: "the name is too long for this disk",
  EILSEQ: "this disk does not allow a character in the name",
  EXDEV: "it would have to move to another disk",
  EMLINK: "this disk allows no more links to it",
  EBUSY: "another program is using it",
  ETXTBSY: "another program is using it",
  EAGAIN: "the disk is busy",
  EINTR: "it was interrupted",
  ETIMEDOUT: "the disk does not answer",
  EINVAL: "this disk does not support it",
  ENOTSUP: "this disk does not support it",
  EOPNOTSUPP: "this disk does not support it",
  ENOSYS: "this disk does not support it",
  ENOTTY: "this disk does not support it",
  ENOLCK: "this disk has no locks left",
  ESTALE: "the network folder has changed on its server (stale file handle)",
  ENOTCONN: "the disk is no longer connected",
  ENODEV: "the disk is no longer connected",
  ENXIO: "the disk is no longer connected",
  EHOSTDOWN: "the network folder's server does not answer",
  EHOSTUNREACH: "the network folder's server does not answer",
  ENETUNREACH: "the network folder's server does not answer",
  ECONNRESET: "the network folder's server does not answer",
  EREMOTEIO: "the disk reported an error",
  EUCLEAN: "the disk's file system is damaged",
  EBADMSG: "the disk's file system is damaged",
  EBADF: "the file is not open for that",
  EPIPE: "its reader is gone",
};

const KINDS: Readonly<Record<string, FsErrorKind>> = {
  ...{ ENOENT: "no-folder", ENOTDIR: "no-folder", EISDIR: "is-folder" },
  ...{ EACCES: "forbidden", EPERM: "forbidden", EROFS: "read-only" },
  ...{ ENOSPC: "full", EDQUOT: "full", EFBIG: "too-large", ENAMETOOLONG: "bad-name" },
  ...{ EILSEQ: "bad-name", EIO: "disk-error", ESTALE: "disk-error", EUCLEAN: "disk-error" },
};

/** A sync of a file that answers one of these isn't available on its disk: it has not failed. */
const WITHOUT_SYNC = ["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY"];
/** The same for a folder, which some systems don't open, or only for writing. */
const WITHOUT_FOLDER_SYNC = [...WITHOUT_SYNC, "EACCES", "EPERM", "EISDIR", "EBADF"];
/** A disk without hard links answers one of these, or EMLINK where a file may have one name only. */
const WITHOUT_LINKS = [...WITHOUT_SYNC, "EPERM", "EACCES", "EMLINK", "EXDEV"];

/** A problem that a person can fix. For callers with their own sentences: the client has two languages. */
export type FsErrorKind =
  | "no-folder"
  | "is-folder"
  | "forbidden"
  | "read-only"
  | "full"
  | "too-large"
  | "bad-name"
  | "disk-error"
  | "other";

/**
 * Returns the reason of a file-system error, as a part of a sentence for the owner. Any other error gives its own message.
 *
 * @example `${path} cannot be written: ${fsErrorText(error)}.`
 */
export function fsErrorText(error: unknown): string {
  const code = codeOf(error);
  if (code !== null && Object.hasOwn(SENTENCES, code)) return SENTENCES[code] ?? code;
  // It stands within a sentence.
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
}

/**
 * Returns the reason as {@link fsErrorText} does, and adds the path that failed when it lies outside of
 * `folder`.
 *
 * @example `${folder} cannot be used: ${fsErrorTextIn(folder, error)}.`
 */
export function fsErrorTextIn(folder: string, error: unknown): string {
  const path = pathOf(error);
  const text = fsErrorText(error);
  return path === null || path.startsWith(folder) ? text : `${text} (${path})`;
}

/**
 * Returns a whole sentence about a file-system error that names its path, or `null` for any other error. For
 * callers that don't know which of several files it was.
 */
export function fsErrorSentence(error: unknown): string | null {
  const code = codeOf(error);
  if (code === null || !(error instanceof Error) || !("syscall" in error)) return null;
  const path = pathOf(error);
  if (path === null && !Object.hasOwn(SENTENCES, code)) return null;
  return `${path ?? "A file"} cannot be used: ${fsErrorText(error)} (${code}).`;
}

/** Makes a call, and adds the path to its error: calls that take a descriptor name none. */
export function atPath<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof Error && pathOf(error) === null) Object.assign(error, { path });
    throw error;
  }
}

/** Returns the kind of a file-system error; "other" for any other error. */
export function fsErrorKind(error: unknown): FsErrorKind {
  const code = codeOf(error);
  return code !== null && Object.hasOwn(KINDS, code) ? (KINDS[code] ?? "other") : "other";
}

/** Whether an error means that the path doesn't exist (ENOENT). */
export function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

/** Whether an error means that the path exists already (EEXIST). */
export function alreadyExists(error: unknown): boolean {
  return codeOf(error) === "EEXIST";
}

/** Whether a file can't be renamed to a path because that is on another disk (EXDEV). */
export function isOnOtherDisk(error: unknown): boolean {
  return codeOf(error) === "EXDEV";
}

/** Whether an output could not be written because nobody reads it any more, as in `… | head -1`. */
export function isReaderGone(error: unknown): boolean {
  return codeOf(error) === "EPIPE";
}

/** Whether moving a folder failed because a folder with files, or a file, has the name already. */
export function isNameTaken(error: unknown): boolean {
  return isOneOf(error, ["EEXIST", "ENOTEMPTY", "ENOTDIR"]);
}

/** Whether a signal interrupted the call, so that it has to be made again. */
export function isInterrupted(error: unknown): boolean {
  return codeOf(error) === "EINTR";
}

/** Whether a file could not be synced because its disk has no such call. */
export function cannotSyncFiles(error: unknown): boolean {
  return isOneOf(error, WITHOUT_SYNC);
}

/** Whether a folder could not be synced because its disk, or the system, has no such call. */
export function cannotSyncFolders(error: unknown): boolean {
  return isOneOf(error, WITHOUT_FOLDER_SYNC);
}

/** Whether a hard link could not be made because the disk has none. */
export function cannotLink(error: unknown): boolean {
  return isOneOf(error, WITHOUT_LINKS);
}

function isOneOf(error: unknown, codes: readonly string[]): boolean {
  const code = codeOf(error);
  return code !== null && codes.includes(code);
}

function pathOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("path" in error)) return null;
  return typeof error.path === "string" ? error.path : null;
}

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

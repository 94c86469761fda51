const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: "permission is missing",
  EPERM: "permission is missing",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file has reached the largest size allowed",
  EIO: "the disk reported an error",
  EMFILE: "too many files are open",
  ENFILE: "too many files are open",
  ENOENT: "the file or its folder does not exist",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  EEXIST: "something is there already",
};

const KINDS: Readonly<Record<string, FsErrorKind>> = {
  ...{ ENOENT: "no-folder", ENOTDIR: "no-folder", EISDIR: "is-folder" },
  ...{ EACCES: "forbidden", EPERM: "forbidden", EROFS: "forbidden" },
  ...{ ENOSPC: "full", EDQUOT: "full", EFBIG: "full" },
};

/** A problem that a person can fix. For callers with their own sentences: the client has two languages. */
export type FsErrorKind = "no-folder" | "is-folder" | "forbidden" | "full" | "other";

/**
 * Returns the reason of a file-system error, as a part of a sentence for the owner. Any other error gives its own message.
 *
 * @example `${path} cannot be written: ${fsErrorText(error)}.`
 */
export function fsErrorText(error: unknown): string {
  const code = codeOf(error);
  if (code !== null && Object.hasOwn(SENTENCES, code)) return SENTENCES[code] ?? code;
  return error instanceof Error ? error.message : String(error);
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

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}

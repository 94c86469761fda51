/**
 * The codes of FAIL and WARN that the server sends, by the command that they answer; `*` holds
 * those that may answer any command. A code is for programs, which decide by it what to do next;
 * the sentence behind it is for people. https://ircv3.net/specs/extensions/standard-replies
 */
export const FAIL_CODES = {
  "*": [
    /** Log in first. account-registration */
    "ACCOUNT_REQUIRED",
    /** The line was not UTF-8. utf8-only */
    "INVALID_UTF8",
    "INVALID_TARGET",
    "NEED_MORE_PARAMS",
    "INVALID_PARAMS",
    /** Too much at once, or the disk is full: the same again later may work. */
    "TEMPORARILY_UNAVAILABLE",
    "RATE_LIMITED",
    /** What was asked for is not in this server, or switched off by its owner. */
    "DISABLED",
    "INTERNAL_ERROR",
  ],
  /** client-batch and multiline */
  BATCH: [
    "INVALID_REFTAG",
    "TIMEOUT",
    "UNKNOWN_TYPE",
    "MULTILINE_MAX_BYTES",
    "MULTILINE_MAX_LINES",
    "MULTILINE_INVALID_TARGET",
    "MULTILINE_INVALID",
  ],
  CHATHISTORY: ["INVALID_PARAMS", "INVALID_TARGET", "MESSAGE_ERROR", "INVALID_MSGREFTYPE"],
  /** Our own; docs of sodam.chat/edit. Named as REDACT's, which clients know. */
  EDIT: [
    "INVALID_TARGET",
    "EDIT_FORBIDDEN",
    "EDIT_WINDOW_EXPIRED",
    "UNKNOWN_MSGID",
    "NEED_MORE_PARAMS",
    "CANNOT_EDIT",
  ],
  HISTORY: ["INVALID_PARAMS", "INVALID_TARGET", "MESSAGE_ERROR"],
  /** channel-rename */
  JOIN: ["CHANNEL_RENAMED"],
  /** read-marker */
  MARKREAD: ["NEED_MORE_PARAMS", "INVALID_PARAMS", "INTERNAL_ERROR"],
  METADATA: [
    "TARGET_INVALID",
    "INVALID_TARGET",
    "KEY_INVALID",
    "KEY_NO_PERMISSION",
    "KEY_NOT_SET",
    "LIMIT_REACHED",
    "RATE_LIMITED",
    "SUBCOMMAND_INVALID",
    "TOO_MANY_SUBS",
    "VALUE_INVALID",
  ],
  NICK: ["NICKNAME_RESERVED"],
  /** message-redaction */
  REDACT: ["INVALID_TARGET", "REDACT_FORBIDDEN", "REDACT_WINDOW_EXPIRED", "UNKNOWN_MSGID"],
  /** account-registration */
  REGISTER: [
    "ACCOUNT_EXISTS",
    "BAD_ACCOUNT_NAME",
    "ACCOUNT_NAME_MUST_BE_NICK",
    "NEED_NICK",
    "ALREADY_AUTHENTICATED",
    "WEAK_PASSWORD",
    "UNACCEPTABLE_PASSWORD",
    "INVALID_EMAIL",
    "UNACCEPTABLE_EMAIL",
    "COMPLETE_CONNECTION_REQUIRED",
    "TEMPORARILY_UNAVAILABLE",
    /** Ours: sign-up is by invitation, or closed. */
    "INVITATION_REQUIRED",
    "DISABLED",
  ],
  /** channel-rename */
  RENAME: ["CHANNEL_NAME_IN_USE", "CANNOT_RENAME"],
  /** soju.im/search; INCOMPLETE (a WARN) and NEED_CAPABILITY are ours. */
  SEARCH: ["INVALID_PARAMS", "INTERNAL_ERROR", "NEED_CAPABILITY", "INCOMPLETE"],
  SETNAME: ["INVALID_REALNAME", "CANNOT_CHANGE_REALNAME"],
  /** account-registration */
  VERIFY: [
    "ALREADY_AUTHENTICATED",
    "INVALID_CODE",
    "COMPLETE_CONNECTION_REQUIRED",
    "TEMPORARILY_UNAVAILABLE",
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** A command that has codes of its own. */
export type FailCommand = keyof typeof FAIL_CODES;
/** Every code of the catalogue. */
export type StandardCode = (typeof FAIL_CODES)[FailCommand][number];
/** The codes that may answer one command. */
export type CodeOf<Command extends FailCommand> = (typeof FAIL_CODES)[Command | "*"][number];

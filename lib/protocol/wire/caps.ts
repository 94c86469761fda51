/**
 * All capabilities that this server knows. `bit` is the capability's place in a session's mask: bits 0 to 30 of a
 * plain number, so that comparing two sessions' dialects is one integer operation. A capability that changes nothing
 * in the lines sent to the session has no bit (`null`): it allows a command or is only announced.
 */
export const CAPS = {
  /** Message tags, TAGMSG and msgid. */
  "message-tags": { bit: 0 },
  /** `time` on every message. */
  "server-time": { bit: 1 },
  /** `account` on messages from users who are logged in. */
  "account-tag": { bit: 2 },
  /** Groups lines between BATCH + and BATCH -. */
  batch: { bit: 3 },
  /** The session's own messages are sent back to it. */
  "echo-message": { bit: null },
  /** Replies carry the label of the command. */
  "labeled-response": { bit: null },
  /** JOIN with account and real name. */
  "extended-join": { bit: 4 },
  /** All membership prefixes in NAMES and WHO. */
  "multi-prefix": { bit: null },
  /** nick!user@host in NAMES. */
  "userhost-in-names": { bit: null },
  /** AWAY of users in shared rooms. */
  "away-notify": { bit: 5 },
  /** ACCOUNT of users in shared rooms. */
  "account-notify": { bit: 6 },
  /** CHGHOST of users in shared rooms. */
  chghost: { bit: 7 },
  /** SETNAME, of the user and of users in shared rooms. */
  setname: { bit: 8 },
  /** INVITE of others to rooms in which the user may invite. */
  "invite-notify": { bit: null },
  /** CAP NEW and CAP DEL. */
  "cap-notify": { bit: null },
  /** FAIL, WARN and NOTE instead of a numeric or NOTICE. */
  "standard-replies": { bit: null },
  /** AWAY, ACCOUNT, CHGHOST and SETNAME of users on the MONITOR list. */
  "extended-monitor": { bit: null },
  /** No NAMES after the user's own JOIN. */
  "no-implicit-names": { bit: null },
  /** RENAME instead of PART and JOIN. */
  "draft/channel-rename": { bit: 9 },
  /** CHATHISTORY; turns off the replay after a JOIN. */
  "draft/chathistory": { bit: null },
  /** Joins, topics and other events in the history, too. */
  "draft/event-playback": { bit: null },
  /** 005 before registration, and in a batch. */
  "draft/extended-isupport": { bit: null },
  /** REDACT. */
  "draft/message-redaction": { bit: 10 },
  /** METADATA of users and rooms. */
  "draft/metadata-2": { bit: null },
  /** The next version of draft/metadata-2: changes are sent as numerics, too. A session has one of the two. */
  "draft/metadata-3": { bit: null },
  /** A message of several lines, in a batch. */
  "draft/multiline": { bit: 11 },
  /** `draft/oper` on messages from operators. */
  "draft/oper-tag": { bit: 12 },
  /** MARKREAD from the user's other sessions, and after a JOIN. */
  "draft/read-marker": { bit: null },
  /** EDIT of a message, by its author. */
  "sodam.chat/edit": { bit: 13 },
  /** The id of the sender's account on messages, and that of the person whom a message is for. */
  "sodam.chat/account-id": { bit: 14 },
  /** ACCOUNT: managing the user's own account. */
  "sodam.chat/account": { bit: null },
  /** FILE: sending files and pictures, and the tag of their messages. */
  "sodam.chat/files": { bit: 15 },
  /** INVITATION: the owner lets people sign up. */
  "sodam.chat/invitations": { bit: null },
  /** REPORT, REPORTS and AUDIT: reporting messages, and a room's audit log. */
  "sodam.chat/report": { bit: null },
  /** UNREAD after each JOIN: the number of unread messages. */
  "sodam.chat/unread": { bit: null },
  /** PREFERENCE: what a person has set of rooms and people, the same on all devices. */
  "sodam.chat/preferences": { bit: null },
  /** How far other members have read. */
  "sodam.chat/read-receipts": { bit: null },
  /** REGISTER and VERIFY. */
  "draft/account-registration": { bit: null },
  /** AWAY before registration is complete. */
  "draft/pre-away": { bit: null },
  /** AUTHENTICATE. */
  sasl: { bit: null },
  /** SEARCH. */
  "soju.im/search": { bit: null },
  /** Tells clients to use TLS from now on. Its specification forbids requesting it: the server answers NAK. */
  sts: { bit: null },
} as const satisfies Readonly<Record<string, { bit: number | null }>>;

/** Name of a capability that this server knows. */
export type Cap = keyof typeof CAPS;

/** A capability that changes how a line for many sessions is encoded. */
type EncodedCap = {
  [Name in Cap]: (typeof CAPS)[Name]["bit"] extends number ? Name : never;
}[Cap];

/** Returns the bits of these capabilities together. */
export function capMask(...caps: EncodedCap[]): number {
  return caps.reduce((mask, cap) => mask | (1 << CAPS[cap].bit), 0);
}

/** Returns whether this server knows a capability. Names are case-sensitive. */
export function isCap(name: string): name is Cap {
  return Object.hasOwn(CAPS, name);
}

/**
 * Splits a list for CAP LS, LIST and ACK into texts of at most `bytesMax` bytes, with names (and their `=value`)
 * separated by spaces. An empty list gives one empty text, since it is answered, too.
 */
export function formatCapList(names: readonly string[], bytesMax: number): string[] {
  const lines: string[] = [];
  let line = "";
  // Names and values of capabilities are ASCII, so a letter is a byte.
  for (const name of names) {
    if (line === "") line = name;
    else if (line.length + 1 + name.length <= bytesMax) line += ` ${name}`;
    else {
      lines.push(line);
      line = name;
    }
  }
  lines.push(line);
  return lines;
}

/**
 * The catalogue of capabilities. `bit` is the place in a session's mask, which is a plain number
 * of bits 0 to 30 so that comparing dialects stays one integer operation. A capability that changes
 * nothing in what is written to the session (`written: false`) has no bit: it gates a command or
 * is only listed, and a session that holds it is asked by name.
 */
export const CAPS = {
  /** Tags on messages, TAGMSG, msgid. */
  "message-tags": { bit: 0, written: true },
  /** `time` on every message. */
  "server-time": { bit: 1, written: true },
  /** `account` on what a logged-in person sends. */
  "account-tag": { bit: 2, written: true },
  /** Lines that belong together, between BATCH + and BATCH -. */
  batch: { bit: 3, written: true },
  /** One's own messages come back. */
  "echo-message": { bit: 4, written: true },
  /** Answers carry the label of the question. */
  "labeled-response": { bit: 5, written: true },
  /** JOIN with account and real name. */
  "extended-join": { bit: 6, written: true },
  /** All prefixes of a member in NAMES and WHO. */
  "multi-prefix": { bit: 7, written: true },
  /** nick!user@host in NAMES. */
  "userhost-in-names": { bit: 8, written: true },
  /** AWAY of people in one's rooms. */
  "away-notify": { bit: 9, written: true },
  /** ACCOUNT of people in one's rooms. */
  "account-notify": { bit: 10, written: true },
  /** CHGHOST of people in one's rooms. */
  chghost: { bit: 11, written: true },
  /** SETNAME, one's own and of people in one's rooms. */
  setname: { bit: 12, written: true },
  /** INVITE of others to a room in which one may invite. */
  "invite-notify": { bit: 13, written: true },
  /** CAP NEW and CAP DEL. */
  "cap-notify": { bit: 14, written: true },
  /** FAIL, WARN and NOTE where there was a numeric or a NOTICE. */
  "standard-replies": { bit: 15, written: true },
  /** AWAY, ACCOUNT, CHGHOST and SETNAME of those whom one MONITORs. */
  "extended-monitor": { bit: 16, written: true },
  /** No NAMES after one's own JOIN. */
  "no-implicit-names": { bit: 17, written: true },
  /** RENAME in place of PART and JOIN. */
  "draft/channel-rename": { bit: 18, written: true },
  /** CHATHISTORY; and no replay on joining. */
  "draft/chathistory": { bit: 19, written: true },
  /** History has joins, topics and the like, too. */
  "draft/event-playback": { bit: 20, written: true },
  /** 005 before registration, and in a batch. */
  "draft/extended-isupport": { bit: 21, written: true },
  /** REDACT. */
  "draft/message-redaction": { bit: 22, written: true },
  /** METADATA of people and rooms. */
  "draft/metadata-2": { bit: 23, written: true },
  /** The same by its next text: numerics tell of changes, too. Never both. */
  "draft/metadata-3": { bit: 30, written: true },
  /** A message of several lines, in a batch. */
  "draft/multiline": { bit: 24, written: true },
  /** `draft/oper` on what an operator sends. */
  "draft/oper-tag": { bit: 25, written: true },
  /** MARKREAD from one's other sessions, and on joining. */
  "draft/read-marker": { bit: 26, written: true },
  /** EDIT of a message, by its writer. */
  "sodam.chat/edit": { bit: 27, written: true },
  /** ACCOUNT: what one does with one's own account. */
  "sodam.chat/account": { bit: null, written: false },
  /** INVITATION: the owner lets people sign up. */
  "sodam.chat/invitations": { bit: null, written: false },
  /** UNREAD behind each JOIN: how much waits, without fetching it. */
  "sodam.chat/unread": { bit: 29, written: true },
  /** How far the others have read. */
  "sodam.chat/read-receipts": { bit: 28, written: true },
  /** REGISTER and VERIFY. */
  "draft/account-registration": { bit: null, written: false },
  /** AWAY before registration is complete. */
  "draft/pre-away": { bit: null, written: false },
  /** AUTHENTICATE. */
  sasl: { bit: null, written: false },
  /** SEARCH. */
  "soju.im/search": { bit: null, written: false },
  /** Come back over TLS from now on. Its text forbids asking for it: the server answers NAK. */
  sts: { bit: null, written: false },
} as const satisfies Readonly<Record<string, { bit: number | null; written: boolean }>>;

export type Cap = keyof typeof CAPS;

/** In the catalogue's order. */
export const CAP_NAMES = Object.keys(CAPS) as readonly Cap[];

/** The bits of these capabilities together; one without a bit adds nothing. */
export function capMask(...caps: Cap[]): number {
  let mask = 0;
  for (const cap of caps) {
    const { bit } = CAPS[cap];
    if (bit !== null) mask |= 1 << bit;
  }
  return mask;
}

/** Whether the catalogue has it. Case counts in a capability's name. */
export function isCap(name: string): name is Cap {
  return Object.hasOwn(CAPS, name);
}

/**
 * Parts a list for CAP LS, LIST and ACK into texts of at most `bytesMax` bytes each, names (with
 * their `=value`) parted by spaces. An empty list is one empty text, since it is answered, too.
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

/**
 * All limits of the wire protocol. Those of the server only (queues, lists, times) are in
 * chat-server/limits.ts or where they are used. Lengths are bytes of UTF-8, as in the protocol, never
 * letters.
 */

/** A line without its tags, with its CR LF. https://modern.ircdocs.horse/#message-format */
export const LINE_BYTES_MAX = 512;
/** Tags from a client, with "@" and the space: 4094 bytes of data. message-tags, "Size limit" */
export const CLIENT_TAG_BYTES_MAX = 4096;
/**
 * Tags from a server, with "@" and the space: two times 4094 bytes of data and a ";". message-tags,
 * "Size limit"
 */
export const SERVER_TAG_BYTES_MAX = 8191;

/** Ten Hangul syllables, or 32 Latin letters: leaves room for text in a line. */
export const NICK_BYTES_MAX = 32;
/** "#" and 21 Hangul syllables; each relayed line repeats it. */
export const ROOM_BYTES_MAX = 64;
/** The user name of nick!user@host; an ident had ten letters. */
export const USER_BYTES_MAX = 12;
/**
 * The host shown for a guest (12 digits and ".guest") is longer than the one shown for an account.
 */
export const HOST_BYTES_MAX = 20;
/** A full name in any script. It is the last parameter of several replies. */
export const REALNAME_BYTES_MAX = 150;
/**
 * 130 Hangul syllables: what other servers announce, and what fits in a line beside names of
 * ordinary length. Beside the longest names the relayed line is cut between letters.
 */
export const TOPIC_BYTES_MAX = 390;
/** As TOPIC_BYTES_MAX: the reason takes the same place in a line. */
export const AWAY_BYTES_MAX = 390;
/** As TOPIC_BYTES_MAX. */
export const KICK_BYTES_MAX = 390;
/** A room's key, which people read aloud or copy; older clients cut it at 23. */
export const KEY_BYTES_MAX = 23;

/**
 * A multiline message: a page of code. With the sender's name and the time on each line it takes
 * about 25 KB for each reader, and 60 KB with the longest names and a reply tag; the newest hundred
 * messages of a conversation are in memory. Announced with draft/multiline.
 */
export const MULTILINE_BYTES_MAX = 8192;
/** Lines of a multiline message. It also keeps a paste within the rate limit; see rate-limit.ts. */
export const MULTILINE_LINES_MAX = 100;

/** labeled-response, "Limits": a label has at most 64 bytes. */
export const LABEL_BYTES_MAX = 64;
/** A batch's reference, which the client chooses and the server stores while the batch is open. */
export const BATCH_REFERENCE_BYTES_MAX = 64;

/** One AUTHENTICATE argument. A shorter one, or "+", is the last. sasl-3.1 */
export const SASL_PIECE_BYTES = 400;
/** All arguments of one AUTHENTICATE exchange, in base64: eighteen times what PLAIN needs here. */
export const SASL_BYTES_MAX = 8192;
/**
 * A passphrase of 100 Hangul syllables. PLAIN with the longest account takes 448 bytes of base64,
 * and a REGISTER line has room for an e-mail address besides.
 */
export const PASSWORD_BYTES_MAX = 300;
/** A patient stranger could guess shorter passwords within the rate limit. */
export const PASSWORD_BYTES_MIN = 8;

/**
 * Tokens of one 005 line: older clients read no more than 13 (15 parameters). Modern IRC,
 * RPL_ISUPPORT
 */
export const ISUPPORT_TOKENS_MAX = 13;
/** Mode changes in one MODE line, which is relayed as one line. */
export const MODES_MAX = 20;

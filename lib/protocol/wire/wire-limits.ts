/**
 * Every named number of the wire. What only the server bounds (queues, lists, times) is named
 * where it is kept. Lengths count bytes of UTF-8, as the protocol does, and never letters.
 */

/** A line without its tags, CR LF included. https://modern.ircdocs.horse/#message-format */
export const LINE_BYTES_MAX = 512;
/** Tags that a client may send, with '@' and the space: 4094 of data. message-tags, "Size limit" */
export const CLIENT_TAG_BYTES_MAX = 4096;
/** Tags that a server may send, with '@' and the space: both halves of 4094 and a ';'. ibid. */
export const SERVER_TAG_BYTES_MAX = 8191;

/** Ten Hangul syllables, or 32 Latin letters: a name that still leaves a line its text. */
export const NICK_BYTES_MAX = 32;
/** '#' and 21 Hangul syllables; every relayed line repeats it. */
export const ROOM_BYTES_MAX = 64;
/** The part before '@': an ident of the old kind had ten letters. */
export const USER_BYTES_MAX = 12;
/** What stands for an address (12 digits and ".guest") is longer than what stands for an account. */
export const HOST_BYTES_MAX = 18;
/** A name as on an identity card, in any script. It is the last parameter of whole replies. */
export const REALNAME_BYTES_MAX = 150;
/**
 * 130 Hangul syllables: what other servers announce, and what fits in a line beside names of
 * ordinary length. Beside the longest names a relayed line is cut at a letter's end.
 */
export const TOPIC_BYTES_MAX = 390;
/** As a topic's: the reason stands in the same place of a line. */
export const AWAY_BYTES_MAX = 390;
/** As a topic's. */
export const KICK_BYTES_MAX = 390;
/** A room's key is said aloud or copied; 23 is what clients of the old kind cut at. */
export const KEY_BYTES_MAX = 23;

/**
 * A message of several lines: a page of code. With the sender's name and the time on each line it is some 25 KB
 * for every reader, and 60 with the longest names and what it answers to; the newest hundred of a conversation
 * are in memory. Announced with draft/multiline.
 */
export const MULTILINE_BYTES_MAX = 8192;
/** As above. It also keeps a paste within what may be said at once; see rate-limit.ts. */
export const MULTILINE_LINES_MAX = 100;

/** The text says that a label is at most 64 bytes. labeled-response, "Limits" */
export const LABEL_BYTES_MAX = 64;
/** A batch's name is chosen by the client and kept while the batch is open. */
export const BATCH_REFERENCE_BYTES_MAX = 64;

/** One AUTHENTICATE argument. A shorter one (or "+") is the last. sasl-3.1 */
export const SASL_PIECE_BYTES = 400;
/** All pieces of one AUTHENTICATE, in base64: eighteen times what PLAIN needs here. */
export const SASL_BYTES_MAX = 8192;
/**
 * A passphrase of 100 Hangul syllables. PLAIN with the longest account takes 448 bytes of base64,
 * and a REGISTER line has room for an e-mail address besides.
 */
export const PASSWORD_BYTES_MAX = 300;
/** Shorter ones are guessed within the allowed tries of a patient stranger. */
export const PASSWORD_BYTES_MIN = 8;

/** Clients of the old kind read no more than 13 tokens of one 005 line (15 parameters). Modern */
export const ISUPPORT_TOKENS_MAX = 13;
/** Mode changes in one MODE line: a screen's width of names, and one relay. */
export const MODES_MAX = 20;

/**
 * Limits on everything that clients can make grow in the chat server, with the reason for each. Sizes of
 * single values on the wire are in protocol/wire/wire-limits.ts.
 */

// Connections

/** How long a connection may stay without NICK or a log-in: clients send them at once. */
export const SILENT_MS_MAX = 60_000;
/** Lines that are held for a session while it waits for an answer, or is over its rate limit. */
export const HELD_LINES_MAX = 256;
/** Connections of one account at once. */
export const SESSIONS_PER_USER_MAX = 20;
/** Wrong passwords on one connection before it is closed. */
export const WRONG_PASSWORDS_PER_SESSION_MAX = 8;
/** How long ACCOUNT CONFIRM is valid: long enough to type a new password twice. */
export const CONFIRMED_MS = 5 * 60_000;

/**
 * What waits for all sessions together, in bytes: outboxes, held lines, batches and messages of guests. Above it those with
 * the most are closed. An eighth of the memory of a small machine: a team of 200 that comes back at once needs 40 MB.
 */
export const WAITING_BYTES_MAX = 128 << 20;

// Rooms

/** Rooms that one user is in: about twice what the sidebar of a very active user shows. */
export const ROOMS_PER_USER_MAX = 200;
/** Rooms on the server. An empty one takes about 2 KB. */
export const ROOMS_MAX = 20_000;
/** Above this many, guests create none: as many as the places on the server, the last quarter is for members. */
export const ROOMS_FOR_GUESTS_MAX = 15_000;
/** Masks on one list of a room: each message of a user without a rank is matched against all of them. */
export const LIST_ENTRIES_MAX = 100;
/** Rooms that one user is invited to, all of which a log-in sends. A further invitation drops the oldest. */
export const INVITATIONS_MAX = 100;
/**
 * Those of them by one account, or by the guests of one host: nobody can push out the invitations of others.
 */
export const INVITATIONS_PER_INVITER_MAX = 10;
/** How long an invitation to a room waits: longer than most holidays. */
export const INVITATION_MS_MAX = 30 * 86_400_000;
/** Accounts with automatic ranks in one room. */
export const AUTO_RANKS_MAX = 200;
/** Word filters of one room (+g): every message of a user without a rank is searched for all of them. */
export const FILTERS_MAX = 50;
/** Requests to join one room (+A) that wait for an answer. */
export const JOIN_REQUESTS_MAX = 100;
/** How long such a request waits: as long as an invitation. */
export const JOIN_REQUEST_MS_MAX = 30 * 86_400_000;
/** The newest acts in a room's audit log: months of a quiet room, some 30 KB of a busy one. */
export const AUDIT_ENTRIES_MAX = 200;
/** Seconds of slow mode (+W): six hours, as elsewhere. */
export const SLOW_SECONDS_MAX = 21_600;
/** Joins of the join throttle (+j). */
export const THROTTLE_JOINS_MAX = 100;
/** Seconds in which that many may join. */
export const THROTTLE_SECONDS_MAX = 3_600;
/** The least age of an account (+y, +Y): 90 days. */
export const ACCOUNT_AGE_MS_MAX = 90 * 86_400_000;
/** Timed bans that end in one tick; the next tick takes the rest. */
export const EXPIRIES_PER_TICK_MAX = 200;
/** Time between two knocks of one user. */
export const KNOCK_EVERY_MS = 60_000;

// Reports

/** Reports that nobody has handled yet: some 3 MB with the longest texts. */
export const REPORTS_MAX = 1_000;
/** Those of them by one account. */
export const REPORTS_PER_REPORTER_MAX = 20;
/** Those of them by all guests together: a guest can come back under another nick. */
export const REPORTS_BY_GUESTS_MAX = 50;
/** Bytes of a reported text: a long message, and the beginning of the longest. */
export const REPORT_TEXT_BYTES_MAX = 2_000;
/** Bytes of one line of it in an answer to REPORTS. */
export const REPORT_LINE_BYTES_MAX = 350;

// Messages

/** Targets of one PRIVMSG: enough for a few friends, too few for spam. */
export const TARGETS_MAX = 4;
/** Targets of one NAMES, WHOIS or WHOWAS: a sidebar full of rooms. Announced in ISUPPORT. */
export const QUERY_TARGETS_MAX = 20;
/** How long a client may take to send a multiline batch: its lines are sent all at once. */
export const BATCH_MS_MAX = 60_000;
/** Direct conversations of one account: each is a permanent folder in the history. */
export const DIRECTS_PER_USER_MAX = 2_000;
/** Newest direct messages of one guest, which are only in memory. */
export const GUEST_MESSAGES_MAX = 50;
/** Bytes of their text: eight messages of the greatest length. Their tags take at most 25 KB more. */
export const GUEST_MESSAGE_BYTES_MAX = 64 * 1024;
/** Redactions that are sent per conversation when all messages of an account are erased: what a screen may show. */
export const ERASED_REDACTS_SENT_MAX = 100;
/** How often erasing reads a conversation again because of an edit or redaction meanwhile. */
export const ERASE_ATTEMPTS_MAX = 10;
/**
 * Client tags stored with one message, in bytes of keys and values. A reply and a reaction to it are some 60.
 * A client may send 4 KB of tags with each line, and the newest hundred events of a room are in memory.
 */
export const STORED_TAG_BYTES_MAX = 512;
/**
 * Client tags repeated on each further line of a split message, of which there may be a hundred: both names of
 * the tags that make a line a reply, with our msgids and the longest room name.
 */
export const LINE_TAG_BYTES_MAX = 256;

// History and search

/** Newest events of a conversation in memory, at most twice as many: enough for a replay and most pages. */
export const RECENT_EVENTS_MAX = 100;
/** Letters of these: of the longest messages some eight. Somebody may be in two hundred rooms, and write to themselves. */
export const RECENT_LETTERS_MAX = 64 << 10;
/** Files in one answer of FILE LIST: some 200 KB. */
export const FILE_LIST_MAX = 500;
/** Messages in one page of CHATHISTORY. Announced in ISUPPORT. */
export const HISTORY_LIMIT_MAX = 200;
/** Reads for one page whose events are mostly hidden from the reader: about 5,000 events. */
export const HISTORY_READS_MAX = 25;
/** Bytes of one page, which multiline messages can make large: half of what a slow reader may be behind. */
export const HISTORY_PAGE_BYTES_MAX = 512 * 1024;
/** Messages in one SEARCH that gives no limit. */
export const SEARCH_LIMIT_DEFAULT = 100;
/** Messages in one SEARCH. */
export const SEARCH_LIMIT_MAX = 200;
/** Rows in one LIST, WHO or METADATA answer, which says so when there are more. */
export const ROWS_MAX = 5_000;
/** Bytes of such an answer, as of a page of history: 5,000 rows with long topics would overflow a link. */
export const ANSWER_BYTES_MAX = 512 * 1024;

// Unread counts and read markers

/** Events in one read while unread messages after a marker are counted in the files. */
export const UNREAD_READ_EVENTS_MAX = 10_000;
/** Such reads for one marker: two million messages of one day. */
export const UNREAD_READS_MAX = 200;
/** Markers of unstored conversations of one user: as many guests as one writes to in a day. */
export const EPHEMERAL_MARKERS_MAX = 100;
/** Members of a room whose read receipts are sent: people who know each other. */
export const READ_RECEIPTS_ROOM_MAX = 100;
/** Time between two rounds of read receipts: a hundred people who open a room at once cost one round. */
export const READ_RECEIPTS_EVERY_MS = 1000;

// Users

/** Former nicks that WHOWAS remembers: about 200 KB. */
export const WHOWAS_MAX = 500;
/** Nicks that one session may MONITOR. Announced in ISUPPORT. */
export const MONITOR_MAX = 128;
/** Masks on one user's block list. Announced in ISUPPORT. */
export const BLOCKED_MAX = 100;
/** Users on one user's accept list. Announced in ISUPPORT. */
export const ACCEPTED_MAX = 100;
/**
 * How long a guest keeps a nick for it not to count as a name that was asked about: whoever tries one nick after
 * the other has to wait with each, and a hall full of guests whose network breaks off for a moment loses no nick.
 */
export const GUEST_NICK_MS_MIN = 60_000;
/** Time between two notices to a user with +g about callers. */
export const CALLER_NOTICE_EVERY_MS = 60_000;
/** Callers of whom a user with +g is notified on coming back. */
export const CALLERS_WAITING_MAX = 10;

// Preferences

/** Preferences of one account: a level, a place and a draft for each of some hundred rooms. */
export const PREFERENCES_MAX = 400;
/** Bytes of a key: the longest that our client uses has 10. */
export const PREFERENCE_KEY_BYTES_MAX = 40;
/** Bytes of a value: with the longest names and the key it fits in a line. */
export const PREFERENCE_VALUE_BYTES_MAX = 300;

// Metadata

/** Keys of one user or room. Announced with the capability, as are the next three. */
export const METADATA_KEYS_MAX = 20;
/** Keys that one session may subscribe to. */
export const METADATA_SUBS_MAX = 50;
/** Bytes of a value: with the longest key, names and hosts the whole value fits in a line. */
export const METADATA_VALUE_BYTES_MAX = 280;
/** Bytes of a key: "draft/display-name" has 18, and keys of vendors begin with a domain name. */
export const METADATA_KEY_BYTES_MAX = 40;
/** Members of a room whose metadata is sent on joining; of a larger one it waits for SYNC, as NAMES costs enough. */
export const METADATA_ROOM_MAX = 500;

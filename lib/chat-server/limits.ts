/**
 * What a stranger can make grow inside the conversation, and where it stops. Sizes of single values on
 * the wire are in protocol/wire/wire-limits.ts.
 */

/** A client that says nothing useful after connecting: they all send NICK and USER at once. */
export const SILENT_MS_MAX = 60_000;
/** Lines that wait while an answer is fetched, or while somebody talks too fast. */
export const HELD_LINES_MAX = 256;

/** Rooms that one person is in: the sidebar of a very social one, twice. */
export const ROOMS_PER_USER_MAX = 200;
/** Rooms on the server. One costs about 2 KB with nobody in it. */
export const ROOMS_MAX = 20_000;
/** Devices of one account at once. */
export const SESSIONS_PER_USER_MAX = 20;
/** Masks on one list of one room: every message of a non-member may be held against them. */
export const LIST_ENTRIES_MAX = 100;
/** Targets of one PRIVMSG: a line to a few friends, no mailing. */
export const TARGETS_MAX = 4;
/** How long a client may take to send such a message: its lines leave it all at once. */
export const BATCH_MS_MAX = 60_000;
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
/** The newest events of a conversation that stay in memory, twice as many at most: a replay, and most pages. */
export const RECENT_EVENTS_MAX = 100;
/** Messages that one CHATHISTORY gives. Announced in ISUPPORT. */
export const HISTORY_LIMIT_MAX = 200;
/** Reads for one page whose reader is shown little of what is there: some 5,000 events in all. */
export const HISTORY_READS_MAX = 25;
/** One page: half of what a slow reader may be behind. Messages of many lines can make it so large. */
export const HISTORY_PAGE_BYTES_MAX = 512 * 1024;
/** Messages that one SEARCH gives, when it doesn't say and at the most. */
export const SEARCH_LIMIT = 100;
export const SEARCH_LIMIT_MAX = 200;
/** Of what is taken back at once clients are told the newest in each conversation: what a screen may show. */
export const ERASED_REDACTS_SENT_MAX = 100;
/** Times that a conversation is looked through again because somebody edits or takes back meanwhile. */
export const ERASE_ATTEMPTS_MAX = 10;
/** A marker set further back than memory reaches: what is behind it on its day is counted in the files. */
export const UNREAD_COUNTED_AT_ONCE = 10_000;
/** Readings for one marker: two million messages of one day. */
export const UNREAD_READS_MAX = 200;
/** Read markers by name, of what isn't kept: as many guests as one person writes to in a day. */
export const EPHEMERAL_MARKERS_MAX = 100;
/** People whom one account has ever written to: each is a folder in the history, for ever. */
export const DIRECTS_PER_USER_MAX = 2_000;
/** Wrong passwords on one connection before it is closed. */
export const WRONG_PASSWORDS_PER_SESSION_MAX = 8;
/** How long ACCOUNT CONFIRM stays good: long enough to type a new password twice. */
export const CONFIRMED_MS = 5 * 60_000;
/** The newest direct messages of one guest, which are in memory alone. */
export const GUEST_MESSAGES_MAX = 50;
/** The text of them: eight messages of the longest. Their tags are some 25 KB besides, at the most. */
export const GUEST_MESSAGE_BYTES_MAX = 64 * 1024;
/** Former nicks that WHOWAS remembers: about 200 KB. */
export const WHOWAS_MAX = 500;
/** Whom one session may MONITOR. Announced in ISUPPORT. */
export const MONITOR_MAX = 128;
/** Rows of one LIST, WHO or METADATA answer, which says so when there is more. */
export const ROWS_MAX = 5_000;
/** The same in bytes, as of a page of history: with long topics 5,000 rows would close a link. */
export const ANSWER_BYTES_MAX = 512 * 1024;
/** Keys of one person's or one room's metadata. Announced with the capability, as are the next three. */
export const METADATA_KEYS_MAX = 20;
/** Keys that one session may subscribe to. */
export const METADATA_SUBS_MAX = 50;
/** With the longest key, names and hosts this still fits in a line: whole, or not at all. */
export const METADATA_VALUE_BYTES_MAX = 280;
/** "draft/display-name" has 18, and a vendor's own begins with a domain name. */
export const METADATA_KEY_BYTES_MAX = 40;
/** Of a room with more members the metadata waits until it is asked for: a JOIN costs as much as NAMES. */
export const METADATA_ROOM_MAX = 500;
/** Rooms in which people know each other, and a number beside a message means somebody. */
export const READ_RECEIPTS_ROOM_MAX = 100;
/** A hundred people who open a room at once cost one round of lines. */
export const READ_RECEIPTS_EVERY_MS = 1000;
/** Invitations to one room that nobody has followed yet; past it they are all forgotten. */
export const INVITED_MAX = 500;
/** Masks on one person's block list. Announced in ISUPPORT. */
export const BLOCKED_MAX = 100;
/** People whom one person accepts past +g. Announced in ISUPPORT. */
export const ACCEPTED_MAX = 100;
/** Between two knocks of one person, and two callers that somebody hears of past +g. */
export const KNOCK_MS_MIN = 60_000;
/** Accounts for which one room keeps ranks. */
export const AUTO_RANKS_MAX = 200;

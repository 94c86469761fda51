/**
 * What a server can make grow in this client, and how far: each list that fills by what it sends has a limit here or
 * beside it, and all of them together stay below some 100 MB; several servers share what is counted over all
 * conversations. Whatever is over a limit is dropped, the oldest first where there is an order; the server has it still.
 * How fast servers send is bounded by transport/paced-lines.ts.
 *
 * Text is counted in UTF-16 units.
 */

/** Lines of one conversation in memory; older ones are loaded again from the server. */
export const LINES_MAX = 2000;
/** Lines of a conversation in whose past the user reads: they would jump if the oldest were dropped. */
export const HELD_LINES_MAX = 10 * LINES_MAX;
/** Text of all lines of all conversations, with {@link LINE_UNITS} for each: some 40,000 lines of usual length. */
export const LINES_UNITS_MAX = 16_000_000;
/** What a line takes besides its text. */
export const LINE_UNITS = 300;
/** Text of one message. A multiline message of our server has 8 KB, of others 40 KB. */
export const MESSAGE_UNITS_MAX = 65_536;
/** A member's account. It may come in a tag, which is longer than any name: a longer one counts as none. */
export const ACCOUNT_UNITS_MAX = 512;
/** Members of one room. More than any server has users; a longer NAMES list is cut. */
export const MEMBERS_MAX = 20_000;
/** Members of all rooms together, each counted as often as they are in one. */
export const MEMBERS_IN_ALL_MAX = 100_000;
/** Different reactions to one line: other users can send any number of them. */
export const REACTIONS_MAX = 50;
/** Users who react to a line in one way. A number is shown, so nobody misses the rest. */
export const REACTING_MAX = 1000;
/** Mode letters of a room. There are 52 letters in ASCII, of which servers use half. */
export const MODE_LETTERS_MAX = 64;
/**
 * Most direct conversations in memory. Any user can open one by writing, and a stranger can repeat
 * that under new nicks.
 */
export const DIRECTS_MAX = 300;
/**
 * Most rooms in memory, ten times our server's limit per user: any line of a server opens one.
 */
export const ROOMS_MAX = 2000;
/** Requests without an answer. After a reconnection there are some for each room. */
export const REQUESTS_MAX = 5000;
/** Messages of one answer that comes without a batch: LIST, NAMES or WHO of a large server. */
export const ANSWER_MESSAGES_MAX = 20_000;
/** Batches open at once. Servers nest two or three deep; more means that they are never closed. */
export const BATCHES_OPEN_MAX = 64;
/**
 * What all open batches hold together: messages, a long one for each {@link BATCH_ITEM_UNITS} of it. Some pages of
 * history, or LIST of a very large server.
 */
export const BATCH_ITEMS_MAX = 40_000;
/** What a message of a batch takes beside its text, in UTF-16 units. */
export const BATCH_ITEM_UNITS = 256;
/** Lines of one multiline message; a message of {@link MESSAGE_UNITS_MAX} has fewer, unless they are empty. */
export const MULTILINE_ITEMS_MAX = 2000;
/** Pages of history that wait to be requested, at most a few for each conversation. */
export const PAGES_WAITING_MAX = 5000;

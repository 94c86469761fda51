/*
 * English numbers with their words, in the sentences of the server, its tasks and the client. One is the only
 * number with a singular: "0 lines", "1 line", "21 lines".
 */

/**
 * Returns the form of a word that agrees with a number.
 *
 * @example
 * agree(1, "is", "are") // "is"
 */
export function agree(count: number, singular: string, plural: string): string {
  return count === 1 ? singular : plural;
}

/**
 * Formats a number with its noun.
 *
 * @param plural only where an "s" doesn't make it
 * @example
 * formatCount(2, "message") // "2 messages"
 * formatCount(1, "person", "people") // "1 person"
 */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${agree(count, noun, plural)}`;
}

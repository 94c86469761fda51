/** Names for servers that take fewer letters than ours. */

/** Returns a nick that any server accepts, with as much of this one as fits. */
export function asciiNick(nick: string): string {
  return nick.replace(/[^A-Za-z0-9_]/g, "").replace(/^[0-9_]+/, "") || "guest";
}

/** Returns a nick of at most nine letters that is likely to be free. */
export function shortNick(base: string, id: string): string {
  return `${asciiNick(base).slice(0, 5)}${id.replace(/[^A-Za-z0-9]/g, "").slice(-4)}`;
}

/** Makes a user name that old servers accept: ASCII letters and digits, at most ten. */
export function usernameOf(nick: string): string {
  const ascii = nick.replace(/[^A-Za-z0-9]/g, "").slice(0, 10);
  return ascii === "" ? "sodam" : ascii;
}

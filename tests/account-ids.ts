import type { AccountId } from "../lib/protocol/account-id.ts";

/**
 * Returns the id of an account in a test: the beginning of its name and a number, so that plays show whose a host
 * is, and that an id is no name. Accounts that sign up by REGISTER get ids from the scene's counter.
 *
 * @param generation counts the accounts that had the name before
 * @example accountId("mina") // "mina00000001"
 */
export function accountId(name: string, generation = 1): AccountId {
  const letters = name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const isReadable = letters.length === name.length && letters.length <= 9;
  const start = isReadable ? letters : lettersOf(name).slice(0, 10);
  // Without it, guest1 and guest10 would be one.
  const separator = /\d$/.test(start) ? "x" : "";
  return `${`${start}${separator}`.padEnd(11, "0")}${generation}` as AccountId;
}

function lettersOf(name: string): string {
  return new Bun.CryptoHasher("sha256").update(name).digest("hex");
}

/** Everything that the server keeps about one's account, as JSON lines: what it is, and what one said. */
import { type AccountDatum, fetchAccountData } from "../../member-client/account-data.ts";
import { formatTime } from "../../protocol/time.ts";
import { awaitCallback } from "../app-context.ts";
import { HistoryFailure } from "./history-pages.ts";
import { type SearchSource, searchRecords } from "./search-pages.ts";

/** In UTC, to the end of time. */
const ALWAYS = { since: 0, until: Number.POSITIVE_INFINITY };

/**
 * One thing a line, each with its "\n". Throws a `HistoryFailure` when the server doesn't give all of it.
 *
 * @param progress hears how many messages there are by now, and of when the last one is (ms)
 */
export async function* accountDataLines(
  source: SearchSource,
  progress: (count: number, time: number) => void = () => {},
): AsyncGenerator<string> {
  const { session } = source;
  const account = session.state.me.account ?? "";
  const things = await awaitCallback<readonly AccountDatum[] | null>((done) =>
    fetchAccountData(session, done),
  );
  if (things === null) throw new HistoryFailure("failed");
  for (const thing of things) yield jsonLine(thing);
  // What is older, somebody else of that name said.
  const since = things.find(({ kind }) => kind === "account")?.["since"];
  const range = typeof since === "string" ? { ...ALWAYS, since: Date.parse(since) } : ALWAYS;
  const query = { words: "", target: null, by: account };
  for await (const found of searchRecords(source, query, range, progress)) {
    // The name looked for may be somebody's nick as well.
    if (found.account !== account) continue;
    const { where, time, msgid, nick, kind: as, text } = found;
    yield jsonLine({ kind: "message", where, time: formatTime(time), msgid, nick, as, text });
  }
}

function jsonLine(value: object): string {
  const json = JSON.stringify(value);
  // Nothing in it can steer the terminal on which it is shown.
  const asCode = (letter: string): string =>
    `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return `${json.replaceAll(/[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, asCode)}\n`;
}

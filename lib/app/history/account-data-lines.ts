import { type AccountDatum, fetchAccountData } from "../../member-client/account-data.ts";
import { harmlessJson } from "../../protocol/harmful-characters.ts";
import { formatTime } from "../../protocol/time.ts";
import { awaitCallback } from "../app-context.ts";
import type { Words } from "../i18n/words.ts";
import { HistoryFailure } from "./history-pages.ts";
import { type SearchSource, searchRecords } from "./search-pages.ts";

/** All of time; both ends in ms since 1970. */
const ALL_TIME = { since: 0, until: Number.POSITIVE_INFINITY };

/**
 * Yields everything that the server stores about the user's account as JSON lines, each with its "\n": first the
 * data of the account, each with words that say what it is, then every message. Throws a {@link HistoryFailure} when the server doesn't give all of it.
 *
 * @param progress is called after each page with the messages so far and the time of the last one (ms)
 */
export async function* accountDataLines(
  source: SearchSource & { readonly words: Pick<Words, "accountData"> },
  progress: (count: number, time: number) => void = () => {},
): AsyncGenerator<string> {
  const { session, words } = source;
  const account = session.state.me.account ?? "";
  // A server with ids finds the account's own messages, also those under a former name.
  const findsAccounts = session.state.caps.has("sodam.chat/account-id");
  const data = await awaitCallback<readonly AccountDatum[] | null>((done) =>
    fetchAccountData(session, done),
  );
  if (data === null) throw new HistoryFailure("failed");
  for (const { kind, ...datum } of data)
    yield jsonLine({ kind, about: aboutKind(kind, words), ...datum });
  // Older messages under this name belong to an earlier account, which was deleted.
  const since = data.find(({ kind }) => kind === "account")?.["since"];
  const range = typeof since === "string" ? { ...ALL_TIME, since: Date.parse(since) } : ALL_TIME;
  const query = { words: "", target: null, by: account };
  for await (const line of searchRecords(source, query, range, progress)) {
    // Elsewhere the search matches nicks as well, and another user may have had this one.
    if (!findsAccounts && line.account !== account) continue;
    const { where, time, msgid, nick, kind: as, text, file } = line;
    const said = { where, time: formatTime(time), msgid, nick, as, text, file };
    yield jsonLine({ kind: "message", ...said });
  }
}

/** Returns in words what an item of this kind is. */
function aboutKind(kind: string, { accountData }: Pick<Words, "accountData">): string {
  return Object.hasOwn(accountData, kind)
    ? accountData[kind as keyof typeof accountData]
    : accountData.other;
}

function jsonLine(value: object): string {
  return `${harmlessJson(value)}\n`;
}

/** Who said what. */
export interface Speech {
  readonly nick: string;
  readonly text: string;
}

const MARK = " : ";
/** Messages that have to agree before " : " is taken for a part of a name. */
const AGREEING_MIN = 2;

/**
 * Makes a function that splits "nick : text". A name may itself hold " : ": the name is longer where
 * everything that somebody says would otherwise begin with the same words and " : ".
 */
export function speechSplitter(speeches: Iterable<string>): (speech: string) => Speech {
  const beginnings = new Map<string, { readonly longer: Set<string>; count: number }>();
  for (const speech of speeches) {
    const [nick = "", second = "", ...others] = speech.split(MARK);
    const entry = beginnings.get(nick) ?? { longer: new Set<string>(), count: 0 };
    entry.longer.add(others.length === 0 ? "" : second);
    entry.count += 1;
    beginnings.set(nick, entry);
  }
  const longerNames = new Map<string, string>();
  for (const [nick, { longer, count }] of beginnings) {
    const [second = ""] = longer;
    if (longer.size === 1 && second !== "" && count >= AGREEING_MIN)
      longerNames.set(nick, `${nick}${MARK}${second}`);
  }
  return (speech) => {
    const end = speech.indexOf(MARK);
    // A message without text ends with the mark.
    if (end < 0) return { nick: speech.replace(/ :$/, ""), text: "" };
    const nick = longerNames.get(speech.slice(0, end)) ?? speech.slice(0, end);
    return { nick, text: speech.slice(nick.length + MARK.length) };
  };
}

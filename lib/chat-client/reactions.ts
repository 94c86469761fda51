/** The reactions to a message: those that are shown, and those of people whom the user has blocked. */
import type { FoldName } from "../protocol/case-mapping.ts";
import type { ChatLine, Reactions } from "./client-state.ts";
import { REACTING_MAX, REACTIONS_MAX } from "./memory-limits.ts";
import type { Sender } from "./preferences/preferences.ts";

/** The reactions of a message to which nobody has reacted. */
export const NO_REACTIONS: Pick<ChatLine, "reactions" | "hiddenReactions" | "reactors"> = {
  ...{ reactions: new Map(), hiddenReactions: new Map(), reactors: new Map() },
};

/** What decides whose reactions are whose, and which are shown: the client's store. */
interface Judge {
  /** Folds a nick as the server compares names. */
  readonly fold: FoldName;
  isBlocked(sender: Sender): boolean;
}

/** Returns the line with one more reaction of somebody, or one less. Returns the same object when nothing changes. */
export function withReaction(
  line: ChatLine,
  text: string,
  sender: Sender,
  add: boolean,
  judge: Judge,
): ChatLine {
  const { nick } = sender;
  if (!add) {
    const reactions = withoutNick(line.reactions, text, nick, judge.fold);
    const hiddenReactions = withoutNick(line.hiddenReactions, text, nick, judge.fold);
    const isSame = reactions === line.reactions && hiddenReactions === line.hiddenReactions;
    return isSame ? line : { ...line, reactions, hiddenReactions };
  }
  const place = judge.isBlocked(sender) ? "hiddenReactions" : "reactions";
  const changed = withNick(line[place], text, nick, judge.fold);
  if (changed === line[place]) return line;
  const isKnown = sender.account !== null || sender.accountId !== null;
  const reactors = isKnown ? new Map(line.reactors).set(judge.fold(nick), sender) : line.reactors;
  return { ...line, [place]: changed, reactors };
}

/** Shows and hides reactions anew: whom the user has blocked has changed. Returns the same object when nothing changes. */
export function withReactionsJudged(line: ChatLine, judge: Judge): ChatLine {
  const { fold } = judge;
  if (line.reactions.size === 0 && line.hiddenReactions.size === 0) return line;
  let reactions = line.reactions;
  let hiddenReactions = line.hiddenReactions;
  const isHidden = (nick: string): boolean =>
    judge.isBlocked(line.reactors.get(fold(nick)) ?? { nick, account: null, accountId: null });
  for (const [text, nicks] of line.reactions) {
    for (const nick of nicks.filter(isHidden)) {
      reactions = withoutNick(reactions, text, nick, fold);
      hiddenReactions = withNick(hiddenReactions, text, nick, fold);
    }
  }
  for (const [text, nicks] of line.hiddenReactions) {
    for (const nick of nicks.filter((each) => !isHidden(each))) {
      hiddenReactions = withoutNick(hiddenReactions, text, nick, fold);
      reactions = withNick(reactions, text, nick, fold);
    }
  }
  const isSame = reactions === line.reactions && hiddenReactions === line.hiddenReactions;
  return isSame ? line : { ...line, reactions, hiddenReactions };
}

function withNick(reactions: Reactions, text: string, nick: string, fold: FoldName): Reactions {
  const nicks = reactions.get(text) ?? [];
  const isFull =
    nicks.length === 0 ? reactions.size >= REACTIONS_MAX : nicks.length >= REACTING_MAX;
  if (isFull || nicks.some((reacting) => fold(reacting) === fold(nick))) return reactions;
  return new Map(reactions).set(text, [...nicks, nick]);
}

function withoutNick(reactions: Reactions, text: string, nick: string, fold: FoldName): Reactions {
  const nicks = reactions.get(text) ?? [];
  const remaining = nicks.filter((reacting) => fold(reacting) !== fold(nick));
  if (remaining.length === nicks.length) return reactions;
  const changed = new Map(reactions);
  if (remaining.length === 0) changed.delete(text);
  else changed.set(text, remaining);
  return changed;
}

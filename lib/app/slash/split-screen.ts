/** /split: two conversations side by side. */
import { sanitize } from "../../terminal/sanitize.ts";
import { listedPlaces, type Place } from "../chat-screen/listed-places.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

const OFF = ["off", "끄기"];

/** What a command does to the screen's two halves. */
export interface SplitHost {
  /** The columns that a window needs for two conversations. */
  readonly columnsMin: number;
  /** Whether the window has them now. */
  readonly hasRoom: boolean;
  /** Whether a conversation stands beside this one, or will as soon as there is room. */
  readonly isSplit: boolean;
  /** Shows a conversation beside this one; null: none. */
  set(place: Place | null): void;
}

/** Shows another conversation beside this one. */
export const SPLIT: SlashCommand = {
  name: "split",
  aliases: ["나란히", "나누기"],
  arguments: "split",
  help: "split",
  needsConnection: false,
  complete({ session, listed }, typed) {
    if (typed.length > 1) return [];
    const places = listedPlaces(listed).filter(
      ({ conversation }) => conversation.kind !== "server",
    );
    // As findPlace: this server's first.
    const own = places.filter(({ server }) => server.state === session.state);
    return [...new Set([...own, ...places].map(({ conversation: { name } }) => name))];
  },
  run(context, rest) {
    const { servers, note, words, showUsage } = context;
    const split = servers?.split ?? null;
    const [name, more] = firstWord(rest);
    if (split === null) return note(words.slash.notOnScreen, "bad");
    if (more !== "") return showUsage();
    if (name === "" || OFF.includes(name.toLowerCase())) {
      if (!split.isSplit) return note(words.split.none, "bad");
      split.set(null);
      return note(words.split.off);
    }
    const place = findPlace(context, name);
    if (place === null) return note(words.split.noPlace(sanitize(name)), "bad");
    if (place === "same") return note(words.split.same, "bad");
    split.set(place);
    if (!split.hasRoom) note(words.split.narrow(sanitize(name), split.columnsMin));
  },
};

/** Returns the conversation of a name: of this server first, then of the others. */
function findPlace(
  { servers, session, conversation }: SlashContext,
  typed: string,
): Place | "same" | null {
  const name = typed.replace(/^@/, "");
  const places = listedPlaces(servers?.listed ?? []);
  const named = (text: string) =>
    places.filter(({ server, conversation: { key } }) => key === server.state.fold(text));
  const exact = named(name);
  // The list of rooms has them without their sign.
  const fits = exact.length > 0 ? exact : named(`#${name}`);
  const here = fits.find(({ server }) => server.state === session.state);
  if (here?.conversation.key === conversation.key && fits.length === 1) return "same";
  const place =
    here?.conversation.key === conversation.key
      ? fits.find((each) => each !== here)
      : (here ?? fits[0]);
  return place === undefined ? null : { server: place.server.id, key: place.conversation.key };
}

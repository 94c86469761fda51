/** Why a name can't be had on the server that the user is on, in the user's words. */
import type { ClientState } from "../../chat-client/client-state.ts";
import {
  nickProblemOn,
  roomProblemOn,
  type ServerNameProblem,
} from "../../chat-client/server-names.ts";
import type { Words } from "./words.ts";

/** Returns the sentence for a nick that this server doesn't take; null if nothing is known against it. */
export function nickSentence(words: Words, state: ClientState, nick: string): string | null {
  const { nickTooLong, nickLetters } = words.elsewhere;
  return sentence(words, nickProblemOn(state, nick), nickTooLong, nickLetters);
}

/** Returns the sentence for a room's name that this server doesn't take; null if nothing is known against it. */
export function roomSentence(words: Words, state: ClientState, room: string): string | null {
  const { roomTooLong, roomLetters } = words.elsewhere;
  return sentence(words, roomProblemOn(state, room), roomTooLong, roomLetters);
}

function sentence(
  words: Words,
  problem: ServerNameProblem | null,
  tooLong: (bytesMax: number) => string,
  letters: string,
): string | null {
  switch (problem?.kind) {
    case undefined:
      return null;
    case "own-rule":
      return words.nameProblem[problem.problem];
    case "too-long":
      return tooLong(problem.bytesMax);
    case "letters":
      return letters;
  }
}

import { parseRoomName, type RoomName, roomNameProblem } from "../../protocol/names.ts";
import { NUMERIC } from "../../protocol/wire/numerics.ts";
import type { State } from "../state.ts";
import type { Room } from "./room.ts";

/** Which names a room can be given. A room that has another one, from before a rule, keeps it. */

const NOT_A_NAME = "That is not a valid room name";
const LOOKALIKE = "That name looks like the name of a room that exists. Choose another";

/** Why a room can't be called so: a numeric for JOIN, and a sentence. */
interface RoomNameRefusal {
  readonly numeric: string;
  readonly sentence: string;
}

/**
 * Parses the name of a room that is created, or of one that is renamed (`room`); its own name doesn't
 * count as a room that exists. The refusal doesn't say which room a name looks like, since that one may be
 * secret.
 */
export function parseNewRoomName(
  state: State,
  text: string,
  room: Room | null,
): { readonly name: RoomName } | { readonly refused: RoomNameRefusal } {
  const name = parseRoomName(text);
  if (name === null) return { refused: problemRefusal(text) };
  if (!state.rooms.hasLookalike(name, room)) return { name };
  return { refused: { numeric: NUMERIC.ERR_BADCHANNAME, sentence: LOOKALIKE } };
}

function problemRefusal(text: string): RoomNameRefusal {
  const numeric = NUMERIC.ERR_BADCHANNAME;
  switch (roomNameProblem(text)) {
    case "invisible":
      return { numeric, sentence: "That name contains invisible characters" };
    case "mixed":
      return { numeric, sentence: "That name mixes alphabets that look alike" };
    default:
      return { numeric: NUMERIC.ERR_NOSUCHCHANNEL, sentence: NOT_A_NAME };
  }
}

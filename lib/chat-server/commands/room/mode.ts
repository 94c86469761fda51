import { fold, isRoomName } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { parseModeChanges, type RequestedMode, ROOM_MODES } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KEY_BYTES_MAX, LINE_BYTES_MAX, MODES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { ModeChange } from "../../event.ts";
import { formatChanges } from "../../relay/encode-event.ts";
import { chanOpNeeded, findRoom, noSuchNick, notStored } from "../../relay/error-replies.ts";
import { canSeeRoom } from "../../rooms/access.ts";
import { ModeDraft } from "../../rooms/mode-draft.ts";
import { isListLetter, sendModeList, sendModes } from "../../rooms/mode-lists.ts";
import type { Room } from "../../rooms/room.ts";
import { parseMask } from "../../users/masks.ts";
import { userMode } from "../user/user-mode.ts";

/** How a room is: asked, and changed by those who may. */
const MODE_COMMAND: Command = {
  verb: "MODE",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const [target = ""] = context.params;
    if (isRoomName(target)) roomMode(context, target);
    else userMode(context, target);
  },
};

export const MODE: readonly Command[] = [MODE_COMMAND];

function roomMode(context: RegisteredContext, name: string): void {
  const room = findRoom(context, name);
  if (room === null) return;
  const [, text, ...args] = context.params;
  if (text === undefined) return sendModes(context.reply, room, context.user);
  const changing = new Changing(context, room);
  const asked = parseModeChanges(text, args);
  for (const one of asked.slice(0, MODES_MAX)) changing.ask(one);
  changing.finish();
}

/** What each rank may give to others and take from them. Only a founder makes founders and admins. */
export const RANKS_GRANTED_BY: Readonly<Record<string, string>> = {
  q: "qaohv",
  a: "ohv",
  o: "ohv",
  h: "v",
};

/** One command's changes: checked one by one, made together. */
class Changing {
  readonly #context: RegisteredContext;
  readonly #room: Room;
  readonly #draft: ModeDraft;
  readonly #listed = new Set<string>();
  #isRefused = false;

  constructor(context: RegisteredContext, room: Room) {
    this.#context = context;
    this.#room = room;
    this.#draft = new ModeDraft(room);
  }

  ask(one: RequestedMode): void {
    const { letter, sign, argument } = one;
    const add = sign === "+";
    if (isListLetter(letter)) {
      if (argument === null) this.#showList(letter);
      else this.#changeList(letter, argument, add);
    } else if (ROOM_MODES.rank.includes(letter)) this.#changeRank(letter, argument, add);
    else if (isSetting(letter)) this.#changeSetting(letter, argument, add);
    else {
      const sentence = "No room has a mode like that";
      this.#context.reply.numeric(NUMERIC.ERR_UNKNOWNMODE, letter, sentence);
    }
  }

  /** Everything has been checked: it happens, as one event, but for more masks than a line holds. */
  finish(): void {
    const { state, user, reply } = this.#context;
    const start = `:${user.source} MODE ${this.#room.name} `;
    for (const changes of fitting(this.#draft.changes, LINE_BYTES_MAX - 2 - utf8Bytes(start))) {
      if (state.commit(this.#room, user.identity, { kind: "mode", changes }, reply) === null) {
        return notStored(reply, "MODE", this.#room.name);
      }
    }
  }

  /** Bans are for all to see; exceptions and invitations are the ops'. */
  #showList(letter: string): void {
    if (this.#listed.has(letter)) return;
    this.#listed.add(letter);
    if (letter === "b" || this.#mayChange("h"))
      sendModeList(this.#context.reply, this.#room, letter);
  }

  #changeList(letter: string, argument: string, add: boolean): void {
    if (!this.#mayChange("h")) return;
    const mask = parseMask(argument);
    if (mask === null) return this.#badArgument(letter, argument, "That is no mask");
    if (this.#draft.list(letter, mask, add)) return;
    const { reply } = this.#context;
    reply.numeric(NUMERIC.ERR_BANLISTFULL, this.#room.name, mask, `That list is full (+${letter})`);
  }

  #changeRank(letter: string, argument: string | null, add: boolean): void {
    const { state, user, reply } = this.#context;
    if (argument === null) return this.#badArgument(letter, "*", "Say whom");
    const whom = state.users.byNick(fold(argument));
    const isOwnGone = whom === user && !add;
    if (!isOwnGone && !this.#mayChange("h")) return;
    if (whom === null) return noSuchNick(this.#context, argument);
    if (!this.#room.has(whom)) {
      const sentence = "They aren't in that room";
      return reply.numeric(NUMERIC.ERR_USERNOTINCHANNEL, whom.nick, this.#room.name, sentence);
    }
    // Everybody may step down; nobody is put down from below.
    const own = this.#room.members.get(user)?.ranks ?? "";
    const may = RANKS_GRANTED_BY[own.charAt(0)]?.includes(letter) ?? false;
    if (!isOwnGone && !(may && (add || this.#room.outranks(user, whom)))) return this.#refuse();
    this.#draft.rank(letter, whom, add);
  }

  #changeSetting(letter: string, argument: string | null, add: boolean): void {
    if (!this.#mayChange("o")) return;
    if (!add) return this.#draft.setting(letter, null);
    if (!takesValue(letter)) return this.#draft.setting(letter, "");
    const other = letter === "f" ? this.#context.state.rooms.byName(argument ?? "") : null;
    // People are sent only where the one who sends them has a say.
    if (
      other?.hasRank(this.#context.user, "o") === false &&
      canSeeRoom(other, this.#context.user)
    ) {
      return chanOpNeeded(this.#context, other);
    }
    const problem = this.#valueProblem(letter, argument ?? "");
    // A key that can't be one may be a password that somebody pasted: it isn't repeated.
    const shown = letter === "k" || !argument ? "*" : argument;
    if (problem !== null) return this.#badArgument(letter, shown, problem);
    this.#draft.setting(letter, letter === "l" ? String(Number(argument)) : (argument ?? ""));
  }

  #valueProblem(letter: string, value: string): string | null {
    switch (letter) {
      case "k": {
        const isKey = /^[^\p{C}\p{Z},:][^\p{C}\p{Z},]*$/u.test(value);
        if (isKey && utf8Bytes(value) <= KEY_BYTES_MAX) return null;
        return `A key has 1 to ${KEY_BYTES_MAX} bytes, and no space or comma`;
      }
      case "l":
        return /^0*[1-9]\d{0,6}$/.test(value) ? null : "A limit is a number of people";
      default:
        return this.#forwardProblem(value);
    }
  }

  #forwardProblem(name: string): string | null {
    const { state, user } = this.#context;
    const other = state.rooms.byName(name);
    if (other === null || !canSeeRoom(other, user)) return "There is no such room";
    return other === this.#room ? "That is this room" : null;
  }

  /** Whether the asker stands high enough; if not, they are told, once a command. */
  #mayChange(rank: string): boolean {
    const may = this.#room.hasRank(this.#context.user, rank);
    if (!may) this.#refuse();
    return may;
  }

  #refuse(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    chanOpNeeded(this.#context, this.#room);
  }

  #badArgument(letter: string, argument: string, sentence: string): void {
    const { reply } = this.#context;
    reply.numeric(NUMERIC.ERR_INVALIDMODEPARAM, this.#room.name, letter, argument, sentence);
  }
}

function takesValue(letter: string): boolean {
  return ROOM_MODES.always.includes(letter) || ROOM_MODES.onSet.includes(letter);
}

function isSetting(letter: string): boolean {
  return takesValue(letter) || ROOM_MODES.never.includes(letter);
}

/** Parts changes so that each part is one line. Nearly always all of them are. */
function fitting(changes: readonly ModeChange[], bytesMax: number): ModeChange[][] {
  const parts: ModeChange[][] = [];
  for (const change of changes) {
    const last = parts.at(-1);
    const grown = formatChanges([...(last ?? []), change]).join(" ");
    // A last argument that begins with a colon would have one more; masks and keys begin with none.
    if (last !== undefined && utf8Bytes(grown) <= bytesMax) last.push(change);
    else parts.push([change]);
  }
  return parts;
}

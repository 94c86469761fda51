import type { AccountId } from "../../../protocol/account-id.ts";
import { fold, isRoomName } from "../../../protocol/names.ts";
import { utf8Bytes } from "../../../protocol/utf8.ts";
import { parseModeChanges, type RequestedMode, ROOM_MODES } from "../../../protocol/wire/modes.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { KEY_BYTES_MAX, LINE_BYTES_MAX, MODES_MAX } from "../../../protocol/wire/wire-limits.ts";
import type { Command, RegisteredContext } from "../../command.ts";
import type { ModeChange } from "../../event.ts";
import { formatChanges } from "../../relay/encode-event.ts";
import { chanOpNeeded, noSuchNick, notStored } from "../../relay/error-replies.ts";
import { canSeeRoom, findRoom } from "../../rooms/access.ts";
import { ModeDraft } from "../../rooms/mode-draft.ts";
import { isListLetter, sendModeList, sendModes } from "../../rooms/mode-replies.ts";
import type { Room } from "../../rooms/room.ts";
import { throttleProblem } from "../../rooms/throttles.ts";
import { parseFilter } from "../../rooms/word-filter.ts";
import {
  bansOrMutes,
  isBroadMask,
  type NamedMask,
  nameMask,
  parseTimedMask,
} from "../../users/ban-masks.ts";
import type { User } from "../../users/user.ts";
import { handleUserMode } from "../user/user-mode.ts";

/** The ranks that each rank may give to others and take from them. Only a founder makes founders and admins. */
export const RANKS_GRANTED_BY: Readonly<Record<string, string>> = {
  q: "qaohv",
  a: "ohv",
  o: "ohv",
  h: "v",
};

/** MODE: shows or changes the modes, lists and ranks of a room, or the user's own modes. */
export const MODE: Command = {
  verb: "MODE",
  params: 1,
  phase: "registered",
  handle: (context) => {
    const [target = ""] = context.params;
    if (isRoomName(target)) handleRoomMode(context, target);
    else handleUserMode(context, target);
  },
};

function handleRoomMode(context: RegisteredContext, name: string): void {
  const room = findRoom(context, name);
  if (room === null) return;
  const [, letters, ...args] = context.params;
  if (letters === undefined) return sendModes(context.reply, room, context.user);
  const command = new RoomModeCommand(context, room);
  for (const request of parseModeChanges(letters, args).slice(0, MODES_MAX)) command.add(request);
  command.finish();
}

/** One MODE command on a room. Checks each change, collects them in a draft, and commits them together. */
class RoomModeCommand {
  readonly #context: RegisteredContext;
  readonly #room: Room;
  readonly #draft: ModeDraft;
  /** List modes that this command has already shown. */
  readonly #shownLists = new Set<string>();
  #isRefused = false;

  constructor(context: RegisteredContext, room: Room) {
    this.#context = context;
    this.#room = room;
    this.#draft = new ModeDraft(room);
  }

  /** Checks one change. It is added to the draft, or refused in the answer. */
  add({ letter, sign, argument }: RequestedMode): void {
    const on = sign === "+";
    if (isListLetter(letter)) {
      if (argument === null) this.#showList(letter);
      else this.#changeList(letter, argument, on);
    } else if (ROOM_MODES.rank.includes(letter)) this.#changeRank(letter, argument, on);
    else if (isSetting(letter)) this.#changeSetting(letter, argument, on);
    else this.#context.reply.numeric(NUMERIC.ERR_UNKNOWNMODE, letter, "Unknown room mode");
  }

  /** Commits the draft as one event, or as several if the masks are too many for one line. */
  finish(): void {
    const { state, user, reply } = this.#context;
    const start = `:${user.source} MODE ${this.#room.name} `;
    const bytesMax = LINE_BYTES_MAX - 2 - utf8Bytes(start);
    for (const changes of splitIntoLines(this.#draft.changes, bytesMax)) {
      if (state.commit(this.#room, user.identity, { kind: "mode", changes }, reply) === null) {
        return notStored(reply, "MODE", this.#room.name);
      }
    }
  }

  /** Shows bans to all users, and the other lists to ops. */
  #showList(letter: string): void {
    if (this.#shownLists.has(letter)) return;
    this.#shownLists.add(letter);
    if (letter === "b" || this.#requireRank("h")) {
      sendModeList(this.#context.reply, this.#room, letter);
    }
  }

  #changeList(letter: string, argument: string, on: boolean): void {
    if (!this.#requireRank("h")) return;
    const { state, reply } = this.#context;
    const entry = parseListEntry(letter, argument);
    if (entry === null) {
      const subject = letter === "g" ? "filter" : "mask";
      return this.#refuseArgument(letter, argument, `That is not a valid ${subject}`);
    }
    const { mask, durationMs } = entry;
    // An exception or invitation of a name that no account has lets nobody in who gets the name later.
    const named = letter === "g" ? { mask } : nameMask(state.accounts, mask, letter === "b");
    if (letter === "b" && on && this.#banRefusal(named)) return;
    const terms = durationMs === null ? {} : { until: state.now + durationMs };
    const nameOf = (id: AccountId) => state.accounts.byId(id)?.name ?? null;
    if (this.#draft.setMask(letter, named, on, terms, nameOf)) return;
    const sentence = `That list is full (+${letter})`;
    reply.numeric(NUMERIC.ERR_BANLISTFULL, this.#room.name, mask, sentence);
  }

  /** Refuses a ban or mute that means a member of higher rank. Returns whether it did. */
  #banRefusal(mask: NamedMask): boolean {
    const member = outrankingMember(this.#room, this.#context.user, mask);
    if (member === null) return false;
    const sentence = `${member.nick} has a higher rank than you`;
    this.#context.reply.numeric(NUMERIC.ERR_CHANOPRIVSNEEDED, this.#room.name, sentence);
    return true;
  }

  #changeRank(letter: string, argument: string | null, on: boolean): void {
    const { state, user, reply } = this.#context;
    if (argument === null) return this.#refuseArgument(letter, "*", "Give a nick");
    const target = state.users.byNick(fold(argument));
    const isGivingUp = target === user && !on;
    if (!isGivingUp && !this.#requireRank("h")) return;
    if (target === null) return noSuchNick(this.#context, argument);
    if (!this.#room.has(target)) {
      const sentence = "They aren't in that room";
      return reply.numeric(NUMERIC.ERR_USERNOTINCHANNEL, target.nick, this.#room.name, sentence);
    }
    // Everybody may give up their own rank. Nobody may take one from a member of equal or higher rank.
    const ownRanks = this.#room.members.get(user)?.ranks ?? "";
    const canGrant = RANKS_GRANTED_BY[ownRanks.charAt(0)]?.includes(letter) ?? false;
    const canChange = canGrant && (on || this.#room.outranks(user, target));
    if (!isGivingUp && !canChange) return this.#refuse();
    this.#draft.setRank(letter, target, on);
  }

  #changeSetting(letter: string, argument: string | null, on: boolean): void {
    // Slow mode is moderation, which half-ops are there for; the other settings are the ops'.
    if (!this.#requireRank(letter === "W" ? "h" : "o")) return;
    if (!on) return this.#draft.setMode(letter, null);
    if (!takesValue(letter)) return this.#draft.setMode(letter, "");
    const { state, user } = this.#context;
    const forwardRoom = letter === "f" ? state.rooms.byName(argument ?? "") : null;
    // Forwarding (+f) requires an op in both rooms: otherwise one could send strangers into any room.
    if (forwardRoom?.hasRank(user, "o") === false && canSeeRoom(forwardRoom, user)) {
      return chanOpNeeded(this.#context, forwardRoom);
    }
    const problem = this.#valueProblem(letter, argument ?? "");
    // An invalid key isn't repeated: it may be a password that was pasted.
    const shownArgument = letter === "k" || !argument ? "*" : argument;
    if (problem !== null) return this.#refuseArgument(letter, shownArgument, problem);
    this.#draft.setMode(letter, letter === "l" ? String(Number(argument)) : (argument ?? ""));
  }

  /** Returns a sentence that says why a value is invalid, or `null`. */
  #valueProblem(letter: string, value: string): string | null {
    switch (letter) {
      case "k": {
        const isKey = /^[^\p{C}\p{Z},:][^\p{C}\p{Z},]*$/u.test(value);
        if (isKey && utf8Bytes(value) <= KEY_BYTES_MAX) return null;
        return `A key has 1 to ${KEY_BYTES_MAX} bytes, and no space or comma`;
      }
      case "l":
        return /^0*[1-9]\d{0,6}$/.test(value) ? null : "The limit must be a number of members";
      case "W":
      case "Y":
      case "j":
      case "y":
        return throttleProblem(letter, value);
      default:
        return this.#forwardProblem(value);
    }
  }

  #forwardProblem(name: string): string | null {
    const { state, user } = this.#context;
    const room = state.rooms.byName(name);
    if (room === null || !canSeeRoom(room, user)) return "There is no such room";
    return room === this.#room ? "A room can't forward to itself" : null;
  }

  /** Returns whether the user has this rank or a higher one, and answers if not. */
  #requireRank(rank: string): boolean {
    const has = this.#room.hasRank(this.#context.user, rank);
    if (!has) this.#refuse();
    return has;
  }

  /** Answers that a higher rank is needed, once for the command. */
  #refuse(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    chanOpNeeded(this.#context, this.#room);
  }

  #refuseArgument(letter: string, argument: string, sentence: string): void {
    const { reply } = this.#context;
    reply.numeric(NUMERIC.ERR_INVALIDMODEPARAM, this.#room.name, letter, argument, sentence);
  }
}

/** Parses what is added to a list or removed from it: a filter (g), or a mask, for bans with a time. */
function parseListEntry(
  letter: string,
  text: string,
): { readonly mask: string; readonly durationMs: number | null } | null {
  if (letter !== "g") return parseTimedMask(text);
  const filter = parseFilter(text);
  return filter === null ? null : { mask: filter, durationMs: null };
}

/** Returns a member of higher rank whom a ban or mute would match, or `null`. One of everybody means nobody. */
export function outrankingMember(room: Room, user: User, mask: NamedMask): User | null {
  if (isBroadMask(mask.mask)) return null;
  for (const { user: member, ranks } of room.members.values()) {
    if (ranks === "" || room.outranks(user, member)) continue;
    if (bansOrMutes(mask, member.identity)) return member;
  }
  return null;
}

function takesValue(letter: string): boolean {
  return ROOM_MODES.always.includes(letter) || ROOM_MODES.onSet.includes(letter);
}

function isSetting(letter: string): boolean {
  return takesValue(letter) || ROOM_MODES.never.includes(letter);
}

/** Splits changes so that each part fits in one line. Nearly always they are one part. */
function splitIntoLines(changes: readonly ModeChange[], bytesMax: number): ModeChange[][] {
  const parts: ModeChange[][] = [];
  for (const change of changes) {
    const part = parts.at(-1);
    const text = formatChanges([...(part ?? []), change]).join(" ");
    // The text is as long as the line's end: no mask or key begins with a colon, which would add another.
    if (part !== undefined && utf8Bytes(text) <= bytesMax) part.push(change);
    else parts.push([change]);
  }
  return parts;
}

/** Banning and muting on servers whose lists have masks alone: without a time, a reason, or whom they are about. */
import {
  BANS,
  isMask,
  isMaskOf,
  type ListMode,
  mutesOf,
  readMask,
} from "../../chat-client/mask-lists.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { answerProblem } from "../chat-screen/draw/system-line.ts";
import {
  fetchMasks,
  fetchProfile,
  type ListedMask,
  type PersonProfile,
} from "../chat-screen/person-profile.ts";
import type { SlashContext } from "./slash-command.ts";

/** Keeps somebody, or a mask, out of a room or from talking there. Whoever is banned is removed as well. */
export function addMask(context: SlashContext, room: string, who: string, isMute: boolean): void {
  const { session } = context;
  const list = listFor(context, isMute);
  if (list === null) return;
  const add = (mask: string): void =>
    session.commands.mode(room, `+${list.letter}`, list.prefix + mask);
  if (isMask(who)) return add(who);
  fetchProfile(session, who, context.ports.now(), (profile) => {
    add(maskOf(who, profile));
    const { conversations, fold } = session.state;
    if (!isMute && conversations.get(fold(room))?.members.has(fold(who)) === true) {
      session.commands.kick(room, who);
    }
  });
}

/** Takes somebody off a room's list again, by all of its masks that are about them, or removes one mask. */
export function removeMasks(
  context: SlashContext,
  room: string,
  who: string,
  isMute: boolean,
): void {
  const { session, note, words } = context;
  const list = listFor(context, isMute);
  if (list === null) return;
  const remove = (entry: string): void => session.commands.mode(room, `-${list.letter}`, entry);
  if (isMask(who)) return remove(list.prefix + who);
  fetchProfile(session, who, context.ports.now(), (profile) => {
    fetchMasks(session, room, list.letter, (answer) => {
      if ("kind" in answer) return note(answerProblem(answer, session.state, words), "bad");
      const { fold } = session.state;
      const isAbout = ({ mask }: ListedMask): boolean =>
        fold(readMask(mask).who) === fold(who) ||
        (profile !== null && isMaskOf(mask, profile, fold));
      const entries = answer.filter((entry) => entry.isMute === isMute && isAbout(entry));
      if (entries.length === 0) note(words.slash.noMaskOf(sanitize(who), isMute), "bad");
      for (const { mask } of entries) remove(mask);
    });
  });
}

/** Returns the list; says so and returns null where the server has none. */
function listFor({ session, note, words }: SlashContext, isMute: boolean): ListMode | null {
  const list = isMute ? mutesOf(session.state) : BANS;
  if (list === null) note(words.slash.cannotMute, "bad");
  return list;
}

/** Returns the mask for a person: their user name and host, which stay when the nick changes, or else the nick. */
function maskOf(nick: string, profile: PersonProfile | null): string {
  const [, address = ""] = profile?.address.split("!") ?? [];
  return address === "" ? `${nick}!*@*` : `*!${address}`;
}

/** What Tab may mean. */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { fold } from "../../../protocol/names.ts";
import { type EditorState, wordBefore } from "../../../terminal/editor.ts";
import { initialsOf } from "../../../terminal/hangul-layout.ts";
import { emojiBeginning, emojiOf } from "../emoji.ts";

/** More than one goes through by Tab. */
const CANDIDATES_MAX = 50;

/**
 * Whole replacements for the word before the cursor, best first: commands after a slash, rooms
 * after #, emoji after a colon, and the people here, those who spoke last first.
 */
export function candidatesFor(
  editor: EditorState,
  state: ClientState,
  one: ClientConversation | null,
  commands: readonly string[],
): string[] {
  const { start, word } = wordBefore(editor);
  if (word === "") return [];
  const found =
    word.startsWith("/") && start === 0
      ? commandsFor(word.slice(1), commands)
      : word.startsWith("#")
        ? roomsFor(word, state)
        : word.startsWith(":")
          ? emojiFor(word.slice(1))
          : peopleFor(word, start === 0, state, one);
  return found.slice(0, CANDIDATES_MAX);
}

function commandsFor(word: string, commands: readonly string[]): string[] {
  return commands.filter((name) => name.startsWith(word.toLowerCase())).map((name) => `/${name} `);
}

function roomsFor(word: string, state: ClientState): string[] {
  return [...state.conversations.values()]
    .filter((one) => one.kind === "room" && begins(one.name.slice(1), word.slice(1)))
    .map((one) => `${one.name} `);
}

function emojiFor(word: string): string[] {
  const whole = word.endsWith(":") ? emojiOf(word.slice(0, -1)) : null;
  if (whole !== null) return [`${whole} `];
  return word === "" ? [] : emojiBeginning(word).map((emoji) => `${emoji} `);
}

function peopleFor(
  word: string,
  first: boolean,
  state: ClientState,
  one: ClientConversation | null,
): string[] {
  const at = word.startsWith("@") ? "@" : "";
  const asked = word.slice(at.length);
  if (asked === "" || one === null) return [];
  const me = fold(state.me.nick);
  const names = new Map<string, string>();
  for (const line of one.lines.toReversed()) {
    const key = fold(line.nick);
    const here = one.members.get(key)?.nick ?? (one.kind === "direct" ? line.nick : undefined);
    if (here !== undefined) names.set(key, here);
  }
  for (const [key, member] of one.members) if (!names.has(key)) names.set(key, member.nick);
  if (one.kind === "direct") names.set(one.key, one.name);
  names.delete(me);
  const after = first && at === "" ? ": " : " ";
  return [...names.values()]
    .filter((name) => begins(name, asked))
    .map((name) => `${at}${name}${after}`);
}

/** Folded, and a lone consonant for every syllable that begins with it. */
function begins(name: string, asked: string): boolean {
  if (fold(name).startsWith(fold(asked))) return true;
  return /^[ㄱ-ㅎ]+$/.test(asked) && initialsOf(name).startsWith(asked);
}

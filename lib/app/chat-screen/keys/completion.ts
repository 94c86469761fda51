/** Candidates for Tab completion. */
import type { ClientConversation, ClientState } from "../../../chat-client/client-state.ts";
import { roomNameOn } from "../../../chat-client/server-names.ts";
import { initialsOf } from "../../../protocol/hangul-layout.ts";
import { fold } from "../../../protocol/names.ts";
import { type EditorState, wordBefore } from "../../../terminal/editor.ts";
import { isCommandLine } from "../../slash/slash-command.ts";
import { commandNames } from "../../slash/slash-commands.ts";
import { emojiByName, emojiWithPrefix } from "../emoji.ts";
import type { KeyContext } from "./key-context.ts";

/** Nobody presses Tab more often to find a candidate. */
const CANDIDATES_MAX = 50;

/**
 * Returns replacements for the word before the cursor, best first: commands after "/", what a command takes behind its
 * name, rooms after "#", emoji after ":", and otherwise members, those who spoke last first.
 */
export function completionCandidates(
  editor: EditorState,
  context: Pick<KeyContext, "state" | "input" | "argumentCandidates">,
  conversation: ClientConversation | null,
): string[] {
  const { state, input } = context;
  const { start, word } = wordBefore(editor);
  const line = editor.text.slice(0, editor.cursor);
  const values = start > 0 && isCommandLine(line) ? context.argumentCandidates(line) : null;
  if (values !== null) {
    const fitting = values.filter((value) => hasPrefix(value, word) && value !== word);
    return fitting.slice(0, CANDIDATES_MAX);
  }
  if (word === "") return [];
  const candidates =
    word.startsWith("/") && start === 0
      ? commandCandidates(word.slice(1), commandNames(input))
      : word === roomNameOn(state, word)
        ? roomCandidates(word, state)
        : word.startsWith(":")
          ? emojiCandidates(word.slice(1))
          : memberCandidates(word, start === 0, state, conversation);
  return candidates.slice(0, CANDIDATES_MAX);
}

function commandCandidates(prefix: string, commands: readonly string[]): string[] {
  return commands.filter((name) => hasPrefix(name, prefix)).map((name) => `/${name} `);
}

function roomCandidates(word: string, state: ClientState): string[] {
  return [...state.conversations.values()]
    .filter(({ kind, name }) => kind === "room" && hasPrefix(name.slice(1), word.slice(1)))
    .map(({ name }) => `${name} `);
}

function emojiCandidates(word: string): string[] {
  const emoji = word.endsWith(":") ? emojiByName(word.slice(0, -1)) : null;
  if (emoji !== null) return [`${emoji} `];
  return word === "" ? [] : emojiWithPrefix(word).map((candidate) => `${candidate} `);
}

function memberCandidates(
  word: string,
  isFirstWord: boolean,
  state: ClientState,
  conversation: ClientConversation | null,
): string[] {
  const sign = word.startsWith("@") ? "@" : "";
  const prefix = word.slice(sign.length);
  if (prefix === "" || conversation === null) return [];
  const { kind, key: conversationKey, name, lines, members } = conversation;
  const nicks = new Map<string, string>();
  for (const line of lines.toReversed()) {
    const key = state.fold(line.nick);
    const nick = members.get(key)?.nick ?? (kind === "direct" ? line.nick : undefined);
    if (nick !== undefined) nicks.set(key, nick);
  }
  for (const [key, member] of members) if (!nicks.has(key)) nicks.set(key, member.nick);
  if (kind === "direct") nicks.set(conversationKey, name);
  nicks.delete(state.fold(state.me.nick));
  const suffix = isFirstWord && sign === "" ? ": " : " ";
  return [...nicks.values()]
    .filter((nick) => hasPrefix(nick, prefix))
    .map((nick) => `${sign}${nick}${suffix}`);
}

/** Compares folded names; a lone consonant matches every syllable that begins with it. */
function hasPrefix(name: string, prefix: string): boolean {
  if (fold(name).startsWith(fold(prefix))) return true;
  return /^[ㄱ-ㅎ]+$/.test(prefix) && initialsOf(name).startsWith(prefix);
}

/** The commands and keys of scripts, as the table of commands and keys takes them. */
import { bindProblemSentence, readBinding } from "../chat-screen/keys/key-map.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Words } from "../i18n/words.ts";
import type { InputTable } from "../input-table.ts";
import { aliasKey } from "../slash/alias.ts";
import type { SlashHost } from "../slash/slash-command.ts";
import { isCommandName } from "../slash/slash-commands.ts";
import type { RunningScript } from "./running-script.ts";
import { scriptPlace } from "./script-places.ts";
import type { Done, ScriptCommand, ScriptPlace, Undo } from "./script-types.ts";

const COMMAND_NAME = /^[\p{L}\p{N}][\p{L}\p{N}_-]{0,39}$/u;

/** What adding commands and keys takes from the host of scripts. */
interface InputHost {
  readonly input: InputTable;
  readonly words: Words;
  servers(): readonly ServerConnection[];
  /** The conversation on screen, as the script sees it. */
  currentPlace(script: RunningScript): ScriptPlace | null;
}

/** Adds a script's command under all its names. Throws where one can't be a name, or is taken. */
export function addScriptCommand(
  host: InputHost,
  script: RunningScript,
  command: ScriptCommand,
): Undo {
  const { input, words } = host;
  const names = [command.name, ...(command.aliases ?? [])].map(aliasKey);
  for (const name of names) {
    if (!COMMAND_NAME.test(name)) throw new TypeError(`"${name}" can't be a command's name`);
    if (isCommandName(name, input)) throw new TypeError(words.scripts.takenCommand(name));
  }
  const removals = names.map((name, index) =>
    input.addCommand({
      ...{ name, usage: command.usage ?? "", help: command.help, isOtherName: index > 0 },
      run: (slash, rest) => {
        const place = placeOf(host, script, slash);
        if (place !== null) script.call(() => command.run(rest, place));
      },
      complete: (typed) => {
        const place = host.currentPlace(script);
        const word = typed.at(-1) ?? "";
        const before = typed.slice(0, -1).join(" ");
        if (place === null) return [];
        const candidates = script.call(() => command.complete?.(word, before, place));
        return Array.isArray(candidates) ? candidates.filter(isText) : [];
      },
    }),
  );
  return () => {
    for (const remove of removals) remove();
  };
}

/** Binds a key to a script's action. Throws where there is no such key, or another script has it. */
export function addScriptKey(
  { input, words }: Pick<InputHost, "input" | "words">,
  script: RunningScript,
  written: string,
  action: (place: ScriptPlace) => Done,
): Undo {
  // What the key does, as the list of keys shows it and the user could type it.
  const target = `/script press ${script.name} ${written}`;
  const binding = readBinding(written, target);
  if ("kind" in binding) throw new TypeError(bindProblemSentence(binding, words));
  const { key } = binding;
  if (input.keyMap.keys.get(key)?.source === "script") {
    throw new TypeError(words.scripts.takenKey(written));
  }
  const remove = input.addKey(written, `/script press ${script.name} ${key}`);
  script.keys.set(key, action);
  return () => {
    script.keys.delete(key);
    if (typeof remove === "function") remove();
  };
}

/** Runs what a script bound to a key; returns false where it bound nothing. */
export function pressScriptKey(
  host: Pick<InputHost, "servers">,
  script: RunningScript,
  key: string,
  slash: Pick<SlashHost, "session" | "conversation">,
): boolean {
  const action = script.keys.get(key);
  const place = placeOf(host, script, slash);
  if (action === undefined || place === null) return false;
  script.call(() => action(place));
  return true;
}

/** Returns where a command was typed; null on a server that has just been closed. */
function placeOf(
  { servers }: Pick<InputHost, "servers">,
  script: RunningScript,
  { session, conversation }: Pick<SlashHost, "session" | "conversation">,
): ScriptPlace | null {
  const connection = servers().find((each) => each.session === session);
  return connection === undefined ? null : scriptPlace(connection, conversation, script);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

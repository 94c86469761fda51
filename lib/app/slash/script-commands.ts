/** /script: the user's own scripts. */
import { sanitize } from "../../terminal/sanitize.ts";
import type { ScriptHost } from "../scripts/script-host.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

const RELOAD = ["reload", "다시"];
const ON = ["on", "켜기"];
const OFF = ["off", "끄기"];
const PRESS = ["press"];
const TYPES = ["types", "타입"];

/** Lists the scripts, loads one anew, switches one on or off, and writes the types of what they can do. */
export const SCRIPT_COMMANDS: readonly SlashCommand[] = [
  {
    name: "script",
    aliases: ["스크립트", "scripts"],
    arguments: "script",
    help: "script",
    needsConnection: false,
    complete: ({ scripts }, typed) => {
      if (typed.length === 1) return [ON, OFF, RELOAD, TYPES].flatMap(([word = ""]) => word);
      return typed.length === 2 ? (scripts?.list().map(({ name }) => name) ?? []) : [];
    },
    run(context, rest) {
      const { scripts, note, words, showUsage } = context;
      if (scripts === null) return note(words.scripts.notHere, "bad");
      const [action, more] = firstWord(rest);
      const isAction = (names: readonly string[]): boolean => names.includes(action.toLowerCase());
      const [name, tooMuch] = firstWord(more);
      // What a key leads to that a script has bound.
      if (isAction(PRESS)) {
        if (!scripts.pressKey(context, name, tooMuch)) showUsage();
        return;
      }
      if (tooMuch !== "") return showUsage();
      if (action === "") return list(context, scripts);
      if (isAction(TYPES) && name === "") return writeTypes(context, scripts);
      if (isAction(RELOAD) && name === "") return reloadAll(context, scripts);
      if (name === "") return showUsage();
      if (isAction(OFF)) return switchOff(context, scripts, scriptName(name));
      if (isAction(ON) || isAction(RELOAD)) return switchOn(context, scripts, scriptName(name));
      showUsage();
    },
  },
];

/** Who has just seen the file may type its name as it is. */
function scriptName(typed: string): string {
  return typed.normalize("NFC").replace(/\.ts$/, "");
}

function list({ note, words }: SlashContext, scripts: ScriptHost): void {
  const all = scripts.list();
  const folder = sanitize(scripts.folder);
  if (all.length === 0) return note(words.scripts.empty(folder));
  const rows = all.map(({ name, state, text }) => {
    const more = text === "" ? "" : ` · ${sanitize(text)}`;
    return `${name}: ${words.scripts.states[state]}${more}`;
  });
  note([words.scripts.title(folder), ...rows].join("\n"));
}

function switchOff({ note, words }: SlashContext, scripts: ScriptHost, name: string): void {
  const isThere = scripts.list().some((script) => script.name === name);
  if (!isThere) return note(words.scripts.none(sanitize(name), sanitize(scripts.folder)), "bad");
  scripts.switchOff(name);
  note(words.scripts.stopped(name));
}

/** Loads a script; what goes wrong in it is named by the host of scripts. */
function switchOn({ note, words }: SlashContext, scripts: ScriptHost, name: string): void {
  const fail = (problem: unknown): void => note(sanitize(String(problem)), "bad");
  scripts.switchOn(name).then((outcome) => {
    if (outcome === "running") note(words.scripts.running(name));
    else if (outcome !== "failed") fail(outcome.problem);
  }, fail);
}

/** Loads anew all that are not switched off, and lists what became of them. */
function reloadAll(context: SlashContext, scripts: ScriptHost): void {
  const names = scripts.list().flatMap(({ name, state }) => (state === "off" ? [] : name));
  const listAll = (): void => list(context, scripts);
  Promise.all(names.map((name) => scripts.switchOn(name))).then(listAll, listAll);
}

function writeTypes({ note, words }: SlashContext, scripts: ScriptHost): void {
  const { path, why } = scripts.writeTypes();
  const shown = sanitize(path);
  if (why === null) note(words.scripts.typesWritten(shown));
  else note(words.notWritten[why](shown), "bad");
}

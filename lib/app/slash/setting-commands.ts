/** /set: the client's settings. */

import { parseEncoding } from "../../protocol/text-encoding.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import type { ConfigurationTrouble, SettingEntry } from "../configuration-port.ts";
import type { Words } from "../i18n/words.ts";
import { serverProblem } from "../menu/ask-server.ts";
import { firstWord, type SlashCommand, type SlashContext } from "./slash-command.ts";

/** Words that go back to the default. */
const DEFAULT_WORDS = ["default", "기본값"];

/** /set. */
export const SETTING_COMMANDS: readonly SlashCommand[] = [
  {
    name: "set",
    aliases: ["설정"],
    arguments: "setting",
    help: "set",
    needsConnection: false,
    complete({ ports, language }, words) {
      const [name = "", ...values] = words;
      if (values.length === 0) {
        return ports.configuration.list(language).map((setting) => `${setting.name} `);
      }
      const setting = ports.configuration.find(name, language);
      if (setting === null || values.length > 1) return [];
      const others = [setting.value, setting.default].filter((value) => value !== null);
      return [...new Set([...setting.choices, ...others, DEFAULT_WORDS[0] ?? ""])];
    },
    run(context, rest) {
      const { ports, note, words, language } = context;
      const [name, value] = firstWord(rest);
      if (name === "") return listSettings(context);
      if (value !== "") return change(context, name, value);
      const setting = ports.configuration.find(name, language);
      if (setting !== null) return note(explanation(setting, words));
      const fitting = ports.configuration
        .list(language)
        .filter((candidate) => candidate.name.includes(name.toLowerCase()));
      if (fitting.length > 0) {
        return note(fitting.map((candidate) => settingLine(candidate, words)).join("\n"));
      }
      note(words.set.unknown(sanitize(name), null), "bad");
    },
  },
];

/** Returns the sentence that says why client.toml wasn't changed. */
export function configurationProblem(
  { words, ports }: Pick<SlashContext, "words" | "ports">,
  why: ConfigurationTrouble,
): string {
  const path = sanitize(ports.configuration.path);
  return why === "unclear" ? words.set.unclear(path) : words.notWritten[why](path);
}

function listSettings({ ports, note, words, language }: SlashContext): void {
  const groups = Map.groupBy(ports.configuration.list(language), ({ group }) => group);
  const lines = [...groups].flatMap(([group, settings]) => [
    `— ${group}`,
    ...settings.map((setting) => settingLine(setting, words)),
  ]);
  note([...lines, words.set.hint(sanitize(ports.configuration.path))].join("\n"));
}

function change(context: SlashContext, name: string, typed: string): void {
  const { ports, note, words, language } = context;
  const isDefault = DEFAULT_WORDS.includes(typed.toLowerCase());
  const value = isDefault ? null : unquoted(typed);
  const problem = value === null ? null : valueProblem(context, name, value);
  if (problem !== null) return note(problem, "bad");
  const outcome = ports.configuration.change(name, value, language);
  switch (outcome.kind) {
    case "unknown":
      return note(words.set.unknown(sanitize(name), outcome.nearest), "bad");
    case "invalid":
      return note(words.set.invalid(sanitize(name), sanitize(typed), outcome.expected), "bad");
    case "unusable": {
      const { why } = outcome;
      const path = sanitize(unquoted(typed));
      return note(why === "empty" ? words.set.empty(path) : words.notWritten[why](path), "bad");
    }
    case "failed":
      return note(configurationProblem(context, outcome.why), "bad");
    case "changed": {
      const { setting } = outcome;
      if (setting.name === "lang") context.setLanguage(setting.value);
      return note(changedSentence(setting, context));
    }
  }
}

/** Returns what is wrong with a value of which the table of settings knows too little: the next start would fail. */
function valueProblem(
  { ports, words, language }: SlashContext,
  typedName: string,
  value: string,
): string | null {
  switch (ports.configuration.find(typedName, language)?.name) {
    case "encoding":
      return parseEncoding(value) === null ? words.elsewhere.noEncoding(sanitize(value)) : null;
    case "server":
      return serverProblem(value, words);
    default:
      return null;
  }
}

function changedSentence(setting: SettingEntry, { words }: SlashContext): string {
  const { name, value, isLive, next } = setting;
  const { now, fromNextStart, flagComesFirst } = words.set;
  if (!isLive) return fromNextStart(name, shown(next === null ? value : next.value, words));
  const sentence = now(name, shown(value, words));
  return next === null ? sentence : `${sentence} ${flagComesFirst(shown(next.value, words))}`;
}

/** Says all about a setting: what it does, its value and whence, and what else it may be. */
function explanation(setting: SettingEntry, words: Words): string {
  const { help, expected, isLive } = setting;
  const { valid, restart, byDefault } = words.set;
  return [
    settingLine(setting, words),
    help,
    valid(expected, byDefault(shown(setting.default, words))),
    ...(isLive ? [] : [restart]),
  ].join("\n");
}

function settingLine({ name, value, source, next }: SettingEntry, words: Words): string {
  const { sources, later } = words.set;
  const behind = next === null ? "" : ` · ${later(shown(next.value, words))}`;
  return `${name} = ${shown(value, words)} (${sources[source]})${behind}`;
}

function shown(value: string | null, words: Words): string {
  return value === null ? words.set.nothing : sanitize(value);
}

/** Quotes around a value are from the habit of client.toml. */
function unquoted(text: string): string {
  return /^"[^"]*"$/.test(text) ? text.slice(1, -1) : text;
}

/** Short names of common emoji, the same as in most chat programs, and the reactions that are offered. */
const EMOJI: Readonly<Record<string, string>> = {
  ...{ "+1": "👍", thumbsup: "👍", "-1": "👎", thumbsdown: "👎", ok: "👌", clap: "👏" },
  ...{ pray: "🙏", muscle: "💪", wave: "👋", raised_hands: "🙌", eyes: "👀", point_up: "☝️" },
  ...{ smile: "😄", grin: "😁", joy: "😂", rofl: "🤣", sweat_smile: "😅", wink: "😉" },
  ...{ blush: "😊", heart_eyes: "😍", thinking: "🤔", neutral: "😐", cry: "😢", sob: "😭" },
  ...{ angry: "😠", scream: "😱", sleeping: "😴", sunglasses: "😎", party: "🥳", salute: "🫡" },
  ...{ heart: "❤️", broken_heart: "💔", fire: "🔥", star: "⭐", sparkles: "✨", zap: "⚡" },
  ...{ tada: "🎉", gift: "🎁", cake: "🍰", coffee: "☕", beer: "🍺", rice: "🍚" },
  ...{ check: "✅", x: "❌", warning: "⚠️", question: "❓", exclamation: "❗", bulb: "💡" },
  ...{ rocket: "🚀", bug: "🐛", wrench: "🔧", lock: "🔒", pin: "📌", memo: "📝" },
  ...{ calendar: "📅", clock: "🕐", phone: "📞", mail: "📧", sun: "☀️", rain: "🌧️" },
};

/** Returns the emoji of a name that is written without colons ("tada"), or null. */
export function emojiByName(name: string): string | null {
  return Object.hasOwn(EMOJI, name) ? (EMOJI[name] ?? null) : null;
}

/** Returns the emoji whose names start with `prefix`, each once, in the order of the table. */
export function emojiWithPrefix(prefix: string): string[] {
  const names = Object.keys(EMOJI).filter((name) => name.startsWith(prefix.toLowerCase()));
  return [...new Set(names.map((name) => EMOJI[name] ?? ""))];
}

/** What people react with most, offered before anything is typed. */
const COMMON_REACTIONS: readonly string[] = ["👍", "❤️", "😂", "🎉", "🙏", "😢", "👀", "✅"];

/**
 * Returns the reactions to choose from for what was typed: the common ones for nothing, those whose names
 * begin so, or else the text itself, such as ㅋㅋ.
 */
export function reactionChoices(typed: string): string[] {
  const text = typed.trim().replace(/^:|:$/g, "");
  if (text === "") return [...COMMON_REACTIONS];
  const named = emojiWithPrefix(text).slice(0, COMMON_REACTIONS.length);
  return named.length > 0 ? named : [text];
}

/** The emoji that people write by name, in the names that most chat programs share. */
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

/** The emoji of `:name:`, or null. */
export function emojiOf(name: string): string | null {
  return Object.hasOwn(EMOJI, name) ? (EMOJI[name] ?? null) : null;
}

/** The emoji whose names begin so, each once, in the table's order: what `:ta` and Tab may mean. */
export function emojiBeginning(beginning: string): string[] {
  const fitting = Object.keys(EMOJI).filter((name) => name.startsWith(beginning.toLowerCase()));
  return [...new Set(fitting.map((name) => EMOJI[name] ?? ""))];
}

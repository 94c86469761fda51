/** Short names of common emoji, the same as in most chat programs, with Korean ones behind, and the reactions that are offered. */
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
  ...{ 좋아요: "👍", 최고: "👍", 싫어요: "👎", 오케이: "👌", 박수: "👏", 기도: "🙏", 감사: "🙏" },
  ...{ 힘: "💪", 안녕: "👋", 만세: "🙌", 눈: "👀", 미소: "😄", 웃음: "😂", 폭소: "🤣", 땀: "😅" },
  ...{ 윙크: "😉", 사랑: "😍", 생각: "🤔", 눈물: "😢", 울음: "😭", 화남: "😠", 놀람: "😱" },
  ...{ 잠: "😴", 선글라스: "😎", 파티: "🥳", 경례: "🫡", 하트: "❤️", 불: "🔥", 별: "⭐" },
  ...{ 반짝: "✨", 번개: "⚡", 축하: "🎉", 선물: "🎁", 케이크: "🍰", 커피: "☕", 맥주: "🍺" },
  ...{ 밥: "🍚", 확인: "✅", 경고: "⚠️", 물음표: "❓", 느낌표: "❗", 전구: "💡", 로켓: "🚀" },
  ...{ 버그: "🐛", 자물쇠: "🔒", 고정: "📌", 메모: "📝", 달력: "📅", 시계: "🕐", 전화: "📞" },
  ...{ 메일: "📧", 해: "☀️", 비: "🌧️" },
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

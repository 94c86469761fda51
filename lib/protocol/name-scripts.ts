/**
 * Which scripts a name may mix: Unicode's restriction level "highly restrictive"
 * (https://www.unicode.org/reports/tr39/#Restriction_Level_Detection). A name is of one script, or of one
 * of the three mixtures in which Japanese, Korean and Chinese are written beside Latin letters. Digits,
 * signs, emoji and marks belong to every script.
 */

const MIXTURES = [
  ["Latin", "Han", "Hangul"],
  ["Latin", "Han", "Hiragana", "Katakana"],
  ["Latin", "Han", "Bopomofo"],
] as const;

/** The other scripts that people write today (UAX 31, tables 5 and 7). Historical ones are for quotations. */
const SCRIPTS = [
  ..."Cyrillic Greek Arabic Armenian Bengali Devanagari Ethiopic Georgian Gujarati Gurmukhi".split(
    " ",
  ),
  ..."Hebrew Kannada Khmer Lao Malayalam Myanmar Oriya Sinhala Tamil Telugu Thaana Thai".split(" "),
  ..."Tibetan Adlam Balinese Bamum Batak Canadian_Aboriginal Chakma Cham Cherokee".split(" "),
  ..."Hanifi_Rohingya Javanese Kayah_Li Lepcha Limbu Lisu Mandaic Meetei_Mayek Miao".split(" "),
  ..."New_Tai_Lue Newa Nko Nyiakeng_Puachue_Hmong Ol_Chiki Osage Saurashtra Sundanese".split(" "),
  ..."Syloti_Nagri Syriac Tai_Le Tai_Tham Tai_Viet Tifinagh Vai Wancho Yi Mongolian".split(" "),
];

/** Why the scripts of a name are refused: "mixed": several; "letters": one that nobody writes today. */
type ScriptProblem = "mixed" | "letters";

/** Patterns of whole names, made when a name needs them: each takes some 50 µs to compile. */
const patterns = new Map<string, RegExp>();

/** Returns why a name's scripts are refused, or `null`. */
export function scriptProblem(name: string): ScriptProblem | null {
  if (MIXTURES.some((scripts) => isWrittenIn(name, scripts))) return null;
  if (SCRIPTS.some((script) => isWrittenIn(name, [script]))) return null;
  const allScripts = [...MIXTURES.flat(), ...SCRIPTS];
  return isWrittenIn(name, allScripts) ? "mixed" : "letters";
}

/** Whether every character belongs to one of the scripts, or to all (UAX 24's Script_Extensions). */
function isWrittenIn(name: string, scripts: readonly string[]): boolean {
  const key = scripts.join();
  let pattern = patterns.get(key);
  if (pattern === undefined) {
    const classes = [...scripts, "Common", "Inherited"].map((script) => `\\p{scx=${script}}`);
    pattern = new RegExp(`^[${classes.join("")}]*$`, "u");
    patterns.set(key, pattern);
  }
  return pattern.test(name);
}

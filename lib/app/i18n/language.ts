const LANGUAGES = ["en", "ko"] as const;
export type Language = (typeof LANGUAGES)[number];

/**
 * The language that a person asked for: `--lang` first, then LC_ALL, LC_MESSAGES and LANG, as
 * POSIX orders them (the first that is set and not empty decides, even when we don't speak it).
 * `kept` is what was chosen in Settings; it comes after the flag. Anything that isn't Korean is English.
 */
export function chooseLanguage(
  flag: string | null,
  kept: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  const asked =
    [flag, kept, environment["LC_ALL"], environment["LC_MESSAGES"], environment["LANG"]].find(
      (value) => value !== null && value !== undefined && value !== "",
    ) ?? "";
  return /^ko(?![a-z])|^korean/i.test(asked) ? "ko" : "en";
}

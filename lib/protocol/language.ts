/** A language in which Sodam talks to people. */
export type Language = "en" | "ko";

/**
 * Chooses the language: Korean if the first of these that is set and not empty names it, and English otherwise.
 * The order is the `--lang` flag, the language that earlier clients saved, then LC_ALL, LC_MESSAGES and LANG (POSIX,
 * https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02).
 */
export function chooseLanguage(
  flag: string | null,
  saved: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Language {
  const locale =
    [flag, saved, environment["LC_ALL"], environment["LC_MESSAGES"], environment["LANG"]].find(
      (value) => value !== null && value !== undefined && value !== "",
    ) ?? "";
  return /^ko(?![a-z])|^korean/i.test(locale) ? "ko" : "en";
}

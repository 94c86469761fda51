/**
 * The languages whose names of months and weekdays are known: those that Intl writes as systems do.
 */
const LANGUAGES = [
  ...["en", "ko", "ja", "zh", "de", "fr", "es", "it", "pt-BR", "pt-PT", "nl", "sv", "da", "nb"],
  ...["nn", "fi", "pl", "cs", "sk", "ru", "uk", "be", "bg", "hu", "ro", "tr", "el", "hr", "sr"],
  ...["sr-Latn", "sl", "mk", "lt", "lv", "et", "vi", "id", "ms", "th", "he", "ar", "ar-EG", "fa"],
  ...["hi", "ca", "eu", "gl", "is", "ga", "cy", "sq", "hy", "ka", "kk", "az", "uz", "af", "eo"],
];
/**
 * Short names of glibc that Intl writes otherwise: months from January, and weekdays from Sunday
 * on.
 */
const OTHER_NAMES: Readonly<
  Record<string, { readonly months?: string; readonly weekdays?: string }>
> = {
  ar: { months: "ينا فبر مار أبر ماي يون يول أغس سبت أكت نوف ديس", weekdays: "ح ن ث ر خ ج س" },
  be: {
    months: "сту лют сак кра мая чэр ліп жні вер кас ліс сне",
    weekdays: "Няд Пан Аўт Срд Чцв Пят Суб",
  },
  cs: { months: "led úno bře dub kvě čen čec srp zář říj lis pro" },
  el: { weekdays: "Κυρ Δευ Τρι Τετ Πεμ Παρ Σαβ" },
  he: { months: "ינו פבר מרץ אפר מאי יונ יול אוג ספט אוק נוב דצמ", weekdays: "א ב ג ד ה ו ש" },
  lv: { weekdays: "Sv P O T C Pk S" },
  ro: { weekdays: "Du Lu Ma Mi Jo Vi Sb" },
  th: { weekdays: "อา จ อ พ พฤ ศ ส" },
  tr: { weekdays: "Paz Pzt Sal Çrş Prş Cum Cts" },
};
const FORMS = ["short", "long"] as const;
/** Shorter beginnings of a name are names by themselves, or none. */
const MONTH_LETTERS_MIN = 3;
const WEEKDAY_LETTERS_MIN = 1;
/** 1 November 2026 was a Sunday. */
const SUNDAY = Date.UTC(2026, 10, 1);
const DAY_MS = 86_400_000;

/** Which of a language's months or weekdays a name means, counted from 0. */
interface NameIndex {
  readonly exact: ReadonlyMap<string, number>;
  /** The beginnings of the names; `null` for one of several. */
  readonly beginnings: ReadonlyMap<string, number | null>;
}

/** One language's names, each in several forms: months from January, weekdays from Sunday on. */
interface Names {
  readonly months: NameIndex;
  readonly weekdays: NameIndex;
}

let allNames: readonly Names[] | null = null;

/**
 * Returns the month (1 to 12) that a word names in any language, or `null` when none does or two
 * languages disagree. The day and its weekday's name decide then: "lis" is November in Polish and
 * October in Croatian.
 *
 * @param weekday the name that stands beside it; "" for none
 * @example monthNamed("nov.", "dim.", 2026, 22) === 11
 */
export function monthNamed(
  word: string,
  weekday: string,
  year: number,
  day: number,
): number | null {
  const [name, weekdayName] = [normalizeName(word), normalizeName(weekday)];
  const numbered = /^(\d{1,2})(?:월|月)$/u.exec(name);
  if (numbered !== null) return monthNumber(Number(numbered[1]));
  const dated = new Set<number>();
  const exact = new Set<number>();
  const possible = new Set<number>();
  allNames ??= LANGUAGES.map(namesOf);
  for (const { months, weekdays } of allNames) {
    const index = indexNamed(months, name);
    if (index === null) continue;
    const weekdayIndex = indexNamed(weekdays, weekdayName);
    // A language that doesn't know the weekday isn't the one that the line is written in.
    if (weekdayName !== "" && weekdayIndex === null) continue;
    possible.add(index + 1);
    if (months.exact.has(name)) exact.add(index + 1);
    if (weekdayIndex === new Date(Date.UTC(year, index, day)).getUTCDay()) dated.add(index + 1);
  }
  return onlyOne(dated) ?? onlyOne(exact) ?? onlyOne(possible);
}

function monthNumber(number: number): number | null {
  return number >= 1 && number <= 12 ? number : null;
}

function onlyOne(months: ReadonlySet<number>): number | null {
  const [month] = months;
  return months.size === 1 && month !== undefined ? month : null;
}

/**
 * Returns the index that has this name, or the only one of whose name it is the beginning; `null`
 * for none.
 */
function indexNamed({ exact, beginnings }: NameIndex, name: string): number | null {
  return exact.get(name) ?? beginnings.get(name) ?? null;
}

function indexOf(names: readonly ReadonlySet<string>[], lettersMin: number): NameIndex {
  const exact = new Map<string, number>();
  const beginnings = new Map<string, number | null>();
  for (const [index, forms] of names.entries()) {
    for (const form of forms) {
      if (!exact.has(form)) exact.set(form, index);
      const letters = [...form];
      for (let length = lettersMin; length < letters.length; length += 1) {
        const beginning = letters.slice(0, length).join("");
        const isOfOther = (beginnings.get(beginning) ?? index) !== index;
        beginnings.set(beginning, isOfOther || beginnings.get(beginning) === null ? null : index);
      }
    }
  }
  return { exact, beginnings };
}

function namesOf(language: string): Names {
  const locale = `${language}-u-ca-gregory-nu-latn`;
  const formats = FORMS.flatMap((form) => [
    new Intl.DateTimeFormat(locale, { month: form, timeZone: "UTC" }),
    // Many languages have another form of a month's name beside a day.
    new Intl.DateTimeFormat(locale, { month: form, day: "numeric", timeZone: "UTC" }),
  ]);
  const months = Array.from({ length: 12 }, (_, month) => {
    const date = new Date(Date.UTC(2026, month, 22));
    return new Set(formats.map((format) => partOf(format, date, "month")));
  });
  const weekdayFormats = FORMS.map(
    (weekday) => new Intl.DateTimeFormat(locale, { weekday, timeZone: "UTC" }),
  );
  const weekdays = Array.from({ length: 7 }, (_, index) => {
    const date = new Date(SUNDAY + index * DAY_MS);
    return new Set(weekdayFormats.map((format) => partOf(format, date, "weekday")));
  });
  const glibcNames = OTHER_NAMES[language];
  addNames(months, glibcNames?.months);
  addNames(weekdays, glibcNames?.weekdays);
  return {
    months: indexOf(months, MONTH_LETTERS_MIN),
    weekdays: indexOf(weekdays, WEEKDAY_LETTERS_MIN),
  };
}

function addNames(to: readonly Set<string>[], names: string | undefined): void {
  for (const [index, name] of (names ?? "").split(" ").entries()) {
    if (name !== "") to[index]?.add(normalizeName(name));
  }
}

function partOf(format: Intl.DateTimeFormat, date: Date, type: "month" | "weekday"): string {
  const part = format.formatToParts(date).find((candidate) => candidate.type === type);
  return normalizeName(part?.value ?? "");
}

function normalizeName(name: string): string {
  return name
    .normalize("NFC")
    .toLowerCase()
    .replace(/^\s+|[\s.,׳']+$/gu, "");
}

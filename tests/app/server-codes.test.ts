/** Every numeric and every FAIL code of our server has a sentence in both languages. */
import { describe, expect, test } from "bun:test";
import { systemSentence } from "../../lib/app/chat-screen/draw/system-line.ts";
import { en } from "../../lib/app/i18n/en.ts";
import { ko } from "../../lib/app/i18n/ko.ts";
import { blankLine } from "../../lib/chat-client/receive/message-to-line.ts";
import { NUMERIC } from "../../lib/protocol/wire/numerics.ts";
import { codeOf, SOURCE_FILES } from "../source.ts";
import { CALENDAR } from "./team.ts";

const SERVER = SOURCE_FILES.filter((path) => /^lib\/(?:chat|member)-server\//.test(path));
const SOURCE = SERVER.map(codeOf).join("\n");

/** The numerics that the server's source names. */
const SENT = [...new Set([...SOURCE.matchAll(/\bNUMERIC\.([A-Z0-9_]+)/g)].map(([, name]) => name))];

/** What looks like a code of FAIL and is one of NOTE, a verb, or a part of a code. */
const NO_FAILURES = [
  ...["BOTS_END", "BOT_CHANGED", "BOT_REMOVED", "BOT_TOKEN", "CERTS_END", "CERT_ADDED"],
  ...["CERT_REMOVED", "DATA_END", "DEVICE_SEEN", "EMAIL_CHANGED", "FORMER_NAME", "NAME_FREE"],
  ...["PASSWORD_CHANGED", "PASSWORD_RESET", "RECOVERY_CODE"],
  ...["RECOVERY_CODES_END", "RESET_LINK", "SECOND_FACTOR", "SECOND_FACTOR_KEY"],
  ...["SECOND_FACTOR_OFF", "SECOND_FACTOR_ON", "SESSIONS_END", "WINDOW_EXPIRED"],
];
/** Codes with an underscore are unmistakable; those without one stand where only a code can. */
const WITH_UNDERSCORE = /["`]([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)["`]/g;
const SINGLE_WORDS =
  /\b(?:fail\((?:[^,()"]+|"[A-Z]+"),\s*|fail\(|code:\s*)"([A-Z]{4,})"(?=[,\s})])/g;
/** Verbs that `fail` takes first. */
const VERBS =
  /^(?:BATCH|JOIN|UNINVITE|REPORTS?|RENAME|METADATA|PREFERENCE|AWAY|SETNAME|ACCOUNT|INVITATION|FILE)$/;
const MORE_VERBS = /^(?:AUTHENTICATE|REGISTER|VERIFY|CHATHISTORY|HISTORY|SEARCH|MARKREAD|REACT)$/;

function failureCodes(): string[] {
  const literals = [...SOURCE.matchAll(WITH_UNDERSCORE)].map(([, code = ""]) => code);
  const words = [...SOURCE.matchAll(SINGLE_WORDS)].map(([, code = ""]) => code);
  // `${verb}_FORBIDDEN`: the verbs are those of the two commands that change a message.
  const endings = [...SOURCE.matchAll(/\$\{verb\}(_[A-Z_]+)`/g)].map(([, ending]) => ending);
  const made = endings.flatMap((ending) => [`REDACT${ending}`, `EDIT${ending}`]);
  const codes = new Set([...literals, ...words, ...made]);
  return [...codes].filter(
    (code) => !NO_FAILURES.includes(code) && !VERBS.test(code) && !MORE_VERBS.test(code),
  );
}

test("every FAIL code has a sentence in both languages", () => {
  const codes = failureCodes();
  expect(codes.filter((code) => !Object.hasOwn(en.failures, code))).toEqual([]);
  expect(codes.filter((code) => !Object.hasOwn(ko.failures, code))).toEqual([]);
  expect(codes.length).toBeGreaterThan(70);
  for (const known of ["INTERRUPTED", "EDIT_WINDOW_EXPIRED", "TIMEOUT", "ALREADY_REPORTED"]) {
    expect(codes).toContain(known);
  }
});

test("what is left out as no code of FAIL is in the source still", () => {
  expect(NO_FAILURES.filter((code) => !SOURCE.includes(`"${code}"`))).toEqual([]);
});

describe("every numeric", () => {
  const codeOfName = (name: string | undefined): string => NUMERIC[name as keyof typeof NUMERIC];

  test("has a sentence in both languages", () => {
    for (const words of [en, ko]) {
      const without = SENT.filter((name) => {
        const code = codeOfName(name);
        return !Object.hasOwn(words.failures, code) && !Object.hasOwn(words.replies, code);
      });
      expect(without).toEqual([]);
    }
    expect(SENT.length).toBeGreaterThan(140);
  });

  /** Their text is the owner's or another person's, or a list of names: it has no language of ours. */
  const CONTENT = ["302", "311", "352", "353", "354", "371", "372", "375"];
  const HELP = ["704", "705", "706", "760", "761"];

  test("is told in the user's language, whatever the server says", () => {
    const texts = Object.keys(ko.replies).map((code) => {
      const params = ["tea", "jun", "mina!m@h", "English words of 5"];
      const line = { ...blankLine("k", 0, "info"), code, params, text: "English words of 5" };
      return [code, systemSentence(line, ko, CALENDAR)?.text ?? ""] as const;
    });
    const english = texts.filter(([, text]) => !/\p{Script=Hangul}/u.test(text));
    expect(english.map(([code]) => code).sort()).toEqual([...CONTENT, ...HELP].sort());
  });
});

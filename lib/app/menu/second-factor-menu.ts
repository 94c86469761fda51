/** The page of the second factor: setting it up, new recovery codes, switching it off. */
import type { ChatSession } from "../../chat-client/session.ts";
import {
  beginSetUp,
  type CodesOutcome,
  fetchSecondFactor,
  finishSetUp,
  renewRecoveryCodes,
  type SecondFactorRefusal,
  type SecondFactorStatus,
  type SetUpOutcome,
  switchOffSecondFactor,
} from "../../member-client/second-factor.ts";
import { type App, awaitCallback, refusalSentence } from "../app-context.ts";
import type { Choice } from "./prompts.ts";
import { qrRows } from "./qr-code.ts";

/** Cells that the menus put around a text, and the width of a window that doesn't tell its own. */
const MARGIN_CELLS = 4;
const COLUMNS_DEFAULT = 80;
const CODES_PER_ROW = 2;

/** Shows whether the second factor is on, and what can be done about it. */
export async function showSecondFactor(app: App, session: ChatSession): Promise<void> {
  const { prompts, words, calendar } = app;
  const { secondFactor } = words;
  const status = await awaitCallback<SecondFactorStatus>((done) =>
    fetchSecondFactor(session, done),
  );
  if (status.kind === "off") {
    prompts.info(secondFactor.explain);
    for (;;) {
      if ((await prompts.confirm(secondFactor.ask, words.yes, words.no)) !== true) return;
      const typed = await prompts.password(words.profile.currentPassword);
      if (typed === null) continue;
      await setUpSecondFactor(app, session, typed);
      return;
    }
  }
  if (status.kind !== "on") return prompts.warn(refusalSentence(words, status));
  const since = status.since === null ? "" : calendar.moment(status.since);
  prompts.info(secondFactor.isOn(since, status.left));
  const choices: Choice<"codes" | "off" | "back">[] = [
    { value: "codes", label: secondFactor.newCodes },
    { value: "off", label: secondFactor.switchOff },
    { value: "back", label: words.back },
  ];
  let choice: "codes" | "off" | "back" | null = "codes";
  let password: string | null = null;
  let code: string | null = null;
  while (password === null || code === null) {
    choice = await prompts.select(secondFactor.title, choices, choice);
    if (choice === null || choice === "back") return;
    password = await prompts.password(words.profile.currentPassword);
    code = password === null ? null : await prompts.text(secondFactor.code);
  }
  const proof = { password, code };
  if (choice === "codes") {
    const outcome = await awaitCallback<CodesOutcome>((done) =>
      renewRecoveryCodes(session, proof.password, proof.code, done),
    );
    if (outcome.kind === "codes") return showCodes(app, outcome.codes);
    return prompts.warn(sentenceOf(app, outcome));
  }
  const outcome = await awaitCallback<{ kind: "done" } | SecondFactorRefusal>((done) =>
    switchOffSecondFactor(session, proof.password, proof.code, done),
  );
  if (outcome.kind === "done") prompts.success(secondFactor.isOff);
  else prompts.warn(sentenceOf(app, outcome));
}

/** Sets the second factor up with the user's authenticator app. Resolves to whether it is on now. */
export async function setUpSecondFactor(
  app: App,
  session: ChatSession,
  password: string,
): Promise<boolean> {
  const { prompts, words } = app;
  const { secondFactor } = words;
  const key = await awaitCallback<SetUpOutcome>((done) => beginSetUp(session, password, done));
  if (key.kind !== "key") {
    prompts.warn(sentenceOf(app, key));
    return false;
  }
  const columns = (app.ports.stdout.columns || COLUMNS_DEFAULT) - MARGIN_CELLS;
  const rows = await qrRows(key.address, columns);
  const letters = key.secret.replace(/(?<=^(?:.{4})+)(?=.)/g, " ");
  if (rows === null) prompts.info(secondFactor.typeKey(letters));
  else {
    prompts.info(rows.join("\n"));
    prompts.info(secondFactor.scanKey(letters));
  }
  for (;;) {
    const code = await prompts.text(secondFactor.firstCode);
    if (code === null) return false;
    const outcome = await awaitCallback<CodesOutcome>((done) => finishSetUp(session, code, done));
    if (outcome.kind === "codes") {
      prompts.success(secondFactor.done);
      showCodes(app, outcome.codes);
      return true;
    }
    prompts.warn(sentenceOf(app, outcome));
    if (outcome.kind !== "wrong-code") return false;
  }
}

function showCodes({ prompts, words }: App, codes: readonly string[]): void {
  const rows: string[] = [];
  for (let n = 0; n < codes.length; n += CODES_PER_ROW) {
    rows.push(codes.slice(n, n + CODES_PER_ROW).join("  "));
  }
  prompts.note(words.secondFactor.codesTitle, rows.join("\n"));
  prompts.info(words.secondFactor.codesHint);
}

function sentenceOf(
  { words }: App,
  outcome: Exclude<SecondFactorRefusal | SetUpOutcome | CodesOutcome, { kind: "key" | "codes" }>,
): string {
  switch (outcome.kind) {
    case "wrong":
      return words.profile.wrongPassword;
    case "wrong-code":
      return words.secondFactor.wrongCode;
    case "required":
      return words.secondFactor.required;
    default:
      return refusalSentence(words, outcome);
  }
}

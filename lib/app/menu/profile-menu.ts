/** The profile menu: everything about the user's own account, and the privacy of read receipts. */
import type { ChatLine } from "../../chat-client/client-state.ts";
import { keepsPreferences } from "../../chat-client/server-names.ts";
import type { ChatSession } from "../../chat-client/session.ts";
import {
  changePassword,
  type DeleteOutcome,
  type Device,
  deleteAccount,
  eraseMessages,
  listDevices,
  type PasswordOutcome,
  removeDevice,
} from "../../member-client/account.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, logInKey, refusalSentence, serverKey } from "../app-context.ts";
import { systemSentence } from "../chat-screen/draw/system-line.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import { sharesReceipts } from "../saved/saved-state.ts";
import { configurationProblem } from "../slash/setting-commands.ts";
import { showBots } from "./bots-menu.ts";
import { showInvitations } from "./invitations-menu.ts";
import { forgetDevice, rememberDevice } from "./log-in-menu.ts";
import type { Choice } from "./prompts.ts";
import { showSecondFactor } from "./second-factor-menu.ts";
import { showSessions } from "./sessions-menu.ts";
import { askPassword, passwordSentence } from "./sign-up-menu.ts";

/** The pages of the profile menu; slash commands open them directly as well. */
export type ProfilePage =
  | "password"
  | "devices"
  | "sessions"
  | "second-factor"
  | "bots"
  | "invitations"
  | "receipts"
  | "language"
  | "forget"
  | "delete";

/** Hexadecimal digits of a fingerprint that stand for a device without a label. */
const FINGERPRINT_DIGITS_SHOWN = 16;

/**
 * Shows the profile menu until the user goes back. Resolves to "deleted" when the account was deleted. Only an
 * owner sees the page of invitations.
 */
export async function showProfile(
  app: App,
  connection: ServerConnection,
  isOwner: boolean,
): Promise<"back" | "deleted"> {
  const server = serverKey(connection.link);
  let selected: ProfilePage | undefined;
  for (;;) {
    const { words, prompts } = app;
    // Elsewhere an account is the services' matter, and a guest has none: these pages could only fail.
    const { caps, me } = connection.session.state;
    const isOurs = caps.has("sodam.chat/account") && me.account !== null;
    const accountPages: Choice<ProfilePage>[] = [
      { value: "password", label: words.profile.password },
      { value: "devices", label: words.profile.devices },
      { value: "sessions", label: words.sessions.title },
      { value: "second-factor", label: words.secondFactor.title },
      { value: "bots", label: words.bots.title },
    ];
    const ownData: Choice<ProfilePage>[] = [
      { value: "forget", label: words.profile.forget },
      { value: "delete", label: words.profile.delete },
    ];
    const choices: Choice<ProfilePage | "back">[] = [
      ...(isOurs ? accountPages : []),
      ...(isOwner ? [{ value: "invitations" as const, label: words.profile.invitations }] : []),
      ...(connection.session.receiptsOffered
        ? [
            {
              value: "receipts" as const,
              label: words.receipts.label,
              hint: sharesReceipts(app.ports.saved, server)
                ? words.settings.on
                : words.settings.off,
            },
          ]
        : []),
      { value: "language", label: words.profile.language },
      ...(isOurs ? ownData : []),
      { value: "back", label: words.back },
    ];
    const page = await prompts.select(words.profile.title, choices, selected);
    if (page === null || page === "back") return "back";
    selected = page;
    if ((await showProfilePage(app, connection, page)) === "deleted") return "deleted";
  }
}

/** Shows one page of the profile menu. Resolves to "deleted" when the account was deleted on it. */
export async function showProfilePage(
  app: App,
  connection: ServerConnection,
  page: ProfilePage,
): Promise<"back" | "deleted"> {
  switch (page) {
    case "password":
      await showPasswordPage(app, connection);
      return "back";
    case "devices":
      await showDevices(app, connection);
      return "back";
    case "sessions":
      await showSessions(app, connection);
      return "back";
    case "second-factor":
      await showSecondFactor(app, connection.session);
      return "back";
    case "bots":
      await showBots(app, connection.session);
      return "back";
    case "invitations":
      await showInvitations(app, connection);
      return "back";
    case "receipts":
      toggleReceipts(app, connection);
      return "back";
    case "language":
      await chooseLanguage(app);
      return "back";
    case "forget":
      await showEraseMessages(app, connection);
      return "back";
    case "delete":
      return (await showDeleteAccount(app, connection)) ? "deleted" : "back";
  }
}

/** Asks for the language of the client, switches to it, and writes it into client.toml. */
export async function chooseLanguage(app: App): Promise<void> {
  const language = await app.prompts.select(
    app.words.settings.language,
    [
      { value: "en" as const, label: "English" },
      { value: "ko" as const, label: "한국어" },
    ],
    app.language,
  );
  if (language === null || language === app.language) return;
  const outcome = app.ports.configuration.change("lang", language, language);
  app.setLanguage(language);
  if (outcome.kind === "failed") app.prompts.warn(configurationProblem(app, outcome.why));
  app.prompts.success(app.words.profile.languageChanged);
}

/**
 * Asks once, for all servers and devices, whether to share read receipts; a user who doesn't share them doesn't see those
 * of others. The answer is kept on this device, and at a server of ours for the other ones. Does nothing if the server
 * has none. A question that the user left is asked again at the next log-in. Call it when the server has told what it
 * stores.
 */
export async function askReceipts(app: App, { session, link }: ServerConnection): Promise<void> {
  const { prompts, words, ports } = app;
  const { state } = session;
  if (!session.receiptsOffered || state.me.account === null) return;
  const server = serverKey(link);
  const stored = state.preferences.get("*", "receipts");
  if (stored !== null) {
    const isOn = stored === "on";
    // A no holds everywhere. A yes holds here alone: any server can say that the user has given it.
    if (!isOn && ports.saved.receipts === undefined) ports.save({ receipts: false });
    if (sharesReceipts(ports.saved, server) !== isOn) saveReceiptsAt(ports, server, isOn);
    return session.setReceipts(isOn);
  }
  let answer: boolean | null = ports.saved.receipts ?? null;
  if (answer === null) {
    const { ask, yes, no } = words.receipts;
    answer = await prompts.confirm(ask, yes, no);
    if (answer === null) return;
    ports.save({ receipts: answer });
    session.setReceipts(answer);
  }
  tellReceipts(session, sharesReceipts(ports.saved, server));
}

/** Turns read receipts on or off at this server; the answer to the question stays that for all others. */
function toggleReceipts({ ports }: App, { link, session }: ServerConnection): void {
  const server = serverKey(link);
  const isOn = !sharesReceipts(ports.saved, server);
  saveReceiptsAt(ports, server, isOn);
  session.setReceipts(isOn);
  tellReceipts(session, isOn);
}

function saveReceiptsAt(ports: App["ports"], server: string, isOn: boolean): void {
  ports.save({ receiptsAt: { ...ports.saved.receiptsAt, [server]: isOn } });
}

/** Lets the server tell the answer to the user's other devices. */
function tellReceipts(session: ChatSession, isOn: boolean): void {
  if (!keepsPreferences(session.state)) return;
  session.preferences.set("*", "receipts", isOn ? "on" : "off");
}

async function showPasswordPage(app: App, { session }: ServerConnection): Promise<void> {
  const { prompts, words } = app;
  const account = session.state.me.account ?? "";
  const currentPassword = await prompts.password(words.profile.currentPassword);
  if (currentPassword === null) return;
  const newPassword = await askPassword(app, words.profile.newPassword, account);
  if (newPassword === null) return;
  const { drop, keep, dropDevices } = words.sessions;
  const dropsDevices = await prompts.confirm(dropDevices, drop, keep);
  if (dropsDevices === null) return;
  const outcome = await awaitCallback<PasswordOutcome>((done) =>
    changePassword(session, currentPassword, newPassword, !dropsDevices, done),
  );
  if (outcome.kind === "done") prompts.success(words.profile.passwordChanged);
  else if (outcome.kind === "wrong") prompts.warn(words.profile.wrongPassword);
  else if (outcome.kind === "weak-password") prompts.warn(passwordSentence(words, outcome.problem));
  else prompts.warn(refusalSentence(words, outcome));
}

async function showDevices(app: App, connection: ServerConnection): Promise<void> {
  const { prompts, words, calendar, ports } = app;
  const { session } = connection;
  const outcome = await awaitCallback<Parameters<Parameters<typeof listDevices>[1]>[0]>((done) =>
    listDevices(session, done),
  );
  if (outcome.kind !== "devices") return prompts.warn(refusalSentence(words, outcome));
  const key = logInKey(ports.saved, connection.link);
  const isRemembered = ports.saved.accounts?.[key] !== undefined;
  const canRemember = ports.device(connection.link) === "shown" && ports.unsaved === null;
  if (outcome.devices.length === 0) prompts.info(words.profile.noDevices);
  const choices: Choice<Device | "this" | "back">[] = [
    ...outcome.devices.map((device) => {
      const added = device.addedAt === null ? "" : calendar.moment(device.addedAt);
      const label = sanitize(device.label) || device.fingerprint.slice(0, FINGERPRINT_DIGITS_SHOWN);
      return { value: device, label, hint: added };
    }),
    ...(isRemembered || !canRemember
      ? []
      : [{ value: "this" as const, label: words.profile.thisDevice }]),
    { value: "back", label: words.back },
  ];
  let choice = await prompts.select(words.profile.dropDevice, choices);
  while (choice === "this") {
    const password = await prompts.password(words.profile.currentPassword);
    const account = session.state.me.account;
    if (password !== null && account !== null) {
      return rememberDevice(app, connection, account, password);
    }
    choice = await prompts.select(words.profile.dropDevice, choices, choice);
  }
  if (choice === null || choice === "back") return;
  const { fingerprint, label: dropped } = choice;
  const removal = await awaitCallback<Parameters<Parameters<typeof removeDevice>[2]>[0]>((done) =>
    removeDevice(session, fingerprint, done),
  );
  if (removal.kind === "unknown") return prompts.warn(words.failures.NO_SUCH_CERT(""));
  if (removal.kind !== "done") return prompts.warn(refusalSentence(words, removal));
  prompts.success(words.profile.deviceDropped);
  if (dropped === ports.deviceName) forgetDevice(app, key);
}

/** Erases all messages of the account, after the user has typed the account name and the password. */
async function showEraseMessages(app: App, connection: ServerConnection): Promise<void> {
  const { prompts, words } = app;
  const { session } = connection;
  const account = session.state.me.account ?? "";
  prompts.warn(words.profile.forgetWarning);
  const typed = await prompts.text(words.profile.forgetAsk(sanitize(account)));
  if (typed === null) return;
  if (typed !== account) return prompts.info(words.profile.deleteMismatch);
  const password = await prompts.password(words.profile.currentPassword);
  if (password === null) return;
  const confirmation = awaitEraseConfirmation(connection);
  const outcome = await awaitCallback<DeleteOutcome>((done) =>
    eraseMessages(session, password, done),
  );
  if (outcome.kind === "done") {
    prompts.info(words.profile.forgetting);
    const line = await confirmation.promise;
    if (line === null) prompts.warn(words.menu.lost);
    else prompts.success(systemSentence(line, words, app.calendar)?.text ?? "");
  } else if (outcome.kind === "wrong") prompts.warn(words.profile.wrongPassword);
  else prompts.warn(refusalSentence(words, outcome));
  confirmation.stop();
}

/**
 * Waits for the server's line that all messages are erased, which takes seconds where there are many. The
 * promise resolves to null when the connection ends first. Call `stop` in any case.
 */
function awaitEraseConfirmation(connection: ServerConnection) {
  const { promise, resolve } = Promise.withResolvers<ChatLine | null>();
  const stop = connection.listen((event) => {
    if (event.kind === "line-added" && event.line.code === "FORGOTTEN") resolve(event.line);
    else if (event.kind === "disconnected") resolve(null);
  });
  return { promise, stop };
}

/** Deletes the account after the user has typed its name and the password. Resolves to whether it was deleted. */
async function showDeleteAccount(app: App, connection: ServerConnection): Promise<boolean> {
  const { prompts, words } = app;
  const account = connection.session.state.me.account ?? "";
  prompts.warn(words.profile.deleteWarning);
  const typed = await prompts.text(words.profile.deleteAsk(sanitize(account)));
  if (typed === null) return false;
  if (typed !== account) {
    prompts.info(words.profile.deleteMismatch);
    return false;
  }
  const password = await prompts.password(words.profile.currentPassword);
  if (password === null) return false;
  // The server ends the connection of a deleted account.
  connection.autoReconnect = false;
  const outcome = await awaitCallback<DeleteOutcome>((done) =>
    deleteAccount(connection.session, password, done),
  );
  if (outcome.kind === "done") {
    prompts.success(words.profile.deleted);
    forgetDevice(app, logInKey(app.ports.saved, connection.link));
    return true;
  }
  connection.autoReconnect = true;
  if (outcome.kind === "wrong") prompts.warn(words.profile.wrongPassword);
  else prompts.warn(refusalSentence(words, outcome));
  return false;
}

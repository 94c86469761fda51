/** The page of one's own account. */
import type { ChatLine } from "../../chat-client/client-state.ts";
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
import {
  createInvitation,
  type KnownInvitation,
  listInvitations,
  withdrawInvitation,
} from "../../member-client/invitations.ts";
import { clientCommand } from "../../protocol/server-link.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, asked, placeOf, refusalSentence } from "../app-context.ts";
import { systemSentence } from "../chat-screen/draw/system-line.ts";
import type { Reconnector } from "../connection/server-connection.ts";
import { forgetDevice, keepDevice } from "./log-in-menu.ts";
import { setReceipts } from "./read-receipts-prompt.ts";
import { askPassword, passwordSentence } from "./sign-up-menu.ts";

export type ProfilePage =
  | "password"
  | "devices"
  | "invitations"
  | "receipts"
  | "language"
  | "forget"
  | "delete";

/**
 * Until one goes back; "deleted" when there is no account any more. Of `invitations` only the owner
 * is told.
 */
export async function showProfile(
  app: App,
  connection: Reconnector,
  isOwner: boolean,
): Promise<"back" | "deleted"> {
  for (;;) {
    const { words, prompts } = app;
    const page = await prompts.select<ProfilePage | "back">(words.profile.title, [
      { value: "password", label: words.profile.password },
      { value: "devices", label: words.profile.devices },
      ...(isOwner ? [{ value: "invitations" as const, label: words.profile.invitations }] : []),
      ...(connection.session.receiptsOffered
        ? [
            {
              value: "receipts" as const,
              label: words.receipts.label,
              hint: app.ports.saved.receipts === true ? words.settings.on : words.settings.off,
            },
          ]
        : []),
      { value: "language", label: words.profile.language },
      { value: "forget", label: words.profile.forget },
      { value: "delete", label: words.profile.delete },
      { value: "back", label: words.back },
    ]);
    if (page === null || page === "back") return "back";
    if ((await showProfilePage(app, connection, page)) === "deleted") return "deleted";
  }
}

export async function showProfilePage(
  app: App,
  connection: Reconnector,
  page: ProfilePage,
): Promise<"back" | "deleted"> {
  switch (page) {
    case "password":
      await newPassword(app, connection);
      return "back";
    case "devices":
      await devices(app, connection);
      return "back";
    case "invitations":
      await invitations(app, connection);
      return "back";
    case "receipts":
      setReceipts(app, connection.session, app.ports.saved.receipts !== true);
      return "back";
    case "language":
      await chooseLanguage(app);
      return "back";
    case "forget":
      await takeBackAll(app, connection);
      return "back";
    case "delete":
      return (await removeAccount(app, connection)) ? "deleted" : "back";
  }
}

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
  app.setLanguage(language);
  app.prompts.good(app.words.profile.languageChanged);
}

async function newPassword(app: App, { session }: Reconnector): Promise<void> {
  const { prompts, words } = app;
  const account = session.state.me.account ?? "";
  const present = await prompts.password(words.profile.currentPassword);
  if (present === null) return;
  const next = await askPassword(app, words.profile.newPassword, account);
  if (next === null) return;
  const outcome = await asked<PasswordOutcome>((done) =>
    changePassword(session, present, next, done),
  );
  if (outcome.kind === "done") prompts.good(words.profile.passwordChanged);
  else if (outcome.kind === "wrong") prompts.bad(words.profile.wrongPassword);
  else if (outcome.kind === "weak-password") prompts.bad(passwordSentence(words, outcome.problem));
  else prompts.bad(refusalSentence(words, outcome));
}

async function devices(app: App, connection: Reconnector): Promise<void> {
  const { prompts, words, calendar, ports } = app;
  const { session } = connection;
  const outcome = await asked<Parameters<Parameters<typeof listDevices>[1]>[0]>((done) =>
    listDevices(session, done),
  );
  if (outcome.kind !== "devices") return prompts.bad(refusalSentence(words, outcome));
  const place = placeOf(connection.link);
  const remembered = ports.saved.accounts?.[place] !== undefined;
  if (outcome.devices.length === 0) prompts.say(words.profile.noDevices);
  const choice = await prompts.select<Device | "this" | "back">(words.profile.dropDevice, [
    ...outcome.devices.map((device) => {
      const added = device.addedAt === null ? "" : calendar.moment(device.addedAt);
      const label = `${sanitize(device.label) || device.fingerprint.slice(0, 16)}`;
      return { value: device, label, hint: added };
    }),
    ...(remembered ? [] : [{ value: "this" as const, label: words.profile.thisDevice }]),
    { value: "back", label: words.back },
  ]);
  if (choice === null || choice === "back") return;
  if (choice === "this") {
    const password = await prompts.password(words.profile.currentPassword);
    const account = session.state.me.account;
    if (password !== null && account !== null) {
      await keepDevice(app, connection, account, password);
    }
    return;
  }
  const dropped = await asked<Parameters<Parameters<typeof removeDevice>[2]>[0]>((done) =>
    removeDevice(session, choice.fingerprint, done),
  );
  if (dropped.kind === "unknown") return prompts.bad(words.failures.NO_SUCH_CERT(""));
  if (dropped.kind !== "done") return prompts.bad(refusalSentence(words, dropped));
  prompts.good(words.profile.deviceDropped);
  if (choice.label === ports.deviceName) forgetDevice(app, place);
}

async function invitations(app: App, connection: Reconnector): Promise<void> {
  const { prompts, words, calendar } = app;
  const { session } = connection;
  const outcome = await asked<Parameters<Parameters<typeof listInvitations>[1]>[0]>((done) =>
    listInvitations(session, done),
  );
  if (outcome.kind === "not-owner") return prompts.bad(words.failures.NOT_OWNER(""));
  if (outcome.kind !== "invitations") return prompts.bad(refusalSentence(words, outcome));
  if (outcome.invitations.length === 0) prompts.say(words.profile.invitationNone);
  const choice = await prompts.select<KnownInvitation | "new" | "back">(words.profile.invitations, [
    { value: "new", label: words.profile.invitationNew },
    ...outcome.invitations.map((one) => {
      const until =
        one.expiresAt === null
          ? words.profile.invitationForever
          : words.profile.invitationUntil(calendar.moment(one.expiresAt));
      const used = `${one.used}/${one.uses ?? "∞"}`;
      return { value: one, label: words.profile.invitationEntry(sanitize(one.id), used, until) };
    }),
    { value: "back", label: words.back },
  ]);
  if (choice === null || choice === "back") return;
  if (choice === "new") return newInvitation(app, connection);
  const sure = words.profile.invitationWithdraw(sanitize(choice.id));
  if ((await prompts.confirm(sure, words.yes, words.no, false)) !== true) return;
  const gone = await asked<Parameters<Parameters<typeof withdrawInvitation>[2]>[0]>((done) =>
    withdrawInvitation(session, choice.id, done),
  );
  if (gone.kind === "withdrawn") prompts.good(words.profile.invitationWithdrawn);
  else if (gone.kind === "unknown") prompts.bad(words.failures.NO_SUCH_INVITATION(""));
  else if (gone.kind === "not-owner") prompts.bad(words.failures.NOT_OWNER(""));
  else prompts.bad(refusalSentence(words, gone));
}

async function newInvitation(app: App, connection: Reconnector): Promise<void> {
  const { prompts, words } = app;
  const problem = (typed: string): string | null =>
    /^\d{0,6}$/.test(typed.trim()) ? null : words.profile.number;
  const uses = await prompts.text(words.profile.invitationUses, { problem });
  if (uses === null) return;
  const hours = await prompts.text(words.profile.invitationHours, { problem });
  if (hours === null) return;
  const wanted = {
    ...(uses === "" ? {} : { uses: Number(uses) }),
    ...(hours === "" ? {} : { hours: Number(hours) }),
  };
  const outcome = await asked<Parameters<Parameters<typeof createInvitation>[2]>[0]>((done) =>
    createInvitation(connection.session, wanted, done),
  );
  if (outcome.kind === "created") {
    const code = sanitize(outcome.invitation.code);
    const line = clientCommand(connection.linkWith(code));
    // Not in a box: a line that is to be copied must have nothing beside it.
    app.ports.stdout.write(`\n${words.profile.invitationMade(line, code)}\n\n`);
  } else if (outcome.kind === "not-owner") prompts.bad(words.failures.NOT_OWNER(""));
  else prompts.bad(refusalSentence(words, outcome));
}

/** All that one said: asked for by name, and then by password. */
async function takeBackAll(app: App, connection: Reconnector): Promise<void> {
  const { prompts, words } = app;
  const { session } = connection;
  const account = session.state.me.account ?? "";
  prompts.bad(words.profile.forgetWarning);
  const typed = await prompts.text(words.profile.forgetAsk(sanitize(account)));
  if (typed === null) return;
  if (typed !== account) return prompts.say(words.profile.deleteMismatch);
  const password = await prompts.password(words.profile.currentPassword);
  if (password === null) return;
  const end = endOfTakingBack(connection);
  const outcome = await asked<DeleteOutcome>((done) => eraseMessages(session, password, done));
  if (outcome.kind === "done") {
    prompts.say(words.profile.forgetting);
    const line = await end.promise;
    if (line === null) prompts.bad(words.menu.lost);
    else prompts.good(systemSentence(line, words)?.text ?? "");
  } else if (outcome.kind === "wrong") prompts.bad(words.profile.wrongPassword);
  else prompts.bad(refusalSentence(words, outcome));
  end.stop();
}

/** What the server says when all is done, which takes seconds where much was said; `null`: the line was cut. */
function endOfTakingBack(connection: Reconnector) {
  const { promise, resolve } = Promise.withResolvers<ChatLine | null>();
  const stop = connection.listen((event) => {
    if (event.kind === "line-added" && event.line.code === "FORGOTTEN") resolve(event.line);
    else if (event.kind === "disconnected") resolve(null);
  });
  return { promise, stop };
}

async function removeAccount(app: App, connection: Reconnector): Promise<boolean> {
  const { prompts, words } = app;
  const account = connection.session.state.me.account ?? "";
  prompts.bad(words.profile.deleteWarning);
  const typed = await prompts.text(words.profile.deleteAsk(sanitize(account)));
  if (typed === null) return false;
  if (typed !== account) {
    prompts.say(words.profile.deleteMismatch);
    return false;
  }
  const password = await prompts.password(words.profile.currentPassword);
  if (password === null) return false;
  connection.stays = false;
  const outcome = await asked<DeleteOutcome>((done) =>
    deleteAccount(connection.session, password, done),
  );
  if (outcome.kind === "done") {
    prompts.good(words.profile.deleted);
    forgetDevice(app, placeOf(connection.link));
    return true;
  }
  connection.stays = true;
  if (outcome.kind === "wrong") prompts.bad(words.profile.wrongPassword);
  else prompts.bad(refusalSentence(words, outcome));
  return false;
}

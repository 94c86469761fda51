/** The page of invitations to the server: a list, a new one, withdrawing one. */
import type { ChatSession } from "../../chat-client/session.ts";
import {
  type CreatedOutcome,
  createInvitation,
  type KnownInvitation,
  listInvitations,
  withdrawInvitation,
} from "../../member-client/invitations.ts";
import { clientCommand } from "../../protocol/shell-command.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, refusalSentence } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";
import type { Choice } from "./prompts.ts";

/** Digits of a count or a number of hours that the user may type. */
const INVITATION_NUMBER = /^\d{0,6}$/;

/** Lists the invitations to the server, makes one, and withdraws one. */
export async function showInvitations(app: App, connection: ServerConnection): Promise<void> {
  const { prompts, words, calendar } = app;
  const { session } = connection;
  const outcome = await awaitCallback<Parameters<Parameters<typeof listInvitations>[1]>[0]>(
    (done) => listInvitations(session, done),
  );
  if (outcome.kind === "not-owner") return prompts.warn(words.failures.NOT_OWNER(""));
  if (outcome.kind !== "invitations") return prompts.warn(refusalSentence(words, outcome));
  if (outcome.invitations.length === 0) prompts.info(words.profile.invitationNone);
  const choices: Choice<KnownInvitation | "new" | "back">[] = [
    { value: "new", label: words.profile.invitationNew },
    ...outcome.invitations.map((invitation) => {
      const { id, expiresAt, uses } = invitation;
      const until =
        expiresAt === null
          ? words.profile.invitationForever
          : words.profile.invitationUntil(calendar.moment(expiresAt));
      const used = `${invitation.used}/${uses ?? "∞"}`;
      return { value: invitation, label: words.profile.invitationEntry(sanitize(id), used, until) };
    }),
    { value: "back", label: words.back },
  ];
  let choice: KnownInvitation | "new" | "back" | null = null;
  do {
    choice = await prompts.select(words.profile.invitations, choices, choice ?? "new");
    if (choice === null || choice === "back") return;
  } while (
    !(await (choice === "new" ? makeInvitation(app, connection) : withdraw(app, session, choice)))
  );
}

/** Withdraws an invitation after a yes. Resolves to false when the user went back. */
async function withdraw(
  { prompts, words }: App,
  session: ChatSession,
  { id }: KnownInvitation,
): Promise<boolean> {
  const question = words.profile.invitationWithdraw(sanitize(id));
  if ((await prompts.confirm(question, words.yes, words.no, false)) !== true) return false;
  const withdrawal = await awaitCallback<Parameters<Parameters<typeof withdrawInvitation>[2]>[0]>(
    (done) => withdrawInvitation(session, id, done),
  );
  if (withdrawal.kind === "withdrawn") prompts.success(words.profile.invitationWithdrawn);
  else if (withdrawal.kind === "unknown") prompts.warn(words.failures.NO_SUCH_INVITATION(""));
  else if (withdrawal.kind === "not-owner") prompts.warn(words.failures.NOT_OWNER(""));
  else prompts.warn(refusalSentence(words, withdrawal));
  return true;
}

/** Makes an invitation and shows it. Resolves to false when the user went back. */
async function makeInvitation(app: App, connection: ServerConnection): Promise<boolean> {
  const { prompts, words } = app;
  const problem = (typed: string): string | null =>
    INVITATION_NUMBER.test(typed.trim()) ? null : words.profile.number;
  const uses = await prompts.text(words.profile.invitationUses, { problem });
  if (uses === null) return false;
  const hours = await prompts.text(words.profile.invitationHours, { problem });
  if (hours === null) return false;
  const limits = {
    uses: uses === "" ? 1 : Number(uses),
    ...(hours === "" ? {} : { hours: Number(hours) }),
  };
  const outcome = await awaitCallback<CreatedOutcome>((done) =>
    createInvitation(connection.session, limits, done),
  );
  if (outcome.kind === "created") {
    const { code } = outcome.invitation;
    const command = clientCommand(app.ports.program, connection.linkWith({ invitation: code }));
    prompts.forCopying(words.profile.invitationMade(command, code), command);
  } else if (outcome.kind === "bad-code") prompts.warn(words.profile.invitationBroken);
  else if (outcome.kind === "not-owner") prompts.warn(words.failures.NOT_OWNER(""));
  else prompts.warn(refusalSentence(words, outcome));
  return true;
}

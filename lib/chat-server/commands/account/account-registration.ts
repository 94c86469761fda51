import type { SignUpPlan, SignUpRefusal, SignUpRequest } from "../../../member-server/sign-up.ts";
import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { PASSWORD_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import { type Command, type CommandContext, inSteps, query, type Steps } from "../../command.ts";
import { TOO_MANY_NAMES } from "../../relay/error-replies.ts";
import { lacksSecondFactor, serverPasswordRefusal } from "../../sessions/complete-registration.ts";
import { listedSentence, lookUp } from "../../sessions/dns-listing.ts";
import { isInvited, noteLogIn, placeOf } from "../../sessions/password-attempt.ts";
import { afterLogIn, logIn } from "../../sessions/session-log-in.ts";
import { invitationHashes, mayAskForAccount, refundName } from "../../users/asked-names.ts";
import { nickRefusal } from "../../users/nick-availability.ts";
import { SERVER_PASSWORD_NEEDED } from "./account-replies.ts";
import { SET_UP_FIRST } from "./authenticate.ts";

/** REGISTER and VERIFY: creating an account. https://ircv3.net/specs/extensions/account-registration */

const NAME_SENTENCES = {
  empty: "Give a name",
  "too-long": "That name is too long",
  letters: "A name can have letters and digits of any language, and - _ [ ] \\ ` ^ { } |",
  invisible: "That name contains invisible characters",
  mixed: "That name mixes alphabets that look alike",
  reserved: "That name is reserved",
} as const;

const PASSWORD_REPLIES = {
  "too-short": ["WEAK_PASSWORD", "That password is too short. Try a whole sentence"],
  "too-long": ["UNACCEPTABLE_PASSWORD", `A password can have at most ${PASSWORD_BYTES_MAX} bytes`],
  name: ["WEAK_PASSWORD", "Your password can't be your name"],
  common: [
    "WEAK_PASSWORD",
    "That password is one of those that are guessed first. Try a whole sentence",
  ],
  control: ["UNACCEPTABLE_PASSWORD", "That password contains a control character"],
  characters: [
    "UNACCEPTABLE_PASSWORD",
    "That password contains a character that not every keyboard types the same, such as an invisible one",
  ],
} as const;

/** Creates an account and logs the session in: `REGISTER <account or *> <e-mail or *> <password>`. */
export const REGISTER: Command = {
  verb: "REGISTER",
  params: 0,
  phase: "any",
  cost: 5,
  handle: inSteps(function* (context) {
    const { state, session, reply, params } = context;
    const [requestedName = "", email = "", password = ""] = params;
    if (params.length < 3) {
      const sentence = "Give a name, an e-mail address or *, and a password";
      return reply.fail("REGISTER", "NEED_MORE_PARAMS", [], sentence);
    }
    // A client whose nick is in use gets "name taken", and not "nick required".
    const ownName = session.nickOrStar === "*" ? (session.refusedNick ?? "*") : session.nickOrStar;
    const name = requestedName === "*" ? ownName : requestedName;
    if (session.account !== null) {
      const sentence = "You are already logged in";
      return reply.fail("REGISTER", "ALREADY_AUTHENTICATED", [session.account], sentence);
    }
    if (session.phase === "unregistered" && !state.options.registerBeforeConnect) {
      return failUntilConnected(context, "REGISTER", name);
    }
    if (session.nickOrStar === "*" && (requestedName !== "*" || name === "*")) {
      return reply.fail("REGISTER", "NEED_NICK", ["*"], "Choose a nick first");
    }
    if (state.options.email === "required" && email === "*") {
      const sentence = "This server requires an e-mail address";
      return reply.fail("REGISTER", "INVALID_EMAIL", [name], sentence);
    }
    // Signing up requires the server's password like connecting does.
    const passwordRefusal =
      session.phase === "unregistered"
        ? serverPasswordRefusal(state, session, SERVER_PASSWORD_NEEDED)
        : null;
    if (passwordRefusal !== null) {
      return reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, passwordRefusal);
    }
    yield* registerAccount(context, { name, password, email: email === "*" ? null : email });
  }),
};

/** Answers that there is nothing to verify: this server sends no mail. */
export const VERIFY: Command = {
  verb: "VERIFY",
  params: 0,
  phase: "any",
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [name = "*"] = params;
    if (session.account !== null) {
      const sentence = "You are already logged in";
      return reply.fail("VERIFY", "ALREADY_AUTHENTICATED", [session.account], sentence);
    }
    if (session.phase === "unregistered" && !state.options.registerBeforeConnect) {
      return failUntilConnected(context, "VERIFY", name);
    }
    reply.fail("VERIFY", "INVALID_CODE", [name], "There is nothing to verify");
  },
};

/**
 * The specification lists this code without the account, which all its other codes have and clients look for:
 * so it is sent here, too.
 */
function failUntilConnected({ reply }: CommandContext, command: string, account: string): void {
  reply.fail(command, "COMPLETE_CONNECTION_REQUIRED", [account], "Finish connecting first");
}

/** Creates the account and logs the session in, or answers why not. */
function* registerAccount(
  context: CommandContext,
  request: Omit<SignUpRequest, "invitations">,
): Steps {
  const { state, session, reply } = context;
  const { address } = session.link;
  const { name } = request;
  // A code is too long to be guessed: wrong ones cost what looking them up costs.
  const invitations = invitationHashes(session);
  if (session.dnsListing === "pending") yield* lookUp(session);
  if (
    session.dnsListing !== null &&
    session.dnsListing !== "pending" &&
    !isInvited(state, session)
  ) {
    const sentence = listedSentence(session.dnsListing);
    return reply.fail("REGISTER", "INVITATION_REQUIRED", [name], sentence);
  }
  const admission = state.signUps.admission(invitations, state.now);
  if ("refused" in admission) return refuse(context, name, admission.refused);
  if (!mayAskForAccount(state, session, name)) {
    return reply.fail("REGISTER", "RATE_LIMITED", [name], TOO_MANY_NAMES);
  }
  const taken = nickRefusal(state, session, name);
  const checked = state.signUps.check({ ...request, invitations }, state.now);
  if ("refused" in checked) return refuse(context, name, checked.refused);
  if (taken !== null) return refuse(context, name, taken);
  const isLimited = checked.plan.invitation === null && state.options.floodControl;
  if (isLimited && !state.signUpLimiter.take(address, state.elapsedMs)) {
    const sentence = "Too many accounts were created from your address. Try again in a few minutes";
    return reply.fail("REGISTER", "RATE_LIMITED", [name], sentence);
  }
  const place = placeOf(address, checked.plan.invitation !== null);
  const { hash } = yield* query({ kind: "hash-password", password: request.password, place });
  if (hash === null) return failBusy(context, name);
  yield* storeAccount(context, checked.plan, hash);
}

function* storeAccount(context: CommandContext, plan: SignUpPlan, hash: string): Steps {
  const { state, session, reply } = context;
  // Another session may have taken the name or the invitation while the password was hashed, or a nick that looks like
  // the name. A guest who has the very nick gives it up.
  const taken = nickRefusal(state, session, plan.name);
  if (taken?.kind === "lookalike") return refuse(context, plan.name, taken);
  const settled = state.signUps.settle(plan, hash, state.ports.random.id(), state.now);
  if ("refused" in settled) return refuse(context, plan.name, settled.refused);
  const { changes } = settled;
  const finishSignUp = () => state.signUps.finish(plan);
  const { saved } = yield* query({ kind: "save-accounts", changes }, finishSignUp);
  const account = saved ? state.accounts.account(fold(plan.name)) : null;
  if (account === null) return failBusy(context, plan.name);
  state.counters.signUps += 1;
  refundName(state, session, account.name);
  const sentence = "Welcome. You are signed up and logged in";
  noteLogIn(state, session, account, "password");
  reply.line("REGISTER", ["SUCCESS", account.name, sentence]);
  session.gaveSecondFactor = false;
  if (session.phase === "registered" && lacksSecondFactor(state, session, account)) {
    return reply.line("NOTICE", [session.nickOrStar, SET_UP_FIRST]);
  }
  logIn(session, account, reply);
  yield* afterLogIn(state, session, account, reply);
}

function failBusy({ reply }: CommandContext, name: string): void {
  const sentence = "The server can't sign you up right now. Try again in a few seconds";
  reply.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", [name], sentence);
}

function refuse({ reply }: CommandContext, name: string, refusal: SignUpRefusal): void {
  const [code, sentence] = signUpRefusalReply(refusal);
  reply.fail("REGISTER", code, [name], sentence);
}

/** Returns the code and the sentence of the FAIL that answers a refused sign-up. */
export function signUpRefusalReply(refusal: SignUpRefusal): readonly [string, string] {
  switch (refusal.kind) {
    case "closed":
      return ["SIGN_UP_CLOSED", "This server accepts no new accounts"];
    case "invitation":
      return refusal.problem === "missing"
        ? ["INVITATION_REQUIRED", "You need an invitation to sign up: send its code with PASS"]
        : ["INVITATION_WRONG", "That invitation is not valid, or no longer"];
    case "bad-name":
      return ["BAD_ACCOUNT_NAME", NAME_SENTENCES[refusal.problem]];
    case "taken":
      return ["ACCOUNT_EXISTS", "That name is taken. Try another"];
    case "lookalike":
      return ["ACCOUNT_NAME_LOOKALIKE", "That name looks like one that is taken. Try another"];
    case "password":
      return PASSWORD_REPLIES[refusal.problem];
    case "email":
      return ["INVALID_EMAIL", "That is not a valid e-mail address"];
  }
}

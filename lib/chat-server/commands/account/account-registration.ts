import { invitationHash } from "../../../member-server/invitation-codes.ts";
import type { SignUpPlan, SignUpRefusal, SignUpRequest } from "../../../member-server/sign-up.ts";
import { fold } from "../../../protocol/names.ts";
import { NUMERIC } from "../../../protocol/wire/numerics.ts";
import { PASSWORD_BYTES_MAX } from "../../../protocol/wire/wire-limits.ts";
import { awaitQuery, type Command, type CommandContext, type Outcome } from "../../command.ts";
import { serverPasswordRefusal } from "../../sessions/complete-registration.ts";
import { afterLogIn, logIn } from "../../sessions/session-log-in.ts";

/** REGISTER and VERIFY: signing up. https://ircv3.net/specs/extensions/account-registration */

const REGISTER: Command = {
  verb: "REGISTER",
  params: 0,
  phase: "any",
  cost: 5,
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [asked = "", email = "", password = ""] = params;
    if (params.length < 3) {
      const sentence = "Say a name, an e-mail address or *, and a password";
      return reply.fail("REGISTER", "NEED_MORE_PARAMS", [], sentence);
    }
    // Who asks to sign up under the nick that somebody else has is told so, and not to say a nick.
    const ownName = session.nickOrStar === "*" ? (session.refusedNick ?? "*") : session.nickOrStar;
    const name = asked === "*" ? ownName : asked;
    if (session.account !== null) {
      return reply.fail(
        "REGISTER",
        "ALREADY_AUTHENTICATED",
        [session.account],
        "You are logged in already",
      );
    }
    if (session.phase === "unregistered" && !state.options.registerBeforeConnect) {
      return connectFirst(context, "REGISTER", name);
    }
    if (session.nickOrStar === "*" && (asked !== "*" || name === "*")) {
      return reply.fail("REGISTER", "NEED_NICK", ["*"], "Say a nick first");
    }
    if (state.options.email === "required" && email === "*") {
      return reply.fail(
        "REGISTER",
        "INVALID_EMAIL",
        [name],
        "This server asks for an e-mail address",
      );
    }
    // What is asked of who connects is asked of who signs up.
    const wrong = "This server asks for a password: send it by PASS";
    const refused =
      session.phase === "unregistered" ? serverPasswordRefusal(state, session, wrong) : null;
    if (refused !== null) return reply.numeric(NUMERIC.ERR_PASSWDMISMATCH, refused);
    return registerAccount(context, { name, password, email: email === "*" ? null : email });
  },
};

/** No mail is sent from here, so that nothing is ever waiting to be verified. */
const VERIFY: Command = {
  verb: "VERIFY",
  params: 0,
  phase: "any",
  handle: (context) => {
    const { state, session, reply, params } = context;
    const [name = "*"] = params;
    if (session.account !== null) {
      const sentence = "You are logged in already";
      return reply.fail("VERIFY", "ALREADY_AUTHENTICATED", [session.account], sentence);
    }
    if (session.phase === "unregistered" && !state.options.registerBeforeConnect) {
      return connectFirst(context, "VERIFY", name);
    }
    reply.fail("VERIFY", "INVALID_CODE", [name], "Nothing is waiting to be verified");
  },
};

/** The text's list has no account here, as it has in all other refusals, and clients look for one. */
function connectFirst({ reply }: CommandContext, command: string, account: string): void {
  reply.fail(command, "COMPLETE_CONNECTION_REQUIRED", [account], "Finish connecting first");
}

export const REGISTER_COMMANDS: readonly Command[] = [REGISTER, VERIFY];

/** Signs somebody up and logs them in; the answer is REGISTER's. */
export function registerAccount(
  context: CommandContext,
  wanted: Omit<SignUpRequest, "invitations">,
): Outcome {
  const { state, session } = context;
  const { address } = session.link;
  const invitations = session.passwords
    .map((code) => invitationHash(code, state.ports.random.digest))
    .filter((hash) => hash !== null);
  if (invitations.length > 0) {
    const { waitMs } = state.loginThrottle.charge(address, null, state.now);
    if (waitMs > 0) return busy(context, wanted.name);
  }
  const checked = state.signUps.check({ ...wanted, invitations }, state.now);
  if ("refused" in checked) return refuse(context, wanted.name, checked.refused);
  if (isRegisterThrottled(context, wanted.name))
    return refuse(context, wanted.name, { kind: "taken" });
  if (invitations.length > 0) state.loginThrottle.refund(address, null, state.now);
  const isFree = checked.plan.invitation === null && state.options.floodControl;
  if (isFree && !state.signUpLimiter.take(address, state.now)) {
    const sentence = "Many people have signed up from your address. Try again in a few minutes";
    return context.reply.fail("REGISTER", "RATE_LIMITED", [wanted.name], sentence);
  }
  return awaitQuery({ kind: "hash-password", password: wanted.password }, ({ hash }) => {
    if (hash === null) return busy(context, wanted.name);
    return keep(context, checked.plan, hash);
  });
}

/** Whether somebody else is called that now, though no account is. */
export function isRegisterThrottled({ state, session }: CommandContext, name: string): boolean {
  const holder = state.users.byNick(fold(name));
  return holder !== null && holder !== session.user;
}

function keep(context: CommandContext, plan: SignUpPlan, hash: string): Outcome {
  const { state, session, reply } = context;
  const settled = state.signUps.settle(plan, hash, state.now);
  if ("refused" in settled) return refuse(context, plan.name, settled.refused);
  return awaitQuery(
    { kind: "keep-members", changes: settled.changes },
    ({ kept }) => {
      if (!kept) return busy(context, plan.name);
      const account = state.accounts.account(fold(plan.name));
      if (account === null) return busy(context, plan.name);
      reply.line("REGISTER", [
        "SUCCESS",
        account.name,
        "Welcome. You are signed up, and logged in",
      ]);
      logIn(session, account, reply);
      afterLogIn(state, session, account, reply);
    },
    () => state.signUps.finish(plan),
  );
}

function busy({ reply }: CommandContext, name: string): void {
  const sentence = "The server can't sign you up right now. Try again in a few seconds";
  reply.fail("REGISTER", "TEMPORARILY_UNAVAILABLE", [name], sentence);
}

function refuse({ reply }: CommandContext, name: string, refusal: SignUpRefusal): void {
  const [code, sentence] = registrationRefusal(refusal);
  reply.fail("REGISTER", code, [name], sentence);
}

/** The code and the sentence for each reason why somebody can't sign up. */
export function registrationRefusal(refusal: SignUpRefusal): readonly [string, string] {
  switch (refusal.kind) {
    case "closed":
      return ["SIGN_UP_CLOSED", "This server takes no new people"];
    case "invitation":
      return refusal.problem === "missing"
        ? ["INVITATION_REQUIRED", "This server is by invitation: send its code by PASS"]
        : ["INVITATION_WRONG", "That invitation is not good, or not any more"];
    case "bad-name":
      return ["BAD_ACCOUNT_NAME", NAME_SENTENCES[refusal.problem]];
    case "taken":
      return ["ACCOUNT_EXISTS", "Somebody has that name. Try another"];
    case "lookalike":
      return ["ACCOUNT_NAME_LOOKALIKE", `That looks like ${refusal.of}. Try another`];
    case "password":
      return PASSWORD_WORDS[refusal.problem];
    case "email":
      return ["INVALID_EMAIL", "That is no e-mail address"];
  }
}

const NAME_SENTENCES = {
  empty: "Say a name",
  "too-long": "That name is too long",
  letters: "A name is letters and digits of any language, and - _ [ ] \\ ` ^ { } |",
  invisible: "That name holds letters that can't be seen",
  mixed: "That name mixes alphabets that look alike",
  reserved: "That name is reserved",
} as const;

const PASSWORD_WORDS = {
  "too-short": ["WEAK_PASSWORD", "That password is too short. Make it a sentence"],
  "too-long": ["UNACCEPTABLE_PASSWORD", `A password has at most ${PASSWORD_BYTES_MAX} bytes`],
  name: ["WEAK_PASSWORD", "Your name is no password"],
  common: ["WEAK_PASSWORD", "That password is among the first that anybody would try"],
  control: ["UNACCEPTABLE_PASSWORD", "That password holds a control character"],
} as const;

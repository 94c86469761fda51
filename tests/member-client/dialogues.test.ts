import { expect, test } from "bun:test";
import { ClientSession, type SessionOptions } from "../../lib/chat-client/session.ts";
import {
  addDevice,
  changePassword,
  deleteAccount,
  listDevices,
} from "../../lib/member-client/account.ts";
import { addBot } from "../../lib/member-client/bots.ts";
import {
  createInvitation,
  listInvitations,
  withdrawInvitation,
} from "../../lib/member-client/invitations.ts";
import { LogInAttempt } from "../../lib/member-client/log-in.ts";
import { resetPassword } from "../../lib/member-client/reset-password.ts";
import { beginSetUp, finishSetUp } from "../../lib/member-client/second-factor.ts";
import { endSession, listSessions } from "../../lib/member-client/sessions.ts";
import { checkName, checkRight, signUp } from "../../lib/member-client/sign-up.ts";
import { elapsedMs } from "../elapsed.ts";

const CAPS =
  "batch labeled-response sasl standard-replies draft/account-registration sodam.chat/account";

class Door {
  readonly session: ClientSession;
  readonly heard: unknown[] = [];
  readonly hear = (outcome: unknown) => {
    this.heard.push(outcome);
  };
  attempt: LogInAttempt | null = null;
  #sent: string[] = [];
  #ids = 0;

  constructor(options: Partial<SessionOptions> = {}, caps = CAPS) {
    this.session = new ClientSession(
      { logIn: null, wait: true, ...options },
      {
        send: (line) => this.#sent.push(line),
        now: () => 0,
        elapsed: () => elapsedMs(0),
        id: () => {
          this.#ids += 1;
          return `${this.#ids}`;
        },
        emit: (event) => this.attempt?.onSessionEvent(event),
      },
    );
    this.session.opened();
    this.server(`:s CAP * LS :${caps}`, `:s CAP * ACK :${caps}`);
    this.sent();
  }

  server(...lines: string[]): void {
    for (const text of lines) this.session.receive({ kind: "text", text });
  }

  sent(): string[] {
    const sent = this.#sent;
    this.#sent = [];
    return sent;
  }

  /** Answers the one labelled line that was just sent. */
  answers(question: string, ...lines: string[]): void {
    const [sent = ""] = this.sent();
    const label = /^@label=(\S+) /.exec(sent)?.[1];
    expect(sent).toBe(`@label=${label} ${question}`);
    const [first] = lines;
    if (lines.length === 1) return this.server(`@label=${label} ${first}`);
    this.server(`@label=${label} :s BATCH +b labeled-response`);
    this.server(...lines.map((line) => `@batch=b ${line}`), ":s BATCH -b");
  }
}

test("an invalid name is refused at once, and the server is asked about a valid one", () => {
  const door = new Door();
  checkName(door.session, "a b", door.hear);
  expect(door.heard).toEqual([{ kind: "bad-name", problem: "letters", text: "" }]);
  expect(door.sent()).toEqual([]);
  checkName(door.session, "민수", door.hear);
  door.answers("ACCOUNT CHECK 민수", ":s NOTE ACCOUNT NAME_FREE 민수 :free");
  checkName(door.session, "bar1", door.hear);
  door.answers("ACCOUNT CHECK bar1", ":s FAIL ACCOUNT ACCOUNT_NAME_LOOKALIKE bar1 :looks");
  checkName(door.session, "jun", door.hear);
  door.answers("ACCOUNT CHECK jun", ":s FAIL ACCOUNT ACCOUNT_EXISTS jun :taken");
  expect(door.heard.slice(1)).toEqual([
    { kind: "free" },
    { kind: "lookalike" },
    { kind: "name-taken" },
  ]);
});

test("who may sign up is told before a name is known", () => {
  const door = new Door();
  for (const code of ["INVITATION_REQUIRED", "SIGN_UP_CLOSED", "BAD_ACCOUNT_NAME"]) {
    checkRight(door.session, door.hear);
    door.answers("ACCOUNT CHECK *", `:s FAIL ACCOUNT ${code} * :words`);
  }
  expect(door.heard).toEqual([
    { kind: "invitation-required" },
    { kind: "closed" },
    { kind: "free" },
  ]);
});

test("who may not sign up is told so when they ask about a name", () => {
  const door = new Door();
  for (const code of ["INVITATION_REQUIRED", "INVITATION_WRONG", "SIGN_UP_CLOSED"]) {
    checkName(door.session, "jun", door.hear);
    door.answers("ACCOUNT CHECK jun", `:s FAIL ACCOUNT ${code} jun :words`);
  }
  checkName(door.session, "007", door.hear);
  door.answers("ACCOUNT CHECK 007", ":s FAIL ACCOUNT RATE_LIMITED 007 :words");
  expect(door.heard).toEqual([
    { kind: "invitation-required" },
    { kind: "invitation-wrong" },
    { kind: "closed" },
    { kind: "slowed", seconds: null },
  ]);
});

test("signing up logs in, takes the account's name as nick, and registers the connection", () => {
  const door = new Door();
  signUp(door.session, { account: "민수", password: "열려라 참깨", invitation: "abc" }, door.hear);
  expect(door.sent()).toEqual(["PASS abc", "@label=1 REGISTER 민수 * :열려라 참깨"]);
  door.server(
    "@label=1 :s BATCH +b labeled-response",
    "@batch=b :s REGISTER SUCCESS 민수 :welcome",
    "@batch=b :s 900 guest guest!*@* 민수 :You are",
    ":s BATCH -b",
  );
  expect(door.heard).toEqual([{ kind: "done", account: "민수" }]);
  expect(door.sent()).toEqual(["NICK 민수", "CAP END"]);
  expect(door.session.state.me.account).toBe("민수");
  // After a lost connection it logs in automatically.
  door.session.closed("reset");
  door.session.opened();
  door.server(":s CAP * LS :sasl", ":s CAP * ACK :sasl");
  expect(door.sent()).toContain("AUTHENTICATE PLAIN");
});

const REFUSALS: readonly (readonly [string, unknown])[] = [
  ["ACCOUNT_EXISTS", { kind: "name-taken" }],
  ["ACCOUNT_NAME_LOOKALIKE", { kind: "lookalike" }],
  ["BAD_ACCOUNT_NAME", { kind: "bad-name", problem: null, text: "words" }],
  ["WEAK_PASSWORD", { kind: "weak-password", problem: null }],
  ["INVITATION_REQUIRED", { kind: "invitation-required" }],
  ["INVITATION_WRONG", { kind: "invitation-wrong" }],
  ["SIGN_UP_CLOSED", { kind: "closed" }],
  ["TEMPORARILY_UNAVAILABLE", { kind: "busy" }],
  ["INVALID_EMAIL", { kind: "email-required" }],
  ["SOMETHING_NEW", { kind: "other", code: "SOMETHING_NEW", text: "words" }],
];

for (const [code, outcome] of REFUSALS) {
  test(`a sign-up that is refused with ${code} leaves the session unregistered`, () => {
    const door = new Door();
    signUp(door.session, { account: "jun", password: "long enough" }, door.hear);
    door.answers("REGISTER jun * :long enough", `:s FAIL REGISTER ${code} jun :words`);
    expect(door.heard).toEqual([outcome]);
    expect(door.sent()).toEqual([]);
  });
}

test("a password that is too weak isn't sent", () => {
  const door = new Door();
  signUp(door.session, { account: "jun", password: "short" }, door.hear);
  signUp(door.session, { account: "longname", password: "LongName" }, door.hear);
  expect(door.heard).toEqual([
    { kind: "weak-password", problem: "too-short" },
    { kind: "weak-password", problem: "is-name" },
  ]);
  expect(door.sent()).toEqual([]);
});

test("without labels a sign-up is answered as well", () => {
  const door = new Door({}, "draft/account-registration");
  signUp(door.session, { account: "jun", password: "long enough" }, door.hear);
  expect(door.sent()).toEqual(["REGISTER jun * :long enough"]);
  door.server(":s NOTICE * :hello", ":s FAIL REGISTER ACCOUNT_EXISTS jun :taken");
  expect(door.heard).toEqual([{ kind: "name-taken" }]);
});

test("a log-in ends once, with ok or with the problem", () => {
  const door = new Door();
  const logIn = { kind: "password", account: "jun", password: "no" } as const;
  door.attempt = new LogInAttempt(door.session, logIn, door.hear);
  door.server("AUTHENTICATE +", ":s 904 * :no");
  expect(door.heard).toEqual([{ kind: "wrong" }]);
  door.attempt.onSessionEvent({ kind: "log-in-failed", problem: { kind: "wrong" } });
  expect(door.heard).toHaveLength(1);
  door.attempt = new LogInAttempt(door.session, { ...logIn, password: "yes" }, door.hear);
  door.server("AUTHENTICATE +", ":s 900 * *!*@* jun :ok", ":s 903 * :ok");
  door.server(":s 001 jun :hi", ":s 422 jun :none");
  expect(door.heard.slice(1)).toEqual([{ kind: "ok", account: "jun", nick: "jun" }]);
  door.session.closed("reset");
  expect(door.heard).toHaveLength(2);
});

test("a lost connection and a rate limit are reported as such", () => {
  const door = new Door();
  const logIn = { kind: "password", account: "jun", password: "no" } as const;
  door.attempt = new LogInAttempt(door.session, logIn, door.hear);
  door.server("AUTHENTICATE +", ":s 904 * :Too many tries. Try again in 30 seconds");
  door.attempt = new LogInAttempt(door.session, logIn, door.hear);
  door.session.closed("reset");
  expect(door.heard).toEqual([{ kind: "slowed", seconds: 30 }, { kind: "lost" }]);
});

function inside(): Door {
  const door = new Door();
  door.server(":s 900 * *!*@* jun :ok", ":s 001 jun :hi", ":s 422 jun :none");
  door.sent();
  return door;
}

test("the password is changed after the current one was confirmed", () => {
  const door = inside();
  changePassword(door.session, "old one", "a new long one", false, door.hear);
  door.answers("ACCOUNT CONFIRM :old one", ":s NOTE ACCOUNT CONFIRMED :you");
  door.answers("ACCOUNT PASSWORD :a new long one", ":s NOTE ACCOUNT PASSWORD_CHANGED :ok");
  changePassword(door.session, "wrong", "a new long one", false, door.hear);
  door.answers("ACCOUNT CONFIRM wrong", ":s FAIL ACCOUNT WRONG_PASSWORD :no");
  changePassword(door.session, "old", "short", false, door.hear);
  expect(door.heard).toEqual([
    { kind: "done" },
    { kind: "wrong" },
    { kind: "weak-password", problem: "too-short" },
  ]);
});

test("a new password can leave other devices in", () => {
  const door = inside();
  changePassword(door.session, "old one", "a new long one", true, door.hear);
  door.answers("ACCOUNT CONFIRM :old one", ":s NOTE ACCOUNT CONFIRMED :you");
  door.answers("ACCOUNT PASSWORD KEEP :a new long one", ":s NOTE ACCOUNT PASSWORD_CHANGED :ok");
  expect(door.heard).toEqual([{ kind: "done" }]);
});

test("a reset code sets a password before the log-in", () => {
  const door = new Door();
  resetPassword(door.session, "c0de", "short", door.hear);
  resetPassword(door.session, "c0de", "a new long one", door.hear);
  door.answers("ACCOUNT RESET c0de :a new long one", ":s FAIL ACCOUNT WEAK_PASSWORD :no");
  resetPassword(door.session, "c0de", "a new long one", door.hear);
  door.answers("ACCOUNT RESET c0de :a new long one", ":s FAIL ACCOUNT RATE_LIMITED 10 :slow");
  resetPassword(door.session, "c0de", "a new long one", door.hear);
  door.answers("ACCOUNT RESET c0de :a new long one", ":s FAIL ACCOUNT RESET_WRONG :no");
  resetPassword(door.session, "c0de", "a new long one", door.hear);
  door.answers("ACCOUNT RESET c0de :a new long one", ":s NOTE ACCOUNT PASSWORD_RESET jun :ok");
  expect(door.heard).toEqual([
    { kind: "weak-password", problem: "too-short" },
    { kind: "weak-password", problem: null },
    { kind: "slowed", seconds: 10 },
    { kind: "wrong-code" },
    { kind: "done", account: "jun" },
  ]);
});

test("sessions are listed and ended", () => {
  const door = inside();
  listSessions(door.session, door.hear);
  door.answers(
    "ACCOUNT SESSIONS",
    ":s NOTE ACCOUNT SESSION 7 2026-11-22T01:00:00.000Z 2026-11-22T02:00:00.000Z 192.0.2.1 password irc * :",
    ":s NOTE ACCOUNT SESSION 9 2026-11-22T01:00:00.000Z nonsense 192.0.2.1 certificate sodam this :my laptop",
    ":s NOTE ACCOUNT DEVICE ab12 2026-11-22T01:00:00.000Z * :my laptop",
    ":s NOTE ACCOUNT SESSIONS_END :end",
  );
  endSession(door.session, "7", door.hear);
  door.answers("ACCOUNT END 7", ":s NOTE ACCOUNT ENDED 1 :Ended 1 session");
  endSession(door.session, "7", door.hear);
  door.answers("ACCOUNT END 7", ":s FAIL ACCOUNT NO_SUCH_SESSION 7 :no");
  const since = Date.UTC(2026, 10, 22, 1);
  const [seven, nine] = [
    { id: "7", logIn: "password", program: "irc", isThis: false, device: "" },
    { id: "9", logIn: "certificate", program: "sodam", isThis: true, device: "my laptop" },
  ].map((each) => ({ ...each, since, address: "192.0.2.1" }));
  expect(door.heard).toEqual([
    {
      kind: "sessions",
      sessions: [
        { ...seven, activeAt: since + 3_600_000 },
        { ...nine, activeAt: null },
      ],
    },
    { kind: "done", count: 1 },
    { kind: "unknown" },
  ]);
});

test("an account is deleted after its password was confirmed", () => {
  const door = inside();
  deleteAccount(door.session, "it is me", door.hear);
  door.answers("ACCOUNT CONFIRM :it is me", ":s NOTE ACCOUNT CONFIRMED :you");
  door.answers("ACCOUNT DELETE", ":s NOTE ACCOUNT DELETED :gone");
  expect(door.heard).toEqual([{ kind: "done" }]);
});

test("devices are added and listed", () => {
  const door = inside();
  addDevice(door.session, "pw", "my laptop", door.hear);
  door.answers("ACCOUNT CONFIRM pw", ":s NOTE ACCOUNT CONFIRMED :you");
  door.answers("ACCOUNT CERT ADD :my laptop", ":s FAIL ACCOUNT NO_CERTIFICATE :none");
  listDevices(door.session, door.hear);
  door.answers(
    "ACCOUNT CERT LIST",
    ":s NOTE ACCOUNT CERT ab12 2026-11-22T01:00:00.000Z :my phone",
    ":s NOTE ACCOUNT CERTS_END :end",
  );
  const addedAt = Date.UTC(2026, 10, 22, 1);
  expect(door.heard).toEqual([
    { kind: "no-certificate" },
    { kind: "devices", devices: [{ fingerprint: "ab12", addedAt, label: "my phone" }] },
  ]);
});

test("adding a device of the same account reports already-yours; another account's is refused", () => {
  const door = inside();
  for (const code of ["CERT_YOURS", "CERT_EXISTS", "LIMIT_REACHED"]) {
    addDevice(door.session, "pw", "laptop", door.hear);
    door.answers("ACCOUNT CONFIRM pw", ":s NOTE ACCOUNT CONFIRMED :you");
    door.answers("ACCOUNT CERT ADD laptop", `:s FAIL ACCOUNT ${code} :no`);
  }
  expect(door.heard).toEqual([{ kind: "already-yours" }, { kind: "in-use" }, { kind: "too-many" }]);
});

test("only the owner creates, lists and withdraws invitations", () => {
  const door = inside();
  createInvitation(door.session, { uses: null, hours: 24 }, door.hear);
  door.answers(
    "INVITATION CREATE * 24",
    ":s INVITATION CREATED i1 code * 2026-11-23T01:00:00.000Z",
  );
  listInvitations(door.session, door.hear);
  door.answers("INVITATION LIST", ":s INVITATION ENTRY i1 2/5 * jun", ":s INVITATION END");
  withdrawInvitation(door.session, "i1", door.hear);
  door.answers("INVITATION WITHDRAW i1", ":s INVITATION WITHDRAWN i1");
  createInvitation(door.session, { uses: 5, hours: null }, () => {});
  door.answers("INVITATION CREATE 5 *", ":s INVITATION CREATED i2 code 5 *");
  createInvitation(door.session, {}, door.hear);
  door.answers("INVITATION CREATE", ":s FAIL INVITATION NOT_OWNER :no");
  const expiresAt = Date.UTC(2026, 10, 23, 1);
  expect(door.heard).toEqual([
    { kind: "created", invitation: { id: "i1", code: "code", uses: null, expiresAt } },
    {
      kind: "invitations",
      invitations: [{ id: "i1", used: 2, uses: 5, expiresAt: null, by: "jun" }],
    },
    { kind: "withdrawn" },
    { kind: "not-owner" },
  ]);
});

test.each(["$(id)", "`id`", "a;id", "a b", "%PATH%", "a&calc", "\u001b[2J", ""])(
  "an invitation code that a shell could run is none: %j",
  (code) => {
    const door = new Door({}, `${CAPS} sodam.chat/invitations`);
    createInvitation(door.session, {}, door.hear);
    door.answers("INVITATION CREATE", `:s INVITATION CREATED i1 :${code}`);
    expect(door.heard).toEqual([{ kind: "bad-code" }]);
  },
);

test("a key and a token that can't be ones are never shown", () => {
  const door = new Door();
  const ready = [":s 001 mina :Welcome", ":s 422 mina :No MOTD"];
  door.server(...ready);
  const answer = (...lines: string[]): void => {
    const label = /label=(\w+)/.exec(door.sent().join("\n"))?.[1] ?? "";
    door.server(`@label=${label} :s BATCH +b labeled-response`);
    for (const line of lines) door.server(`@batch=b :s ${line}`);
    door.server(":s BATCH -b");
  };
  const confirmed = "NOTE ACCOUNT CONFIRMED :yes";
  beginSetUp(door.session, "password", door.hear);
  answer(confirmed);
  answer("NOTE ACCOUNT SECOND_FACTOR_KEY \u001b[2J otpauth://totp/a :Enter it");
  expect(door.heard.pop()).toMatchObject({ kind: "other" });
  beginSetUp(door.session, "password", door.hear);
  answer(confirmed);
  answer(`NOTE ACCOUNT SECOND_FACTOR_KEY ${"A".repeat(32)} otpauth://totp/a?secret=A :Enter it`);
  expect(door.heard.pop()).toMatchObject({ kind: "key", secret: "A".repeat(32) });
  finishSetUp(door.session, "123456", door.hear);
  answer(
    "NOTE ACCOUNT SECOND_FACTOR_ON :It is on",
    "NOTE ACCOUNT RECOVERY_CODE abcd-efgh-jkmn :",
    "NOTE ACCOUNT RECOVERY_CODES_END :Keep them",
  );
  expect(door.heard.pop()).toEqual({ kind: "codes", codes: ["abcd-efgh-jkmn"] });
  finishSetUp(door.session, "123456", door.hear);
  // Where the server asks for it, the welcome is a part of the answer.
  answer(
    "NOTE ACCOUNT SECOND_FACTOR_ON :It is on",
    "NOTE ACCOUNT RECOVERY_CODE abcd-efgh-jkmn :",
    "NOTE ACCOUNT RECOVERY_CODES_END :Keep them",
    "001 mina :Welcome",
    "422 mina :There is no message of the day",
  );
  expect(door.heard.pop()).toEqual({ kind: "codes", codes: ["abcd-efgh-jkmn"] });
  const bot = { name: "bot", rights: "speak", rooms: "#ops" };
  for (const [token, kind] of [
    ["$(touch,here)", "bad-token"],
    ["sodam-bot-abcdefghijklmnop", "token"],
  ]) {
    addBot(door.session, "password", bot, door.hear);
    answer(confirmed);
    answer(`NOTE ACCOUNT BOT_TOKEN bot ${token} :Shown only now`);
    expect(door.heard.pop()).toMatchObject({ kind });
  }
});

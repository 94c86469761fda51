import { describe, expect, test } from "bun:test";
import {
  isServiceName,
  LineMasker,
  type LineOrigin,
  SECRET_PARAMS,
} from "../../lib/protocol/wire/secret-params.ts";
import { Prng, seeds } from "../prng.ts";

const mask = (line: string, origin: LineOrigin = "client"): string =>
  new LineMasker().mask(line, origin);

test.each<[string, string]>([
  ["PASS hunter2", "PASS ***"],
  ["pass :hunter2 again", "PASS ***"],
  ["OPER boss hunter2", "OPER ***"],
  ["AUTHENTICATE PLAIN", "AUTHENTICATE PLAIN"],
  ["AUTHENTICATE bWluYQBtaW5hAGh1bnRlcjI=", "AUTHENTICATE ***"],
  ["REGISTER mina * :hunter2", "REGISTER ***"],
  ["VERIFY mina 123456", "VERIFY ***"],
  ["@label=7 PRIVMSG NickServ :IDENTIFY hunter2", "@label=7 PRIVMSG NickServ ***"],
  ["@label=7;x PRIVMSG nIckSErv :IDENTIFY hunter2", "@label=7;x PRIVMSG nIckSErv ***"],
  ["PRIVMSG #tea,NickServ :IDENTIFY hunter2", "PRIVMSG #tea,NickServ ***"],
  ["NOTICE NickServ@sodam.internal :IDENTIFY hunter2", "NOTICE NickServ@sodam.internal ***"],
  ["PRIVMSG :NickServ IDENTIFY hunter2", "PRIVMSG NickServ ***"],
  ["PRIVMSG NickSevr :IDENTIFY hunter2", "PRIVMSG NickSevr ***"],
  ["PRIVMSG Nickſerv :IDENTIFY hunter2", "PRIVMSG Nickſerv ***"],
  ["PRIVMSG Q@CServe.example.org :AUTH mina hunter2", "PRIVMSG Q@CServe.example.org ***"],
  ["PRIVMSG #nickserv :said in a room", "PRIVMSG #nickserv :said in a room"],
  ["PRIVMSG mina :hello there", "PRIVMSG mina :hello there"],
  ["NS IDENTIFY hunter2", "NS ***"],
  ["ChanServ :TRANSFER #tea jun", "CHANSERV ***"],
  ["ACCOUNT CONFIRM hunter2", "ACCOUNT CONFIRM ***"],
  ["ACCOUNT password :hunter2 again", "ACCOUNT password ***"],
  ["ACCOUNT CHECK mina", "ACCOUNT CHECK mina"],
  ["ACCOUNT hunter2", "ACCOUNT ***"],
  ["ACCOUNT :CONFIRM hunter2", "ACCOUNT ***"],
  ["JOIN #tea,#coffee k1,k2", "JOIN #tea,#coffee ***"],
  ["JOIN :#tea k1", "JOIN #tea ***"],
  ["JOIN #tea", "JOIN #tea"],
  ["MODE #tea +k k1", "MODE #tea +k ***"],
  ["MODE #tea +ok jun k1", "MODE #tea +ok ***"],
  ["MODE #tea +o jun +k k1", "MODE #tea +o jun +k ***"],
  ["MODE #tea :+k k1", "MODE #tea +k ***"],
  ["MODE :#tea +k k1", "MODE #tea ***"],
  ["MODE #tea +o jun", "MODE #tea +o jun"],
  ["INVITATION CREATE 5 24", "INVITATION CREATE 5 24"],
  ["INVITATION WITHDRAW abc", "INVITATION WITHDRAW ***"],
  ["PAS hunter2", "***"],
  ["hunter2", "***"],
  ["PRIVMSG\tNickServ :IDENTIFY hunter2", "***"],
  ["@PASS hunter2", "***"],
  [":PASS hunter2", "***"],
  ["@hunter2", "***"],
])("from a client: %s", (line, shown) => {
  expect(mask(line)).toBe(shown);
});

test.each<[string, string]>([
  [":mina!~m@h PRIVMSG NickServ :IDENTIFY hunter2", ":mina!~m@h PRIVMSG NickServ ***"],
  [":NickServ!s@h NOTICE mina :no command HUNTER2", ":NickServ!s@h NOTICE mina ***"],
  [":mina!~m@h MODE #tea +k k1", ":mina!~m@h MODE #tea +k ***"],
  [":s 324 mina #tea +kl k1 5", ":s 324 mina #tea +kl ***"],
  [":s 324 mina #tea +nt", ":s 324 mina #tea +nt"],
  [":s 696 mina #tea k k1 :That is no key", ":s 696 mina #tea k ***"],
  [":s 421 mina HUNTER2 :Unknown command", ":s 421 mina *** :Unknown command"],
  [":s FAIL HUNTER2 ACCOUNT_REQUIRED :Log in", ":s FAIL *** ACCOUNT_REQUIRED :Log in"],
  [
    ":s FAIL ACCOUNT INVALID_PARAMS hunter2 :No such",
    ":s FAIL ACCOUNT INVALID_PARAMS *** :No such",
  ],
  [":s FAIL MODE X #tea :No", ":s FAIL MODE X #tea :No"],
  [":s FAIL * INVALID_LINE :No", ":s FAIL * INVALID_LINE :No"],
  [":s INVITATION CREATED id1 code1 5 *", ":s INVITATION CREATED id1 *** 5 *"],
  [":mina!~m@h JOIN #tea mina :Mina Kim", ":mina!~m@h JOIN #tea mina :Mina Kim"],
  [":mina!~m@h ACCOUNT mina", ":mina!~m@h ACCOUNT mina"],
  [":s REGISTER SUCCESS mina :Welcome", ":s REGISTER SUCCESS mina :Welcome"],
  [":s HUNTER2 x", "***"],
])("from a server: %s", (line, shown) => {
  expect(mask(line, "server")).toBe(shown);
});

test("the code of a reset link is masked, in commands and in any text", () => {
  expect(mask("ACCOUNT RESET c0de :a new password")).toBe("ACCOUNT RESET ***");
  expect(mask("ACCOUNT EMAIL m@x.example")).toBe("ACCOUNT EMAIL ***");
  expect(mask("ACCOUNT SESSIONS")).toBe("ACCOUNT SESSIONS");
  expect(mask("PRIVMSG jun :sodam://h:6697/fp-ab/reset-hunter2 is yours")).toBe(
    "PRIVMSG jun :sodam://h:6697/fp-ab/reset-*** is yours",
  );
  const made =
    ":s NOTE ACCOUNT RESET_LINK mina 2026 sodam://h/reset-hunter2 :For a day: sodam://h/reset-hunter2";
  expect(mask(made, "server")).not.toContain("hunter2");
});

test("the code of an invitation is masked in any text, without the rest", () => {
  const link = "bun client.ts 'sodam://h:6697/#fp=ab&invite=hunter2'";
  expect(mask(`PRIVMSG jun :${link} come!`)).toBe(
    "PRIVMSG jun :bun client.ts 'sodam://h:6697/#fp=ab&invite=***' come!",
  );
  expect(mask("PRIVMSG jun :sodam://h:6697/fp-ab/invite-hunter2/room-tea is invite-only")).toBe(
    "PRIVMSG jun :sodam://h:6697/fp-ab/invite-***/room-tea is invite-only",
  );
  expect(mask(`@+x=INVITE=hunter2 TOPIC #tea :${link}`)).not.toContain("hunter2");
});

test("lines of a multiline batch to a service are masked, whatever their target", () => {
  const masker = new LineMasker();
  masker.mask("BATCH +b1 draft/multiline NickServ", "client");
  expect(masker.mask("@batch=b1 PRIVMSG #tea :IDENTIFY hunter2", "client")).toBe(
    "@batch=b1 PRIVMSG ***",
  );
  masker.mask("BATCH -b1", "client");
  expect(masker.mask("@batch=b1 PRIVMSG #tea :hello there", "client")).toContain("hello there");
});

test("with more open batches than the limit, every line of a batch is masked", () => {
  const masker = new LineMasker();
  for (let i = 0; i < 30; i++) masker.mask(`BATCH +b${i} draft/multiline NickServ`, "client");
  expect(masker.mask("@batch=b29 PRIVMSG #tea :hunter2 again", "client")).not.toContain("hunter2");
});

const MARKER = "Zq7marker";

/** A line for each verb that can carry a secret, with the marker where the secret is. */
const SECRET_LINES: Readonly<Record<string, readonly string[]>> = {
  PASS: [`PASS ${MARKER}`, `PASS a ${MARKER}`],
  OPER: [`OPER boss ${MARKER}`, `OPER ${MARKER}`],
  AUTHENTICATE: [`AUTHENTICATE ${MARKER}`, `AUTHENTICATE PLAIN ${MARKER}`],
  REGISTER: [`REGISTER * * ${MARKER}`, `REGISTER ${MARKER}`],
  VERIFY: [`VERIFY mina ${MARKER}`],
  ACCOUNT: [`ACCOUNT CONFIRM ${MARKER}`, `ACCOUNT PASSWORD ${MARKER}`, `ACCOUNT ${MARKER}`],
  FILE: [
    ...[`FILE PUT ${MARKER} 0`, `FILE GET ${MARKER}`, `FILE ${MARKER}`],
    `FILE PUTT ${MARKER} 0`,
    `:s FILE GRANT id ${MARKER} 0 60`,
  ],
  INVITATION: [`INVITATION WITHDRAW ${MARKER}`, `:s INVITATION CREATED id ${MARKER} 1 *`],
  JOIN: [`JOIN #a,#b k,${MARKER}`, `JOIN #a :${MARKER}`],
  MODE: [`MODE #a +k ${MARKER}`, `MODE #a +vk-l jun ${MARKER}`, `MODE #a -k ${MARKER}`],
  PRIVMSG: [`PRIVMSG NickServ :x ${MARKER}`, `PRIVMSG #a,ChanServ@h ${MARKER}`],
  NOTICE: [`NOTICE chanserv :x ${MARKER}`, `:nickserv!s@h NOTICE mina :${MARKER}`],
  TAGMSG: [`TAGMSG NickServ ${MARKER}`],
  EDIT: [`EDIT NickServ id :${MARKER}`],
  NICKSERV: [`NICKSERV ${MARKER}`],
  NS: [`NS IDENTIFY mina ${MARKER}`],
  CHANSERV: [`CHANSERV x ${MARKER}`],
  CS: [`CS x ${MARKER}`],
  FAIL: [
    `FAIL OPER X ${MARKER} :no`,
    `FAIL ${MARKER} X :no`,
    `FAIL FILE INVALID_PARAMS ${MARKER} :no`,
  ],
  WARN: [`WARN PASS X ${MARKER} :no`],
  NOTE: [`NOTE REGISTER X ${MARKER} :no`],
  "324": [`:s 324 mina #a +tk ${MARKER}`],
  "421": [`:s 421 mina ${MARKER} :no`],
  "696": [`:s 696 mina #a k ${MARKER} :no`],
};

/** INVITATION, JOIN and NOTE are other lines from a server than from a client. */
const originsOf = (line: string): LineOrigin[] => {
  const verb = /^\s*(?:@\S+ +)?(\S+)/.exec(line)?.[1] ?? "";
  if (verb === ":s") return ["server"];
  const isClients = /^(JOIN|REGISTER|VERIFY|ACCOUNT|INVITATION)/i.test(verb);
  return isClients ? ["client"] : ["client", "server"];
};

describe("no secret is shown", () => {
  test("each verb with secret parameters has a line in this test", () => {
    const marked = Object.entries(SECRET_PARAMS).filter(([, row]) => row !== "none");
    expect(Object.keys(SECRET_LINES).toSorted()).toEqual(marked.map(([verb]) => verb).toSorted());
  });

  test.each(Object.values(SECRET_LINES).flat())("in %s", (line) => {
    for (const origin of originsOf(line)) expect(mask(line, origin)).not.toContain(MARKER);
  });

  test("after an invalid verb, and in a link after any verb", () => {
    for (const verb of Object.keys(SECRET_PARAMS)) {
      expect(mask(`${verb}X ${MARKER} :${MARKER}`)).toBe("***");
      expect(mask(`${verb} a b c :see sodam://h/#invite=${MARKER}`)).not.toContain(MARKER);
    }
  });

  for (const seed of seeds(40)) {
    test(`in cut and malformed lines (SEED=${seed})`, () => {
      const random = new Prng(seed);
      const lines = Object.values(SECRET_LINES).flat();
      for (let round = 0; round < 300; round++) {
        const line = odd(random, random.pick(lines));
        const origin = random.pick(originsOf(line));
        expect(mask(line, origin), line).not.toContain(MARKER.slice(0, 5));
      }
    });
  }
});

/** The line with other spaces, case, tags or a cut end: each time a line in which the marker is still a secret. */
function odd(random: Prng, line: string): string {
  let text = line;
  if (random.chance(30)) text = text.replaceAll(" ", " ".repeat(1 + random.below(3)));
  if (random.chance(30)) text = text.replace(/[A-Z]{2,}/, (verb) => verb.toLowerCase());
  if (random.chance(30)) text = `@label=${random.letters(4)};+a=b\\s${random.letters(2)} ${text}`;
  if (random.chance(20)) text = `  ${text}`;
  if (random.chance(30)) text = text.slice(0, text.length - random.below(12));
  if (random.chance(20))
    text += random.pick([" ", "  ", " :", " \u0001", ` :${random.letters(3)}`]);
  return text;
}

test.each([
  "NickServ",
  "CHANSERV",
  "nIckſerv",
  "AuthServ",
  "NickSevr",
  "Q@CServe.example.org",
  "HostServ",
])("%s is a service", (name) => {
  expect(isServiceName(name)).toBe(true);
});

test.each(["#nickserv", "mina", "observer", "servant", "", "nick", "민아"])(
  "%s is no service",
  (name) => {
    expect(isServiceName(name)).toBe(false);
  },
);

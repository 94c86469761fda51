import { expect, test } from "bun:test";
import { USER_MODES } from "../../lib/chat-server/users/user-modes.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { passwordOf, Scene } from "../scene.ts";

const WELCOME = ":tea.test 001 mina :Welcome to Teahouse, mina";
const [PIECE = ""] = encodePlain("mina", passwordOf("mina"));

/** All orders of these lines. */
function orders(lines: readonly string[]): string[][] {
  if (lines.length < 2) return [[...lines]];
  return lines.flatMap((line, i) =>
    orders(lines.filter((_, j) => j !== i)).map((rest) => [line, ...rest]),
  );
}

test("PASS, NICK and USER may come in any order", () => {
  for (const lines of orders(["PASS :tea", "NICK mina", "USER mina 0 * :Mina"])) {
    expect([
      lines,
      new Scene()
        .connect()
        .says(...lines)
        .hears()[0],
    ]).toEqual([lines, WELCOME]);
  }
});

test("SASL may be anywhere before CAP END, and all lines may be sent at once", () => {
  const login = `AUTHENTICATE PLAIN\r\nAUTHENTICATE ${PIECE}`;
  for (const lines of orders(["CAP REQ :sasl", "NICK mina", "USER mina 0 * :Mina", login])) {
    // Without CAP first, NICK and USER complete the registration before the log-in.
    if (lines.indexOf("CAP REQ :sasl") > 0) continue;
    const scene = new Scene();
    scene.signUp("mina");
    const mina = scene.connect();
    mina.sends(Buffer.from(`${lines.join("\r\n")}\r\nCAP END\r\n`));
    expect(mina.hears()).toContain(WELCOME);
    expect(mina.session.account as string | null).toBe("mina");
  }
});

test("the greeting is 001 to 004, 005, the counts, the message of the day and the user's modes", () => {
  const mina = new Scene().connect().introduces("mina");
  const lines = mina.hears();
  expect(lines.filter((line) => !line.includes(" 005 "))).toEqual([
    ":tea.test 001 mina :Welcome to Teahouse, mina",
    ":tea.test 002 mina :You are talking to tea.test, sodam 0.0.0",
    ":tea.test 003 mina :It has been up since 2026-11-22T00:30:00.000Z",
    `:tea.test 004 mina tea.test sodam-0.0.0 ${USER_MODES} ACHIMRUWYabefghijklmnoqstuvy IWYabefghjkloqvy`,
    ":tea.test 251 mina :There is 1 person and 0 invisible on 1 server",
    ":tea.test 255 mina :I have 1 person and 0 other servers",
    ":tea.test 265 mina 1 1 :People here: 1, at most 1",
    ":tea.test 266 mina 1 1 :People everywhere: 1, at most 1",
    ":tea.test 375 mina :- Message of the day of Teahouse -",
    ":tea.test 372 mina :- Mind the kettle.",
    ":tea.test 376 mina :End of the message of the day",
    ":tea.test 221 mina +Z",
  ]);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(510);
  for (const line of lines.filter((one) => one.includes(" 005 "))) {
    expect(line).toEndWith(" :are supported by this server");
    expect(line.split(" ").length - 3 - 5).toBeLessThanOrEqual(13);
  }
});

test("the server's password is sent with PASS", () => {
  const digest = new Bun.CryptoHasher("sha256").update("oolong").digest("hex");
  const scene = new Scene({ passwordDigest: digest });
  const right = scene.connect().says("PASS :an invitation", "PASS :oolong").introduces("mina");
  expect(right.hears()[0]).toBe(WELCOME);
  const third = ["PASS :one", "PASS :two", "PASS :oolong"];
  const last = scene
    .connect()
    .says(...third)
    .introduces("ara");
  expect(last.hears()[0]).toBe(":tea.test 001 ara :Welcome to Teahouse, ara");
  const wrong = scene.connect().says("PASS :green").introduces("jun");
  expect(wrong.hears()).toEqual([
    ":tea.test 464 jun :This server asks for a password, and that wasn't it",
    "ERROR :Bad password",
  ]);
  expect(wrong.closed).toBe(true);
  expect(scene.connect().introduces("sora").hears()).toEqual([
    ":tea.test 464 sora :This server asks for a password, and that wasn't it",
    "ERROR :Bad password",
  ]);
});

test("the server's password is rate limited, in REGISTER as well", () => {
  const digest = new Bun.CryptoHasher("sha256").update("oolong").digest("hex");
  const scene = new Scene({ passwordDigest: digest });
  const stranger = scene.connect().says("NICK eve");
  for (let i = 0; i < 29; i += 1) stranger.says(`PASS guess${i}`, "REGISTER * * a-long-password");
  stranger.hears();
  // A session without PASS doesn't count as a guess.
  for (let i = 0; i < 40; i += 1) scene.connect().introduces(`jun${i}`);
  expect(scene.connect().says("PASS oolong").introduces("mina").hears()[0]).toBe(WELCOME);
  scene.connect().says("PASS green").introduces("jun");
  const slowed = "Too many tries. Try again in 10 seconds";
  stranger.says("PASS oolong", "REGISTER * * a-long-password");
  expect(stranger.hears()).toEqual([`:tea.test 464 eve :${slowed}`]);
  expect(scene.connect().says("PASS oolong").introduces("ara").hears()).toEqual([
    `:tea.test 464 ara :${slowed}`,
    "ERROR :Bad password",
  ]);
  const elsewhere = scene.connect({ address: "198.51.100.7" }).says("PASS oolong");
  expect(elsewhere.introduces("sora").hears()[0]).toContain(" 001 sora ");
  scene.passes(10_000);
  expect(stranger.says("REGISTER * * a-long-password").hears()[0]).toContain("SUCCESS eve");
});

test("PASS and USER work only before registration, and need their parameters", () => {
  const mina = new Scene()
    .connect()
    .says("PASS", "USER mina 0 *", "USER :", "USER mina 0 * ", "USER  0 0 0", "USER mina 0 * :");
  expect(mina.hears()).toEqual([
    ":tea.test 461 * PASS :Not enough parameters",
    ":tea.test 461 * USER :Not enough parameters",
    ":tea.test 461 * USER :Not enough parameters",
    ":tea.test 461 * USER :Not enough parameters",
    ":tea.test 461 * USER :Not enough parameters",
    ":tea.test 461 * USER :Not enough parameters",
  ]);
  mina.introduces("mina");
  mina.hears();
  expect(mina.says("PASS :tea", "USER mina 0 * :Mina").hears()).toEqual([
    ":tea.test 462 mina :You have already introduced yourself",
    ":tea.test 462 mina :You have already introduced yourself",
  ]);
});

test("a user name keeps only ASCII letters, digits and _ . -, and a guest's begins with ~", () => {
  const scene = new Scene();
  for (const [given, shown] of [
    ["m!i@n a", "~min"],
    ["미나", "~u"],
    ["averylongusername", "~averylongus"],
  ]) {
    const mina = scene.connect().says("NICK mina", `USER ${given} 0 * :Mina`, "WHOIS mina", "QUIT");
    expect(mina.hears().find((line) => line.includes(" 311 "))).toContain(
      ` 311 mina mina ${shown} guest.test `,
    );
  }
});

test("PING is answered before registration too, in order", () => {
  const mina = new Scene().connect();
  mina.says("PING :before", "NICK mina", "PING middle", "USER mina 0 * :Mina", "PING :a b");
  const lines = mina.hears();
  expect(lines.slice(0, 3)).toEqual([
    ":tea.test PONG tea.test before",
    ":tea.test PONG tea.test middle",
    ":tea.test 001 mina :Welcome to Teahouse, mina",
  ]);
  expect(lines.at(-1)).toEqual(":tea.test PONG tea.test :a b");
  expect(mina.says("PING", "PONG", "PONG :tea").hears()).toEqual([
    ":tea.test 461 mina PING :Not enough parameters",
  ]);
});

test("QUIT is answered by ERROR, before registration too, and closes the connection", () => {
  const scene = new Scene();
  for (const [line, wanted] of [
    ["QUIT", "ERROR :Quit: "],
    ["QUIT :tea is ready", "ERROR :Quit: tea is ready"],
  ] as const) {
    const early = scene.connect().says(line);
    expect([early.hears(), early.closed]).toEqual([[wanted], true]);
    const late = scene.guest("mina").says(line);
    expect([late.hears(), late.closed]).toEqual([[wanted], true]);
    expect(late.says("PING :more").hears()).toEqual([]);
  }
});

test("a QUIT is sent once to each user, however many rooms they share", () => {
  const scene = new Scene();
  const jun = scene.guest("jun").says("JOIN #tea,#milk");
  const mina = scene.guest("mina").says("JOIN #tea,#milk");
  jun.hears();
  scene.guest("ara").says("JOIN #tea", "QUIT");
  expect(jun.hears().at(-1)).toBe(":ara!~ara@guest.test QUIT :Quit: ");
  mina.says(`QUIT :${"차".repeat(160)}`);
  const [line = "", ...more] = jun.hears();
  expect(more).toEqual([]);
  expect(line).toMatch(/^:mina!~mina@guest\.test QUIT :Quit: 차+$/);
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(510);
  const sora = scene.guest("sora").says("JOIN #tea");
  jun.hears();
  sora.vanishes();
  expect(jun.hears()).toEqual([":sora!~sora@guest.test QUIT :Connection lost"]);
});

test("an invalid, reserved or empty nick is refused", () => {
  const mina = new Scene().connect();
  mina.says(
    "NICK",
    "NICK :",
    "NICK #tea",
    "NICK a.b",
    "NICK :a b",
    "NICK NickServ",
    "NICK NlckServ",
    "NICK admin",
    `NICK ${"x".repeat(33)}`,
    "NICK mіna",
    "NICK 관리자",
  );
  expect(mina.hears()).toEqual([
    ":tea.test 431 * :No nick given",
    ":tea.test 431 * :No nick given",
    ":tea.test 432 * #tea :That is not a valid nick",
    ":tea.test 432 * a.b :That is not a valid nick",
    ":tea.test 432 * * :That is not a valid nick",
    ":tea.test 432 * NickServ :That is not a valid nick",
    ":tea.test 432 * NlckServ :That is not a valid nick",
    ":tea.test 432 * admin :That is not a valid nick",
    ":tea.test 432 * xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx :That is not a valid nick",
    ":tea.test 432 * mіna :That is not a valid nick",
    ":tea.test 432 * 관리자 :That is not a valid nick",
  ]);
});

test("a nick in use is refused, in upper or lower case, and before registration", () => {
  const scene = new Scene();
  scene.guest("mina");
  const jun = scene.connect().says("USER jun 0 * :Jun", "NICK Mina");
  expect(jun.hears()).toEqual([":tea.test 433 * Mina :Somebody has that name. Try another"]);
  jun.says("NICK jun");
  expect(jun.hears()[0]).toBe(":tea.test 001 jun :Welcome to Teahouse, jun");
  expect(jun.says("NICK MINA").hears()).toEqual([
    ":tea.test 433 jun MINA :Somebody has that name. Try another",
  ]);
});

test("an account's name, and a lookalike of it, is reserved as a nick, online or not", () => {
  const scene = new Scene();
  scene.signUp("barley");
  for (const nick of ["Barley", "bar1ey"]) {
    expect(scene.connect().introduces(nick).hears()).toEqual([
      `:tea.test 433 ${nick === "Barley" ? "* Barley" : "* bar1ey"} :Somebody has that name. Try another`,
    ]);
    expect(scene.guest("jun").says(`NICK ${nick}`, "QUIT").hears()[0]).toEqual(
      `:tea.test 433 jun ${nick} :Somebody has that name. Try another`,
    );
  }
  const own = scene.person("barley");
  expect(own.says("NICK bar1ey", "NICK Barley").hears()).toEqual([
    ":barley!u@barley000001.account NICK bar1ey",
    ":bar1ey!u@barley000001.account NICK Barley",
  ]);
});

test("a nick may change only in case; the same nick does nothing", () => {
  const scene = new Scene();
  const mina = scene.guest("mina").says("JOIN #tea");
  const jun = scene.guest("jun").says("JOIN #tea");
  mina.hears();
  jun.hears();
  mina.says("NICK Mina", "NICK Mina", "NICK minsu", "NICK 민수");
  expect(mina.hears()).toEqual([
    ":mina!~mina@guest.test NICK Mina",
    ":Mina!~mina@guest.test NICK minsu",
    ":minsu!~mina@guest.test NICK 민수",
  ]);
  expect(jun.hears()).toEqual([
    ":mina!~mina@guest.test NICK Mina",
    ":Mina!~mina@guest.test NICK minsu",
    ":minsu!~mina@guest.test NICK 민수",
  ]);
  expect(scene.guest("minsu").session.nickOrStar).toBe("minsu");
});

test("before registration other commands get 451, unknown ones too", () => {
  expect(
    new Scene().connect().says("JOIN #tea", "PRIVMSG jun :hi", "POUR", "JOIN").hears(),
  ).toEqual([
    ":tea.test 451 * :Introduce yourself first: NICK and USER",
    ":tea.test 451 * :Introduce yourself first: NICK and USER",
    ":tea.test 451 * :Introduce yourself first: NICK and USER",
    ":tea.test 451 * :Introduce yourself first: NICK and USER",
  ]);
  expect(new Scene().guest("mina").says("POUR", "123").hears()).toEqual([
    ":tea.test 421 mina POUR :Unknown command",
    ":tea.test 421 mina 123 :Unknown command",
  ]);
});

test("on a server without guests, sessions without an account can only sign up, log in and ping", () => {
  const scene = new Scene({ guests: false });
  scene.signUp("mina");
  const caps = ["standard-replies", "draft/account-registration"];
  const visitor = scene.connect().introduces("jun", caps);
  expect(visitor.hears().at(-1)).toEqual(
    ":tea.test FAIL * ACCOUNT_REQUIRED :Log in or sign up to talk here",
  );
  visitor.says(
    "JOIN #tea",
    "PRIVMSG mina :hi",
    "WHOIS mina",
    "LIST",
    "MOTD",
    "ACCOUNT CHECK mina",
    "ACCOUNT CHECK yuna",
    "NICK yuna",
    "PING :tea",
  );
  expect(visitor.hears()).toEqual([
    ":tea.test FAIL JOIN ACCOUNT_REQUIRED :Log in or sign up first",
    ":tea.test FAIL PRIVMSG ACCOUNT_REQUIRED :Log in or sign up first",
    ":tea.test FAIL WHOIS ACCOUNT_REQUIRED :Log in or sign up first",
    ":tea.test FAIL LIST ACCOUNT_REQUIRED :Log in or sign up first",
    ":tea.test FAIL MOTD ACCOUNT_REQUIRED :Log in or sign up first",
    ":tea.test FAIL ACCOUNT ACCOUNT_EXISTS mina :That name is taken. Try another",
    ":tea.test NOTE ACCOUNT NAME_FREE yuna :That name is free",
    ":tea.test PONG tea.test tea",
  ]);
  visitor.says("AUTHENTICATE PLAIN", `AUTHENTICATE ${PIECE}`);
  expect(visitor.hears().slice(0, 4)).toEqual([
    "AUTHENTICATE +",
    ":tea.test 900 yuna yuna!*@* mina :You are now logged in as mina",
    ":tea.test 903 yuna :You are logged in",
    ":tea.test 001 yuna :Welcome to Teahouse, yuna",
  ]);
});

test("a silent connection is closed after a minute, one with a nick after ten", () => {
  const scene = new Scene({ guests: false });
  const [silent, named] = [scene.connect(), scene.connect().introduces("mina")];
  named.hears();
  scene.passes(61_000);
  expect(silent.hears()).toEqual(["ERROR :Registration timed out"]);
  expect(named.closed).toBe(false);
  scene.passes(540_000);
  expect(named.hears()).toEqual(["ERROR :Registration timed out"]);
});

test("a silent session is sent PING after two minutes, and closed if it doesn't answer", () => {
  const scene = new Scene();
  const [mina, jun] = [scene.guest("mina"), scene.guest("jun")];
  scene.passes(120_001);
  expect(mina.hears()).toEqual(["PING tea.test"]);
  mina.says("PONG tea.test");
  scene.passes(60_001);
  expect(mina.closed).toBe(false);
  expect(jun.hears()).toEqual(["PING tea.test", "ERROR :Ping timeout: 180 seconds"]);
});

import { describe, expect, test } from "bun:test";
import { COMMANDS } from "../../lib/chat-server/commands.ts";
import { HELP_PAGES, helpPage } from "../../lib/chat-server/help-pages.ts";
import { Scene } from "../scene.ts";

describe("facts about the server", () => {
  test("MOTD sends the message of the day, or that there is none", () => {
    const jun = new Scene({ motd: ["Mind the kettle.", "", "차 마실 사람?"] }).guest("jun");
    jun.says("MOTD");
    expect(jun.hears()).toEqual([
      ":tea.test 375 jun :- Message of the day of Teahouse -",
      ":tea.test 372 jun :- Mind the kettle.",
      ":tea.test 372 jun :- ",
      ":tea.test 372 jun :- 차 마실 사람?",
      ":tea.test 376 jun :End of the message of the day",
    ]);
    const sun = new Scene({ motd: [] }).guest("sun");
    sun.says("MOTD");
    expect(sun.hears()).toEqual([":tea.test 422 sun :There is no message of the day"]);
  });

  test("LUSERS counts users, not their sessions, and invisible users separately", () => {
    const scene = new Scene();
    const mina = scene.person("mina");
    const laptop = scene.person("mina");
    const jun = scene.guest("jun");
    scene.connect();
    mina.says("JOIN #tea", "MODE mina +i");
    jun.says("LUSERS");
    expect(jun.hears()).toEqual([
      ":tea.test 251 jun :There is 1 person and 1 invisible on 1 server",
      ":tea.test 253 jun 1 :connection not logged in yet",
      ":tea.test 254 jun 1 room",
      ":tea.test 255 jun :I have 2 people and 0 other servers",
      ":tea.test 265 jun 2 2 :People here: 2, at most 2",
      ":tea.test 266 jun 2 2 :People everywhere: 2, at most 2",
    ]);
    mina.vanishes();
    mina.hears();
    jun.says("LUSERS");
    expect(jun.hears()[0]).toBe(":tea.test 251 jun :There is 1 person and 1 invisible on 1 server");
    laptop.says("MODE mina -i");
    laptop.vanishes();
    jun.says("LUSERS");
    const lines = jun.hears();
    expect(lines[0]).toBe(":tea.test 251 jun :There is 1 person and 0 invisible on 1 server");
    expect(lines.at(-1)).toBe(":tea.test 266 jun 1 2 :People everywhere: 1, at most 2");
  });

  test("VERSION sends the version and ISUPPORT", () => {
    const jun = new Scene().guest("jun");
    jun.says("VERSION");
    const [version, ...tokens] = jun.hears();
    expect(version).toBe(":tea.test 351 jun sodam-0.0.0 tea.test :IRCv3 over TLS");
    expect(tokens.join(" ")).toContain(" BOT=B ");
    expect(tokens.every((line) => line.startsWith(":tea.test 005 jun "))).toBe(true);
  });

  test("TIME sends the server's time", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    scene.passes(1500);
    jun.says("TIME");
    expect(jun.hears()).toEqual([
      ":tea.test 391 jun tea.test 1795307401 0 2026-11-22T00:30:01.500Z",
    ]);
  });

  test("ADMIN names the owners by their accounts", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    jun.says("ADMIN");
    expect(jun.hears()).toEqual([":tea.test 423 jun tea.test :This server has no owner yet"]);
    scene.signUp("mina", true);
    jun.says("ADMIN");
    expect(jun.hears()).toEqual([
      ":tea.test 256 jun tea.test :Who runs this server",
      ":tea.test 257 jun Teahouse",
      ":tea.test 258 jun :Owned by mina",
      ":tea.test 259 jun :Write to mina here: /msg mina",
    ]);
  });

  test("LINKS, INFO and WHOIS say what the owner says that the server is", () => {
    const scene = new Scene({ network: "Ann's Tea House", description: "Tea: for all" });
    const jun = scene.guest("jun").says("LINKS");
    expect(jun.hears()[0]).toBe(":tea.test 364 jun tea.test tea.test :0 Tea: for all");
    jun.says("INFO");
    const [first, second] = jun.hears();
    expect(first).toBe(":tea.test 371 jun :Tea: for all");
    expect(second).toStartWith(":tea.test 371 jun :Ann's Tea House runs Sodam");
    jun.says("WHOIS jun");
    expect(jun.hears()).toContain(":tea.test 312 jun jun tea.test :Tea: for all");
  });

  test("a network's name with spaces stands everywhere as one parameter", () => {
    const scene = new Scene({ network: "Ann's Tea House" });
    scene.signUp("mina", true);
    const jun = scene.connect().says("NICK jun", "USER jun 0 * :Jun");
    const greeting = jun.hears();
    expect(greeting).toContain(":tea.test 001 jun :Welcome to Ann's Tea House, jun");
    expect(greeting.join("\n")).toContain(" NETWORK=Ann's\\x20Tea\\x20House ");
    jun.says("LINKS", "ADMIN", "WHOIS jun");
    const replies = jun.hears();
    expect(replies).toContain(":tea.test 364 jun tea.test tea.test :0 Ann's Tea House");
    expect(replies).toContain(":tea.test 257 jun :Ann's Tea House");
    expect(replies).toContain(":tea.test 312 jun jun tea.test :Ann's Tea House");
  });

  test("these commands accept this server's name, and no other", () => {
    const scene = new Scene();
    const jun = scene.guest("jun");
    scene.signUp("mina");
    jun.says("LINKS");
    expect(jun.hears()).toEqual([
      ":tea.test 364 jun tea.test tea.test :0 Teahouse",
      ":tea.test 365 jun * :End of the list",
    ]);
    for (const verb of ["MOTD", "VERSION", "TIME", "INFO", "ADMIN"]) {
      // Nobody is on a server who isn't here.
      for (const other of ["coffee.test", "*.cafe", "mina"]) {
        jun.says(`${verb} ${other}`);
        expect(jun.hears()).toEqual([`:tea.test 402 jun ${other} :There is no such server`]);
      }
      for (const name of ["TEA.test", "*.test", "t?a.*", "*", "JUN"]) {
        jun.says(`${verb} ${name}`);
        expect(jun.hearsVerbs()).not.toContain("402");
      }
    }
  });
});

describe("HELP", () => {
  test("lists the commands, before registration too", () => {
    const visitor = new Scene().connect();
    visitor.says("HELP");
    const lines = visitor.hears();
    expect(lines[0]).toBe(":tea.test 704 * * Help");
    expect(lines[1]).toBe(":tea.test 705 * * :");
    expect(lines.at(-1)).toStartWith(":tea.test 706 * * ");
    const words = lines.slice(4).flatMap((line) => line.split(/[ :]/));
    expect(words).toEqual(expect.arrayContaining([...COMMANDS.keys()]));
  });

  test("explains a command, however its name is written", () => {
    const jun = new Scene().guest("jun");
    // The subject stands in each line as it was asked for, unless that can't be in the middle of a line.
    const rows = [
      ["HELP away", "AWAY"],
      ["HELPOP :/AWAY", "/AWAY"],
      ["HELP :away :<why>", "*"],
      ["HELP ://////////////////////////////away", "*"],
    ] as const;
    for (const [asked, subject] of rows) {
      jun.says(asked);
      expect(jun.hears()).toEqual([
        `:tea.test 704 jun ${subject} :How to use AWAY`,
        `:tea.test 705 jun ${subject} :`,
        `:tea.test 705 jun ${subject} :AWAY [:<reason>]`,
        `:tea.test 706 jun ${subject} :Marks you as away; without a text, as back.`,
      ]);
    }
  });

  test("says so when there is no page", () => {
    const jun = new Scene().guest("jun");
    jun.says("HELP constructor", `HELP ${"x".repeat(33)}`, "HELP :to me");
    expect(jun.hears()).toEqual([
      ":tea.test 524 jun CONSTRUCTOR :There is no help about that: try HELP",
      ":tea.test 524 jun * :There is no help about that: try HELP",
      ":tea.test 524 jun * :There is no help about that: try HELP",
    ]);
  });

  test("every page is about an existing command", () => {
    expect(Object.keys(HELP_PAGES).filter((verb) => !COMMANDS.has(verb))).toEqual([]);
  });

  test.each([...COMMANDS.keys()])("%s has a page, and no line of it is too wide", (verb) => {
    const lines = helpPage(verb) ?? [];
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(90);
  });
});

test.each([
  [0, "There are 0 people"],
  [1, "There is 1 person"],
  [2, "There are 2 people"],
  [11, "There are 11 people"],
  [21, "There are 21 people"],
])("LUSERS of %d visible users and as many rooms has words that agree", (count, people) => {
  const scene = new Scene();
  const mina = scene.guest("mina").says("MODE mina +i");
  for (let n = 0; n < count; n += 1) scene.guest(`guest${n}`).says(`JOIN #room${n}`);
  const lines = mina.says("LUSERS").hears();
  expect(lines.find((line) => line.includes(" 251 "))).toBe(
    `:tea.test 251 mina :${people} and 1 invisible on 1 server`,
  );
  const rooms = lines.find((line) => line.includes(" 254 "));
  expect(rooms).toBe(
    count === 0 ? undefined : `:tea.test 254 mina ${count} ${count === 1 ? "room" : "rooms"}`,
  );
  const here = count + 1;
  expect(lines.find((line) => line.includes(" 255 "))).toBe(
    `:tea.test 255 mina :I have ${here} ${here === 1 ? "person" : "people"} and 0 other servers`,
  );
});

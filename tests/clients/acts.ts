import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { type Client, type ClientKind, PASSWORD } from "./client.ts";
import type { Peer } from "./peer.ts";
import { ROOM, Stage } from "./stage.ts";

/**
 * One evening with a client, in acts that follow from each other. Mina is there before, with a client of
 * our own, and sees everything from the other side.
 *
 * @param door how one comes in: by an invitation, or as a guest who signs up afterwards
 */
export function playEvening(kind: ClientKind, door: "invitation" | "open"): void {
  const { nick } = kind;
  describe(`an evening with ${kind.name}`, () => {
    const stage = new Stage(...(door === "open" ? ["--guests", "--sign-up", "open"] : []));
    let mina: Peer;
    let link: ServerLink;
    let client: Client;

    beforeAll(async () => {
      mina = await stage.open();
      link = { ...stage.server.link, invitation: null };
      if (door === "invitation") {
        mina.says("INVITATION CREATE *");
        const invitation = (await mina.hears("INVITATION CREATED")).split(" ")[4] ?? null;
        link = { ...link, invitation };
      }
    });
    afterAll(() => stage.end());

    test(`${kind.name} connects over TLS with a pinned certificate, and signs up by REGISTER`, async () => {
      client = await kind.start(stage, link);
      await client.signUp();
      mina.says(`WHOIS ${nick}`);
      expect(await mina.hears(" 330 ")).toContain(` ${nick} ${nick} `);
    });

    test("its certificate can be put on the list of devices", async () => {
      await client.quote(`ACCOUNT CONFIRM ${PASSWORD}`);
      await client.screen.shows("Your password is confirmed");
      await client.quote("ACCOUNT CERT ADD laptop");
      await client.screen.shows("This device can now log in without a password");
    });

    test("a room shows earlier messages, with author and time", async () => {
      mina.says(`PRIVMSG ${ROOM} :어제 고구마 맛있었어요`);
      const said = Date.now();
      // Waits for the clock: the replay must be in another second than the messages.
      if (kind.tellsSeconds) await Bun.sleep(2000 - (said % 1000));
      await client.screen.types(`/join ${ROOM}`);
      await mina.hears(`JOIN ${ROOM}`);
      await client.goTo(ROOM);
      const row = await client.screen.shows("어제 고구마 맛있었어요");
      expect(row).toContain("mina");
      if (kind.tellsSeconds) expect(row).toMatch(new RegExp(`^\\W*(${secondsOf(said)})`));
    });

    test("Korean text arrives both ways, and each line once", async () => {
      await client.screen.types("안녕하세요, 미나 님! 👋🏽 뷁");
      expect(await mina.hears("PRIVMSG")).toEndWith(
        `PRIVMSG ${ROOM} :안녕하세요, 미나 님! 👋🏽 뷁`,
      );
      mina.says(`PRIVMSG ${ROOM} :반가워요, 차 한 잔 하실래요?`);
      expect(await client.screen.shows("반가워요, 차 한 잔")).toContain("mina");
      expect(await client.screen.count("안녕하세요, 미나 님")).toBe(1);
      expect(await client.screen.count("반가워요, 차 한 잔")).toBe(1);
    });

    test("a long message arrives whole, in several lines", async () => {
      const long = "가나다라마바사아자차카타파하 ".repeat(30).trim();
      await client.screen.types(`${long}끝`);
      let heard = "";
      while (!heard.endsWith("끝")) {
        const line = await mina.hears(`PRIVMSG ${ROOM} :`);
        heard += line.slice(line.indexOf(" :") + 2);
      }
      // Where a client breaks at a space, it may keep it or not.
      expect(heard.replaceAll(" ", "")).toBe(`${long}끝`.replaceAll(" ", ""));
    });

    test("an op sets the topic, and everyday commands work", async () => {
      mina.says(`MODE ${ROOM} +o ${nick}`);
      await mina.hears(` MODE ${ROOM} +o ${nick}`);
      await client.screen.types("/topic 오늘은 고구마", "/me 고구마를 굽는다");
      expect(await mina.hears(` TOPIC ${ROOM} `)).toEndWith(":오늘은 고구마");
      expect(await mina.hears("PRIVMSG")).toEndWith("\u0001ACTION 고구마를 굽는다\u0001");
      mina.says(`PRIVMSG ${ROOM} :\u0001ACTION 군침을 삼킨다\u0001`);
      expect(await client.screen.shows("군침을 삼킨다")).toContain("mina");
      mina.says("CAP REQ away-notify");
      await mina.hears(" ACK ");
      await client.screen.types("/away 밥 먹는 중");
      expect(await mina.hears(/ AWAY :?밥/)).toStartWith(`:${nick}!`);
      mina.says(`WHOIS ${nick}`);
      expect(await mina.hears(" 301 ")).toEndWith(":밥 먹는 중");
      await client.screen.types("/away");
      await mina.hears(/ AWAY$/);
      mina.says("CAP REQ -away-notify");
    });

    test("a nick change is seen by all members", async () => {
      await client.screen.types(`/nick ${nick}_집`);
      expect(await mina.hears(" NICK ")).toStartWith(`:${nick}!`);
      await client.screen.shows(`known as ${nick}_집`);
      mina.says("NICK mina-달");
      await client.screen.shows(/mina.* is now known as mina-달/);
      mina.says("NICK mina");
      await client.screen.types(`/nick ${nick}`);
      expect(await mina.hears(/ NICK .*_집|_집!.* NICK /)).toEndWith(nick);
    });

    test("direct messages arrive both ways", async () => {
      mina.says(`PRIVMSG ${nick} :귓속말이에요`);
      await client.goTo("mina");
      await client.screen.shows("귓속말이에요");
      await client.screen.types("저도 조용히 말할게요");
      expect(await mina.hears("PRIVMSG")).toEndWith("PRIVMSG mina :저도 조용히 말할게요");
    });

    test("HISTORY shows both sides of direct messages, each under its author's nick", async () => {
      await client.screen.types("/quote HISTORY mina 2");
      expect(await client.screen.showsTimes("귓속말이에요", 2)).toMatch(/mina.*귓/);
      expect(await client.screen.showsTimes("저도 조용히 말할게요", 2)).toContain(nick);
    });

    test("SASL PLAIN logs in, and the room and direct messages show the missed messages", async () => {
      mina.says(`MONITOR + ${nick}`);
      await client.leave();
      await mina.hears(" 731 ");
      mina.says(`PRIVMSG ${ROOM} :혼자 떡볶이 먹는 중`, `PRIVMSG ${nick} :오면 읽어 주세요`);
      await client.willLogIn("PLAIN");
      await client.comeBack();
      await client.goTo(ROOM);
      expect(await client.screen.shows("혼자 떡볶이 먹는 중")).toContain("mina");
      await client.goTo("mina");
      await client.screen.shows("오면 읽어 주세요");
    });

    test("it enables the capabilities listed in docs/clients.md", async () => {
      await client.quote("CAP LIST");
      const row = await client.screen.shows(/(currently enabled: |LIST :)/);
      expect(row).toEndWith(kind.capabilities.join(" "));
    });

    test("SASL EXTERNAL logs in by the certificate alone, and shows an invitation that came meanwhile", async () => {
      await client.willLogIn("EXTERNAL");
      await client.leave();
      await mina.hears(" 731 ");
      mina.says("JOIN #주말", "MODE #주말 +i", `INVITE ${nick} #주말`, "PING invited");
      await mina.hears("PONG");
      await client.comeBack();
      mina.says(`WHOIS ${nick}`);
      expect(await mina.hears(" 330 ")).toContain(` ${nick} ${nick} `);
      await client.goTo("server");
      expect(await client.screen.shows("#주말")).toContain("mina");
    });

    test("after the server was killed and restarted, the client is in the room again, with its history", async () => {
      await client.goTo(ROOM);
      mina.says(`PRIVMSG ${ROOM} :곧 정전이래요`);
      await client.screen.shows("곧 정전이래요");
      await client.clear();
      mina.end();
      mina = await stage.killAndStart();
      mina.says(`MONITOR + ${nick}`);
      await mina.hears(new RegExp(` 730 mina :?${nick}!`));
      await client.goTo(ROOM);
      await client.screen.shows("곧 정전이래요");
      await client.screen.types("다시 왔어요");
      expect(await mina.hears("다시 왔어요")).toContain(`:${nick}!`);
    });

    test("another certificate than the pinned one is not trusted", async () => {
      await client.leave();
      expect(await kind.mistrust(stage, stage.server.link)).not.toBeEmpty();
    });
  });
}

/** The second of a moment or the next one, as clients write them. */
function secondsOf(ms: number): string {
  return [ms, ms + 1000].map((at) => new Date(at).toISOString().slice(11, 19)).join("|");
}

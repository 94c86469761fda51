import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import type { ServerLink } from "../../lib/protocol/server-link.ts";
import { certificateFile, PASSWORD } from "./client.ts";
import { Peer } from "./peer.ts";
import type { Screen } from "./screen.ts";
import { ROOM, Stage } from "./stage.ts";

/** A client as its user operates it: what they type, and what they wait for. */
export interface Visitor {
  readonly screen: Screen;
  /** Joins the room, turns to its window, and waits until that is there. */
  join(): Promise<void>;
  /** Turns to the window of the room or of a person, and waits until it is there. */
  goTo(window: string): Promise<void>;
  /** Types a line for the server. */
  quote(line: string): Promise<void>;
  /** Types the reconnect command after the server was killed, if the client doesn't reconnect soon. */
  comeBack?(): Promise<void>;
}

/** A kind of client that is given name and password by its settings, and logs in as soon as it starts. */
export interface VisitorKind {
  readonly name: string;
  /** The person in front of it. */
  readonly nick: string;
  /** How it can log in. EXTERNAL is by the certificate in `device.pem`. */
  readonly mechanisms: readonly ("PLAIN" | "EXTERNAL")[];
  /** Starts it. It connects and logs in at once. */
  start(visit: Visit): Promise<Visitor>;
  /** Starts it with a pin that doesn't fit, and answers what it then shows. */
  mistrust?(visit: Visit): Promise<string>;
}

export interface Visit {
  readonly stage: Stage;
  readonly link: ServerLink;
  readonly mechanism: "PLAIN" | "EXTERNAL";
  readonly nick: string;
  readonly password: string;
  /** Certificate and key of the visitor's device in one file. */
  readonly device: string;
}

/**
 * A short visit of somebody who has an account: what everybody does on every day. Mina is there before, with
 * a client of our own, and sees everything from the other side.
 */
export function playVisit(kind: VisitorKind): void {
  const { nick } = kind;
  describe(`a visit with ${kind.name}`, () => {
    const stage = new Stage("--sign-up", "open");
    let mina: Peer;
    let visit: Visit;
    let visitor: Visitor;

    beforeAll(async () => {
      mina = await stage.open();
      const link = { ...stage.server.link, invitation: null };
      const device = await certificateFile(stage);
      const before = await Peer.signUp(link, nick, PASSWORD, readFileSync(device, "utf8"));
      before.says(`ACCOUNT CONFIRM ${PASSWORD}`, "ACCOUNT CERT ADD laptop");
      await before.hears("CERT_ADDED");
      before.end();
      visit = { stage, link, mechanism: "PLAIN", nick, password: PASSWORD, device };
    });
    afterAll(() => stage.end());

    test("it connects over TLS with a pinned certificate, and logs in by SASL", async () => {
      mina.says(`MONITOR + ${nick}`);
      visitor = await kind.start(visit);
      await mina.hears(new RegExp(` 730 mina :?${nick}!`));
      mina.says(`WHOIS ${nick}`);
      expect(await mina.hears(" 330 ")).toContain(` ${nick} ${nick} `);
    });

    test("a room shows earlier messages, with their authors", async () => {
      mina.says(`PRIVMSG ${ROOM} :어제 고구마 맛있었어요`);
      await visitor.join();
      await mina.hears(`JOIN ${ROOM}`);
      expect(await visitor.screen.shows("어제 고구마 맛있었어요")).toContain("mina");
    });

    test("Korean text arrives both ways, and each line once", async () => {
      await visitor.screen.types("안녕하세요, 미나 님! 뷁");
      expect(await mina.hears("PRIVMSG")).toEndWith(`PRIVMSG ${ROOM} :안녕하세요, 미나 님! 뷁`);
      mina.says(`PRIVMSG ${ROOM} :반가워요, 차 한 잔 하실래요?`);
      expect(await visitor.screen.shows("반가워요, 차 한 잔")).toContain("mina");
      expect(await visitor.screen.count("안녕하세요, 미나 님")).toBe(1);
      expect(await visitor.screen.count("반가워요, 차 한 잔")).toBe(1);
    });

    test("HISTORY shows the earlier messages again", async () => {
      await visitor.quote(`HISTORY ${ROOM} 1`);
      await visitor.goTo(ROOM);
      expect(await visitor.screen.showsTimes("반가워요, 차 한 잔", 2)).toContain("mina");
    });

    test("a nick change is seen by all members", async () => {
      await visitor.screen.types(`/nick ${nick}_집`);
      expect(await mina.hears(" NICK ")).toStartWith(`:${nick}!`);
      await visitor.screen.types("이제 집이에요");
      expect(await mina.hears("이제 집이에요")).toStartWith(`:${nick}_집!`);
      mina.says("NICK mina-달", `PRIVMSG ${ROOM} :저는 달에 있어요`);
      expect(await visitor.screen.shows("저는 달에 있어요")).toContain("mina-달");
      mina.says("NICK mina");
      await visitor.screen.types(`/nick ${nick}`);
      expect(await mina.hears(/ NICK .*_집|_집!.* NICK /)).toEndWith(nick);
    });

    test("direct messages arrive both ways", async () => {
      mina.says(`PRIVMSG ${nick} :귓속말이에요`);
      await visitor.goTo("mina");
      await visitor.screen.shows("귓속말이에요");
      await visitor.screen.types("저도 조용히 말할게요");
      expect(await mina.hears("PRIVMSG")).toEndWith("PRIVMSG mina :저도 조용히 말할게요");
    });

    test("after the server was killed and restarted, the client is in the room again, with its history", async () => {
      mina.end();
      mina = await stage.killAndStart();
      await visitor.comeBack?.();
      mina.says(`PRIVMSG ${ROOM} :불이 다시 들어왔어요`, `MONITOR + ${nick}`);
      await mina.hears(new RegExp(` 730 mina :?${nick}!`));
      await visitor.goTo(ROOM);
      await visitor.screen.shows("불이 다시 들어왔어요");
      await visitor.screen.types("다시 왔어요");
      expect(await mina.hears("다시 왔어요")).toStartWith(`:${nick}!`);
    });

    if (kind.mechanisms.includes("EXTERNAL")) {
      test("a second connection logs in by its certificate alone, and is the same user", async () => {
        const second = await kind.start({ ...visit, mechanism: "EXTERNAL", password: "" });
        await second.goTo(ROOM);
        await second.screen.shows("불이 다시 들어왔어요");
        await second.screen.types("저는 두 번째 화면");
        expect(await mina.hears("저는 두 번째 화면")).toStartWith(`:${nick}!`);
      });
    }

    const { mistrust } = kind;
    if (mistrust !== undefined) {
      test("another certificate than the pinned one is not trusted", async () => {
        expect(await mistrust(visit)).not.toBeEmpty();
      });
    }
  });
}

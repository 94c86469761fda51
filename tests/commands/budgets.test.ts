import { describe, expect, test } from "bun:test";
import { type Actor, Scene } from "../scene.ts";
import { countSteps } from "../step-counter.ts";
import { testWithOneServer } from "../takeover-stage.ts";

/** What an account, an address and a network may cost the server, by counting its work: see budgets.ts. */

/** Returns how many lines of an actor wait. */
const waiting = (...actors: readonly Actor[]): number =>
  actors.reduce((sum, { session }) => sum + session.heldLines.length, 0);

/** Returns the milliseconds of work that `cause` leads to. */
function workMs({ server }: Scene, cause: () => void): number {
  const { meter } = server.state.budgets;
  const before = meter.microseconds;
  cause();
  return (meter.microseconds - before) / 1000;
}

function guestAt(scene: Scene, nick: string, address: string): Actor {
  const actor = scene.connect({ address }).introduces(nick);
  actor.hears();
  return actor;
}

/** A server with flood control and a thousand rooms, whose list costs much more than a line. */
function town(): Scene {
  const scene = new Scene({ floodControl: true });
  for (let n = 0; n < 1000; n += 1) {
    if (n % 10 === 0) scene.passes(60_000);
    const founder = n % 100 === 0 ? scene.person(`founder${n}`) : null;
    founder?.says(...Array.from({ length: 100 }, (_, room) => `JOIN #room${n + room}`));
    scene.passes(60_000);
  }
  return scene;
}

/** Sends the line from each in turn, again and again. */
function floods(actors: readonly Actor[], line: string, rounds: number): void {
  for (let n = 0; n < rounds; n += 1) for (const actor of actors) actor.says(line);
}

describe("256 guests at one address", () => {
  const LIST = "LIST #a*,#b*,#c*,#d*,#e*,#f*,#g*,#h*";

  test("cost no more than one of them alone may, at once and in each second after that", () => {
    const scene = town();
    const guests = Array.from({ length: 256 }, (_, n) => guestAt(scene, `g${n}`, "192.0.2.66"));
    scene.passes(120_000);
    const atOnce = workMs(scene, () => floods(guests, LIST, 4));
    expect(atOnce).toBeGreaterThan(200);
    expect(atOnce).toBeLessThan(350);
    expect(waiting(...guests)).toBeGreaterThan(500);
    const later = workMs(scene, () => {
      for (let tick = 0; tick < 200; tick += 1) scene.passes(50);
    });
    expect(later / 10).toBeGreaterThan(15);
    expect(later / 10).toBeLessThan(30);
  });

  test("don't hold up a member at their address, nor a guest elsewhere, nor a log-in", () => {
    const scene = town();
    scene.signUp("mina");
    const guests = Array.from({ length: 256 }, (_, n) => guestAt(scene, `g${n}`, "192.0.2.66"));
    floods(guests, LIST, 4);
    const mina = scene.connect({ address: "192.0.2.66" }).logsIn("mina");
    expect(mina.hearsVerbs()).toContain("001");
    expect(mina.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
    const jun = guestAt(scene, "jun", "198.51.100.7");
    expect(jun.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
  });

  test("are served in turn, whoever came first and however much they sent", () => {
    const scene = town();
    const [greedy, modest, ...crowd] = Array.from({ length: 10 }, (_, n) =>
      guestAt(scene, `g${n}`, "192.0.2.66"),
    ) as [Actor, Actor, ...Actor[]];
    while (waiting(greedy) < 30) floods([...crowd, greedy], LIST, 1);
    modest.says("PING :tea");
    expect(waiting(modest)).toBe(1);
    for (let tick = 0; waiting(modest) > 0; tick += 1) {
      expect(tick).toBeLessThan(4);
      scene.passes(500);
    }
    expect(waiting(greedy)).toBeGreaterThan(20);
    expect(modest.hearsVerbs()).toContain("PONG");
  });

  test("are named in the log once a minute", () => {
    const scene = town();
    const guests = Array.from({ length: 8 }, (_, n) => guestAt(scene, `g${n}`, "192.0.2.66"));
    const notes = () => scene.notes.filter((note) => note.includes("held back"));
    floods(guests, LIST, 40);
    const sentence =
      "192.0.2.66 is held back: their commands cost more than their share of the server";
    expect(notes()).toEqual([sentence]);
    for (let tick = 0; tick < 240; tick += 1) scene.passes(500);
    floods(guests, LIST, 60);
    expect(notes()).toEqual([sentence, sentence]);
  });
});

test("guests of many addresses together leave the members their part of the server", () => {
  const scene = town();
  const mina = scene.person("mina");
  const guests = Array.from({ length: 100 }, (_, n) => guestAt(scene, `g${n}`, `10.${n}.1.1`));
  const atOnce = workMs(scene, () => floods(guests, "LIST #a*,#b*,#c*,#d*,#e*,#f*", 40));
  expect(atOnce).toBeLessThan(1100);
  expect(waiting(...guests)).toBeGreaterThan(1000);
  expect(mina.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
});

test("addresses of one IPv6 network, and of one IPv4 network, share a budget", () => {
  for (const addressOf of [
    (n: number) => `2001:db8:7:${n.toString(16)}::1`,
    (n: number) => `203.0.113.${n}`,
  ]) {
    const scene = town();
    const guests = Array.from({ length: 50 }, (_, n) => guestAt(scene, `g${n}`, addressOf(n)));
    expect(workMs(scene, () => floods(guests, "LIST #a*,#b*,#c*,#d*", 30))).toBeLessThan(700);
    expect(waiting(...guests)).toBeGreaterThan(100);
  }
});

test("a member's sessions share the account's budget, and other members don't wait for it", () => {
  const scene = town();
  const mina = Array.from({ length: 20 }, () => scene.person("mina"));
  const jun = scene.person("jun");
  expect(workMs(scene, () => floods(mina, "LIST #a*,#b*,#c*,#d*,#e*,#f*", 40))).toBeLessThan(600);
  expect(waiting(...mina)).toBeGreaterThan(100);
  expect(mina.some(({ closed }) => closed)).toBe(false);
  expect(jun.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
});

test("all bots of an account share a budget, also those that are made later", () => {
  const scene = town();
  const mina = scene.person("mina", "sodam.chat/account").says("ACCOUNT CONFIRM :mina-password");
  const jun = scene.person("jun");
  const addBot = (name: string): Actor[] => {
    mina.hears();
    const token = mina.says(`ACCOUNT BOT ADD ${name}`).hears().at(-1)?.split(" ")[5] ?? "";
    return Array.from({ length: 4 }, () => scene.connect().logsIn(name, [], token));
  };
  const bots = ["first", "second", "third"].flatMap(addBot);
  const LIST = "LIST #a*,#b*,#c*,#d*,#e*,#f*";
  expect(workMs(scene, () => floods(bots, LIST, 80))).toBeLessThan(600);
  mina.says("ACCOUNT BOT DEL first");
  const later = addBot("fourth");
  floods(later, "PING :tea", 1);
  expect(waiting(...later)).toBe(4);
  for (const other of [mina, jun]) {
    other.hears();
    expect(other.says("PING :tea").hears()).toEqual([":tea.test PONG tea.test tea"]);
  }
});

test("a debt doesn't go by connecting again", () => {
  const scene = town();
  for (let isHeldBack = false; !isHeldBack; ) {
    const mina = scene.person("mina");
    floods([mina], "LIST #a*,#b*,#c*,#d*,#e*,#f*,#g*,#h*", 20);
    isHeldBack = waiting(mina) > 0;
  }
  for (const actor of scene.actors) actor.vanishes();
  const again = scene.person("mina");
  again.says("PING :tea");
  expect(waiting(again)).toBe(1);
  scene.passes(5000);
  expect(again.hearsVerbs()).toContain("PONG");
});

test("a page that shows nothing is charged for the events that were read for it", () => {
  const scene = new Scene({ floodControl: true });
  const talker = scene.person("talker", "message-tags").says("JOIN #tea");
  for (let n = 0; n < 3000; n += 1) {
    scene.now += 1000;
    talker.says("@+draft/react=👍 TAGMSG #tea");
  }
  const reader = scene.person("reader", "draft/event-playback").says("JOIN #tea");
  reader.hears();
  const cost = workMs(scene, () => reader.says("CHATHISTORY LATEST #tea * 100"));
  expect(reader.hears().filter((line) => line.includes("TAGMSG"))).toEqual([]);
  expect(cost).toBeGreaterThan(5);
  for (let n = 0; n < 60; n += 1) reader.says("CHATHISTORY LATEST #tea * 100");
  expect(waiting(reader)).toBeGreaterThan(10);
});

describe("slow queries", () => {
  test("of one account run one at a time over all its sessions, and all are answered in order", () => {
    const scene = new Scene();
    const mina = [scene.person("mina"), scene.person("mina"), scene.person("mina")];
    const jun = scene.person("jun").says("JOIN #tea");
    mina[0]?.says("JOIN #tea");
    jun.says("PRIVMSG #tea :hello");
    for (const actor of [...mina, jun]) actor.hears();
    scene.holding = true;
    for (const actor of [...mina, jun]) actor.says("HISTORY #tea 10");
    expect(scene.pendingCount).toBe(2);
    scene.settle();
    for (const actor of [...mina, jun]) {
      expect(actor.hears().some((line) => line.endsWith("hello"))).toBe(true);
    }
  });

  test("of the guests of one address run one at a time, and one that has left is passed over", () => {
    const scene = new Scene();
    const guests = ["mina", "jun", "sora"].map((nick) => scene.guest(nick).says("JOIN #tea"));
    scene.holding = true;
    for (const actor of guests) actor.says("HISTORY #tea 10");
    expect(scene.pendingCount).toBe(1);
    guests[0]?.vanishes();
    guests[1]?.vanishes();
    guests[2]?.hears();
    scene.settle();
    expect(guests[2]?.says("PING :tea").hears()).toContain(":tea.test PONG tea.test tea");
  });
});

test("an office of fifty that comes back to a hundred rooms each is not held back", () => {
  const scene = new Scene({ floodControl: true });
  const nicks = Array.from({ length: 50 }, (_, n) => `member${n}`);
  for (const nick of nicks) {
    const actor = scene.person(nick);
    for (let room = 0; room < 100; room += 20) {
      actor.says(`JOIN ${Array.from({ length: 20 }, (_, n) => `#room${room + n}`).join(",")}`);
      scene.passes(60_000);
    }
    scene.passes(600_000);
  }
  const later = scene.restart();
  const actors = nicks.map((nick) => later.connect().logsIn(nick));
  for (const actor of actors) {
    for (let room = 0; room < 60; room += 1) actor.says(`CHATHISTORY LATEST #room${room} * 50`);
  }
  expect(waiting(...actors)).toBe(0);
  expect(later.notes).toEqual([]);
});

test("that lines are held is told once, and again when none were held meanwhile", () => {
  const scene = new Scene({ floodControl: true });
  let told = 0;
  scene.server.state.linesHeld = () => {
    told += 1;
  };
  const strangers = [scene.connect(), scene.connect()];
  const flood = (): void => {
    for (const stranger of strangers) {
      for (let n = 0; stranger.session.heldLines.length === 0; n += 1) stranger.says(`PING ${n}`);
    }
  };
  flood();
  expect(told).toBe(1);
  expect(scene.server.state.sessionsHeldBack.size).toBe(2);
  while (scene.server.state.sessionsHeldBack.size > 0) scene.passes(5000);
  flood();
  expect(told).toBe(2);
});

test("looking at a held line again costs the same however long it is", () => {
  const looks = (line: string): number => {
    const scene = new Scene({ floodControl: true });
    const stranger = scene.connect();
    for (let n = 0; stranger.session.heldLines.length === 0; n += 1) stranger.says(`PING ${n}`);
    stranger.session.heldLines.splice(0);
    stranger.says(line);
    scene.server.runHeldLines();
    return countSteps(() => {
      for (let n = 0; n < 20; n += 1) scene.server.runHeldLines();
    });
  };
  const tags = Array.from({ length: 500 }, (_, n) => `t${n}=1`).join(";");
  expect(looks(`@${tags} PING x`)).toBe(looks("PING x"));
});

testWithOneServer("what takes much longer than was counted is charged as it was measured", () => {
  const scene = new Scene({ floodControl: true });
  const [mina, jun] = [scene.person("mina"), scene.person("jun")];
  const { meter } = scene.server.state.budgets;
  const spent = (ms: number): number => {
    mina.session.link.send = () => {
      scene.preciseMs += ms;
    };
    return workMs(scene, () => mina.says("PING :tea"));
  };
  expect(spent(0.1)).toBeLessThan(0.02);
  expect(spent(15)).toBeCloseTo(15, 0);
  expect(meter.counts().unexplained).toBeGreaterThan(14_000);
  let often = 0;
  for (let n = 0; n < 50; n += 1) often += spent(0.1);
  expect(often).toBeGreaterThan(3);
  // Another process may have had the core.
  expect(spent(5000)).toBeLessThan(21);
  for (let n = 0; n < 30; n += 1) spent(15);
  expect(waiting(mina)).toBeGreaterThan(5);
  jun.hears();
  expect(jun.says("PING :tea").hears()).toHaveLength(1);
  const stranger = scene.connect();
  stranger.session.link.send = mina.session.link.send;
  expect(workMs(scene, () => stranger.says("CAP LS"))).toBeLessThan(0.1);
  // What passes between two commands is nobody's work.
  scene.preciseMs += 1000;
  expect(workMs(scene, () => jun.says("PING :tea"))).toBeLessThan(0.02);
});

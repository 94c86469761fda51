import { expect } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ConversationId, RoomEvent } from "../../lib/chat-server/event.ts";
import { parseStoredEvent } from "../../lib/file-manager/history/stored-event.ts";
import { nickOf, parseMessage } from "../../lib/protocol/wire/message.ts";
import { encodePlain } from "../../lib/protocol/wire/sasl.ts";
import { KilledPeer } from "../kills/kill-stage.ts";
import type { Prng } from "../prng.ts";

/** Nobody leaves it, and nobody is kicked from it. */
const CORE = "#core";
const ROOMS = ["#tea", "#dev", "#수다방"];
const MEMBERS = ["mina", "jun", "sora"];
const GUESTS = ["bob", "eve", "zoe", "kim"];
const SIGN_UP = "REGISTER * * :open sesame street";
const CAPS = [
  ...["message-tags", "echo-message", "batch", "labeled-response", "away-notify"],
  ...["draft/chathistory", "draft/multiline", "draft/metadata-2", "sodam.chat/read-receipts"],
  ...["extended-monitor", "setname", "multi-prefix", "server-time", "draft/message-redaction"],
  ...["sodam.chat/edit", "draft/read-marker", "sodam.chat/account", "sodam.chat/report"],
];
/** What stands before a message that was said before, for those who aren't told its time. */
const SHOWN_TIME = /^\[\d\d:\d\d\] /;
/** Who has these sends several lines as one message. */
const MULTILINE = ["message-tags", "batch", "draft/multiline"];
const DIRECT = /^w\d+$/;
const MARK = /^m\d+-\d+$/;
/** What somebody hears whose message, or JOIN, wasn't stored: the log had no room. */
const REFUSED = /^(?:@\S+ )?:\S+ (?:400 \S+|FAIL) (PRIVMSG|JOIN) #core .*can't store/;

/** What the people of a crowd are connected to. */
interface CrowdStage {
  /**
   * Whether what somebody has sent just before their connection broke may be lost: where a gateway doesn't hear at once that
   * its leader has died.
   */
  readonly losesLastWords?: boolean;
  open(peer: KilledPeer): void;
  send(peer: KilledPeer, text: string): void;
  break(peer: KilledPeer): void;
}

/** A person of the crowd. */
interface Person {
  readonly name: string;
  readonly peer: KilledPeer;
  readonly number: number;
  readonly isMember: boolean;
  readonly caps: readonly string[];
  /** The messages that they sent to the core room, in lines. */
  readonly sent: (readonly string[])[];
  /** How many of them were refused, in words. */
  refused: number;
  /** Half of what they say, which they send later. */
  rest: string;
  /** Those that they heard there, in order. */
  readonly heard: string[];
  /** Direct messages that were sent to them, with the senders, and those that they heard. */
  readonly addressed: { readonly text: string; readonly from: Person }[];
  readonly received: string[];
  readonly lines: string[];
  /** The messages of several lines that are being told to them. */
  readonly batches: Set<string>;
  /** Whether they have asked to leave. */
  hasQuit: boolean;
  /** Whether what they sent last may not have arrived. */
  isLost: boolean;
}

/** People who talk over gateways, and notice when something gets lost, or is heard twice. */
export class TalkingCrowd {
  last = "";
  /** How many came before anybody talked. */
  #firstCount = 0;
  readonly #prng: Prng;
  readonly #stage: CrowdStage;
  readonly #people: Person[] = [];
  #count = 0;
  #directCount = 0;
  #saidCount = 0;
  /** Messages that people have heard in other rooms than the core room. */
  #messages: { readonly id: string; readonly room: string; readonly from: string }[] = [];
  #heard: string[] = [];

  constructor(prng: Prng, stage: CrowdStage) {
    this.#prng = prng;
    this.#stage = stage;
  }

  /** Members sign up, and everybody enters the core room. */
  begin(): void {
    for (const name of MEMBERS) this.#enter(name, SIGN_UP);
    for (const name of GUESTS.slice(0, 2)) this.#enter(name, null);
    this.endLines();
    this.#firstCount = this.#count;
  }

  /** Everybody sends the rest of what they were saying. */
  endLines(): void {
    for (const { peer, rest } of this.#present()) if (rest !== "") this.#stage.send(peer, rest);
    for (const person of this.#people) person.rest = "";
  }

  /** Somebody does something. */
  act(): void {
    const present = this.#present();
    const choice = present.length === 0 ? 75 : this.#prng.below(81);
    if (present.length > 0) this.#say(this.#prng.pick(present), "");
    if (choice < 32) this.#talk();
    else if (choice < 38) this.#sendDirect();
    else if (choice < 48) this.#talkElsewhere();
    else if (choice < 60) this.#takeBack();
    else if (choice < 75) this.#someLine();
    else if (choice < 78) this.#enter(this.#prng.pick([...MEMBERS, ...GUESTS]), null);
    else if (choice < 79) this.#enter(this.#prng.pick(GUESTS), SIGN_UP);
    else this.#leave();
  }

  /** Somebody of these asks whether the server is there. Returns whether it has answered; `null` when nobody can ask. */
  ask(peers: ReadonlySet<KilledPeer>): (() => boolean) | null {
    const person = this.#present().find(
      ({ peer, rest, heard }) => peers.has(peer) && rest === "" && heard.length > 0,
    );
    if (person === undefined) return null;
    const heard = person.lines.length;
    this.#stage.send(person.peer, "PING :tea\r\n");
    return () => person.lines.slice(heard).some((line) => / PONG \S+ :?tea$/.test(line));
  }

  /** The connections of these people have ended, and are missed by nobody. */
  lost(peers: ReadonlySet<KilledPeer>): void {
    for (const person of this.#people) {
      if (!peers.has(person.peer)) continue;
      person.hasQuit = true;
      person.isLost = true;
    }
  }

  /** Returns all lines of messages that anybody heard since the last call. */
  takeHeard(): string[] {
    return this.#heard.splice(0);
  }

  get peers(): KilledPeer[] {
    return this.#people.map(({ peer }) => peer);
  }

  /** Looks at what everybody has heard so far. */
  check(): void {
    for (const person of this.#people) {
      for (const line of person.peer.hears()) this.#hear(person, line);
      if (!person.peer.isOpen && /^ERROR :Your password/.test(person.lines.at(-1) ?? "")) {
        // What they were saying meanwhile was lost.
        [person.hasQuit, person.isLost] = [true, true];
      }
      if (!person.peer.isOpen && !person.hasQuit) {
        throw new Error(`${person.name} was disconnected: ${person.lines.slice(-3).join(" / ")}`);
      }
      for (const texts of [person.received, person.heard]) {
        const [doubled] = texts.filter((text, index) => texts.indexOf(text) !== index);
        if (doubled === undefined) continue;
        const how = person.caps.includes("message-tags") ? "" : ", without message-ids";
        throw new Error(`${person.name} has heard ${doubled} twice${how}`);
      }
    }
  }

  /**
   * Everything that was sent is in the history once, and was heard once by everybody who was there.
   *
   * @param folder has the history; `null` where messages aren't written to disk
   */
  checkAll(folder: string | null): void {
    this.check();
    const present = this.#people.filter(({ hasQuit }) => !hasQuit);
    for (const person of present) this.#checkHeard(person, present);
    for (const { name, addressed, received } of present) {
      const missing = addressed.find(({ text, from }) => !from.isLost && !received.includes(text));
      if (missing !== undefined) throw new Error(`${name} has missed ${missing.text}`);
    }
    if (folder === null) return;
    const said = coreMessages(folder);
    for (const person of present) {
      const own = said.filter((text) => text.startsWith(`m${person.number}-`));
      const missing = missingOf(person, own, true);
      if (missing !== null) throw new Error(`the history has lost ${missing} of ${person.name}`);
    }
    for (const person of present) {
      const heard = person.heard.filter((text) => !this.#isOwn(person, text));
      const others = said.filter((text) => !this.#isOwn(person, text));
      const expected = others.slice(Math.max(0, others.length - heard.length));
      expect([person.name, ...heard]).toEqual([person.name, ...expected]);
    }
  }

  /** Who was there from the beginning has heard everything, and others all from the first message on that they heard. */
  #checkHeard(person: Person, present: readonly Person[]): void {
    const isFirst = person.number <= this.#firstCount;
    for (const other of present) {
      const isOwn = other.name === person.name;
      const { number } = other;
      // Which session of theirs a message came from isn't known after a takeover.
      if (isOwn && (number !== person.number || !person.caps.includes("echo-message"))) continue;
      const heard = person.heard.filter((text) => text.startsWith(`m${number}-`));
      const missing = missingOf(other, heard, isOwn || isFirst);
      if (missing !== null) throw new Error(`${person.name} has missed ${missing}`);
    }
  }

  /** Whether a message is of the person, or of another session of the same account. */
  #isOwn({ name }: Person, text: string): boolean {
    const number = Number(/^m(\d+)-/.exec(text)?.[1]);
    return this.#people.some((person) => person.number === number && person.name === name);
  }

  #hear(person: Person, line: string): void {
    person.lines.push(line);
    const message = parseMessage(line);
    if (message === null) return;
    const msgid = message.tags.get("msgid");
    const [, refused] = REFUSED.exec(line) ?? [];
    if (refused === "PRIVMSG") person.refused += 1;
    // They aren't there, and of no interest.
    if (refused === "JOIN") [person.hasQuit, person.isLost] = [true, true];
    const [target = "", text = ""] = message.params;
    const isElsewhere = ROOMS.includes(target) && message.verb === "PRIVMSG";
    if (msgid !== undefined && isElsewhere) {
      this.#messages.push({ id: msgid, room: target, from: nickOf(message.source ?? "") });
    }
    const batch = message.tags.get("batch");
    if (message.verb === "BATCH") noteBatch(person.batches, target, text, batch);
    // Those of histories were said before.
    const isLive = batch === undefined || person.batches.has(batch);
    if (message.verb !== "PRIVMSG" || !isLive) return;
    this.#heard.push(text.replace(SHOWN_TIME, ""));
    if (DIRECT.test(text) && nickOf(message.source ?? "") !== person.name) {
      person.received.push(text);
    }
    if (target !== CORE) return;
    const mark = text.replace(SHOWN_TIME, "");
    if (MARK.test(mark)) person.heard.push(mark);
  }

  /** @param signUp the line by which an account is made; `null` for a guest, or who has one already */
  #enter(name: string, signUp: string | null): void {
    const prng = this.#prng;
    const isMember = MEMBERS.includes(name) || signUp !== null;
    this.#count += 1;
    const nick = MEMBERS.includes(name) ? name : `${name}${this.#count}`;
    const caps = CAPS.filter(() => prng.chance(60));
    const peer = new KilledPeer(`192.0.2.${this.#count}`);
    const person: Person = {
      ...{ name: nick, peer, number: this.#count, isMember, caps, sent: [], refused: 0, rest: "" },
      ...{ heard: [], lines: [], addressed: [], received: [], batches: new Set() },
      ...{ hasQuit: false, isLost: false },
    };
    this.#people.push(person);
    this.last = `${nick} comes`;
    this.#stage.open(peer);
    const lines = ["CAP LS 302", `CAP REQ :${["sasl", ...caps].join(" ")}`];
    if (isMember && signUp === null) {
      const pieces = encodePlain(name, "open sesame street");
      lines.push("AUTHENTICATE PLAIN", ...pieces.map((piece) => `AUTHENTICATE ${piece}`));
    }
    lines.push(`NICK ${nick}`, `USER ${nick} 0 * :${nick}`, "CAP END");
    if (signUp !== null) lines.push(signUp);
    lines.push(`JOIN ${CORE}`);
    this.#say(person, `${lines.join("\r\n")}\r\n`);
  }

  /** Sends the rest of what somebody was saying, and then something in pieces, of which the second may come much later. */
  #say(person: Person, text: string, mayPause = true): void {
    const prng = this.#prng;
    const { peer, rest } = person;
    const end = prng.below(text.length);
    const isPaused = mayPause && prng.chance(25);
    person.rest = isPaused ? text.slice(end) : "";
    // Within a letter of several bytes it may be cut as well, by the frames.
    const pieces = [rest, text.slice(0, end), isPaused ? "" : text.slice(end)];
    for (const piece of pieces) if (piece !== "") this.#stage.send(peer, piece);
  }

  #present(): Person[] {
    return this.#people.filter(({ hasQuit, peer }) => !hasQuit && peer.isOpen);
  }

  #talk(): void {
    const prng = this.#prng;
    const person = prng.pick(this.#present());
    const count = prng.pick([1, 1, 2, 10]);
    const isOne = count > 1 && MULTILINE.every((cap) => person.caps.includes(cap));
    const tag = isOne ? "@batch=t " : "";
    const first = person.sent.flat().length + 1;
    const texts = Array.from({ length: count }, (_, n) => `m${person.number}-${first + n}`);
    person.sent.push(...(isOne ? [texts] : texts.map((text) => [text])));
    const lines = texts.map((text) => `${tag}PRIVMSG ${CORE} :${text}`);
    // Another one may still be open: see someLine.
    if (isOne) lines.unshift("BATCH -m", `BATCH +t draft/multiline ${CORE}`);
    if (isOne) lines.push("BATCH -t");
    this.last = `${person.name} talks`;
    this.#say(person, `${lines.join("\r\n")}\r\n`);
  }

  /** A direct message to a guest, or from one: nothing stores it but the memory. */
  #sendDirect(): void {
    const prng = this.#prng;
    const [from, to] = [prng.pick(this.#present()), prng.pick(this.#present())];
    if (from === to || (from.isMember && to.isMember)) return;
    // Who is still coming has no nick yet.
    if (to.heard.length === 0) return;
    this.#directCount += 1;
    const text = `w${this.#directCount}`;
    for (const person of this.#present()) {
      if (person.name === to.name && person.heard.length > 0) person.addressed.push({ text, from });
    }
    this.last = `${from.name} tells ${to.name} ${text}`;
    this.#say(from, `PRIVMSG ${to.name} :${text}\r\n`);
  }

  /** Says something in a room that others leave, and where they are kicked. */
  #talkElsewhere(): void {
    const person = this.#prng.pick(this.#present());
    const room = this.#prng.pick(ROOMS);
    this.#saidCount += 1;
    this.last = `${person.name} talks in ${room}`;
    const long = "x".repeat(300);
    const text = `r${this.#saidCount}`;
    this.#say(
      person,
      `JOIN ${room}\r\nPRIVMSG ${room} :${text}\r\nPRIVMSG ${room} :${text} ${long}\r\n`,
    );
  }

  /** Somebody deletes, edits or reports a message, in most cases their own. */
  #takeBack(): void {
    const prng = this.#prng;
    if (this.#messages.length === 0) return;
    const { id, room, from } = prng.pick(this.#messages);
    const present = this.#present();
    const person = present.find(({ name }) => name === from) ?? prng.pick(present);
    this.#saidCount += 1;
    const line = prng.pick([
      `REDACT ${room} ${id}`,
      `EDIT ${room} ${id} :e${this.#saidCount}`,
      `REPORT ${room} ${id} :rude`,
    ]);
    this.last = `${person.name}: ${line}`;
    this.#say(person, `${line}\r\n`);
  }

  #leave(): void {
    const present = this.#present();
    if (present.length < 5) return;
    const person = this.#prng.pick(present);
    person.hasQuit = true;
    this.last = `${person.name} leaves`;
    if (this.#prng.chance(50)) this.#say(person, "QUIT :bye\r\n", false);
    else {
      person.isLost = person.rest !== "" || (this.#stage.losesLastWords ?? false);
      this.#stage.break(person.peer);
    }
  }

  #someLine(): void {
    const prng = this.#prng;
    const present = this.#present();
    const person = prng.pick(present);
    const room = prng.pick(ROOMS);
    const other = prng.pick(present).name;
    // Others are told a history as if it were said now.
    const remembered = person.caps.includes("batch") ? prng.pick([room, other]) : room;
    const label = person.caps.includes("labeled-response") ? `@label=l${prng.below(99)} ` : "";
    const lines: readonly (readonly string[])[] = [
      [`${label}JOIN ${room}`],
      [`${label}JOIN ${room}`],
      [`PART ${room}`],
      [`PRIVMSG ${other} :psst`],
      [`@+draft/react=👍 TAGMSG ${room}`],
      [`NICK ${prng.pick(GUESTS)}x${prng.below(4)}`, `NICK ${person.name}`],
      [prng.pick(["AWAY :tea", "AWAY"])],
      [prng.pick([`ACCEPT ${other}`, "SILENCE +*!*@elsewhere", `SILENCE -*!*@elsewhere`])],
      [`MONITOR + ${other},nobody`, "MONITOR L"],
      [`${label}CHATHISTORY LATEST ${remembered} * 20`],
      [`METADATA * SET mood :${room}`, "METADATA * SUB mood"],
      [`INVITE ${other} ${room}`],
      [`MODE ${room} ${prng.pick(["+i", "-i", "+m", "-m", "+b *!*@x", "-b *!*@x"])}`],
      [`MODE ${room} ${prng.pick(["+v", "+o", "-o"])} ${other}`],
      [`KICK ${room} ${other}`],
      [`MARKREAD ${room} timestamp=2026-11-22T00:${30 + prng.below(20)}:00.000Z`],
      [`SETNAME :${room}`],
      [`WHOWAS ${other}`, `WHOIS ${other}`, `${label}WHO ${room}`],
      [`BATCH +m draft/multiline ${room}`, `@batch=m PRIVMSG ${room} :one`],
      [`@batch=m PRIVMSG ${room} :two`, "BATCH -m"],
      [`${label}TOPIC ${room} :${prng.below(99)}`],
      [`RENAME ${room} ${room}x`, `RENAME ${room}x ${room}`],
      ["AUTHENTICATE PLAIN"],
      ["AUTHENTICATE *"],
      [`ACCOUNT CONFIRM :open sesame street`, "ACCOUNT PASSWORD KEEP :open sesame street"],
      ["", "LUSERS", "PING :x"],
    ];
    const chosen = prng.pick(lines);
    this.last = `${person.name}: ${chosen.join(" / ")}`;
    // Meanwhile nobody would know under which nick to write to them.
    const hasOtherNick = chosen[0]?.startsWith("NICK") === true;
    this.#say(person, `${chosen.join("\r\n")}\r\n`, !hasOtherNick);
  }
}

/**
 * Returns a line that is missing in what was heard of somebody's messages, in their order and whole; `null` when as much is
 * missing as was refused.
 *
 * @param isFromFirst whether all were to be heard, and not only those from the first one on that was heard
 */
function missingOf(
  { sent, refused }: Person,
  heard: readonly string[],
  isFromFirst: boolean,
): string | null {
  const first = isFromFirst ? 0 : sent.findIndex(([text]) => text === heard[0]);
  if (first < 0) return heard[0] ?? null;
  let position = 0;
  const missing = sent.slice(first).filter((texts) => {
    const isThere = texts.every((text, index) => heard[position + index] === text);
    if (isThere) position += texts.length;
    return !isThere;
  });
  if (missing.length > refused) return missing[0]?.[0] ?? "";
  return heard[position] ?? null;
}

/** Returns what was said in the core room, from its files. */
function coreMessages(folder: string): string[] {
  return eventsIn(join(folder, "history")).flatMap((events) =>
    events.flatMap((event) =>
      event.kind === "said" ? event.text.split("\n").filter((text) => MARK.test(text)) : [],
    ),
  );
}

/** Returns the events of each history, whose positions count up without a gap. */
function eventsIn(histories: string): RoomEvent[][] {
  return readdirSync(histories).map((name) => {
    const id = name as ConversationId;
    const days = readdirSync(join(histories, name)).filter((file) => file.endsWith(".jsonl"));
    const lines = days.sort().flatMap((day) => {
      return readFileSync(join(histories, name, day), "utf8")
        .split("\n")
        .slice(0, -1);
    });
    const stored = lines.map((line) => parseStoredEvent(line, id));
    const events = stored.flatMap((line) => (line.kind === "event" ? [line.event] : []));
    expect([name, ...events.map(({ position }) => position)]).toEqual([
      name,
      ...stored.map((_, index) => index + 1),
    ]);
    return events;
  });
}

/** Notes where a message of several lines begins and ends, if it isn't one of a history. */
function noteBatch(batches: Set<string>, name: string, type: string, within?: string): void {
  const id = name.slice(1);
  if (name.startsWith("-")) batches.delete(id);
  else if (type === "draft/multiline" && within === undefined) batches.add(id);
}

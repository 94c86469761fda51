import type { Behaviour, HostileConnection } from "./hostile-connection.ts";

/**
 * The commands that cost the server most for what they are (tests/bench/worst-cases.ts measures all of them), sent
 * as fast as the kernel takes them.
 */

const LONG = "tea and cake for everybody in this house ".repeat(10).slice(0, 380);
const names = (count: number, start: string): string =>
  Array.from({ length: count }, (_, n) => `${start}${n}`).join(",");
const ROOMS = names(20, "#r");
const multiline = (room: string, n: number): string =>
  `BATCH +m${n} draft/multiline ${room}\r\n` +
  `@batch=m${n} PRIVMSG ${room} :${LONG}\r\n`.repeat(19) +
  `BATCH -m${n}\r\n`;

/** What anybody can send. */
const ANYBODYS: readonly ((n: number) => string)[] = [
  () => "LIST *a*b*,*c*d*,*e*f*,*g*h*,*i*j*,*k*l*,*m*n*,*o*p*\r\n",
  () => "WHO *\r\n",
  () => "WHO *nobody*there*\r\n",
  () => "NAMES\r\n",
  () => `NAMES ${ROOMS}\r\n`,
  (n) => (n % 2 === 0 ? `JOIN ${ROOMS}\r\n` : `PART ${ROOMS}\r\n`),
  () => `PRIVMSG #crowd :${LONG}\r\n`,
  () => `PRIVMSG #r1,#r2,#r3,#r4 :${LONG}\r\n`,
  (n) => multiline("#crowd", n),
  () => "@+typing=active TAGMSG #crowd\r\n",
  (n) => `NICK x${n % 2}${process.pid}${n}\r\n`,
  (n) => `SETNAME :${n} ${LONG}\r\n`,
  (n) => (n % 2 === 0 ? `AWAY :${LONG}\r\n` : "AWAY\r\n"),
  (n) => `METADATA * SET display-name :${n} ${LONG.slice(0, 200)}\r\n`,
  () => `WHOIS ${names(20, "person")}\r\n`,
  () => `MONITOR + ${names(60, "person")}\r\nMONITOR S\r\nMONITOR C\r\n`,
  (n) => `SILENCE +*${n}*x*!*@*\r\n`,
  () => "CHATHISTORY LATEST #reactions * 200\r\n",
  () => "CHATHISTORY LATEST #pages * 200\r\n",
  () => "METADATA #crowd SYNC\r\n",
  () => "HELP\r\nMOTD\r\nISUPPORT\r\nINFO\r\n",
];

/** What a member can send besides, to rooms of its own. */
const MEMBERS: readonly ((n: number) => string)[] = [
  ...ANYBODYS,
  () =>
    "CHATHISTORY LATEST #reactions * 200\r\nCHATHISTORY TARGETS timestamp=2020-01-01T00:00:00.000Z timestamp=2100-01-01T00:00:00.000Z 200\r\n",
  () => "HISTORY #pages 200\r\n",
  () => "SEARCH text=cake;in=#pages;limit=200\r\n",
  () => "SEARCH text=nothing-like-it\r\n",
  (n) => `RENAME ${n % 2 === 0 ? "#plaza #plaza-b" : "#plaza-b #plaza"}\r\n`,
  () => "MODE #crowd +beIq\r\n",
  (n) =>
    `MODE #crowd ${n % 2 === 0 ? "+" : "-"}mtnsC\r\nMODE #crowd +bbbb a${n}!*@* b${n}!*@* c${n}!*@* d${n}!*@*\r\n`,
  (n) => `TOPIC #crowd :${n} ${LONG.slice(0, 280)}\r\n`,
  () => "ACCOUNT DATA\r\n",
  () => "AUDIT #crowd\r\nREPORTS\r\nINVITATION LIST\r\n",
];

const CAPS =
  "batch message-tags server-time account-tag echo-message multi-prefix extended-join draft/multiline draft/metadata-2 draft/chathistory labeled-response soju.im/search draft/channel-rename";
/** Reactions are read and not shown without `message-tags`. */
const CAPS_WITHOUT_TAGS = "batch draft/chathistory draft/event-playback draft/multiline";
const LINES_PER_TICK = 12;

/**
 * Returns the behaviour of somebody who comes in and sends the worst commands without end.
 *
 * @param logIn what is sent between CAP REQ and CAP END
 * @param number differs from connection to connection
 * @param header what is sent before everything else
 */
export function worstCommands(
  number: number,
  logIn: string,
  isMember: boolean,
  header = "",
): Behaviour {
  const commands = isMember ? MEMBERS : ANYBODYS;
  const nick = `h${number}`;
  const caps = number % 3 === 0 ? CAPS_WITHOUT_TAGS : CAPS;
  return {
    stopsReading: number % 4 === 3,
    opened: (connection) => {
      connection.step = number;
      const request = logIn === "" ? caps : `sasl ${caps}`;
      connection.send(
        `${header}CAP REQ :${request}\r\n${logIn}NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\nCAP END\r\n`,
      );
      connection.send(`JOIN #crowd,#reactions,#pages\r\n`);
    },
    tick: (connection) => connection.send(nextLines(connection, commands)),
  };
}

function nextLines(
  connection: HostileConnection,
  commands: readonly ((n: number) => string)[],
): string {
  let lines = "";
  for (let n = 0; n < LINES_PER_TICK; n += 1) {
    connection.step += 1;
    lines += commands[connection.step % commands.length]?.(connection.step) ?? "";
  }
  return lines;
}

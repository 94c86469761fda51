import { expect, test } from "bun:test";
import { CLIENT, Folder } from "./program.ts";
import { Pty } from "./pty.ts";

/** The client at a bouncer with several networks, as soju is: which one is asked once, and remembered. */

const CAPS = "sasl=PLAIN batch message-tags server-time soju.im/bouncer-networks draft/chathistory";
const NETWORKS = [
  "BOUNCER NETWORK 1 name=Libera\\sChat;state=connected",
  "BOUNCER NETWORK 2 name=OFTC;state=disconnected",
];

/** Just enough of soju. `heard` has each line that it got, with the number of the connection. */
function startBouncer() {
  const heard: string[] = [];
  let connections = 0;
  const listener = Bun.listen<{ id: number; network: string }>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        connections += 1;
        socket.data = { id: connections, network: "" };
      },
      data(socket, bytes) {
        for (const line of bytes.toString().split("\r\n").filter(Boolean)) {
          heard.push(`${socket.data.id} ${line}`);
          const [, network = socket.data.network] = /^BOUNCER BIND (\S+)/.exec(line) ?? [];
          socket.data.network = network;
          for (const answer of answersTo(line, network)) socket.write(`${answer}\r\n`);
        }
      },
    },
  });
  return { heard, port: listener.port, stop: () => listener.stop(true) };
}

function answersTo(line: string, network: string): string[] {
  const words = line.replace(/^@\S+ /, "").split(" ");
  const [verb, first = ""] = words;
  switch (verb) {
    case "CAP":
      if (first === "LS") return [`:soju CAP * LS :${CAPS}`];
      if (first === "REQ") return [`:soju CAP * ACK ${words.slice(2).join(" ")}`];
      return welcome(network);
    case "AUTHENTICATE":
      if (first === "PLAIN") return ["AUTHENTICATE +"];
      return [":soju 900 mina mina!m@h mina :Logged in", ":soju 903 mina :Good"];
    case "BOUNCER":
      if (first !== "LISTNETWORKS") return [];
      return [
        ":soju BATCH +n soju.im/bouncer-networks",
        ...NETWORKS.map((row) => `@batch=n :soju ${row}`),
        ":soju BATCH -n",
      ];
    case "PING":
      return [`:soju PONG soju ${first}`];
    default:
      return [];
  }
}

function welcome(network: string): string[] {
  const name = network === "" ? "NETWORK=soju" : `NETWORK=Libera BOUNCER_NETID=${network}`;
  const room = network === "" ? [] : [":mina!m@h JOIN #tea", ":soju 366 mina #tea :End"];
  return [
    ":soju 001 mina :Welcome",
    `:soju 005 mina CHANTYPES=# ${name} :are supported`,
    ":soju 422 mina :No MOTD",
    ...room,
  ];
}

test("a bouncer's network is asked for once; its rooms are there, and the next start leads to it at once", async () => {
  using folder = new Folder();
  const bouncer = startBouncer();
  const open = () => {
    const pty = new Pty([...CLIENT, `127.0.0.1:${bouncer.port}`, "--plain", "--account", "mina"], {
      ...{ XDG_CONFIG_HOME: folder.path, LC_ALL: "C.UTF-8", LANG: "en_US.UTF-8" },
    });
    pty.resize(100, 30);
    return pty;
  };
  let pty = open();
  for (const [question, typed] of [
    ["● Log in", "\r"],
    ["◆  ID", "\r"],
    ["◆  Password", "secret\r"],
    // The password is stored, so that the next start asks nothing.
    ["Store the password in", "\x1b[D\r"],
    ["Which of the bouncer's networks?", "\r"],
    ["Rooms · mina", ""],
  ] as const) {
    await pty.sees(question);
    if (question.startsWith("Which")) {
      await pty.sees("● Libera Chat");
      pty.type("\x1b[B");
      await pty.sees("● OFTC (not connected)");
      pty.type("\x1b[A");
      await pty.sees("● Libera Chat");
    }
    pty.type(typed);
  }
  await pty.sees("#tea");
  pty.end();
  await pty.exited;
  expect(bouncer.heard).toContain("2 BOUNCER BIND 1");
  expect(bouncer.heard.filter((line) => line.startsWith("1 BOUNCER BIND"))).toEqual([]);
  pty = open();
  await pty.sees("#tea");
  expect(pty.written).not.toContain("Which of the bouncer");
  expect(bouncer.heard).toContain("3 BOUNCER BIND 1");
  pty.end();
  await pty.exited;
  bouncer.stop();
}, 60_000);

/**
 * The least that a chat server on Bun can cost: connections, rooms and relaying, and nothing besides. No history, no
 * checks, no capabilities, and no care for readers who are slow. What the benchmark finds between this and
 * Sodam is Sodam's own; what it finds between this and another server is the run time's.
 *
 *     bun tests/bench/bare.ts FOLDER TLS-PORT PLAIN-PORT
 */
import { readFileSync } from "node:fs";
import type { Socket } from "bun";

interface Person {
  nick: string;
  rest: string;
}

type Rooms = Map<string, Set<Socket<Person>>>;

function main([folder = ".", tlsPort, plainPort]: readonly string[]): void {
  const rooms: Rooms = new Map();
  const socket = {
    open(socket: Socket<Person>) {
      socket.data = { nick: "", rest: "" };
    },
    data(socket: Socket<Person>, bytes: Buffer) {
      const lines = (socket.data.rest + bytes.toString()).split("\r\n");
      socket.data.rest = lines.pop() ?? "";
      for (const line of lines) take(rooms, socket, line);
    },
    close(socket: Socket<Person>) {
      for (const members of rooms.values()) members.delete(socket);
    },
    error() {},
  };
  const pem = (name: string) => readFileSync(`${folder}/${name}.pem`, "utf8");
  const tls = { cert: pem("cert"), key: pem("key") };
  Bun.listen<Person>({ hostname: "127.0.0.1", port: Number(tlsPort), tls, socket });
  Bun.listen<Person>({ hostname: "127.0.0.1", port: Number(plainPort), socket });
}

function take(rooms: Rooms, socket: Socket<Person>, line: string): void {
  const [verb = "", target = ""] = line.split(" ", 2);
  const { nick } = socket.data;
  const members = rooms.get(target);
  const tell = (text: string) => {
    const told = Buffer.from(`:${nick}!u@h ${text}\r\n`);
    for (const member of members ?? []) if (member !== socket) member.write(told);
    return told;
  };
  switch (verb) {
    case "NICK":
      socket.data.nick = target;
      return;
    case "USER":
      socket.write(`:bare 001 ${nick} :Welcome\r\n:bare 422 ${nick} :No message\r\n`);
      return;
    case "PING":
      socket.write(`:bare PONG bare ${line.slice(5)}\r\n`);
      return;
    case "JOIN":
      if (members === undefined) rooms.set(target, new Set([socket]));
      socket.write(tell(`JOIN ${target}`));
      members?.add(socket);
      socket.write(
        `:bare 353 ${nick} = ${target} :${nick}\r\n:bare 366 ${nick} ${target} :End\r\n`,
      );
      return;
    case "PART":
      socket.write(tell(line));
      members?.delete(socket);
      return;
    case "PRIVMSG":
      tell(line);
      return;
    case "QUIT":
      socket.end();
  }
}

main(process.argv.slice(2));

import type { Socket } from "bun";
import {
  ADMIN_ANSWER_BYTES_MAX,
  ADMIN_REQUEST_BYTES_MAX,
  ADMIN_VERSION,
  type AdminAnswer,
  type AdminRequest,
  formatAdminAnswer,
  parseAdminRequest,
} from "../protocol/admin/admin-answer.ts";
import { Outbox } from "./outbox.ts";

/** Owners type, and scripts ask once a minute: more at a time is a mistake in a script. */
const CONSOLES_MAX = 16;
/** How much of the log may wait for a console that doesn't read. Lines beyond it are left out. */
const FOLLOWED_BYTES_MAX = 1 << 20;
const ENCODER = new TextEncoder();
const OWNER_ONLY_UMASK = 0o177;

/** What the owner's console is connected to. */
export interface AdminInput {
  /** Runs a request. `respond` is called once, now or later. */
  administer(request: AdminRequest, respond: (answer: AdminAnswer) => void): void;
  /** Starts handing over the lines of the log. Returns how to stop it. */
  followLog(send: (line: string) => void): () => void;
}

/** The listener for consoles. */
export interface AdminListener {
  /** Hangs up on all consoles and accepts no more. */
  stop(): void;
}

/** One console's connection. */
interface Console {
  readonly outbox: Outbox;
  /** The unfinished line. */
  text: string;
  readonly decoder: TextDecoder;
  /** Whether a request is being answered: requests wait for the answer to the one before. */
  isBusy: boolean;
  stopFollowing: (() => void) | null;
}

/**
 * Listens for the owner's console on a unix socket that only the server's own user, and root, may open: there is no
 * other check. Throws the system's error when it can't.
 */
export function listenForConsoles(path: string, input: AdminInput): AdminListener {
  const consoles = new Set<Socket<Console>>();
  const umask = process.platform === "win32" ? null : process.umask(OWNER_ONLY_UMASK);
  try {
    const listener = Bun.listen<Console>({
      unix: path,
      socket: {
        open(socket) {
          // The newest is somebody's who wants something now; the oldest may be a forgotten "admin log".
          const [oldest] = consoles;
          if (consoles.size >= CONSOLES_MAX) oldest?.terminate();
          const outbox = new Outbox({ bytesMax: ADMIN_ANSWER_BYTES_MAX });
          const decoder = new TextDecoder();
          socket.data = { outbox, text: "", decoder, isBusy: false, stopFollowing: null };
          consoles.add(socket);
        },
        data: (socket, bytes) => {
          const console = socket.data;
          if (console === undefined) return;
          console.text += console.decoder.decode(bytes, { stream: true });
          runRequests(socket, input);
        },
        drain: (socket) => flush(socket),
        close: (socket) => {
          consoles.delete(socket);
          socket.data?.stopFollowing?.();
        },
        error: (socket) => socket.terminate(),
      },
    });
    return {
      stop() {
        listener.stop(true);
        for (const socket of consoles) socket.terminate();
      },
    };
  } finally {
    if (umask !== null) process.umask(umask);
  }
}

/** Runs the requests that have arrived whole, one after another. */
function runRequests(socket: Socket<Console>, input: AdminInput): void {
  const console = socket.data;
  if (console.text.length > ADMIN_REQUEST_BYTES_MAX) return void socket.terminate();
  const end = console.text.indexOf("\n");
  if (end < 0 || console.isBusy) return;
  const line = console.text.slice(0, end);
  console.text = console.text.slice(end + 1);
  const request = parseAdminRequest(line);
  console.isBusy = true;
  const respond = (answer: AdminAnswer): void => {
    send(socket, answer);
    if (isLog(answer)) follow(socket, input);
    console.isBusy = false;
    runRequests(socket, input);
  };
  if (request !== null) return input.administer(request, respond);
  respond({ kind: "refused", sentence: ["otherVersion", ADMIN_VERSION], notes: [] });
}

function isLog(answer: AdminAnswer): boolean {
  return answer.kind === "done" && answer.sentence[0] === "logFollows";
}

function follow(socket: Socket<Console>, input: AdminInput): void {
  const { data: console } = socket;
  console.stopFollowing?.();
  console.stopFollowing = input.followLog((line) => {
    if (console.outbox.bytes < FOLLOWED_BYTES_MAX) send(socket, { kind: "log", line });
  });
}

function send(socket: Socket<Console>, answer: AdminAnswer): void {
  socket.data.outbox.push(ENCODER.encode(formatAdminAnswer(answer)));
  flush(socket);
}

function flush(socket: Socket<Console>): void {
  const { outbox } = socket.data;
  outbox.flush((bytes) => socket.write(bytes));
  if (outbox.isOverLimit) socket.terminate();
}

import type { Socket } from "bun";
import { Outbox } from "./outbox.ts";

/** What may wait for the other process: more means that it hangs. */
const WAITING_BYTES_MAX = 64 << 20;
/** Until so much waits, the sender may go on. */
const BUSY_BYTES = 4 << 20;
const OWNER_ONLY_UMASK = 0o177;

/** A connection between two processes of one machine. */
export interface LocalConnection {
  /** Whether so much waits that the sender should wait as well: see {@link LocalHandlers.drained}. */
  readonly isBusy: boolean;
  /** Whether it was closed, since more waited than the other process may owe. */
  readonly isOverLimit: boolean;
  /** Sends bytes, which may change afterwards. What can't leave waits. */
  write(bytes: Uint8Array): void;
  /** Ends the connection when everything that waits has left, and the other process has read it. */
  end(): void;
  /** Ends the connection at once. */
  close(): void;
}

/** The callbacks of a connection's owner. */
export interface LocalHandlers {
  open?(connection: LocalConnection): void;
  /** Bytes arrived, split anywhere. They are valid during this call only. */
  data(connection: LocalConnection, bytes: Uint8Array): void;
  /** Everything that waited has left. */
  drained?(connection: LocalConnection): void;
  /** The connection has ended, for whatever reason. */
  close(connection: LocalConnection): void;
}

/** A socket on which other processes connect. */
export interface LocalListener {
  /** Accepts no more connections. */
  stopAccepting(): void;
  /** The same, and ends those that there are at once. */
  stop(): void;
}

/** Listens on a unix socket for other processes of this user. Throws the system's error when it can't. */
export function listenLocally(path: string, handlers: LocalHandlers): LocalListener {
  const open = new Set<LocalSocket>();
  const umask = process.umask(OWNER_ONLY_UMASK);
  try {
    const listener = Bun.listen<LocalSocket>({
      unix: path,
      socket: {
        ...socketHandlers(handlers),
        open(socket) {
          socket.data = new LocalSocket(socket);
          open.add(socket.data);
          handlers.open?.(socket.data);
        },
        close(socket) {
          open.delete(socket.data);
          handlers.close(socket.data);
        },
      },
    });
    return {
      stopAccepting: () => listener.stop(false),
      stop() {
        listener.stop(false);
        for (const connection of open) connection.close();
      },
    };
  } finally {
    process.umask(umask);
  }
}

/** Connects to such a socket. Rejects with the system's error when nobody listens. */
export async function connectLocally(
  path: string,
  handlers: LocalHandlers,
): Promise<LocalConnection> {
  const socket = await Bun.connect<LocalSocket>({
    unix: path,
    socket: {
      ...socketHandlers(handlers),
      open(opened) {
        opened.data = new LocalSocket(opened);
        handlers.open?.(opened.data);
      },
      close: (closed) => handlers.close(closed.data),
    },
  });
  return socket.data;
}

function socketHandlers(handlers: LocalHandlers) {
  return {
    data: (socket: Socket<LocalSocket>, bytes: Buffer) => handlers.data(socket.data, bytes),
    drain(socket: Socket<LocalSocket>) {
      if (socket.data.flush()) handlers.drained?.(socket.data);
    },
    error: (socket: Socket<LocalSocket>) => socket.terminate(),
  };
}

class LocalSocket implements LocalConnection {
  readonly #socket: Socket<LocalSocket>;
  readonly #outbox = new Outbox({ bytesMax: WAITING_BYTES_MAX });
  #isEnding = false;

  constructor(socket: Socket<LocalSocket>) {
    this.#socket = socket;
  }

  get isBusy(): boolean {
    return this.#outbox.bytes > BUSY_BYTES;
  }

  get isOverLimit(): boolean {
    return this.#outbox.isOverLimit;
  }

  write(bytes: Uint8Array): void {
    const taken = this.#outbox.bytes === 0 ? this.#socket.write(bytes) : 0;
    if (taken < 0 || taken === bytes.length) return;
    this.#outbox.push(bytes.slice(taken));
    if (this.isOverLimit) this.close();
  }

  end(): void {
    this.#isEnding = true;
    if (this.#outbox.bytes === 0) this.#socket.end();
  }

  close(): void {
    this.#socket.terminate();
  }

  /** Offers to the kernel what waits. Returns whether all of it has left. */
  flush(): boolean {
    const isEmpty = this.#outbox.flush((bytes) => this.#socket.write(bytes)) === "empty";
    if (isEmpty && this.#isEnding) this.#socket.end();
    return isEmpty;
  }
}

import { openAdminSocket } from "../../file-manager/admin-socket.ts";
import { lockFolder } from "../../file-manager/disk/lock.ts";
import type { AdminAnswer, AdminRequest } from "../../protocol/admin/admin-answer.ts";
import { adminCommandName } from "../../protocol/admin/admin-commands.ts";
import type { Log, LogFeed } from "../../settings/log.ts";
import { listenForConsoles } from "../../transport/admin-listener.ts";

/** NATS mostly answers within this: then nobody needs this console. */
const QUICK_MS = 250;

/** What {@link WaitingConsole} needs of its node. */
interface WaitingConsoleOptions {
  /** Path of the data folder, which is locked meanwhile. */
  readonly folder: string;
  /** The node's name, as its owner gave it. */
  readonly node: string;
  readonly feed: LogFeed;
  readonly note: Log;
}

/** The owner's console of a node that waits for NATS: it says for what, and shows the log. */
export class WaitingConsole {
  readonly #options: WaitingConsoleOptions;
  readonly #timer: ReturnType<typeof setTimeout>;
  #opening: Promise<{ close(): void }> | null = null;
  /** What the log says of it. */
  #why: string | null = null;

  constructor(options: WaitingConsoleOptions) {
    this.#options = options;
    this.#timer = setTimeout(() => {
      this.#opening = this.#open();
    }, QUICK_MS);
  }

  /** Writes to the node's log: a warning says for what the node waits. */
  readonly note: Log = (level, text, cause) => {
    if (level === "warn" || level === "error") this.#why = text;
    this.#options.note(level, text, cause);
  };

  /** Resolves when the data folder is free again. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    (await this.#opening)?.close();
  }

  /** Another process may have the folder, or the system permits no socket: then the node waits without a console. */
  async #open(): Promise<{ close(): void }> {
    const { folder, feed } = this.#options;
    const locked = await lockFolder(folder);
    if (!("lock" in locked)) return { close() {} };
    const opened = openAdminSocket(folder, (path) =>
      listenForConsoles(path, {
        administer: (request, respond) => respond(this.#answerTo(request)),
        followLog: (send) => feed.follow(send),
      }),
    );
    return {
      close() {
        if ("close" in opened) opened.close();
        locked.lock.release();
      },
    };
  }

  #answerTo({ command }: AdminRequest): AdminAnswer {
    if (adminCommandName(command) === "log") {
      return { kind: "done", sentence: ["logFollows"], notes: [] };
    }
    const sentence = ["nodeWaits", this.#options.node, this.#why] as const;
    return { kind: "refused", sentence, notes: [] };
  }
}

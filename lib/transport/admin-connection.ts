import {
  ADMIN_ANSWER_BYTES_MAX,
  type AdminAnswer,
  type AdminRequest,
  formatAdminRequest,
  parseAdminAnswer,
} from "../protocol/admin/admin-answer.ts";

/** Longer than names of users are: the environment may say anything. */
const NAME_LETTERS_MAX = 64;

/** Returns the system's user, for the audit file: whoever became root by sudo is named as well. */
export function systemUser(): string {
  const { SUDO_USER, USER, LOGNAME } = process.env;
  const uid = process.getuid?.();
  // Units and containers may have neither.
  const name = USER || LOGNAME || (uid === 0 ? "root" : `uid ${uid}`);
  const names = SUDO_USER === undefined || SUDO_USER === name ? name : `${name} (${SUDO_USER})`;
  return names.slice(0, NAME_LETTERS_MAX);
}

/** How long a server may take for an answer. It answers after a disk did, at the latest. */
const ANSWER_MS = 30_000;

/** The owner's connection to a running server. */
export interface AdminConnection {
  /** Resolves to the answer, or to why there is none: another version's, or the server ended or hangs. */
  ask(request: AdminRequest): Promise<AdminAnswer | "no-answer" | "other-version">;
  /** Calls `take` with each answer that comes unasked, until the server hangs up. */
  follow(take: (answer: AdminAnswer) => void): Promise<void>;
  close(): void;
}

/**
 * Connects to the socket of a running server. Rejects with the system's error when nobody listens, or not for this user.
 *
 * @param answerMs how long an answer may take
 */
export async function connectToAdmin(path: string, answerMs = ANSWER_MS): Promise<AdminConnection> {
  const decoder = new TextDecoder();
  const answers: (AdminAnswer | "other-version")[] = [];
  let [text, isClosed] = ["", false];
  let wake = (): void => {};
  const receive = (bytes: Uint8Array): void => {
    text += decoder.decode(bytes, { stream: true });
    const lines = text.split("\n");
    text = lines.pop() ?? "";
    answers.push(...lines.map((line) => parseAdminAnswer(line) ?? ("other-version" as const)));
    if (text.length > ADMIN_ANSWER_BYTES_MAX) socket.terminate();
    wake();
  };
  const closed = (): void => {
    isClosed = true;
    wake();
  };
  const socket = await Bun.connect({
    unix: path,
    socket: { data: (_, bytes) => receive(bytes), close: closed, error: closed },
  });
  /** Resolves to the next answer; `null`: the server hung up, or the time is over. */
  const next = async (ms: number | null): Promise<AdminAnswer | "other-version" | null> => {
    const timer = ms === null ? null : setTimeout(closed, ms);
    while (answers.length === 0 && !isClosed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (timer !== null) clearTimeout(timer);
    return answers.shift() ?? null;
  };
  return {
    async ask(request) {
      socket.write(formatAdminRequest(request));
      return (await next(answerMs)) ?? "no-answer";
    },
    async follow(take) {
      for (let answer = await next(null); answer !== null; answer = await next(null)) {
        if (answer !== "other-version") take(answer);
      }
    },
    close: () => void socket.end(),
  };
}

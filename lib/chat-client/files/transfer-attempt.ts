/** One attempt to move a file: the question, the token, and the connection that the bytes take. */
import { FILE_TAG, parseSharedFile, type SharedFile } from "../../protocol/file-facts.ts";
import { type Message, parseMessage, type Tags } from "../../protocol/wire/message.ts";
import type { HandlerContext } from "../handler-context.ts";
import type { Answer } from "../session-interface.ts";
import type { OpenRaw, RawConnection } from "./file-ports.ts";
import type { TransferProblem } from "./transfer.ts";

/** A line of the server before or behind the bytes is no longer than this. */
const LINE_BYTES_MAX = 4096;
const LINE_FEED = 10;
const ENCODER = new TextEncoder();
const DECODER = new TextDecoder();

/** What the server granted. */
export interface Grant {
  readonly id: string;
  readonly offset: number;
  /** What is known of a file that is fetched. */
  readonly file: SharedFile | null;
}

/** Why an attempt ended early. "lost": without a word of the server, so that another attempt may succeed. */
export type AttemptFailure =
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly detail: string;
      readonly text: string;
    }
  | { readonly kind: "lost" };

/** What an attempt calls; nothing after {@link TransferAttempt.end}. */
export interface AttemptHandlers {
  /** The server allows it: call {@link TransferAttempt.connect} then. */
  granted(grant: Grant): void;
  /** The server's line on the connection: READY, DATA or DONE. Return "bytes" if what follows is no line. */
  line(message: Message): "line" | "bytes";
  bytes(bytes: Uint8Array): void;
  drained(): void;
  failed(failure: AttemptFailure): void;
}

/** How a run ended. `failure`: another one may go on where it stopped. */
export type RunEnd =
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly problem: TransferProblem }
  | { readonly kind: "interrupted"; readonly failure: AttemptFailure; readonly hasMoved: boolean };

/** A file that is sent or fetched, in one run after the other until one is done or has failed. */
export interface TransferRunner {
  /** Begins a run. `ended` is called once, unless `stop` was called before. */
  run(ended: (end: RunEnd) => void): void;
  /** Ends a run in which nothing moves any more, as if its connection had broken. */
  interrupt(): void;
  /**
   * Ends it for good. `isCancelled`: what has arrived is of no use any more; otherwise a later client may go on with it.
   */
  stop(isCancelled: boolean): void;
}

/** Owns the question and the connection of one attempt. */
export class TransferAttempt {
  readonly #context: HandlerContext;
  readonly #openRaw: OpenRaw;
  readonly #handlers: AttemptHandlers;
  #token = "";
  #connection: RawConnection | null = null;
  #isEnded = false;
  /** Whether the connection's first line has left. */
  #hasSentLine = false;
  /** Bytes of a line that has no end yet; null while what comes is no line. */
  #line: number[] | null = [];

  constructor(context: HandlerContext, openRaw: OpenRaw, handlers: AttemptHandlers) {
    this.#context = context;
    this.#openRaw = openRaw;
    this.#handlers = handlers;
  }

  /** Asks for a token: FILE SEND or FILE FETCH. */
  ask(params: readonly string[], tags: Tags = new Map()): void {
    const onAnswer = (answer: Answer): void => this.#answered(answer);
    this.#context.request("FILE", params, { tags, quiet: true, onAnswer });
  }

  /** Connects by the token that was granted, from a byte on. */
  connect(verb: "PUT" | "GET", offset: number): void {
    const connection = this.#openRaw({
      opened: () =>
        this.#connection?.send(ENCODER.encode(`FILE ${verb} ${this.#token} ${offset}\r\n`)),
      data: (bytes) => this.#receive(bytes),
      drained: () => {
        if (this.#hasSentLine) this.#handlers.drained();
        this.#hasSentLine = true;
      },
      closed: () => this.#fail({ kind: "lost" }),
    });
    this.#connection = connection;
  }

  send(bytes: Uint8Array): void {
    this.#connection?.send(bytes);
  }

  setReading(isReading: boolean): void {
    this.#connection?.setReading(isReading);
  }

  /** Ends it, without a word to its handlers. */
  end(): void {
    this.#isEnded = true;
    this.#connection?.close();
    this.#connection = null;
  }

  #fail(failure: AttemptFailure): void {
    if (this.#isEnded) return;
    this.end();
    this.#handlers.failed(failure);
  }

  #answered(answer: Answer): void {
    const grant = answer.kind === "answered" ? answer.messages.find(isGrant) : undefined;
    const [, id = "", token = "", offset = ""] = grant?.params ?? [];
    if (this.#isEnded) {
      // The place that it would have taken is free again.
      if (id !== "") this.#context.request("FILE", ["CANCEL", id], { quiet: true });
      return;
    }
    if (answer.kind === "failed") {
      const { code, text, messages } = answer;
      return this.#fail(
        refusalOf(
          messages.find(({ verb }) => verb === "FAIL"),
          code,
          text,
        ),
      );
    }
    if (grant === undefined || !/^\d{1,15}$/.test(offset)) return this.#fail({ kind: "lost" });
    this.#token = token;
    const file = parseSharedFile(grant.tags.get(FILE_TAG) ?? "");
    this.#handlers.granted({ id, offset: Number(offset), file });
  }

  #receive(bytes: Uint8Array): void {
    let rest = bytes;
    while (this.#line !== null && rest.length > 0 && !this.#isEnded) {
      const end = rest.indexOf(LINE_FEED);
      this.#line.push(
        ...(end === -1 ? rest : rest.subarray(0, end)).subarray(0, LINE_BYTES_MAX + 1),
      );
      if (this.#line.length > LINE_BYTES_MAX) return this.#fail({ kind: "lost" });
      if (end === -1) return;
      rest = rest.subarray(end + 1);
      const text = DECODER.decode(Uint8Array.from(this.#line)).replace(/\r$/, "");
      this.#line = [];
      this.#takeLine(text);
    }
    if (rest.length > 0 && !this.#isEnded) this.#handlers.bytes(rest);
  }

  #takeLine(text: string): void {
    const message = parseMessage(text);
    if (message?.verb === "FAIL") {
      return this.#fail(refusalOf(message, message.params[1] ?? "", message.params.at(-1) ?? ""));
    }
    // Anything else, such as the ERROR of a server that has too many connections, says nothing of the file.
    if (message?.verb !== "FILE") return;
    if (this.#handlers.line(message) === "bytes") this.#line = null;
  }
}

function isGrant({ verb, params }: Message): boolean {
  return verb === "FILE" && params[0] === "GRANT";
}

/** `FAIL FILE <code> <subcommand> [<id or target> [<detail>]] :<sentence>` */
function refusalOf(message: Message | undefined, code: string, text: string): AttemptFailure {
  const detail = message !== undefined && message.params.length > 5 ? message.params[4] : "";
  return { kind: "refused", code, detail: detail ?? "", text };
}

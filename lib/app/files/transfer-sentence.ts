import type { FileTrouble } from "../../chat-client/files/file-ports.ts";
import type { Transfer, TransferProblem } from "../../chat-client/files/transfer.ts";
import { formatFileSize } from "../../protocol/file-facts.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { failureSentence, type Words } from "../i18n/words.ts";

/** Returns why a transfer failed and what to do, without the file's name; "" if it hasn't failed. */
export function transferSentence(
  words: Words,
  transfer: Pick<Transfer, "problem" | "direction" | "name">,
): string {
  const { problem, direction } = transfer;
  const { transfers } = words;
  if (problem === null) return "";
  switch (problem.kind) {
    case "refused":
      return refusalSentence(words, problem);
    case "not-offered":
      return transfers.notOffered;
    case "too-large":
      return transfers.tooLarge(formatFileSize(problem.sizeMax));
    case "caption-too-long":
      return transfers.captionTooLong;
    case "too-many":
      return transfers.tooMany;
    case "disk":
      return direction === "send"
        ? readingSentence(words, problem.why)
        : writingSentence(words, problem.why, sanitize(transfer.name));
    case "wrong-bytes":
      return direction === "send" ? transfers.wrongSent : transfers.wrongFetched;
    case "lost":
      return transfers.lost;
  }
}

function refusalSentence(
  words: Words,
  { code, detail, text }: Extract<TransferProblem, { kind: "refused" }>,
): string {
  const { transfers } = words;
  switch (code) {
    case "ACCOUNT_REQUIRED":
      return transfers.guest;
    case "TOO_LARGE":
      return transfers.tooLargeSomehow;
    case "QUOTA":
      return Object.hasOwn(transfers.quota, detail)
        ? transfers.quota[detail as keyof typeof transfers.quota]
        : transfers.quota.server;
    case "CANNOT_SEND":
      return transfers.cannotSend;
    case "TOO_MANY_TRANSFERS":
      return transfers.busy;
    case "RATE_LIMITED":
      return transfers.tooFast(/^\d{1,9}$/.test(detail) ? Number(detail) : 0);
    case "UNKNOWN_FILE":
      return transfers.unknownFile;
    case "TOO_SLOW":
      return transfers.tooSlow;
    case "TEMPORARILY_UNAVAILABLE":
    case "INVALID_TOKEN":
      return transfers.notNow;
    default:
      return failureSentence(words, code, "", text);
  }
}

function readingSentence({ transfers }: Words, why: FileTrouble): string {
  if (why === "changed") return transfers.wrongSent;
  const { reading } = transfers;
  return Object.hasOwn(reading, why) ? reading[why as keyof typeof reading] : reading.other;
}

function writingSentence(words: Words, why: FileTrouble, name: string): string {
  const { notWritten, transfers } = words;
  switch (why) {
    case "exists":
      return transfers.exists(name);
    case "closed":
      return transfers.outputClosed;
    case "no-file":
    case "changed":
    case "wrong-bytes":
      return notWritten.other(name);
    default:
      return notWritten[why](name);
  }
}

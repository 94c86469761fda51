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
      return words.failures.FILES_OFF("");
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
      return direction === "send" ? words.failures.WRONG_HASH("") : transfers.wrongFetched;
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
    case "QUOTA":
      return Object.hasOwn(transfers.quota, detail)
        ? transfers.quota[detail as keyof typeof transfers.quota]
        : words.failures.QUOTA("");
    case "RATE_LIMITED":
      return transfers.tooFast(/^\d{1,9}$/.test(detail) ? Number(detail) : 0);
    default:
      return failureSentence(words, code, "", text);
  }
}

function readingSentence({ transfers, failures }: Words, why: FileTrouble): string {
  if (why === "changed") return failures.WRONG_HASH("");
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
    case "no-plain-file":
    case "empty":
    case "changed":
    case "not-shrunk":
    case "wrong-bytes":
      return notWritten.other(name);
    default:
      return notWritten[why](name);
  }
}

/** Fetches one file to a path, such as a picture beside an export. */
import type { ChatSession } from "../../chat-client/session-interface.ts";
import type { SharedFile } from "../../protocol/file-facts.ts";
import type { TransferFiles } from "./transfer-files.ts";

/** What {@link fetchFile} needs. */
interface FetchPorts {
  readonly session: Pick<ChatSession, "files">;
  /** Left out where no files are moved. */
  readonly transferFiles?: TransferFiles | undefined;
}

/**
 * Fetches a file to a path where nothing is yet, without showing it: hundreds of pictures may belong to an export. Resolves
 * to whether it is there; never rejects.
 *
 * @param begun hears the key by which it can be cancelled
 */
export function fetchFile(
  { session, transferFiles }: FetchPorts,
  file: SharedFile,
  path: string,
  begun: (key: string) => void = () => {},
): Promise<boolean> {
  const { files } = session;
  if (files.sizeMax === null || transferFiles === undefined) return Promise.resolve(false);
  const sink = transferFiles.saveAs(path, false);
  return new Promise((resolve) => {
    const onEnd = ({ state }: { readonly state: string }): void => resolve(state === "done");
    begun(files.get(file, sink, { isHidden: true, onEnd }));
  });
}

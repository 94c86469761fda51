import type { ServerSettings } from "../../settings/server-settings.ts";
import { startWords } from "../../settings/start-words.ts";
import { exitWithError } from "../../transport/shutdown.ts";
import { languageOf, print } from "../process-output.ts";
import { refetchFolder } from "./open-node.ts";

const NEEDS_NATS =
  "restore --from-leader needs --nats: where the cluster is reached whose leader has the data.";

/** Fetches a node's data folder anew, in place of serving, and says how far it is. */
export async function restoreFromLeader(settings: ServerSettings): Promise<void> {
  const { nats, data, cluster } = settings;
  if (nats.length === 0) return exitWithError([NEEDS_NATS], 2);
  const words = startWords(languageOf(settings));
  print(words.fetchesFolder(data, cluster));
  const { isTTY } = process.stdout;
  let shown = "";
  const fetched = await refetchFolder(settings, (level, text) => {
    if (level === "warn" || level === "error") process.stderr.write(`${text}\n`);
    else if (text !== shown) {
      // On a terminal each line takes the place of the last one.
      process.stdout.write(isTTY ? `\r\u001b[K${text}` : `${text}\n`);
      shown = text;
    }
  });
  if (isTTY && shown !== "") process.stdout.write("\n");
  if ("refused" in fetched) exitWithError([fetched.refused], 1);
  else print(words.folderFetched(data));
  // A connection that is being closed would keep the process.
  process.exit();
}

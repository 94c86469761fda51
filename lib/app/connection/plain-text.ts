/** Connections without TLS, which the user has to want: everybody on the way can read them. */
import { isLoopback } from "../../protocol/address.ts";
import type { ServerLink } from "../../protocol/server-link.ts";
import { type App, hostOf, machineKey } from "../app-context.ts";
import type { ConnectProblem } from "../app-ports.ts";

/** Ports on which servers have plain text by custom: https://www.rfc-editor.org/rfc/rfc7194, and what came before. */
const PLAIN_PORTS: ReadonlySet<number> = new Set([
  194, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669,
]);
/** How an attempt with TLS ends at a server that speaks plain text there. */
const PLAIN_SIGNS: ReadonlySet<ConnectProblem> = new Set([
  ...(["not-tls", "no-handshake", "closed", "timeout"] as const),
]);

/** Returns whether a server most likely has no TLS on this port: trying takes a quarter of a minute. */
export function isPlainPort({ port }: ServerLink): boolean {
  return PLAIN_PORTS.has(port);
}

/** Returns whether a failed attempt may succeed without TLS. */
export function mayBePlain(problem: ConnectProblem | null): boolean {
  return problem !== null && PLAIN_SIGNS.has(problem);
}

/** Connects to a server with TLS again. */
export function forgetPlainText({ ports }: Pick<App, "ports">, link: ServerLink): void {
  const key = machineKey(link);
  ports.save({ plain: (ports.saved.plain ?? []).filter((known) => known !== key) });
}

/** Says what plain text means, and asks whether to connect so; by default no. A yes is remembered for the server. */
export async function askPlainText(app: App, link: ServerLink): Promise<boolean> {
  const { prompts, ports, words } = app;
  const { plainText } = words;
  if (!isLoopback(link.host)) {
    prompts.note(plainText.title, plainText.explain(hostOf(link)));
    if ((await prompts.confirm(plainText.ask, plainText.yes, plainText.no, false)) !== true) {
      return false;
    }
  }
  const key = machineKey(link);
  ports.save({ plain: [...new Set([...(ports.saved.plain ?? []), key])] });
  return true;
}

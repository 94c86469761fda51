import { type Folded, fold } from "../../../protocol/names.ts";
import type { Command, CommandContext, Outcome } from "../../command.ts";
import { CHANSERV } from "./chanserv.ts";
import { NICKSERV } from "./nickserv.ts";
import { runServiceText, type Service } from "./service.ts";

/** NickServ and ChanServ: `/msg NickServ …`, `NICKSERV …` and `NS …` are one. */

const BY_NAME: ReadonlyMap<Folded, Service> = new Map(
  [NICKSERV, CHANSERV].map((service) => [fold(service.name), service]),
);

/** The service of that name (`NickServ`, `nickserv@here`), or `null`. */
export function findService(target: string): Service | null {
  const at = target.indexOf("@");
  return BY_NAME.get(fold(at === -1 ? target : target.slice(0, at))) ?? null;
}

/**
 * A PRIVMSG to a service, from anybody, here or not. Answers "no" when it isn't one: passwords are said to
 * services, so nothing else may happen to such a message.
 */
export function messageToService(context: CommandContext): Outcome | "no" {
  const [target = "", text = ""] = context.params;
  const service = findService(target);
  return service === null ? "no" : runServiceText(service, context, text);
}

function serviceCommand(verb: string, service: Service): Command {
  return {
    verb,
    params: 0,
    phase: "any",
    cost: 2,
    handle: (context) => runServiceText(service, context, context.params.join(" ")),
  };
}

export const SERVICES: readonly Command[] = [
  serviceCommand("NICKSERV", NICKSERV),
  serviceCommand("NS", NICKSERV),
  serviceCommand("CHANSERV", CHANSERV),
  serviceCommand("CS", CHANSERV),
];

import { type Folded, fold } from "../../../protocol/names.ts";
import type { Command, CommandContext, Outcome } from "../../command.ts";
import { CHANSERV_SERVICE } from "./chanserv.ts";
import { NICKSERV_SERVICE } from "./nickserv.ts";
import { runServiceText, type Service } from "./service.ts";

/** Reaching the services: `/msg NickServ …`, `NICKSERV …` and `NS …` do the same. */

const SERVICES: ReadonlyMap<Folded, Service> = new Map(
  [NICKSERV_SERVICE, CHANSERV_SERVICE].map((service) => [fold(service.name), service]),
);

/** Sends a command to NickServ. */
export const NICKSERV = serviceCommand("NICKSERV", NICKSERV_SERVICE);
/** Sends a command to NickServ. */
export const NS = serviceCommand("NS", NICKSERV_SERVICE);
/** Sends a command to ChanServ. */
export const CHANSERV = serviceCommand("CHANSERV", CHANSERV_SERVICE);
/** Sends a command to ChanServ. */
export const CS = serviceCommand("CS", CHANSERV_SERVICE);

function serviceCommand(verb: Command["verb"], service: Service): Command {
  return {
    verb,
    params: 0,
    phase: "any",
    cost: 2,
    handle: (context) => runServiceText(service, context, context.params.join(" ")),
  };
}

/** Returns the service of that name in any case (`NickServ`, `nickserv@host`; any host), or `null`. */
export function findService(target: string): Service | null {
  const [name = ""] = target.split("@", 1);
  return SERVICES.get(fold(name)) ?? null;
}

/**
 * Handles a PRIVMSG to a service, before and after registration. Returns "no" if the target is no service.
 * The message is neither stored nor relayed, since it may hold a password.
 */
export function messageToService(context: CommandContext): Outcome | "no" {
  const { state, session, reply, message } = context;
  const [target = "", text = ""] = context.params;
  const service = findService(target);
  if (service !== null && state.accounts.byId(session.accountId)?.bot !== undefined) {
    return reply.fail(message.verb, "BOT_NOT_ALLOWED", [], "Bots can't use the services");
  }
  return service === null ? "no" : runServiceText(service, context, text);
}

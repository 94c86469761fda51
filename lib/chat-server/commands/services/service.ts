import type { Command, CommandContext, Outcome, RegisteredContext } from "../../command.ts";
import { TOO_MANY_NAMES } from "../../relay/error-replies.ts";
import { type ServiceName, ServiceReply } from "../../relay/service-reply.ts";
import { findRoom } from "../../rooms/access.ts";
import type { Room } from "../../rooms/room.ts";
import { firstRefused } from "../../users/asked-names.ts";
import { mayPass, missingRight, type OperatorDoor } from "../../users/operator-doors.ts";
import { isOperator } from "../../users/operators.ts";

const COMMAND_NAME_CHARS_MAX = 32;

/** A command to a service: `params` are the words behind the command's name. */
export interface ServiceContext extends CommandContext {
  readonly reply: ServiceReply;
}

/** A service command from a registered session. */
export type RegisteredServiceContext = RegisteredContext & ServiceContext;

/** One command of a service, as in `/msg NickServ IDENTIFY …`. */
export interface ServiceCommand {
  /** In upper case. */
  readonly name: string;
  /** Its parameters, as the help shows them. */
  readonly usage: string;
  readonly help: string;
  /** The fewest parameters; with fewer, the usage is answered. */
  readonly params: number;
  /** Whether unregistered sessions may use it. */
  readonly beforeRegistration?: true;
  /** The names in the parameters that a stranger may only ask about a few times: see asked-names.ts. */
  readonly names?: (params: readonly string[]) => readonly string[];
  readonly handle: (context: ServiceContext) => Outcome;
}

/** A service that takes commands in messages: NickServ or ChanServ. */
export interface Service {
  readonly name: ServiceName;
  /** The first line of its help. */
  readonly about: string;
  readonly commands: readonly ServiceCommand[];
  /** Other names of commands, in upper case. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** Handles a message to a service. The text is neither stored nor relayed: it may hold a password. */
export function runServiceText(service: Service, context: CommandContext, text: string): Outcome {
  // Clients send CTCP requests automatically. They are not commands.
  if (text.startsWith("\x01")) return;
  const reply = new ServiceReply(context.reply, context.state, service.name);
  const [firstWord = "", ...params] = text.trim().split(/ +/);
  const serviceContext: ServiceContext = { ...context, reply, params };
  const name = firstWord.toUpperCase();
  if (name === "" || name === "HELP") return help(service, serviceContext);
  const command = findCommand(service, name);
  if (command === null) {
    return reply.say(`Unknown command ${name.slice(0, COMMAND_NAME_CHARS_MAX)}: try HELP`);
  }
  if (context.session.user === null && command.beforeRegistration === undefined) {
    return reply.say("Log in first: IDENTIFY [account] <password>");
  }
  if (params.length < command.params) return reply.say(usageOf(service, command));
  const { state, session } = context;
  if (firstRefused(state, session, command.names?.(params) ?? []) !== null) {
    return reply.say(TOO_MANY_NAMES);
  }
  return command.handle(serviceContext);
}

/**
 * Runs a command of the protocol with these parameters for the sender of a service command. Its answers
 * become notices from the service.
 */
export function runCommand(
  command: Command,
  context: ServiceContext,
  params: readonly string[],
): Outcome {
  const message = { ...context.message, verb: command.verb, params };
  if (command.phase !== "registered") return command.handle({ ...context, message, params });
  const { user } = context.session;
  if (user !== null) return command.handle({ ...context, message, params, user });
}

/** Returns the context as that of a registered session, or `null` before registration. */
export function registeredContext(context: ServiceContext): RegisteredServiceContext | null {
  const { user } = context.session;
  return user === null ? null : { ...context, user };
}

/** Makes a handler that finds the room of the first parameter. A room that the sender can't see is refused. */
export function inRoom(
  handle: (context: RegisteredServiceContext, room: Room) => Outcome,
): ServiceCommand["handle"] {
  return (serviceContext) => {
    const context = registeredContext(serviceContext);
    const room = context === null ? null : findRoom(context, context.params[0] ?? "");
    if (context !== null && room !== null) return handle(context, room);
  };
}

/** Returns whether the sender has this rank in the room or a higher one, and answers if not. */
export function requireRank(
  { user, reply }: RegisteredServiceContext,
  room: Room,
  rank: "q" | "h",
): boolean {
  if (room.hasRank(user, rank)) return true;
  const who = rank === "q" ? "founder" : "ops";
  reply.say(`Only the room's ${who} can do that`);
  return false;
}

/**
 * Makes a handler for those of a rank in a room, and for operators with the right for it, who needn't see the room
 * otherwise.
 */
export function forRankOrOperator(
  rank: "q" | "h",
  door: OperatorDoor,
  handle: (context: RegisteredServiceContext, room: Room) => Outcome,
): ServiceCommand["handle"] {
  const forRank = inRoom((context, room) => {
    if (requireRank(context, room, rank)) return handle(context, room);
  });
  return (serviceContext) => {
    const context = registeredContext(serviceContext);
    const room = context?.state.rooms.byName(context.params[0] ?? "") ?? null;
    if (context === null || room === null) return forRank(serviceContext);
    const { user, reply } = context;
    if (mayPass(user, door)) return handle(context, room);
    if (isOperator(user) && !room.hasRank(user, rank)) return reply.say(missingRight(user, door));
    return forRank(serviceContext);
  };
}

function findCommand({ commands, aliases }: Service, nameOrAlias: string): ServiceCommand | null {
  const name = Object.hasOwn(aliases, nameOrAlias) ? aliases[nameOrAlias] : nameOrAlias;
  return commands.find((command) => command.name === name) ?? null;
}

function help(service: Service, { reply, params: [subject = ""] }: ServiceContext): void {
  const command = findCommand(service, subject.toUpperCase());
  if (command !== null) return reply.say(usageOf(service, command), command.help);
  if (subject !== "") return reply.say("Unknown command: HELP lists the commands");
  reply.say(service.about, "HELP <command> explains a command. The commands are:");
  reply.say(service.commands.map(({ name }) => name).join(" "));
}

function usageOf({ name }: Service, command: ServiceCommand): string {
  return `Usage: /msg ${name} ${command.name} ${command.usage}`.trimEnd();
}

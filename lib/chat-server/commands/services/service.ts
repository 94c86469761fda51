import type {
  Command,
  CommandContext,
  Outcome,
  PendingQuery,
  RegisteredContext,
} from "../../command.ts";
import { type ServiceName, ServiceReply } from "../../relay/service-reply.ts";

/** What somebody says to a service: the words behind the command's name are its parameters. */
export interface ServiceContext extends CommandContext {
  readonly reply: ServiceReply;
}

export interface ServiceCommand {
  readonly name: string;
  /** Parameters as they are written in the help. */
  readonly usage: string;
  readonly help: string;
  /** The fewest parameters. */
  readonly params: number;
  /** Those who aren't here yet may use it. */
  readonly beforeRegistration?: true;
  readonly handle: (context: ServiceContext) => Outcome;
}

export interface Service {
  readonly name: ServiceName;
  readonly about: string;
  readonly commands: readonly ServiceCommand[];
  /** Other names of commands. */
  readonly aliases: Readonly<Record<string, string>>;
}

/** Answers what somebody says to a service. The text is kept nowhere, and told to nobody. */
export function runServiceText(service: Service, asked: CommandContext, text: string): Outcome {
  // A client's own requests (CTCP) are for people.
  if (text.startsWith("\x01")) return;
  const reply = new ServiceReply(asked.reply, asked.state, service.name);
  const [first = "", ...params] = text.trim().split(/ +/);
  const context: ServiceContext = { ...asked, reply, params };
  const given = first.toUpperCase();
  if (given === "" || given === "HELP") return help(service, context);
  const command = find(service, given);
  if (command === null) return reply.say(`There is no command ${given.slice(0, 32)}: try HELP`);
  if (context.session.user === null && command.beforeRegistration === undefined) {
    return reply.say("Log in first: IDENTIFY [account] <password>");
  }
  if (params.length < command.params) return reply.say(usageOf(service, command));
  return command.handle(context);
}

/** Carries out a command of the protocol, with other parameters, for somebody who said it to a service. */
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

/** The person behind the question, who is here: only such may use the command. */
export function registeredContext(
  context: ServiceContext,
): (RegisteredContext & ServiceContext) | null {
  const { user } = context.session;
  return user === null ? null : { ...context, user };
}

/** Goes on when a handler is through, now or after its slow answer. */
export function andThen(outcome: Outcome, next: () => Outcome): Outcome {
  if (!outcome) return next();
  const then: PendingQuery["then"] = (answer) => andThen(outcome.then(answer), next);
  return { ...outcome, then };
}

/** Of a list of the protocol's commands, the one with this verb. */
export function commandOf(commands: readonly Command[], verb: string): Command {
  const found = commands.find((command) => command.verb === verb);
  if (found === undefined) throw new Error(`no command ${verb}`);
  return found;
}

function find({ commands, aliases }: Service, given: string): ServiceCommand | null {
  const name = Object.hasOwn(aliases, given) ? aliases[given] : given;
  return commands.find((command) => command.name === name) ?? null;
}

function help(service: Service, { reply, params: [subject = ""] }: ServiceContext): void {
  const command = find(service, subject.toUpperCase());
  if (command !== null) return reply.say(usageOf(service, command), command.help);
  if (subject !== "") return reply.say("There is no command like that: HELP lists them");
  reply.say(service.about, "HELP <command> tells what one does. These are there:");
  reply.say(service.commands.map(({ name }) => name).join(" "));
}

function usageOf({ name }: Service, command: ServiceCommand): string {
  return `It is written: /msg ${name} ${command.name} ${command.usage}`.trimEnd();
}

/** Starts a server, and parses its first lines. */
import { CLIENT, type Folder, Program, run, SERVER } from "./program.ts";
import { Stranger } from "./stranger.ts";

export interface Running {
  readonly program: Program;
  readonly port: number;
  readonly plainPort: number | null;
  readonly fingerprint: string;
  /** The owner's invitation, while the server has no owner. */
  readonly invitation: string | null;
  readonly link: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server in a folder, on loopback and a free port, and waits until it listens. */
export async function startServer(
  folder: Folder,
  args: readonly string[] = [],
  command: readonly string[] = SERVER,
): Promise<Running> {
  const program = new Program(
    [...command, "--host", "127.0.0.1", "--port", "0", "--password-cost", "test", ...args],
    { cwd: folder.path },
  );
  const [, port = ""] = await program.sees(/listening on \S+ port (\d+)/);
  const [link = "", fingerprint = ""] = await program.sees(
    /sodam:\/\/\S+fp-([0-9a-f]{64})\S*(?=\n)/,
  );
  const plain = /Plain text on \S+ port (\d+)/.exec(program.stdout)?.[1];
  return {
    program,
    port: Number(port),
    plainPort: plain === undefined ? null : Number(plain),
    fingerprint,
    invitation: /invite-([^/\s]+)/.exec(link)?.[1] ?? null,
    link,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}

export const passwordOf = (name: string): string => `${name}-password`;

/** Creates an account over the wire; its session stays open until the stranger is disposed. */
export async function signUp(
  server: Pick<Running, "port" | "invitation">,
  name: string,
): Promise<Stranger> {
  const stranger = await Stranger.connect(server.port);
  if (server.invitation !== null) stranger.says(`PASS :${server.invitation}`);
  stranger.says("CAP LS 302");
  stranger.says(`NICK ${name}`);
  stranger.says(`USER ${name.replace(/[^a-z]/g, "") || "u"} 0 * :${name}`);
  stranger.says(
    "CAP REQ :sasl draft/account-registration batch labeled-response echo-message server-time message-tags draft/chathistory",
  );
  await stranger.hears(/CAP \S+ ACK/);
  stranger.says(`REGISTER * * :${passwordOf(name)}`);
  await stranger.hears(/REGISTER SUCCESS/);
  stranger.says("CAP END");
  await stranger.hears(/ (376|422) /);
  return stranger;
}

/** Runs a pipe command of the client as this account, on a server that it trusts by its link. */
export function pipe(
  server: Running,
  folder: Folder,
  name: string,
  args: readonly string[],
  stdin?: string,
) {
  return run([...CLIENT, serverLink(server), ...args, "--account", name], {
    cwd: folder.path,
    env: { SODAM_PASSWORD: passwordOf(name) },
    ...(stdin === undefined ? {} : { stdin }),
  });
}

export function serverLink({ port, fingerprint }: Running): string {
  return `sodam://127.0.0.1:${port}/fp-${fingerprint}`;
}

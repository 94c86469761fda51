import { isUnbound, listNetworks } from "../../member-client/bouncer-networks.ts";
import { sanitize } from "../../terminal/sanitize.ts";
import { type App, awaitCallback, serverKey } from "../app-context.ts";
import type { ServerConnection } from "../connection/server-connection.ts";

/**
 * Asks which of a bouncer's networks to use, unless the connection leads to one already, and connects to it. The choice
 * is remembered. Without a choice the user stays with the bouncer itself.
 */
export async function chooseNetwork(app: App, connection: ServerConnection): Promise<void> {
  const { prompts, words, ports } = app;
  const { session, link } = connection;
  if (!isUnbound(session)) return;
  const networks = await awaitCallback<Parameters<Parameters<typeof listNetworks>[1]>[0]>((done) =>
    listNetworks(session, done),
  );
  if (networks.length === 0) return;
  const id = await prompts.select(
    words.elsewhere.network,
    networks.map(({ id: value, name, isConnected }) => ({
      value,
      label: sanitize(name),
      ...(!isConnected && { hint: words.elsewhere.networkDown }),
    })),
  );
  if (id === null) return;
  ports.save({ networks: { ...ports.saved.networks, [serverKey(link)]: id } });
  session.bindNetwork(id);
  // Gives the present connection up at once, which its listeners hear of before there is a new one.
  connection.reconnect();
  await awaitCallback<void>((done) => {
    const stopListening = connection.listen(({ kind }) => {
      if (kind !== "ready" && kind !== "log-in-failed" && kind !== "disconnected") return;
      stopListening();
      done();
    });
  });
}

import type { GatewaySettings } from "../cluster/gateway-entries.ts";
import type { ServerSettings } from "../settings/server-settings.ts";

/**
 * Returns what gateways need to know of the settings: no more, since some are secret.
 *
 * @param host the address of this machine on which to listen
 */
export function gatewaySettings(
  { plain, proxy, ...settings }: ServerSettings,
  host: string,
): Omit<GatewaySettings, "certificate"> {
  const { maxConnections, maxConnectionsPerAddress, floodControl } = settings;
  const { exemptNetworks, trustedProxies } = settings;
  return {
    ...{ host, plainHost: plain?.host ?? null, proxyHost: proxy?.host ?? null },
    ...{ maxConnections, maxConnectionsPerAddress, floodControl, exemptNetworks, trustedProxies },
  };
}

import type { SettingsTable } from "./setting.ts";

const LISTENING = "Listening";

/** Text of a line on the wire, in a parameter that may have spaces. */
const TEXT = {
  pattern: /^(?!\s)[^\p{Cc}\u2028\u2029]{1,63}(?<!\s)$/u,
  expected: "one line of up to 63 letters",
};

/** Text that fits into one parameter of a line on the wire. */
const WORD = {
  pattern: /^[^\s\p{C}:,*?!@#][^\s\p{C},*?!@]{0,62}$/u,
  expected: "one word of up to 63 letters",
};

/** An address or a network; server-settings.ts reads it. */
export const NETWORK = /^[0-9a-fA-F:.]+(\/\d{1,3})?$/;

/** The settings about how the server is reached and what it is called: the first rows of `SERVER_TABLE`. */
export const LISTENING_TABLE = {
  host: {
    group: LISTENING,
    type: "text",
    placeholder: "ADDRESS",
    default: "0.0.0.0",
    local: true,
    help: "Address to listen on; :: takes IPv6 and IPv4.",
  },
  "public-host": {
    group: LISTENING,
    type: "list",
    placeholder: "HOST[:PORT],...",
    default: [],
    pattern: /^[^\s,/]+$/,
    expected: "host names or addresses, each with a port if it isn't the one of --port",
    local: true,
    help: "Where people reach the server, if the machine can't know: the first is in links, all in a new certificate.",
  },
  port: {
    group: LISTENING,
    type: "number",
    placeholder: "PORT",
    default: 6697,
    min: 0,
    max: 65_535,
    local: true,
    help: "TLS port; 0 takes a free one.",
  },
  plain: {
    group: LISTENING,
    type: "text",
    placeholder: "HOST:PORT",
    default: null,
    pattern: /^(\[[0-9a-fA-F:]+\]|[^\s:[\]]+):\d{1,5}$/,
    expected: "an address of this machine with a port, like 127.0.0.1:6667",
    local: true,
    help: "Also listens without TLS, for programs on this machine only: 127.0.0.1:6667.",
  },
  proxy: {
    group: LISTENING,
    type: "text",
    placeholder: "HOST:PORT",
    default: null,
    pattern: /^(\[[0-9a-fA-F:]+\]|[^\s:[\]]+):\d{1,5}$/,
    expected: "an address of this machine with a port, like 127.0.0.1:6698",
    local: true,
    help: "Also listens for proxies that end TLS and send a PROXY header, v1 or v2 (haproxy): 127.0.0.1:6698.",
  },
  "trusted-proxies": {
    group: LISTENING,
    type: "list",
    placeholder: "NETWORK,...",
    default: [],
    pattern: NETWORK,
    expected: "addresses or networks, like 192.0.2.7 or 10.0.0.0/8",
    live: true,
    help: "From where proxies may connect to --proxy; by default this machine.",
  },
  gateways: {
    group: LISTENING,
    type: "number",
    placeholder: "NUMBER",
    default: null,
    min: 1,
    max: 64,
    keyword: "auto",
    local: true,
    help: "Uses more cores: so many processes hold the connections, and one more the conversations. auto: one for each other core.",
  },
  nats: {
    group: LISTENING,
    type: "list",
    placeholder: "URL,...",
    default: [],
    pattern: /^(nats|tls):\/\/[^\s,/@]+$/,
    expected:
      "where servers of NATS are reached, like nats://10.0.0.7 or tls://nats.example.org:4222",
    local: true,
    help: "Makes this server a node of a cluster, over NATS JetStream: nats://10.0.0.7,nats://10.0.0.8.",
  },
  "nats-creds": {
    group: LISTENING,
    type: "text",
    placeholder: "FILE",
    default: null,
    local: true,
    help: "Credentials for NATS: a file with a line USER:PASSWORD, the seed of an nkey, or what its tools make.",
  },
  "nats-ca": {
    group: LISTENING,
    type: "text",
    placeholder: "FILE",
    default: null,
    local: true,
    help: "Certificates of an authority of your own, for NATS over TLS (PEM).",
  },
  cluster: {
    group: LISTENING,
    type: "text",
    placeholder: "NAME",
    default: "sodam",
    pattern: /^[A-Za-z0-9_-]{1,32}$/,
    expected: "up to 32 of A-Z, a-z, 0-9, - and _",
    local: true,
    help: "The cluster's name, when several use one NATS.",
  },
  node: {
    group: LISTENING,
    type: "text",
    placeholder: "NAME",
    default: null,
    pattern: /^[A-Za-z0-9_-]{1,32}$/,
    expected: "up to 32 of A-Z, a-z, 0-9, - and _",
    local: true,
    help: "This node's name, which no other of the cluster has; by default that of the machine.",
  },
  certs: {
    group: LISTENING,
    type: "text",
    placeholder: "FOLDER",
    default: "certs",
    local: true,
    help: "Folder of the certificate and its key; they are made on the first start.",
  },
  "sts-days": {
    group: LISTENING,
    type: "number",
    placeholder: "DAYS",
    default: null,
    min: 0,
    max: 3650,
    help: "For how many days clients use only TLS here (STS); 0 ends it. Needs a certificate from an authority.",
  },
  name: {
    group: LISTENING,
    type: "text",
    placeholder: "NAME",
    // A dot distinguishes a server from a nick in a line's source (https://modern.ircdocs.horse/#servers).
    default: "sodam.internal",
    ...WORD,
    help: "The server's name, which is the source of its lines.",
  },
  network: {
    group: LISTENING,
    type: "text",
    placeholder: "NAME",
    default: "Sodam",
    ...TEXT,
    help: "The network's name, as clients show it.",
  },
  description: {
    group: LISTENING,
    type: "text",
    placeholder: "TEXT",
    default: null,
    pattern: /^(?!\s)[^\p{Cc}\u2028\u2029]{1,200}(?<!\s)$/u,
    expected: "one line of up to 200 letters",
    live: true,
    help: "What LINKS, INFO and WHOIS say that this server is; by default its network's name.",
  },
  "network-icon": {
    group: LISTENING,
    type: "text",
    placeholder: "URL",
    default: null,
    pattern: /^https:\/\/[^\p{Cc}]{1,200}$/u,
    expected: "the https address of a picture",
    help: "A picture that clients may show for this network.",
  },
} as const satisfies SettingsTable;

/** What can go wrong on the way to a server, and why one isn't let further. */
export const connection = {
  refused: (host: string) => `Nothing answers at ${host}. Is the server running? Check the port.`,
  "no-such-host": (host: string) => `There is no machine called ${host}. Check the spelling.`,
  timeout: (host: string) => `${host} didn't answer in time. Check the network and try again.`,
  "not-tls": (host: string) =>
    `${host} doesn't speak TLS at that port. Sodam's port is usually 6697.`,
  unreachable: (host: string) => `There is no way to ${host}. Is this machine online?`,
  "not-loopback": (host: string) =>
    `${host} is another machine: plain text stays on this one. Leave --plain away.`,
  untrusted: (_host: string) => "Left without connecting.",
  closed: (host: string) => `${host} closed the connection.`,
  other: (host: string) => `The connection to ${host} failed. Try again.`,
  "too-old": (host: string) =>
    `${host} speaks too old a language: it lacks SASL log-in. Ask its owner to update it.`,
};

/** Another certificate than the known one. */
export const changed = {
  title: "This server is not the one we know",
  link: (host: string, known: string, now: string) =>
    `${host} isn't the server of that link: it showed another certificate.\n\nlink  ${known}\nnow   ${now}\n\nAsk whoever gave it to you for a new link. Nothing was sent.`,
  explain: (host: string, known: string, now: string, file: string) =>
    `${host} showed another certificate than before.\n\nbefore  ${known}\nnow     ${now}\n\nEither its owner made a new one, or somebody stands in between. Ask the owner by another way. If the new one is right, delete the entry of ${host} in\n${file}\nand come again. Nothing was sent.`,
  meanwhile: (host: string, known: string, now: string, file: string | null) =>
    `${host} shows another certificate than before.\n\nbefore  ${known}\nnow     ${now}\n\nEither it was changed on purpose, or somebody stands in between. Ask whoever runs the server, by another way.\n\n${file === null ? "If the new one is right, /quit and come again with a new link." : `If the new one is right, delete the entry of ${host} in\n${file}\nthen /quit and come again.`}\n\nShould the old one come back, so do you: that is tried every minute, and now by /reconnect. Nothing was sent.`,
  unknown: (host: string, now: string) =>
    `${host} shows a certificate that nobody here has confirmed: ${now}\n/quit and come again: then you are asked about it. Nothing was sent.`,
};

/** What is told of a person. */
export const whois = {
  nobody: (nick: string) => `There is nobody called ${nick}.`,
  rooms: (rooms: string) => `in ${rooms}`,
  operator: "looks after this server",
  bot: "a bot",
  away: (why: string) => `away: ${why}`,
};

/** https://codeberg.org/emersion/soju/src/branch/master/doc/ext/bouncer-networks.md */
import { expect, test } from "bun:test";
import {
  type BouncerNetwork,
  isUnbound,
  listNetworks,
} from "../../lib/member-client/bouncer-networks.ts";
import { labelOf, Stage } from "./stage.ts";

const CAPS = "batch labeled-response message-tags sasl=PLAIN soju.im/bouncer-networks";

test("a bouncer's networks are listed, with their names and whether they are connected", () => {
  const stage = new Stage().ready(CAPS, "NETWORK=soju");
  expect(isUnbound(stage.session)).toBe(true);
  const lists: (readonly BouncerNetwork[])[] = [];
  listNetworks(stage.session, (networks) => lists.push(networks));
  const [sent = ""] = stage.sent();
  expect(sent).toEndWith("BOUNCER LISTNETWORKS");
  stage.server(
    `@label=${labelOf(sent)} :s BATCH +1 soju.im/bouncer-networks`,
    "@batch=1 :s BOUNCER NETWORK 42 name=Libera\\sChat;state=connected",
    "@batch=1 :s BOUNCER NETWORK 43 host=irc.oftc.net;state=disconnected",
    ":s BATCH -1",
  );
  expect(lists).toEqual([
    [
      { id: "42", name: "Libera Chat", isConnected: true },
      { id: "43", name: "irc.oftc.net", isConnected: false },
    ],
  ]);
});

test("a bouncer that refuses has no networks", () => {
  const stage = new Stage().ready(CAPS, "NETWORK=soju");
  const lists: (readonly BouncerNetwork[])[] = [];
  listNetworks(stage.session, (networks) => lists.push(networks));
  stage.server(
    `@label=${labelOf(stage.sent()[0])} :s FAIL BOUNCER ACCOUNT_REQUIRED LISTNETWORKS :no`,
  );
  expect(lists).toEqual([[]]);
});

test("the next connection is led to the chosen network between the log-in and the welcome", () => {
  const logIn = { kind: "password", account: "mina", password: "secret" } as const;
  const stage = new Stage({ logIn });
  stage.session.bindNetwork("42");
  stage.session.opened();
  stage.server(`:s CAP * LS :${CAPS}`, `:s CAP * ACK :${CAPS.replace("=PLAIN", "")}`);
  stage.server("AUTHENTICATE +");
  stage.sent();
  stage.server(":s 903 * :ok");
  expect(stage.sent()).toEqual(["NICK mina", "BOUNCER BIND 42", "CAP END"].slice(-2));
  stage.server(":s 001 mina :hi", ":s 005 mina BOUNCER_NETID=42 :are", ":s 422 mina :none");
  expect(isUnbound(stage.session)).toBe(false);
});

test("a server that is no bouncer is told nothing of networks", () => {
  const stage = new Stage({ nick: "mina", network: "42" });
  stage.session.opened();
  stage.server(":s CAP * LS :batch", ":s CAP * ACK :batch");
  expect(stage.sent()).not.toContain("BOUNCER BIND 42");
  expect(isUnbound(stage.session)).toBe(false);
});

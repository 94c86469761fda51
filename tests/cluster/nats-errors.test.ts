import { expect, test } from "bun:test";
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";
import { isOfNats } from "../../lib/cluster/nats/nats-errors.ts";

/** What goes wrong with NATS, as its client says it. */

const UNAVAILABLE = { code: 503, err_code: 10008, description: "temporarily unavailable" };

test("an answer of NATS that is an error, or none, is told from a fault of the program", () => {
  const answers = [
    new JetStreamApiError(UNAVAILABLE),
    new errors.TimeoutError(),
    new errors.ClosedConnectionError(),
    new errors.NoRespondersError("$JS.API.INFO"),
    new errors.RequestError("timeout"),
    new errors.AuthorizationError("Authorization Violation"),
    new errors.PermissionViolationError("no", "publish", "$JS.API.>"),
  ];
  expect(answers.map(isOfNats)).toEqual(answers.map(() => true));
  const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
  const others = [new TypeError("x is undefined"), new Error("?"), refused, "a text", null];
  expect(others.map(isOfNats)).toEqual(others.map(() => false));
});

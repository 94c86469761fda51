import { expect, test } from "bun:test";
import { formatMetric } from "../../lib/chat-server/metrics/metrics-text.ts";
import { readMetrics } from "../metrics-reader.ts";
import { Scene } from "../scene.ts";

function metricsOf(scene: Scene): (name: string, labels?: string) => number | undefined {
  const metrics = readMetrics(scene.server.metrics(scene.process));
  return (name, labels = "") => metrics.get(`sodam_${name}`)?.values.get(labels);
}

test("the whole text keeps the format's grammar, and each name and unit keeps the conventions", () => {
  const scene = new Scene();
  scene.person("mina").says("JOIN #tea", "PRIVMSG #tea :hi", "NICK :", "NOSUCH");
  const metrics = readMetrics(scene.server.metrics(scene.process));
  expect(metrics.size).toBeGreaterThan(20);
  for (const [name, { type, help, values }] of metrics) {
    expect(name).toMatch(/^sodam_[a-z_]+$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(help).toMatch(/\.$/);
    for (const value of values.values()) expect(Number.isFinite(value)).toBe(true);
  }
});

test("labels and help are escaped", () => {
  const name = "odd_total";
  const text = formatMetric({
    ...{ name, type: "counter", help: "a\\b\nc" },
    samples: [
      { labels: { cause: 'a"b\\c\nd' }, value: 1 },
      { labels: {}, value: Number.POSITIVE_INFINITY },
    ],
  });
  expect(text).toBe(
    '# HELP sodam_odd_total a\\\\b\\nc\n# TYPE sodam_odd_total counter\nsodam_odd_total{cause="a\\"b\\\\c\\nd"} 1\nsodam_odd_total +Inf\n',
  );
  expect([...(readMetrics(text).get("sodam_odd_total")?.values.keys() ?? [])]).toEqual([
    'cause=a"b\\c\nd',
    "",
  ]);
});

test("log-ins, sign-ups, messages, lines and refusals are counted, right and wrong apart", () => {
  const scene = new Scene({ operators: [{ name: "boss", passwordHash: "hash of kettle" }] });
  const mina = scene.person("mina", "standard-replies");
  scene.connect().logsIn("mina", [], "a wrong one");
  scene.connect().logsIn("mina", [], "another wrong one");
  mina.says("JOIN #tea", "PRIVMSG #tea :one", "PRIVMSG #tea :two", "NOTICE #tea :three");
  mina.says("OPER boss wrong", "OPER boss kettle", "ACCOUNT CONFIRM wrong", "KICK #tea nobody");
  const sun = scene.connect();
  sun.says("CAP LS 302", "CAP REQ :draft/account-registration standard-replies", "NICK sun");
  sun.says("USER sun 0 * :sun", "REGISTER sun * :a kettle of barley", "REGISTER sun * x");
  const value = metricsOf(scene);
  // Who signs up is logged in by that.
  expect(value("log_ins_total", "method=password result=right")).toBe(2);
  expect(value("log_ins_total", "method=password result=wrong")).toBe(2);
  expect(value("log_ins_total", "method=oper result=wrong")).toBe(1);
  expect(value("log_ins_total", "method=oper result=right")).toBe(1);
  expect(value("log_ins_total", "method=confirm result=wrong")).toBe(1);
  expect(value("sign_ups_total")).toBe(1);
  expect(value("messages_total", "verb=PRIVMSG")).toBe(2);
  expect(value("messages_total", "verb=NOTICE")).toBe(1);
  expect(value("refusals_total", "cause=WRONG_PASSWORD")).toBe(1);
  expect(value("refusals_total", "cause=464")).toBe(1);
  expect(value("refusals_total", "cause=401")).toBe(1);
  expect(value("lines_received_total")).toBeGreaterThan(20);
  expect(value("accounts")).toBe(2);
});

test("sessions are counted by whom they belong to, and closed ones by the cause", () => {
  const scene = new Scene({ floodControl: true });
  scene.person("mina");
  const jun = scene.guest("jun");
  scene.connect();
  const before = metricsOf(scene);
  for (const kind of ["member", "guest", "unregistered"]) {
    expect(before("sessions", `kind=${kind}`)).toBe(1);
  }
  jun.says(...Array.from({ length: 600 }, () => "PING x"));
  scene.passes(70_000);
  const value = metricsOf(scene);
  expect(value("sessions_closed_total", "cause=flood")).toBe(1);
  expect(value("sessions_closed_total", "cause=registration-timeout")).toBe(1);
  expect(value("sessions", "kind=guest")).toBe(0);
});

test("what the process tells is in base units, and an unknown backup is left out", () => {
  const scene = new Scene();
  scene.passes(90_000);
  const value = metricsOf(scene);
  expect(value("loop_delay_seconds", "value=max")).toBe(0.005);
  expect(value("connections_refused_total", "cause=full")).toBe(2);
  expect(value("lines_sent_total")).toBe(30);
  expect(value("start_time_seconds")).toBe(scene.now / 1000 - 90);
  expect(value("backup_age_seconds")).toBeUndefined();
  scene.process = { ...scene.process, backupAt: scene.now - 3_600_000, disk: null };
  expect(metricsOf(scene)("backup_age_seconds")).toBe(3600);
  expect(metricsOf(scene)("disk_free_bytes")).toBeUndefined();
});

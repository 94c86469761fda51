import { describe, expect, test } from "bun:test";
import { MemoryConfiguration } from "../app/memory-configuration.ts";

/** What `/set` shows and changes: the values in force, whence they come, and client.toml. */

describe("a setting", () => {
  test("tells its value, whence it comes, and what it may be", () => {
    const { configuration } = new MemoryConfiguration("mouse = false\n", ["--lang", "ko"]);
    expect(configuration.find("mouse", "en")).toMatchObject({
      ...{ value: "no", source: "file", default: "yes", choices: ["yes", "no"], isLive: true },
      ...{ next: null, expected: "yes or no" },
    });
    expect(configuration.find("lang", "en")).toMatchObject({
      value: "ko",
      source: "flag",
      next: null,
    });
    expect(configuration.find("color", "ko")).toMatchObject({ name: "colour", source: "default" });
    expect(configuration.find("log", "en")).toMatchObject({ value: null, isLive: false });
    expect(configuration.find("trust", "en")).toBeNull();
    expect(configuration.find("constructor", "en")).toBeNull();
  });

  test("every one that client.toml can have is listed, in both languages", () => {
    const { configuration } = new MemoryConfiguration();
    const names = configuration.list("en").map(({ name }) => name);
    expect(names).toContain("keys");
    expect(names).not.toContain("config-dir");
    expect(configuration.list("ko").map(({ name }) => name)).toEqual(names);
  });

  test("counts at once, and is kept", () => {
    const memory = new MemoryConfiguration("# mine\nmouse = true # yes\n");
    expect(memory.settings.mouse).toBe(true);
    expect(memory.configuration.change("mouse", "off", "en")).toMatchObject({
      kind: "changed",
      setting: { value: "no", source: "file", next: null },
    });
    expect(memory.settings.mouse).toBe(false);
    expect(memory.text).toBe("# mine\nmouse = false # yes\n");
    memory.configuration.change("mouse", null, "en");
    expect(memory.settings.mouse).toBe(true);
    expect(memory.text).toBe("# mine\n# yes\n");
  });

  test("that needs a restart is kept, and the value in force stays", () => {
    const memory = new MemoryConfiguration();
    expect(memory.configuration.change("history-days", "7", "en")).toMatchObject({
      kind: "changed",
      setting: { value: "90", next: { value: "7" }, isLive: false },
    });
    expect(memory.text).toBe("history-days = 7\n");
    expect(memory.configuration.values["historyDays"]).toBe(90);
  });

  test("of the command line gives way now, and comes first at the next start", () => {
    const memory = new MemoryConfiguration("", ["--no-mouse"]);
    expect(memory.configuration.change("mouse", "yes", "en")).toMatchObject({
      setting: { value: "yes", source: "file", next: { value: "no" } },
    });
    expect(memory.settings.mouse).toBe(true);
  });

  test("that can't be isn't written, and neither is an unknown one", () => {
    const memory = new MemoryConfiguration();
    expect(memory.configuration.change("lang", "fr", "en")).toEqual({
      kind: "invalid",
      expected: "en or ko",
    });
    expect(memory.configuration.change("theme", "밝은 것", "ko")).toEqual({
      kind: "invalid",
      expected: "auto, dark, light, 또는 themes/에 있는 파일 이름",
    });
    expect(memory.configuration.change("muose", "yes", "en")).toEqual({
      kind: "unknown",
      nearest: "mouse",
    });
    expect(memory.text).toBe("");
  });

  test("isn't in force when it couldn't be kept", () => {
    const memory = new MemoryConfiguration();
    memory.trouble = "forbidden";
    expect(memory.configuration.change("mouse", "no", "en")).toEqual({
      kind: "failed",
      why: "forbidden",
    });
    expect(memory.settings.mouse).toBe(true);
  });

  test("what was changed by hand meanwhile stays", () => {
    const memory = new MemoryConfiguration("mouse = true\n");
    memory.text = "mouse = true\nlog = '/tmp/x' # by hand\n";
    memory.configuration.change("mouse", "no", "en");
    expect(memory.text).toBe("mouse = false\nlog = '/tmp/x' # by hand\n");
    memory.text = "mouse = \n";
    expect(memory.configuration.change("mouse", "yes", "en")).toEqual({
      kind: "failed",
      why: "unclear",
    });
    expect(memory.text).toBe("mouse = \n");
  });
});

test("rows of [bind] and [alias] come and go", () => {
  const memory = new MemoryConfiguration('[bind]\n"ctrl-g" = "switcher"\n');
  expect(memory.settings.bind).toEqual({ "ctrl-g": "switcher" });
  expect(memory.configuration.changeRow("bind", "alt-x", "/away")).toBeNull();
  expect(memory.configuration.changeRow("alias", "bye", "/quit")).toBeNull();
  expect(memory.configuration.changeRow("bind", "ctrl-g", null)).toBeNull();
  expect(memory.settings.bind).toEqual({ "alt-x": "/away" });
  expect(memory.settings.alias).toEqual({ bye: "/quit" });
  expect(memory.text).toBe('[bind]\nalt-x = "/away"\n\n[alias]\nbye = "/quit"\n');
  memory.trouble = "forbidden";
  expect(memory.configuration.changeRow("bind", "alt-x", null)).toBe("forbidden");
  expect(memory.settings.bind).toEqual({ "alt-x": "/away" });
});

import { expect, test } from "bun:test";
import { EMPTY_UI, type UiState, viewOf, withView } from "../../lib/app/chat-screen/ui-state.ts";
import { DraftAutosave } from "../../lib/app/saved/drafts.ts";
import { SharedDrafts } from "../../lib/app/saved/shared-drafts.ts";
import { fold } from "../../lib/protocol/names.ts";
import { EMPTY_EDITOR, replaceText } from "../../lib/terminal/editor.ts";
import { type Device, Wires } from "../chat-client/wires.ts";

/** Drafts of one account on two devices. */

const TEA = fold("#tea");

/** A device with its screen, whose user shares drafts or doesn't. */
class DeviceScreen {
  ui: UiState = EMPTY_UI;
  readonly device: Device;
  readonly drafts: DraftAutosave;
  isOn: boolean;
  readonly #timers: (() => void)[] = [];

  constructor(wires: Wires, isOn = true) {
    this.isOn = isOn;
    this.device = wires.person("mina").does((session) => session.commands.join("#tea"));
    const ports = {
      readDrafts: () => null,
      writeDrafts() {},
      after: (_: number, action: () => void) => {
        this.#timers.push(action);
        return () => {};
      },
    };
    const shared = new SharedDrafts(this.device.session, ports, () => this.isOn);
    this.drafts = new DraftAutosave(ports, "mina@tea", undefined, shared);
  }

  types(text: string): this {
    this.ui = withView(this.ui, TEA, { editor: replaceText(EMPTY_EDITOR, text) });
    this.drafts.changed(this.ui);
    return this;
  }

  /** Lets the moments pass after which drafts are written, perhaps in the second pause, and shared. */
  waits(rounds = 3): this {
    for (let round = 0; round < rounds; round += 1) {
      this.device.does(() => {
        for (const action of this.#timers.splice(0)) action();
      });
    }
    return this;
  }

  get text(): string {
    this.ui = this.drafts.withShared(this.ui);
    return viewOf(this.ui, TEA).editor.text;
  }
}

test("a draft is there on the other device a moment later, and gone once it was sent", () => {
  const wires = new Wires();
  const [phone, laptop] = [new DeviceScreen(wires), new DeviceScreen(wires)];
  phone.types("두 줄\n과 \\n").waits();
  expect(laptop.text).toBe("두 줄\n과 \\n");
  phone.types("").waits();
  expect(laptop.text).toBe("");
});

test("a device that connects later gets it, and what was typed there meanwhile stays", () => {
  const wires = new Wires();
  const phone = new DeviceScreen(wires).types("half a sent").waits();
  const laptop = new DeviceScreen(wires);
  expect(laptop.text).toBe("half a sent");
  laptop.types("half a sentence");
  phone.types("another").waits();
  expect(laptop.text).toBe("half a sentence");
  laptop.waits();
  expect(phone.text).toBe("half a sentence");
});

test("nothing is shared or taken by a device whose user doesn't want that", () => {
  const wires = new Wires();
  const [phone, laptop] = [new DeviceScreen(wires, false), new DeviceScreen(wires)];
  phone.types("private").waits();
  expect(laptop.text).toBe("");
  laptop.types("shared").waits();
  expect(phone.text).toBe("private");
  expect(phone.device.session.state.preferences.get(TEA, "draft")).toBe("shared");
});

test("commands, and drafts that are too long for the server, stay on their device", () => {
  const wires = new Wires();
  const [phone, laptop] = [new DeviceScreen(wires), new DeviceScreen(wires)];
  phone.types("/key secret").waits();
  expect(laptop.text).toBe("");
  phone.types("short").waits();
  phone.types("가".repeat(101)).waits();
  expect(laptop.text).toBe("");
});

test("a draft that was sent on one device doesn't come back from another", () => {
  const wires = new Wires();
  const [phone, laptop] = [new DeviceScreen(wires), new DeviceScreen(wires)];
  phone.types("lunch at").waits();
  expect(laptop.text).toBe("lunch at");
  // The message itself reaches the phone first, and then that its draft is gone.
  phone.drafts.linesChanged();
  phone.waits(1);
  laptop.types("").waits();
  expect(phone.text).toBe("");
  phone.waits();
  phone.drafts.linesChanged();
  phone.waits();
  expect(laptop.text).toBe("");
  expect(phone.text).toBe("");
});

test("a command that a server passes off as a draft is not put where Enter would run it", () => {
  const wires = new Wires();
  const [phone, laptop] = [new DeviceScreen(wires), new DeviceScreen(wires)];
  phone.device.does((session) => session.preferences.set(TEA, "draft", "  /script on evil"));
  expect(laptop.text).toBe("");
  phone.device.does((session) => session.preferences.set(TEA, "draft", "half a sent"));
  expect(laptop.text).toBe("half a sent");
});

import type { SettingsTable } from "./setting.ts";

const SENT_FILES = "Sent files";

/** Sizes of the settings are in MB of so many bytes, as they are shown. */
export const MB_BYTES = 1_000_000;

/** A size in MB, of which 0 is no limit. */
const MEGABYTES = {
  group: SENT_FILES,
  type: "number",
  placeholder: "MB",
  min: 0,
  max: 1_000_000_000,
  live: true,
} as const;

/** The settings about files that people send: a part of `SERVER_TABLE`. */
export const FILE_TABLE = {
  files: {
    group: SENT_FILES,
    type: "yes-no",
    default: true,
    live: true,
    help: "Lets people with an account send files and pictures.",
  },
  "file-size-max": {
    ...MEGABYTES,
    default: 100,
    min: 1,
    max: 1_000_000,
    help: "The largest file that can be sent, in MB.",
  },
  "files-per-account": {
    ...MEGABYTES,
    default: 2_000,
    help: "How much the files of one account may take, in MB; 0 for no limit.",
  },
  "files-per-room": {
    ...MEGABYTES,
    default: 10_000,
    help: "How much the files of one room, or of two people, may take, in MB; 0 for no limit.",
  },
  "files-on-server": {
    ...MEGABYTES,
    default: 50_000,
    help: "How much all files may take, in MB; 0 for no limit.",
  },
  "file-disk-reserve": {
    ...MEGABYTES,
    default: 1_000,
    help: "Free space of the disk that files never take, in MB.",
  },
  "keep-file-days": {
    group: SENT_FILES,
    type: "number",
    placeholder: "DAYS",
    default: 0,
    min: 0,
    max: 36_500,
    live: true,
    help: "Deletes files that are older than this many days, but not their messages; 0 keeps all.",
  },
} as const satisfies SettingsTable;

import type { LocalTime, LogItem } from "./log-item.ts";

/** One file of a log. */
export interface LogFile {
  /**
   * Path below the folder or zip that was given, with "/"; the file's name when it was given
   * itself.
   */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** The bytes, decoded: see input/decode-log.ts. Without a byte order mark. May hold any line ends. */
  readonly text: () => string;
}

/** What a reader is told besides the files. */
export interface ReadOptions {
  /** Converts a date and time in the log's time zone. NaN for one that no calendar has. */
  readonly localTime: LocalTime;
  /** Which channel to read of a log of many: by default the room's name, without "#". */
  readonly room: string;
}

/** A program's log format: a row of {@link LOG_FORMATS}. Readers are pure. */
export interface LogFormat {
  /** As the owner types it: "weechat". */
  readonly name: string;
  /** As a person calls the program: "WeeChat". */
  readonly program: string;
  /**
   * Returns whether a file of the log is to be read. Others in the folder or zip are passed over.
   */
  readonly accepts: (name: string) => boolean;
  /**
   * Returns whether the beginning of a text looks like this format, so that a wrong format can be
   * told.
   */
  readonly recognizes: (start: string) => boolean;
  /** What in the names of files only counts the parts of one room's log. */
  readonly partNumber?: RegExp;
  /**
   * Whether each file is read by itself (`file`), in the order of the names, or all of them
   * together (`folder`), as in an export whose messages need other files for their names.
   */
  readonly reads:
    | {
        readonly kind: "file";
        readonly read: (file: LogFile, options: ReadOptions) => Iterable<LogItem>;
      }
    | {
        readonly kind: "folder";
        readonly read: (
          files: ReadonlyMap<string, LogFile>,
          options: ReadOptions,
        ) => Iterable<LogItem> | { readonly refused: string };
      };
}

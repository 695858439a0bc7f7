package io.robusttrain.app;

/** What a process tells its caller about how it ended. */
public enum ExitCode {
  /** Everything was done. */
  DONE(0),
  /** Failed for a reason that no other code names. */
  FAILED(1),
  /** Wrong command line or configuration; nothing was started. */
  USAGE(2),
  /** The data is missing, broken or does not fit the configuration. */
  BAD_DATA(3),
  /** Training was stopped because going on was pointless, for instance after a NaN. */
  GUARD(4);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  /** The process's exit status. */
  public int number() {
    return number;
  }
}

package io.robusttrain.notebook;

import java.util.List;

/** A cell that went wrong, in the words that the notebook shows. */
final class CellFailure extends Exception {
  private static final long serialVersionUID = 1L;

  /** The name of one that the user wanted. */
  static final String INTERRUPTED = "Interrupted";

  private final String name;
  private final String block;

  /**
   * A failure.
   *
   * @param name of what was thrown, or of the kind of failure
   * @param message what is wrong
   * @param block all that is shown below the cell, lines separated by line feeds
   */
  CellFailure(String name, String message, String block, Throwable cause) {
    super(message, cause);
    this.name = name;
    this.block = block;
  }

  String name() {
    return name;
  }

  boolean interruption() {
    return name.equals(INTERRUPTED);
  }

  List<String> lines() {
    return block.lines().toList();
  }
}

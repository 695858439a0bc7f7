package io.robusttrain.notebook;

/** Ends a cell that was interrupted; no error of the code in it, which need not catch it. */
final class CellInterrupted extends Error {
  private static final long serialVersionUID = 1L;

  CellInterrupted() {
    super("the cell was interrupted");
  }
}

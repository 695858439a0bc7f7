package io.robusttrain.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Who hears of a run and where its lines go: to the listeners and the stream of the caller; without
 * these to the listener of the process, as a notebook sets one; without that to standard output.
 */
final class Screen {
  @GuardedBy("Screen.class")
  private static Optional<RunListener> ofProcess = Optional.empty();

  private final List<RunListener> listeners = new ArrayList<>();
  private Optional<PrintStream> stream = Optional.empty();

  static synchronized void setOfProcess(Optional<RunListener> listener) {
    ofProcess = listener;
  }

  private static synchronized Optional<RunListener> ofProcess() {
    return ofProcess;
  }

  void add(RunListener listener) {
    listeners.add(listener);
  }

  void printTo(PrintStream out) {
    stream = Optional.of(out);
  }

  /** Prints nothing from now on. */
  void quiet() {
    printTo(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
  }

  /** All listeners, that of the process among them if the caller said nothing. */
  List<RunListener> listeners() {
    List<RunListener> all = new ArrayList<>(listeners);
    if (all.isEmpty() && stream.isEmpty()) {
      ofProcess().ifPresent(all::add);
    }
    return all;
  }

  /** The stream, which is silent where the listener of the process tells what there is to tell. */
  PrintStream stream() {
    if (stream.isEmpty() && listeners.isEmpty() && ofProcess().isPresent()) {
      quiet();
    }
    return stream.orElse(System.out);
  }
}

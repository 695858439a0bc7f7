package io.robusttrain.notebook;

import io.robusttrain.api.RobustTrainException;
import io.robusttrain.notebook.CellParts.Part;
import io.robusttrain.notebook.FailureText.Origin;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;
import jdk.jshell.SourceCodeAnalysis.Completeness;
import jdk.jshell.SourceCodeAnalysis.Documentation;
import jdk.jshell.SourceCodeAnalysis.Suggestion;
import jdk.jshell.UnresolvedReferenceException;
import jdk.jshell.VarSnippet;
import jdk.jshell.spi.ExecutionControl;
import jdk.jshell.spi.ExecutionControlProvider;
import jdk.jshell.spi.ExecutionEnv;

/**
 * The Java of one notebook: runs its cells in this process, one after the other on a thread of
 * their own, which can be interrupted. Everything but {@link #interrupt()} is for one thread.
 */
final class Cells implements AutoCloseable {
  private static final int LONGEST_VALUE = 1000;

  private final CellControl control;
  private final JShell shell;
  private final SourceCodeAnalysis analysis;
  private final Map<String, Origin> origins = new HashMap<>();
  private final ExecutorService thread;
  private final CellGate gate = new CellGate();

  /**
   * An empty notebook.
   *
   * @param classes folder for the classes of cells
   * @param beginning what every cell may use: imports, one an element
   */
  Cells(Path classes, List<String> beginning) {
    control = new CellControl(classes, gate);
    shell = JShell.builder().executionEngine(new Here(control), Map.of()).build();
    shell.addToClasspath(System.getProperty("java.class.path"));
    analysis = shell.sourceCodeAnalysis();
    thread =
        Executors.newSingleThreadExecutor(
            work -> {
              Thread cell = new Thread(work, "cell");
              cell.setDaemon(true);
              return cell;
            });
    for (String line : beginning) {
      for (SnippetEvent event : shell.eval(line)) {
        if (event.status() == Snippet.Status.REJECTED) {
          throw new IllegalStateException("the notebook cannot begin with " + line);
        }
      }
    }
  }

  /** JShell's way to ask for an engine. */
  private record Here(CellControl control) implements ExecutionControlProvider {
    @Override
    public String name() {
      return "here";
    }

    @Override
    public ExecutionControl generate(ExecutionEnv env, Map<String, String> parameters) {
      return control;
    }
  }

  /**
   * Runs a cell.
   *
   * @param number of the cell, which failures name
   * @param show what becomes of its result, on the thread of the cell
   * @return what the last expression gave, if no semicolon ends it
   * @throws CellFailure if it did not compile, threw, or was interrupted
   */
  <T> Optional<T> run(int number, String code, Function<Object, T> show) throws CellFailure {
    Future<Optional<T>> cell = thread.submit(() -> interruptibly(number, code, show));
    try {
      return cell.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof CellFailure failure) {
        throw failure;
      }
      throw FailureText.inWords(
          number,
          e.getCause().getClass().getSimpleName(),
          e.getCause(),
          new StackTraceElement[0],
          origins);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the kernel's thread was interrupted", e);
    }
  }

  private <T> Optional<T> interruptibly(int number, String code, Function<Object, T> show)
      throws CellFailure {
    gate.begin();
    try {
      List<Part> parts = CellParts.of(code, analysis);
      if (parts.isEmpty()) {
        return Optional.empty();
      }
      Part last = parts.get(parts.size() - 1);
      return shown(number, code, last, execute(number, code, parts, last), show);
    } finally {
      gate.end();
      control.forget();
    }
  }

  private Optional<Object> execute(int number, String code, List<Part> parts, Part last)
      throws CellFailure {
    // A cell that ends in the middle of something is found before anything runs: JShell refuses it.
    if (last.cut()) {
      evaluate(number, code, last);
      throw FailureText.ofCompiler(code, last, Stream.empty());
    }
    boolean shown = false;
    for (Part part : parts) {
      if (gate.waits()) {
        throw interruption(number, new CellInterrupted(), new StackTraceElement[0], code, part);
      }
      shown = evaluate(number, code, part);
    }
    return shown && !code.stripTrailing().endsWith(";") ? control.value() : Optional.empty();
  }

  /** Shows a result, which may be a matter of Spark jobs. */
  private <T> Optional<T> shown(
      int number, String code, Part last, Optional<Object> result, Function<Object, T> show)
      throws CellFailure {
    try {
      gate.enter();
      try {
        return result.map(show);
      } finally {
        gate.leave();
      }
    } catch (Throwable thrown) {
      // Not RuntimeException alone: Spark throws checked exceptions that it does not declare.
      if (interrupted(thrown)) {
        throw interruption(number, thrown, new StackTraceElement[0], code, last);
      }
      throw thrown;
    }
  }

  /** Runs a part; the answer is whether its value is a result, and not that of a declaration. */
  private boolean evaluate(int number, String code, Part part) throws CellFailure {
    boolean shown = false;
    control.forget();
    for (SnippetEvent event : shell.eval(part.source())) {
      if (event.causeSnippet() != null) {
        continue;
      }
      Snippet snippet = event.snippet();
      origins.put(snippet.id(), new Origin(number, code, part.line(code)));
      if (event.status() == Snippet.Status.REJECTED) {
        throw FailureText.ofCompiler(code, part, shell.diagnostics(snippet));
      }
      if (event.exception() != null) {
        throw thrown(number, event.exception(), code, part);
      }
      shown =
          snippet.kind() == Snippet.Kind.EXPRESSION
              || snippet.subKind() == Snippet.SubKind.TEMP_VAR_EXPRESSION_SUBKIND;
    }
    return shown;
  }

  private CellFailure thrown(int number, JShellException failure, String code, Part part) {
    StackTraceElement[] trace = failure.getStackTrace();
    Throwable thrown = control.thrown().orElse(failure);
    if (failure instanceof UnresolvedReferenceException unresolved) {
      String missing =
          shell
              .unresolvedDependencies(unresolved.getSnippet())
              .reduce((a, b) -> a + ", " + b)
              .orElse("");
      return FailureText.inWords(
          number,
          "NotYetDeclared",
          new IllegalStateException("it uses what no cell has declared: " + missing),
          trace,
          origins);
    }
    if (interrupted(thrown)) {
      return interruption(number, thrown, trace, code, part);
    }
    return thrown instanceof RobustTrainException
        ? FailureText.inWords(number, "RobustTrainException", thrown, trace, origins)
        : FailureText.ofThrown(number, thrown, trace, origins);
  }

  /** Whether what was thrown is what an interrupt brought about, be it the code's own. */
  private boolean interrupted(Throwable thrown) {
    return gate.asked() || thrown instanceof CellInterrupted;
  }

  private CellFailure interruption(
      int number, Throwable thrown, StackTraceElement[] trace, String code, Part part) {
    Throwable told =
        thrown instanceof CellInterrupted || thrown instanceof InterruptedException
            ? new CellInterrupted()
            : thrown;
    return FailureText.ofInterruption(number, told, trace, origins, code, part);
  }

  /** Interrupts the cell that runs, if one does. Any thread may. */
  void interrupt() {
    gate.interrupt();
  }

  /**
   * What could stand at a place.
   *
   * @param from the first character that is replaced
   * @param texts what could replace it
   */
  record Completion(int from, List<String> texts) {}

  /** What could stand in a cell before a place, best first. */
  Completion complete(String code, int at) {
    String before = code.substring(0, at);
    int offset = beginning(before);
    int[] anchor = {0};
    List<String> texts =
        analysis.completionSuggestions(before.substring(offset), at - offset, anchor).stream()
            .sorted((a, b) -> Boolean.compare(b.matchesType(), a.matchesType()))
            .map(Suggestion::continuation)
            .distinct()
            .toList();
    return new Completion(offset + anchor[0], texts);
  }

  private int beginning(String code) {
    List<Part> parts = CellParts.of(code, analysis);
    return parts.isEmpty() ? 0 : parts.get(parts.size() - 1).offset();
  }

  /** What is known about the name or the call at a place: signatures, and a variable's value. */
  Optional<String> inspect(String code, int at) {
    int end = at;
    while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
      end++;
    }
    String before = code.substring(0, end);
    int offset = beginning(before);
    String part = before.substring(offset);
    List<String> found =
        analysis.documentation(part, part.length(), false).stream()
            .map(Documentation::signature)
            .distinct()
            .toList();
    Optional<String> value = value(part);
    if (found.isEmpty() && value.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(String.join("\n", found) + value.map(text -> "\n= " + text).orElse(""));
  }

  private Optional<String> value(String part) {
    String name = part.replaceFirst("^(?s).*?(\\w*)$", "$1");
    return shell
        .variables()
        .filter(variable -> variable.name().equals(name))
        .filter(variable -> shell.status(variable).isActive())
        .findFirst()
        .map(this::value);
  }

  private String value(VarSnippet variable) {
    String text = shell.varValue(variable);
    return text.length() > LONGEST_VALUE ? text.substring(0, LONGEST_VALUE) + " ..." : text;
  }

  /** Whether a cell could be run as it is, is no Java, or goes on. */
  Completeness completeness(String code) {
    List<Part> parts = CellParts.of(code, analysis);
    return parts.isEmpty() ? Completeness.EMPTY : parts.get(parts.size() - 1).completeness();
  }

  /** Ends the thread of the cells; one that runs is interrupted and waited for. */
  boolean end(long seconds) throws InterruptedException {
    interrupt();
    thread.shutdown();
    return thread.awaitTermination(seconds, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    thread.shutdownNow();
    shell.close();
  }
}

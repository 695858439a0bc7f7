package io.robusttrain.notebook;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import jdk.jshell.execution.DirectExecutionControl;

/**
 * Runs the snippets of a JShell in this process, on the thread that asks, and keeps what they gave
 * as the object that it is: JShell itself asks for a text only. Used by one thread.
 */
final class CellControl extends DirectExecutionControl {
  private final Path classes;
  private final CellGate gate;
  private Optional<Object> value = Optional.empty();
  private Optional<Throwable> thrown = Optional.empty();

  /**
   * Runs snippets.
   *
   * @param classes folder that keeps their classes, from which Spark hands them to executors
   * @param gate through which interrupts come to them
   */
  CellControl(Path classes, CellGate gate) {
    this.classes = classes;
    this.gate = gate;
  }

  /** What the last snippet gave; empty for nothing and for null. */
  Optional<Object> value() {
    return value;
  }

  /** What the last snippet threw, if it did. */
  Optional<Throwable> thrown() {
    return thrown;
  }

  /** Forgets both, which may be large. */
  void forget() {
    value = Optional.empty();
    thrown = Optional.empty();
  }

  @Override
  public void load(ClassBytecodes[] compiled)
      throws ClassInstallException, NotImplementedException, EngineTerminationException {
    ClassBytecodes[] stoppable = new ClassBytecodes[compiled.length];
    for (int i = 0; i < compiled.length; i++) {
      byte[] bytes = StoppableLoops.in(compiled[i].bytecodes());
      stoppable[i] = new ClassBytecodes(compiled[i].name(), bytes);
      keep(compiled[i].name(), bytes);
    }
    super.load(stoppable);
  }

  private void keep(String name, byte[] bytes) {
    Path file = classes.resolve(name.replace('.', '/') + ".class");
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("the class of a cell cannot be written to " + file, e);
    }
  }

  /** All classes are on the class path of the process already. */
  @Override
  public void addToClasspath(String path) {}

  @Override
  protected String invoke(Method snippet) throws Exception {
    forget();
    Thread.currentThread().setContextClassLoader(snippet.getDeclaringClass().getClassLoader());
    try {
      value = entered(snippet);
      return "";
    } catch (InvocationTargetException e) {
      thrown = Optional.ofNullable(e.getCause());
      throw e;
    }
  }

  private Optional<Object> entered(Method snippet) throws ReflectiveOperationException {
    try {
      gate.enter();
    } catch (CellInterrupted before) {
      throw new InvocationTargetException(before);
    }
    try {
      return Optional.ofNullable(snippet.invoke(null));
    } finally {
      gate.leave();
    }
  }
}

package io.robusttrain.tensor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import com.sun.jna.Function;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The library that multiplies matrices for libtorch: one a process, chosen by the processor when
 * natives are loaded. Thread-safe.
 */
public enum Blas {
  /** The default, and the faster one on processors by Intel. */
  ONE_MKL("oneMKL", "libmkl_rt") {
    @Override
    void settle() {
      System.setProperty(PROPERTY, "mkl_rt");
    }
  },

  /**
   * For AMD's processors with AVX-512, on which oneMKL stays with 256 bits and takes twice the
   * time. Its threads are its own: callers that run at the same time, each with several threads,
   * wait for each other.
   */
  OPENBLAS("OpenBLAS", "libopenblas") {
    @Override
    void settle() {
      System.clearProperty(PROPERTY);
      // Idle threads spin for 2 to the power of this many cycles, 0.1 ms, before they sleep; by
      // default they hold their cores for as long as whatever runs between two products.
      setEnvironment("OPENBLAS_THREAD_TIMEOUT", "18");
    }
  };

  /** JavaCPP's property; {@code mkl_rt} and {@code openblas} choose, none leaves it to us. */
  public static final String PROPERTY = "org.bytedeco.openblas.load";

  /** oneMKL under the name that libtorch asks for. */
  private static final Pattern DISGUISED_MKL = Pattern.compile("/org/bytedeco/mkl/.*/libopenblas");

  /** With more threads than it was built for it makes no better use of a processor. */
  private static final int OPENBLAS_THREADS = 64;

  @GuardedBy("Blas.class")
  private static Blas chosen;

  private final String title;
  private final String library;

  Blas(String title, String library) {
    this.title = title;
    this.library = library;
  }

  /**
   * The library of this process. The first call settles it for all libraries that are loaded later:
   * whoever loads one of JavaCPP's that may bring a BLAS along, libtorch or OpenCV, calls this
   * first.
   *
   * @throws IllegalStateException if the property names one that is none of these
   */
  public static synchronized Blas current() {
    if (chosen == null) {
      Blas choice =
          choose(
              System.getProperty(PROPERTY, ""),
              Processor.here(),
              Runtime.getRuntime().availableProcessors());
      choice.settle();
      chosen = choice;
    }
    return chosen;
  }

  /** The one that is faster on a processor. */
  public static Blas fasterOn(Processor processor, int cores) {
    return processor.vendor().equals("AuthenticAMD")
            && processor.hasAvx512()
            && cores <= OPENBLAS_THREADS
        ? OPENBLAS
        : ONE_MKL;
  }

  static Blas choose(String property, Processor processor, int cores) {
    return switch (property) {
      case "" -> fasterOn(processor, cores);
      case "mkl_rt" -> ONE_MKL;
      case "openblas" -> OPENBLAS;
      default ->
          throw new IllegalStateException(
              "-D%s must be mkl_rt or openblas, not '%s': leave it out and the processor decides"
                  .formatted(PROPERTY, property));
    };
  }

  /** Its name for readers. */
  public String title() {
    return title;
  }

  /** The start of the name of its file. */
  public String library() {
    return library;
  }

  /** Tells JavaCPP, and the library itself, before it is loaded. */
  abstract void settle();

  /**
   * Verifies that libtorch found this library and not the other one.
   *
   * @throws IllegalStateException if it did not
   */
  void requireLoaded() {
    boolean mkl;
    try (Stream<String> maps = Files.lines(Path.of("/proc/self/maps"))) {
      mkl = maps.anyMatch(DISGUISED_MKL.asPredicate());
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot read what this process has loaded", failed);
    }
    if (mkl != (this == ONE_MKL)) {
      throw new IllegalStateException(
          ("libtorch was loaded with %s although this process chose %s: another process that chose otherwise was"
                  + " starting from the same cache, give each kind of host a cache of its own with"
                  + " -Dorg.bytedeco.javacpp.cachedir")
              .formatted((mkl ? ONE_MKL : OPENBLAS).title, title));
    }
  }

  /** For libraries that are loaded later; what a user has set stays. */
  private static void setEnvironment(String name, String value) {
    int failed = Function.getFunction("c", "setenv").invokeInt(new Object[] {name, value, 0});
    if (failed != 0) {
      throw new IllegalStateException("cannot set the environment variable " + name);
    }
  }
}

package io.robusttrain.oracle;

import io.robusttrain.tensor.Blas;
import io.robusttrain.tensor.NativeRuntime;
import java.util.Map;
import org.bytedeco.pytorch.global.torch;

/**
 * The floating-point arithmetic that a test process computes in: how many threads share a sum, and
 * which instructions libtorch and its BLAS choose. Numeric tests start it instead of the native
 * runtime, so that {@code src/test/scripts/processors.sh} can run them in every arithmetic of a
 * machine.
 */
public final class Arithmetic {
  /** The system property with the number of threads inside one operation, 1 if absent. */
  public static final String THREADS = "robusttrain.test.threads";

  private Arithmetic() {}

  /** Loads the native libraries and sets the threads of an operation. */
  public static void start() {
    NativeRuntime.start(threads());
  }

  /** The threads inside one operation. */
  public static int threads() {
    return Integer.getInteger(THREADS, 1);
  }

  /**
   * One line: {@code libtorch AVX512, MKL_CBWR=COMPATIBLE, 2 threads}, or the BLAS where it is
   * another one than oneMKL.
   */
  public static String description() {
    NativeRuntime.load();
    Map<String, String> environment = System.getenv();
    String blas =
        switch (Blas.current()) {
          case ONE_MKL -> "MKL_CBWR=" + environment.getOrDefault("MKL_CBWR", "unset");
          case OPENBLAS -> Blas.OPENBLAS.title();
        };
    return "libtorch %s, %s, %d %s"
        .formatted(
            torch.get_cpu_capability().getString(),
            blas,
            threads(),
            threads() == 1 ? "thread" : "threads");
  }
}

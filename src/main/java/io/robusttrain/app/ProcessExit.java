package io.robusttrain.app;

import org.apache.spark.SparkUserAppException;

/**
 * Ends a main class with an exit code. A driver in a container of YARN must not call {@code
 * System.exit}: whatever the code, YARN would book the application as failed. There the main method
 * returns, or throws what Spark's application master turns into the code.
 */
public final class ProcessExit {
  private ProcessExit() {}

  /**
   * Ends the process, or the main method: nothing may follow the call.
   *
   * @param code the exit code, 0 for success
   */
  public static void with(int code) {
    if (!inYarnContainer()) {
      System.exit(code);
    }
    if (code != 0) {
      throw ProcessExit.<RuntimeException>unchecked(new SparkUserAppException(code));
    }
  }

  /** Spark's application master sets these two for the driver that it runs. */
  private static boolean inYarnContainer() {
    return "yarn".equals(System.getProperty("spark.master"))
        && "cluster".equals(System.getProperty("spark.submit.deployMode"));
  }

  /** Spark's exception is a checked one, and the main methods declare none. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Throwable> T unchecked(Throwable failure) throws T {
    throw (T) failure;
  }
}

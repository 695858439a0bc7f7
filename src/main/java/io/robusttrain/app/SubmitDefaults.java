package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.hadoop.util.VersionInfo;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.ConfigurationSource;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.plugins.util.PluginRegistry;
import org.apache.spark.SparkConf;

/**
 * What the scripts of {@code spark-submit/} give to a process, for one that a plain {@code
 * spark-submit} started: the application carries their files {@code jvm.options}, {@code
 * spark.properties} and {@code log4j2.properties}. What was set otherwise stays.
 */
public final class SubmitDefaults {
  private static final String EXECUTOR_OPTIONS = "spark.executor.extraJavaOptions";
  private static final String EXECUTOR_ENVIRONMENT = "spark.executorEnv.";

  /** Spark's own settings of its logs, in a jar; it takes them where it finds no others. */
  private static final String SPARKS_LOGGING = "org/apache/spark/log4j2-defaults.properties";

  /** What Hadoop got when Java's security manager went. */
  private static final String HADOOP_WITHOUT_SECURITY_MANAGER =
      "org/apache/hadoop/security/authentication/util/SubjectUtil.class";

  private static final int WITHOUT_SECURITY_MANAGER = 23;

  private SubmitDefaults() {}

  /**
   * Prepares this JVM as a driver: system properties and the logging. Must come before JavaCPP's
   * classes are loaded, thus first in a main method. Where Hadoop cannot run on this Java, it says
   * so and ends the process as wrong usage. A process that has no memory left ends, see {@link
   * OutOfHeap}.
   */
  public static void driver() {
    Optional<String> problem = prepare();
    if (problem.isPresent()) {
      System.err.println("error: " + problem.get());
      ProcessExit.with(ExitCode.USAGE.number());
    }
    OutOfHeap.endsProcess();
  }

  /**
   * As {@link #driver}, in a process of somebody else's, which must not be ended. Later calls
   * change nothing.
   *
   * @return why this process cannot work, if it cannot; it is left as it was then
   */
  public static Optional<String> prepare() {
    Optional<String> problem =
        problem(
                Runtime.version().feature(),
                SubmitDefaults.class.getClassLoader().getResource(HADOOP_WITHOUT_SECURITY_MANAGER)
                    != null)
            .or(() -> misspelling(System.getProperty("sun.jnu.encoding"), commandLine()));
    if (problem.isPresent()) {
      return problem;
    }
    for (String option : properties()) {
      int equals = option.indexOf('=');
      String key = option.substring(2, equals);
      if (System.getProperty(key) == null) {
        System.setProperty(key, option.substring(equals + 1));
      }
    }
    logging();
    return Optional.empty();
  }

  /**
   * Why Hadoop would not run on a Java, if it would not.
   *
   * @param java such as 17
   * @param free whether Hadoop does without Java's security manager
   */
  static Optional<String> problem(int java, boolean free) {
    return java < WITHOUT_SECURITY_MANAGER || free
        ? Optional.empty()
        : Optional.of(
            "Hadoop %s of this Spark does not run on Java %d: point JAVA_HOME to a JDK from 17 to 22"
                .formatted(VersionInfo.getVersion(), java));
  }

  /**
   * Why file names would come out as others, if they would: Java spells them, and arguments, in the
   * encoding of its locale, with a question mark for what that lacks.
   *
   * @param encoding such as ANSI_X3.4-1968, that of the locale POSIX
   * @param commandLine of this process, as the kernel has it
   */
  static Optional<String> misspelling(String encoding, byte[] commandLine) {
    try {
      Charset.forName(encoding).newDecoder().decode(ByteBuffer.wrap(commandLine));
      return Optional.empty();
    } catch (CharacterCodingException lacking) {
      return Optional.of(
          "an argument has letters outside of %s, the encoding of this process's locale, which Java spells as question marks: set LC_ALL=C.UTF-8 in its environment (on YARN with spark.yarn.appMasterEnv.LC_ALL, on Kubernetes with spark.kubernetes.driverEnv.LC_ALL)"
              .formatted(encoding));
    }
  }

  private static byte[] commandLine() {
    try {
      return Files.readAllBytes(Path.of("/proc/self/cmdline"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Completes the settings of a Spark application, before it is started.
   *
   * @return the same
   */
  static SparkConf application(SparkConf conf) {
    Properties defaults = new Properties();
    try (InputStreamReader reader = new InputStreamReader(open("spark.properties"), UTF_8)) {
      defaults.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    // Some are written as Spark's files are, with blanks between key and value.
    defaults.forEach(
        (key, value) -> {
          // Also under a name that the key had in an older Spark.
          if (!conf.contains((String) key)) {
            conf.set((String) key, ((String) value).strip());
          }
        });
    return conf;
  }

  /**
   * Completes the settings of the executors of a cluster.
   *
   * @param cores of each
   */
  static void executors(SparkConf conf, int cores) {
    StringBuilder options = new StringBuilder(conf.get(EXECUTOR_OPTIONS, ""));
    for (String option : properties()) {
      if (options.indexOf(option.substring(0, option.indexOf('='))) < 0) {
        options.append(options.isEmpty() ? "" : " ").append(option);
      }
    }
    conf.set(EXECUTOR_OPTIONS, options.toString());
    environment(cores)
        .forEach((name, value) -> conf.setIfMissing(EXECUTOR_ENVIRONMENT + name, value));
  }

  /** As {@code rt_threads} of {@code spark-submit/common.sh} has them, with the reasons. */
  private static Map<String, String> environment(int cores) {
    return Map.of(
        "LC_ALL", "C.UTF-8",
        "OMP_NUM_THREADS", Integer.toString(cores),
        "OMP_WAIT_POLICY", "PASSIVE",
        "KMP_BLOCKTIME", "1",
        "MALLOC_ARENA_MAX", Integer.toString(8 * cores),
        "MALLOC_MMAP_MAX_", "0",
        "MALLOC_TRIM_THRESHOLD_", "17179869184",
        "MALLOC_TOP_PAD_", "67108864");
  }

  /** The system properties of jvm.options; Spark itself opens packages of the JDK. */
  private static List<String> properties() {
    try (InputStream in = open("jvm.options")) {
      return new String(in.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> line.startsWith("-D"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Spark's own would print a line for each task, and secrets as they are. */
  private static void logging() {
    LoggerContext context = LoggerContext.getContext(false);
    ConfigurationSource source = context.getConfiguration().getConfigurationSource();
    if (source.getLocation() == null || source.getLocation().endsWith(SPARKS_LOGGING)) {
      // log4j looked for converters of patterns before Spark had a class loader with this jar.
      PluginRegistry.getInstance().clear();
      Configurator.reconfigure(URI.create(resource("log4j2.properties").toString()));
    }
  }

  private static InputStream open(String name) throws IOException {
    return resource(name).openStream();
  }

  private static URL resource(String name) {
    URL found = SubmitDefaults.class.getResource(name);
    if (found == null) {
      throw new IllegalStateException(name + " is missing beside " + SubmitDefaults.class);
    }
    return found;
  }
}

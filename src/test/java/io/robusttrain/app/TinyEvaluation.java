package io.robusttrain.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import picocli.CommandLine;

/** {@code RobustEval} in this process, with a local master of two cores. */
final class TinyEvaluation {
  /** What a command left behind. */
  record Outcome(int code, String out, String err, String screen) {}

  private TinyEvaluation() {}

  /** Any command line. */
  static Outcome command(String... arguments) {
    SparkConf spark = new SparkConf(false).setMaster("local[2]").set("spark.ui.enabled", "false");
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    EvalLauncher launcher = new EvalLauncher(spark, new PrintStream(screen, true, UTF_8));
    CommandLine line = EvalCommand.commandLine(launcher, EvalLauncher.errors());
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    int code = line.execute(arguments);
    return new Outcome(code, out.toString(), err.toString(), screen.toString(UTF_8));
  }

  /** Evaluates the best model of a run on its validation split, with more options. */
  static Outcome evaluate(Path run, Path data, Path output, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--model", run.toString(),
                "--data", data.toString(),
                "--output", output.toString()));
    arguments.addAll(List.of(more));
    return command(arguments.toArray(String[]::new));
  }

  static JsonNode result(Path output) throws IOException {
    return new ObjectMapper().readTree(output.resolve("eval.json").toFile());
  }

  /** The outcome of every block by file, without times. */
  static Map<String, String> blocks(Path output) throws IOException {
    Map<String, String> blocks = new TreeMap<>();
    try (Stream<Path> files = Files.walk(output.resolve("stages"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        JsonNode block = new ObjectMapper().readTree(file.toFile());
        ((com.fasterxml.jackson.databind.node.ObjectNode) block)
            .without(List.of("seconds", "sha256"));
        ((com.fasterxml.jackson.databind.node.ObjectNode) block)
            .remove(List.of("seconds", "sha256"));
        blocks.put(output.relativize(file).toString(), block.toString());
      }
    }
    return blocks;
  }
}

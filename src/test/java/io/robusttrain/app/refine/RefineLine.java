package io.robusttrain.app.refine;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.apache.spark.SparkConf;
import picocli.CommandLine;

/**
 * What a command line of {@code RobustRefine} in this process left behind.
 *
 * @param code of the exit
 * @param out what the command printed
 * @param err its error
 * @param screen its progress
 */
record RefineLine(int code, String out, String err, String screen) {
  static RefineLine of(List<String> arguments) {
    SparkConf spark = new SparkConf(false).setMaster("local[2]").set("spark.ui.enabled", "false");
    ByteArrayOutputStream screen = new ByteArrayOutputStream();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        RefineCommand.commandLine(new RefineLauncher(spark, new PrintStream(screen, true, UTF_8)));
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    line.getSubcommands()
        .values()
        .forEach(sub -> sub.setOut(new PrintWriter(out)).setErr(new PrintWriter(err)));
    int code = line.execute(arguments.toArray(String[]::new));
    return new RefineLine(code, out.toString(), err.toString(), screen.toString(UTF_8));
  }
}

package io.robusttrain.app.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** An entry's name on the command line of an evaluation. */
class PublishedProtocolTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--robustbench Wang2023Better_WRN-28-10",
        "--robustbench=Wang2023Better_WRN-28-10"
      })
  void aNameStandsForItsOptions(String option) {
    ParseResult parsed =
        line().parseArgs((option + " --model m --data d --output o").split(" ", -1));
    assertThat(parsed.matchedOptionValue("--arch", "")).isEqualTo("wide_resnet28_10_silu");
    assertThat(parsed.matchedOptionValue("--eps", "")).isEqualTo("8/255");
    assertThat(parsed.matchedOptionValue("--normalize", ""))
        .isEqualTo("0.4914,0.4822,0.4465,0.2471,0.2435,0.2616");
    assertThat(parsed.matchedOptionValue("--output", "")).isEqualTo("o");
  }

  @Test
  void wrongNamesAndOptionsThatAreSetTwiceAreErrors() {
    assertThatThrownBy(() -> line().parseArgs("--robustbench", "Wang2023Better", "--model", "m"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("--robustbench: no entry of RobustBench")
        .hasMessageContaining("Wang2023Better_WRN-28-10");
    assertThatThrownBy(
            () -> line().parseArgs("--robustbench", "Hendrycks2019Using", "--eps", "4/255"))
        .isInstanceOf(ParameterException.class)
        .hasMessageContaining("'--eps'");
  }

  private static CommandLine line() {
    PrintStream nowhere =
        new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    return EvalCommand.commandLine(new EvalLauncher(new SparkConf(false), nowhere));
  }
}

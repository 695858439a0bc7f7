package io.robusttrain.api;

import io.robusttrain.app.ErrorReport;
import io.robusttrain.app.ExitCode;
import io.robusttrain.config.value.Reading;
import io.robusttrain.evaluate.plan.EvaluationException;
import io.robusttrain.evaluate.result.CleanAccuracyException;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Turns what is thrown below this package into its one exception. */
final class Failures {
  private static final ErrorReport KNOWN =
      ErrorReport.ofRuns()
          .with(EvaluationException.class, ExitCode.USAGE)
          .with(CleanAccuracyException.class, ExitCode.GUARD);

  /** Where a configuration's keys come from that no file has. */
  private static final String COMMAND_LINE = Reading.COMMAND_LINE;

  /** What takes the place of whole phrases about the command lines. */
  private static final Map<String, String> PHRASES =
      Map.of(
          COMMAND_LINE,
          "set(...)",
          ", or with --config and a recipe",
          "",
          "--on-bad-image skip",
          "skipBadImages()",
          "--split train=<folder>",
          "split(\"train\", folder)",
          "the --output of one",
          "the output of one");

  private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--([a-z][a-z-]*)");

  /** What takes the place of options of the command lines, which messages name. */
  private static final Map<String, String> METHODS =
      Map.ofEntries(
          Map.entry("model", "model(...)"),
          Map.entry("arch", "the model's name"),
          Map.entry("normalize", "the normalisation"),
          Map.entry("num-classes", "the number of classes"),
          Map.entry("data", "data(...)"),
          Map.entry("split", "split(...)"),
          Map.entry("n", "first(...)"),
          Map.entry("sample-seed", "sample(...)"),
          Map.entry("list", "list(...)"),
          Map.entry("attacks", "attacks(...)"),
          Map.entry("eps", "threat(...)"),
          Map.entry("threads", "threads(...)"),
          Map.entry("epochs", "epochs(...)"),
          Map.entry("judge", "judge(...)"),
          Map.entry("steps", "the steps"),
          Map.entry("k", "the steps"),
          Map.entry("oracle", "the steps of the oracle"),
          Map.entry("norm", "threat(...)"),
          Map.entry("radii", "the radii"),
          Map.entry("copies", "the copies"),
          Map.entry("classes", "the classes"),
          Map.entry("classes-file", "classes(...)"),
          Map.entry("overwrite", "overwrite()"),
          Map.entry("output", "output(...)"));

  private Failures() {}

  /** Runs something and gives whatever it throws as this package's exception. */
  static <T> T readable(Callable<T> action) {
    try {
      return action.call();
    } catch (Exception | LinkageError | OutOfMemoryError failure) {
      throw of(failure);
    }
  }

  /** The exception of this package that says what a failure was. */
  static RobustTrainException of(Throwable failure) {
    if (failure instanceof RobustTrainException already) {
      return already;
    }
    if (failure instanceof InterruptedException) {
      Thread.currentThread().interrupt();
    }
    ErrorReport.Finding finding = KNOWN.explain(failure);
    return new RobustTrainException(
        inWordsOfTheApi(finding.message()), finding.code().number(), failure);
  }

  /** A text with this package's methods in the place of options. */
  static String inWordsOfTheApi(String message) {
    String words = message;
    for (Map.Entry<String, String> phrase : PHRASES.entrySet()) {
      words = words.replace(phrase.getKey(), phrase.getValue());
    }
    return OPTION.matcher(words).replaceAll(Failures::method);
  }

  private static String method(MatchResult option) {
    return Matcher.quoteReplacement(METHODS.getOrDefault(option.group(1), option.group()));
  }
}

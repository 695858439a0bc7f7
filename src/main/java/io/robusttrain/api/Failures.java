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

  private static String inWordsOfTheApi(String message) {
    Matcher options = OPTION.matcher(message.replace(COMMAND_LINE, "set(...)"));
    return options.replaceAll(Failures::method);
  }

  private static String method(MatchResult option) {
    return Matcher.quoteReplacement(METHODS.getOrDefault(option.group(1), option.group()));
  }
}

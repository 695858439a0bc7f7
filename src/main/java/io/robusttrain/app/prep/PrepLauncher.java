package io.robusttrain.app.prep;

import io.robusttrain.base.Figures;
import io.robusttrain.data.prep.OutputFolder;
import io.robusttrain.data.prep.PrepProgress;
import io.robusttrain.data.prep.PrepReport;
import io.robusttrain.data.prep.Preparation;
import io.robusttrain.report.Progress;
import io.robusttrain.report.ProgressDisplay;
import java.io.IOException;
import java.io.PrintStream;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;

/** Prepares data sets in a Spark context that runs, for the command line and for programs. */
public final class PrepLauncher {
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(5);

  private final JavaSparkContext spark;
  private final PrintStream screen;
  private final Consumer<PrepProgress> listener;

  /**
   * A launcher; nothing is started yet.
   *
   * @param spark the caller's to close
   * @param screen where progress goes
   * @param listener hears of it, too, from a thread of Spark
   */
  public PrepLauncher(JavaSparkContext spark, PrintStream screen, Consumer<PrepProgress> listener) {
    this.spark = spark;
    this.screen = screen;
    this.listener = listener;
  }

  /**
   * Prepares a data set, which appears under its name only when it is whole.
   *
   * @throws io.robusttrain.data.DataException for bad data
   * @throws IllegalArgumentException when the output's place is taken
   */
  public PrepReport run(PrepRequest request) throws IOException {
    Configuration hadoop = spark.hadoopConfiguration();
    Preparation.Importer importer = request.source().on(hadoop);
    OutputFolder folder = new OutputFolder(hadoop, request.output(), request.existing());
    try (ProgressDisplay display =
        ProgressDisplay.automatic(screen, Clock.systemUTC(), LOG_INTERVAL)) {
      Consumer<PrepProgress> progress = now -> display.show(shown(now));
      return new Preparation(spark, request.settings(), progress.andThen(listener))
          .run(importer, request.classes(), folder);
    }
  }

  private static Progress shown(PrepProgress now) {
    Progress shown =
        new Progress("shards", "images", 0, now.images(), now.total(), now.seconds(), "");
    return shown.with(
        Figures.format(
            "%.0f images/s  %.1f MB/s", shown.perSecond(), now.bytes() / now.seconds() / 1e6));
  }
}

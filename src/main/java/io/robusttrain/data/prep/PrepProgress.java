package io.robusttrain.data.prep;

import io.robusttrain.base.Figures;
import java.io.Closeable;
import java.io.PrintStream;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Tuple4;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * Tells how far the shard tasks are: a bar on a terminal, else a line every few seconds. Running
 * tasks report through the executors' heartbeats.
 */
final class PrepProgress extends SparkListener implements Closeable {
  static final String IMAGES = "images prepared";
  static final String BYTES = "image bytes prepared";
  private static final Duration QUIET = Duration.ofSeconds(5);

  private final JavaSparkContext spark;
  private final long total;
  private final PrintStream out;
  private final ProgressBar bar;
  private final long start = System.nanoTime();
  private long lastLine = start;
  private final Map<Long, Long> imagesByTask = new HashMap<>();
  private final Map<Long, Long> bytesByTask = new HashMap<>();

  @SuppressWarnings("SystemConsoleNull") // the build requires JDK 17
  PrepProgress(JavaSparkContext spark, long total, PrintStream out) {
    this.spark = spark;
    this.total = total;
    this.out = out;
    this.bar =
        System.console() == null
            ? null
            : new ProgressBarBuilder()
                .setTaskName("shards")
                .setInitialMax(total)
                .setUnit(" images", 1)
                .setStyle(ProgressBarStyle.ASCII)
                .showSpeed()
                .build();
  }

  /** Starts to listen. */
  void begin() {
    spark.sc().addSparkListener(this);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    Iterator<Tuple4<Object, Object, Object, Seq<AccumulableInfo>>> tasks =
        update.accumUpdates().iterator();
    while (tasks.hasNext()) {
      Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task = tasks.next();
      Iterator<AccumulableInfo> values = task._4().iterator();
      while (values.hasNext()) {
        record((Long) task._1(), values.next());
      }
    }
    show();
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    Iterator<AccumulableInfo> values = end.taskInfo().accumulables().iterator();
    while (values.hasNext()) {
      record(end.taskInfo().taskId(), values.next());
    }
    show();
  }

  private synchronized void record(long task, AccumulableInfo info) {
    if (info.name().isEmpty() || info.update().isEmpty()) {
      return;
    }
    if (info.name().get().equals(IMAGES)) {
      imagesByTask.put(task, (Long) info.update().get());
    } else if (info.name().get().equals(BYTES)) {
      bytesByTask.put(task, (Long) info.update().get());
    }
  }

  private synchronized void show() {
    long images = imagesByTask.values().stream().mapToLong(Long::longValue).sum();
    if (bar != null) {
      bar.stepTo(images);
      return;
    }
    long now = System.nanoTime();
    if (now - lastLine < QUIET.toNanos() || images == 0) {
      return;
    }
    lastLine = now;
    long bytes = bytesByTask.values().stream().mapToLong(Long::longValue).sum();
    double seconds = (now - start) / 1e9;
    double rate = images / seconds;
    out.printf(
        Locale.ROOT,
        "%d of %d images (%.0f %%), %.0f images/s, %.1f MB/s, %s left%n",
        images,
        total,
        100.0 * images / total,
        rate,
        bytes / seconds / 1e6,
        Figures.clock(Duration.ofSeconds(Math.round(Math.max(0, total - images) / rate))));
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
    if (bar != null) {
      bar.stepTo(total);
      bar.close();
    }
  }
}

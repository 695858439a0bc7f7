package io.robusttrain.data.prep;

import java.io.Closeable;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.Tuple4;
import scala.collection.Iterator;
import scala.collection.Seq;

/**
 * Gathers how many images the shard tasks have written. Running tasks report through the executors'
 * heartbeats.
 */
final class PrepListener extends SparkListener implements Closeable {
  static final String IMAGES = "images prepared";
  static final String BYTES = "image bytes prepared";

  private final JavaSparkContext spark;
  private final long total;
  private final Consumer<PrepProgress> progress;
  private final long start = System.nanoTime();
  private final Map<Long, Long> imagesByTask = new HashMap<>();
  private final Map<Long, Long> bytesByTask = new HashMap<>();

  /**
   * @param total images to write
   * @param progress is told from a thread of Spark, from the first image on
   */
  PrepListener(JavaSparkContext spark, long total, Consumer<PrepProgress> progress) {
    this.spark = spark;
    this.total = total;
    this.progress = progress;
  }

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
    long images = sum(imagesByTask);
    if (images > 0) {
      double seconds = (System.nanoTime() - start) / 1e9;
      progress.accept(new PrepProgress(images, total, sum(bytesByTask), seconds));
    }
  }

  private static long sum(Map<Long, Long> byTask) {
    return byTask.values().stream().mapToLong(Long::longValue).sum();
  }

  @Override
  public void close() {
    spark.sc().removeSparkListener(this);
  }
}

package io.robusttrain.bigdl;

import com.intel.analytics.bigdl.dataset.AbstractDataSet;
import com.intel.analytics.bigdl.dataset.DistributedDataSet;
import com.intel.analytics.bigdl.dataset.LocalDataSet;
import com.intel.analytics.bigdl.dataset.MiniBatch;
import com.intel.analytics.bigdl.dataset.Transformer;
import io.robusttrain.engine.WorkerPlace;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import scala.reflect.ClassTag;

/**
 * The data set that BigDL iterates. It counts without touching an image, and its order is ours:
 * BigDL's epochs never end, so its shuffling and its random offsets never happen.
 */
final class StepDataSet implements DistributedDataSet<MiniBatch<Object>> {
  private static final long serialVersionUID = 1L;
  private static final int ENDLESS = 1 << 30;

  private final RDD<WorkerPlace> home;
  private final StepRdd steps;
  private final int workers;

  StepDataSet(RDD<WorkerPlace> home, StepRdd steps, int workers) {
    this.home = home;
    this.steps = steps;
    this.workers = workers;
  }

  @Override
  public RDD<MiniBatch<Object>> data(boolean train) {
    if (train) {
      return steps;
    }
    int share = ENDLESS / workers;
    return JavaSparkContext.fromSparkContext(home.sparkContext())
        .parallelize(IntStream.range(0, workers).boxed().toList(), workers)
        .<MiniBatch<Object>>map(index -> StepMiniBatch.ofSize(share))
        .rdd();
  }

  @Override
  public long size() {
    return (long) (ENDLESS / workers) * workers;
  }

  @Override
  public void shuffle() {
    // The order of samples is a pure function of seed and epoch; see data.BatchOrder.
  }

  @Override
  public RDD<?> originRDD() {
    return home;
  }

  @Override
  public void cache() {
    // The home RDD is cached by the engine, which also decides when to let go.
  }

  @Override
  public void unpersist() {
    // As above.
  }

  @Override
  public boolean isCached() {
    return true;
  }

  @Override
  public void isCached_$eq(boolean cached) {
    // As above.
  }

  @Override
  public LocalDataSet<MiniBatch<Object>> toLocal() {
    throw new UnsupportedOperationException("a distributed data set");
  }

  @Override
  public DistributedDataSet<MiniBatch<Object>> toDistributed() {
    return this;
  }

  @Override
  public <C> AbstractDataSet<C, ?> transform(
      Transformer<MiniBatch<Object>, C> transformer, ClassTag<C> tag) {
    throw new UnsupportedOperationException("batches come ready from the worker");
  }

  @Override
  public <C> AbstractDataSet<C, ?> $minus$greater(
      Transformer<MiniBatch<Object>, C> transformer, ClassTag<C> tag) {
    throw new UnsupportedOperationException("batches come ready from the worker");
  }
}

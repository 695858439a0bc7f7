package io.robusttrain.bigdl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.cluster.ExecutorWatch;
import io.robusttrain.engine.EngineContract;
import io.robusttrain.engine.EngineOutage;
import io.robusttrain.engine.QuadraticWorker;
import io.robusttrain.engine.Recorder;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerFactory;
import java.util.OptionalDouble;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.scheduler.SparkListenerExecutorRemoved;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** BigDL's engine: the contract of all engines, and what its exchange adds to it. */
@Tag("slow")
class BigDlEngineTest extends EngineContract {
  @Override
  protected TrainingEngine<QuadraticWorker> engine(
      int count, int replicas, OptionalDouble maxNorm, WorkerFactory<QuadraticWorker> factory) {
    return new BigDlEngine<>(spark, options(count, replicas, maxNorm), factory);
  }

  private static EngineOptions options(int count, int replicas, OptionalDouble maxNorm) {
    return new EngineOptions(count, replicas, SIZE, 5, "none", maxNorm);
  }

  @Override
  protected void assertNothingLeft() {
    int blocks =
        SparkEnv.get().blockManager().getMatchingBlockIds(new ExchangeBlocks.IsExchanged()).size();
    assertThat(blocks).isZero();
    assertThat(JavaSparkContext.fromSparkContext(spark).getPersistentRDDs().values())
        .extracting(rdd -> rdd.name())
        .doesNotContain("Thread Model RDD");
  }

  @Test
  void failsWhenAGradientDoesNotArrive() {
    workers.afterExchange(
        step -> {
          if (step == 2) {
            SliceExchange.endAll();
          }
        });
    try (TrainingEngine<QuadraticWorker> engine = engine(2, 1, OptionalDouble.empty(), -1)) {
      // BigDL's own sum would go on with the gradients that it has.
      assertThatThrownBy(() -> engine.run(start(), 0, 5, new Recorder()))
          .isInstanceOf(EngineOutage.class)
          .hasMessageContaining("did not arrive");
    }
  }

  @Test
  void refusesASecondCopyOfATask() {
    try (BigDlEngine<QuadraticWorker> engine =
        new BigDlEngine<>(spark, options(1, 1, OptionalDouble.empty()), workers.factory(5, -1))) {
      Recorder recorder =
          new Recorder() {
            @Override
            public void onPause(long completedSteps) {
              StepProperty.set(spark, 1, completedSteps - 1);
              assertThatThrownBy(() -> engine.steps().count())
                  .hasMessageContaining("its task ran twice");
              super.onPause(completedSteps);
            }
          };
      engine.run(start(), 0, 5, recorder);
      double expected = 10 * Math.pow(1 - QuadraticWorker.RATE, 5);
      assertThat((double) engine.weights()[0]).isCloseTo(expected, within(ROUNDING));
    }
  }

  @Test
  void anExecutorThatIsLostWhileTheEngineClosesDoesNotFailARunThatIsDone() {
    ExecutorWatch watch = ExecutorWatch.of(spark);
    BigDlEngine<QuadraticWorker> engine =
        new BigDlEngine<>(
            watch, spark, options(1, 1, OptionalDouble.empty()), workers.factory(5, -1));
    engine.run(start(), 0, 5, new Recorder());
    String executor = SparkEnv.get().executorId();
    workers.onClose(
        () -> {
          watch.onExecutorRemoved(new SparkListenerExecutorRemoved(0, executor, "host went away"));
          throw new IllegalStateException("its executor was lost");
        });
    assertThatCode(engine::close).doesNotThrowAnyException();
  }
}

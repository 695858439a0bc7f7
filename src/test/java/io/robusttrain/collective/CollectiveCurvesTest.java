package io.robusttrain.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.bigdl.BigDlEngine;
import io.robusttrain.bigdl.EngineOptions;
import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.model.Architecture;
import io.robusttrain.train.TinyRun;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.SyntheticTraining;
import io.robusttrain.train.worker.ThreadPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Training of a network with batch statistics, by both engines and on 1, 2 and 4 workers. */
@Tag("slow")
class CollectiveCurvesTest {
  private static final int STEPS = 50;

  /** Relative, of a loss: what adding the same gradients in another order may do in 50 steps. */
  private static final double OTHER_ORDER = 1e-5;

  private static final Architecture NETWORK = TinyRun.network(4);

  private static SparkContext spark;

  /** The losses of a training, and where it ended. */
  @SuppressWarnings("ArrayRecordComponent") // compared element by element
  private record Curve(List<Double> losses, float[] weights) {}

  @BeforeAll
  static void startSpark() {
    spark =
        new SparkContext(
            new SparkConf()
                .setMaster("local[4]")
                .setAppName("curves")
                .set("spark.ui.enabled", "false"));
  }

  @AfterAll
  static void stopSpark() {
    spark.stop();
  }

  @Test
  void aFixedNumberOfWorkersGivesTheSameBitsAndEveryNumberTheSameCurve() {
    Curve two = collective(2, 1);
    Curve again = collective(2, 1);
    Curve afterwards = collective(2, 1, false);
    assertThat(afterwards.losses()).isEqualTo(two.losses());
    assertThat(afterwards.weights()).isEqualTo(two.weights());
    assertThat(again.losses()).isEqualTo(two.losses());
    assertThat(again.weights()).isEqualTo(two.weights());
    assertNear(collective(1, 1), two);
    assertNear(collective(4, 1), two);
    assertNear(collective(2, 2), two);
    assertNear(bigdl(2), two);
  }

  private static void assertNear(Curve actual, Curve expected) {
    assertThat(actual.losses()).hasSize(STEPS);
    for (int step = 0; step < STEPS; step++) {
      double loss = expected.losses().get(step);
      assertThat(actual.losses().get(step))
          .as("step %d", step)
          .isCloseTo(loss, within(OTHER_ORDER * loss));
    }
  }

  private static SyntheticTraining training(int replicas) {
    ThreadPlan threads =
        replicas == 1 ? ThreadPlan.oneReplica(1) : ThreadPlan.replicaPerCore(replicas);
    return new SyntheticTraining(NETWORK, 4, 1, threads, 3);
  }

  private static Curve collective(int workers, int replicas) {
    return collective(workers, replicas, true);
  }

  private static Curve collective(int workers, int replicas, boolean overlap) {
    CollectiveOptions options =
        new CollectiveOptions(
                workers,
                replicas,
                NETWORK.layout().size(),
                NETWORK.layout().parameterCount(),
                OptionalDouble.empty())
            .withOverlap(overlap);
    return train(
        new CollectiveEngine<>(spark, options, training(replicas).workerFactory()), replicas);
  }

  private static Curve bigdl(int workers) {
    EngineOptions options =
        new EngineOptions(
            workers,
            1,
            NETWORK.layout().size(),
            NETWORK.layout().parameterCount(),
            "none",
            OptionalDouble.empty());
    return train(new BigDlEngine<>(spark, options, training(1).workerFactory()), 1);
  }

  private static Curve train(TrainingEngine<ReplicaWorker> engine, int replicas) {
    List<Double> losses = new ArrayList<>();
    StepObserver observer =
        new StepObserver() {
          @Override
          public void onStep(StepReport report) {
            losses.add(report.loss());
          }

          @Override
          public boolean pausesAfter(long step) {
            return step == STEPS / 2;
          }

          @Override
          public void onPause(long completedSteps) {}
        };
    try (engine) {
      engine.run(training(replicas).initialWeights(), 0, STEPS, observer);
      return new Curve(losses, engine.weights());
    }
  }
}

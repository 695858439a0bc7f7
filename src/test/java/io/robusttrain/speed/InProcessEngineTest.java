package io.robusttrain.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.robusttrain.engine.StepObserver;
import io.robusttrain.engine.StepReport;
import io.robusttrain.model.Architecture;
import io.robusttrain.train.TinyRun;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.SyntheticTraining;
import io.robusttrain.train.worker.ThreadPlan;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InProcessEngineTest {
  private static final Architecture NETWORK = TinyRun.network(4);

  /** Relative, of a loss: what adding the same gradients in another order may do in a few steps. */
  private static final double OTHER_ORDER = 1e-5;

  @Test
  void replicasShareABatchAndTrainAsOneDoes() {
    List<Double> one = losses(1);
    List<Double> two = losses(2);
    assertThat(losses(2)).isEqualTo(two);
    assertThat(two).hasSize(5).doesNotHaveDuplicates();
    for (int step = 0; step < two.size(); step++) {
      assertThat(two.get(step)).isCloseTo(one.get(step), within(OTHER_ORDER * one.get(step)));
    }
  }

  private static List<Double> losses(int replicas) {
    SyntheticTraining training =
        new SyntheticTraining(NETWORK, 4, 1, new ThreadPlan(replicas, 1, 1), 3);
    List<Double> losses = new ArrayList<>();
    try (InProcessEngine<ReplicaWorker> engine =
        new InProcessEngine<>(training.workerFactory(), replicas)) {
      assertThat(engine.topology().replicas()).isEqualTo(replicas);
      engine.run(training.initialWeights(), 0, 5, new Losses(losses));
    }
    return losses;
  }

  private record Losses(List<Double> seen) implements StepObserver {
    @Override
    public void onStep(StepReport report) {
      assertThat(report.samples()).isEqualTo(4);
      seen.add(report.loss());
    }

    @Override
    public boolean pausesAfter(long step) {
      return false;
    }

    @Override
    public void onPause(long completedSteps) {}
  }
}

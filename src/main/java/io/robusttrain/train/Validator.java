package io.robusttrain.train;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.data.EvalLoader;
import io.robusttrain.data.EvalUnit;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Clean and adversarial accuracy of a flat vector over the whole validation split. */
final class Validator {
  private final TrainingEngine engine;
  private final ValidationPlan plan;

  Validator(TrainingEngine engine, ValidationPlan plan) {
    this.engine = engine;
    this.plan = plan;
  }

  /** Evaluates exactly these float32 weights, spread over all workers. */
  EvaluationCounts validate(float[] weights) {
    ValidationPlan shipped = plan;
    List<EvaluationCounts> parts =
        engine.onEveryWorker(
            weights,
            (vector, worker, place) -> evaluate(vector, shipped, (ReplicaWorker) worker, place));
    return parts.stream().reduce(EvaluationCounts.NONE, EvaluationCounts::plus);
  }

  /** All replicas of a worker share its units. */
  private static EvaluationCounts evaluate(
      float[] weights, ValidationPlan plan, ReplicaWorker worker, WorkerPlace place) {
    List<Future<EvaluationCounts>> parts = new ArrayList<>();
    for (int i = 0; i < place.replicas(); i++) {
      Replica replica = worker.replica(i);
      int index = i;
      parts.add(
          replica
              .thread()
              .submit(() -> evaluateUnits(weights, plan, worker.job(), replica, place, index)));
    }
    EvaluationCounts counts = EvaluationCounts.NONE;
    for (Future<EvaluationCounts> part : parts) {
      counts = counts.plus(ReplicaThread.result(part));
    }
    return counts;
  }

  private static EvaluationCounts evaluateUnits(
      float[] weights,
      ValidationPlan plan,
      TrainingJob job,
      Replica replica,
      WorkerPlace place,
      int index) {
    NativeRuntime.start(job.threads().intraOp());
    replica.parameters().load(weights, 0);
    EvaluationCounts counts = EvaluationCounts.NONE;
    int[] units = plan.units(place, index);
    try (EvalLoader loader =
        plan.images().validating(plan.unitSize(), units, job.threads().decode())) {
      while (loader.hasNext()) {
        replica.thread().requireOpen();
        counts = counts.plus(evaluate(loader.next(), plan, job, replica));
      }
    }
    return counts;
  }

  private static EvaluationCounts evaluate(
      EvalUnit unit, ValidationPlan plan, TrainingJob job, Replica replica) {
    int side = job.architecture().imageSize();
    try (PointerScope scope = new PointerScope()) {
      Tensor pixels = Tensors.pixels(unit.pixels(), job.device(), unit.size(), 3, side, side);
      Tensor labels = Tensors.labels(unit.labels(), job.device());
      SeedKey key = SeedKey.of(plan.seed()).with("validation-noise");
      return plan.evaluation()
          .evaluate(
              replica.classifier(),
              Pixels.of(pixels),
              labels,
              NoiseSource.startPerSample(
                  plan.evaluation().attack().threat().norm(), key, unit.sampleIds()));
    }
  }
}

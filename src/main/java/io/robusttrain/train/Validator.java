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
import java.util.List;
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

  private static EvaluationCounts evaluate(
      float[] weights, ValidationPlan plan, ReplicaWorker worker, WorkerPlace place) {
    TrainingJob job = worker.job();
    // Only one replica evaluates: it takes the cores of all of them.
    NativeRuntime.start(job.threads().intraOp() * place.replicas());
    Replica replica = worker.replica();
    replica.parameters().load(weights, 0);
    EvaluationCounts counts = EvaluationCounts.NONE;
    int[] units = plan.units(place);
    try (EvalLoader loader =
        plan.images().validating(plan.unitSize(), units, job.threads().decode())) {
      while (loader.hasNext()) {
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
              NoiseSource.perSample(key, unit.sampleIds()));
    }
  }
}

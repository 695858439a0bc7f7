package io.robusttrain.train;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.load.EvalUnit;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import io.robusttrain.train.plan.ValidationPlan;
import io.robusttrain.train.worker.Replica;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.TrainingJob;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Clean and adversarial accuracy of a flat vector over the whole validation split. */
final class Validator {
  private final TrainingEngine<ReplicaWorker> engine;
  private final ValidationPlan plan;

  /**
   * What a validation, or a replica's part of one, found.
   *
   * @param bad samples that were left out, by number
   */
  record Found(EvaluationCounts counts, List<SampleFault> bad) implements Serializable {
    private static final Found NONE = new Found(EvaluationCounts.NONE, List.of());

    private Found plus(Found other) {
      return new Found(
          counts.plus(other.counts),
          Stream.concat(bad.stream(), other.bad.stream())
              .sorted(Comparator.comparingLong(SampleFault::sample))
              .toList());
    }
  }

  Validator(TrainingEngine<ReplicaWorker> engine, ValidationPlan plan) {
    this.engine = engine;
    this.plan = plan;
  }

  /** Evaluates exactly these float32 weights, spread over all workers. */
  Found validate(float[] weights) {
    ValidationPlan shipped = plan;
    return engine
        .onEveryWorker(weights, (vector, worker, place) -> evaluate(vector, shipped, worker, place))
        .stream()
        .reduce(Found.NONE, Found::plus);
  }

  /** All replicas of a worker share its units. */
  private static Found evaluate(
      float[] weights, ValidationPlan plan, ReplicaWorker worker, WorkerPlace place) {
    return worker
        .onEveryReplica(
            weights,
            (replica, index) -> evaluate(plan.units(place, index), plan, worker.job(), replica))
        .stream()
        .reduce(Found.NONE, Found::plus);
  }

  private static Found evaluate(
      int[] units, ValidationPlan plan, TrainingJob job, Replica replica) {
    EvaluationCounts counts = EvaluationCounts.NONE;
    List<SampleFault> left = new ArrayList<>();
    try (EvalLoader loader =
        plan.images().validating(plan.unitSize(), units, job.threads().decode())) {
      while (loader.hasNext()) {
        replica.thread().requireOpen();
        EvalUnit unit = loader.next();
        unit.bad().forEach(b -> left.add(new SampleFault(b.sampleId(), b.problem())));
        if (unit.size() > 0) {
          counts = counts.plus(evaluate(unit, plan, job, replica));
        }
      }
    }
    return new Found(counts, List.copyOf(left));
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

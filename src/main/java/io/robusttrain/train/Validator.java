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
import java.util.Optional;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Clean and adversarial accuracy of a flat vector over the whole validation split. */
final class Validator {
  private final TrainingEngine<ReplicaWorker> engine;
  private final ValidationPlan plan;

  /**
   * What a validation found.
   *
   * @param bad samples that were left out, by number
   */
  record Found(EvaluationCounts counts, List<SampleFault> bad) implements Serializable {}

  /**
   * What one unit came to.
   *
   * @param bad its samples that were left out
   */
  private record UnitCounts(int unit, EvaluationCounts counts, List<SampleFault> bad)
      implements Serializable {}

  Validator(TrainingEngine<ReplicaWorker> engine, ValidationPlan plan) {
    this.engine = engine;
    this.plan = plan;
  }

  /**
   * Evaluates exactly these float32 weights, spread over all workers. Losses are added in the order
   * of the units, whoever computed them.
   */
  Found validate(float[] weights) {
    ValidationPlan shipped = plan;
    List<UnitCounts> units =
        engine
            .onEveryWorker(
                weights, (vector, worker, place) -> evaluate(vector, shipped, worker, place))
            .stream()
            .flatMap(List::stream)
            .sorted(Comparator.comparingInt(UnitCounts::unit))
            .toList();
    return new Found(
        units.stream()
            .map(UnitCounts::counts)
            .reduce(EvaluationCounts.NONE, EvaluationCounts::plus),
        units.stream()
            .flatMap(unit -> unit.bad().stream())
            .sorted(Comparator.comparingLong(SampleFault::sample))
            .toList());
  }

  /**
   * All replicas of a worker share its units and what loads them: whichever is free takes the next.
   */
  private static List<UnitCounts> evaluate(
      float[] weights, ValidationPlan plan, ReplicaWorker worker, WorkerPlace place) {
    TrainingJob job = worker.job();
    try (EvalLoader loader =
        plan.images().validating(plan.unitSize(), plan.units(place), job.threads().decode())) {
      return worker
          .onEveryReplica(weights, (replica, index) -> evaluate(loader, plan, job, replica))
          .stream()
          .flatMap(List::stream)
          .toList();
    }
  }

  private static List<UnitCounts> evaluate(
      EvalLoader loader, ValidationPlan plan, TrainingJob job, Replica replica) {
    List<UnitCounts> found = new ArrayList<>();
    for (Optional<EvalUnit> taken = loader.take(); taken.isPresent(); taken = loader.take()) {
      replica.thread().requireOpen();
      EvalUnit unit = taken.get();
      found.add(
          new UnitCounts(
              unit.unit(),
              unit.size() > 0 ? evaluate(unit, plan, job, replica) : EvaluationCounts.NONE,
              unit.bad().stream()
                  .map(bad -> new SampleFault(bad.sampleId(), bad.problem()))
                  .toList()));
    }
    return found;
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

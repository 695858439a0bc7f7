package io.robusttrain.train;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.load.EvalUnit;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.NativeThread;
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
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/** Clean and adversarial accuracy of a flat vector over the whole validation split. */
final class Validator {
  private final TrainingEngine<ReplicaWorker> engine;
  private final ValidationPlan plan;
  private List<SampleFault> bad = List.of();

  /**
   * What a replica found.
   *
   * @param bad samples that were left out
   */
  private record Part(EvaluationCounts counts, List<SampleFault> bad) implements Serializable {
    static final Part NONE = new Part(EvaluationCounts.NONE, List.of());

    Part plus(Part other) {
      return new Part(
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
  EvaluationCounts validate(float[] weights) {
    ValidationPlan shipped = plan;
    Part whole =
        engine
            .onEveryWorker(
                weights, (vector, worker, place) -> evaluate(vector, shipped, worker, place))
            .stream()
            .reduce(Part.NONE, Part::plus);
    bad = whole.bad();
    return whole.counts();
  }

  /** Samples that the last validation left out, by number. */
  List<SampleFault> bad() {
    return bad;
  }

  /** Samples of the split. */
  long samples() {
    return plan.images().validation().sampleCount();
  }

  /** All replicas of a worker share its units. */
  private static Part evaluate(
      float[] weights, ValidationPlan plan, ReplicaWorker worker, WorkerPlace place) {
    List<Future<Part>> parts = new ArrayList<>();
    for (int i = 0; i < place.replicas(); i++) {
      Replica replica = worker.replica(i);
      int index = i;
      parts.add(
          replica
              .thread()
              .submit(() -> evaluateUnits(weights, plan, worker.job(), replica, place, index)));
    }
    Part whole = Part.NONE;
    for (Future<Part> part : parts) {
      whole = whole.plus(NativeThread.result(part));
    }
    return whole;
  }

  private static Part evaluateUnits(
      float[] weights,
      ValidationPlan plan,
      TrainingJob job,
      Replica replica,
      WorkerPlace place,
      int index) {
    NativeRuntime.start(job.threads().intraOp());
    replica.parameters().load(weights, 0);
    EvaluationCounts counts = EvaluationCounts.NONE;
    List<SampleFault> left = new ArrayList<>();
    int[] units = plan.units(place, index);
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
    return new Part(counts, List.copyOf(left));
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

package io.robusttrain.train;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.data.load.EvalLoader;
import io.robusttrain.data.load.EvalUnit;
import io.robusttrain.engine.SampleFault;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.Evaluation;
import io.robusttrain.objective.EvaluationCounts;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import io.robusttrain.train.plan.ValidationPlan;
import io.robusttrain.train.worker.Replica;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.TrainingJob;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Clean and adversarial accuracy of a flat vector over the whole validation split. It is done in
 * rounds of some seconds, between which it can be ended; what it comes to does not depend on them.
 */
final class Validator {
  /** Short beside the time that a scheduler leaves, long beside what a round costs. */
  private static final Duration ROUND = Duration.ofSeconds(10);

  private static final int GROWTH = 4;

  /** Images that people will look at. */
  private static final int SHOWN = 16;

  private static final int LEVELS = 255;

  private final TrainingEngine<ReplicaWorker> engine;
  private final ValidationPlan plan;
  private final LongSupplier nanoTime;

  /**
   * What a validation found.
   *
   * @param bad samples that were left out, by number
   * @param answers of all units, in their order
   */
  record Found(EvaluationCounts counts, List<SampleFault> bad, List<UnitAnswers> answers) {}

  /**
   * What one unit came to.
   *
   * @param bad its samples that were left out
   */
  private record UnitCounts(
      int unit, EvaluationCounts counts, UnitAnswers answers, List<SampleFault> bad)
      implements Serializable {}

  /**
   * What validates on the workers of an engine.
   *
   * @param nanoTime as {@link System#nanoTime}
   */
  Validator(TrainingEngine<ReplicaWorker> engine, ValidationPlan plan, LongSupplier nanoTime) {
    this.engine = engine;
    this.plan = plan;
    this.nanoTime = nanoTime;
  }

  /** The pieces into which the split is cut. */
  int units() {
    return EvalLoader.unitCount(plan.images().validation(), plan.unitSize());
  }

  /**
   * A part of a validation. What loads a worker's units stays open from round to round.
   *
   * @param units that each worker evaluates; fewer if it has no more
   */
  private record Round(ValidationPlan plan, int units) implements Serializable {
    /** The first round loads the weights and opens the images. */
    List<UnitCounts> first(float[] weights, ReplicaWorker worker, WorkerPlace place) {
      int threads = worker.job().threads().decode();
      worker.keep(plan.images().validating(plan.unitSize(), plan.units(place), threads));
      AtomicInteger left = new AtomicInteger(units);
      return ended(
          worker,
          worker.onEveryReplica(
              (replica, index) -> {
                replica.loadValidated(weights);
                return on(worker, replica, left);
              }));
    }

    List<UnitCounts> next(ReplicaWorker worker) {
      AtomicInteger left = new AtomicInteger(units);
      return ended(worker, worker.onEveryReplica((replica, index) -> on(worker, replica, left)));
    }

    private List<UnitCounts> on(ReplicaWorker worker, Replica replica, AtomicInteger left) {
      return worker
          .kept()
          .map(loader -> evaluate(loader, left, plan, worker.job(), replica))
          .orElse(List.of());
    }

    private static List<UnitCounts> ended(ReplicaWorker worker, List<List<UnitCounts>> parts) {
      if (worker.kept().isPresent() && !worker.kept().get().hasNext()) {
        worker.closeKept();
      }
      return flat(parts);
    }
  }

  private static List<UnitCounts> flat(List<List<UnitCounts>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }

  /**
   * Evaluates exactly these float32 weights of the architecture that is validated, spread over all
   * workers. Losses are added in the order of the units, whoever computed them in whichever round.
   *
   * @param goesOn asked before each round, with the units that are done
   * @return nothing if it did not go on
   */
  Optional<Found> validate(float[] weights, LongPredicate goesOn) {
    WorkerPlace place = engine.topology();
    // Of the worker that has most.
    int end = (units() + place.workers() - 1) / place.workers();
    List<UnitCounts> done = new ArrayList<>();
    int from = 0;
    int size = place.replicas();
    while (from < end) {
      if (!goesOn.test(done.size())) {
        return Optional.empty();
      }
      long began = nanoTime.getAsLong();
      done.addAll(flat(evaluate(new Round(plan, size), from == 0, weights)));
      from += size;
      size = next(size, nanoTime.getAsLong() - began, place.replicas());
    }
    return Optional.of(sum(done));
  }

  private List<List<UnitCounts>> evaluate(Round round, boolean first, float[] weights) {
    return first
        ? engine.onEveryWorker(
            weights, (vector, worker, place) -> round.first(vector, worker, place))
        : engine.onEveryWorker((worker, place) -> round.next(worker));
  }

  /** How many units of each worker take about as long as a round should, one a replica at least. */
  private static int next(int size, long nanos, int least) {
    long fitting = size * ROUND.toNanos() / Math.max(1, nanos);
    return (int) Math.max(least, Math.min((long) GROWTH * size, fitting));
  }

  private static Found sum(List<UnitCounts> done) {
    List<UnitCounts> units =
        done.stream().sorted(Comparator.comparingInt(UnitCounts::unit)).toList();
    return new Found(
        units.stream()
            .map(UnitCounts::counts)
            .reduce(EvaluationCounts.NONE, EvaluationCounts::plus),
        units.stream()
            .flatMap(unit -> unit.bad().stream())
            .sorted(Comparator.comparingLong(SampleFault::sample))
            .toList(),
        units.stream().map(UnitCounts::answers).toList());
  }

  /** All replicas of a worker share what loads: whichever is free takes the next unit. */
  private static List<UnitCounts> evaluate(
      EvalLoader loader,
      AtomicInteger left,
      ValidationPlan plan,
      TrainingJob job,
      Replica replica) {
    List<UnitCounts> found = new ArrayList<>();
    while (left.getAndDecrement() > 0) {
      Optional<EvalUnit> taken = loader.take();
      if (taken.isEmpty()) {
        break;
      }
      replica.thread().requireOpen();
      EvalUnit unit = taken.get();
      List<SampleFault> bad =
          unit.bad().stream()
              .map(sample -> new SampleFault(sample.sampleId(), sample.problem()))
              .toList();
      found.add(
          unit.size() > 0
              ? evaluate(unit, bad, plan, job, replica)
              : new UnitCounts(unit.unit(), EvaluationCounts.NONE, UnitAnswers.NONE, bad));
    }
    return found;
  }

  private static UnitCounts evaluate(
      EvalUnit unit, List<SampleFault> bad, ValidationPlan plan, TrainingJob job, Replica replica) {
    int side = job.validated().imageSize();
    try (PointerScope scope = new PointerScope()) {
      Tensor pixels = Tensors.pixels(unit.pixels(), job.device(), unit.size(), 3, side, side);
      Tensor labels = Tensors.labels(unit.labels(), job.device());
      SeedKey key = SeedKey.of(plan.seed()).with("validation-noise");
      int[] shown = shown(unit.sampleIds(), plan.images().validation().sampleCount());
      Evaluation.Examination found =
          plan.evaluation()
              .examine(
                  replica.validated(),
                  Pixels.of(pixels),
                  labels,
                  NoiseSource.startPerSample(
                      plan.evaluation().attack().threat().norm(), key, unit.sampleIds()),
                  shown);
      return new UnitCounts(unit.unit(), found.counts(), answers(unit, found, shown), bad);
    }
  }

  /** Which of a unit's samples are among those that lie evenly over the split. */
  private static int[] shown(long[] ids, long samples) {
    Set<Long> wanted = new HashSet<>();
    for (int i = 0; i < SHOWN; i++) {
      wanted.add(i * samples / SHOWN);
    }
    return IntStream.range(0, ids.length).filter(i -> wanted.contains(ids[i])).toArray();
  }

  private static UnitAnswers answers(EvalUnit unit, Evaluation.Examination found, int... shown) {
    List<UnitAnswers.Shown> pictures = new ArrayList<>();
    int size = unit.pixels().length / unit.size();
    for (int i = 0; i < shown.length; i++) {
      int row = shown[i];
      byte[] clean = Arrays.copyOfRange(unit.pixels(), row * size, (row + 1) * size);
      pictures.add(
          new UnitAnswers.Shown(
              unit.sampleIds()[row],
              unit.labels()[row],
              side(clean, found.clean(), row),
              side(bytes(found.kept().get(i)), found.attacked(), row)));
    }
    return new UnitAnswers(
        unit.labels(), found.clean().classes(), found.attacked().classes(), pictures);
  }

  private static UnitAnswers.Side side(byte[] pixels, Evaluation.Answers answers, int row) {
    return new UnitAnswers.Side(pixels, answers.classes()[row], answers.confidences()[row]);
  }

  private static byte[] bytes(float... pixels) {
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(pixels[i] * LEVELS);
    }
    return bytes;
  }
}

package io.robusttrain.train.guard;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.config.GuardConfig;
import io.robusttrain.data.load.EvalUnit;
import io.robusttrain.engine.TrainingEngine;
import io.robusttrain.engine.WorkerPlace;
import io.robusttrain.objective.AccuracyCounts;
import io.robusttrain.objective.Evaluation;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import io.robusttrain.train.plan.ObjectiveParts;
import io.robusttrain.train.plan.RunPlan;
import io.robusttrain.train.worker.Replica;
import io.robusttrain.train.worker.ReplicaWorker;
import io.robusttrain.train.worker.TrainingJob;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Attacks some training images by one step and by many. A model that learnt to read the label off
 * the one step, or to hide its gradient there, resists the one and not the other (catastrophic
 * overfitting, Wong et al., 2020; label leaking, Kurakin et al., 2017).
 *
 * <p>Images and starts follow from the seed; nothing of training is drawn or changed. Used by the
 * driver's thread while the engine rests.
 */
public final class Probe {
  /** Images of one forward: fixed, so that the figures do not depend on the number of workers. */
  private static final int PIECE = 16;

  private final TrainingEngine<ReplicaWorker> engine;
  private final RunPlan plan;
  private final GuardConfig.Probe settings;
  private List<Piece> pieces = List.of();

  /** Accuracies of the same images, as fractions. */
  public record Result(double clean, double oneStep, double manySteps) {
    public double gap() {
      return oneStep - manySteps;
    }
  }

  /** Images that one replica attacks at once. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier of bulk data, never compared
  private record Piece(byte[] pixels, int[] labels, long[] ids) implements Serializable {}

  /** The images, weights and attacks that are sent to every worker. */
  @SuppressWarnings("ArrayRecordComponent") // a carrier of bulk data, never compared
  private record Order(
      float[] weights, List<Piece> pieces, Evaluation oneStep, Evaluation manySteps, long seed)
      implements Serializable {}

  /** How many of some images were classified right, clean and under each attack. */
  private record Counts(AccuracyCounts clean, AccuracyCounts oneStep, AccuracyCounts manySteps)
      implements Serializable {
    static final Counts NONE =
        new Counts(AccuracyCounts.NONE, AccuracyCounts.NONE, AccuracyCounts.NONE);

    Counts plus(Counts other) {
      return new Counts(
          clean.plus(other.clean), oneStep.plus(other.oneStep), manySteps.plus(other.manySteps));
    }
  }

  public Probe(TrainingEngine<ReplicaWorker> engine, RunPlan plan) {
    this.engine = engine;
    this.plan = plan;
    this.settings = plan.config().guard().probe();
  }

  /**
   * Measures a flat vector.
   *
   * @param radius of both attacks, above 0
   */
  public Result measure(float[] weights, double radius) {
    if (pieces.isEmpty()) {
      pieces = load();
    }
    Order order =
        new Order(
            weights,
            pieces,
            new Evaluation(ObjectiveParts.oneStepAttack(plan.config(), radius)),
            new Evaluation(ObjectiveParts.manyStepAttack(plan.config(), radius, settings.steps())),
            plan.config().run().seed());
    Counts counts =
        engine
            .onEveryWorker(order, (shared, worker, place) -> measure(shared, worker, place))
            .stream()
            .reduce(Counts.NONE, Counts::plus);
    return new Result(
        counts.clean().top1Accuracy(),
        counts.oneStep().top1Accuracy(),
        counts.manySteps().top1Accuracy());
  }

  private List<Piece> load() {
    SeedKey key = SeedKey.of(plan.config().run().seed()).with("probe-images");
    List<EvalUnit> units =
        plan.images().ofTraining(settings.samples(), key, plan.job().threads().decode());
    List<Piece> loaded = new ArrayList<>();
    for (int first = 0; first < units.size(); first += PIECE) {
      loaded.add(piece(units.subList(first, Math.min(first + PIECE, units.size()))));
    }
    return List.copyOf(loaded);
  }

  private static Piece piece(List<EvalUnit> samples) {
    int bytes = samples.get(0).pixels().length;
    byte[] pixels = new byte[bytes * samples.size()];
    int[] labels = new int[samples.size()];
    long[] ids = new long[samples.size()];
    for (int i = 0; i < samples.size(); i++) {
      System.arraycopy(samples.get(i).pixels(), 0, pixels, i * bytes, bytes);
      labels[i] = samples.get(i).labels()[0];
      ids[i] = samples.get(i).sampleIds()[0];
    }
    return new Piece(pixels, labels, ids);
  }

  /** The pieces are dealt out in turn to all replicas. */
  private static Counts measure(Order order, ReplicaWorker worker, WorkerPlace place) {
    return worker
        .onEveryReplica(
            order.weights(),
            (replica, index) -> {
              Counts counts = Counts.NONE;
              int first = place.index() * place.replicas() + index;
              for (int i = first; i < order.pieces().size(); i += place.totalReplicas()) {
                counts = counts.plus(measure(order, order.pieces().get(i), worker.job(), replica));
              }
              return counts;
            })
        .stream()
        .reduce(Counts.NONE, Counts::plus);
  }

  private static Counts measure(Order order, Piece piece, TrainingJob job, Replica replica) {
    int side = job.architecture().imageSize();
    NoiseSource noise =
        NoiseSource.startPerSample(
            order.oneStep().attack().threat().norm(),
            SeedKey.of(order.seed()).with("probe-noise"),
            piece.ids());
    try (PointerScope scope = new PointerScope()) {
      Pixels pixels =
          Pixels.of(
              Tensors.pixels(piece.pixels(), job.device(), piece.labels().length, 3, side, side));
      Tensor labels = Tensors.labels(piece.labels(), job.device());
      var one = order.oneStep().evaluate(replica.classifier(), pixels, labels, noise);
      var many = order.manySteps().evaluate(replica.classifier(), pixels, labels, noise);
      return new Counts(one.clean(), one.adversarial(), many.adversarial());
    }
  }
}

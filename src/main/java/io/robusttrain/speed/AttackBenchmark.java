package io.robusttrain.speed;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.AttackOutcome;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.Victim;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Times short attacks on a model with random weights and on random images, whose labels are what
 * the model says: every image stands when an attack begins. Weights, images and the attacks' draws
 * are the same in every run. Used from one thread.
 */
public final class AttackBenchmark {
  private static final SeedKey SEED = SeedKey.of(0);
  private static final int CHANNELS = 3;

  private final AttackPlan plan;
  private final Consumer<String> progress;

  /**
   * A benchmark; nothing runs yet.
   *
   * @param plan what is timed
   * @param progress takes a line before each attack
   */
  public AttackBenchmark(AttackPlan plan, Consumer<String> progress) {
    this.plan = plan;
    this.progress = progress;
  }

  /** Runs each attack once, after one forward and backward pass to warm up. */
  public List<AttackTime> run() {
    NativeRuntime.start(plan.threads());
    Architecture architecture = plan.architecture();
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      architecture.initialize(parameters, SEED.with("weights"));
      parameters.freeze(); // as an evaluation does
      try (Classifier classifier = architecture.bind(parameters);
          PointerScope scope = new PointerScope()) {
        Victim victim = new Victim(classifier);
        AttackBatch batch = batch(victim);
        List<AttackTime> times = new ArrayList<>();
        for (ShortAttack attack : plan.attacks()) {
          progress.accept(
              "attack %d of %d: %s"
                  .formatted(times.size() + 1, plan.attacks().size(), attack.name()));
          times.add(time(attack, victim, batch));
        }
        return times;
      }
    }
  }

  private AttackBatch batch(Victim victim) {
    Architecture architecture = plan.architecture();
    Tensor images =
        Tensors.uniform(
            SEED.with("images"),
            0,
            1,
            ComputeDevice.CPU,
            plan.batch(),
            CHANNELS,
            architecture.imageHeight(),
            architecture.imageWidth());
    warmUp(victim, images);
    long[] ids = LongStream.range(0, plan.batch()).toArray();
    return AttackBatch.of(
        victim, Pixels.of(images), victim.predictions(images), ids, SEED.with("attacks"));
  }

  private static void warmUp(Victim victim, Tensor images) {
    try (PointerScope scope = new PointerScope()) {
      victim.lossAndGradient(images, logits -> logits.sum(1));
    }
  }

  private static AttackTime time(ShortAttack attack, Victim victim, AttackBatch batch) {
    long forward = victim.forwardImages();
    long backward = victim.backwardImages();
    try (PointerScope scope = new PointerScope()) {
      long begin = System.nanoTime();
      AttackOutcome outcome = attack.measured().attack(victim, batch);
      double seconds = (System.nanoTime() - begin) / 1e9;
      return new AttackTime(
          attack,
          batch.count(),
          seconds,
          victim.forwardImages() - forward,
          victim.backwardImages() - backward,
          outcome.brokenCount());
    }
  }
}

package io.robusttrain.attack.apgd;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.CrossEntropy;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.RecordingCnn;
import io.robusttrain.attack.ThreatModel;
import io.robusttrain.attack.Victim;
import io.robusttrain.attack.apgd.ApgdRun.Fallen;
import io.robusttrain.attack.apgd.ApgdRun.Loss;
import io.robusttrain.attack.apgd.ApgdRun.Steps;
import io.robusttrain.model.Classifier;
import io.robusttrain.oracle.SafetensorsFixture;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * Recorded APGD runs of one norm and loss, and the same runs made here: with the product's loss and
 * steps or with others.
 */
record ApgdCase(String norm, String loss) {
  static final int IMAGES = 12;
  static final int CLASSES = 10;
  static final int VALUES = 3 * 16 * 16;

  private static final SafetensorsFixture RUNS =
      SafetensorsFixture.read("golden/attacks/apgd_runs.safetensors");
  private static final SafetensorsFixture SPARSE =
      SafetensorsFixture.read("golden/attacks/apgd_l1.safetensors");

  /**
   * What a run showed.
   *
   * @param logits of each query, (images x classes)
   * @param points of each query, (images x values)
   * @param broken which images were misclassified on the way
   * @param bestLoss of each image
   * @param adversarial the last misclassified iterates, (images x values)
   */
  @SuppressWarnings("ArrayRecordComponent") // handed on once, never changed or compared
  record Trail(
      List<float[]> logits,
      List<float[]> points,
      boolean[] broken,
      float[] bestLoss,
      float[] adversarial) {}

  /**
   * A run in float32.
   *
   * @param rows the images that take part, any of them as often as wanted
   */
  Trail run(Classifier model, Loss climbed, Steps steps, int iterations, int... rows) {
    try (PointerScope scope = new PointerScope()) {
      RecordingCnn recording = new RecordingCnn(model);
      Victim victim = new Victim(recording);
      Tensor index = Tensors.labels(rows, ComputeDevice.CPU);
      Tensor clean = tensor(sparse() ? "l1.x" : "apgd.x");
      Tensor start = start(clean).index_select(0, index);
      Tensor labels = labels(sparse() ? "l1.y" : "apgd.y").index_select(0, index);
      Tensor targets = labels(sparse() ? "l1.y" : "apgd.y_target").index_select(0, index);
      Pixels pixels = Pixels.of(clean.index_select(0, index));
      AttackBatch batch =
          AttackBatch.of(victim, pixels, labels, new long[rows.length], SeedKey.of(1));
      recording.clear();
      ApgdRun run = new ApgdRun(victim, climbed, 1, Fallen.GO_ON, batch, targets, start);
      run.run(steps, radius(), iterations);
      return new Trail(
          List.copyOf(recording.logits),
          List.copyOf(recording.points),
          run.broken(),
          Tensors.toArray(climbed.of(victim.logits(run.best()), labels, targets)),
          Tensors.toArray(run.adversarial()));
    }
  }

  /** The labels and targets of all images, in the caller's {@code PointerScope}. */
  Tensor[] classes() {
    return new Tensor[] {
      labels(sparse() ? "l1.y" : "apgd.y"), labels(sparse() ? "l1.y" : "apgd.y_target")
    };
  }

  /** The loss that was climbed. */
  Loss climbed() {
    return switch (loss) {
      case "ce" -> (logits, labels, targets) -> CrossEntropy.perSample(logits, labels);
      case "dlr" -> (logits, labels, targets) -> LogitsRatio.untargeted(logits, labels);
      default -> LogitsRatio::targeted;
    };
  }

  /** The product's steps in the norm. */
  Steps steps() {
    return switch (norm) {
      case "Linf" -> LinfSteps::new;
      case "L2" -> L2Steps::new;
      default -> SparseSteps::fromNoise;
    };
  }

  double radius() {
    return switch (norm) {
      case "Linf" -> 8 / 255.0;
      case "L2" -> RUNS.floats("apgd.L2.eps")[0];
      default -> SPARSE.floats("l1.eps")[0];
    };
  }

  /** Recorded values of the run of so many iterations. */
  float[] recorded(int iterations, String what) {
    return fixture().floats(name(iterations, what));
  }

  /** Which images the recorded run broke. */
  boolean[] recordedBroken(int iterations) {
    int[] accurate = fixture().ints(name(iterations, "acc"));
    boolean[] broken = new boolean[accurate.length];
    for (int i = 0; i < broken.length; i++) {
      broken[i] = accurate[i] == 0;
    }
    return broken;
  }

  private String name(int iterations, String what) {
    String prefix = sparse() ? "l1.ce" : "apgd.%s.%s".formatted(norm, loss);
    return "%s.it%d.%s".formatted(prefix, iterations, what);
  }

  private Tensor start(Tensor clean) {
    if (!sparse()) {
      return tensor("apgd." + norm + ".x_init");
    }
    return ThreatModel.l1(radius()).project(clean.add(tensor("l1.noise")), clean, radius());
  }

  private boolean sparse() {
    return norm.equals("L1");
  }

  private SafetensorsFixture fixture() {
    return sparse() ? SPARSE : RUNS;
  }

  private Tensor labels(String name) {
    return Tensors.labels(fixture().ints(name), ComputeDevice.CPU);
  }

  private Tensor tensor(String name) {
    return Tensors.of(fixture().floats(name), ComputeDevice.CPU, fixture().shape(name));
  }

  @Override
  public String toString() {
    return norm + " " + loss;
  }
}

package io.robusttrain.train;

import io.robusttrain.attack.NoiseSource;
import io.robusttrain.attack.Pixels;
import io.robusttrain.attack.ThreatModel.Norm;
import io.robusttrain.attack.pgd.ProjectedGradientDescent;
import io.robusttrain.base.HadoopSettings;
import io.robusttrain.config.DataConfig;
import io.robusttrain.config.RunConfig;
import io.robusttrain.data.load.TrainingSample;
import io.robusttrain.data.shard.ImageSet;
import io.robusttrain.data.shard.SampleRules;
import io.robusttrain.data.transform.TrainTransform;
import io.robusttrain.model.Architecture;
import io.robusttrain.model.Classifier;
import io.robusttrain.model.ForwardPass;
import io.robusttrain.model.NormalizedArchitecture;
import io.robusttrain.model.Preprocessing;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.FlatParameters;
import io.robusttrain.tensor.NativeRuntime;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import io.robusttrain.train.plan.Augmentations;
import io.robusttrain.train.plan.ConfiguredModel;
import io.robusttrain.train.plan.FrozenCheckpoint;
import io.robusttrain.train.plan.ObjectiveParts;
import io.robusttrain.train.plan.RunParts;
import io.robusttrain.train.worker.InitialWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Training samples as a configuration augments and attacks them, for looking at them. Uses the keys
 * of training, so that a picture is what the run sees. Not thread-safe.
 */
public final class TrainingPreview {
  private final RunConfig config;
  private final Configuration hadoop;
  private final ImageSet images;
  private final Architecture architecture;
  private final Preprocessing preprocessing;
  private final TrainTransform transform;

  /**
   * Opens the training split of the configuration.
   *
   * @throws io.robusttrain.data.DataException if it cannot be read
   * @throws IllegalArgumentException if there is no such model
   */
  public TrainingPreview(RunConfig config, Configuration hadoop) {
    this.config = config;
    this.hadoop = hadoop;
    DataConfig data = config.data();
    images =
        ImageSet.open(hadoop, data.path(), data.trainSplit(), data.columns())
            .with(SampleRules.STRICT.with(data.exifOrientation()));
    Architecture network = ConfiguredModel.create(config.model(), images.classNames().size());
    preprocessing = new RunParts(config, hadoop).preprocessing(network);
    architecture = NormalizedArchitecture.of(network, preprocessing);
    transform = Augmentations.of(config.augment(), preprocessing);
  }

  /** Side of the augmented images in pixels. */
  public int side() {
    return transform.size();
  }

  /** Class names in index order. */
  public List<String> classNames() {
    return images.classNames();
  }

  /** Samples that lie evenly in the split, at most {@code count}. */
  public List<TrainingSample> samples(int count) {
    return TrainingSample.spread(hadoop, images, count);
  }

  /** The sample as it is in epoch {@code epoch}, from 0: planar bytes (3, side, side). */
  public byte[] augmented(TrainingSample sample, long epoch) {
    return sample.augmented(transform, config.run().seed(), epoch);
  }

  /**
   * One attacked image.
   *
   * @param clean predicted class before the attack
   * @param cleanProbability of that class
   * @param predicted class after the attack
   * @param probability of that class
   * @param adversarial planar bytes (3, side, side), rounded
   * @param perturbation planar bytes: (adversarial - clean + m) / (2 m), mid-grey where nothing
   *     changed, with m the radius in Linf, and the image's largest change in another norm
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Attacked(
      int clean,
      double cleanProbability,
      int predicted,
      double probability,
      byte[] adversarial,
      byte[] perturbation) {}

  /**
   * Attacks images with the validation attack of the configuration, at its full radius.
   *
   * @param weights a file of the configuration's model, as {@code model.initial-checkpoint} takes
   *     it; absent: initial weights, drawn with the run's seed
   * @param samples the images
   * @param pixels planar bytes of each sample, (3, side, side)
   * @throws java.io.UncheckedIOException if the weights cannot be read
   */
  public List<Attacked> attack(
      Optional<String> weights, List<TrainingSample> samples, List<byte[]> pixels) {
    NativeRuntime.start(Runtime.getRuntime().availableProcessors());
    try (FlatParameters parameters = new FlatParameters(architecture.layout(), ComputeDevice.CPU)) {
      parameters.load(vector(weights), 0);
      try (Classifier model = architecture.bind(parameters)) {
        List<Attacked> attacked = new ArrayList<>();
        for (int i = 0; i < samples.size(); i++) {
          attacked.add(attack(model, samples.get(i), pixels.get(i)));
        }
        return attacked;
      }
    }
  }

  private float[] vector(Optional<String> weights) {
    HadoopSettings settings = HadoopSettings.of(hadoop);
    return weights
        .map(path -> new FrozenCheckpoint(path, architecture, preprocessing, settings).read())
        .orElseGet(() -> InitialWeights.random(architecture, config.run().seed()));
  }

  private Attacked attack(Classifier model, TrainingSample sample, byte[] bytes) {
    ProjectedGradientDescent attack = ObjectiveParts.validationAttack(config);
    try (PointerScope scope = new PointerScope()) {
      Pixels clean = Pixels.of(Tensors.pixels(bytes, ComputeDevice.CPU, 1, 3, side(), side()));
      Tensor label = Tensors.labels(new int[] {sample.label()}, ComputeDevice.CPU);
      SeedKey key = SeedKey.of(config.validationSeed());
      NoiseSource noise =
          attack.threat().norm() == Norm.LINF
              ? NoiseSource.perSample(key, sample.id())
              : NoiseSource.normalPerSample(key, sample.id());
      double epsilon = attack.threat().epsilon();
      Pixels moved = attack.perturb(model, ForwardPass.eval(), clean, label, epsilon, noise);
      float[] before = probabilities(model, clean);
      float[] after = probabilities(model, moved);
      float[] from = Tensors.toArray(clean.tensor());
      float[] to = Tensors.toArray(moved.tensor());
      int guess = best(before);
      int answer = best(after);
      return new Attacked(
          guess,
          before[guess],
          answer,
          after[answer],
          bytes(to),
          bytes(changes(from, to, attack.threat().norm() == Norm.LINF ? epsilon : 0)));
    }
  }

  private static float[] changes(float[] from, float[] to, double epsilon) {
    double most = epsilon;
    float[] changes = new float[from.length];
    for (int i = 0; i < from.length; i++) {
      changes[i] = to[i] - from[i];
      most = epsilon > 0 ? epsilon : Math.max(most, Math.abs(changes[i]));
    }
    for (int i = 0; i < changes.length; i++) {
      changes[i] = most == 0 ? 0.5f : (float) ((changes[i] + most) / (2 * most));
    }
    return changes;
  }

  private static float[] probabilities(Classifier model, Pixels pixels) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard forwardOnly = new NoGradGuard()) {
      return Tensors.toArray(model.forward(pixels.tensor(), ForwardPass.eval()).softmax(1));
    }
  }

  private static int best(float[] probabilities) {
    int best = 0;
    for (int i = 1; i < probabilities.length; i++) {
      best = probabilities[i] > probabilities[best] ? i : best;
    }
    return best;
  }

  private static byte[] bytes(float[] pixels) {
    byte[] bytes = new byte[pixels.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) Math.round(255 * Math.max(0, Math.min(pixels[i], 1)));
    }
    return bytes;
  }
}

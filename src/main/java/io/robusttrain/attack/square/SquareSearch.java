package io.robusttrain.attack.square;

import io.robusttrain.attack.AttackBatch;
import io.robusttrain.attack.Victim;
import io.robusttrain.tensor.ComputeDevice;
import io.robusttrain.tensor.RandomStream;
import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Square's search over a batch: each query changes the images that still stand, in Java on the
 * host, and classifies all of them in one forward pass. The images' rows lie densely in one buffer,
 * so that a fallen image costs nothing from then on.
 *
 * <p>Owns host memory of three times the batch through the scope of its maker. Not thread-safe.
 */
final class SquareSearch {
  private final Victim victim;
  private final SquareMoves moves;
  private final long[] imageIds;
  private final int[] labels;
  private final ComputeDevice device;
  private final Tensor bestTensor;
  private final Tensor candidateTensor;
  private final HostImages clean;
  private final HostImages best;
  private final HostImages candidates;
  private final float[] margins;
  private final float[] cleanImage;
  private final float[] bestImage;
  private final float[] candidateImage;

  SquareSearch(Victim victim, AttackBatch batch, SquareMoves moves) {
    this.victim = victim;
    this.moves = moves;
    imageIds = batch.imageIds();
    device = ComputeDevice.of(batch.clean());
    Tensor origin = batch.clean().cpu().contiguous();
    bestTensor = origin.clone();
    candidateTensor = torch.empty_like(origin);
    clean = new HostImages(origin);
    best = new HostImages(bestTensor);
    candidates = new HostImages(candidateTensor);
    labels = classes(batch.labels());
    margins = new float[imageIds.length];
    int size = Math.toIntExact(origin.numel() / origin.size(0));
    cleanImage = new float[size];
    bestImage = new float[size];
    candidateImage = new float[size];
  }

  /**
   * Searches until all images fell or the queries are used up.
   *
   * @param key of this attack; images and queries derive theirs
   * @return which images are misclassified
   */
  boolean[] run(int queries, SeedKey key) {
    Arrays.fill(margins, Float.POSITIVE_INFINITY);
    int[] standing = IntStream.range(0, imageIds.length).toArray();
    // The start is query -1: its candidates are accepted whatever their margin.
    for (int query = -1; query < queries && standing.length > 0; query++) {
      for (int slot = 0; slot < standing.length; slot++) {
        change(standing[slot], slot, query, key);
      }
      accept(standing, margins(standing));
      standing = Arrays.stream(standing).filter(row -> margins[row] > 0).toArray();
    }
    boolean[] fooled = new boolean[margins.length];
    for (int row = 0; row < fooled.length; row++) {
      fooled[row] = margins[row] <= 0;
    }
    return fooled;
  }

  /** The best images so far, float32 (B, C, H, W) on a device. */
  Tensor best(ComputeDevice on) {
    return bestTensor.to(on.placement(), torch.ScalarType.Float);
  }

  private void change(int row, int slot, int query, SeedKey key) {
    RandomStream draws = key.with(imageIds[row]).with(query).stream();
    clean.read(row, cleanImage);
    if (query < 0) {
      moves.start(cleanImage, draws, candidateImage);
    } else {
      best.read(row, bestImage);
      moves.propose(cleanImage, bestImage, query, draws, candidateImage);
    }
    candidates.write(slot, candidateImage);
  }

  private void accept(int[] standing, float[] found) {
    for (int slot = 0; slot < standing.length; slot++) {
      int row = standing[slot];
      if (found[slot] < margins[row]) {
        margins[row] = found[slot];
        candidates.read(slot, candidateImage);
        best.write(row, candidateImage);
      }
    }
  }

  /** The true logit minus the best other one, of each candidate. */
  private float[] margins(int[] standing) {
    float[] logits;
    try (PointerScope scope = new PointerScope()) {
      Tensor pixels = candidateTensor.narrow(0, 0, standing.length);
      logits =
          Tensors.toArray(victim.logits(pixels.to(device.placement(), torch.ScalarType.Float)));
    }
    int classes = logits.length / standing.length;
    float[] found = new float[standing.length];
    for (int slot = 0; slot < found.length; slot++) {
      int label = labels[standing[slot]];
      float other = Float.NEGATIVE_INFINITY;
      for (int k = 0; k < classes; k++) {
        other = k == label ? other : Math.max(other, logits[slot * classes + k]);
      }
      found[slot] = logits[slot * classes + label] - other;
    }
    return found;
  }

  private static int[] classes(Tensor labels) {
    try (PointerScope scope = new PointerScope()) {
      float[] values = Tensors.toArray(labels);
      int[] result = new int[values.length];
      Arrays.setAll(result, i -> (int) values[i]);
      return result;
    }
  }
}

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
 * Square's search over a batch: queries change the images that still stand, in Java on the host,
 * and one forward pass classifies all of them. The rows lie densely in one buffer, so that a fallen
 * image costs nothing from then on.
 *
 * <p>Where the pass has room, an image's next queries go into it, too, as if none of them would be
 * accepted, which is so for most. Those behind an accepted one are thrown away and drawn again from
 * the new best image: what is found is what one query after the other finds.
 *
 * <p>Owns host memory of the batch, twice, and of a pass through the scope of its maker. Not
 * thread-safe.
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

  /** The query that each image tries next; the start is query -1. */
  private final int[] next;

  /** The image that each row of a pass is a candidate of. */
  private final int[] imageOf;

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
    long[] pass = origin.sizes().vec().get();
    pass[0] = victim.largestPass(batch.count());
    candidateTensor = origin.new_empty(pass);
    clean = new HostImages(origin);
    best = new HostImages(bestTensor);
    candidates = new HostImages(candidateTensor);
    labels = classes(batch.labels());
    margins = new float[imageIds.length];
    next = new int[imageIds.length];
    imageOf = new int[victim.largestPass(batch.count())];
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
    // The candidates of the start are accepted whatever their margin.
    Arrays.fill(margins, Float.POSITIVE_INFINITY);
    Arrays.fill(next, -1);
    int[] standing = IntStream.range(0, imageIds.length).toArray();
    while (standing.length > 0) {
      accept(margins(propose(standing, queries, key)));
      standing =
          Arrays.stream(standing).filter(row -> margins[row] > 0 && next[row] < queries).toArray();
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

  /** Fills a pass with the next queries of the standing images; how many rows it has. */
  private int propose(int[] standing, int queries, SeedKey key) {
    int variants = victim.variants(standing.length);
    int slot = 0;
    for (int row : standing) {
      int ahead = next[row] < 0 ? 1 : Math.min(variants, queries - next[row]);
      for (int query = next[row]; query < next[row] + ahead; query++) {
        change(row, slot, query, key);
        imageOf[slot] = row;
        slot++;
      }
    }
    return slot;
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

  private void accept(float[] found) {
    int accepted = -1;
    for (int slot = 0; slot < found.length; slot++) {
      int row = imageOf[slot];
      if (row == accepted) {
        continue;
      }
      next[row]++;
      if (found[slot] < margins[row]) {
        margins[row] = found[slot];
        candidates.read(slot, candidateImage);
        best.write(row, candidateImage);
        accepted = row;
      }
    }
  }

  /** The true logit minus the best other one, of each candidate. */
  private float[] margins(int count) {
    float[] logits;
    try (PointerScope scope = new PointerScope()) {
      Tensor pixels = candidateTensor.narrow(0, 0, count);
      logits =
          Tensors.toArray(victim.logits(pixels.to(device.placement(), torch.ScalarType.Float)));
    }
    int classes = logits.length / count;
    float[] found = new float[count];
    for (int slot = 0; slot < found.length; slot++) {
      int label = labels[imageOf[slot]];
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

package io.robusttrain.attack;

import io.robusttrain.tensor.SeedKey;
import io.robusttrain.tensor.Tensors;
import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Images under attack, with their labels, their ids for random draws, and the model's answer to the
 * clean images, which all attacks of a batch share.
 *
 * <p>Borrows its tensors, which live as long as the {@code PointerScope} that owns them.
 */
public final class AttackBatch {
  private final Pixels clean;
  private final Tensor labels;
  private final Tensor logits;
  private final long[] imageIds;
  private final SeedKey key;
  private final int variants;

  private AttackBatch(
      Pixels clean, Tensor labels, Tensor logits, long[] imageIds, SeedKey key, int variants) {
    this.clean = clean;
    this.labels = labels;
    this.logits = logits;
    this.imageIds = imageIds;
    this.key = key;
    this.variants = variants;
  }

  /**
   * A batch, with one forward pass over its clean images.
   *
   * @param victim the model that will be attacked
   * @param clean pixels (B, C, H, W)
   * @param labels int64 (B)
   * @param imageIds each image's number in its split, B of them
   * @param key the key of the evaluation, the same for all its batches
   * @throws IllegalArgumentException if the counts differ
   */
  public static AttackBatch of(
      Victim victim, Pixels clean, Tensor labels, long[] imageIds, SeedKey key) {
    if (labels.numel() != clean.count() || imageIds.length != clean.count()) {
      throw new IllegalArgumentException(
          "an attack needs one label and one id for each image: %d images, %d labels, %d ids"
              .formatted(clean.count(), labels.numel(), imageIds.length));
    }
    Tensor logits = victim.logits(clean.tensor());
    return new AttackBatch(clean, labels, logits, Arrays.copyOf(imageIds, imageIds.length), key, 1);
  }

  /** The number of images B. */
  public int count() {
    return clean.count();
  }

  /** The clean images, float32 (B, C, H, W) in [0,1]. */
  public Tensor clean() {
    return clean.tensor();
  }

  /** The true classes, int64 (B). */
  public Tensor labels() {
    return labels;
  }

  /** The model's answer to the clean images, float32 (B, K). */
  public Tensor logits() {
    return logits;
  }

  /** The number of classes K. */
  public int classes() {
    return Math.toIntExact(logits.size(1));
  }

  /**
   * The class at a rank in the order of each image's clean logits.
   *
   * @param rank 0 for the predicted class, which is the label of an image that stands
   * @return int64 (B), in the caller's {@code PointerScope}
   */
  public Tensor targets(int rank) {
    return Tensors.scoped(() -> logits.sort(1, true).get1().select(1, rank));
  }

  /** All ids, a copy. */
  public long[] imageIds() {
    return Arrays.copyOf(imageIds, imageIds.length);
  }

  /** The key of the evaluation; draws derive theirs by purpose and image id. */
  public SeedKey key() {
    return key;
  }

  /**
   * Some rows as a batch of their own, without another forward pass; in the caller's {@code
   * PointerScope}.
   *
   * @param rows rows of this batch, at least one
   */
  public AttackBatch select(int... rows) {
    long[] ids = Arrays.stream(rows).mapToLong(row -> imageIds[row]).toArray();
    Tensor pixels = new Tensor();
    Tensor classes = new Tensor();
    Tensor answers = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      Tensor index = Rows.index(rows, labels);
      pixels.put(clean.tensor().index_select(0, index));
      classes.put(labels.index_select(0, index));
      answers.put(logits.index_select(0, index));
    }
    return new AttackBatch(Pixels.projected(pixels), classes, answers, ids, key, 1);
  }

  /**
   * All images several times, one whole batch after the other, to try as many variants of each at
   * once; in the caller's {@code PointerScope}.
   *
   * @param times at least 1
   */
  public AttackBatch times(int times) {
    if (times == 1) {
      return this;
    }
    long[] ids = new long[imageIds.length * times];
    for (int variant = 0; variant < times; variant++) {
      System.arraycopy(imageIds, 0, ids, variant * imageIds.length, imageIds.length);
    }
    return new AttackBatch(
        Pixels.projected(repeated(clean.tensor(), times)),
        repeated(labels, times),
        repeated(logits, times),
        ids,
        key,
        times);
  }

  private static Tensor repeated(Tensor rows, int times) {
    try (TensorVector copies = new TensorVector()) {
      for (int i = 0; i < times; i++) {
        copies.push_back(rows);
      }
      return torch.cat(copies, 0);
    }
  }

  /**
   * How often each image is in this batch; row r is of the image {@code r % (count / variants)}.
   */
  public int variants() {
    return variants;
  }
}

package io.robusttrain.attack;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;

/**
 * The course of one attack over one batch: which images still stand, and by which pixels the others
 * fell. An attack asks for the remaining images, tries, and records what it found; what it claims
 * is checked once at the end.
 *
 * <p>Owns its tensors through the scope of the caller that creates it. Not thread-safe.
 */
public final class Survivors {
  private final Victim victim;
  private final AttackBatch batch;
  private final boolean[] broken;
  private final boolean[] brokenClean;
  private final Tensor pixels;

  /** Begins with all images that the model classifies correctly. */
  public Survivors(Victim victim, AttackBatch batch) {
    this.victim = victim;
    this.batch = batch;
    this.pixels = new Tensor();
    try (PointerScope scope = new PointerScope()) {
      brokenClean = Rows.flags(batch.logits().max(1).get1().ne(batch.labels()));
      pixels.put(batch.clean().clone());
    }
    broken = Arrays.copyOf(brokenClean, brokenClean.length);
  }

  /** Whether there is nothing left to attack. */
  public boolean none() {
    return rows().length == 0;
  }

  /** The rows of the batch that still stand, ascending. */
  int[] rows() {
    return Rows.where(broken, false);
  }

  /** The standing images, in the order of {@link #rows()}; in the caller's scope. */
  public AttackBatch remaining() {
    int[] rows = rows();
    return rows.length == batch.count() ? batch : batch.select(rows);
  }

  /**
   * What an attack claims of some images, unchecked.
   *
   * @param fooled as {@link #record} takes it
   * @param adversarial as {@link #record} takes it
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Attempt(boolean[] fooled, Tensor adversarial) {}

  /** Some runs of an attack, each on every standing image. */
  @FunctionalInterface
  public interface Runs {
    /**
     * What runs next to each other come to, one whole batch of variants after the other.
     *
     * @param remaining the images that still stand
     * @param first number of the first run
     * @param count how many runs
     * @return in the caller's {@code PointerScope}
     */
    Attempt on(AttackBatch remaining, int first, int count);
  }

  /**
   * Runs an attack again and again, as often at once as the model's passes have room for, until all
   * runs are done or no image stands.
   */
  public void attack(int runs, Runs attack) {
    for (int run = 0; run < runs && !none(); ) {
      try (PointerScope scope = new PointerScope()) {
        AttackBatch remaining = remaining();
        int together = Math.min(victim.variants(remaining.count()), runs - run);
        Attempt found = attack.on(remaining, run, together);
        record(found.fooled(), found.adversarial());
        run += together;
      }
    }
  }

  /**
   * Records an attempt on the images of {@link #remaining()}, or one on each of several variants of
   * them, one whole batch after the other. Of an image's variants the first that was misclassified
   * counts.
   *
   * @param fooled which of them were misclassified; n standing images, or a multiple of that
   * @param adversarial float32 (as many, C, H, W); read where fooled
   */
  public void record(boolean[] fooled, Tensor adversarial) {
    int[] rows = rows();
    int[] from = firstFooled(fooled, rows.length);
    if (from.length == 0) {
      return;
    }
    int[] to = Arrays.stream(from).map(i -> rows[i % rows.length]).toArray();
    for (int row : to) {
      broken[row] = true;
    }
    try (PointerScope scope = new PointerScope()) {
      Tensor found = adversarial.index_select(0, Rows.index(from, adversarial));
      pixels.index_copy_(0, Rows.index(to, pixels), found);
    }
  }

  private static int[] firstFooled(boolean[] fooled, int images) {
    boolean[] first = fooled.clone();
    for (int i = images; i < fooled.length; i++) {
      for (int earlier = i % images; earlier < i; earlier += images) {
        first[i] &= !fooled[earlier];
      }
    }
    return Rows.where(first, true);
  }

  /** Classifies what was found once more and keeps what stays misclassified. */
  public AttackOutcome outcome() {
    boolean[] claimed = new boolean[broken.length];
    for (int i = 0; i < claimed.length; i++) {
      claimed[i] = broken[i] && !brokenClean[i];
    }
    int[] rows = Rows.where(claimed, true);
    if (rows.length > 0) {
      try (PointerScope scope = new PointerScope()) {
        Tensor index = Rows.index(rows, pixels);
        Tensor predicted = victim.predictions(pixels.index_select(0, index));
        boolean[] fooled = Rows.flags(predicted.ne(batch.labels().index_select(0, index)));
        restore(Arrays.stream(Rows.where(fooled, false)).map(i -> rows[i]).toArray());
      }
    }
    return new AttackOutcome(broken, pixels);
  }

  private void restore(int[] rows) {
    if (rows.length == 0) {
      return;
    }
    for (int row : rows) {
      broken[row] = false;
    }
    Tensor index = Rows.index(rows, pixels);
    pixels.index_copy_(0, index, batch.clean().index_select(0, index));
  }
}

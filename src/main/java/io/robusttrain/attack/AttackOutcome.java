package io.robusttrain.attack;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * What an attack did to a batch. An image counts as broken if the model misclassifies it clean, or
 * misclassifies the pixels given here, which lie in the threat model's ball (up to float32
 * rounding) and in [0,1]; this was checked by a last forward pass.
 *
 * <p>The pixels belong to the {@code PointerScope} of the attack's caller.
 */
public final class AttackOutcome {
  private final boolean[] broken;
  private final Tensor pixels;

  AttackOutcome(boolean[] broken, Tensor pixels) {
    this.broken = broken;
    this.pixels = pixels;
  }

  /** Which images broke, a copy. */
  public boolean[] broken() {
    return Arrays.copyOf(broken, broken.length);
  }

  /** How many images broke. */
  public int brokenCount() {
    return Rows.where(broken, true).length;
  }

  /**
   * The adversarial images, float32 (B, C, H, W); the clean image where it stands or was
   * misclassified from the beginning.
   */
  public Tensor pixels() {
    return pixels;
  }
}

package io.robusttrain.train;

import java.io.Serializable;
import java.util.List;

/**
 * What a model said to the B images of a unit of the validation split.
 *
 * @param labels true classes (B)
 * @param clean classes that it takes the images for (B)
 * @param attacked classes that it takes the attacked images for (B)
 * @param shown those of the images that people will look at
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record UnitAnswers(int[] labels, int[] clean, int[] attacked, List<Shown> shown)
    implements Serializable {
  /** The answers to no images. */
  static final UnitAnswers NONE = new UnitAnswers(new int[0], new int[0], new int[0], List.of());

  /**
   * One image, before and after the attack.
   *
   * @param sample its number in the split
   */
  record Shown(long sample, int label, Side clean, Side attacked) implements Serializable {}

  /**
   * An image and the model's answer.
   *
   * @param pixels unsigned bytes (3, S, S)
   * @param answer the class that it is taken for
   * @param confidence probability of that class, in [0,1]
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Side(byte[] pixels, int answer, float confidence) implements Serializable {}
}

package io.robusttrain.data.shard;

import java.io.Serializable;

/**
 * The names of an image set's columns. Immutable.
 *
 * @param image struct of the encoded bytes and where they came from
 * @param label class index
 */
public record ImageColumns(String image, String label) implements Serializable {
  /** The names that RobustPrep writes and most sets of the Hugging Face hub have. */
  public static final ImageColumns USUAL = new ImageColumns("image", "label");

  public ImageColumns {
    if (image.isEmpty() || label.isEmpty() || image.equals(label)) {
      throw new IllegalArgumentException(
          "images and labels need a column each, not '%s' and '%s'".formatted(image, label));
    }
  }

  /** These columns with other images. */
  ImageColumns withImage(String other) {
    return new ImageColumns(other, label);
  }

  /** Whether they are others than those that are found without being named. */
  boolean areChosen() {
    return !equals(USUAL) && !equals(USUAL.withImage(ImageSchema.SHORT_IMAGE));
  }

  @Override
  public String toString() {
    return "images from column %s, labels from column %s".formatted(image, label);
  }
}

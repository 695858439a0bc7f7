package io.robusttrain.data.prep.source;

import java.io.Serializable;

/**
 * One image of a split before it is read.
 *
 * @param name path inside the split, unique in it, stored as {@code image.path}
 * @param label class index
 * @param origin where its bytes are
 */
public record SampleRef(String name, int label, Origin origin) implements Serializable {

  /** Returns the same image with another label. */
  public SampleRef withLabel(int newLabel) {
    return new SampleRef(name, newLabel, origin);
  }
}

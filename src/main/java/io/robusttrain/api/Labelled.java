package io.robusttrain.api;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.transform.EvalTransform;
import java.util.List;

/** The same images with other labels and class names. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Labelled(ImageContent images, int[] labels, List<String> classNames)
    implements ImageContent {
  @Override
  public int count() {
    return images.count();
  }

  @Override
  public long id(int row) {
    return images.id(row);
  }

  @Override
  public String name(int row) {
    return images.name(row);
  }

  @Override
  public int label(int row) {
    return labels[row];
  }

  @Override
  public RgbImage picture(int row) {
    return images.picture(row);
  }

  @Override
  public float[] pixels(int row) {
    return images.pixels(row);
  }

  @Override
  public float[] pixels(int row, EvalTransform transform) {
    return images.pixels(row, transform);
  }
}

package io.robusttrain.api;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.transform.EvalTransform;
import java.util.Arrays;
import java.util.List;

/**
 * Images that are pixels in memory.
 *
 * @param values (B, 3, H, W) in [0,1]
 * @param height H
 * @param width W
 * @param ids of the images (B)
 * @param names of the images (B)
 * @param labels classes (B), -1 where nobody knows
 * @param classNames in index order; may be empty
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record PixelContent(
    float[] values,
    int height,
    int width,
    long[] ids,
    List<String> names,
    int[] labels,
    List<String> classNames)
    implements ImageContent {
  @Override
  public int count() {
    return ids.length;
  }

  @Override
  public long id(int row) {
    return ids[row];
  }

  @Override
  public String name(int row) {
    return names.get(row);
  }

  @Override
  public int label(int row) {
    return labels[row];
  }

  @Override
  public float[] pixels(int row) {
    int size = 3 * height * width;
    return Arrays.copyOfRange(values, row * size, (row + 1) * size);
  }

  @Override
  public float[] pixels(int row, EvalTransform transform) {
    if (height != transform.size() || width != transform.size()) {
      throw new RobustTrainException(
          "these are pixels of %dx%d, and the model takes %dx%d: prepare pictures for it with model.prepare(images)"
              .formatted(height, width, transform.size(), transform.size()));
    }
    return pixels(row);
  }

  @Override
  public RgbImage picture(int row) {
    float[] planar = pixels(row);
    int area = height * width;
    byte[] samples = new byte[planar.length];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) Math.round(255 * planar[(i % 3) * area + i / 3]);
    }
    return new RgbImage(width, height, samples);
  }
}

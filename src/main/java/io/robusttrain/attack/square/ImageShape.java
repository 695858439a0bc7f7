package io.robusttrain.attack.square;

import org.bytedeco.pytorch.Tensor;

/**
 * The sizes of one image, and where its values lie in a planar, row-major array.
 *
 * @param channels C
 * @param height H
 * @param width W
 */
record ImageShape(int channels, int height, int width) {
  /** The shape of each image of a batch (B, C, H, W). */
  static ImageShape of(Tensor batch) {
    return new ImageShape(
        Math.toIntExact(batch.size(1)),
        Math.toIntExact(batch.size(2)),
        Math.toIntExact(batch.size(3)));
  }

  int size() {
    return channels * height * width;
  }

  int index(int channel, int y, int x) {
    return (channel * height + y) * width + x;
  }
}

package io.robusttrain.api;

import io.robusttrain.data.image.RgbImage;
import io.robusttrain.data.transform.EvalTransform;
import java.util.List;

/** Where the images of an {@link Images} are, and what is known of them. Thread-safe. */
interface ImageContent {
  /** The number of images. */
  int count();

  /** Class names in index order; empty if nobody knows them. */
  List<String> classNames();

  /** The number of an image in its split; by it attacks draw. */
  long id(int row);

  /** What an image is called; may be empty. */
  String name(int row);

  /** The class of an image, -1 if nobody knows it. */
  int label(int row);

  /** An image as a picture. */
  RgbImage picture(int row);

  /** The pixels of an image as it is, planar (3, H, W) in [0,1]. */
  default float[] pixels(int row) {
    RgbImage picture = picture(row);
    byte[] samples = picture.samples();
    int area = picture.width() * picture.height();
    float[] planar = new float[3 * area];
    for (int i = 0; i < planar.length; i++) {
      planar[i] = (samples[3 * (i % area) + i / area] & 0xff) / 255f;
    }
    return planar;
  }

  /** The pixels of an image as a model takes them, planar (3, S, S) in [0,1]. */
  default float[] pixels(int row, EvalTransform transform) {
    byte[] bytes = new byte[3 * transform.size() * transform.size()];
    transform.apply(picture(row), bytes, 0);
    float[] planar = new float[bytes.length];
    for (int i = 0; i < planar.length; i++) {
      planar[i] = (bytes[i] & 0xff) / 255f;
    }
    return planar;
  }

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
}

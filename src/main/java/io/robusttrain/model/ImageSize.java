package io.robusttrain.model;

import com.google.errorprone.annotations.Immutable;
import java.io.Serializable;
import java.util.List;

/**
 * The size of a model's input.
 *
 * @param height in pixels
 * @param width in pixels
 */
@Immutable
public record ImageSize(int height, int width) implements Serializable {
  public static ImageSize square(int side) {
    return new ImageSize(side, side);
  }

  /** This, unless {@code img_size} is overridden. */
  public ImageSize with(ModelOptions options, String model) {
    List<Integer> size = options.integers("img_size").orElse(List.of(height, width));
    if (size.isEmpty() || size.size() > 2) {
      throw new IllegalArgumentException(
          "%s: img_size must be a side or height and width, not %s".formatted(model, size));
    }
    return new ImageSize(size.get(0), size.get(size.size() - 1));
  }

  /** The value of the argument {@code img_size}: a side, or height and width. */
  public Object argument() {
    return height == width ? (Object) height : List.of(height, width);
  }
}

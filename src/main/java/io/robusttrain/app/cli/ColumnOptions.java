package io.robusttrain.app.cli;

import io.robusttrain.data.shard.ImageColumns;
import picocli.CommandLine.Option;

/** {@code --image-column} and {@code --label-column} of commands that read an image set. */
public final class ColumnOptions {
  @Option(
      names = "--image-column",
      paramLabel = "NAME",
      defaultValue = "image",
      description =
          "Column of the images (default: ${DEFAULT-VALUE}; where there is no such column, img).")
  private String image;

  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      defaultValue = "label",
      description = "Column of the class indices (default: ${DEFAULT-VALUE}).")
  private String label;

  /** The names that were given, or the usual ones. */
  public ImageColumns columns() {
    return new ImageColumns(image, label);
  }
}

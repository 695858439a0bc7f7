package io.robusttrain.data.image;

/** What becomes of the orientation that a camera notes in an image's EXIF data. */
public enum ExifOrientation {
  /** Pixels stay as they are stored, as {@code Image.open(...).convert("RGB")} and timm have it. */
  IGNORE,
  /** The image is turned upright, as {@code ImageOps.exif_transpose} does. */
  APPLY
}

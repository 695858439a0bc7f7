package io.robusttrain.data.transform;

/** Is told when an image has gone through a stage, by the thread that did it. */
@FunctionalInterface
public interface StageListener {
  /** Listens to nothing. */
  StageListener NONE = stage -> {};

  /** A stage has ended; the next one begins. */
  void ended(Stage stage);

  /** What an image goes through between its shard and the step, in this order. */
  enum Stage {
    /** Its row is taken from the shard, or from the encoded split in memory. */
    READ,
    /** JPEG, PNG or WebP to RGB. */
    DECODE,
    /** Its crop is resized. */
    CROP,
    /** It is mirrored before a policy; otherwise that happens in {@link #PLANES}. */
    FLIP,
    /** RandAugment or 3-Augment. */
    POLICY,
    /** Brightness, contrast and saturation. */
    JITTER,
    /** It is turned by some degrees. */
    ROTATION,
    /** Interleaved bytes become three planes of the micro-batch. */
    PLANES,
    /** Rectangles are erased. */
    ERASING
  }
}

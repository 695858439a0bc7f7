package io.robusttrain.evaluate.plan;

import io.robusttrain.tensor.ComputeDevice;
import java.util.Optional;

/**
 * How the images of a stage are cut into blocks, and how many images go through the model at once.
 * A part of the plan, because float sums depend on it.
 *
 * @param batch the most images of a block
 * @param leastBlocks of a stage, while none of them gets smaller than {@code leastImages}
 * @param leastImages of a block, while a stage has so many
 * @param fullPass images up to which a pass costs hardly more than one of a single image
 */
public record Blocking(int batch, int leastBlocks, int leastImages, int fullPass) {
  // A core gains nothing from large batches of a large model; an interruption costs up to a block.
  private static final int CPU_BATCH = 16;
  private static final int CPU_BLOCKS = 8;
  private static final int CUDA_BATCH = 256;
  private static final int CUDA_BLOCKS = 1;

  /**
   * Multiply-adds of a forward pass that take a core about as long as what a pass costs whatever
   * its size: some hundred operations to be called.
   */
  private static final double FIXED_MACS = 150e6;

  private static final int LARGEST_FULL_PASS = 64;

  /** A block of a full pass's eighth is filled up with variants of its images. */
  private static final int VARIANTS = 8;

  /**
   * What suits a model.
   *
   * @param batch in place of what suits it
   * @param leastBlocks in place of what suits it, whatever the size of the blocks
   * @param macs multiply-adds of one image
   */
  static Blocking of(
      Optional<Integer> batch, Optional<Integer> leastBlocks, long macs, ComputeDevice device) {
    if (device != ComputeDevice.CPU) {
      return new Blocking(batch.orElse(CUDA_BATCH), leastBlocks.orElse(CUDA_BLOCKS), 1, 1);
    }
    int fullPass = fullPass(macs);
    return new Blocking(
        batch.orElse(Math.max(CPU_BATCH, fullPass)),
        leastBlocks.orElse(CPU_BLOCKS),
        leastBlocks.isPresent() ? 1 : Math.max(1, fullPass / VARIANTS),
        fullPass);
  }

  private static int fullPass(long macs) {
    double images = Math.ceil(FIXED_MACS / Math.max(1, macs));
    return (int) Math.min(LARGEST_FULL_PASS, images);
  }

  /** How a number of images is cut. */
  Cut cut(int images) {
    return Cut.of(images, batch, Math.min(leastBlocks, Math.max(1, images / leastImages)));
  }
}

package io.robusttrain.evaluate.plan;

import java.util.Arrays;

/**
 * How a number of images is cut into consecutive blocks, as even as possible. A block is the unit
 * of work, of commit and of determinism; it follows from the plan and the survivors alone, never
 * from the executors.
 *
 * @param count images, at least 0
 * @param blocks how many; none if there is no image
 */
public record Cut(int count, int blocks) {
  /**
   * Blocks of at most {@code batch} images, and at least {@code leastBlocks} of them while there
   * are images enough: otherwise the last survivors would keep one executor busy and the others
   * idle.
   */
  public static Cut of(int count, int batch, int leastBlocks) {
    int full = (count + batch - 1) / batch;
    return new Cut(count, Math.max(full, Math.min(leastBlocks, count)));
  }

  /** The first image of a block; {@code count} for the block after the last. */
  public int start(int block) {
    return (int) ((long) block * count / blocks);
  }

  /** The part of an array of {@code count} elements that is a block. */
  public int[] part(int[] rows, int block) {
    return Arrays.copyOfRange(rows, start(block), start(block + 1));
  }

  /** The number of the block that an image belongs to. */
  public int blockOf(int row) {
    int block = (int) ((long) row * blocks / count);
    while (start(block + 1) <= row) {
      block++;
    }
    return block;
  }
}

package io.robusttrain.attack.square;

import io.robusttrain.tensor.RandomStream;

/**
 * How Square changes an image in one norm. Images are planar, row-major arrays of pixels in [0,1];
 * what is written lies in the threat model's ball around the clean image, and in [0,1]. May keep
 * scratch memory: not thread-safe.
 */
interface SquareMoves {
  /**
   * The first change of an image.
   *
   * @param clean the clean image; only read
   * @param draws the image's draws for its start
   * @param candidate written whole
   */
  void start(float[] clean, RandomStream draws, float[] candidate);

  /**
   * A change of the best image so far.
   *
   * @param clean the clean image; only read
   * @param best the best image so far; only read
   * @param query counted from 0
   * @param draws the image's draws for this query
   * @param candidate written whole
   */
  void propose(float[] clean, float[] best, int query, RandomStream draws, float[] candidate);
}
